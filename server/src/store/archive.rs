//! Moving old responses to an archive: a database of its own with the same tables.

use super::rebuild::{self, Which};
use super::reprice;
use super::schema::{Error, open_for_writing, version};
use super::writer::{Writer, meta, set_meta};
use super::{backup, check};
use crate::money::NanoUsd;
use crate::time::{HOUR, Millis};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use std::fs::File;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Lines of one response may lie on either side of the line that an archive draws.
const SPAN: Millis = 24 * HOUR;

/// What was moved to an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Rows of responses.
    pub responses: i64,
    /// What they cost.
    pub cost: NanoUsd,
}

/// What is not in the database because it lies in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// What is older lies there.
    pub before: Millis,
    /// The archive that was written last.
    pub path: String,
}

/// The number by which an archived response is known.
fn hash(key: &str) -> i64 {
    xxh3_64(key.as_bytes()) as i64
}

/// What the database says of an archive.
pub(super) fn known(connection: &Connection) -> rusqlite::Result<Option<Archive>> {
    let before: Option<Millis> = meta(connection, "archived_before")?;
    let path: Option<String> = meta(connection, "archive")?;
    Ok(before.map(|before| Archive { before, path: path.unwrap_or_default() }))
}

impl Writer {
    /// Whether a response that is read lies in an archive already. Only one from before the line is looked for.
    pub(super) fn is_archived(&self, key: &str, at: Millis) -> rusqlite::Result<bool> {
        if at >= self.archived_before {
            return Ok(false);
        }
        self.connection.prepare_cached("SELECT 1 FROM archived WHERE hash = ?1")?.exists([hash(key)])
    }

    /// Takes up where the line of archives is; responses from some time after it are looked for, too.
    pub(super) fn mark_archived(&mut self) -> rusqlite::Result<()> {
        self.archived_before = known(&self.connection)?.map_or(Millis::MIN, |known| known.before + SPAN);
        Ok(())
    }

    /// Moves responses from before a moment to an archive, which is made where it is missing: first it is written,
    /// compared and put down, then they are deleted here. Read again, they do not come back.
    ///
    /// # Errors
    /// The archive is another kind of file, cannot be written, or does not hold what it should: then nothing is deleted.
    pub fn archive(&mut self, database: &Path, archive: &Path, before: Millis) -> Result<Archived, Error> {
        let moved = fill(database, archive, before)?;
        self.delete_archived(archive, before)?;
        self.mark_archived()?;
        // Room is given back; where that fails it is used for what comes.
        let _ = self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(PASSIVE)");
        Ok(moved)
    }

    fn delete_archived(&mut self, archive: &Path, before: Millis) -> Result<(), Error> {
        let connection = &self.connection;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        {
            let mut read = transaction.prepare("SELECT key FROM response WHERE at < ?1")?;
            let mut write = transaction.prepare("INSERT OR IGNORE INTO archived (hash) VALUES (?1)")?;
            let mut rows = read.query([before])?;
            while let Some(row) = rows.next()? {
                write.execute([hash(row.get_ref(0)?.as_str().unwrap_or_default())])?;
            }
        }
        for sql in [
            "DELETE FROM tool_use WHERE response_id IN (SELECT id FROM response WHERE at < ?1)",
            "DELETE FROM response WHERE at < ?1",
            "DELETE FROM turn WHERE at < ?1 AND id NOT IN (SELECT turn_id FROM response)",
        ] {
            transaction.execute(sql, [before])?;
        }
        reprice::rebuild_sums(&transaction)?;
        let line = known(&transaction)?.map_or(before, |known| known.before.max(before));
        set_meta(&transaction, "archived_before", &line)?;
        set_meta(&transaction, "archive", &archive.to_string_lossy())?;
        let revision: i64 = meta(&transaction, "revision")?.unwrap_or(0);
        set_meta(&transaction, "revision", &(revision + 1))?;
        super::closed::touch(&transaction, revision + 1, i64::MIN)?;
        transaction.commit()?;
        Ok(())
    }
}

/// Adds the responses from before a moment to the archive, and makes sure that it has them.
fn fill(database: &Path, archive: &Path, before: Millis) -> Result<Archived, Error> {
    let failed = |reason: String| Error::Copy { what: "move responses to", path: archive.to_owned(), reason };
    let told = |error: Error| match error {
        error @ Error::Copy { .. } => error,
        Error::Damaged(reason) => {
            failed(format!("it is not an archive of Costline ({reason}); name another file"))
        }
        other => Error::copy("move responses to", archive, &other),
    };
    if std::fs::metadata(archive).is_ok_and(|meta| meta.len() > 0) {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let there = Connection::open_with_flags(archive, flags).and_then(|there| version(&there));
        if there.map_err(|error| told(error.into()))? == 0 {
            return Err(failed(
                "it is there already and is not an archive of Costline; name another file".to_owned(),
            ));
        }
        if std::fs::canonicalize(archive).ok() == std::fs::canonicalize(database).ok() {
            return Err(failed("it is the database itself; name another file".to_owned()));
        }
    } else if let Some(folder) = archive.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        backup::private_folder(folder).map_err(|error| Error::copy("move responses to", archive, &error))?;
    }
    let target = open_for_writing(archive).map_err(told)?;
    let moved = rebuild::beside(&target, database, |target| {
        rebuild::take_over(target, Which::Before(before))?;
        reprice::rebuild_sums(target)?;
        target.execute_batch(
            "INSERT OR IGNORE INTO main.meta (name, value) SELECT name, value FROM other.meta
             WHERE name IN ('price_revision', 'price_fingerprint', 'as_of', 'revision')",
        )?;
        compare(target, before)
    })
    .map_err(|error| told(error.into()))?
    .ok_or_else(|| failed("what was written is not what was read; check the disk".to_owned()))?;
    target.pragma_update(None, "journal_mode", "DELETE").map_err(|error| told(error.into()))?;
    check::structure(&target).map_err(told)?;
    target.close().map_err(|(_, error)| told(error.into()))?;
    File::open(archive)
        .and_then(|file| file.sync_all())
        .and_then(|()| backup::sync_folder(archive))
        .map_err(|error| Error::copy("move responses to", archive, &error))?;
    Ok(moved)
}

/// What is to be moved, where the archive has every one of it with the same counts and cost.
fn compare(target: &Connection, before: Millis) -> rusqlite::Result<Option<Archived>> {
    const SAME: &str =
        "at, part, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches, cost";
    let missing: bool = target.query_row(
        &format!(
            "SELECT EXISTS (SELECT key, {SAME} FROM other.response WHERE at < ?1
             EXCEPT SELECT key, {SAME} FROM main.response)"
        ),
        [before],
        |row| row.get(0),
    )?;
    if missing {
        return Ok(None);
    }
    target
        .query_row(
            "SELECT COUNT(*), IFNULL(SUM(cost), 0) FROM other.response WHERE at < ?1",
            params![before],
            |row| Ok(Archived { responses: row.get(0)?, cost: NanoUsd(row.get(1)?) }),
        )
        .map(Some)
}
