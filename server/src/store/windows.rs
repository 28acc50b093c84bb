//! Five-hour windows in the store: always worked out from the responses. A process remembers the start of the one that runs
//! for as long as nothing before it changes.

use super::Roots;
use super::closed::Closed;
use super::rollup::{self, SUMMED};
use crate::blocks;
use crate::burn::{Running, recent_from};
use crate::sums::Sums;
use crate::time::{Millis, QUARTER, quarter_of};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The window that runs at a moment.
pub(super) fn active(
    connection: &Connection,
    closed: &mut Closed,
    revision: i64,
    now: Millis,
    roots: Roots,
) -> Result<Option<Running>> {
    let Some(start) = running(connection, closed, revision, now, roots)? else { return Ok(None) };
    let end = start + blocks::LENGTH;
    let cost = spent(connection, start, end, roots)?.cost;
    let recent = spent(connection, recent_from(start, now), end, roots)?;
    Ok(Some(Running { start, cost, recent: recent.cost, recent_tokens: recent.tokens.total() }))
}

/// The start of the window that runs at a moment.
pub(super) fn running(
    connection: &Connection,
    closed: &mut Closed,
    revision: i64,
    now: Millis,
    roots: Roots,
) -> Result<Option<Millis>> {
    // The start of a window is itself a moment that windows can be counted from.
    let anchor = match closed.window(connection, revision, roots)? {
        Some(start) if start <= now => start,
        _ => anchor(connection, now, roots)?,
    };
    let mut first = first(connection)?;
    let start =
        blocks::active(anchor, now, |from| first.query_row([from, roots], |row| row.get(0)).optional())?;
    closed.remember_window(start, roots, revision);
    Ok(start)
}

/// The starts of all windows that matter for a range: from some before it up to the first one after.
pub(super) fn starts(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Vec<Millis>> {
    let anchor = if from == 0 { 0 } else { anchor(connection, from, roots)? };
    let mut first = first(connection)?;
    blocks::starts(anchor, to, |from| first.query_row([from, roots], |row| row.get(0)).optional())
}

/// The responses from one moment up to another, so many at most: when, cost in nano-dollars, and tokens of all classes.
pub(super) fn responses(
    connection: &Connection,
    from: Millis,
    to: Millis,
    roots: Roots,
    most: usize,
) -> Result<Vec<(Millis, i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, cost, input + output + cache_write_5m + cache_write_1h + cache_read
         FROM response WHERE at >= ?1 AND at < ?2 AND (roots & ?3) != 0 ORDER BY at LIMIT ?4",
    )?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    statement.query_map(params![from, to, roots, most as i64], row)?.collect()
}

/// The first response from a moment on.
pub(super) fn first_from(connection: &Connection, from: Millis, roots: Roots) -> Result<Option<Millis>> {
    first(connection)?.query_row([from, roots], |row| row.get(0)).optional()
}

/// What was spent from one moment up to another: whole quarter hours from their sums, the rest from the responses.
fn spent(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Sums> {
    let (first, last) = (quarter_of(from) + 1, quarter_of(to));
    if first >= last {
        return spent_by_responses(connection, from, to, roots);
    }
    let sql =
        format!("SELECT {SUMMED} FROM rollup WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0");
    let mut sums =
        connection.prepare_cached(&sql)?.query_row([first, last, roots], |row| rollup::read(row, 0))?;
    sums += spent_by_responses(connection, from, first * QUARTER, roots)?;
    sums += spent_by_responses(connection, last * QUARTER, to, roots)?;
    Ok(sums)
}

fn spent_by_responses(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Sums> {
    let sql = format!(
        "SELECT {} FROM response WHERE at >= ?1 AND at < ?2 AND (roots & ?3) != 0",
        SUMMED
            .replace("SUM(messages)", "SUM(part = 0)")
            .replace("SUM(unpriced)", "SUM((flags & 8) != 0)")
            .replace("SUM(lower_bound)", "SUM(part = 0 AND (flags & 1) = 0)")
    );
    connection.prepare_cached(&sql)?.query_row([from, to, roots], |row| rollup::read(row, 0))
}

fn first(connection: &Connection) -> Result<rusqlite::CachedStatement<'_>> {
    connection
        .prepare_cached("SELECT at FROM response WHERE at >= ?1 AND (roots & ?2) != 0 ORDER BY at LIMIT 1")
}

/// The latest moment up to `now` before which five hours were silent. Each step goes five hours back, so even a year
/// without such a silence takes fewer than two thousand.
fn anchor(connection: &Connection, now: Millis, roots: Roots) -> Result<Millis> {
    // Two active quarters of an hour that are further apart than this have five silent hours between them.
    const APART: i64 = blocks::LENGTH / QUARTER + 1;
    let mut earliest = connection.prepare_cached(
        "SELECT quarter FROM rollup WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0 ORDER BY quarter LIMIT 1",
    )?;
    let mut quarter = quarter_of(now) + 1;
    // Quarters in between are no further apart.
    while let Some(earlier) =
        earliest.query_row([quarter - APART, quarter, roots], |row| row.get(0)).optional()?
    {
        quarter = earlier;
    }
    Ok(quarter * QUARTER)
}
