//! What Claude Code's telemetry says, as records: requests one by one, and counters.

use super::record::{MOST_TOKENS, TokenCounts};
use super::report::{LONGEST_MS, LONGEST_NAME, MOST_COST, is_name};
use crate::money::{NanoUsd, nanos};
use serde::{Deserialize, Serialize};

/// What a request was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The main thread: transcripts have it.
    #[default]
    Main,
    /// A subagent: transcripts have it.
    Subagent,
    /// A compaction.
    Compaction,
    /// A helper: titles, summaries, checks.
    Helper,
}

impl Kind {
    /// By the name that telemetry has for what asked. Names differ between events, which say more, and counters
    /// (Claude Code's documentation, "Monitoring").
    pub fn of(source: &str) -> Self {
        match source {
            "main" | "sdk" => Self::Main,
            "subagent" | "agent" => Self::Subagent,
            "compact" => Self::Compaction,
            source if source.starts_with("repl_main_thread") => Self::Main,
            source if source.starts_with("agent:") => Self::Subagent,
            _ => Self::Helper,
        }
    }

    /// Whether transcripts tell of such requests.
    pub const fn is_in_transcripts(self) -> bool {
        matches!(self, Self::Main | Self::Subagent)
    }
}

/// A request to the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Requested {
    /// The session's id.
    pub session: String,
    /// The request's id, as transcripts have it; empty where it is not known.
    pub request: String,
    /// What makes the event one where the request's id is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// The model's id.
    pub model: String,
    /// What it was for.
    #[serde(rename = "for")]
    pub kind: Kind,
    /// The skill at work.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub skill: String,
    /// The MCP server at work.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mcp_server: String,
    /// `standard` or `fast`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub speed: String,
    /// How Claude Code was started.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entrypoint: String,
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What was used.
    #[serde(flatten)]
    pub counts: TokenCounts,
    /// What Claude Code says that it cost.
    #[serde(skip_serializing_if = "Option::is_none", with = "nanos::option")]
    pub cost: Option<NanoUsd>,
    /// How long the response took to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

impl Requested {
    /// Whether it can be.
    pub fn is_sound(&self) -> bool {
        let names =
            [&self.request, &self.skill, &self.mcp_server, &self.speed, &self.entrypoint, &self.version];
        is_name(&self.session)
            && is_name(&self.model)
            && names.into_iter().all(|name| name.len() <= LONGEST_NAME)
            && !(self.request.is_empty() && self.event.is_empty())
            && self.counts.is_sound()
            && can_cost(self.cost)
            && self.duration_ms.is_none_or(|ms| (0..=LONGEST_MS).contains(&ms))
    }
}

/// Whether a session can cost so much.
fn can_cost(cost: Option<NanoUsd>) -> bool {
    cost.is_none_or(|cost| (NanoUsd::ZERO..=MOST_COST).contains(&cost))
}

/// What a counter counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counted {
    /// Tokens and money of helpers.
    #[default]
    Usage,
    /// Milliseconds that the user was at work.
    ActiveUser,
    /// Milliseconds that Claude Code was at work.
    ActiveCli,
    /// Commits that were made.
    Commits,
    /// Pull requests that were made.
    PullRequests,
}

impl Counted {
    /// Its name in records and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::ActiveUser => "activeUser",
            Self::ActiveCli => "activeCli",
            Self::Commits => "commits",
            Self::PullRequests => "pullRequests",
        }
    }
}

/// A point of a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metered {
    /// The session's id.
    pub session: String,
    /// What makes the counter one: a hash, of its beginning too where it is cumulative.
    pub series: i64,
    /// What it counts.
    pub counted: Counted,
    /// It says how much it was since it began; else how much it was since the point before.
    pub cumulative: bool,
    /// Milliseconds, or how many.
    pub amount: i64,
    /// Of usage: the model's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Of usage: `standard` or `fast`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub speed: String,
    /// Of usage: what was used.
    #[serde(flatten)]
    pub counts: TokenCounts,
    /// Of usage: what Claude Code says that it cost.
    #[serde(skip_serializing_if = "Option::is_none", with = "nanos::option")]
    pub cost: Option<NanoUsd>,
}

impl Metered {
    /// Whether it can be.
    pub fn is_sound(&self) -> bool {
        let usage = self.counted == Counted::Usage;
        is_name(&self.session)
            && (0..=MOST_TOKENS).contains(&self.amount)
            && usage == is_name(&self.model)
            && self.speed.len() <= LONGEST_NAME
            && self.counts.is_sound()
            && can_cost(self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asked_by_its_name() {
        for (source, kind) in [
            ("repl_main_thread", Kind::Main),
            ("repl_main_thread:outputStyle:custom", Kind::Main),
            ("sdk", Kind::Main),
            ("main", Kind::Main),
            ("agent:builtin:Explore", Kind::Subagent),
            ("subagent", Kind::Subagent),
            ("compact", Kind::Compaction),
            ("auxiliary", Kind::Helper),
            ("generate_session_title", Kind::Helper),
            ("", Kind::Helper),
        ] {
            assert_eq!(Kind::of(source), kind, "{source}");
        }
    }
}
