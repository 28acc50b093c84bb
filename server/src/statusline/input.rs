//! The JSON that Claude Code hands to a status line, of any version: the only place that names its keys. Whatever is missing,
//! null, of another type or beyond reason is not known; the rest still counts.

use crate::limits::{basis_points, window_of};
use crate::money::NanoUsd;
use crate::time::{Millis, parse_millis};
use serde_json::Value;

/// Longer names are cut: a line has no room for them.
const LONGEST: usize = 200;
/// No context is larger, in tokens.
const MOST_TOKENS: i64 = 1_000_000_000;
/// No session costs more, in dollars.
const MOST_DOLLARS: f64 = 1_000_000.0;
/// More windows than any plan has.
const MOST_WINDOWS: usize = 16;
/// Seconds since the epoch lie between 2001 and 2286; what has more digits is none.
const SECONDS: std::ops::Range<f64> = 1e9..1e10;

/// What Claude Code says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The session's id.
    pub session: Option<String>,
    /// The session's name, given by the user.
    pub title: Option<String>,
    /// The working directory.
    pub cwd: Option<String>,
    /// The directory that the session was started in.
    pub project: Option<String>,
    /// The session's transcript.
    pub transcript: Option<String>,
    /// The model's id.
    pub model: Option<String>,
    /// The model's name for people.
    pub model_name: Option<String>,
    /// Claude Code's version.
    pub version: Option<String>,
    /// The style of the output.
    pub style: Option<String>,
    /// Claude Code's own total of the session.
    pub cost: Option<NanoUsd>,
    /// How long the session has run.
    pub duration: Option<Millis>,
    /// How long the API was waited for.
    pub api_duration: Option<Millis>,
    /// Lines added and removed.
    pub lines: Option<(i64, i64)>,
    /// The context window in tokens.
    pub window: Option<i64>,
    /// Tokens in the context; `None` before the first response and after a compaction.
    pub used: Option<i64>,
    /// Used part of the context in percent, as Claude Code says.
    pub used_percent: Option<f64>,
    /// The prompt cache.
    pub cache: Option<PromptCache>,
    /// How much of the plan is used.
    pub limits: Vec<Limit>,
    /// Fast mode is on.
    pub fast: bool,
    /// The level of effort.
    pub effort: Option<String>,
    /// Thinking is on.
    pub thinking: bool,
    /// The mode of vim's keys.
    pub vim: Option<String>,
    /// The agent that the session runs as.
    pub agent: Option<String>,
    /// The number of the pull request.
    pub pull_request: Option<i64>,
    /// The worktree's name.
    pub worktree: Option<String>,
    /// The worktree's branch.
    pub branch: Option<String>,
}

/// How much of a window of the plan is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as `limits::window_of` makes it.
    pub window: String,
    /// Hundredths of a percent.
    pub used: u32,
    /// When it ends.
    pub resets_at: Option<Millis>,
}

/// The prompt cache of the main conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromptCache {
    /// When it goes cold, or went; `None` where nothing is cached.
    pub until: Option<Millis>,
    /// What is written to it is kept for an hour.
    pub hour: bool,
    /// The tokens that the next turn writes anew once it is cold.
    pub tokens: Option<i64>,
}

