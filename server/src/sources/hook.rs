//! Hooks of Claude Code: what an event says, what of it is recorded, and how it is answered. Whatever is missing or of
//! another type is not known, and no event is held up for it.

use super::report::{Hooked, is_name};
use crate::transcript::value;
use serde_json::{Value, json};

/// The events that Claude Code had when this was written.
const EVENTS: [&str; 33] = [
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "Notification",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "SessionStart",
    "SessionEnd",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
    "PreModelSwitch",
    "PostModelSwitch",
    "PermissionRequest",
    "PermissionDenied",
    "Setup",
    "TeammateIdle",
    "TaskCreated",
    "TaskCompleted",
    "Elicitation",
    "ElicitationResult",
    "ConfigChange",
    "WorktreeCreate",
    "WorktreeRemove",
    "InstructionsLoaded",
    "CwdChanged",
    "FileChanged",
    "DirectoryAdded",
    "MessageDisplay",
];

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The session's id.
    pub session: Option<String>,
    /// The working directory.
    pub cwd: Option<String>,
    mode: Option<String>,
    reason: Option<String>,
    tool_use: Option<String>,
    duration_ms: Option<i64>,
    /// Letters that went into a tool and came out of it, by four.
    tokens: Option<i64>,
}

impl Event {
    /// Reads an event; `None` for what names none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // Other programs may hand it over from a file.
        let root = value(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))?;
        let text = |key: &str| root[key].as_str().filter(|text| is_name(text)).map(str::to_owned);
        let traffic = [&root["tool_input"], &root["tool_response"]];
        let letters: usize = traffic.into_iter().map(letters).sum();
        Some(Self {
            name: text("hook_event_name")?,
            session: text("session_id"),
            // A path may be longer than a name.
            cwd: root["cwd"].as_str().map(str::to_owned),
            mode: text("permission_mode"),
            reason: text("reason").or_else(|| text("source")),
            tool_use: text("tool_use_id"),
            duration_ms: root["duration_ms"].as_f64().filter(|ms| *ms >= 0.0).map(|ms| ms as i64),
            tokens: (letters > 0).then_some(letters.div_ceil(4) as i64),
        })
    }

    /// Whether this program knows such events.
    pub fn is_known(&self) -> bool {
        EVENTS.contains(&self.name.as_str())
    }

    /// Whether work waits for an answer.
    pub fn awaits_answer(&self) -> bool {
        matches!(self.name.as_str(), "UserPromptSubmit" | "PreToolUse")
    }

    /// What is to be recorded of it.
    pub fn record(&self) -> Option<Hooked> {
        let of_tool = self.name.starts_with("PostToolUse");
        let begins_or_ends = matches!(self.name.as_str(), "SessionStart" | "SessionEnd");
        let measured = of_tool && self.tool_use.is_some();
        if !measured && !begins_or_ends && self.name != "UserPromptSubmit" {
            return None;
        }
        let hooked = Hooked {
            session: self.session.clone()?,
            event: self.name.clone(),
            mode: self.mode.clone().unwrap_or_default(),
            reason: self.reason.clone().filter(|_| begins_or_ends).unwrap_or_default(),
            tool_use: self.tool_use.clone().filter(|_| of_tool).unwrap_or_default(),
            duration_ms: self.duration_ms.filter(|_| of_tool),
            tokens: self.tokens.filter(|_| of_tool),
        };
        hooked.is_sound().then_some(hooked)
    }

    /// The answer that stops what the event asks for, with the reason; `None` for events that cannot be stopped.
    pub fn stop(&self, reason: &str) -> Option<Value> {
        match self.name.as_str() {
            "UserPromptSubmit" => Some(json!({"decision": "block", "reason": reason})),
            // Without the first two Claude would go on by other tools, and each of its turns costs.
            "PreToolUse" => Some(json!({
                "continue": false,
                "stopReason": reason,
                "hookSpecificOutput": {
                    "hookEventName": self.name,
                    "permissionDecision": "deny",
                    "permissionDecisionReason": reason,
                },
            })),
            _ => None,
        }
    }
}

