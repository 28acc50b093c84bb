//! Reading: what a status is built from. Every query looks at a bounded number of rows.

use super::rollup::{self, SUMMED};
use super::schema::{Error, open_for_reading};
use super::writer::meta;
use super::{Roots, cursors};
use crate::blocks;
use crate::burn;
use crate::money::NanoUsd;
use crate::snapshot::{ACTIVE_FOR, Counted, ENDED_AFTER, Rows, SessionRow, SubagentRow, WindowRow};
use crate::sums::Sums;
use crate::tail::Cursor;
use crate::time::{MINUTE, Millis, QUARTER, Zone, month_start, quarter_of, week_start};
use chrono::Weekday;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// How many subagents of a session a status lists.
const MOST_SUBAGENTS: i64 = 20;
/// How far back an unbroken stretch of work is followed to find where its five-hour windows began.
const LONGEST_STRETCH: Millis = 14 * 24 * crate::time::HOUR;

/// What a status is about.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The client's folders and the other worktrees of their repositories; none: a client without a folder.
    pub folders: Vec<String>,
    /// The roots that count.
    pub roots: Roots,
    /// How many sessions are listed.
    pub sessions: usize,
    /// The zone that days are counted in.
    pub zone: Zone,
    /// The day that weeks begin with.
    pub week_start: Weekday,
}

/// A reader's hold on the database.
pub struct Reading {
    pub(super) connection: Connection,
}

impl Reading {
    /// Opens the database at `path` for reading.
    pub fn open(path: &Path) -> std::result::Result<Self, Error> {
        Ok(Self { connection: open_for_reading(path)? })
    }

