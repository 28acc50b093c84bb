//! Who leads: the holder of an advisory lock on `leader.lock`. The system frees it however its holder ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// The file that is written to ask for a look.
pub const ASK: &str = "refresh";

/// The lock; whoever holds it alone writes usage.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "held, not read: the lock ends with it")] File);

/// Takes the lock where it is free; `None` where another process leads.
///
/// # Errors
/// The lock file cannot be made, or the file system has no locks.
pub fn try_lead(state: &Path) -> io::Result<Option<Lock>> {
    let file = open(state)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Waits until the lock is free and takes it. Only a thread of its own should.
///
/// # Errors
/// As for [`try_lead`].
pub fn wait(state: &Path) -> io::Result<Lock> {
    let file = open(state)?;
    file.lock()?;
    Ok(Lock(file))
}

/// Asks whoever leads to look at all transcripts: it sees that a file beside its lock was written.
pub fn ask_to_look(state: &Path) {
    let asked = File::create(state.join(ASK)).and_then(|mut file| io::Write::write_all(&mut file, b"look\n"));
    if let Err(error) = asked {
        tracing::warn!("cannot ask the leader to look: {error}");
    }
}

fn open(state: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(state.join("leader.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_leads_at_a_time() {
        let state = tempfile::tempdir().unwrap();
        let first = try_lead(state.path()).unwrap().unwrap();
        assert!(try_lead(state.path()).unwrap().is_none());
        drop(first);
        assert!(try_lead(state.path()).unwrap().is_some());
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
