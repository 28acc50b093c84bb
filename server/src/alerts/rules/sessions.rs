//! Sessions: a context that is about to be compacted, a prompt cache that is about to go cold.

use super::Facts;
use crate::alerts::{Detail, Finding, Rule};
use crate::budgets::{Span, Urgency};
use crate::context::Fill;
use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE, Millis};
use crate::wording::{moment, whole};

/// So close to the point of compaction, in percent of the window, a context is nearly full.
const NEARLY: f64 = 10.0;
/// Once told, it counts as full until it is so far from that point: a compaction empties it by more.
const STILL: f64 = 20.0;
/// A session that was silent for longer is not at work.
const AT_WORK: Millis = 15 * MINUTE;
/// A cache that is cheaper to write anew is not worth a word.
const WORTH: NanoUsd = NanoUsd(200_000_000);

/// What the rules look at of a session.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When its main thread spoke last.
    pub last: Millis,
    /// How full its context is.
    pub fill: Fill,
    /// When its prompt cache goes cold, and how long what is written to it lasts.
    pub cache: Option<(Millis, Millis)>,
    /// What writing it anew costs.
    pub cold_cost: Option<NanoUsd>,
}

/// Contexts that are nearly full.
#[allow(clippy::float_arithmetic, reason = "percentages are no sums")]
pub fn contexts(facts: &Facts<'_>) -> Vec<Finding> {
    let of = |session: &SessionFacts| {
        let (used, point) = session.fill.percent.zip(session.fill.auto_compact)?;
        if used < point - STILL {
            return None;
        }
        let message = format!(
            "The context of {} is {} % full; Claude Code compacts it at {} %",
            session.name,
            whole(used),
            whole(point)
        );
        Some(Finding {
            raises: used >= point - NEARLY && facts.now - session.last < AT_WORK,
            title: format!("Context {} % full", whole(used)),
            message,
            detail: Detail {
                session: Some(session.id.clone()),
                used_percent: Some(used),
                ..Detail::default()
            },
            ..base(Rule::Context, session, None)
        })
    };
    facts.sessions.iter().filter_map(of).collect()
}

/// Prompt caches that are about to go cold.
pub fn cold_caches(facts: &Facts<'_>) -> Vec<Finding> {
    let of = |session: &SessionFacts| {
        let ((until, lasts), cost) = session.cache.zip(session.cold_cost)?;
        let ahead = if lasts >= HOUR { 5 * MINUTE } else { 2 * MINUTE };
        let left = until - facts.now;
        if !(1..=ahead).contains(&left) || cost < WORTH {
            return None;
        }
        let when = moment(until, facts.now, facts.zone);
        Some(Finding {
            title: format!("Prompt cache goes cold {when}"),
            message: format!(
                "The prompt cache of {} goes cold {when}; the next turn after that pays {} to write it anew",
                session.name,
                cost.short()
            ),
            ..base(Rule::ColdCache, session, Some(Span { from: until - lasts, to: until }))
        })
    };
    facts.sessions.iter().filter_map(of).collect()
}

fn base(rule: Rule, session: &SessionFacts, span: Option<Span>) -> Finding {
    Finding {
        rule,
        subject: session.id.clone(),
        bound: NanoUsd::ZERO,
        span,
        threshold: 0,
        urgency: Urgency::Warning,
        raises: true,
        title: String::new(),
        message: String::new(),
        rest: String::new(),
        detail: Detail { session: Some(session.id.clone()), ..Detail::default() },
        of: None,
    }
}
