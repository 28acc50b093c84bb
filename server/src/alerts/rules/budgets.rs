//! Budgets: thresholds that are crossed, hard limits that are used up, and where the present rate leads.

use super::{Facts, Stood};
use crate::alerts::{Detail, Finding, Rule};
use crate::budgets::{Period, Standing, Urgency, WHOLE, reaches, urgency, used_percent};
use crate::wording::moment;

/// Before so much of a budget is used, in percent, a rate says little.
const PACE_FROM: u32 = 25;

/// Every threshold that is reached.
pub fn thresholds(facts: &Facts<'_>) -> Vec<Finding> {
    let of = |stood: &Stood| -> Vec<Finding> {
        let terms = &stood.standing.budget.terms;
        let reached = terms.thresholds.iter().filter(|at| reaches(stood.standing.spent, terms.limit, **at));
        reached.map(|at| crossed(stood, *at, facts)).collect()
    };
    running(facts).flat_map(of).collect()
}

/// Hard limits that are used up: what follows from that is told beside the threshold.
pub fn hard_limits(facts: &Facts<'_>) -> Vec<Finding> {
    let used_up = running(facts).filter(|stood| {
        let terms = &stood.standing.budget.terms;
        terms.hard && reaches(stood.standing.spent, terms.limit, WHOLE)
    });
    let finding = |stood: &Stood| {
        let until = match stood.standing.span {
            Some(span) => format!("until the budget begins anew {}", moment(span.to, facts.now, facts.zone)),
            None => "in this session".to_owned(),
        };
        let title = stood.standing.budget.terms.title();
        let message = format!(
            "The {title} is a hard limit and used up: prompts are stopped {until}, where Costline's hook is installed. `costline budget override 30m` lets them through for half an hour."
        );
        Finding {
            title: "Hard limit reached".to_owned(),
            message,
            ..base(Rule::HardLimit, stood, WHOLE, Urgency::Error)
        }
    };
    used_up.map(finding).collect()
}

/// Budgets that will be used up before their period ends.
pub fn pace(facts: &Facts<'_>) -> Vec<Finding> {
    let of = |stood: &Stood| {
        let Standing { budget, spent, exhausted_at, .. } = &stood.standing;
        let terms = &budget.terms;
        let at = exhausted_at.filter(|at| *at > facts.now)?;
        if reaches(*spent, terms.limit, WHOLE) || terms.period == Period::Session {
            return None;
        }
        let rule = if terms.period == Period::Block { Rule::Window } else { Rule::Pace };
        let gone = moment(at, facts.now, facts.zone);
        let title = terms.title();
        Some(Finding {
            raises: reaches(*spent, terms.limit, PACE_FROM),
            message: format!(
                "At this rate the {title} of {} is gone {gone}; {} is spent",
                terms.limit.short(),
                spent.short()
            ),
            title: format!("{} gone {gone}", capital(&title)),
            ..base(rule, stood, 0, Urgency::Warning)
        })
    };
    running(facts).filter_map(of).collect()
}

/// Budgets whose period holds the present moment.
fn running<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Stood> {
    facts.standings.iter().filter(|stood| match stood.standing.span {
        Some(span) => span.holds(facts.now),
        None => stood.session.is_some(),
    })
}

fn crossed(stood: &Stood, threshold: u32, facts: &Facts<'_>) -> Finding {
    let Standing { budget, spent, span, .. } = &stood.standing;
    let terms = &budget.terms;
    let used = used_percent(*spent, terms.limit);
    let (title, percent) = (terms.title(), used.trunc() as i64);
    let session = stood.session.as_ref().map(|(_, name)| format!(" by {name}")).unwrap_or_default();
    let (limit, spent) = (terms.limit.short(), spent.short());
    Finding {
        title: format!("{} {threshold} % used", capital(&title)),
        message: format!("{percent} % of the {title} of {limit} is spent{session}: {spent}"),
        rest: span
            .map(|span| format!("; it begins anew {}", moment(span.to, facts.now, facts.zone)))
            .unwrap_or_default(),
        of: span.map(|span| (terms.scope.clone(), span)),
        ..base(Rule::Budget, stood, threshold, urgency(threshold))
    }
}

/// What every finding about a budget says.
fn base(rule: Rule, stood: &Stood, threshold: u32, urgency: Urgency) -> Finding {
    let Standing { budget, spent, span, .. } = &stood.standing;
    let terms = &budget.terms;
    let session = stood.session.as_ref().map(|(id, _)| id.clone());
    let subject = match &session {
        Some(id) => format!("{} {id}", terms.subject()),
        None => terms.subject(),
    };
    let detail = Detail {
        scope: Some(terms.scope.kind().to_owned()),
        name: Some(terms.scope.name().to_owned()).filter(|name| !name.is_empty()),
        period: Some(terms.period.name().to_owned()),
        limit_usd: Some(terms.limit),
        spent_usd: Some(*spent),
        used_percent: Some(used_percent(*spent, terms.limit)),
        session,
        ..Detail::default()
    };
    let (bound, span, raises) = (terms.limit, *span, true);
    let (title, message, rest) = (String::new(), String::new(), String::new());
    Finding { rule, subject, bound, span, threshold, urgency, raises, title, message, rest, detail, of: None }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
