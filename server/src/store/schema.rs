//! Opening the database: its file, its settings, its migrations.

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The numbered migrations; one that has been released is never changed.
const MIGRATIONS: [&str; 2] =
    [include_str!("../../migrations/0001_base.sql"), include_str!("../../migrations/0002_records.sql")];

/// The schema that this program writes.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// How long a writer waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be made or opened.
    #[error(
        "cannot open the database {path}: {source}; check that the folder exists and is yours, or set COSTLINE_STATE_DIR"
    )]
    File {
        /// The database.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program has changed the schema.
    #[error(
        "the database {path} was written by a newer Costline (schema {found}, this one knows {SCHEMA_VERSION}); update this one"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// There is no database yet.
    #[error("there is no database yet at {0}; run `costline ingest` once")]
    Missing(PathBuf),
    /// SQLite refused.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A root more than a database can tell apart.
    #[error("{0} is one Claude folder too many for this database (it knows {max}); use another COSTLINE_STATE_DIR", max = super::MOST_ROOTS)]
    TooManyRoots(String),
}

/// Opens the database for writing, makes it where it is missing (0600) and brings its schema up to date.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, Error> {
    create_private(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    // Checkpoints of 16 MiB: a first read writes the same pages again and again.
    connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
    // In KiB: a first read comes back to every page of the indices; `Writer::rest` gives the room back.
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens the database for reading; it must be there, with a schema that this program knows.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    if !path.exists() {
        return Err(Error::Missing(path.to_owned()));
    }
    // WAL needs its shared memory, so a reader opens for writing and is then held to reading.
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    match version(&connection)? {
        0 => Err(Error::Missing(path.to_owned())),
        found if found > SCHEMA_VERSION => Err(Error::Newer { path: path.to_owned(), found }),
        _ => Ok(connection),
    }
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let found = version(connection)?;
    if found > SCHEMA_VERSION {
        return Err(Error::Newer { path: path.to_owned(), found });
    }
    for (number, sql) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have migrated while this one waited for the lock.
        if version(&transaction)? < number {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// Makes an empty file that only its owner may read, before SQLite opens it: its `-wal` and `-shm` take over the mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// Registers Claude's folders with a database that another process leads, in a short transaction of its own; the leader
/// takes them up. Known ones cost one look.
pub fn register_roots(path: &Path, roots: &[String]) -> Result<(), Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    for root in roots {
        register_root(&connection, root)?;
    }
    Ok(())
}

/// The number of a root, made where it is new.
pub(super) fn register_root(connection: &Connection, root: &str) -> Result<i64, Error> {
    let found = |connection: &Connection| {
        connection.query_row("SELECT id FROM root WHERE path = ?1", [root], |row| row.get(0)).optional()
    };
    if let Some(id) = found(connection)? {
        return Ok(id);
    }
    connection.execute(
        "INSERT OR IGNORE INTO root (id, path) SELECT IFNULL(MAX(id), -1) + 1, ?1 FROM root HAVING IFNULL(MAX(id), -1) + 1 < ?2",
        rusqlite::params![root, super::MOST_ROOTS],
    )?;
    found(connection)?.ok_or_else(|| Error::TooManyRoots(root.to_owned()))
}
