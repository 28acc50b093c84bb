//! Which sessions came and went between two statuses.

use super::wire::{State, Status};
use std::collections::BTreeMap;

/// What happened to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It began, or went on after it had ended.
    Started {
        /// Its id.
        id: String,
        /// Its project; empty where it is not known.
        project: String,
    },
    /// It ended.
    Ended {
        /// Its id.
        id: String,
        /// Its project; empty where it is not known.
        project: String,
        /// What it cost.
        cost_usd: f64,
    },
}

/// The sessions that live.
#[derive(Debug, Default)]
pub struct Sessions {
    /// Project and cost of each; `None` before the first status: who was there already does not begin.
    live: Option<BTreeMap<String, (String, f64)>>,
}

impl Sessions {
    /// What changed since the last status.
    pub fn changes(&mut self, status: &Status) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut live = BTreeMap::new();
        let mut ended = BTreeMap::new();
        for session in &status.sessions {
            let value = (session.project.clone().unwrap_or_default(), session.cost_usd.dollars());
            let of = if session.state == State::Ended { &mut ended } else { &mut live };
            of.insert(session.id.clone(), value);
        }
        if let Some(before) = &self.live {
            for (id, (project, _)) in live.iter().filter(|(id, _)| !before.contains_key(*id)) {
                changes.push(Change::Started { id: id.clone(), project: project.clone() });
            }
            // One that is not listed any more lies below those that are, so nothing came of it for long.
            for (id, last) in before.iter().filter(|(id, _)| !live.contains_key(*id)) {
                let (project, cost_usd) = ended.get(id).unwrap_or(last).clone();
                changes.push(Change::Ended { id: id.clone(), project, cost_usd });
            }
        }
        self.live = Some(live);
        changes
    }
}
