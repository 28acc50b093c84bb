//! What was recorded by hand or by other programs: each record counts once, in whatever order records come.

use super::merge::flag;
use super::reading::Reading;
use super::rollup::{self, Place};
use super::schema::Error;
use super::writer::{Writer, meta, set_meta};
use super::{ANY_ROOT, Roots};
use crate::money::NanoUsd;
use crate::sources::record::{self, Record, Usage, What};
use crate::sums::Sums;
use crate::tail::Cursor;
use crate::time::{Millis, quarter_of};
use crate::tokens::Tokens;
use crate::transcript::record::{Name, Origin, Owner, Response};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::HashMap;
use std::sync::Arc;

/// The schema that has records.
const SINCE: i64 = 4;
/// Counts lines of the inbox that are no records.
const FAULTS: &str = "inbox_faults";
/// A transcript knows better where its session ran.
const WEAKEST_SIDE: i64 = 2;

/// What was known of a response that was taken back.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakenBack {
    pub(super) at: Millis,
    pub(super) tokens: Tokens,
    pub(super) duration_ms: Option<i64>,
    pub(super) own_cost: Option<NanoUsd>,
}

/// The key of the response that a record became.
fn key(id: &str) -> String {
    format!("record {id}")
}

impl Writer {
    /// How far each file of the inbox is read, by name.
    pub fn inbox(&self) -> std::result::Result<HashMap<String, Cursor>, Error> {
        Ok(inbox(&self.connection)?)
    }

    /// Takes in lines of a file of the inbox and moves its cursor with them; gives how many were new. A transaction begins
    /// where none runs; [`Writer::commit`] ends it.
    pub fn apply_lines(
        &mut self,
        name: &str,
        lines: &[Vec<u8>],
        cursor: &Cursor,
    ) -> std::result::Result<usize, Error> {
        self.begin()?;
        let outcome = self.take_lines(name, lines, cursor);
        if outcome.is_err() {
            self.roll_back();
        }
        Ok(outcome?)
    }

    /// Takes in what an older program kept because it did not know it.
    pub fn apply_kept(&mut self) -> std::result::Result<(), Error> {
        let any: bool =
            self.connection
                .query_row("SELECT EXISTS (SELECT 1 FROM record WHERE taken = 0)", [], |row| row.get(0))?;
        if !any {
            return Ok(());
        }
        self.begin()?;
        let outcome = self.take_kept();
        if outcome.is_err() {
            self.roll_back();
        }
        Ok(outcome?)
    }

