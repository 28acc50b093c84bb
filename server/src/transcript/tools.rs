//! What lines say of tools and of the subagents that they start.

use super::json::Text;
use super::line::{AgentMeta, Line, Message, ToolInput};
use super::meaning::{Seat, texts};
use super::parser::Parser;
use super::record::{Agent, Name, ToolOutcome, ToolUse};
use xxhash_rust::xxh3::xxh3_64;

impl Parser<'_> {
    pub(super) fn tool_uses(&mut self, line: &Line<'_>, message: &Message<'_>, response: &str) {
        for (index, block) in message.content.blocks.iter().enumerate() {
            let Some(name) = block.name.filled().filter(|_| block.kind.is("tool_use")) else { continue };
            let id = match block.id.filled() {
                Some(id) => tool_use_id(id),
                None => tool_use_id(&format!("{response} {} {index}", line.uuid.or_empty())),
            };
            let none = ToolInput::default();
            let input = block.input.get().unwrap_or(&none);
            let (file, detail) = match name {
                "Edit" | "Write" | "MultiEdit" => (input.file.or_empty(), ""),
                "NotebookEdit" => (input.notebook.or_empty(), ""),
                "Skill" => ("", input.skill.or_empty()),
                "Task" | "Agent" => ("", input.agent_type.or_empty()),
                _ => ("", ""),
            };
            let (file, detail) = (self.name(file), self.name(detail));
            let name = self.name(name);
            self.batch.tools.push(ToolUse { id, response: response.into(), name, file, detail });
        }
    }

    pub(super) fn outcome(&mut self, line: &Line<'_>, seat: &Seat, id: i64, failed: bool, bytes: &[u8]) {
        let mut outcome = ToolOutcome { id, failed, lines_added: 0, lines_removed: 0 };
        if let Some(result) = line.tool_result.get() {
            for hunk in &result.patch.0 {
                outcome.lines_added += hunk.lines.added;
                outcome.lines_removed += hunk.lines.removed;
            }
            // A file that Write made anew has no patch: all its lines are new.
            if result.patch.0.is_empty() && result.kind.is("create") {
                outcome.lines_added = texts(bytes).tool_result.get().map_or(0, |file| file.content.lines);
            }
            if let Some(agent) = result.agent.filled() {
                let key = (seat.session.clone(), self.name(agent));
                let kind = result.agent_type.filled().map(|kind| (1, self.name(kind)));
                let agent = self.batch.agents.entry(key).or_default();
                agent.tool_use = Some(agent.tool_use.map_or(id, |held| held.min(id)));
                agent.done |= result.status.is("completed") || failed;
                agent.kind = agent.kind.take().max(kind);
            }
        }
        if outcome.failed || outcome.lines_added > 0 || outcome.lines_removed > 0 {
            self.batch.outcomes.push(outcome);
        }
    }

    pub(super) fn agent_type(&mut self, seat: &Seat, weight: u8, kind: &Text<'_>) {
        if seat.agent.is_empty() {
            return;
        }
        let kind = kind.filled().map(|kind| (weight, self.name(kind)));
        let agent = self.batch.agents.entry((seat.session.clone(), seat.agent.clone())).or_default();
        agent.kind = agent.kind.take().max(kind);
    }
}

/// Reads `agent-<id>.meta.json`: the subagent's type and the use of a tool that started it.
pub fn agent_meta(bytes: &[u8]) -> Option<Agent> {
    let meta: AgentMeta = serde_json::from_slice(bytes).ok()?;
    Some(Agent {
        kind: meta.agent_type.filled().map(|kind| (3, Name::from(kind))),
        tool_use: meta.tool_use.filled().map(tool_use_id),
        done: false,
    })
}

/// The hash that stands for a tool use's id.
pub fn tool_use_id(id: &str) -> i64 {
    xxh3_64(id.as_bytes()) as i64
}
