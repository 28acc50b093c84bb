//! The one writer: takes in what was read, in transactions that move a file's cursor together with its rows.

use super::Roots;
use super::closed::{self, Closed};
use super::evaluate::{Lookout, Memory};
use super::names::Names;
use super::place::Place;
use super::rollup::Deltas;
use super::schema::{Error, open_for_writing};
use crate::pricing::PriceTable;
use crate::snapshot::LeaderHealth;
use crate::tail::Part;
use crate::time::Millis;
use crate::transcript::record::Name;
use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::path::Path;
use std::sync::Arc;

/// The writer's hold on the database.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Writer {
    pub(super) connection: Connection,
    pub(super) prices: Arc<PriceTable>,
    pub(super) names: Names,
    pub(super) sessions: HashMap<Name, i64>,
    pub(super) files: HashMap<i64, FileInfo>,
    /// The folders' paths by their numbers.
    pub(super) root_paths: HashMap<i64, String>,
    pub(super) deltas: Deltas,
    /// Numbers of the responses of the part at hand: their tools ask for them.
    pub(super) recent: HashMap<Box<str>, i64>,
    pub(super) changed: bool,
    /// Responses from before may lie in an archive.
    pub(super) archived_before: Millis,
    open: bool,
    /// What statuses remember.
    pub(super) closed: Closed,
    /// What is looked out for with each commit; `None` while not everything is read that is there.
    pub(super) lookout: Option<Lookout>,
    /// It is to be looked though nothing changed.
    pub(super) look: bool,
    /// What the lookout remembers.
    pub(super) memory: Memory,
    /// The earliest quarter hour in which something moved between projects or branches and no sum changed.
    pub(super) moved: Option<i64>,
    /// There are requests that telemetry alone tells of: a transcript may yet.
    pub(super) told: bool,
    place: Option<Place>,
}

/// What is known of a file without asking the database again.
#[derive(Clone, Debug)]
pub(super) struct FileInfo {
    pub(super) born: Millis,
    pub(super) path: Name,
    pub(super) roots: Roots,
    /// Something of it was read before: there is something to forget if its bytes are others now.
    pub(super) read: bool,
}

/// What a transaction left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The content's revision after it.
    pub revision: i64,
    /// Whether the content changed with it.
    pub changed: bool,
}

impl Writer {
    /// Opens the database at `path`, makes or migrates it where needed, and reprices its history where `prices` are
    /// newer than those it was priced by. Only the leader may do this.
    pub fn open(path: &Path, prices: Arc<PriceTable>) -> std::result::Result<Self, Error> {
        let mut writer = Self::over(open_for_writing(path)?, prices)?;
        writer.place = Some(Place::of(path));
        Ok(writer)
    }

    pub(super) fn over(connection: Connection, prices: Arc<PriceTable>) -> std::result::Result<Self, Error> {
        let mut writer = Self {
            connection,
            prices,
            names: Names::default(),
            sessions: HashMap::default(),
            files: HashMap::default(),
            root_paths: HashMap::default(),
            deltas: Deltas::default(),
            recent: HashMap::default(),
            changed: false,
            archived_before: Millis::MIN,
            open: false,
            closed: Closed::default(),
            lookout: None,
            look: false,
            memory: Memory::default(),
            moved: None,
            told: false,
            place: None,
        };
        writer.look_for_told()?;
        writer.reprice()?;
        writer.mark_archived()?;
        Ok(writer)
    }

    /// Whether the database's files still lie where others find them.
    pub fn is_in_place(&self) -> bool {
        self.place.as_ref().is_none_or(Place::is_same)
    }

    /// Ends this hold on files that others do not find any more; what they find instead is left unharmed.
    pub fn abandon(&mut self) {
        self.roll_back();
        let outcome = self.place.as_ref().map_or(Ok(()), |place| place.clear(&self.connection));
        if let Err(error) = outcome {
            tracing::warn!("cannot leave the database that was there before: {error}");
        }
    }

    /// The number of a root, made where it is new.
    pub fn root(&mut self, path: &str) -> std::result::Result<i64, Error> {
        let id = super::schema::register_root(&self.connection, path)?;
        self.root_paths.insert(id, path.to_owned());
        Ok(id)
    }

