//! Alerts that were raised, and who hears of which.

use super::{Detail, Rule};
use crate::budgets::{Span, Urgency};
use crate::config::{AlertLevel, Alerts};
use crate::time::Millis;
use std::collections::BTreeMap;

/// An alert that was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its number: later ones have greater ones.
    pub id: i64,
    /// The rule's name; a newer program may have more of them.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// The budget's amount in nano-dollars, or 0.
    pub bound: i64,
    /// When its period began.
    pub starts_at: Millis,
    /// The threshold in percent, or 0.
    pub threshold: u32,
    /// How urgent it is where its rule is to be told.
    pub urgency: Urgency,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub message: String,
    /// What it says for programs.
    pub detail: Detail,
    /// When it was raised.
    pub raised_at: Millis,
    /// When its period ends; `None` where it ends by itself.
    pub resets_at: Option<Millis>,
    /// When it ceased to hold.
    pub ended_at: Option<Millis>,
    /// The alert that was told in its place: a graver one of the same step.
    pub told_with: Option<i64>,
    /// When someone saw it.
    pub acknowledged_at: Option<Millis>,
    /// Until when nobody wants to hear of it.
    pub snoozed_until: Option<Millis>,
    /// When the desktop was told.
    pub desktop_told_at: Option<Millis>,
}

/// What tells one crossing from all others.
pub type Key = (String, String, i64, Millis, u32);

impl Alert {
    /// What tells it from all others, also in a database that was made anew.
    pub fn key(&self) -> Key {
        (self.rule.clone(), self.subject.clone(), self.bound, self.starts_at, self.threshold)
    }

    /// Whether someone may still want to hear of it.
    pub fn is_wanted(&self, now: Millis) -> bool {
        self.acknowledged_at.is_none() && self.snoozed_until.is_none_or(|until| until <= now)
    }
}

/// How urgent an alert is to who has these settings; `None` where it does not want to hear of it at all.
pub fn heard(alert: &Alert, settings: &Alerts) -> Option<Urgency> {
    match Rule::named(&alert.rule).map_or(AlertLevel::Tell, |rule| rule.level(settings)) {
        AlertLevel::Off => None,
        AlertLevel::Status => Some(alert.urgency.min(Urgency::Info)),
        AlertLevel::Tell => Some(alert.urgency),
    }
}

/// Whether an alert still holds at a moment. A clock that was set back does not bring up what lies ahead.
pub fn holds(alert: &Alert, now: Millis) -> bool {
    alert.ended_at.is_none() && alert.resets_at.is_none_or(|at| now < at) && alert.starts_at <= now
}

/// Whether what was found in one stretch of time is what was raised in another: they begin together, or the middle of the one
/// lies in the other. Their ends may differ: a zone was changed, a window's beginning came late, a reset was told anew.
pub const fn matter(found: Span, raised: Span) -> bool {
    found.from == raised.from || raised.holds(found.from + (found.to - found.from) / 2)
}

/// Of alerts that were there before someone came, those to tell: of each matter the gravest that still holds.
pub fn late(alerts: &[Alert], now: Millis) -> Vec<&Alert> {
    let mut gravest: BTreeMap<(&str, &str), &Alert> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| holds(alert, now) && alert.is_wanted(now)) {
        let held = gravest.entry((&alert.rule, &alert.subject)).or_insert(alert);
        if (alert.threshold, alert.id) > (held.threshold, held.id) {
            *held = alert;
        }
    }
    let mut told: Vec<&Alert> = gravest.into_values().collect();
    told.sort_by_key(|alert| alert.id);
    told
}
