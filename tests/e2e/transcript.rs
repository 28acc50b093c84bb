//! Handmade lines of transcripts, as Claude Code writes them.

use chrono::{DateTime, SecondsFormat, Timelike};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::LazyLock;

/// $3 for a million tokens of input, $15 of output, $0.30 of cache reads, $3.75 and $6 of writes; 200,000 of context.
pub const SONNET: &str = "claude-sonnet-4-5";
/// $1 for a million tokens of input, $5 of output.
pub const HAIKU: &str = "claude-haiku-4-5";

/// Now, in milliseconds.
#[allow(clippy::disallowed_methods, reason = "what is active is so by the clock")]
pub fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// A moment written as `2025-10-01T18:15:00Z`, in milliseconds.
pub fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

/// A time zone in which it is about noon: there no test runs into midnight. It is the same for all processes of a run.
pub fn noon_zone() -> String {
    static HOUR: LazyLock<i64> =
        LazyLock::new(|| i64::from(DateTime::from_timestamp_millis(now()).unwrap().hour()));
    format!("Etc/GMT{:+}", *HOUR - 12)
}

/// What a response used.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub input: i64,
    pub output: i64,
    pub write_5m: i64,
    pub write_1h: i64,
    pub read: i64,
}

impl Usage {
    /// So much input and output, nothing else.
    pub fn of(input: i64, output: i64) -> Self {
        Self { input, output, ..Self::default() }
    }

    fn json(self) -> Value {
        json!({
            "input_tokens": self.input,
            "output_tokens": self.output,
            "cache_creation_input_tokens": self.write_5m + self.write_1h,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.write_5m,
                "ephemeral_1h_input_tokens": self.write_1h,
            },
            "cache_read_input_tokens": self.read,
        })
    }
}

/// Who writes lines: a session's main thread or one of its subagents.
#[derive(Clone)]
pub struct Voice {
    envelope: Value,
    model: &'static str,
}

impl Voice {
    /// The main thread of a session that was started in this folder.
    pub fn new(session: &str, cwd: &Path) -> Self {
        let envelope = json!({
            "sessionId": session,
            "cwd": cwd,
            "version": "2.1.270",
            "gitBranch": "main",
            "entrypoint": "cli",
            "userType": "external",
            "isSidechain": false,
        });
        Self { envelope, model: SONNET }
    }

    /// A subagent of the session.
    pub fn subagent(&self, agent: &str) -> Self {
        self.with("agentId", json!(agent)).with("isSidechain", json!(true))
    }

    /// The same on another branch.
    pub fn branch(&self, branch: &str) -> Self {
        self.with("gitBranch", json!(branch))
    }

    /// The same with another model.
    pub fn model(&self, model: &'static str) -> Self {
        Self { model, ..self.clone() }
    }

    fn with(&self, name: &str, value: Value) -> Self {
        let mut voice = self.clone();
        voice.envelope[name] = value;
        voice
    }

    fn line(&self, at: i64, fields: Value) -> String {
        let mut line = self.envelope.clone();
        let time = DateTime::from_timestamp_millis(at).unwrap();
        line["timestamp"] = json!(time.to_rfc3339_opts(SecondsFormat::Millis, true));
        for (name, value) in fields.as_object().unwrap() {
            line[name] = value.clone();
        }
        format!("{line}\n")
    }

    /// A response with some words.
    pub fn response(&self, id: &str, at: i64, usage: Usage) -> String {
        self.says(id, at, usage, json!([{"type": "text", "text": "Done."}]))
    }

    /// A response that uses these tools.
    pub fn tools(&self, id: &str, at: i64, usage: Usage, tools: &[&str]) -> String {
        let uses = tools.iter().enumerate().map(|(index, name)| {
            json!({"type": "tool_use", "id": format!("toolu_{id}_{index}"), "name": name, "input": {}})
        });
        self.says(id, at, usage, uses.collect())
    }

    fn says(&self, id: &str, at: i64, usage: Usage, content: Value) -> String {
        self.line(
            at,
            json!({
                "type": "assistant",
                "uuid": format!("uuid-{id}"),
                "requestId": format!("req_{id}"),
                "message": {
                    "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": self.model,
                    "content": content, "stop_reason": "end_turn", "usage": usage.json(),
                },
            }),
        )
    }

    /// What a person asks.
    pub fn prompt(&self, id: &str, at: i64) -> String {
        let message = json!({"role": "user", "content": "Please go on."});
        self.line(at, json!({"type": "user", "uuid": format!("uuid-{id}"), "message": message}))
    }

    /// The conversation was made shorter, to so many tokens.
    pub fn compacted(&self, at: i64, tokens: i64) -> String {
        self.line(
            at,
            json!({
                "type": "system", "subtype": "compact_boundary", "content": "Conversation compacted",
                "uuid": format!("uuid-{at}"),
                "compactMetadata": {"trigger": "manual", "preTokens": 150_000, "postTokens": tokens},
            }),
        )
    }

    /// The session is given a title.
    pub fn titled(&self, title: &str) -> String {
        let line = json!({"type": "ai-title", "aiTitle": title, "sessionId": self.envelope["sessionId"]});
        format!("{line}\n")
    }
}