impl Input {
    /// Reads it; of what is no JSON object nothing is known.
    pub fn read(bytes: &[u8]) -> Self {
        let root: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let (model, workspace, cost) = (&root["model"], &root["workspace"], &root["cost"]);
        let context = &root["context_window"];
        let window = count(&context["context_window_size"]).filter(|window| *window > 0);
        let used_percent = number(&context["used_percentage"]).filter(|used| (0.0..=1_000.0).contains(used));
        Self {
            session: text(&root["session_id"]),
            title: text(&root["session_name"]),
            cwd: text(&workspace["current_dir"]).or_else(|| text(&root["cwd"])),
            project: text(&workspace["project_dir"]).or_else(|| text(&root["cwd"])),
            transcript: text(&root["transcript_path"]),
            model: text(&model["id"]),
            // Up to 1.0.70 or so it was the name alone.
            model_name: text(&model["display_name"]).or_else(|| text(model)),
            version: text(&root["version"]),
            style: text(&root["output_style"]["name"]),
            cost: number(&cost["total_cost_usd"])
                .filter(|cost| (0.0..=MOST_DOLLARS).contains(cost))
                .map(NanoUsd::from_dollars),
            duration: count(&cost["total_duration_ms"]),
            api_duration: count(&cost["total_api_duration_ms"]),
            lines: count(&cost["total_lines_added"]).zip(count(&cost["total_lines_removed"])),
            window,
            used: used(&context["current_usage"]).or_else(|| Some(share(window?, used_percent?))),
            used_percent,
            cache: cache(&root["prompt_cache"]),
            limits: limits(&root["rate_limits"]),
            fast: root["fast_mode"] == true,
            effort: text(&root["effort"]["level"]),
            thinking: root["thinking"]["enabled"] == true,
            vim: text(&root["vim"]["mode"]),
            agent: text(&root["agent"]["name"]),
            pull_request: count(&root["pr"]["number"]),
            worktree: text(&root["worktree"]["name"]).or_else(|| text(&workspace["git_worktree"])),
            branch: text(&root["worktree"]["branch"]),
        }
    }
}

/// A text without what would move a terminal's cursor, or colour it; `None` for what says nothing.
fn text(value: &Value) -> Option<String> {
    let clean: String = value.as_str()?.chars().filter(|letter| !is_hidden(*letter)).take(LONGEST).collect();
    (!clean.trim().is_empty()).then_some(clean)
}

/// Whether a character shows nothing of its own and changes how others show: control characters, and those that turn the
/// direction of writing.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

fn count(value: &Value) -> Option<i64> {
    let whole = number(value)?.round();
    (0.0..=1e15).contains(&whole).then_some(whole as i64).filter(|count| *count <= MOST_TOKENS * 1_000)
}

/// A moment: Unix seconds, or RFC 3339 as elsewhere.
fn moment(value: &Value) -> Option<Millis> {
    match value {
        Value::String(text) => parse_millis(text),
        other => {
            number(other).filter(|seconds| SECONDS.contains(seconds)).map(|seconds| seconds as Millis * 1_000)
        }
    }
}

/// The prompt of the latest response: what was read and written, the answer left out. A part that is missing is none; one of
/// another type makes the whole unknown.
fn used(usage: &Value) -> Option<i64> {
    let usage = usage.as_object()?;
    let part = |key: &str| match usage.get(key) {
        None | Some(Value::Null) => Some(0),
        Some(value) => count(value),
    };
    usage.get("input_tokens")?.as_f64()?;
    let sum = part("input_tokens")? + part("cache_creation_input_tokens")? + part("cache_read_input_tokens")?;
    (sum <= MOST_TOKENS).then_some(sum)
}

#[allow(clippy::float_arithmetic, reason = "a percentage is no sum")]
fn share(window: i64, percent: f64) -> i64 {
    (window as f64 * percent / 100.0).round() as i64
}

fn cache(cache: &Value) -> Option<PromptCache> {
    let fields = cache.as_object()?;
    // Without one of these it is no cache that anything is known of.
    let until = moment(&cache["expires_at"]);
    if until.is_none() && !fields.get("expires_at").is_some_and(Value::is_null) {
        return None;
    }
    Some(PromptCache {
        until,
        hour: cache["ttl"] == "1h",
        tokens: count(&cache["recache_tokens_if_cold"]).filter(|tokens| *tokens <= MOST_TOKENS),
    })
}

fn limits(limits: &Value) -> Vec<Limit> {
    let mut found: Vec<Limit> = Vec::new();
    for (key, limit) in limits.as_object().into_iter().flatten() {
        let used = number(&limit["used_percentage"]).and_then(basis_points);
        let (Some(window), Some(used)) = (window_of(key), used) else { continue };
        if found.len() < MOST_WINDOWS && found.iter().all(|held| held.window != window) {
            found.push(Limit { window, used, resets_at: moment(&limit["resets_at"]) });
        }
    }
    found
}

#[cfg(test)]
pub(in crate::statusline) mod tests;
