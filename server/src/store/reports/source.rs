//! Where reports take their rows from: sums of quarter hours, or responses one by one.

use super::rows::{Origin, Response, Session, Tool, Tools};
use crate::reports::Query;
use crate::store::Roots;
use crate::store::rollup::{self, COLUMNS};
use crate::store::telemetry;
use crate::sums::Sums;
use crate::time::{Millis, QUARTER, Zone, quarter_of};
use chrono::Weekday;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::{HashMap, HashSet};

/// What of history counts.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The first instant that counts.
    pub(super) from: Millis,
    /// The first that does not any more.
    pub(super) to: Millis,
    /// The roots that count.
    pub(super) roots: Roots,
    /// The projects that count, by number; `None` is all.
    pub(super) projects: Option<HashSet<i64>>,
    /// The one session that counts, by number.
    pub(super) session: Option<i64>,
}

/// A place to read from, as of one moment of the database.
pub(super) struct Source<'a> {
    pub(super) connection: &'a Connection,
    pub(super) zone: &'a Zone,
    pub(super) week_start: Weekday,
    pub(super) filter: Filter,
    /// All sessions by number.
    pub(super) sessions: HashMap<i64, Session>,
}

/// Sums of one quarter hour, session and model.
pub(super) struct Quarter {
    pub(super) number: i64,
    pub(super) session: i64,
    pub(super) model: i64,
    pub(super) sums: Sums,
}

/// A project that no session has.
const UNKNOWN_PROJECT: i64 = -1;

impl<'a> Source<'a> {
    /// A source for a query. Sessions are loaded where rows or the filter need them.
    pub(super) fn of_query(
        connection: &'a Connection,
        query: &Query,
        zone: &'a Zone,
        roots: Roots,
        needs_sessions: bool,
    ) -> Result<Self> {
        let (from, to) = query.days.instants(zone);
        let projects = query.project.as_deref().map(|project| project_number(connection, project));
        let projects = projects.transpose()?.map(|project| HashSet::from([project]));
        let needs_sessions = needs_sessions || projects.is_some();
        let filter = Filter { from, to, roots, projects, session: None };
        Self::new(connection, zone, query.week_start, filter, needs_sessions)
    }

    pub(super) fn new(
        connection: &'a Connection,
        zone: &'a Zone,
        week_start: Weekday,
        filter: Filter,
        needs_sessions: bool,
    ) -> Result<Self> {
        let sessions = if needs_sessions { sessions(connection)? } else { HashMap::new() };
        Ok(Self { connection, zone, week_start, filter, sessions })
    }

    /// Whether a session counts.
    pub(super) fn counts(&self, session: i64) -> bool {
        let Filter { projects, session: only, .. } = &self.filter;
        only.is_none_or(|only| only == session)
            && projects.as_ref().is_none_or(|projects| {
                self.sessions.get(&session).is_some_and(|session| projects.contains(&session.project))
            })
    }

