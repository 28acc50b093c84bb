//! Opening the database: its file, its settings, its migrations.

use super::place::Place;
use super::writer::{meta, set_meta};
use super::{backup, views};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The numbered migrations; one that has been released is never changed.
const MIGRATIONS: [&str; 9] = [
    include_str!("../../migrations/0001_base.sql"),
    include_str!("../../migrations/0002_bounded_status.sql"),
    include_str!("../../migrations/0003_archive.sql"),
    include_str!("../../migrations/0004_records.sql"),
    include_str!("../../migrations/0005_alerts.sql"),
    include_str!("../../migrations/0006_limits.sql"),
    include_str!("../../migrations/0007_display.sql"),
    include_str!("../../migrations/0008_telemetry.sql"),
    include_str!("../../migrations/0009_unpriced_budgets.sql"),
];

/// The schema that this program writes.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// The oldest schema whose readers understand what this program writes. Raise it with a migration that changes what is
/// there already; one that only adds leaves it.
const READS_FROM: i64 = 2;

/// How long to wait for another one's transaction. It is waited for in the loop that answers the editor: what takes
/// longer is told, and tried again.
const BUSY: Duration = Duration::from_millis(400);

/// The same for a small wish that can wait.
const BUSY_SHORTLY: Duration = Duration::from_millis(200);

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
    /// An older program made it, and no newer one has led since.
    #[error(
        "the database {path} is an older Costline's (schema {found}): restart the editor that leads, or run `costline ingest`"
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// There is no database yet.
    #[error("there is no database yet at {0}; run `costline ingest` once")]
    Missing(PathBuf),
    /// Its bytes are not those of a database, or contradict each other.
    #[error(
        "the database is damaged ({0}); `costline db rebuild` makes it anew from the transcripts and the newest backup"
    )]
    Damaged(String),
    /// Another program holds a lock that it does not give back.
    #[error(
        "the database is locked by another program (one that has usage.db open in a transaction); what waits is read when it lets go"
    )]
    Locked,
    /// A backup, a restored copy or an archive cannot be written.
    #[error("cannot {what} {path}: {reason}")]
    Copy {
        /// What was tried, as `back up the database to`.
        what: &'static str,
        /// The file that was to be written.
        path: PathBuf,
        /// Why not, and what to do about it.
        reason: String,
    },
    /// Its file, or the folder that its log lies in, takes no writing.
    #[error(
        "the database is read-only; check that usage.db and its folder are yours and can be written, and try again"
    )]
    ReadOnly,
    /// SQLite refused.
    #[error("the database failed: {0}")]
    Sqlite(rusqlite::Error),
    /// A root more than a database can tell apart.
    #[error("{0} is one Claude folder too many for this database (it knows {max}); use another COSTLINE_STATE_DIR", max = super::MOST_ROOTS)]
    TooManyRoots(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(words(&error)),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Sqlite(error),
        }
    }
}

impl Error {
    /// A file that the disk did not take.
    pub(super) fn copy(what: &'static str, path: &Path, reason: &impl ToString) -> Self {
        let reason = format!("{}; check that there is room and that the folder is yours", reason.to_string());
        Self::Copy { what, path: path.to_owned(), reason }
    }
}

/// What SQLite says, without its numbers.
fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        other => other.to_string(),
    }
}

/// Opens the database for writing, makes it where it is missing (0600) and brings its schema up to date.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, Error> {
    create_private(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    plan_once(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    // Checkpoints of 16 MiB: a first read writes the same pages again and again.
    connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
    // In KiB: a first read comes back to every page of the indices; `Writer::rest` gives the room back.
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, path, &MIGRATIONS)?;
    views::refresh(&connection)?;
    Ok(connection)
}

/// Has statements planned when they are prepared and never again. A database with statistics would have each one planned
/// anew for every value that is bound to it, which takes ten times as long as what it does.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Opens an empty database that vanishes with the connection.
pub(super) fn open_scratch() -> Result<Connection, Error> {
    let mut connection = Connection::open("")?;
    plan_once(&connection)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, Path::new(""), &MIGRATIONS)?;
    Ok(connection)
}

