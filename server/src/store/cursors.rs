//! Files and how far each is read.

use super::schema::Error;
use super::writer::{FileInfo, Writer};
use crate::tail::{Cursor, Part};
use crate::time::Millis;
use crate::transcript::State;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::HashMap;

/// A file as the store knows it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its number.
    pub id: i64,
    /// When it was made.
    pub born: Millis,
    /// How far it is read.
    pub cursor: Cursor,
    /// What carries over from its last line.
    pub state: State,
}

/// A file as it was found on disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// The number of its root.
    pub root: i64,
    /// Its path below the root's projects folder, with `/`.
    pub path: String,
}

/// All files of the database, by root and path.
pub(super) fn all(connection: &Connection) -> Result<HashMap<Found, Known>> {
    let mut statement = connection
        .prepare("SELECT id, root_id, path, born, \"offset\", size, modified, head, tail, state FROM file")?;
    let rows = statement.query_map([], |row| {
        let found = Found { root: row.get(1)?, path: row.get(2)? };
        let cursor = Cursor {
            offset: row.get::<_, i64>(4)? as u64,
            size: row.get::<_, i64>(5)? as u64,
            modified: row.get(6)?,
            head: row.get(7)?,
            tail: row.get(8)?,
        };
        let state: String = row.get(9)?;
        let state =
            if state == "{}" { State::default() } else { serde_json::from_str(&state).unwrap_or_default() };
        Ok((found, Known { id: row.get(0)?, born: row.get(3)?, cursor, state }))
    })?;
    rows.collect()
}

impl Writer {
    /// All files that were ever seen.
    pub fn files(&self) -> std::result::Result<HashMap<Found, Known>, Error> {
        Ok(all(&self.connection)?)
    }

    /// Registers a file that was not seen before; its cursor stands at the beginning.
    pub fn register(&mut self, found: &Found, born: Millis) -> std::result::Result<Known, Error> {
        self.begin()?;
        let outcome = self
            .connection
            .prepare_cached("INSERT INTO file (root_id, path, born) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| statement.insert(params![found.root, found.path, born]));
        if outcome.is_err() {
            // The system may have ended the transaction with the failure.
            self.roll_back();
        }
        let id = outcome?;
        if let Some(root) = self.root_paths.get(&found.root) {
            let path = format!("{root}/{}", found.path).into();
            self.files.insert(id, FileInfo { born, path, roots: 1 << found.root, read: false });
        }
        let cursor = Cursor { modified: -1, ..Cursor::default() };
        Ok(Known { id, born, cursor, state: State::default() })
    }

    /// Notes that a file was looked at and had nothing new.
    pub fn touch(&mut self, file: i64, cursor: &Cursor) -> std::result::Result<(), Error> {
        self.begin()?;
        self.connection
            .prepare_cached("UPDATE file SET size = ?2, modified = ?3 WHERE id = ?1")?
            .execute(params![file, cursor.size as i64, cursor.modified])?;
        Ok(())
    }

    pub(super) fn file_info(&mut self, file: i64) -> Result<FileInfo> {
        if let Some(info) = self.files.get(&file) {
            return Ok(info.clone());
        }
        let info = self
            .connection
            .prepare_cached(
                "SELECT f.born, r.path || '/' || f.path, f.root_id, f.size > 0 FROM file f JOIN root r ON r.id = f.root_id
                 WHERE f.id = ?1",
            )?
            .query_row([file], |row| {
                let path: String = row.get(1)?;
                let roots = 1 << row.get::<_, i64>(2)?;
                Ok(FileInfo { born: row.get(0)?, path: path.into(), roots, read: row.get(3)? })
            })
            .optional()?;
        // A file is registered before it is read; one that a rollback took away has no responses either.
        let info = info.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        self.files.insert(file, info.clone());
        Ok(info)
    }

    /// A file has other bytes than before: where its lines were means nothing any more.
    pub(super) fn forget_place(&mut self, file: i64) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM fault WHERE file_id = ?1")?.execute([file])?;
        self.connection
            .prepare_cached("UPDATE session SET context_offset = -1 WHERE context_file = ?1")?
            .execute([file])?;
        Ok(())
    }

    pub(super) fn move_cursor(&mut self, part: &Part) -> Result<()> {
        let Cursor { offset, size, modified, head, tail } = part.cursor;
        // Until the last part is in, the file does not count as seen.
        let modified = if part.last { modified } else { -1 };
        let state = serde_json::to_string(&part.state).unwrap_or_else(|_| "{}".to_owned());
        self.connection
            .prepare_cached(
                "UPDATE file SET \"offset\" = ?2, size = ?3, modified = ?4, head = ?5, tail = ?6, state = ?7 WHERE id = ?1",
            )?
            .execute(params![part.file, offset as i64, size as i64, modified, head, tail, state])?;
        if let Some(info) = self.files.get_mut(&part.file) {
            info.read = true;
        }
        Ok(())
    }
}
