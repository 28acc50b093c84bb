//! The rules: each looks at facts and says what holds.

mod budgets;
mod limits;
mod sessions;
mod spending;

pub use budgets::{hard_limits, pace, thresholds};
pub use limits::limits;
pub use sessions::{SessionFacts, cold_caches, contexts};
pub use spending::{Burst, Usual, bursts, spike};

use super::Finding;
use crate::budgets::{Recent, Standing};
use crate::limits::PlanLimit;
use crate::time::{Millis, Zone};

/// Everything that the rules look at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The moment.
    pub now: Millis,
    /// The zone in which times are told.
    pub zone: &'a Zone,
    /// Budgets, and what was spent lately of each. One of sessions stands here once for each session that is at work.
    pub standings: Vec<Stood>,
    /// Plan limits as they stand.
    pub limits: Vec<PlanLimit>,
    /// The thresholds of plan limits in percent.
    pub limit_thresholds: &'a [u32],
    /// Sessions of the last hours.
    pub sessions: Vec<SessionFacts>,
    /// This hour against what is usual; `None` where nothing is known of that.
    pub usual: Option<Usual>,
    /// Projects in which subagents are at work.
    pub bursts: Vec<Burst>,
}

/// A budget as the rules see it.
#[derive(Clone, Debug)]
pub struct Stood {
    /// How it stands.
    pub standing: Standing,
    /// What was spent of it lately.
    pub recent: Recent,
    /// The session, of a session's budget: its id and what people call it.
    pub session: Option<(String, String)>,
}

/// Everything that holds.
pub fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = thresholds(facts);
    found.extend(hard_limits(facts));
    found.extend(pace(facts));
    found.extend(limits(facts));
    found.extend(contexts(facts));
    found.extend(cold_caches(facts));
    found.extend(spike(facts));
    found.extend(bursts(facts));
    found
}

#[cfg(test)]
mod tests;
