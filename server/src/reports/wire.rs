//! A report as it goes over the wire: `docs/protocol.md`.

use crate::snapshot::wire::Totals;
use serde::{Deserialize, Serialize};

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Sums over everything that was asked for, whatever the limit on rows.
    pub totals: Totals,
    /// Most recent first where the key is a time or a session, costliest first elsewhere.
    pub rows: Vec<Row>,
    /// The first day; `null` where there is none.
    pub since: Option<String>,
    /// The last day, inclusive.
    pub until: Option<String>,
    /// The zone of the days.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub partial: Option<bool>,
}

/// A row of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What the row is about; empty for what has none.
    pub key: String,
    /// Its sums.
    #[serde(flatten)]
    pub totals: Totals,
    /// What else is known; not in rows about times.
    #[serde(flatten)]
    pub extra: Option<Extra>,
    /// Its parts by the second key; only where one was asked for. They sum to the row in tokens and cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub parts: Option<Vec<Part>>,
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// What the part is about; empty for what has none.
    pub key: String,
    /// Its sums.
    #[serde(flatten)]
    pub totals: Totals,
}

/// What is known of a session, project, model, agent, skill, tool or MCP server beyond its sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Extra {
    /// The title of a session, in reports by session; absent elsewhere and where it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub title: Option<String>,
    /// The folder that a session was started in, in reports by session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub project: Option<String>,
    /// The first response's time (a session's first line).
    pub started_at: Option<String>,
    /// The last response's time (a session's last line).
    pub last_activity_at: Option<String>,
    /// From a session's first to its last line, in milliseconds.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub duration_ms: Option<i64>,
    /// Time that Claude Code says it waited for the API, in milliseconds.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub api_ms: Option<i64>,
    /// Half of the responses took no longer, in milliseconds.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub response_ms_p50: Option<i64>,
    /// Nineteen of twenty responses took no longer, in milliseconds.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub response_ms_p95: Option<i64>,
    /// Lines that edits added.
    #[cfg_attr(test, ts(type = "number"))]
    pub lines_added: i64,
    /// Lines that edits removed.
    #[cfg_attr(test, ts(type = "number"))]
    pub lines_removed: i64,
    /// Uses of tools.
    #[cfg_attr(test, ts(type = "number"))]
    pub tool_calls: i64,
    /// Distinct files that were edited.
    #[cfg_attr(test, ts(type = "number"))]
    pub files_modified: i64,
    /// Uses of the tool, skill or server; runs of the agent.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub uses: Option<i64>,
    /// Uses that failed.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub failures: Option<i64>,
    /// Tokens of all classes for one use.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub avg_tokens: Option<i64>,
    /// Cost against the equally long range before, in percent: of agents, skills, tools and MCP servers, where the range
    /// has both ends and something was spent before.
    pub change_percent: Option<f64>,
}
