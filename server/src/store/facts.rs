//! Subagents, turns, tools and faults.

use super::merge::turn_id;
use super::rollup::Deltas;
use super::writer::Writer;
use crate::money::NanoUsd;
use crate::time::Millis;
use crate::transcript::record::{Agent, Fault, Name, Response, ToolOutcome, ToolUse};
use rusqlite::{Result, params};
use std::collections::BTreeMap;

impl Deltas {
    /// Adds a response's cost to its subagent's, where it has one.
    pub(super) fn agent_share(&mut self, session: i64, agent: i64, cost: NanoUsd, response: &Response) {
        if agent != 0 {
            self.agent(session, agent, cost.0, Some(response.at));
        }
    }
}

impl Writer {
    /// Adds what a file tells about a subagent. The most trusted source of its type counts; where several uses of tools
    /// claim to have started it, one is kept that does not depend on the order of reading.
    pub(super) fn agent_facts(&mut self, session: &Name, agent: &Name, facts: &Agent) -> Result<()> {
        let session = self.session_number(session)?;
        let agent = self.names.id(&self.connection, agent)?;
        let (weight, kind) = match &facts.kind {
            Some((weight, kind)) => (*weight, self.names.id(&self.connection, kind)?),
            None => (0, 0),
        };
        let rows = self
            .connection
            .prepare_cached(
                "INSERT INTO agent (session_id, name_id, kind_id, kind_weight, tool_use, done)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET
                   kind_id = IIF(excluded.kind_weight > kind_weight, excluded.kind_id, kind_id),
                   kind_weight = MAX(kind_weight, excluded.kind_weight),
                   tool_use = MIN(IFNULL(tool_use, excluded.tool_use), IFNULL(excluded.tool_use, tool_use)),
                   done = MAX(done, excluded.done)
                 WHERE excluded.kind_weight > kind_weight OR excluded.done > done
                   OR excluded.tool_use < IFNULL(tool_use, 9223372036854775807)",
            )?
            .execute(params![session, agent, kind, weight, facts.tool_use, facts.done])?;
        self.changed |= rows > 0;
        Ok(())
    }

    pub(super) fn turn(&mut self, session: &Name, prompt: &Name, at: Millis) -> Result<()> {
        let number = self.session_number(session)?;
        self.connection
            .prepare_cached(
                "INSERT INTO turn (id, session_id, prompt, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET at = MIN(at, excluded.at)",
            )?
            .execute(params![turn_id(session, prompt), number, &**prompt, at])?;
        Ok(())
    }

    /// Adds the uses of tools by responses of the part at hand, and what came of uses. Most come together, and are new.
    pub(super) fn tools(&mut self, tools: &[ToolUse], outcomes: &[ToolOutcome]) -> Result<()> {
        let mut open: BTreeMap<i64, ToolOutcome> = BTreeMap::new();
        for outcome in outcomes {
            open.entry(outcome.id).and_modify(|held| held.append(outcome)).or_insert_with(|| outcome.clone());
        }
        for tool in tools {
            if self.new_tool_use(tool, open.get(&tool.id))? {
                open.remove(&tool.id);
            } else {
                self.tool_use(tool)?;
            }
        }
        open.values().try_for_each(|outcome| self.outcome(outcome))
    }

    /// Adds the use of a tool that is not known; `false` where it is.
    fn new_tool_use(&mut self, tool: &ToolUse, outcome: Option<&ToolOutcome>) -> Result<bool> {
        let response = self.recent.get(&tool.response).copied();
        let Self { connection, names, .. } = self;
        let (name, file) = (names.id(connection, &tool.name)?, names.id(connection, &tool.file)?);
        let detail = names.id(connection, &tool.detail)?;
        let (failed, added, removed) = outcome
            .map_or((false, 0, 0), |outcome| (outcome.failed, outcome.lines_added, outcome.lines_removed));
        let rows = connection
            .prepare_cached(
                "INSERT INTO tool_use (id, response_id, name_id, file_id, detail_id, failed, lines_added, lines_removed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?
            .execute(params![tool.id, response, name, file, detail, failed, added, removed])?;
        Ok(rows > 0)
    }

    /// Adds who used a tool to what is known of its use: what came of it may have been read before.
    fn tool_use(&mut self, tool: &ToolUse) -> Result<()> {
        let response = self.recent.get(&tool.response).copied();
        let Self { connection, names, .. } = self;
        let (name, file) = (names.id(connection, &tool.name)?, names.id(connection, &tool.file)?);
        let detail = names.id(connection, &tool.detail)?;
        connection
            .prepare_cached(
                "UPDATE tool_use SET response_id = ?2, name_id = ?3, file_id = ?4, detail_id = ?5
                 WHERE id = ?1 AND response_id IS NULL",
            )?
            .execute(params![tool.id, response, name, file, detail])?;
        Ok(())
    }

    fn outcome(&mut self, outcome: &ToolOutcome) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO tool_use (id, failed, lines_added, lines_removed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET failed = MAX(failed, excluded.failed),
                   lines_added = MAX(lines_added, excluded.lines_added),
                   lines_removed = MAX(lines_removed, excluded.lines_removed)",
            )?
            .execute(params![outcome.id, outcome.failed, outcome.lines_added, outcome.lines_removed])?;
        Ok(())
    }

    pub(super) fn fault(&mut self, file: i64, fault: Fault, offset: u64) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO fault (file_id, kind, count, \"offset\") VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET count = count + 1",
            )?
            .execute(params![file, fault.name(), offset as i64])?;
        self.changed = true;
        Ok(())
    }
}
