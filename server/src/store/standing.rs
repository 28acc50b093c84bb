//! How a budget stands: its period, what was spent in it, and when it is used up.

use super::closed::Closed;
use super::spent::{Spent, Summed};
use super::{ALL_ROOTS, budgets, windows};
use crate::blocks;
use crate::budgets::{Budget, Calendar, Period, Recent, Span, Standing};
use crate::time::Millis;
use rusqlite::{Connection, Result};

/// The running five-hour window.
pub(super) fn block(
    connection: &Connection,
    closed: &mut Closed,
    now: Millis,
    revision: i64,
) -> Result<Option<Span>> {
    let from = windows::running(connection, closed, revision, now, ALL_ROOTS)?;
    Ok(from.map(|from| Span { from, to: from + blocks::LENGTH }))
}

/// A budget's period, where `block` is the running window; `None` for one of sessions.
pub(super) fn span(budget: &Budget, calendar: &Calendar, block: Option<Span>, now: Millis) -> Option<Span> {
    match budget.terms.period {
        Period::Block => block,
        period => period.span(calendar, now),
    }
}

/// How a budget stands, and what was spent of it lately. When it was used up stays as it was first found.
pub(super) fn standing(
    connection: &Connection,
    budget: Budget,
    span: Option<Span>,
    remembered: &mut Spent,
    now: Millis,
    revision: i64,
) -> Result<(Standing, Recent)> {
    let (Summed { cost: spent, unpriced }, recent) = match span {
        Some(span) => remembered.of(connection, &budget, span, now, revision)?,
        None => Default::default(),
    };
    let terms = &budget.terms;
    let exhausted_at = if crate::budgets::reaches(spent, terms.limit, crate::budgets::WHOLE) {
        let before = budgets::exhausted(connection, budget.id, span)?;
        Some(before.filter(|at| *at <= now).unwrap_or(now))
    } else {
        span.and_then(|_| crate::budgets::exhausted_at(terms.period, span, terms.limit, spent, recent, now))
    };
    Ok((Standing { budget, span, spent, unpriced, exhausted_at }, recent))
}

/// Works out how budgets stand that were just set and keeps it, so that they count before a leader looks.
pub(super) fn settle(
    connection: &Connection,
    set: &[Budget],
    calendar: &Calendar,
    now: Millis,
    revision: i64,
) -> Result<()> {
    let block = if set.iter().any(|budget| budget.terms.period == Period::Block) {
        block(connection, &mut Closed::default(), now, revision)?
    } else {
        None
    };
    // Of sessions each is looked at by itself.
    for budget in set.iter().filter(|budget| budget.terms.period != Period::Session) {
        let span = span(budget, calendar, block, now);
        let (standing, _) = standing(connection, budget.clone(), span, &mut Spent::default(), now, revision)?;
        budgets::keep(connection, &standing)?;
    }
    Ok(())
}
