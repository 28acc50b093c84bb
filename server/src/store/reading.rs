//! Reading: what a status is built from. Every query looks at a bounded number of rows.

use super::closed::{Bounds, Closed};
use super::place::Place;
use super::rollup::{self, SUMMED};
use super::schema::{Error, open_for_reading};
use super::writer::meta;
use super::{Roots, alerts, budgets, cursors, limits, windows};
use crate::blocks;
use crate::budgets::lies_in;
use crate::burn;
use crate::limits::{PlanLimit, merged};
use crate::money::NanoUsd;
use crate::snapshot::{ACTIVE_FOR, Counted, ENDED_AFTER, LeaderHealth, Rows, SessionRow, SubagentRow};
use crate::tail::Cursor;
use crate::time::{MINUTE, Millis, Zone, month_start, quarter_of, week_start};
use chrono::Weekday;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// How many subagents of a session a status lists.
const MOST_SUBAGENTS: i64 = 20;

/// What a status is about.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The client's folders and the other worktrees of their repositories; none: a client without a folder.
    pub folders: Vec<String>,
    /// Sessions are listed wherever they were started.
    pub everywhere: bool,
    /// The roots that count.
    pub roots: Roots,
    /// How many sessions are listed.
    pub sessions: usize,
    /// The zone that days are counted in.
    pub zone: Zone,
    /// The day that weeks begin with.
    pub week_start: Weekday,
}

/// A database that was removed or replaced while it was read.
pub struct Ghost(Place);

impl Ghost {
    /// Whether its log still lies beside another database; the leader is about to remove it.
    pub fn haunts(&self) -> bool {
        self.0.haunts()
    }
}

/// A reader's hold on the database.
pub struct Reading {
    pub(super) connection: Connection,
    closed: Closed,
    place: Place,
}

impl Reading {
    /// Opens the database at `path` for reading.
    pub fn open(path: &Path) -> std::result::Result<Self, Error> {
        Ok(Self::over(open_for_reading(path)?, path))
    }

    pub(super) fn over(connection: Connection, path: &Path) -> Self {
        Self { connection, closed: Closed::default(), place: Place::of(path) }
    }

    /// Whether the database's files still lie where others find them.
    pub fn is_in_place(&self) -> bool {
        self.place.is_same()
    }

    /// Ends this hold on files that others do not find any more: they would stay readable, and silent, for ever. Gives
    /// what tells when it is safe to open what lies there now.
    pub fn abandon(self) -> Ghost {
        let _ = Place::leave(&self.connection);
        Ghost(self.place)
    }

    /// The content's revision; 0 before anyone led.
    pub fn revision(&self) -> std::result::Result<i64, Error> {
        Ok(meta(&self.connection, "revision")?.unwrap_or(0))
    }

    /// The connection's rows for a status.
    pub fn rows(&mut self, scope: &Scope) -> std::result::Result<Rows, Error> {
        Ok(rows(&self.connection, &mut self.closed, scope)?)
    }

    /// The moment that a report's present is: that of the latest status, so that both say the same, or `now` where that
    /// is more than a minute ago.
    pub fn moment(&self, now: Millis) -> std::result::Result<Millis, Error> {
        let as_of: Millis = meta(&self.connection, "as_of")?.unwrap_or(0);
        Ok(if now - as_of > MINUTE { now } else { as_of })
    }

    /// A number that changes whenever another process commits.
    pub fn data_version(&self) -> std::result::Result<i64, Error> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// How far each file is read, by its root's path and its own.
    pub fn files_by_root(&self) -> std::result::Result<HashMap<(String, String), Cursor>, Error> {
        let roots: HashMap<i64, String> = {
            let mut statement = self.connection.prepare_cached("SELECT id, path FROM root")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_>>()?
        };
        let files = cursors::all(&self.connection)?;
        let named = files.into_iter().filter_map(|(found, known)| {
            roots.get(&found.root).map(|root| ((root.clone(), found.path), known.cursor))
        });
        Ok(named.collect())
    }

    /// What is not in the database because it lies in an archive.
    pub fn archive(&self) -> std::result::Result<Option<super::Archive>, Error> {
        Ok(super::archive::known(&self.connection)?)
    }

    /// What a person should know where a newer program wrote this database.
    pub fn is_newer(&self) -> std::result::Result<Option<String>, Error> {
        Ok(newer(&self.connection)?)
    }

    /// How many lines could not be read as they stand, by kind.
    pub fn faults(&self) -> std::result::Result<BTreeMap<String, i64>, Error> {
        Ok(faults(&self.connection)?)
    }

    /// The set of those roots (given by path) that the database knows, and whether it knows them all.
    pub fn roots(&self, paths: &[String]) -> std::result::Result<(Roots, bool), Error> {
        let mut set = 0;
        let mut all = true;
        for path in paths {
            let id: Option<i64> = self
                .connection
                .query_row("SELECT id FROM root WHERE path = ?1", [path], |row| row.get(0))
                .optional()?;
            match id {
                Some(id) => set |= 1 << id,
                None => all = false,
            }
        }
        Ok((set, all))
    }
}

