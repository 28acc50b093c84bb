//! What is wrong, for a client without our extensions: one message about each thing in a session.

use super::offer::{self, Offer};
use super::voice::Voice;
use crate::snapshot::wire::{Severity, Status};
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// What rights itself so soon is not worth a message.
const HOLDS: Duration = Duration::from_secs(2);

/// Tells why numbers are not being kept up to date, once it has been so for a moment.
pub(super) async fn problems(
    voice: &Voice<'_>,
    mut statuses: watch::Receiver<Option<Arc<Status>>>,
) -> Infallible {
    if !voice.session.manners().warns() {
        return std::future::pending().await;
    }
    let (chosen, mut choices) = mpsc::unbounded_channel();
    let mut notices = Notices { voice, passed: HashSet::new(), chosen };
    loop {
        let before = notices.news(&mut statuses);
        if !before.is_empty() {
            tokio::time::sleep(HOLDS).await;
            for problem in notices.news(&mut statuses) {
                if before.contains(&problem) {
                    notices.warn(problem).await;
                }
            }
        }
        // One that came during the wait is looked at with the next status.
        tokio::select! {
            changed = statuses.changed() => if changed.is_err() {
                return std::future::pending().await;
            },
            Some(offer) = choices.recv() => offer.carry_out(voice.session),
        }
    }
}

/// What a client is warned of, each thing once.
struct Notices<'a> {
    voice: &'a Voice<'a>,
    /// What it was warned of, or need not be.
    passed: HashSet<String>,
    /// Where what the person chooses goes.
    chosen: mpsc::UnboundedSender<Offer>,
}

impl Notices<'_> {
    /// The problems that keep the numbers of the newest status from being true, as far as they are new. One that is there
    /// while the numbers are true, too, is none of those.
    fn news(&mut self, statuses: &mut watch::Receiver<Option<Arc<Status>>>) -> Vec<String> {
        let Some(newest) = statuses.borrow_and_update().clone() else { return Vec::new() };
        let problems = newest.health.problems.iter().cloned();
        if newest.severity != Severity::Stale {
            self.passed.extend(problems);
            return Vec::new();
        }
        problems.filter(|problem| !self.passed.contains(problem)).collect()
    }

    /// Shows a warning.
    async fn warn(&mut self, text: String) {
        self.voice.heard().await;
        if !self.voice.session.leaves() {
            offer::warn(self.voice, format!("Costline: {text}"), &[Offer::LookAgain], &self.chosen).await;
            self.passed.insert(text);
        }
    }
}
