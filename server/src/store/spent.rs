//! What was spent of budgets: exact, and no dearer the longer history is. Of a period all but the last hour is remembered,
//! until a commit says that it changed something before.

use super::closed::touched_since;
use crate::alerts::Consumer;
use crate::budgets::{Budget, Recent, Scope, Span, told_apart};
use crate::money::NanoUsd;
use crate::time::{Millis, QUARTER, quarter_of};
use rusqlite::{Connection, Result, Row};
use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

/// So many quarter hours before the present one are summed anew each time: what is written now is about them.
const FRESH: i64 = 4;

/// What was spent, and how many responses of it have no known price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summed {
    pub(super) cost: NanoUsd,
    pub(super) unpriced: i64,
}

impl AddAssign for Summed {
    fn add_assign(&mut self, more: Self) {
        self.cost += more.cost;
        self.unpriced += more.unpriced;
    }
}

impl Summed {
    /// Reads columns of a row.
    fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        Ok(Self { cost: NanoUsd(row.get(at)?), unpriced: row.get(at + 1)? })
    }
}

/// What was summed of a budget's period.
#[derive(Clone, Copy, Debug)]
struct Held {
    span: Span,
    /// The first quarter hour that is not in the sum.
    upto: i64,
    /// The revision that it was summed at.
    revision: i64,
    sum: Summed,
}

/// What the writer remembers.
#[derive(Debug, Default)]
pub(super) struct Spent {
    held: HashMap<i64, Held>,
}

impl Spent {
    /// What was spent of a budget in its period, and lately.
    pub(super) fn of(
        &mut self,
        connection: &Connection,
        budget: &Budget,
        span: Span,
        now: Millis,
        revision: i64,
    ) -> Result<(Summed, Recent)> {
        let scope = &budget.terms.scope;
        let fresh = quarter_of(now) - FRESH;
        let mut held = self.held.get(&budget.id).copied().filter(|held| held.span == span);
        if let Some(known) = held {
            let touched = touched_since(connection, known.revision, revision)?;
            // A clock that was set back leaves more remembered than may be summed anew.
            if touched.is_some_and(|touched| touched < known.upto)
                || known.upto > fresh.max(quarter_of(span.from))
            {
                held = None;
            }
        }
        let (from, before) = match held {
            Some(held) => (held.upto * QUARTER, held.sum),
            None => (span.from, Summed::default()),
        };
        let upto = fresh * QUARTER;
        let mut sum = before;
        let mut tail_from = from;
        if upto > from.max(span.from) {
            sum += between(connection, scope, from, upto)?;
            self.held.insert(budget.id, Held { span, upto: fresh, revision, sum });
            tail_from = upto;
        } else if let Some(held) = held {
            self.held.insert(budget.id, Held { revision, ..held });
        } else {
            self.held.remove(&budget.id);
        }
        let tail = between(connection, scope, tail_from, span.to)?;
        sum += tail;
        Ok((sum, Recent { cost: tail.cost, since: tail_from }))
    }

    /// Forgets budgets that are not in force any more.
    pub(super) fn keep(&mut self, budgets: &[Budget]) {
        self.held.retain(|id, _| budgets.iter().any(|budget| budget.id == *id));
    }
}

/// What was spent in a scope from one moment up to another.
pub(super) fn between(connection: &Connection, scope: &Scope, from: Millis, to: Millis) -> Result<Summed> {
    let (first, end) = (-quarter_of(-from), quarter_of(to));
    if matches!(scope, Scope::Branch(_)) || first >= end {
        return by_responses(connection, scope, from, to);
    }
    let mut sum = by_quarters(connection, scope, first, end)?;
    // What begins or ends within a quarter hour.
    for (from, to) in [(from, first * QUARTER), (end * QUARTER, to)] {
        if from < to {
            sum += by_responses(connection, scope, from, to)?;
        }
    }
    Ok(sum)
}

fn by_quarters(connection: &Connection, scope: &Scope, from: i64, to: i64) -> Result<Summed> {
    if *scope == Scope::All {
        let sql = "SELECT IFNULL(SUM(cost), 0), IFNULL(SUM(unpriced), 0) FROM rollup WHERE quarter >= ?1 AND quarter < ?2";
        return connection.prepare_cached(sql)?.query_row([from, to], |row| Summed::read(row, 0));
    }
    let mut sum = Summed::default();
    quarters(connection, from, to, |cell, more| {
        if scope.counts(cell.project, cell.branch, cell.model) {
            sum += more;
        }
    })?;
    Ok(sum)
}

