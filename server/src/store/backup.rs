//! Backups: whole copies of the database that were checked before they took their place.

use super::check;
use super::schema::{Error, SCHEMA_VERSION, create_private, open_for_reading, version};
use chrono::NaiveDate;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Pages that are copied at once: a megabyte.
const STEP: i32 = 256;
/// The pause between two steps: whoever writes and reads beside goes first.
const PAUSE: Duration = Duration::from_millis(2);
/// How often a step may find the database locked before the backup is given up.
const PATIENCE: u32 = 500;
/// Copies from before a migration that are kept.
const KEEP_MIGRATIONS: usize = 2;

/// How long a copy that is not finished may yet be at work.
const PART_LIVES: Duration = Duration::from_mins(10);

/// What is tried here.
const WHAT: &str = "back up the database to";

const DAILY: &str = "usage-20";
const BEFORE_SCHEMA: &str = "usage-before-schema-";

/// The folder of a database's backups.
pub fn folder(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}

/// Whether there is no backup of this day yet.
pub fn is_due(database: &Path, day: NaiveDate) -> bool {
    !of_day(database, day).exists()
}

fn of_day(database: &Path, day: NaiveDate) -> PathBuf {
    folder(database).join(format!("usage-{day}.db"))
}

/// Makes the day's backup and deletes those beyond `keep`; gives its place, or `None` where nothing changed since the
/// newest one.
pub fn daily(database: &Path, day: NaiveDate, keep: usize) -> Result<Option<PathBuf>, Error> {
    let source = open_for_reading(database)?;
    let to = of_day(database, day);
    let unchanged = newest(database).is_some_and(|newest| {
        let held = open_copy(&newest).and_then(|copy| Ok(content(&copy)?));
        held.is_ok_and(|held| content(&source).is_ok_and(|now| now == held))
    });
    if unchanged {
        return Ok(None);
    }
    write(&source, &to)?;
    forget(database, DAILY, keep);
    Ok(Some(to))
}

/// Copies the database to a file of the user's own choice, which must not be there yet.
pub fn copy_to(database: &Path, to: &Path) -> Result<(), Error> {
    if to.exists() {
        let reason = "it is there already; name another file".to_owned();
        return Err(Error::Copy { what: WHAT, path: to.to_owned(), reason });
    }
    write(&open_for_reading(database)?, to)
}

/// Copies the database before it is migrated to schema `next`.
pub(super) fn before_migration(connection: &Connection, database: &Path, next: i64) -> Result<(), Error> {
    let to = folder(database).join(format!("{BEFORE_SCHEMA}{next}.db"));
    write(connection, &to)?;
    forget(database, BEFORE_SCHEMA, KEEP_MIGRATIONS);
    Ok(())
}

/// All backups, the newest first.
pub fn all(database: &Path) -> Vec<PathBuf> {
    let mut found = listed(database, "usage-");
    found.sort_by_cached_key(|path| std::cmp::Reverse(modified(path)));
    found
}

fn newest(database: &Path) -> Option<PathBuf> {
    all(database).into_iter().next()
}

/// The newest backup that passes its check and that this program understands.
pub fn newest_whole(database: &Path) -> Option<PathBuf> {
    all(database).into_iter().find(|path| {
        let outcome = open_copy(path).and_then(|copy| {
            let version = version(&copy)?;
            check::structure(&copy)?;
            Ok((1..=SCHEMA_VERSION).contains(&version))
        });
        match outcome {
            Ok(understood) => understood,
            Err(error) => {
                tracing::warn!("the backup {} is passed over: {error}", path.display());
                false
            }
        }
    })
}

