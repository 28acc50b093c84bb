//! Sessions: what lines tell about them, put together.

use super::writer::Writer;
use crate::time::quarter_of;
use crate::transcript::record::{ContextMark, Name, OwnTotal, Session};
use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The number of a session, made where it is new.
pub(super) fn session_id(
    connection: &Connection,
    known: &mut HashMap<Name, i64>,
    uuid: &Name,
) -> Result<i64> {
    if let Some(id) = known.get(uuid) {
        return Ok(*id);
    }
    let found = connection
        .prepare_cached("SELECT id FROM session WHERE uuid = ?1")?
        .query_row([&**uuid], |row| row.get(0))
        .optional()?;
    let id = match found {
        Some(id) => id,
        None => connection.prepare_cached("INSERT INTO session (uuid) VALUES (?1)")?.insert([&**uuid])?,
    };
    known.insert(uuid.clone(), id);
    Ok(id)
}

impl Writer {
    pub(super) fn session_number(&mut self, uuid: &Name) -> Result<i64> {
        session_id(&self.connection, &mut self.sessions, uuid)
    }

    /// Adds what a stretch of a file tells about a session.
    pub(super) fn session_facts(&mut self, uuid: &Name, facts: &Session, file: i64) -> Result<()> {
        let id = self.session_number(uuid)?;
        let mut changed = self.session_times(id, facts)?;
        if let Some((side, at, project)) = &facts.project {
            let project = self.names.id(&self.connection, project)?;
            let moved = self
                .connection
                .prepare_cached(
                    "UPDATE session SET project_id = ?2, project_side = ?3, project_at = ?4
                     WHERE id = ?1 AND (project_at IS NULL OR (?3, ?4) < (project_side, project_at))",
                )?
                .execute(params![id, project, side, at])?
                > 0;
            if moved {
                self.session_moved(id)?;
            }
            changed |= moved;
        }
        if let Some((weight, title)) = &facts.title {
            changed |= self
                .connection
                .prepare_cached(
                    "UPDATE session SET title = ?3, title_weight = ?2
                     WHERE id = ?1 AND title_weight <= ?2 AND title IS NOT ?3",
                )?
                .execute(params![id, weight, &**title])?
                > 0;
        }
        if let Some(mark) = &facts.context {
            changed |= self.session_context(id, mark, file)?;
        }
        if let Some(total) = &facts.own_total {
            changed |= self.session_own_total(id, total)?;
        }
        self.changed |= changed;
        Ok(())
    }

    /// A session belongs to another project from its beginning on.
    fn session_moved(&mut self, id: i64) -> Result<()> {
        let started: Option<i64> = self
            .connection
            .prepare_cached("SELECT started_at FROM session WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        self.moved = self.moved.into_iter().chain(started.map(quarter_of)).min();
        Ok(())
    }

    fn session_times(&mut self, id: i64, facts: &Session) -> Result<bool> {
        let (version, branch) = match &facts.latest {
            Some((_, version, branch)) => {
                (self.names.id(&self.connection, version)?, self.names.id(&self.connection, branch)?)
            }
            None => (0, 0),
        };
        let latest_at = facts.latest.as_ref().map(|latest| latest.0);
        let rows = self
            .connection
            .prepare_cached(
                "UPDATE session SET
                   version_id = IIF(?6 >= IFNULL(last_main_at, 0), ?7, version_id),
                   branch_id = IIF(?6 >= IFNULL(last_main_at, 0), ?8, branch_id),
                   started_at = MIN(IFNULL(started_at, ?2), IFNULL(?2, started_at)),
                   last_at = MAX(IFNULL(last_at, ?3), IFNULL(?3, last_at)),
                   last_main_at = MAX(IFNULL(last_main_at, ?4), IFNULL(?4, last_main_at)),
                   largest_prompt = MAX(largest_prompt, ?5)
                 WHERE id = ?1 AND (started_at IS NULL OR started_at > ?2 OR IFNULL(last_at, -1) < ?3
                   OR IFNULL(last_main_at, -1) < ?4 OR largest_prompt < ?5)",
            )?
            .execute(params![
                id,
                facts.started,
                facts.last,
                facts.last_main,
                facts.largest_prompt,
                latest_at,
                version,
                branch
            ])?;
        Ok(rows > 0)
    }

    /// In one file the later line counts, between files the later time.
    fn session_context(&mut self, id: i64, mark: &ContextMark, file: i64) -> Result<bool> {
        let model = self.names.id(&self.connection, &mark.model)?;
        let rows = self
            .connection
            .prepare_cached(
                "UPDATE session SET context_at = ?2, context_file = ?3, context_offset = ?4, context_tokens = ?5,
                   model_id = IIF(?6 = 0, model_id, ?6)
                 WHERE id = ?1 AND (context_at IS NULL OR IIF(context_file = ?3, ?4 > context_offset, ?2 >= context_at))",
            )?
            .execute(params![id, mark.at, file, mark.offset as i64, mark.tokens, model])?;
        Ok(rows > 0)
    }

    /// The running total is cumulative: the last line counts.
    fn session_own_total(&mut self, id: i64, total: &OwnTotal) -> Result<bool> {
        let rows = self
            .connection
            .prepare_cached(
                "UPDATE session SET own_offset = ?2, own_cost = ?3, own_api_ms = ?4, own_tool_ms = ?5,
                   own_million = own_million OR ?6
                 WHERE id = ?1 AND (own_offset IS NULL OR own_offset < ?2)",
            )?
            .execute(params![
                id,
                total.offset as i64,
                total.cost.0,
                total.api_ms,
                total.tool_ms,
                total.million
            ])?;
        Ok(rows > 0)
    }
}
