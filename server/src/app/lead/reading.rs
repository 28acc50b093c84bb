//! How a leader reads: what is small at once, what is large by the readers.

use super::{Leading, POLL_EVERY};
use crate::app::engine::Event;
use crate::app::readers::Told;
use crate::tail::Job;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Appended bytes up to this are read at once; more goes to the readers.
const AT_ONCE: u64 = 1024 * 1024;
/// Numbers are stale when bytes wait unread for longer.
pub(in crate::app) const BEHIND_AFTER: Duration = Duration::from_secs(10);

impl Leading {
    /// Reads what was appended to a file.
    pub(super) fn take(&mut self, job: Job) {
        if let Some((_, again)) = self.busy.get_mut(&job.file) {
            *again = true;
            return;
        }
        if !is_small(&job) {
            return self.give(vec![job]);
        }
        let Self { reader, ingest, .. } = self;
        let mut failed = Ok(());
        let outcome = reader.read(&job, |part| {
            failed = ingest.absorb(&part);
            failed.is_ok()
        });
        // Only a commit shows that the database takes anything.
        if let Err(error) = failed {
            self.failed("the database", &error);
        }
        self.outcome(&job.path, outcome);
        self.opened.get_or_insert_with(Instant::now);
    }

    pub(super) fn give(&mut self, jobs: Vec<Job>) {
        let jobs: Vec<Job> = jobs.into_iter().filter(|job| !self.is_busy(job)).collect();
        if !jobs.is_empty() {
            self.busy_since.get_or_insert_with(Instant::now);
        }
        for job in &jobs {
            self.busy.insert(job.file, (job.path.clone(), false));
        }
        self.counter.wait(&jobs);
        let (events, reign) = (self.events.clone(), self.reign);
        self.readers.read(jobs, &move |told| events.send(Event::Read(reign, told)).is_ok());
    }

    pub(super) fn is_busy(&mut self, job: &Job) -> bool {
        self.busy.get_mut(&job.file).map(|(_, again)| *again = true).is_some()
    }

    pub(in crate::app) fn told(&mut self, told: Told) -> bool {
        match told {
            Told::Part(part) => {
                self.readers.written();
                self.counter.read(&part);
                if let Err(error) = self.ingest.absorb(&part) {
                    self.failed("the database", &error);
                }
                self.opened.get_or_insert_with(Instant::now);
                if part.last {
                    self.done(part.file, Ok(()));
                }
            }
            Told::Failed(file, error) => self.done(file, Err(error)),
        }
        if !self.busy.is_empty() {
            return false;
        }
        let backlog = self.busy_since.take().is_some();
        let changed = self.commit();
        if backlog {
            self.ingest.writer().rest();
        }
        changed
    }

    /// Whether readers are at work.
    pub(in crate::app) fn is_reading(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Whether bytes have waited unread for too long.
    pub(in crate::app) fn is_behind(&self) -> bool {
        self.behind_at().is_some_and(|at| Instant::now() >= at)
    }

    pub(super) fn behind_at(&self) -> Option<Instant> {
        self.busy_since.into_iter().chain(self.troubles.since()).min().map(|since| since + BEHIND_AFTER)
    }

    pub(super) fn done(&mut self, file: i64, outcome: io::Result<()>) {
        let Some((path, again)) = self.busy.remove(&file) else { return };
        self.counter.done(file);
        self.outcome(&path, outcome);
        if again {
            let outcome = self.ingest.hinted(&path);
            if let Some(job) = self.checked("reading", outcome).flatten() {
                self.take(job);
            }
        }
    }

    pub(super) fn outcome(&mut self, path: &Path, outcome: io::Result<()>) {
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.troubles.unreadable(path, &error);
                // What a person has to mend is not tried every two seconds.
                if error.kind() != io::ErrorKind::PermissionDenied {
                    self.next_scan = self.next_scan.min(Instant::now() + POLL_EVERY);
                }
            }
            _ => self.troubles.readable(path),
        }
    }
}

pub(super) fn is_small(job: &Job) -> bool {
    let unread = |meta: std::fs::Metadata| {
        let from = if job.cursor.is_touched(&meta) { 0 } else { job.cursor.offset };
        meta.len().saturating_sub(from)
    };
    std::fs::metadata(&job.path).map_or(true, |meta| unread(meta) <= AT_ONCE)
}
