//! Keeps sums ready for status lines.

use super::Leading;
use crate::app::{Setup, now};
use crate::paths;
use crate::store::ready::Stamp;
use crate::time::{Millis, Zone};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The time of a file moves in steps that are shorter: what is written so long after the database is known to be later.
const SETTLED: Millis = 12;
/// No sooner than this after the last time.
const EVERY: Duration = Duration::from_millis(100);
/// The same while a backlog is read, and after a failure.
const RARELY: Duration = Duration::from_secs(1);

pub(super) struct ReadySums {
    file: PathBuf,
    database: PathBuf,
    zone: Zone,
    /// The state of the database that was made ready.
    made: Option<Stamp>,
    /// When to do so next, if something changed.
    due: Option<Instant>,
    /// Not before.
    rests_until: Instant,
}

impl ReadySums {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            file: paths::ready_sums(&setup.state),
            database: setup.database(),
            zone: setup.zone.clone(),
            made: None,
            due: None,
            rests_until: Instant::now(),
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Counts days in another zone from now on.
    pub(super) fn count_days_in(&mut self, zone: &Zone) {
        if self.zone != *zone {
            self.zone = zone.clone();
            self.made = None;
        }
    }

    /// How long the database has been as it is, where someone has a status line and that is not how it was when sums were made
    /// ready.
    fn is_wanted(&self) -> Option<Millis> {
        let stamp = Stamp::of(&self.database);
        let wanted = self.made.as_ref() != Some(&stamp) && self.file.parent().is_some_and(Path::is_dir);
        wanted.then(|| stamp.age(now()))
    }

    /// Waits until the database has settled.
    fn wait(&mut self) {
        self.due = self.is_wanted().map(|age| {
            // Where a clock was set, nobody knows.
            let left = if (0..SETTLED).contains(&age) { SETTLED - age } else { 0 };
            self.rests_until.max(Instant::now() + Duration::from_millis(left.unsigned_abs()))
        });
    }
}

impl Leading {
    /// Makes sums ready for status lines when that is due. It follows whatever is told of the change.
    pub(in crate::app) fn make_ready(&mut self) {
        self.ready.wait();
        if self.ready.due.is_none_or(|due| due > Instant::now()) {
            return;
        }
        let busy = self.busy_since.is_some() || self.ingest.writer().is_open();
        let mut rest = if busy { RARELY } else { EVERY };
        if !self.ingest.writer().is_open() && self.lock.is_in_place() {
            let (file, database) = (&self.ready.file, &self.ready.database);
            match self.ingest.writer().make_ready(database, file, &self.ready.zone, now()) {
                Ok(Ok(made)) => self.ready.made = made,
                // A status line asks the database then, and says the same a little later.
                Ok(Err(error)) => {
                    tracing::debug!("cannot write {}: {error}", file.display());
                    rest = RARELY;
                }
                Err(error) => {
                    tracing::debug!("cannot make sums ready: {error}");
                    rest = RARELY;
                }
            }
        }
        self.ready.rests_until = Instant::now() + rest;
        self.ready.wait();
    }
}