fn by_responses(connection: &Connection, scope: &Scope, from: Millis, to: Millis) -> Result<Summed> {
    if *scope == Scope::All {
        let sql = "SELECT IFNULL(SUM(cost), 0), IFNULL(SUM((flags & 8) != 0), 0) FROM response WHERE at >= ?1 AND at < ?2";
        return connection.prepare_cached(sql)?.query_row([from, to], |row| Summed::read(row, 0));
    }
    let mut sum = Summed::default();
    responses(connection, from, to, |cell, more| {
        if scope.counts(cell.project, cell.branch, cell.model) {
            sum += more;
        }
    })?;
    Ok(sum)
}

/// Where something was spent.
struct Cell<'a> {
    project: &'a str,
    /// Empty where sums do not tell.
    branch: &'a str,
    model: &'a str,
}

/// Visits what was spent in quarter hours, by project and model.
fn quarters(
    connection: &Connection,
    from: i64,
    to: i64,
    mut visit: impl FnMut(&Cell<'_>, Summed),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT p.text, m.text, SUM(r.cost), SUM(r.unpriced) FROM rollup r JOIN session s ON s.id = r.session_id
         JOIN name p ON p.id = s.project_id JOIN name m ON m.id = r.model_id
         WHERE r.quarter >= ?1 AND r.quarter < ?2 GROUP BY s.project_id, r.model_id",
    )?;
    let mut rows = statement.query([from, to])?;
    while let Some(row) = rows.next()? {
        let cell = Cell { project: row.get_ref(0)?.as_str()?, branch: "", model: row.get_ref(1)?.as_str()? };
        visit(&cell, Summed::read(row, 2)?);
    }
    Ok(())
}

/// The same of responses, by project, branch and model.
fn responses(
    connection: &Connection,
    from: Millis,
    to: Millis,
    mut visit: impl FnMut(&Cell<'_>, Summed),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT p.text, b.text, m.text, SUM(r.cost), SUM((r.flags & 8) != 0) FROM response r JOIN origin o ON o.id = r.origin_id
         JOIN session s ON s.id = o.session_id JOIN name p ON p.id = s.project_id
         JOIN name b ON b.id = o.branch_id JOIN name m ON m.id = r.model_id
         WHERE r.at >= ?1 AND r.at < ?2 GROUP BY s.project_id, o.branch_id, r.model_id",
    )?;
    let mut rows = statement.query([from, to])?;
    while let Some(row) = rows.next()? {
        let cell = Cell {
            project: row.get_ref(0)?.as_str()?,
            branch: row.get_ref(1)?.as_str()?,
            model: row.get_ref(2)?.as_str()?,
        };
        visit(&cell, Summed::read(row, 3)?);
    }
    Ok(())
}

/// Who spent most in a scope: projects, or the models of one project.
pub(super) fn consumers(connection: &Connection, scope: &Scope, span: Span) -> Result<Vec<Consumer>> {
    let mut by_name: BTreeMap<String, NanoUsd> = BTreeMap::new();
    let of_models = matches!(scope, Scope::Project(_));
    let mut add = |cell: &Cell<'_>, sum: Summed| {
        if !scope.counts(cell.project, cell.branch, cell.model) {
            return;
        }
        let name = if of_models { cell.model } else { cell.project };
        *by_name.entry(name.to_owned()).or_default() += sum.cost;
    };
    if matches!(scope, Scope::Branch(_)) {
        responses(connection, span.from, span.to, &mut add)?;
    } else {
        quarters(connection, quarter_of(span.from), -quarter_of(-span.to), &mut add)?;
    }
    let mut largest: Vec<Consumer> = by_name
        .into_iter()
        .filter(|(_, cost)| *cost > NanoUsd::ZERO)
        .map(|(name, cost)| Consumer { name, cost })
        .collect();
    largest.sort_by(|a, b| (b.cost, &a.name).cmp(&(a.cost, &b.name)));
    largest.truncate(2);
    let names: Vec<String> = largest.iter().map(|consumer| consumer.name.clone()).collect();
    for consumer in &mut largest {
        if consumer.name.is_empty() {
            "an unknown one".clone_into(&mut consumer.name);
        } else if !of_models {
            consumer.name = told_apart(&consumer.name, &names);
        }
    }
    Ok(largest)
}
