//! Counts how far a backlog has been read, for whoever shows it.

use crate::lsp::Backlog;
use crate::tail::{Job, Part};
use std::collections::HashMap;
use tokio::sync::watch;

/// The files that wait, and how much of each.
pub(super) struct Counter {
    tell: watch::Sender<Backlog>,
    sums: Backlog,
    /// Of each file: where it is being read, and where it ended when it came to wait.
    open: HashMap<i64, (u64, u64)>,
}

impl Counter {
    pub(super) fn new(tell: watch::Sender<Backlog>) -> Self {
        Self { tell, sums: Backlog::default(), open: HashMap::new() }
    }

    /// These files wait from now on.
    pub(super) fn wait<'a>(&mut self, jobs: impl IntoIterator<Item = &'a Job>) {
        if self.open.is_empty() {
            self.sums = Backlog::default();
        }
        for job in jobs {
            let size = std::fs::metadata(&job.path).map_or(0, |meta| meta.len());
            // A file that was cut is read from its beginning.
            let from = if size < job.cursor.offset { 0 } else { job.cursor.offset };
            if self.open.insert(job.file, (from, size)).is_none() {
                self.sums.files += 1;
                self.sums.bytes += size - from;
            }
        }
        self.tell();
    }

    /// A stretch of a file was read.
    pub(super) fn read(&mut self, part: &Part) {
        let Some((at, end)) = self.open.get_mut(&part.file) else { return };
        let now = part.cursor.offset.clamp(*at, (*end).max(*at));
        self.sums.bytes_read += now - *at;
        *at = now;
        self.tell();
    }

    /// A file waits no longer, whatever came of it.
    pub(super) fn done(&mut self, file: i64) {
        let Some((at, end)) = self.open.remove(&file) else { return };
        self.sums.files_read += 1;
        self.sums.bytes_read += end.saturating_sub(at);
        self.tell();
    }

    fn tell(&self) {
        self.tell.send_if_modified(|told| std::mem::replace(told, self.sums) != self.sums);
    }
}

impl Drop for Counter {
    /// Whoever shows that something waits must not go on with it.
    fn drop(&mut self) {
        self.tell.send_replace(Backlog::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::Cursor;
    use crate::transcript::record::Batch;
    use crate::transcript::{Place, State};

    fn job(folder: &std::path::Path, file: i64, size: usize, offset: u64) -> Job {
        let path = folder.join(file.to_string());
        std::fs::write(&path, vec![b' '; size]).unwrap();
        let cursor = Cursor { offset, ..Cursor::default() };
        Job { file, path, place: Place::of("a.jsonl", 0), cursor, state: State::default() }
    }

    fn part(file: i64, offset: u64, last: bool) -> Part {
        let cursor = Cursor { offset, ..Cursor::default() };
        Part { file, anew: false, from: 0, batch: Batch::default(), cursor, state: State::default(), last }
    }

    #[test]
    fn counts_files_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = watch::channel(Backlog::default());
        let backlog = |files, files_read, bytes, bytes_read| Backlog { files, files_read, bytes, bytes_read };
        let mut counter = Counter::new(tell);
        let jobs =
            [job(folder.path(), 1, 100, 40), job(folder.path(), 2, 10, 20), job(folder.path(), 3, 7, 0)];
        counter.wait(&jobs);
        assert_eq!(*told.borrow(), backlog(3, 0, 77, 0));
        counter.read(&part(1, 70, false));
        assert_eq!((*told.borrow(), told.borrow().percentage()), (backlog(3, 0, 77, 30), 38));
        // It grew while it was read: what came later was not waited for.
        counter.read(&part(1, 150, true));
        counter.done(1);
        counter.done(1);
        assert_eq!(*told.borrow(), backlog(3, 1, 77, 60));
        // A file that cannot be read is done with, too.
        counter.done(2);
        assert!(told.borrow().waits());
        counter.done(3);
        assert_eq!((*told.borrow(), told.borrow().waits()), (backlog(3, 3, 77, 77), false));
        counter.wait(&jobs[..1]);
        assert_eq!(*told.borrow(), backlog(1, 0, 60, 0));
        drop(counter);
        assert!(!told.borrow().waits());
    }
}
