//! Who leads: the holder of an advisory lock on `leader.lock`. The system frees it however its holder ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

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
}