    /// Sums of quarter hours, oldest first.
    pub(super) fn quarters(&self, mut visit: impl FnMut(&Quarter) -> Result<()>) -> Result<()> {
        let Filter { from, to, roots, .. } = self.filter;
        let sql = format!(
            "SELECT quarter, session_id, model_id, {COLUMNS} FROM rollup
             WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0 ORDER BY quarter"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let to = if to == Millis::MAX { i64::MAX } else { quarter_of(to) };
        let mut rows = statement.query(params![quarter_of(from), to, roots])?;
        while let Some(row) = rows.next()? {
            let session = row.get(1)?;
            if !self.counts(session) {
                continue;
            }
            let sums = rollup::read(row, 3)?;
            if !sums.is_zero() {
                visit(&Quarter { number: row.get(0)?, session, model: row.get(2)?, sums })?;
            }
        }
        Ok(())
    }

    /// Responses one by one, with the tools that each used.
    pub(super) fn responses(
        &self,
        mut visit: impl FnMut(&Response, &Origin, &[Tool]) -> Result<()>,
    ) -> Result<()> {
        let origins = self.origins()?;
        let Filter { from, to, roots, .. } = self.filter;
        let took = telemetry::duration(self.connection)?;
        let mut responses = self.connection.prepare_cached(&format!(
            "SELECT id, at, origin_id, model_id, part, flags, input, output, cache_write_5m, cache_write_1h,
             cache_read, web_searches, cost, turn_id, {took} FROM response
             WHERE at >= ?1 AND at < ?2 AND (roots & ?3) != 0 ORDER BY id",
        ))?;
        // Few tools are sorted where few responses count.
        let whole = from == 0 && to == Millis::MAX;
        let which =
            if whole { "IS NOT NULL" } else { "IN (SELECT id FROM response WHERE at >= ?1 AND at < ?2)" };
        let mut tools = self.connection.prepare_cached(&format!(
            "SELECT response_id, name_id, file_id, detail_id, failed, lines_added, lines_removed FROM tool_use
             WHERE response_id {which} ORDER BY response_id"
        ))?;
        let bounds: &[i64] = if whole { &[] } else { &[from, to] };
        let mut tools = Tools::new(tools.query(rusqlite::params_from_iter(bounds))?);
        let mut rows = responses.query(params![from, to, roots])?;
        while let Some(row) = rows.next()? {
            let response = Response::read(row)?;
            // Of what does not count nothing more is looked up: later tools wait for their response.
            let Some(origin) = origins.get(&response.origin).filter(|origin| self.counts(origin.session))
            else {
                continue;
            };
            visit(&response, origin, &tools.of(response.id)?)?;
        }
        Ok(())
    }

    fn origins(&self) -> Result<HashMap<i64, Origin>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT o.id, o.session_id, o.sidechain, o.agent_id, IIF(IFNULL(a.kind_id, 0) != 0, a.kind_id, IFNULL(t.detail_id, 0)),
               o.branch_id, o.skill_id, o.mcp_id
             FROM origin o LEFT JOIN agent a ON a.session_id = o.session_id AND a.name_id = o.agent_id AND o.agent_id != 0
             LEFT JOIN tool_use t ON t.id = a.tool_use",
        )?;
        let rows = statement.query_map([], |row| {
            let origin = Origin {
                session: row.get(1)?,
                sidechain: row.get(2)?,
                agent: row.get(3)?,
                agent_kind: row.get(4)?,
                branch: row.get(5)?,
                skill: row.get(6)?,
                mcp: row.get(7)?,
            };
            Ok((row.get(0)?, origin))
        })?;
        rows.collect()
    }
}

/// The first instant of a quarter hour.
pub(super) const fn start_of(quarter: i64) -> Millis {
    quarter * QUARTER
}

/// The number of a project; one that is not known has a number that no session has.
pub(super) fn project_number(connection: &Connection, project: &str) -> Result<i64> {
    Ok(name_number(connection, project)?.unwrap_or(UNKNOWN_PROJECT))
}

/// The number of a name, where it is known.
pub(super) fn name_number(connection: &Connection, text: &str) -> Result<Option<i64>> {
    connection.query_row("SELECT id FROM name WHERE text = ?1", [text], |row| row.get(0)).optional()
}

/// The name with a number.
pub(super) fn name(connection: &Connection, id: i64) -> Result<String> {
    connection
        .prepare_cached("SELECT text FROM name WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

fn sessions(connection: &Connection) -> Result<HashMap<i64, Session>> {
    let mut statement =
        connection.prepare("SELECT id, uuid, project_id, started_at, last_at, own_api_ms FROM session")?;
    let rows = statement.query_map([], |row| {
        let session = Session {
            uuid: row.get(1)?,
            project: row.get(2)?,
            started: row.get(3)?,
            last: row.get(4)?,
            api_ms: row.get(5)?,
        };
        Ok((row.get(0)?, session))
    })?;
    rows.collect()
}