/// Opens the database for reading; it must be there, with a schema that this program understands.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    open_within(path, BUSY)
}

/// The same for who does not wait: it fails where another process holds what reading needs. A log that a leader left when it
/// was killed is left for the next one: putting it down takes time, and that one is to see that the end was not clean.
pub(super) fn open_at_once(path: &Path) -> Result<Connection, Error> {
    let logged = super::quarantine::has_log(path);
    let connection = open_within(path, Duration::ZERO)?;
    if logged {
        Place::leave(&connection)?;
    }
    Ok(connection)
}

fn open_within(path: &Path, busy: Duration) -> Result<Connection, Error> {
    if !path.exists() {
        return Err(Error::Missing(path.to_owned()));
    }
    // WAL needs its shared memory, so a reader opens for writing and is then held to reading.
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(busy)?;
    let found = match version(&connection) {
        // The memory cannot be made where nothing may be written; without a log nothing is missing from the file either.
        Err(error)
            if error.sqlite_error_code() == Some(ErrorCode::CannotOpen)
                && !with_ending(path, "-wal").exists() =>
        {
            connection = open_still(path)?;
            version(&connection)?
        }
        outcome => outcome?,
    };
    plan_once(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    match found {
        0 => Err(Error::Missing(path.to_owned())),
        found if found > SCHEMA_VERSION && !is_understood(&connection) => {
            Err(Error::Newer { path: path.to_owned(), found })
        }
        found if found < READS_FROM => Err(Error::Older { path: path.to_owned(), found }),
        _ => Ok(connection),
    }
}

/// Opens a database that nobody can write to as long as it is open.
fn open_still(path: &Path) -> Result<Connection, Error> {
    // Of a URI's signs these three would mean something.
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?)
}

/// A file that SQLite keeps beside the database.
pub(super) fn with_ending(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Whether a newer program says that readers of this one's schema understand the database.
fn is_understood(connection: &Connection) -> bool {
    let oldest: Option<i64> = meta(connection, "reads_from").unwrap_or_default();
    oldest.is_some_and(|oldest| oldest <= SCHEMA_VERSION)
}

/// The number of the schema; 0: none yet.
pub(super) fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), Error> {
    let found = version(connection)?;
    let newest = migrations.len() as i64;
    if found > newest {
        return Err(Error::Newer { path: path.to_owned(), found });
    }
    whole(connection, found)?;
    if (1..newest).contains(&found) {
        backup::before_migration(connection, path, newest)?;
    }
    if found == newest {
        return Ok(());
    }
    // In one transaction: nobody sees a schema between two versions.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have migrated while this one waited for the lock.
    let found = version(&transaction)?;
    for (number, sql) in (1..).zip(migrations).skip(found as usize) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    set_meta(&transaction, "reads_from", &READS_FROM)?;
    Ok(transaction.commit()?)
}

/// The tables that there have been since the first schema are all there, or none is.
fn whole(connection: &Connection, version: i64) -> Result<(), Error> {
    const TABLES: i64 = 14;
    let tables: i64 = connection.query_row(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'name', 'root', 'file', 'fault',
         'session', 'agent', 'turn', 'origin', 'response', 'tool_use', 'rollup', 'session_rollup', 'lifetime')",
        [],
        |row| row.get(0),
    )?;
    match (version, tables) {
        (0, 0) => Ok(()),
        (0, _) => Err(Error::Damaged("its version is gone".to_owned())),
        (_, TABLES) => Ok(()),
        _ => Err(Error::Damaged("tables are missing".to_owned())),
    }
}

