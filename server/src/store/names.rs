//! Names and origins as numbers, and back.

use crate::transcript::record::{Name, Origin};
use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::sync::Arc;

/// What was looked up so far. It holds what the database holds, so a transaction that fails must clear it.
#[derive(Default)]
pub(super) struct Names {
    by_text: HashMap<Name, i64>,
    by_id: HashMap<i64, Name>,
    origins: HashMap<Arc<Origin>, (i64, i64)>,
    origins_by_id: HashMap<i64, (Arc<Origin>, i64)>,
}

impl Names {
    /// The number of a name, made where it is new.
    pub(super) fn id(&mut self, connection: &Connection, text: &Name) -> Result<i64> {
        if text.is_empty() {
            return Ok(0);
        }
        if let Some(id) = self.by_text.get(text) {
            return Ok(*id);
        }
        // Most names that were not looked up yet are new.
        let new = connection
            .prepare_cached("INSERT INTO name (text) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([&**text])?
            > 0;
        let id = if new {
            connection.last_insert_rowid()
        } else {
            connection
                .prepare_cached("SELECT id FROM name WHERE text = ?1")?
                .query_row([&**text], |row| row.get(0))?
        };
        self.by_text.insert(text.clone(), id);
        self.by_id.insert(id, text.clone());
        Ok(id)
    }

    /// The name with a number.
    pub(super) fn name(&mut self, connection: &Connection, id: i64) -> Result<Name> {
        if id == 0 {
            return Ok(Name::default());
        }
        if let Some(name) = self.by_id.get(&id) {
            return Ok(name.clone());
        }
        let text: String = connection
            .prepare_cached("SELECT text FROM name WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        let name = Name::from(text);
        self.by_id.insert(id, name.clone());
        Ok(name)
    }

    /// The number of an origin, made where it is new, and the number of its session.
    pub(super) fn origin(
        &mut self,
        connection: &Connection,
        origin: &Arc<Origin>,
        session: impl FnOnce(&Name) -> Result<i64>,
    ) -> Result<(i64, i64)> {
        if let Some(known) = self.origins.get(origin) {
            return Ok(*known);
        }
        let session = session(&origin.session)?;
        let mut numbers = [0; 7];
        let texts = [
            &origin.agent,
            &origin.branch,
            &origin.entrypoint,
            &origin.version,
            &origin.permission_mode,
            &origin.skill,
            &origin.mcp_server,
        ];
        for (number, text) in numbers.iter_mut().zip(texts) {
            *number = self.id(connection, text)?;
        }
        let [agent, branch, entrypoint, version, mode, skill, mcp] = numbers;
        let values = params![session, origin.sidechain, agent, branch, entrypoint, version, mode, skill, mcp];
        let found = connection
            .prepare_cached(
                "SELECT id FROM origin WHERE session_id = ?1 AND sidechain = ?2 AND agent_id = ?3 AND branch_id = ?4
                 AND entrypoint_id = ?5 AND version_id = ?6 AND mode_id = ?7 AND skill_id = ?8 AND mcp_id = ?9",
            )?
            .query_row(values, |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => connection
                .prepare_cached(
                    "INSERT INTO origin (session_id, sidechain, agent_id, branch_id, entrypoint_id, version_id, mode_id,
                     skill_id, mcp_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .insert(values)?,
        };
        self.origins.insert(origin.clone(), (id, session));
        self.origins_by_id.insert(id, (origin.clone(), session));
        Ok((id, session))
    }

    /// The origin with a number, and the number of its session.
    pub(super) fn origin_of(&mut self, connection: &Connection, id: i64) -> Result<(Arc<Origin>, i64)> {
        if let Some(known) = self.origins_by_id.get(&id) {
            return Ok(known.clone());
        }
        let (uuid, session, sidechain, numbers): (String, i64, bool, [i64; 7]) = connection
            .prepare_cached(
                "SELECT s.uuid, o.session_id, o.sidechain, o.agent_id, o.branch_id, o.entrypoint_id, o.version_id,
                 o.mode_id, o.skill_id, o.mcp_id FROM origin o JOIN session s ON s.id = o.session_id WHERE o.id = ?1",
            )?
            .query_row([id], |row| {
                let mut numbers = [0; 7];
                for (index, number) in numbers.iter_mut().enumerate() {
                    *number = row.get(3 + index)?;
                }
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, numbers))
            })?;
        let mut name = |index: usize| self.name(connection, numbers[index]);
        let origin = Arc::new(Origin {
            session: uuid.into(),
            sidechain,
            agent: name(0)?,
            branch: name(1)?,
            entrypoint: name(2)?,
            version: name(3)?,
            permission_mode: name(4)?,
            skill: name(5)?,
            mcp_server: name(6)?,
        });
        self.origins.insert(origin.clone(), (id, session));
        self.origins_by_id.insert(id, (origin.clone(), session));
        Ok((origin, session))
    }
}
