//! Five-hour windows with their sums: whole quarter hours where they lie in one window, responses where they do not.

use super::rows::Response;
use super::source::{Quarter, Source};
use crate::blocks;
use crate::burn::recent_from;
use crate::reports::{Blocks, Present, Query, Tally, windows};
use crate::store::Roots;
use crate::store::reading::Reading;
use crate::store::schema::Error;
use crate::store::windows::starts;
use crate::sums::Sums;
use crate::time::{Millis, QUARTER, Zone, quarter_of};
use rusqlite::{Connection, Result, params};
use std::collections::{BTreeSet, HashMap};

impl Reading {
    /// The windows that began in the days of a query. They are those of all projects; a project's share of each counts.
    pub fn blocks(
        &self,
        query: &Query,
        zone: &Zone,
        roots: Roots,
        now: Millis,
    ) -> std::result::Result<Blocks, Error> {
        Ok(make(&self.connection, query, zone, roots, now)?)
    }
}

fn make(connection: &Connection, query: &Query, zone: &Zone, roots: Roots, now: Millis) -> Result<Blocks> {
    let moment = connection.unchecked_transaction()?;
    let mut source = Source::of_query(&moment, query, zone, roots, false)?;
    let (from, to) = (source.filter.from, source.filter.to);
    let starts = starts(&moment, from, to, roots)?;
    // A window that began on the last day may end on the next.
    source.filter.to = to.saturating_add(blocks::LENGTH + QUARTER);
    let mut tallies = sums(&source, &starts)?;
    let rows: Vec<(Millis, Tally)> = starts
        .into_iter()
        .enumerate()
        .filter(|(_, start)| (from..to).contains(start))
        .filter_map(|(index, start)| Some((start, tallies.remove(&index)?)))
        .collect();
    let running = rows.iter().map(|(start, _)| *start).find(|start| blocks::is_active(*start, now));
    let recent = match running {
        Some(start) => spent(&source, recent_from(start, now), start + blocks::LENGTH)?,
        None => Sums::default(),
    };
    Ok(windows(query, zone, &rows, &Present { now, recent }))
}

/// The sums of windows, by their place in `starts`; a window without a response that counts has none.
fn sums(source: &Source<'_>, starts: &[Millis]) -> Result<HashMap<usize, Tally>> {
    // Where a window begins in the quarter hour in which the one before ended, responses tell which is whose.
    let pairs = starts.iter().zip(starts.iter().skip(1));
    let shared: BTreeSet<i64> = pairs
        .filter(|(before, start)| *before + blocks::LENGTH > quarter_of(**start) * QUARTER)
        .map(|(_, start)| quarter_of(*start))
        .collect();
    let mut tallies: HashMap<usize, Tally> = HashMap::new();
    source.quarters(|Quarter { number: quarter, session, sums, .. }| {
        if shared.contains(quarter) {
            return Ok(());
        }
        let at = quarter * QUARTER;
        if let Some(index) = blocks::holding(starts, at + QUARTER - 1) {
            tallies.entry(index).or_default().add(*sums, *session, at);
        }
        Ok(())
    })?;
    for quarter in shared {
        let from = quarter * QUARTER;
        responses(source, from, from + QUARTER, |session, response| {
            if let Some(index) = blocks::holding(starts, response.at) {
                tallies.entry(index).or_default().add(response.sums, session, response.at);
            }
        })?;
    }
    Ok(tallies)
}

fn spent(source: &Source<'_>, from: Millis, to: Millis) -> Result<Sums> {
    let mut spent = Sums::default();
    responses(source, from, to, |_, response| spent += response.sums)?;
    Ok(spent)
}

/// The responses of a short stretch, each with its session.
fn responses(
    source: &Source<'_>,
    from: Millis,
    to: Millis,
    mut visit: impl FnMut(i64, &Response),
) -> Result<()> {
    let mut statement = source.connection.prepare_cached(
        "SELECT r.id, r.at, r.origin_id, r.model_id, r.part, r.flags, r.input, r.output, r.cache_write_5m,
           r.cache_write_1h, r.cache_read, r.web_searches, r.cost, r.turn_id, o.session_id
         FROM response r JOIN origin o ON o.id = r.origin_id
         WHERE r.at >= ?1 AND r.at < ?2 AND (r.roots & ?3) != 0",
    )?;
    let mut rows = statement.query(params![from, to, source.filter.roots])?;
    while let Some(row) = rows.next()? {
        let session = row.get(14)?;
        if source.counts(session) {
            visit(session, &Response::read(row)?);
        }
    }
    Ok(())
}
