//! Which files a connection works on. SQLite holds them open: where a path names other files meanwhile, what it reads is a
//! ghost and what it writes is lost.

use super::schema::{Error, with_ending};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::path::{Path, PathBuf};

/// What tells a file from another one that took its place: device and number.
type Identity = Option<(u64, u64)>;

/// The files of a database as they were when it was opened.
pub(super) struct Place {
    /// The database, its log, its shared memory.
    files: [(PathBuf, Identity); 3],
}

impl Place {
    /// The files that are there now. Call it when the connection has read, and so opened, them all.
    pub(super) fn of(database: &Path) -> Self {
        let file = |ending: &str| {
            let path = with_ending(database, ending);
            let identity = identity(&path);
            (path, identity)
        };
        Self { files: [file(""), file("-wal"), file("-shm")] }
    }

    /// Whether the paths still name the files that were opened.
    pub(super) fn is_same(&self) -> bool {
        self.files.iter().all(|(path, opened)| identity(path) == *opened)
    }

    /// Whether the log that was opened lies beside a database that it does not belong to.
    pub(super) fn haunts(&self) -> bool {
        let [(database, opened), beside @ ..] = &self.files;
        identity(database) != *opened
            && beside.iter().any(|(path, opened)| opened.is_some() && identity(path) == *opened)
    }

    /// Gets a connection ready to end whose files were removed or replaced: by itself SQLite would remove log and memory
    /// by their names, which may be another database's by now.
    pub(super) fn leave(connection: &Connection) -> Result<(), Error> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(())
    }

    /// The same for the writer. What the log holds goes where it belongs, wherever that is now; and the log is removed
    /// from beside a database that it would damage.
    pub(super) fn clear(&self, connection: &Connection) -> Result<(), Error> {
        connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)")?;
        Self::leave(connection)?;
        if self.haunts() {
            for (path, opened) in &self.files[1..] {
                if opened.is_some() && identity(path) == *opened {
                    let _ = std::fs::remove_file(path);
                }
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Elsewhere files that are open cannot be removed.
#[cfg(not(unix))]
fn identity(_path: &Path) -> Identity {
    None
}
