//! A follower's side of the engine: reads what the leader commits.

use super::engine::Event;
use super::lead::BEHIND_AFTER;
use super::unread::Sight;
use super::{Setup, now};
use crate::alerts::Alert;
use crate::leader::{self, Condition, LEADER};
use crate::snapshot::Rows;
use crate::store::reading::{Ghost, Reading, Scope};
use crate::store::{Error, Roots, register_roots};
use crate::watch::Watch;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// How long a leader may take to make the database before its lack is worth a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the database and the leader are looked at, should an event be missed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long after an event that told of nothing yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often transcripts are compared with the database while it is known that the leader does not read.
const COMPARE_EVERY: Duration = Duration::from_secs(2);
/// The same where the system does not tell what the leader does.
const COMPARE_UNASKED: Duration = Duration::from_secs(30);

pub(super) struct Following {
    database: PathBuf,
    roots: Vec<String>,
    watch: Watch,
    reading: Option<Reading>,
    /// A database that was removed or replaced.
    ghost: Option<Ghost>,
    /// The last revision that was shown.
    shown: i64,
    version: i64,
    /// When to look again after an event that came before what was written counts.
    again: Option<Instant>,
    registered: bool,
    since: Instant,
    problem: Option<String>,
    /// When the leader was last looked at, and what was wrong with it.
    looked: Instant,
    process: Option<u32>,
    leader: Option<String>,
    /// When transcripts were last compared with the database, and since when something in them waits.
    compared: Instant,
    waiting_since: Option<Instant>,
}

impl Following {
    pub(super) fn new(setup: &Setup, shown: i64, events: Sender<Event>) -> Self {
        let watch = Watch::new(&setup.state, move |hint| drop(events.send(Event::Hint(hint))));
        Self {
            database: setup.database(),
            roots: setup.root_names(),
            watch,
            reading: None,
            ghost: None,
            shown,
            version: -1,
            again: None,
            registered: false,
            since: Instant::now(),
            problem: None,
            looked: Instant::now(),
            process: None,
            leader: None,
            compared: Instant::now(),
            waiting_since: None,
        }
    }

    /// Shows other Claude folders from now on.
    pub(super) fn set_roots(&mut self, roots: Vec<String>) {
        if roots != self.roots {
            self.roots = roots;
            self.registered = register_roots(&self.database, &self.roots).is_ok();
        }
    }

    /// Whether the database is not there yet, and may still come.
    pub(super) fn awaits(&self) -> bool {
        self.reading.is_none() && self.problem.is_none() && self.is_early()
    }

    fn is_early(&self) -> bool {
        self.since.elapsed() < PATIENCE
    }

    /// When the engine has to look at the latest.
    pub(super) fn deadline(&self) -> Instant {
        self.again.into_iter().fold(Instant::now() + LOOK_EVERY, Instant::min)
    }

    /// Whether an event told of a change that is there to be read already.
    pub(super) fn hint(&mut self) -> bool {
        let changed = self.changed();
        self.again = (!changed).then(|| Instant::now() + LOOK_AGAIN);
        changed
    }

    /// Whether the database changed since the last look. One that was replaced is opened anew: the old one would stay
    /// readable, and silent, for ever.
    pub(super) fn changed(&mut self) -> bool {
        self.again.take_if(|again| *again <= Instant::now());
        if let Some(ghost) = self.reading.take_if(|reading| !reading.is_in_place()) {
            self.ghost = Some(ghost.abandon());
            self.since = Instant::now();
        }
        if self.reading.is_none() && !self.open() {
            return false;
        }
        let Some(reading) = &self.reading else { return false };
        match reading.data_version() {
            Ok(version) if version == self.version => false,
            Ok(version) => {
                self.version = version;
                // Another process may lead.
                self.process = None;
                true
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                self.reading = None;
                false
            }
        }
    }

    fn open(&mut self) -> bool {
        if self.ghost.take_if(|ghost| !ghost.haunts()).is_none() && self.ghost.is_some() {
            return false;
        }
        match Reading::open(&self.database) {
            // It was made or restored, and nobody has led it yet: whoever does goes on beyond what was shown.
            Ok(reading)
                if self.is_early() && reading.revision().is_ok_and(|now| now == 0 || now < self.shown) =>
            {
                false
            }
            Ok(reading) => {
                self.reading = Some(reading);
                self.version = -1;
                self.problem = None;
                // Another database knows other roots, and another folder has no watch yet.
                self.registered = false;
                self.watch.renew();
                true
            }
            // The leader is about to make it.
            Err(Error::Missing(_)) => false,
            Err(error) => {
                self.problem = Some(error.to_string());
                false
            }
        }
    }

    /// Looks whether the leader does what it should; a second after the last look at the earliest.
    pub(super) fn look_after_leader(&mut self, setup: &Setup) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        if !self.registered && self.reading.is_some() {
            // The leader may be in the midst of a long transaction: then it is told later.
            self.registered = register_roots(&self.database, &self.roots).is_ok();
        }
        let mut condition = self.process.map_or(Condition::Unknown, leader::condition);
        // To open a file of the state folder every second would wake up all who watch that.
        if condition == Condition::Unknown {
            self.process = leader::holder(&setup.state, LEADER);
            condition = self.process.map_or(Condition::Unknown, leader::condition);
        }
        let Some(process) = self.process else { return };
        let compare_every = match condition {
            Condition::Unknown => COMPARE_UNASKED,
            Condition::Running if self.waiting_since.is_none() => Duration::MAX,
            Condition::Running | Condition::Stopped => COMPARE_EVERY,
        };
        if self.compared.elapsed() >= compare_every {
            self.compared = Instant::now();
            let read = self.reading.as_ref().is_none_or(|reading| {
                // What cannot be asked is told as the database's problem.
                Sight::of(setup).is_read(reading).unwrap_or(true)
            });
            self.waiting_since = if read { None } else { self.waiting_since.or(Some(Instant::now())) };
        }
        let slow = || format!("the leading process {process} has not read for a while what was appended");
        self.leader = match condition {
            Condition::Stopped => Some(leader::stopped(process)),
            Condition::Running | Condition::Unknown => self.is_behind().then(slow),
        };
    }

    /// Whether bytes have waited unread for too long.
    pub(super) fn is_behind(&self) -> bool {
        self.waiting_since.is_some_and(|since| since.elapsed() >= BEHIND_AFTER)
    }

    /// What is wrong, each in a sentence.
    pub(super) fn problems(&self) -> Vec<String> {
        self.problem.iter().chain(&self.leader).cloned().collect()
    }

    /// Alerts beyond a number, and those that hold; `None` without a database.
    pub(super) fn alerts_since(&mut self, id: i64) -> Option<Result<Vec<Alert>, Error>> {
        self.reading.as_ref().map(|reading| reading.alerts_since(id, now()))
    }

    /// Alerts that hold and that the desktop was not told of; `None` without a database.
    pub(super) fn untold_on_desktop(&self) -> Option<Result<Vec<Alert>, Error>> {
        self.reading.as_ref().map(|reading| reading.untold_on_desktop(now()))
    }

    /// What a status is built from.
    pub(super) fn rows(&mut self, scope: impl FnOnce(Roots) -> Scope) -> Result<Rows, Error> {
        let Some(reading) = &mut self.reading else { return Err(Error::Missing(self.database.clone())) };
        let (roots, _) = reading.roots(&self.roots)?;
        let rows = reading.rows(&scope(roots))?;
        self.shown = rows.revision;
        Ok(rows)
    }
}