pub(super) fn faults(connection: &Connection) -> Result<BTreeMap<String, i64>> {
    let mut statement = connection.prepare_cached("SELECT kind, SUM(count) FROM fault GROUP BY kind")?;
    let files = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    files.chain(super::records::faults(connection)?.into_iter().map(Ok)).collect()
}

fn notices(connection: &Connection, now: Millis) -> Result<Vec<String>> {
    let mut notices: Vec<String> = super::quarantine::told(connection, now)?.into_iter().collect();
    notices.extend(newer(connection)?);
    Ok(notices)
}

fn newer(connection: &Connection) -> Result<Option<String>> {
    let (found, known) = (super::schema::version(connection)?, super::SCHEMA_VERSION);
    let notice = || {
        format!(
            "the database was written by a newer Costline (schema {found}, this one knows {known}): this one only reads it; update it"
        )
    };
    Ok((found > known).then(notice))
}

/// What a status is built from, as of one moment of the database.
pub(super) fn rows(connection: &Connection, closed: &mut Closed, scope: &Scope) -> Result<Rows> {
    let moment = connection.unchecked_transaction()?;
    let as_of: Millis = meta(&moment, "as_of")?.unwrap_or(0);
    let revision = meta(&moment, "revision")?.unwrap_or(0);
    let day = scope.zone.day(as_of);
    let start = |day| scope.zone.start_of(day);
    let bounds = Bounds {
        month: start(month_start(day)),
        week: start(week_start(day, scope.week_start)),
        day: start(day),
        // A transcript from a machine whose clock is ahead does not belong to today yet.
        end: scope.zone.end_of(day),
        roots: scope.roots,
    };
    let [today, week, month] = closed.sums(&moment, revision, bounds)?;
    let projects = projects(&moment, &scope.folders)?;
    let window = windows::active(&moment, closed, revision, as_of, scope.roots)?;
    Ok(Rows {
        notices: notices(&moment, as_of)?,
        revision,
        as_of,
        leader: meta(&moment, "leader_pid")?,
        leader_health: leader_health(&moment)?,
        last_ingest: meta(&moment, "last_ingest")?,
        project: scope.folders.first().cloned(),
        workspace_today: if scope.folders.is_empty() {
            None
        } else {
            Some(cost_between(&moment, bounds.day, bounds.end, &projects, scope.roots)?)
        },
        sessions: sessions(&moment, scope, &projects)?,
        today,
        week,
        month,
        all_time: all_time(&moment, scope.roots)?,
        window,
        limits: limits::limits(&moment, as_of)?,
        budgets: budgets::standings(&moment)?,
        alerts: alerts::open(&moment, as_of)?,
    })
}

/// What the leader told of itself; nothing where an older program leads.
pub(super) fn leader_health(connection: &Connection) -> Result<Option<LeaderHealth>> {
    let text: Option<String> = meta(connection, "leader_health")?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// When time alone changes a status next: at a minute's end while money is being spent, else when a session falls idle
/// or ends, a window ends, or a day begins.
pub(super) fn next_change(
    connection: &Connection,
    closed: &mut Closed,
    as_of: Millis,
    zone: &Zone,
) -> Result<Millis> {
    let day = zone.end_of(zone.day(as_of));
    let latest: Option<Millis> = connection
        .prepare_cached("SELECT MAX(at) FROM response WHERE at <= ?1")?
        .query_row([as_of], |row| row.get(0))?;
    let limits = merged(&limits::limits(connection, as_of)?, as_of);
    let ends = limits.iter().map(PlanLimit::holds_until).filter(|at| *at > as_of).min().unwrap_or(day);
    if latest.is_some_and(|at| as_of - at < burn::LOOK_BACK + MINUTE) {
        return Ok(ends.min((as_of.div_euclid(MINUTE) + 1) * MINUTE));
    }
    let mut next = ends.min(day);
    let mut offer = |at: Millis| {
        if at > as_of {
            next = next.min(at);
        }
    };
    let mut statement = connection.prepare_cached(
        "SELECT IFNULL(last_main_at, last_at) FROM session WHERE last_at > ?1 AND last_at <= ?2",
    )?;
    let times =
        statement.query_map([as_of - ENDED_AFTER - MINUTE, as_of], |row| row.get::<_, Option<Millis>>(0))?;
    for at in times {
        if let Some(at) = at? {
            offer(at + ACTIVE_FOR);
            offer(at + ENDED_AFTER);
        }
    }
    let revision = meta(connection, "revision")?.unwrap_or(0);
    if let Some(start) = windows::running(connection, closed, revision, as_of, super::ALL_ROOTS)? {
        offer(start + blocks::LENGTH);
    }
    Ok(next)
}

fn all_time(connection: &Connection, roots: Roots) -> Result<Counted> {
    let sql = format!("SELECT {SUMMED} FROM lifetime WHERE (roots & ?1) != 0");
    let sums = connection.prepare_cached(&sql)?.query_row([roots], |row| rollup::read(row, 0))?;
    let sessions = connection
        .prepare_cached("SELECT IFNULL(SUM(sessions), 0) FROM lifetime_session WHERE (roots & ?1) != 0")?
        .query_row([roots], |row| row.get(0))?;
    Ok(Counted { sums, sessions })
}

/// The numbers of the projects that lie in one of the folders.
pub(super) fn projects(connection: &Connection, folders: &[String]) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE used (id) AS (
           SELECT MIN(project_id) FROM session
           UNION ALL SELECT (SELECT MIN(project_id) FROM session WHERE project_id > used.id) FROM used WHERE used.id IS NOT NULL)
         SELECT name.id, name.text FROM used JOIN name ON name.id = used.id WHERE used.id != 0",
    )?;
    let mut rows = statement.query([])?;
    let mut projects = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(1)?.as_str()?;
        if folders.iter().any(|folder| lies_in(text, folder)) {
            projects.push(row.get(0)?);
        }
    }
    Ok(projects)
}

