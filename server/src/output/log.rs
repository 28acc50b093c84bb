//! Where a living process logs. Contents of transcripts are never logged.
//!
//! All processes append whole lines to one file. One that has grown to [`LARGEST`] is set aside under a number, and only
//! [`KEPT`] of those are kept, so a process that logs without end fills no disk.

use std::fs::{self, File, TryLockError};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The file that is written to.
const CURRENT: &str = "costline.log";
/// Bytes after which a file is set aside.
const LARGEST: u64 = 1024 * 1024;
/// How many files are kept beside the one that is written to.
const KEPT: usize = 3;
/// A file that was set aside, and not written to for so long, is deleted.
const OLDEST: Duration = Duration::from_hours(30 * 24);

/// What is logged, once a log is open.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Logs by another filter from now on.
pub fn log_by(level: &str) {
    if let Some(held) = FILTER.get() {
        // The subscriber is there as long as the process.
        let _ = held.reload(filter(level));
    }
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Logs to standard error: for a process that a service manager or a person looks after.
pub fn log_to_stderr(level: &str) {
    let (filter, handle) = reload::Layer::new(filter(level));
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A second call changes nothing.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    let _ = FILTER.set(handle);
}

/// Logs to files of a folder. The log is written as long as what this gives is held; without a folder that can be
/// written there is no log.
pub fn log_to_file(folder: &Path, level: &str) -> Option<WorkerGuard> {
    crate::paths::ensure_private_dir(folder).ok()?;
    let files = Files::open(folder, LARGEST).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let (filter, handle) = reload::Layer::new(filter(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    let _ = FILTER.set(handle);
    Some(guard)
}

/// The files of a log. Each call of `write` is one line, and is written whole.
struct Files {
    folder: PathBuf,
    largest: u64,
    current: File,
    line: Vec<u8>,
}

impl Files {
    fn open(folder: &Path, largest: u64) -> io::Result<Self> {
        let current = append_to(&folder.join(CURRENT))?;
        let files = Self { folder: folder.to_owned(), largest, current, line: Vec::new() };
        files.forget_old();
        Ok(files)
    }

    fn aside(&self, number: usize) -> PathBuf {
        self.folder.join(format!("costline.{number}.log"))
    }

    fn forget_old(&self) {
        for path in (1..=KEPT).map(|number| self.aside(number)) {
            let age =
                fs::metadata(&path).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > OLDEST) {
                // Whoever deletes it first has done it.
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Makes room for a line; says whether it may be written.
    fn make_room(&mut self) -> io::Result<bool> {
        let size = self.current.metadata()?.len();
        if size < self.largest {
            return Ok(true);
        }
        // Several processes find the file full at once: one of them sets it aside, the others open the new one.
        let lock = append_to(&self.folder.join(".lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            // A process that was stopped may hold it for ever: lines are dropped rather than heaped up.
            Err(TryLockError::WouldBlock) => return Ok(size < 2 * self.largest),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let current = self.folder.join(CURRENT);
        if fs::metadata(&current).is_ok_and(|meta| meta.len() >= self.largest) {
            for number in (1..KEPT).rev() {
                let _ = fs::rename(self.aside(number), self.aside(number + 1));
            }
            fs::rename(&current, self.aside(1))?;
        }
        self.current = append_to(&current)?;
        Ok(true)
    }
}

impl Write for Files {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.make_room()? {
            self.line.clear();
            write!(self.line, "{} ", std::process::id())?;
            self.line.extend_from_slice(line);
            self.current.write_all(&self.line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a file that only its owner may read; what others write at the same time stays whole.
fn append_to(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_endless_log_keeps_its_latest_lines_in_few_bytes() {
        let folder = tempfile::tempdir().unwrap();
        // Two writers stand for two processes.
        let mut writers = [(); 2].map(|()| Files::open(folder.path(), 1_000).unwrap());
        for number in 0..1_000 {
            let line = format!("line {number:04}\n");
            assert_eq!(writers[number % 2].write(line.as_bytes()).unwrap(), line.len());
        }
        let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
        files.sort_by_key(fs::DirEntry::file_name);
        let names: Vec<_> = files.iter().map(|file| file.file_name().into_string().unwrap()).collect();
        assert_eq!(names, [".lock", "costline.1.log", "costline.2.log", "costline.3.log", "costline.log"]);
        for file in &files {
            let meta = file.metadata().unwrap();
            assert!(meta.len() < 1_100, "{file:?} has {} bytes", meta.len());
            #[cfg(unix)]
            assert_eq!(
                std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777,
                0o600,
                "{file:?}"
            );
        }
        let kept: Vec<String> = ["costline.3.log", "costline.2.log", "costline.1.log", "costline.log"]
            .iter()
            .flat_map(|name| lines(&folder.path().join(name)))
            .collect();
        // Without a gap, in order, and whole.
        let first = 1_000 - kept.len();
        for (line, number) in kept.iter().zip(first..) {
            assert_eq!(*line, format!("{} line {number:04}", std::process::id()));
        }
    }

    #[test]
    fn lines_are_dropped_while_the_file_cannot_be_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open(folder.path(), 1_000).unwrap();
        let stopped = append_to(&folder.path().join(".lock")).unwrap();
        stopped.lock().unwrap();
        for _ in 0..1_000 {
            files.write_all(b"a line of some length\n").unwrap();
        }
        let size = fs::metadata(folder.path().join(CURRENT)).unwrap().len();
        assert!((2_000..2_100).contains(&size), "{size}");
        drop(stopped);
        files.write_all(b"the latest\n").unwrap();
        assert_eq!(lines(&folder.path().join(CURRENT)).len(), 1);
    }

    #[test]
    fn files_of_last_month_go() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("costline.1.log", OLDEST / 2), ("costline.2.log", OLDEST * 2)] {
            let file = append_to(&folder.path().join(name)).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_times(fs::FileTimes::new().set_modified(now - age)).unwrap();
        }
        Files::open(folder.path(), 1_000).unwrap();
        assert!(folder.path().join("costline.1.log").exists());
        assert!(!folder.path().join("costline.2.log").exists());
    }
}
