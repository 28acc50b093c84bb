//! Reading: what reports are made of.

mod current;
mod explain;
mod find;
mod group;
mod project;
mod rows;
mod session;
mod source;
mod windows;

use self::group::Grouper;
use self::source::Source;
use super::Roots;
use super::reading::Reading;
use super::schema::Error;
use crate::money::NanoUsd;
use crate::reports::{By, Query, Report, Tally, report};
use crate::time::Zone;
use rusqlite::{Connection, Result};
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
        let earlier = Query { days, ..query.clone() };
        let before: HashMap<String, Tally> = tallies(&moment, &earlier, zone, roots)?.1.into_iter().collect();
        for (key, tally) in &mut rows {
            tally.before = Some(before.get(key).map_or(NanoUsd::ZERO, |tally| tally.sums.cost));
        }
    }
    Ok(report(query, zone, &total, rows))
}

/// The sum over everything that counts, and the rows in no order.
fn tallies(
    connection: &Connection,
    query: &Query,
    zone: &Zone,
    roots: Roots,
) -> Result<(Tally, Vec<(String, Tally)>)> {
    let needs_sessions = matches!(query.by, By::Session | By::Project);
    let source = Source::of_query(connection, query, zone, roots, needs_sessions)?;
    let mut grouper = Grouper::new(&source, query.by)?;
    if query.by.is_time() {
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