pub(super) fn cost_between(
    connection: &Connection,
    from: Millis,
    to: Millis,
    projects: &[i64],
    roots: Roots,
) -> Result<NanoUsd> {
    let mut statement = connection.prepare_cached(
        "SELECT IFNULL(SUM(r.cost), 0) FROM rollup r JOIN session s ON s.id = r.session_id
         WHERE r.quarter >= ?1 AND r.quarter < ?2 AND (r.roots & ?3) != 0 AND s.project_id = ?4",
    )?;
    let mut cost = NanoUsd::ZERO;
    for project in projects {
        cost += NanoUsd(
            statement
                .query_row(params![quarter_of(from), quarter_of(to), roots, project], |row| row.get(0))?,
        );
    }
    Ok(cost)
}

/// The columns of a session's row, in the order of [`session_row`]; the third parameter is the set of roots.
pub(super) const SESSION_COLUMNS: &str = "s.id, s.uuid, s.title, m.text, b.text, v.text, s.started_at, s.last_at, s.last_main_at,
           s.context_tokens, s.largest_prompt, s.own_million, s.context_at,
           IFNULL((SELECT SUM(cost) FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?3) != 0), 0), p.text
         FROM session s JOIN name m ON m.id = s.model_id JOIN name b ON b.id = s.branch_id
         JOIN name v ON v.id = s.version_id JOIN name p ON p.id = s.project_id";

/// Reads a session, without its subagents.
pub(super) fn session_row(row: &rusqlite::Row<'_>) -> Result<SessionRow> {
    Ok(SessionRow {
        id: row.get(1)?,
        title: row.get(2)?,
        model: row.get(3)?,
        branch: row.get(4)?,
        version: row.get(5)?,
        started: row.get(6)?,
        last: row.get(7)?,
        last_main: row.get(8)?,
        context_tokens: row.get(9)?,
        largest_prompt: row.get(10)?,
        million: row.get(11)?,
        context_at: row.get(12)?,
        cost: NanoUsd(row.get(13)?),
        project: row.get(14)?,
        subagents: Vec::new(),
        reported: None,
    })
}

fn sessions(connection: &Connection, scope: &Scope, projects: &[i64]) -> Result<Vec<SessionRow>> {
    // Each project's have an index of their own, and all of them one by time.
    let (wanted, everything) =
        if scope.everywhere { ("?1 = 0", [0].as_slice()) } else { ("s.project_id = ?1", projects) };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {SESSION_COLUMNS}
         WHERE {wanted} AND s.last_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?3) != 0)
         ORDER BY s.last_at DESC LIMIT ?2"
    ))?;
    let mut found = Vec::new();
    for project in everything {
        let rows = statement.query_map(params![project, scope.sessions as i64, scope.roots], |row| {
            Ok((row.get::<_, i64>(0)?, session_row(row)?))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    // The session that someone works in is the one that spoke last.
    found.sort_by(|(_, a), (_, b)| (b.last, &b.id).cmp(&(a.last, &a.id)));
    found.truncate(scope.sessions);
    let has_reports = limits::has_reports(connection)?;
    found
        .into_iter()
        .map(|(id, session)| {
            let reported = if has_reports { limits::of_session(connection, &session.id)? } else { None };
            Ok(SessionRow { subagents: subagents(connection, id, MOST_SUBAGENTS)?, reported, ..session })
        })
        .collect()
}

/// The latest subagents of a session; a negative number is all of them.
pub(super) fn subagents(connection: &Connection, session: i64, most: i64) -> Result<Vec<SubagentRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT n.text, IIF(a.kind_id != 0, k.text, IFNULL(d.text, '')), a.cost, a.last_at, a.done
         FROM agent a JOIN name n ON n.id = a.name_id JOIN name k ON k.id = a.kind_id
         LEFT JOIN tool_use t ON t.id = a.tool_use LEFT JOIN name d ON d.id = t.detail_id
         WHERE a.session_id = ?1 ORDER BY a.last_at DESC, n.text LIMIT ?2",
    )?;
    let rows = statement.query_map([session, most], |row| {
        Ok(SubagentRow {
            id: row.get(0)?,
            kind: row.get(1)?,
            cost: NanoUsd(row.get(2)?),
            last: row.get(3)?,
            done: row.get(4)?,
        })
    })?;
    rows.collect()
}