/// Makes an empty file that only its owner may read, before SQLite opens it: its `-wal` and `-shm` take over the mode.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
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
///
/// Who asks tries again later: it does not wait long for a leader that was stopped in the midst of a transaction.
pub fn register_roots(path: &Path, roots: &[String]) -> Result<(), Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_SHORTLY)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = MIGRATIONS[0];

    fn at(folder: &Path) -> PathBuf {
        folder.join("usage.db")
    }

    #[test]
    fn a_newer_schema_is_read_where_it_says_so_and_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = at(folder.path());
        drop(open_for_writing(&path).unwrap());
        let set = |version: i64, reads_from: Option<i64>| {
            let connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "user_version", version).unwrap();
            match reads_from {
                Some(oldest) => set_meta(&connection, "reads_from", &oldest).unwrap(),
                None => drop(connection.execute("DELETE FROM meta WHERE name = 'reads_from'", []).unwrap()),
            }
        };
        for (version, reads_from, readable) in [
            (SCHEMA_VERSION, None, true),
            (SCHEMA_VERSION + 1, Some(SCHEMA_VERSION), true),
            (SCHEMA_VERSION + 7, Some(1), true),
            (SCHEMA_VERSION + 1, Some(SCHEMA_VERSION + 1), false),
            (SCHEMA_VERSION + 1, None, false),
        ] {
            set(version, reads_from);
            let read = open_for_reading(&path).map(drop);
            assert_eq!(read.is_ok(), readable, "schema {version}, readers from {reads_from:?}: {read:?}");
            if !readable {
                let told = read.unwrap_err().to_string();
                assert!(told.contains("newer Costline") && told.contains("update this one"), "{told}");
            }
            let written = open_for_writing(&path).map(drop);
            assert_eq!(written.is_ok(), version <= SCHEMA_VERSION, "schema {version}");
        }
        set(1, None);
        let told = open_for_reading(&path).map(drop).unwrap_err().to_string();
        assert!(told.contains("older Costline's (schema 1)") && told.contains("costline ingest"), "{told}");
        set(SCHEMA_VERSION + 1, None);
        // Nothing was done to what is not understood.
        let connection = Connection::open(&path).unwrap();
        assert_eq!(version(&connection).unwrap(), SCHEMA_VERSION + 1);
        assert!(backup::all(&path).is_empty());
    }

    #[test]
    fn an_older_schema_is_backed_up_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = at(folder.path());
        let mut connection = Connection::open(&path).unwrap();
        migrate(&mut connection, &path, &[BASE]).unwrap();
        assert!(backup::all(&path).is_empty(), "there was nothing to back up");
        connection.execute("INSERT INTO name (text) VALUES ('kept')", []).unwrap();
        let later = "ALTER TABLE name ADD COLUMN more TEXT; DELETE FROM name WHERE text = 'kept';";
        migrate(&mut connection, &path, &[BASE, later]).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
        let backup = folder.path().join("backups/usage-before-schema-2.db");
        assert_eq!(backup::all(&path), std::slice::from_ref(&backup));
        let copy = Connection::open(&backup).unwrap();
        assert_eq!(version(&copy).unwrap(), 1);
        let kept: i64 =
            copy.query_row("SELECT COUNT(*) FROM name WHERE text = 'kept'", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
        // One that cannot be backed up is not migrated.
        drop(copy);
        std::fs::remove_dir_all(folder.path().join("backups")).unwrap();
        std::fs::write(folder.path().join("backups"), "in the way").unwrap();
        let told = migrate(&mut connection, &path, &[BASE, later, "SELECT 1"]).unwrap_err().to_string();
        assert!(told.starts_with("cannot back up the database to"), "{told}");
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn what_lacks_its_tables_is_damaged() {
        for sql in ["DROP TABLE lifetime", "PRAGMA user_version = 0"] {
            let folder = tempfile::tempdir().unwrap();
            let path = at(folder.path());
            open_for_writing(&path).unwrap().execute_batch(sql).unwrap();
            let outcome = open_for_writing(&path).map(drop);
            assert!(matches!(outcome, Err(Error::Damaged(_))), "{sql}: {outcome:?}");
        }
    }
}