    /// Forgets a file of the inbox that is read to its end. Once this returns all that was read of it is on the disk: the
    /// file may go.
    pub fn forget_inbox(&mut self, name: &str) -> std::result::Result<(), Error> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let outcome = self.connection.execute("DELETE FROM inbox WHERE name = ?1", [name]);
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        outcome?;
        Ok(())
    }

    fn take_lines(&mut self, name: &str, lines: &[Vec<u8>], cursor: &Cursor) -> Result<usize> {
        let mut new = 0;
        for line in lines {
            let Some(found) = record::read(line) else {
                let faults: i64 = meta(&self.connection, FAULTS)?.unwrap_or(0);
                set_meta(&self.connection, FAULTS, &(faults + 1))?;
                self.changed = true;
                continue;
            };
            if let Some(record) = found.record.as_ref().filter(|record| !record.what.is_kept()) {
                self.record(record)?;
                new += 1;
                continue;
            }
            let cancels = found.record.as_ref().and_then(|record| match &record.what {
                What::Undo(id) => Some(id),
                _ => None,
            });
            let rows = self
                .connection
                .prepare_cached(
                    "INSERT INTO record (id, kind, taken, cancels, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    found.id,
                    found.kind,
                    found.record.is_some(),
                    cancels,
                    String::from_utf8_lossy(line)
                ])?;
            new += rows;
            if let Some(record) = found.record.filter(|_| rows > 0) {
                self.record(&record)?;
            }
        }
        let Cursor { offset, size, modified, head, tail } = *cursor;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO inbox (name, \"offset\", size, modified, head, tail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![name, offset as i64, size as i64, modified, head, tail])?;
        Ok(new)
    }

    fn take_kept(&mut self) -> Result<()> {
        let kept: Vec<String> = {
            let mut statement = self.connection.prepare_cached("SELECT body FROM record WHERE taken = 0")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?
        };
        for record in kept.iter().filter_map(|body| record::read(body.as_bytes())?.record) {
            if !record.what.is_kept() {
                self.connection.prepare_cached("DELETE FROM record WHERE id = ?1")?.execute([&record.id])?;
                self.record(&record)?;
                continue;
            }
            let cancels = if let What::Undo(id) = &record.what { Some(id) } else { None };
            self.connection
                .prepare_cached("UPDATE record SET taken = 1, cancels = ?2 WHERE id = ?1")?
                .execute(params![record.id, cancels])?;
            self.record(&record)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record) -> Result<()> {
        match &record.what {
            What::Usage(usage) => self.recorded_usage(record, usage),
            What::Undo(id) => self.cancel(id),
            What::Reported(reported) => self.reported(record.at, reported),
            What::Hooked(hooked) => self.hooked(record.at, hooked),
            What::Requested(requested) => self.requested(record.at, requested),
            What::Metered(metered) => self.metered(record.at, metered),
        }
    }

    fn recorded_usage(&mut self, record: &Record, usage: &Usage) -> Result<()> {
        let session = Name::from(&*usage.session);
        self.recorded_project(&session, record, usage)?;
        let cancelled: bool = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM record WHERE cancels = ?1)")?
            .query_row([&record.id], |row| row.get(0))?;
        if cancelled {
            return Ok(());
        }
        let response = Response {
            key: key(&record.id).into(),
            model: Name::from(&*usage.model),
            tokens: usage.counts.tokens(),
            at: record.at,
            finished: !usage.lower_bound,
            owner: Owner { origin: Arc::new(Origin { session, ..Origin::default() }), ..Owner::default() },
            ..Response::default()
        };
        // It lies in none of Claude's folders, and belongs to whichever of them are looked at.
        self.response(&response, 0, ANY_ROOT)?;
        let source = self.names.id(&self.connection, &Name::from(&*usage.source))?;
        self.connection
            .prepare_cached("UPDATE response SET source_id = ?2 WHERE key = ?1")?
            .execute(params![response.key, source])?;
        Ok(())
    }

    /// Gives a session that no transcript tells of its project; of several records the earliest counts.
    fn recorded_project(&mut self, session: &Name, record: &Record, usage: &Usage) -> Result<()> {
        let number = self.session_number(session)?;
        let project = self.names.id(&self.connection, &Name::from(&*usage.project))?;
        let rows = self
            .connection
            .prepare_cached(
                "UPDATE session SET project_id = ?2, project_side = ?3, project_at = ?4
                 WHERE id = ?1 AND (project_at IS NULL
                   OR (?3, ?4, ?5) < (project_side, project_at, (SELECT text FROM name WHERE id = project_id)))",
            )?
            .execute(params![number, project, WEAKEST_SIDE, record.at, usage.project])?;
        self.changed |= rows > 0;
        Ok(())
    }

    /// Takes back what a record added; where it comes first, the record adds nothing.
    fn cancel(&mut self, id: &str) -> Result<()> {
        self.take_back(&key(id)).map(|_| ())
    }

    /// Takes a response back with its sums; gives what it was. Of agents it had no share.
    pub(super) fn take_back(&mut self, key: &str) -> Result<Option<TakenBack>> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT r.id, r.at, o.session_id, r.model_id, r.roots, r.flags, r.cost, r.input, r.output, r.cache_write_5m,
                 r.cache_write_1h, r.cache_read, r.web_searches, r.part, r.duration_ms, r.own_cost
                 FROM response r JOIN origin o ON o.id = r.origin_id WHERE r.key = ?1",
            )?
            .query_row([key], |row| {
                let (at, flags, part): (i64, i64, i64) = (row.get(1)?, row.get(5)?, row.get(13)?);
                let roots: Roots = row.get(4)?;
                let place = Place { quarter: quarter_of(at), session: row.get(2)?, model: row.get(3)?, roots };
                let sums = Sums {
                    messages: i64::from(part == 0),
                    tokens: rollup::tokens(row, 7)?,
                    cost: NanoUsd(row.get(6)?),
                    unpriced: i64::from(flags & flag::UNPRICED != 0),
                    lower_bound: i64::from(part == 0 && flags & flag::FINISHED == 0),
                };
                let own_cost = row.get::<_, Option<i64>>(15)?.map(NanoUsd);
                let back = TakenBack { at, tokens: sums.tokens, duration_ms: row.get(14)?, own_cost };
                Ok((row.get::<_, i64>(0)?, place, sums, back))
            })
            .optional()?;
        let Some((number, place, sums, back)) = found else { return Ok(None) };
        self.deltas.subtract(place, sums);
        self.connection.prepare_cached("DELETE FROM response WHERE id = ?1")?.execute([number])?;
        self.recent.remove(key);
        self.changed = true;
        Ok(Some(back))
    }
}