/// Opens a backup for a look at it. Nothing is left beside the file.
fn open_copy(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// What tells whether a database holds something else than another one: how far its files are read, its sums, and what was
/// set and told.
fn content(connection: &Connection) -> rusqlite::Result<[i64; 14]> {
    connection.query_row(
        "SELECT (SELECT COUNT(*) FROM file), (SELECT IFNULL(SUM(\"offset\"), 0) FROM file),
           (SELECT IFNULL(SUM(size), 0) FROM file), (SELECT COUNT(*) FROM root), IFNULL(SUM(messages), 0),
           IFNULL(SUM(input), 0), IFNULL(SUM(output), 0), IFNULL(SUM(cache_write_5m + cache_write_1h), 0),
           IFNULL(SUM(cache_read), 0), IFNULL(SUM(cost), 0),
           (SELECT COUNT(*) FROM budget), (SELECT COUNT(removed_at) FROM budget), (SELECT COUNT(*) FROM alert),
           (SELECT COUNT(*) FROM budget_override) FROM lifetime",
        [],
        |row| {
            let mut numbers = [0; 14];
            for (index, number) in numbers.iter_mut().enumerate() {
                *number = row.get(index)?;
            }
            Ok(numbers)
        },
    )
}

/// Writes a copy under a passing name, checks it, and gives it its own.
fn write(source: &Connection, to: &Path) -> Result<(), Error> {
    static COPIES: AtomicU64 = AtomicU64::new(0);
    // A leader that was deposed may be at it still: each has a name of its own.
    let number = COPIES.fetch_add(1, Ordering::Relaxed);
    let passing = beside(to).with_extension(format!("{}-{number}.part", std::process::id()));
    let outcome = prepare(to, &passing)
        .and_then(|()| copy(source, &passing, to))
        .and_then(|()| settle(&passing, to).map_err(|error| failed(to, &error)));
    if outcome.is_err() {
        // What is left of it helps nobody.
        let _ = fs::remove_file(&passing);
    }
    outcome
}

fn prepare(to: &Path, passing: &Path) -> Result<(), Error> {
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let made = parent.map_or(Ok(()), private_folder).and_then(|()| match fs::remove_file(passing) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create_private(passing),
    });
    forget_parts(passing);
    made.map_err(|error| failed(to, &error))
}

/// Deletes copies that were never finished, since somebody was killed: those much older than the one just begun.
fn forget_parts(passing: &Path) {
    let Ok(begun) = fs::metadata(passing).and_then(|meta| meta.modified()) else { return };
    for entry in passing.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let age = entry.metadata().and_then(|meta| meta.modified()).ok();
        let age = age.and_then(|modified| begun.duration_since(modified).ok());
        if name.starts_with(".usage-") && name.contains(".part") && age.is_some_and(|age| age > PART_LIVES) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a folder that only its owner may look into; one that is there stays as it is.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn copy(source: &Connection, passing: &Path, to: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let told = |error: rusqlite::Error| match Error::from(error) {
        Error::Sqlite(error) => failed(to, &error),
        Error::ReadOnly => failed(to, &"it is read-only"),
        error => error,
    };
    let mut copy = Connection::open_with_flags(passing, flags).map_err(told)?;
    {
        // One moment of the database: without it, each commit of a writer would begin the copy again.
        let moment = source.unchecked_transaction()?;
        version(&moment)?;
        let backup = Backup::new(&moment, &mut copy).map_err(told)?;
        let mut busy = 0;
        loop {
            match backup.step(STEP).map_err(told)? {
                StepResult::Done => break,
                StepResult::More => busy = 0,
                _ if busy < PATIENCE => busy += 1,
                _ => return Err(Error::Locked),
            }
            std::thread::sleep(PAUSE);
        }
    }
    // One file, with nothing beside it.
    copy.pragma_update(None, "journal_mode", "DELETE").map_err(told)?;
    check::structure(&copy)?;
    copy.close().map_err(|(_, error)| told(error))
}

fn settle(passing: &Path, to: &Path) -> io::Result<()> {
    File::open(passing)?.sync_all()?;
    fs::rename(passing, to)?;
    sync_folder(to)
}

/// Puts the names in a file's folder down: a new one is safe only then.
pub(super) fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent() {
        #[cfg(unix)]
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// The name that a file has until it is whole.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

/// Deletes the oldest files whose names begin so, beyond `keep`.
fn forget(database: &Path, prefix: &str, keep: usize) {
    let mut found = listed(database, prefix);
    found.sort_by_cached_key(|path| std::cmp::Reverse((modified(path), path.clone())));
    for old in found.into_iter().skip(keep) {
        // It will be tried again with the next one.
        let _ = fs::remove_file(old);
    }
}

fn listed(database: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(database)).into_iter().flatten().flatten();
    let ours = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && path.extension().is_some_and(|extension| extension == "db")
    };
    entries.map(|entry| entry.path()).filter(|path| ours(path)).collect()
}

/// When a file was last written.
pub(super) fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn failed(to: &Path, reason: &impl ToString) -> Error {
    Error::copy(WHAT, to, reason)
}
