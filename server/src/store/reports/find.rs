//! Finding a session or a response by the beginning of its id.

use crate::reports::{Candidate, MOST_CANDIDATES, Matched};
use crate::store::Roots;
use crate::store::telemetry::TOLD;
use rusqlite::{Connection, Result, params};

/// What begins with a text.
#[derive(Default)]
pub(super) struct Found {
    /// The number of the first.
    first: Option<i64>,
    /// The first ones.
    candidates: Vec<Candidate>,
    count: usize,
    /// The text is an id, and not only the beginning of one.
    exact: bool,
}

impl Found {
    /// Collects rows; one whose id is the text itself is the only one that counts.
    fn collect(text: &str, rows: impl Iterator<Item = Result<(i64, Candidate)>>) -> Result<Self> {
        let mut found = Self::default();
        for row in rows {
            let (id, candidate) = row?;
            if candidate.id == text {
                return Ok(Self { first: Some(id), candidates: vec![candidate], count: 1, exact: true });
            }
            found.first.get_or_insert(id);
            found.count += 1;
            if found.candidates.len() < MOST_CANDIDATES {
                found.candidates.push(candidate);
            }
        }
        Ok(found)
    }

    /// What it comes to, and beside things of another kind: whether it was among the first or the others.
    pub(super) fn matched(self, others: Self) -> Matched<(i64, bool)> {
        match (self.exact, others.exact, self.count, others.count) {
            (true, false, ..) | (_, _, 1, 0) => {
                self.first.map_or(Matched::Nothing, |id| Matched::One((id, true)))
            }
            (false, true, ..) | (_, _, 0, 1) => {
                others.first.map_or(Matched::Nothing, |id| Matched::One((id, false)))
            }
            (_, _, 0, 0) => Matched::Nothing,
            (_, _, count, more) => {
                let candidates = self.candidates.into_iter().chain(others.candidates);
                Matched::Several(candidates.take(MOST_CANDIDATES).collect(), count + more)
            }
        }
    }
}

/// The sessions whose ids begin with a text, the latest first. Of the roots that count they have responses.
pub(super) fn sessions(connection: &Connection, text: &str, roots: Roots) -> Result<Found> {
    let mut statement = connection.prepare_cached(
        "SELECT s.id, s.uuid, IFNULL(s.title, '') FROM session s
         WHERE s.uuid >= ?1 AND s.uuid < ?3
           AND EXISTS (SELECT 1 FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?2) != 0)
         ORDER BY s.last_at DESC, s.uuid",
    )?;
    let rows = statement.query_map(params![text, roots, end_of(text)], |row| {
        Ok((row.get(0)?, Candidate { id: row.get(1)?, note: row.get(2)? }))
    })?;
    Found::collect(text, rows)
}

/// The responses whose keys begin with a text; a part that is billed apart only by its whole key. Of those that telemetry alone
/// tells of, the request's id is enough.
pub(super) fn responses(connection: &Connection, text: &str, roots: Roots) -> Result<Found> {
    let found = keys(connection, text, roots)?;
    if found.count > 0 || text.is_empty() {
        return Ok(found);
    }
    keys(connection, &format!("{TOLD}{text}"), roots)
}

fn keys(connection: &Connection, text: &str, roots: Roots) -> Result<Found> {
    let mut statement = connection.prepare_cached(
        "SELECT r.id, r.key, m.text FROM response r JOIN name m ON m.id = r.model_id
         WHERE r.key >= ?1 AND r.key < ?3 AND (r.part = 0 OR r.key = ?1 OR ?4) AND (r.roots & ?2) != 0 ORDER BY r.key",
    )?;
    let rows = statement.query_map(params![text, roots, end_of(text), text.starts_with(TOLD)], |row| {
        Ok((row.get(0)?, Candidate { id: row.get(1)?, note: row.get(2)? }))
    })?;
    Found::collect(text, rows)
}

/// The first text after all that begin with `text`.
pub(super) fn end_of(text: &str) -> String {
    format!("{text}\u{10FFFF}")
}
