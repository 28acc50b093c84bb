//! A damaged database is set aside whole, and another one takes its place: the newest backup, or an empty one.

use super::backup::{self, beside, private_folder, sync_folder};
use super::schema::{Error, create_private, open_for_reading, open_for_writing};
use super::writer::{meta, set_meta};
use crate::time::{HOUR, Millis};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How many databases are kept that were set aside.
const KEEP: usize = 3;
/// For how long what happened is told.
const TOLD_FOR: Millis = 72 * HOUR;
/// The shortest page that a database can have, in bytes.
const SHORTEST_PAGE: u64 = 512;
/// The files of a database, by what follows its name.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// The folder of the databases that were set aside.
pub fn folder(database: &Path) -> PathBuf {
    database.with_file_name("quarantine")
}

/// The databases that were set aside.
pub fn all(database: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(database)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "db"));
    found
}

/// Whether the log of a database was left behind: whoever worked on it was ended, or others still read.
pub fn has_log(database: &Path) -> bool {
    fs::metadata(with(database, "-wal")).is_ok_and(|meta| meta.len() > 0)
}

/// Why the database has to be replaced, as far as its length tells: SQLite takes one that is missing or very short for a
/// new one, and half a page for a whole one. For where there is none and never was, there is no reason.
pub fn why_by_length(database: &Path) -> Option<&'static str> {
    let length = fs::metadata(database).map_or(0, |meta| meta.len());
    if length == 0 {
        return if backup::all(database).is_empty() { None } else { Some("gone") };
    }
    let mut header = [0; 18];
    let read = File::open(database).and_then(|mut file| io::Read::read_exact(&mut file, &mut header));
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let short = match read {
        // While there is a log, a checkpoint may have ended halfway: the log has the whole page.
        Ok(()) => page >= SHORTEST_PAGE && !length.is_multiple_of(page) && !has_log(database),
        Err(error) => error.kind() == io::ErrorKind::UnexpectedEof,
    };
    (short || length < SHORTEST_PAGE).then_some("damaged (it is cut off)")
}

/// Sets the database aside, where there is one, and puts the newest good backup in its place, else an empty database;
/// what transcripts hold has to be read then. Says what was done. Only the holder of the lock may.
///
/// # Errors
/// A file cannot be moved or written.
pub fn replace(database: &Path, reason: &str, now: Millis) -> Result<String, Error> {
    let revision = open_for_reading(database).and_then(|old| Ok(meta(&old, "revision")?)).ok().flatten();
    let aside = set_aside(database, now)?;
    let restored = backup::newest_whole(database);
    if let Some(backup) = &restored {
        take_place(backup, database).map_err(|error| failed("restore the database as", database, &error))?;
    }
    let connection = open_for_writing(database)?;
    let aside = aside.map(|aside| format!("; it was set aside as {}", aside.display())).unwrap_or_default();
    let name = |backup: &PathBuf| backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let instead = match restored.as_ref().map(name) {
        Some(backup) => {
            format!("the backup {backup} took its place, and transcripts were read on from there")
        }
        None => "there is no backup, so it was made anew from the transcripts that are there".to_owned(),
    };
    let told = format!("the database was {reason}{aside}; {instead}");
    note(&connection, &told, revision, now)?;
    Ok(told)
}

/// Moves the database with all that belongs to it out of the way; `None` where there is nothing to move.
///
/// # Errors
/// A file cannot be moved.
fn set_aside(database: &Path, now: Millis) -> Result<Option<PathBuf>, Error> {
    let parts = PARTS.map(|part| with(database, part));
    if parts.iter().all(|part| fs::metadata(part).map_or(true, |meta| meta.len() == 0)) {
        // Nothing of worth; what is left would be taken for a part of the new one.
        for part in parts {
            remove(&part).map_err(|error| failed("set aside", database, &error))?;
        }
        return Ok(None);
    }
    let folder = folder(database);
    private_folder(&folder).map_err(|error| failed("make the folder", &folder, &error))?;
    let time = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default().format("%Y%m%d-%H%M%S-%3f");
    let free = |number: u32| {
        let more = if number == 0 { String::new() } else { format!("-{number}") };
        folder.join(format!("usage-{time}{more}.db"))
    };
    let to = (0..1000).map(free).find(|path| !path.exists()).unwrap_or_else(|| free(0));
    // The database goes first: from then on no other process takes its `-wal` for one that belongs to a living one.
    for (part, from) in PARTS.iter().zip(&parts) {
        match fs::rename(from, with(&to, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("set aside the database as", &to, &error));
            }
            _ => {}
        }
    }
    forget(database);
    Ok(Some(to))
}

/// Gives a copy of a backup the place of the database.
fn take_place(backup: &Path, database: &Path) -> io::Result<()> {
    let passing = beside(database);
    remove(&passing)?;
    create_private(&passing)?;
    io::copy(&mut File::open(backup)?, &mut File::options().write(true).open(&passing)?)?;
    move_in(&passing, database)
}

/// Sets the database aside and gives its place to another one that is whole and closed. Gives where the old one lies.
///
/// # Errors
/// A file cannot be moved.
pub fn exchange(from: &Path, database: &Path, now: Millis) -> Result<Option<PathBuf>, Error> {
    let aside = set_aside(database, now)?;
    move_in(from, database).map_err(|error| failed("put the new database in place as", database, &error))?;
    Ok(aside)
}

/// Removes what an earlier attempt left behind.
///
/// # Errors
/// A file cannot be removed.
pub fn clear(database: &Path) -> Result<(), Error> {
    for part in PARTS {
        remove(&with(database, part)).map_err(|error| failed("remove", database, &error))?;
    }
    Ok(())
}

fn move_in(from: &Path, database: &Path) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    fs::rename(from, database)?;
    sync_folder(database)
}

/// Notes what happened, for everyone who reads; and the content's revision does not fall behind what was shown.
fn note(connection: &Connection, told: &str, revision: Option<i64>, now: Millis) -> rusqlite::Result<()> {
    let moment = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let held: i64 = meta(&moment, "revision")?.unwrap_or(0);
    // The seconds of the clock are beyond any revision there was: it grows more slowly than once a second.
    let beyond = held.max(revision.unwrap_or(now / 1000)) + 1;
    set_meta(&moment, "revision", &beyond)?;
    set_meta(&moment, "damage", &told)?;
    set_meta(&moment, "damage_at", &now)?;
    moment.commit()
}

/// What was done about damage not long ago.
pub(super) fn told(connection: &Connection, now: Millis) -> rusqlite::Result<Option<String>> {
    let at: Option<Millis> = meta(connection, "damage_at")?;
    match at {
        Some(at) if now - at < TOLD_FOR => meta(connection, "damage"),
        _ => Ok(None),
    }
}

fn forget(database: &Path) {
    let mut found = all(database);
    found.sort();
    for old in found.into_iter().rev().skip(KEEP) {
        for part in PARTS {
            // It will be tried again with the next one.
            let _ = fs::remove_file(with(&old, part));
        }
    }
}

fn with(path: &Path, part: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(part);
    PathBuf::from(name)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn failed(what: &'static str, path: &Path, reason: &impl ToString) -> Error {
    Error::copy(what, path, reason)
}
