//! Reading: what reports are made of.

mod current;
mod explain;
mod find;
mod group;
mod key;
mod project;
mod rows;
mod session;
mod source;
mod usage;
mod windows;

use self::group::Grouper;
use self::source::Source;
use super::Roots;
use super::reading::Reading;
use super::schema::Error;
use crate::money::NanoUsd;
use crate::reports::{By, Query, Report, Row, Tally, report};
use crate::time::Zone;
use rusqlite::{Connection, OptionalExtension as _, Result};
use std::collections::HashMap;

impl Reading {
    /// A report over the responses of some roots.
    pub fn report(&self, query: &Query, zone: &Zone, roots: Roots) -> std::result::Result<Report, Error> {
        Ok(make(&self.connection, query, zone, roots)?)
    }
}

/// Makes a report as of one moment of the database.
fn make(connection: &Connection, query: &Query, zone: &Zone, roots: Roots) -> Result<Report> {
    let moment = connection.unchecked_transaction()?;
    let (total, mut rows) = tallies(&moment, query, zone, roots)?;
    if query.by.tells_change()
        && let Some(days) = query.days.before()
    {
        let earlier = Query { days, split: None, ..query.clone() };
        let before: HashMap<String, Tally> = tallies(&moment, &earlier, zone, roots)?.1.into_iter().collect();
        for (key, tally) in &mut rows {
            tally.before = Some(before.get(key).map_or(NanoUsd::ZERO, |tally| tally.sums.cost));
        }
    }
    let mut report = report(query, zone, &total, rows);
    if query.by == By::Session {
        describe_sessions(&moment, &mut report.rows)?;
    }
    Ok(report)
}

/// Says what the sessions of rows are called, and where they were started.
fn describe_sessions(connection: &Connection, rows: &mut [Row]) -> Result<()> {
    let mut statement = connection.prepare(
        "SELECT title, (SELECT text FROM name WHERE id = project_id)
         FROM session WHERE uuid = ?1",
    )?;
    for row in rows {
        let Some(extra) = &mut row.extra else { continue };
        let known = statement.query_row([&row.key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        (extra.title, extra.project) = known.unwrap_or_default();
        extra.project = extra.project.take().filter(|project| !project.is_empty());
    }
    Ok(())
}

/// The sum over everything that counts, and the rows in no order.
fn tallies(
    connection: &Connection,
    query: &Query,
    zone: &Zone,
    roots: Roots,
) -> Result<(Tally, Vec<(String, Tally)>)> {
    let needs_sessions =
        [Some(query.by), query.split].into_iter().flatten().any(|by| matches!(by, By::Session | By::Project));
    let source = Source::of_query(connection, query, zone, roots, needs_sessions)?;
    let mut grouper = Grouper::split(&source, query.by, query.split)?;
    if query.quarters_are_enough() {
        source.quarters(|row| {
            grouper.add_quarter(row);
            Ok(())
        })?;
    } else {
        source.responses(|response, origin, used| grouper.add(response, origin, used))?;
    }
    let rows = grouper.rows()?;
    Ok((grouper.total, rows))
}

#[cfg(test)]
mod tests;
