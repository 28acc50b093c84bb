//! Locks of the state folder: each is an advisory lock on a file of its own, which the system frees however its holder
//! ends. The holder of [`LEADER`] alone writes usage.

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file that is written to ask for a look.
pub const ASK: &str = "refresh";

/// The lock of the one process that reads transcripts and writes usage.
pub const LEADER: &str = "leader.lock";

/// The lock of the one process that serves HTTP.
pub const HTTP: &str = "http.lock";

/// The lock of the one process that is on the session bus and warns the desktop.
pub const SURFACE: &str = "surface.lock";

/// A lock that this process holds.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of this name where it is free; `None` where another process holds it.
    ///
    /// # Errors
    /// The lock file cannot be made, or the file system has no locks.
    pub fn try_take(state: &Path, name: &str) -> io::Result<Option<Self>> {
        loop {
            let lock = Self::open(state, name)?;
            match lock.file.try_lock() {
                Ok(()) if lock.is_in_place() => return Ok(Some(lock.signed())),
                // The file was removed since it was opened: who comes now locks another one.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Waits until the lock is free and takes it. Only a thread of its own should.
    ///
    /// # Errors
    /// As for [`Lock::try_take`].
    pub fn wait(state: &Path, name: &str) -> io::Result<Self> {
        loop {
            let lock = Self::open(state, name)?;
            lock.file.lock()?;
            if lock.is_in_place() {
                return Ok(lock.signed());
            }
        }
    }

    /// Whether the file that is locked is still the one that others find. Where it was removed or replaced, another
    /// process may hold a lock of the same name.
    pub fn is_in_place(&self) -> bool {
        let (held, there) = (self.file.metadata(), std::fs::metadata(&self.path));
        matches!((held, there), (Ok(held), Ok(there)) if identity(&held) == identity(&there))
    }

    fn open(state: &Path, name: &str) -> io::Result<Self> {
        let path = state.join(name);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        Ok(Self { file, path })
    }

    /// Leaves the holder's number for [`holder`].
    fn signed(mut self) -> Self {
        // Told to people alone: a full disk must not keep anyone from leading.
        let _ = self.file.set_len(0).and_then(|()| writeln!(self.file, "{}", std::process::id()));
        self
    }
}

/// The process that holds the lock of this name, or held it last.
pub fn holder(state: &Path, name: &str) -> Option<u32> {
    std::fs::read_to_string(state.join(name)).ok()?.trim().parse().ok()
}

/// Asks whoever leads to look at all transcripts: it sees that a file beside its lock was written.
pub fn ask_to_look(state: &Path) {
    let asked = File::create(state.join(ASK)).and_then(|mut file| file.write_all(b"look\n"));
    if let Err(error) = asked {
        tracing::warn!("cannot ask the leader to look: {error}");
    }
}

/// What a process does, as far as the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs, or could.
    Running,
    /// A signal or a debugger holds it; it keeps its locks.
    Stopped,
    /// The system does not tell.
    Unknown,
}

/// What the process of this number does.
pub fn condition(process: u32) -> Condition {
    match std::fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(stat) => state_of(&stat),
        Err(_) => Condition::Unknown,
    }
}

/// Whether somebody leads and is at work, as far as the system tells.
pub fn is_led(state: &Path) -> bool {
    holder(state, LEADER).is_some_and(|process| match condition(process) {
        Condition::Running => true,
        Condition::Stopped => false,
        Condition::Unknown => !cfg!(target_os = "linux"),
    })
}

/// Says that the process of this number leads and is stopped.
pub fn stopped(process: u32) -> String {
    format!("the leading process {process} is stopped, so nothing new is read; resume or end it")
}

/// Reads a line of `/proc/<pid>/stat`: number, name in parentheses (which may hold any), state.
fn state_of(stat: &str) -> Condition {
    match stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()) {
        Some('T' | 't') => Condition::Stopped,
        Some(_) => Condition::Running,
        None => Condition::Unknown,
    }
}

#[cfg(unix)]
fn identity(meta: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino())
}

/// Elsewhere a file that is open keeps its name.
#[cfg(not(unix))]
fn identity(_meta: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_leads_at_a_time() {
        let state = tempfile::tempdir().unwrap();
        let take = |name| Lock::try_take(state.path(), name).unwrap();
        let first = take(LEADER).unwrap();
        assert!(take(LEADER).is_none());
        assert!(take("other.lock").is_some(), "locks of other names are apart");
        assert_eq!(holder(state.path(), LEADER), Some(std::process::id()));
        drop(first);
        assert!(take(LEADER).is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_on_a_removed_file_is_none() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(LEADER);
        let first = Lock::try_take(state.path(), LEADER).unwrap().unwrap();
        assert!(first.is_in_place());
        std::fs::remove_file(&path).unwrap();
        assert!(!first.is_in_place());
        let second = Lock::try_take(state.path(), LEADER).unwrap().unwrap();
        assert!(!first.is_in_place() && second.is_in_place());

        // Who waited on the removed file does not lead when its holder ends.
        let waiting = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let third = Lock::try_take(state.path(), LEADER).unwrap().unwrap();
        drop(second);
        waiting.try_lock().unwrap();
        assert!(Lock::try_take(state.path(), LEADER).unwrap().is_none());
        drop(third);
        assert!(Lock::wait(state.path(), LEADER).unwrap().is_in_place());
    }

    #[test]
    fn states_are_read_behind_any_name() {
        for (stat, expected) in [
            ("42 (costline) S 1 42 42 0", Condition::Running),
            ("42 (costline) T 1 42 42 0", Condition::Stopped),
            ("42 (costline) t 1 42 42 0", Condition::Stopped),
            ("42 (a) T (b) R 1 42", Condition::Running),
            ("42 (costline", Condition::Unknown),
            ("", Condition::Unknown),
        ] {
            assert_eq!(state_of(stat), expected, "{stat:?}");
        }
    }

    #[test]
    fn who_watches_the_folder_sees_that_a_look_is_asked_for() {
        let state = tempfile::tempdir().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let _watch = crate::watch::Watch::new(state.path(), move |hint| drop(tell.send(hint)));
        for _ in 0..2 {
            ask_to_look(state.path());
            let hint = told.recv_timeout(std::time::Duration::from_secs(10));
            assert_eq!(hint, Ok(crate::watch::Hint::Rescan));
            while told.recv_timeout(std::time::Duration::from_millis(50)).is_ok() {}
        }
    }
}
