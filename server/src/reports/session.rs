//! One session in full.

use super::{By, Row, Tally, TurnRow, TurnTally, rows, totals, turns};
use crate::money::NanoUsd;
use crate::pricing::PriceTable;
use crate::snapshot::wire::{Context, State, Subagent, Totals};
use crate::snapshot::{self, SessionRow};
use crate::time::{Millis, Zone};
use serde::{Deserialize, Serialize};

/// A session with its turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionReport {
    /// Its id.
    pub id: String,
    /// Its title, given by the user or made by Claude Code.
    pub title: Option<String>,
    /// The working directory of its first main line.
    pub project: Option<String>,
    /// The git branch of its latest line.
    pub branch: Option<String>,
    /// The model of its latest main-thread response, as written.
    pub model: Option<String>,
    /// Claude Code's version on its latest line.
    pub version: Option<String>,
    /// Its first line's time.
    pub started_at: Option<String>,
    /// Its latest line's time.
    pub last_activity_at: Option<String>,
    /// Between the two, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Time that Claude Code says it waited for the API, in milliseconds.
    pub api_ms: Option<i64>,
    /// What Claude Code says that it cost, with requests that are in no transcript.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub own_usd: Option<NanoUsd>,
    /// How long its user was at work in it, in milliseconds, as Claude Code's telemetry says.
    pub user_active_ms: Option<i64>,
    /// How long Claude Code was, in the same way.
    pub active_ms: Option<i64>,
    /// Commits that it made, in the same way.
    pub commits: Option<i64>,
    /// Pull requests that it made, in the same way.
    pub pull_requests: Option<i64>,
    /// How long half of its responses took at most, in milliseconds, of those whose time telemetry told.
    pub response_ms_p50: Option<i64>,
    /// How long 95 of 100 took at most.
    pub response_ms_p95: Option<i64>,
    /// Whether it is at work.
    pub state: State,
    /// How full its context is.
    pub context: Context,
    /// Its sums.
    pub totals: Totals,
    /// Its turns, in the order of their prompts; they sum to the session.
    pub turns: Vec<TurnRow>,
    /// Its subagents, most recent first.
    pub subagents: Vec<Subagent>,
    /// By model.
    pub models: Vec<Row>,
    /// By branch.
    pub branches: Vec<Row>,
    /// By type of subagent; the main thread has the empty key.
    pub agents: Vec<Row>,
    /// By skill.
    pub skills: Vec<Row>,
    /// By tool.
    pub tools: Vec<Row>,
    /// By MCP server.
    pub mcp: Vec<Row>,
    /// By file that was edited.
    pub files: Vec<Row>,
    /// The zone of the times.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<bool>,
}

/// What Claude Code's telemetry counts of a session; `None` where it said nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// How long the user was at work, in milliseconds.
    pub user_ms: Option<i64>,
    /// How long Claude Code was.
    pub work_ms: Option<i64>,
    /// Commits that it made.
    pub commits: Option<i64>,
    /// Pull requests that it made.
    pub pull_requests: Option<i64>,
}

/// What the store knows of a session.
#[derive(Clone, Debug, Default)]
pub struct SessionFacts {
    /// The session, with all its subagents.
    pub row: SessionRow,
    /// Its project; empty where it is not known.
    pub project: String,
    /// Time that Claude Code says it waited for the API.
    pub api_ms: Option<i64>,
    /// What Claude Code says that it cost.
    pub own_cost: Option<NanoUsd>,
    /// What its telemetry counts.
    pub counters: Counters,
    /// All of it.
    pub total: Tally,
    /// Its turns, in no order.
    pub turns: Vec<TurnTally>,
    /// Its parts by each key of [`SessionFacts::KEYS`], in no order.
    pub parts: [Vec<(String, Tally)>; 7],
}

impl SessionFacts {
    /// What a session is taken apart by.
    pub const KEYS: [By; 7] = [By::Model, By::Branch, By::Agent, By::Skill, By::Tool, By::Mcp, By::File];
}

/// Makes the report of a session.
pub fn session(facts: SessionFacts, now: Millis, zone: &Zone, prices: &PriceTable) -> SessionReport {
    let shown = snapshot::session(&facts.row, now, zone, prices);
    let known = |text: String| (!text.is_empty()).then_some(text);
    let (started, last) = (facts.row.started, facts.row.last);
    let mut keys = SessionFacts::KEYS.into_iter();
    let [models, branches, agents, skills, tools, mcp, files] =
        facts.parts.map(|part| keys.next().map_or_else(Vec::new, |by| rows(by, None, zone, part, None)));
    SessionReport {
        id: shown.id,
        title: shown.title,
        project: known(facts.project),
        branch: shown.branch,
        model: shown.model,
        version: known(facts.row.version),
        started_at: started.map(|at| zone.rfc3339(at)),
        last_activity_at: shown.last_activity_at,
        duration_ms: started.zip(last).map(|(started, last)| last - started),
        api_ms: facts.api_ms,
        own_usd: facts.own_cost,
        user_active_ms: facts.counters.user_ms,
        active_ms: facts.counters.work_ms,
        commits: facts.counters.commits,
        pull_requests: facts.counters.pull_requests,
        response_ms_p50: facts.total.percentile(50),
        response_ms_p95: facts.total.percentile(95),
        state: shown.state,
        context: shown.context,
        totals: totals(&facts.total),
        turns: turns(facts.turns, zone),
        subagents: shown.subagents,
        models,
        branches,
        agents,
        skills,
        tools,
        mcp,
        files,
        timezone: zone.name(),
        partial: None,
    }
}
