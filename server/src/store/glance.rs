//! A glance at the database, for programs that are run many times a second: a few sums, without waiting for anybody.

use super::budgets::standings;
use super::closed::Closed;
use super::reading::{Reading, cost_between, projects};
use super::ready::short;
use super::schema::{Error, open_at_once};
use super::writer::meta;
use super::{Roots, limits, windows};
use crate::budgets::Spending;
use crate::burn::Running;
use crate::limits::PlanLimit;
use crate::money::NanoUsd;
use crate::time::{Millis, Zone, quarter_of};
use rusqlite::{Connection, OptionalExtension as _, Result, params};
use std::path::Path;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The session's id; empty for none.
    pub session: &'a str,
    /// The session's transcript, and its size.
    pub transcript: Option<(&'a str, u64)>,
    /// The project's folders.
    pub folders: &'a [String],
    /// Whether the five-hour window is asked for, too: to find it takes longer than all the rest.
    pub window: bool,
    /// The roots that count, by the paths under which the store knows them.
    pub roots: &'a [String],
    /// The zone that days are counted in.
    pub zone: &'a Zone,
    /// Now.
    pub now: Millis,
}

/// What is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// What the session cost, its subagents included.
    pub session: Option<NanoUsd>,
    /// What the folders cost since midnight; `None` where none of the roots was ever read.
    pub project: Option<NanoUsd>,
    /// What everything cost since midnight; the same.
    pub today: Option<NanoUsd>,
    /// The five-hour window that runs.
    pub window: Option<Running>,
    /// Reports of plan limits.
    pub limits: Vec<PlanLimit>,
    /// The budgets in force, as of the leader's last look.
    pub budgets: Vec<Spending>,
    /// Not all of the session's transcript was read, or some of the roots never were.
    pub behind: bool,
    /// The store does not know all of the roots: whoever leads has not been told of them.
    pub unknown_root: bool,
}

impl Reading {
    /// Opens the database for reading, and fails where another process would have to be waited for.
    pub fn open_at_once(path: &Path) -> std::result::Result<Self, Error> {
        Ok(Self::over(open_at_once(path)?, path))
    }

    /// Looks at a few sums.
    pub fn glance(&self, asked: &Asked<'_>) -> std::result::Result<Glance, Error> {
        let (roots, all) = self.roots(asked.roots)?;
        let glance = self.look(asked, roots)?;
        Ok(Glance { behind: glance.behind || !all, unknown_root: !all, ..glance })
    }

    fn look(&self, asked: &Asked<'_>, roots: Roots) -> Result<Glance> {
        let moment = self.connection.unchecked_transaction()?;
        let day = asked.zone.day(asked.now);
        let (from, to) = (asked.zone.start_of(day), asked.zone.end_of(day));
        let session: Option<i64> = moment
            .prepare_cached(
                "SELECT (SELECT SUM(cost) FROM session_rollup r WHERE r.session_id = s.id) FROM session s WHERE uuid = ?1",
            )?
            .query_row([asked.session], |row| row.get(0))
            .optional()?
            .flatten();
        let today: i64 = moment
            .prepare_cached(
                "SELECT IFNULL(SUM(cost), 0) FROM rollup WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0",
            )?
            .query_row(params![quarter_of(from), quarter_of(to), roots], |row| row.get(0))?;
        let projects = projects(&moment, asked.folders)?;
        let read = roots != 0;
        Ok(Glance {
            session: session.map(NanoUsd),
            project: if read { Some(cost_between(&moment, from, to, &projects, roots)?) } else { None },
            today: read.then_some(NanoUsd(today)),
            window: if read && asked.window {
                let revision = meta(&moment, "revision")?.unwrap_or(0);
                windows::active(&moment, &mut Closed::default(), revision, asked.now, roots)?
            } else {
                None
            },
            limits: limits::limits(&moment, asked.now)?,
            budgets: standings(&moment)?.into_iter().map(Spending::from).collect(),
            behind: match asked.transcript {
                Some((path, size)) => read_to(&moment, path)?.is_none_or(|read| read < size),
                None => false,
            },
            unknown_root: false,
        })
    }
}

/// How far a transcript is read, whatever root it lies in.
fn read_to(connection: &Connection, transcript: &str) -> Result<Option<u64>> {
    let Some(path) = short(transcript) else { return Ok(None) };
    let size: Option<i64> = connection
        .prepare_cached("SELECT MAX(size) FROM file WHERE root_id IN (SELECT id FROM root) AND path = ?1")?
        .query_row([path], |row| row.get(0))?;
    Ok(size.map(|size| size as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::PriceTable;
    use crate::store::Writer;
    use std::fs;

    #[test]
    fn what_a_killed_leader_left_is_read_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let [database, log] = ["usage.db", "usage.db-wal"].map(|name| folder.path().join(name));
        let mut writer = Writer::open(&database, PriceTable::builtin().clone()).unwrap();
        writer.tick(5).unwrap();
        // Its files as they are when it is killed.
        let killed = tempfile::tempdir().unwrap();
        let left = killed.path().join("usage.db");
        fs::copy(&database, &left).unwrap();
        fs::copy(&log, killed.path().join("usage.db-wal")).unwrap();
        let reading = Reading::open_at_once(&left).unwrap();
        assert_eq!(reading.revision().unwrap(), writer.tick(6).unwrap().revision - 1);
        drop(reading);
        assert!(crate::store::quarantine::has_log(&left));
        // After a clean end nothing stays.
        writer.close();
        drop(writer);
        drop(Reading::open_at_once(&database).unwrap());
        assert!(!log.exists());
    }

    #[test]
    fn nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("usage.db");
        drop(Writer::open(&database, PriceTable::builtin().clone()).unwrap());
        let holder = Connection::open(&database).unwrap();
        holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
        assert!(matches!(Reading::open_at_once(&database), Err(Error::Locked)));
    }
}
