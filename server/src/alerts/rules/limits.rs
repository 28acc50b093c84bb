//! Plan limits whose thresholds are crossed.

use super::Facts;
use crate::alerts::{Detail, Finding, Rule};
use crate::budgets::{Span, Urgency, WHOLE};
use crate::limits::{PlanLimit, length, percent};
use crate::money::NanoUsd;
use crate::time::HOUR;
use crate::wording;

/// A window of unknown length is taken for a month.
const MONTH: i64 = 30 * 24 * HOUR;

/// Every threshold of a plan limit that is reached.
pub fn limits(facts: &Facts<'_>) -> Vec<Finding> {
    let of = |limit: &PlanLimit| -> Vec<Finding> {
        let reached = facts.limit_thresholds.iter().filter(|at| limit.used_basis_points >= **at * 100);
        reached.map(|at| crossed(limit, *at, facts)).collect()
    };
    facts.limits.iter().filter(|limit| limit.holds(facts.now)).flat_map(of).collect()
}

fn crossed(limit: &PlanLimit, threshold: u32, facts: &Facts<'_>) -> Finding {
    let until = limit.holds_until();
    let span = Span { from: until - length(&limit.window).unwrap_or(MONTH), to: until };
    let name = wording::window(&limit.window);
    let used = percent(limit.used_basis_points);
    let anew = limit
        .resets_at
        .map(|at| format!("; it begins anew {}", wording::moment(at, facts.now, facts.zone)))
        .unwrap_or_default();
    Finding {
        rule: Rule::Limit,
        subject: limit.window.clone(),
        bound: NanoUsd::ZERO,
        span: Some(span),
        threshold,
        urgency: if threshold >= WHOLE { Urgency::Error } else { Urgency::Warning },
        raises: true,
        title: format!("Plan limit {name} {threshold} % used"),
        message: format!("{} % of the plan's limit {name} is used{anew}", used.trunc() as i64),
        rest: String::new(),
        detail: Detail { window: Some(limit.window.clone()), used_percent: Some(used), ..Detail::default() },
        of: None,
    }
}