impl Reading {
    /// How far each file of the inbox is read, by name.
    pub fn inbox(&self) -> std::result::Result<HashMap<String, Cursor>, Error> {
        Ok(if self.has_records()? { inbox(&self.connection)? } else { HashMap::new() })
    }

    /// The latest lines that were recorded.
    pub fn records(&self, limit: usize) -> std::result::Result<Vec<String>, Error> {
        if !self.has_records()? {
            return Ok(Vec::new());
        }
        let mut statement =
            self.connection.prepare_cached("SELECT body FROM record ORDER BY id DESC LIMIT ?1")?;
        let rows = statement.query_map([limit as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_>>()?)
    }

    /// The sessions whose id is this one, or begins so where none is.
    pub fn sessions_like(&self, id: &str) -> std::result::Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT uuid FROM session WHERE uuid = ?1
             UNION ALL SELECT uuid FROM session WHERE substr(uuid, 1, length(?1)) = ?1 AND uuid != ?1 LIMIT 2",
        )?;
        let mut found: Vec<String> = statement.query_map([id], |row| row.get(0))?.collect::<Result<_>>()?;
        if found.first().is_some_and(|first| first == id) {
            found.truncate(1);
        }
        Ok(found)
    }

    /// The model that answered last: in this session where it is known, else in this project, else anywhere.
    pub fn latest_model(
        &self,
        session: Option<&str>,
        project: &str,
    ) -> std::result::Result<Option<String>, Error> {
        let latest = |condition: &str, value: &str| {
            let sql = format!(
                "SELECT m.text FROM session s JOIN name m ON m.id = s.model_id JOIN name p ON p.id = s.project_id
                 WHERE s.model_id != 0 AND {condition} ORDER BY s.last_at DESC LIMIT 1"
            );
            self.connection.prepare(&sql)?.query_row([value], |row| row.get::<_, String>(0)).optional()
        };
        if let Some(session) = session
            && let Some(model) = latest("s.uuid = ?1", session)?
        {
            return Ok(Some(model));
        }
        let here = latest("p.text = ?1", project)?;
        Ok(if here.is_some() { here } else { latest("?1 != ''", "anywhere")? })
    }

    fn has_records(&self) -> Result<bool> {
        let version: i64 = self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(version >= SINCE)
    }
}

fn inbox(connection: &Connection) -> Result<HashMap<String, Cursor>> {
    let mut statement =
        connection.prepare_cached("SELECT name, \"offset\", size, modified, head, tail FROM inbox")?;
    let rows = statement.query_map([], |row| {
        let cursor = Cursor {
            offset: row.get::<_, i64>(1)? as u64,
            size: row.get::<_, i64>(2)? as u64,
            modified: row.get(3)?,
            head: row.get(4)?,
            tail: row.get(5)?,
        };
        Ok((row.get(0)?, cursor))
    })?;
    rows.collect()
}

/// Names of the sources of those responses that no transcript tells of, both as numbers.
pub(super) fn sources(connection: &Connection) -> Result<HashMap<i64, i64>> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < SINCE {
        return Ok(HashMap::new());
    }
    let mut statement =
        connection.prepare_cached("SELECT id, source_id FROM response WHERE source_id != 0")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What the inbox held that was no record, and what waits for a newer program.
pub(super) fn faults(connection: &Connection) -> Result<Vec<(String, i64)>> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < SINCE {
        return Ok(Vec::new());
    }
    let broken: i64 = meta(connection, FAULTS)?.unwrap_or(0);
    let kept = connection.query_row("SELECT COUNT(*) FROM record WHERE taken = 0", [], |row| row.get(0))?;
    let counts = [("record", broken), ("record of a newer version", kept)];
    Ok(counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect())
}

#[cfg(test)]
mod tests;
