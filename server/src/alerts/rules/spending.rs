//! Spending that is not as usual: an hour that costs several times as much, subagents that spend faster than ever.

use super::Facts;
use crate::alerts::{Detail, Finding, Rule};
use crate::budgets::{Scope, Span, Urgency, last};
use crate::money::NanoUsd;

/// An hour of so many times the usual cost is a spike.
const TIMES: i64 = 3;
/// Nothing below this is one.
const LEAST: NanoUsd = NanoUsd(1_000_000_000);
/// So many earlier hours in which something was spent make a usual one.
const SAMPLES: usize = 3;
/// So many subagents at once are a burst.
const MANY: i64 = 3;

/// This hour, and the same hour of the same weekday in weeks before.
#[derive(Clone, Debug)]
pub struct Usual {
    /// This hour.
    pub hour: Span,
    /// What it cost so far.
    pub cost: NanoUsd,
    /// What the others cost.
    pub before: Vec<NanoUsd>,
}

/// A project in which subagents are at work.
#[derive(Clone, Debug)]
pub struct Burst {
    /// The project.
    pub project: String,
    /// How many.
    pub agents: i64,
    /// This quarter of an hour.
    pub quarter: Span,
    /// What the project cost in it so far.
    pub cost: NanoUsd,
    /// The most that it ever cost in one before; nothing where it is new.
    pub most: NanoUsd,
}

/// An hour that costs several times what it usually does.
pub fn spike(facts: &Facts<'_>) -> Option<Finding> {
    let Usual { hour, cost, before } = facts.usual.as_ref()?;
    let spent: Vec<NanoUsd> = before.iter().copied().filter(|cost| *cost > NanoUsd::ZERO).collect();
    if spent.len() < SAMPLES {
        return None;
    }
    let usual = spent.iter().copied().sum::<NanoUsd>().over(spent.len() as i64);
    let many = NanoUsd(usual.0.saturating_mul(TIMES));
    (*cost >= LEAST && *cost >= many).then(|| Finding {
        rule: Rule::Spike,
        subject: "all".to_owned(),
        bound: NanoUsd::ZERO,
        span: Some(*hour),
        threshold: 0,
        urgency: Urgency::Warning,
        raises: true,
        title: "More spent than usual".to_owned(),
        message: format!(
            "This hour cost {} so far; on this weekday it usually costs {}",
            cost.short(),
            usual.short()
        ),
        rest: String::new(),
        detail: Detail { spent_usd: Some(*cost), ..Detail::default() },
        of: Some((Scope::All, *hour)),
    })
}

/// Projects in which subagents spend faster than ever.
pub fn bursts(facts: &Facts<'_>) -> Vec<Finding> {
    let fast = facts.bursts.iter().filter(|burst| {
        burst.agents >= MANY && burst.most > NanoUsd::ZERO && burst.cost > burst.most && burst.cost >= LEAST
    });
    let finding = |burst: &Burst| Finding {
        rule: Rule::Subagents,
        subject: burst.project.clone(),
        bound: NanoUsd::ZERO,
        span: Some(burst.quarter),
        threshold: 0,
        urgency: Urgency::Warning,
        raises: true,
        title: "Subagents spend fast".to_owned(),
        message: format!(
            "{} subagents are at work in {}: it cost {} in this quarter of an hour, and never more than {} before",
            burst.agents,
            last(&burst.project),
            burst.cost.short(),
            burst.most.short()
        ),
        rest: String::new(),
        detail: Detail {
            project: Some(burst.project.clone()),
            spent_usd: Some(burst.cost),
            ..Detail::default()
        },
        of: None,
    };
    fast.map(finding).collect()
}
