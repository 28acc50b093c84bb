//! Who was told of what: each crossing once, and to who came late only what matters.

use super::{Alert, Key, late};
use crate::time::Millis;
use std::collections::HashSet;

/// What one listener was told of.
#[derive(Debug, Default)]
pub struct Teller {
    /// It has begun to listen.
    listens: bool,
    /// The greatest number that it was shown.
    last: i64,
    /// What it was told, or need not be. By keys: in a database that was made anew numbers may begin anew.
    passed: HashSet<Key>,
}

impl Teller {
    /// Alerts beyond this number are news.
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// Of alerts (those that hold, and all beyond [`Teller::last`]) those that are to be told now, in the order in which they
    /// were raised. What was crossed in one step is told as the gravest of it; who begins to listen hears of each matter
    /// the gravest that still holds.
    pub fn news<'a>(&mut self, alerts: &'a [Alert], now: Millis) -> Vec<&'a Alert> {
        let mut told: Vec<&Alert> = if self.listens {
            let wanted =
                |alert: &&Alert| alert.told_with.is_none() && alert.is_wanted(now) && !is_over(alert, now);
            alerts.iter().filter(|alert| !self.passed.contains(&alert.key())).filter(wanted).collect()
        } else {
            late(alerts, now)
        };
        self.listens = true;
        told.sort_by_key(|alert| alert.id);
        self.passed.extend(alerts.iter().map(Alert::key));
        self.last = alerts.iter().map(|alert| alert.id).fold(self.last, i64::max);
        told
    }
}

/// Whether its period has ended.
fn is_over(alert: &Alert, now: Millis) -> bool {
    alert.resets_at.is_some_and(|at| at <= now)
}