/// How many letters the texts of a value have.
fn letters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(letters).sum(),
        Value::Object(fields) => fields.values().map(letters).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &Value) -> Option<Event> {
        Event::read(value.to_string().as_bytes())
    }

    #[test]
    fn half_a_pair_of_surrogates_hides_no_event() {
        for (prompt, sound) in [
            (r"a\ud83d", true),
            (r"\ude00 \ud83d\ud83d", true),
            (r"\ud83d\ude00", true),
            (r"\\ud83d", true),
            (r"\ud83d\u0041", true),
            (r"\ud8", false),
            (r"\", false),
        ] {
            let text = format!("{{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"{prompt}\"}}");
            assert_eq!(Event::read(text.as_bytes()).is_some(), sound, "{prompt}");
        }
        assert!(Event::read(b"\xef\xbb\xbf{\"hook_event_name\":\"Stop\"}").is_some());
    }

    #[test]
    fn what_is_recorded() {
        let common =
            json!({"session_id": "s", "transcript_path": "/t", "cwd": "/w", "permission_mode": "plan"});
        let recorded = |more: Value| {
            let mut event = common.clone();
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(&event).unwrap().record()
        };
        let said = |event: &str| Hooked {
            session: "s".to_owned(),
            event: event.to_owned(),
            mode: "plan".to_owned(),
            ..Hooked::default()
        };
        let reason = |hooked: Hooked, reason: &str| Hooked { reason: reason.to_owned(), ..hooked };
        for (event, expected) in [
            (
                json!({"hook_event_name": "SessionStart", "source": "resume"}),
                Some(reason(said("SessionStart"), "resume")),
            ),
            (
                json!({"hook_event_name": "SessionEnd", "reason": "logout"}),
                Some(reason(said("SessionEnd"), "logout")),
            ),
            (
                json!({"hook_event_name": "UserPromptSubmit", "prompt": "secret"}),
                Some(said("UserPromptSubmit")),
            ),
            (
                json!({"hook_event_name": "PostToolUse", "tool_use_id": "toolu_1", "duration_ms": 12.4,
                       "tool_input": {"command": "ls"}, "tool_response": {"stdout": "a b c", "n": [1, "xyz"]}}),
                Some(Hooked {
                    tool_use: "toolu_1".to_owned(),
                    duration_ms: Some(12),
                    // Ten letters.
                    tokens: Some(3),
                    ..said("PostToolUse")
                }),
            ),
            (json!({"hook_event_name": "PostToolUse"}), None),
            (
                json!({"hook_event_name": "PreToolUse", "tool_use_id": "toolu_1", "tool_input": {"a": "b"}}),
                None,
            ),
            (json!({"hook_event_name": "Stop"}), None),
            (json!({"hook_event_name": "SomethingNew"}), None),
            (json!({"hook_event_name": "SessionEnd", "session_id": 5}), None),
            (json!({"hook_event_name": "SessionEnd", "session_id": ""}), None),
        ] {
            assert_eq!(recorded(event.clone()), expected, "{event}");
        }
    }

    #[test]
    fn what_is_no_event_is_none() {
        for bytes in ["", "{", "[]", "null", "{}", r#"{"hook_event_name":5}"#, r#"{"hook_event_name":""}"#] {
            assert_eq!(Event::read(bytes.as_bytes()), None, "{bytes}");
        }
        assert!(!read(&json!({"hook_event_name": "New"})).unwrap().is_known());
    }

    #[test]
    fn what_can_be_stopped_is_told_why() {
        let event = |name: &str| read(&json!({"hook_event_name": name})).unwrap();
        assert_eq!(
            event("UserPromptSubmit").stop("why"),
            Some(json!({"decision": "block", "reason": "why"}))
        );
        let answer = event("PreToolUse").stop("why").unwrap();
        assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny");
        assert_eq!(answer["hookSpecificOutput"]["permissionDecisionReason"], "why");
        assert_eq!((&answer["continue"], &answer["stopReason"]), (&json!(false), &json!("why")));
        for name in EVENTS {
            assert_eq!(event(name).stop("why").is_some(), event(name).awaits_answer(), "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
            Event::read(&bytes);
            Event::read(text.as_bytes());
        }
    }
}
