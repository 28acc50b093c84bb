//! Keeps sums ready for status lines.

use super::Leading;
use crate::app::{Setup, now};
use crate::paths;
use crate::store::ready::Stamp;
use crate::time::Zone;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The time of a file moves in steps that are shorter; what is written later is known to be later.
const SETTLED: Duration = Duration::from_millis(12);
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

    /// Whether someone has a status line, and the database is not as it was when sums were made ready.
    fn is_wanted(&self) -> bool {
        self.file.parent().is_some_and(std::path::Path::is_dir)
            && self.made.as_ref() != Some(&Stamp::of(&self.database))
    }
}

impl Leading {
    /// Makes sums ready for status lines when that is due. It follows whatever is told of the change.
    pub(in crate::app) fn make_ready(&mut self) {
        let ready = &mut self.ready;
        if ready.due.is_none() && ready.is_wanted() {
            ready.due = Some(ready.rests_until.max(Instant::now() + SETTLED));
        }
        if ready.due.is_none_or(|due| due > Instant::now()) {
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
        self.ready.due = self.ready.is_wanted().then_some(self.ready.rests_until);
    }
}