    /// The connection's rows for a status.
    pub fn rows(&self, scope: &Scope) -> std::result::Result<Rows, Error> {
        Ok(rows(&self.connection, scope)?)
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

/// What a status is built from, as of one moment of the database.
pub(super) fn rows(connection: &Connection, scope: &Scope) -> Result<Rows> {
    let moment = connection.unchecked_transaction()?;
    let as_of: Millis = meta(&moment, "as_of")?.unwrap_or(0);
    let day = scope.zone.day(as_of);
    let start = |day| scope.zone.start_of(day);
    // A transcript from a machine whose clock is ahead does not belong to today yet.
    let end = scope.zone.end_of(day);
    let since = |from: Millis| counted(&moment, from, end, scope.roots);
    let projects = projects(&moment, &scope.folders)?;
    let window = window(&moment, as_of, scope.roots)?;
    Ok(Rows {
        revision: meta(&moment, "revision")?.unwrap_or(0),
        as_of,
        leader: meta(&moment, "leader_pid")?,
        last_ingest: meta(&moment, "last_ingest")?,
        project: scope.folders.first().cloned(),
        workspace_today: if scope.folders.is_empty() {
            None
        } else {
            Some(cost_between(&moment, start(day), end, &projects, scope.roots)?)
        },
        sessions: sessions(&moment, scope, &projects)?,
        today: since(start(day))?,
        week: since(start(week_start(day, scope.week_start)))?,
        month: since(start(month_start(day)))?,
        all_time: all_time(&moment, scope.roots)?,
        recent: match window {
            Some(window) => spent_since(&moment, window.start.max(as_of - burn::LOOK_BACK), scope.roots)?,
            None => Sums::default(),
        },
        window,
    })
}

/// When time alone changes a status next: at a minute's end while money is being spent, else when a session falls idle
/// or ends, a window ends, or a day begins.
pub(super) fn next_change(connection: &Connection, as_of: Millis, zone: &Zone) -> Result<Millis> {
    let day = zone.end_of(zone.day(as_of));
    let latest: Option<Millis> = connection
        .prepare_cached("SELECT MAX(at) FROM response WHERE at <= ?1")?
        .query_row([as_of], |row| row.get(0))?;
    if latest.is_some_and(|at| as_of - at < burn::LOOK_BACK + MINUTE) {
        return Ok((as_of.div_euclid(MINUTE) + 1) * MINUTE);
    }
    let mut next = day;
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
    if let Some(window) = window(connection, as_of, super::ALL_ROOTS)? {
        offer(window.start + blocks::LENGTH);
    }
    Ok(next)
}

fn counted(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Counted> {
    let sql = format!(
        "SELECT COUNT(DISTINCT IIF(messages > 0, session_id, NULL)), {SUMMED} FROM rollup
         WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0"
    );
    connection.prepare_cached(&sql)?.query_row([quarter_of(from), quarter_of(to), roots], |row| {
        Ok(Counted { sessions: row.get(0)?, sums: rollup::read(row, 1)? })
    })
}

fn all_time(connection: &Connection, roots: Roots) -> Result<Counted> {
    let sql =
        format!("SELECT COUNT(*), IFNULL(SUM(sessions), 0), {SUMMED} FROM lifetime WHERE (roots & ?1) != 0");
    let (sets, mut counted): (i64, Counted) = connection.prepare_cached(&sql)?.query_row([roots], |row| {
        Ok((row.get(0)?, Counted { sessions: row.get(1)?, sums: rollup::read(row, 2)? }))
    })?;
    if sets > 1 {
        // A session whose responses lie in different sets of roots counts in each of them: count it once.
        counted.sessions = connection
            .prepare_cached(
                "SELECT COUNT(DISTINCT session_id) FROM session_rollup WHERE messages > 0 AND (roots & ?1) != 0",
            )?
            .query_row([roots], |row| row.get(0))?;
    }
    Ok(counted)
}

/// The numbers of the projects that lie in one of the folders.
fn projects(connection: &Connection, folders: &[String]) -> Result<Vec<i64>> {
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

/// Whether a path is a folder or lies below it.
fn lies_in(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn cost_between(
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

fn spent_since(connection: &Connection, from: Millis, roots: Roots) -> Result<Sums> {
    let sql = format!(
        "SELECT {} FROM response WHERE at >= ?1 AND (roots & ?2) != 0",
        SUMMED
            .replace("SUM(messages)", "SUM(part = 0)")
            .replace("SUM(unpriced)", "SUM((flags & 8) != 0)")
            .replace("SUM(lower_bound)", "SUM(part = 0 AND (flags & 1) = 0)")
    );
    connection.prepare_cached(&sql)?.query_row([from, roots], |row| rollup::read(row, 0))
}

fn window(connection: &Connection, now: Millis, roots: Roots) -> Result<Option<WindowRow>> {
    let anchor = anchor(connection, now, roots)?;
    let mut first = connection
        .prepare_cached("SELECT at FROM response WHERE at >= ?1 AND (roots & ?2) != 0 ORDER BY at LIMIT 1")?;
    let start =
        blocks::active(anchor, now, |from| first.query_row([from, roots], |row| row.get(0)).optional())?;
    let Some(start) = start else { return Ok(None) };
    let cost = spent_since(connection, start, roots)?.cost;
    Ok(Some(WindowRow { start, cost }))
}

/// A moment before which five hours were silent.
fn anchor(connection: &Connection, now: Millis, roots: Roots) -> Result<Millis> {
    // Two active quarters of an hour that are further apart than this have five silent hours between them.
    const APART: i64 = blocks::LENGTH / QUARTER + 1;
    let mut before = connection.prepare_cached(
        "SELECT quarter FROM rollup WHERE quarter < ?1 AND (roots & ?2) != 0 ORDER BY quarter DESC LIMIT 1",
    )?;
    let mut quarter = quarter_of(now) + 1;
    let earliest = quarter_of(now - LONGEST_STRETCH);
    while quarter > earliest {
        match before.query_row([quarter, roots], |row| row.get::<_, i64>(0)).optional()? {
            Some(earlier) if quarter - earlier <= APART => quarter = earlier,
            _ => break,
        }
    }
    Ok(quarter * QUARTER)
}

fn sessions(connection: &Connection, scope: &Scope, projects: &[i64]) -> Result<Vec<SessionRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT s.id, s.uuid, s.title, m.text, b.text, v.text, s.started_at, s.last_at, s.last_main_at,
           s.context_tokens, s.largest_prompt, s.own_million,
           IFNULL((SELECT SUM(cost) FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?3) != 0), 0)
         FROM session s JOIN name m ON m.id = s.model_id JOIN name b ON b.id = s.branch_id
         JOIN name v ON v.id = s.version_id
         WHERE s.project_id = ?1 AND s.last_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM session_rollup r WHERE r.session_id = s.id AND (r.roots & ?3) != 0)
         ORDER BY s.last_at DESC LIMIT ?2",
    )?;
    let mut found = Vec::new();
    for project in projects {
        let rows = statement.query_map(params![project, scope.sessions as i64, scope.roots], |row| {
            let session = SessionRow {
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
                cost: NanoUsd(row.get(12)?),
                subagents: Vec::new(),
            };
            Ok((row.get::<_, i64>(0)?, session))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    // The session that someone works in is the one that spoke last.
    found.sort_by(|(_, a), (_, b)| (b.last, &b.id).cmp(&(a.last, &a.id)));
    found.truncate(scope.sessions);
    found
        .into_iter()
        .map(|(id, session)| Ok(SessionRow { subagents: subagents(connection, id)?, ..session }))
        .collect()
}

fn subagents(connection: &Connection, session: i64) -> Result<Vec<SubagentRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT n.text, IIF(a.kind_id != 0, k.text, IFNULL(d.text, '')), a.cost, a.last_at, a.done
         FROM agent a JOIN name n ON n.id = a.name_id JOIN name k ON k.id = a.kind_id
         LEFT JOIN tool_use t ON t.id = a.tool_use LEFT JOIN name d ON d.id = t.detail_id
         WHERE a.session_id = ?1 ORDER BY a.last_at DESC, n.text LIMIT ?2",
    )?;
    let rows = statement.query_map([session, MOST_SUBAGENTS], |row| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hold_what_lies_below_them() {
        for (path, folder, expected) in [
            ("/home/a/app", "/home/a/app", true),
            ("/home/a/app/web", "/home/a/app", true),
            ("/home/a/app/web", "/home/a/app/", true),
            ("/home/a/app2", "/home/a/app", false),
            ("/home/a", "/home/a/app", false),
            ("/home", "/", true),
        ] {
            assert_eq!(lies_in(path, folder), expected, "{path} in {folder}");
        }
    }
}
