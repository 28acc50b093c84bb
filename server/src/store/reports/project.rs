//! One project: the sessions of some folders.

use super::group::Grouper;
use super::source::{Filter, Source};
use crate::reports::{PROJECT_KEYS, ProjectReport, Query, Tally, project};
use crate::store::Roots;
use crate::store::reading::{Reading, projects};
use crate::store::schema::Error;
use crate::time::Zone;
use rusqlite::{Connection, Result};

impl Reading {
    /// What was spent by the sessions that were started in these folders or below them; the first of them names it.
    pub fn project(
        &self,
        folders: Vec<String>,
        query: &Query,
        zone: &Zone,
        roots: Roots,
    ) -> std::result::Result<ProjectReport, Error> {
        let moment = self.connection.unchecked_transaction()?;
        let (total, parts) = parts(&moment, &folders, query, zone, roots)?;
        Ok(project(query, zone, folders, &total, parts))
    }
}

/// A project's rows by each of [`PROJECT_KEYS`], in no order.
type Parts = [Vec<(String, Tally)>; 4];

fn parts(
    connection: &Connection,
    folders: &[String],
    query: &Query,
    zone: &Zone,
    roots: Roots,
) -> Result<(Tally, Parts)> {
    let (from, to) = query.days.instants(zone);
    let projects = projects(connection, folders)?.into_iter().collect();
    let filter = Filter { from, to, roots, projects: Some(projects), session: None };
    let source = Source::new(connection, zone, query.week_start, filter, true)?;
    let mut groupers = Vec::new();
    for by in PROJECT_KEYS {
        groupers.push(Grouper::new(&source, by)?);
    }
    source.responses(|response, origin, used| {
        groupers.iter_mut().try_for_each(|grouper| grouper.add(response, origin, used))
    })?;
    let mut parts: Parts = Default::default();
    for (part, grouper) in parts.iter_mut().zip(&mut groupers) {
        *part = grouper.rows()?;
    }
    let total = groupers.into_iter().next().map(|grouper| grouper.total);
    Ok((total.unwrap_or_default(), parts))
}
