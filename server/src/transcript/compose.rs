//! Lines of transcripts as Claude Code writes them, made up: for people who want to see Costline without a history.

use crate::time::{Millis, Zone};
use crate::tokens::Tokens;
use chrono_tz::UTC;
use serde_json::{Value, json};

/// Who writes lines: a session's main thread, or one of its subagents.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The session's id.
    pub session: String,
    /// Where it runs.
    pub cwd: String,
    /// The git branch.
    pub branch: String,
    /// The model that answers.
    pub model: String,
    /// The subagent's id and type.
    pub agent: Option<(String, String)>,
}

/// A use of a tool.
#[derive(Clone, Debug)]
pub enum Tool {
    /// Any tool that changes nothing.
    Plain(String),
    /// An edit of a file: lines added and removed.
    Edit(String, usize, usize),
    /// A subagent of this type.
    Agent(String),
}

impl Tool {
    fn name(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Edit(..) => "Edit",
            Self::Agent(_) => "Task",
        }
    }

    fn input(&self) -> Value {
        match self {
            Self::Plain(_) => json!({}),
            Self::Edit(file, ..) => json!({"file_path": file, "old_string": "…", "new_string": "…"}),
            Self::Agent(kind) => json!({"subagent_type": kind, "description": "Look around", "prompt": "…"}),
        }
    }
}

impl Voice {
    /// What a person asks.
    pub fn prompt(&self, id: &str, at: Millis, text: &str) -> String {
        let message = json!({"role": "user", "content": text});
        self.line(at, json!({"type": "user", "uuid": id, "promptId": id, "message": message}))
    }

    /// A response, which may use a tool.
    pub fn response(&self, id: &str, at: Millis, tokens: Tokens, tool: Option<&Tool>) -> String {
        let content = match tool {
            None => json!([{"type": "text", "text": "Done."}]),
            Some(tool) => {
                json!([{"type": "tool_use", "id": format!("toolu_{id}"), "name": tool.name(), "input": tool.input()}])
            }
        };
        let usage = json!({
            "input_tokens": tokens.input,
            "output_tokens": tokens.output,
            "cache_creation_input_tokens": tokens.cache_write(),
            "cache_creation": {
                "ephemeral_5m_input_tokens": tokens.cache_write_5m,
                "ephemeral_1h_input_tokens": tokens.cache_write_1h,
            },
            "cache_read_input_tokens": tokens.cache_read,
            "service_tier": "standard",
        });
        let message = json!({
            "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": self.model,
            "content": content, "stop_reason": if tool.is_some() { "tool_use" } else { "end_turn" }, "usage": usage,
        });
        self.line(
            at,
            json!({"type": "assistant", "uuid": id, "requestId": format!("req_{id}"), "message": message}),
        )
    }

    /// What came of the tool that the response of this id used.
    pub fn result(&self, id: &str, at: Millis, tool: &Tool, failed: bool) -> String {
        let block = json!({
            "type": "tool_result", "tool_use_id": format!("toolu_{id}"), "content": "…", "is_error": failed,
        });
        let report = match tool {
            Tool::Edit(file, added, removed) if !failed => {
                let lines: Vec<&str> =
                    [vec!["-…"; *removed], vec!["+…"; *added]].into_iter().flatten().collect();
                json!({"filePath": file, "structuredPatch": [{"oldStart": 1, "newStart": 1, "lines": lines}]})
            }
            _ => json!({}),
        };
        let message = json!({"role": "user", "content": [block]});
        self.line(
            at,
            json!({"type": "user", "uuid": format!("{id}-r"), "message": message, "toolUseResult": report}),
        )
    }

    /// The title that the session is given.
    pub fn title(&self, title: &str) -> String {
        format!("{}\n", json!({"type": "ai-title", "aiTitle": title, "sessionId": self.session}))
    }

    fn line(&self, at: Millis, fields: Value) -> String {
        let mut line = json!({
            "parentUuid": null, "isSidechain": self.agent.is_some(), "userType": "external", "entrypoint": "cli",
            "cwd": self.cwd, "sessionId": self.session, "version": "2.1.270", "gitBranch": self.branch,
            "timestamp": Zone::Named(UTC).rfc3339(at),
        });
        if let Some((agent, kind)) = &self.agent {
            line["agentId"] = json!(agent);
            line["attributionAgent"] = json!(kind);
        }
        if let Value::Object(fields) = fields {
            for (key, value) in fields {
                line[key] = value;
            }
        }
        format!("{line}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Interner, Parser, Place, State};

    #[test]
    fn what_is_written_can_be_read() {
        let voice = Voice {
            session: "s".into(),
            cwd: "/p".into(),
            branch: "main".into(),
            model: "claude-opus-5".into(),
            agent: None,
        };
        let tokens = Tokens {
            input: 1,
            output: 2,
            cache_write_5m: 3,
            cache_write_1h: 4,
            cache_read: 5,
            ..Tokens::default()
        };
        let edit = Tool::Edit("/p/a.rs".into(), 3, 1);
        let text = [
            voice.prompt("p", 1_000, "Go on."),
            voice.response("a", 2_000, tokens, Some(&edit)),
            voice.result("a", 3_000, &edit, false),
            voice.title("A title"),
        ];
        let (place, mut names) = (Place::of("-p/s.jsonl", 0), Interner::default());
        let mut parser = Parser::new(&place, State::default(), None, &mut names);
        text.iter().for_each(|line| parser.line(line.as_bytes(), 0, false));
        let (batch, _) = parser.take();
        assert_eq!(batch.faults, []);
        let response = &batch.responses[0];
        assert_eq!((response.tokens, response.at, response.finished), (tokens, 2_000, true));
        assert_eq!(&*batch.tools[0].file, "/p/a.rs");
        assert_eq!((batch.outcomes[0].lines_added, batch.outcomes[0].lines_removed), (3, 1));
    }
}
