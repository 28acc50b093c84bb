//! Finding a session or a response by the beginning of its id.

use crate::reports::{Candidate, MOST_CANDIDATES, Matched};
use crate::store::Roots;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The number of the session with this id, or with the only id that begins so. Of the roots that count it has responses.
pub(super) fn session(connection: &Connection, text: &str, roots: Roots) -> Result<Matched<i64>> {
    const COUNTS: &str = "EXISTS (SELECT 1 FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?2) != 0)";
    let exact = connection
        .prepare_cached(&format!("SELECT s.id FROM session s WHERE s.uuid = ?1 AND {COUNTS}"))?
        .query_row(params![text, roots], |row| row.get(0))
        .optional()?;
    if let Some(id) = exact {
        return Ok(Matched::One(id));
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT s.id, s.uuid, IFNULL(s.title, '') FROM session s
         WHERE s.uuid >= ?1 AND s.uuid < ?3 AND {COUNTS} ORDER BY s.last_at DESC, s.uuid"
    ))?;
    let rows = statement.query_map(params![text, roots, end_of(text)], |row| {
        Ok((row.get(0)?, Candidate { id: row.get(1)?, note: row.get(2)? }))
    })?;
    choose(rows)
}

/// The first text after all that begin with `text`.
pub(super) fn end_of(text: &str) -> String {
    format!("{text}\u{10FFFF}")
}

/// What several rows mean.
pub(super) fn choose(rows: impl Iterator<Item = Result<(i64, Candidate)>>) -> Result<Matched<i64>> {
    let (mut first, mut candidates, mut count) = (None, Vec::new(), 0);
    for row in rows {
        let (id, candidate) = row?;
        first.get_or_insert(id);
        count += 1;
        if candidates.len() < MOST_CANDIDATES {
            candidates.push(candidate);
        }
    }
    Ok(match (first, count) {
        (Some(id), 1) => Matched::One(id),
        (None, _) => Matched::Nothing,
        _ => Matched::Several(candidates, count),
    })
}
