//! Lines of transcripts, made by hand.

use serde_json::{Value, json};

/// An assistant's line; what is not set is as in a plain main-thread line. The session is `s1`, the counts are 1 input,
/// 20 output, 300 cache writes of five minutes, 4,000 cache reads.
pub fn assistant(id: &str) -> Line {
    Line(json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/home/ada/app", "sessionId": "s1",
        "version": "2.1.270", "gitBranch": "main", "type": "assistant", "requestId": format!("req_{id}"),
        "uuid": format!("u-{id}"), "timestamp": "2026-11-02T10:00:00.000Z",
        "message": {
            "model": "claude-opus-4-6", "id": id, "type": "message", "role": "assistant",
            "content": [{"type": "text", "text": "OK"}], "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 1, "output_tokens": 20, "cache_creation_input_tokens": 300,
                "cache_read_input_tokens": 4000, "service_tier": "standard", "speed": "standard",
            },
        },
    }))
}

/// A prompt of session `s1`.
pub fn prompt(text: &str) -> Line {
    Line(json!({
        "parentUuid": null, "isSidechain": false, "cwd": "/home/ada/app", "sessionId": "s1", "version": "2.1.270",
        "gitBranch": "main", "type": "user", "uuid": format!("p-{text}"), "timestamp": "2026-11-02T10:00:00.000Z",
        "message": {"role": "user", "content": text},
    }))
}

/// The result of a use of a tool, with what the tool reported beside it.
pub fn tool_result(tool_use: &str, report: Value) -> Line {
    prompt(tool_use)
        .set("/message/content", json!([{"type": "tool_result", "tool_use_id": tool_use, "content": "done"}]))
        .set("/toolUseResult", report)
}

/// A line that is being made.
#[derive(Clone)]
pub struct Line(pub Value);

impl Line {
    /// Sets the value at a path of keys, and makes it where it is missing.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let (parent, key) = path.rsplit_once('/').unwrap();
        let parent = self.0.pointer_mut(parent).unwrap();
        parent[key] = value.into();
        self
    }

    /// Sets the output count.
    pub fn output(self, output: i64) -> Self {
        self.set("/message/usage/output_tokens", output)
    }

    /// A line that did not end its response.
    pub fn unfinished(self) -> Self {
        self.set("/message/stop_reason", Value::Null)
    }

    /// A line of a subagent.
    pub fn agent(self, agent: &str) -> Self {
        self.set("/isSidechain", true).set("/agentId", agent)
    }

    /// The object without a newline.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// The line with its newline.
    pub fn line(&self) -> String {
        format!("{}\n", self.0)
    }
}

/// Several lines with their newlines.
pub fn lines<'a>(lines: impl IntoIterator<Item = &'a Line>) -> String {
    lines.into_iter().map(Line::line).collect()
}