    /// The paths of all roots that were ever read or asked for.
    pub fn root_paths(&self) -> std::result::Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT path FROM root ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_>>()?)
    }

    /// A number that changes whenever another process commits.
    pub fn data_version(&self) -> std::result::Result<i64, Error> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// What a status is built from.
    pub fn rows(
        &mut self,
        scope: &super::reading::Scope,
    ) -> std::result::Result<crate::snapshot::Rows, Error> {
        Ok(super::reading::rows(&self.connection, &mut self.closed, scope)?)
    }

    /// How many lines could not be read as they stand, by kind.
    pub fn faults(&self) -> std::result::Result<std::collections::BTreeMap<String, i64>, Error> {
        Ok(super::reading::faults(&self.connection)?)
    }

    /// When time alone changes a status next.
    pub fn next_change(
        &mut self,
        as_of: Millis,
        zone: &crate::time::Zone,
    ) -> std::result::Result<Millis, Error> {
        Ok(super::reading::next_change(&self.connection, &mut self.closed, as_of, zone)?)
    }

    /// The moment that time-bound values were last computed for.
    pub fn as_of(&self) -> std::result::Result<Millis, Error> {
        Ok(meta(&self.connection, "as_of")?.unwrap_or(0))
    }

    /// Takes in what was read of a file. A transaction begins where none runs; [`Writer::commit`] ends it.
    pub fn apply(&mut self, part: &Part) -> std::result::Result<(), Error> {
        self.begin()?;
        match self.take_in(part) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.roll_back();
                Err(error.into())
            }
        }
    }

    /// Whether a transaction runs.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Ends the transaction: its rows, sums and cursors are kept from here on, through any kill.
    pub fn commit(&mut self, now: Millis) -> std::result::Result<Committed, Error> {
        let outcome = self.finish(now);
        if outcome.is_err() {
            self.roll_back();
        }
        Ok(outcome?)
    }

    /// Raises the revision, with `now` as the moment that time-bound values are computed for.
    pub fn tick(&mut self, now: Millis) -> std::result::Result<Committed, Error> {
        self.begin()?;
        self.changed = true;
        self.commit(now)
    }

    /// Has the revision go on beyond one that was shown of a database that is gone.
    pub fn go_on_beyond(&mut self, shown: i64) -> std::result::Result<(), Error> {
        self.begin()?;
        let revision: i64 = meta(&self.connection, "revision")?.unwrap_or(0);
        set_meta(&self.connection, "revision", &revision.max(shown))?;
        Ok(())
    }

    /// Notes who leads: the process, the program's version, and since when. Others show it.
    pub fn set_leader(
        &mut self,
        pid: u32,
        version: &str,
        health: &LeaderHealth,
        now: Millis,
    ) -> std::result::Result<Committed, Error> {
        self.begin()?;
        set_meta(&self.connection, "leader_pid", &i64::from(pid))?;
        set_meta(&self.connection, "leader_version", &version)?;
        set_meta(&self.connection, "leader_since", &now)?;
        self.set_health(health, now)
    }

    /// Notes how the leader fares. It shows in everyone's status, and so has a revision of its own.
    pub fn set_health(
        &mut self,
        health: &LeaderHealth,
        now: Millis,
    ) -> std::result::Result<Committed, Error> {
        self.begin()?;
        let text = serde_json::to_string(health).unwrap_or_default();
        set_meta(&self.connection, "leader_health", &text)?;
        self.changed = true;
        self.commit(now)
    }

    /// Puts everything down at the end of a process, so that who opens the database next sees that the end was clean.
    pub fn close(&self) {
        self.rest();
        // Where others read, the log stays: it is not waited for.
        let _ = self.connection.execute_batch("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Tidies up when there is nothing to do, or at the end.
    pub fn rest(&self) {
        // A courtesy to the next reader: failing costs nothing but speed.
        let _ = self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE); PRAGMA cache_size = -2000; PRAGMA shrink_memory;");
    }

    pub(super) fn begin(&mut self) -> Result<()> {
        if !self.open {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.open = true;
            self.changed = false;
        }
        Ok(())
    }

    fn finish(&mut self, now: Millis) -> Result<Committed> {
        self.begin()?;
        let touched = self.deltas.write(&self.connection)?;
        let touched = touched.into_iter().chain(self.moved.take()).min();
        let mut revision: i64 = meta(&self.connection, "revision")?.unwrap_or(0);
        if let Some(quarter) = touched.filter(|_| self.changed) {
            closed::touch(&self.connection, revision + 1, quarter)?;
        }
        // In the same transaction: a crossing is kept with what crossed it, however the process ends.
        let looked = std::mem::take(&mut self.look) || self.changed;
        if looked {
            self.changed |= self.evaluate(now, revision + i64::from(self.changed))?;
        }
        if self.changed {
            revision += 1;
            set_meta(&self.connection, "revision", &revision)?;
            set_meta(&self.connection, "as_of", &now)?;
            set_meta(&self.connection, "last_ingest", &now)?;
        }
        if looked {
            self.note_look(revision)?;
        }
        self.connection.execute_batch("COMMIT")?;
        self.open = false;
        Ok(Committed { revision, changed: self.changed })
    }

    pub(super) fn roll_back(&mut self) {
        // What was looked up or summed may not be there any more.
        let _ = self.connection.execute_batch("ROLLBACK");
        self.names = Names::default();
        self.sessions.clear();
        self.files.clear();
        self.deltas = Deltas::default();
        self.closed = Closed::default();
        self.memory = Memory::default();
        self.moved = None;
        self.open = false;
        self.changed = false;
    }

    fn take_in(&mut self, part: &Part) -> Result<()> {
        let file = self.file_info(part.file)?;
        if part.anew && file.read {
            self.forget_place(part.file)?;
        }
        let batch = &part.batch;
        for (id, facts) in &batch.sessions {
            self.session_facts(id, facts, part.file)?;
        }
        for ((session, agent), facts) in &batch.agents {
            self.agent_facts(session, agent, facts)?;
        }
        for ((session, prompt), at) in &batch.turns {
            self.turn(session, prompt, *at)?;
        }
        self.recent.clear();
        for response in &batch.responses {
            self.response(response, part.file, file.roots)?;
        }
        self.tools(&batch.tools, &batch.outcomes)?;
        batch.limits.iter().try_for_each(|limit| self.limit(limit))?;
        for (fault, offset) in &batch.faults {
            self.fault(part.file, *fault, *offset)?;
        }
        self.move_cursor(part)
    }
}

/// Reads a value of the database's own.
pub(super) fn meta<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> Result<Option<T>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Writes a value of the database's own.
pub(super) fn set_meta(connection: &Connection, name: &str, value: &dyn rusqlite::ToSql) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    Ok(())
}
