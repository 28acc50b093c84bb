//! `Status` as it goes over the wire, to editors, files and terminals: `docs/protocol.md`.
//!
//! Money is a decimal number of US dollars, a time is RFC 3339 with the offset of the user's zone, and what is not known
//! is `null`.

use crate::alerts::wire::AlertNotice;
use crate::budgets::Urgency;
use crate::limits::Source;
use crate::money::NanoUsd;
use crate::sums::Sums;
use serde::{Deserialize, Serialize};

/// The version of this shape; it grows when a field changes its meaning.
pub const VERSION: u32 = 1;

/// Everything an editor shows at a glance. `workspace` and `sessions` are about the client's folders, the rest is about
/// everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The version of this shape.
    pub version: u32,
    /// Grows with every change of the content; one revision has the same content wherever it is asked for.
    #[cfg_attr(test, ts(type = "number"))]
    pub revision: i64,
    /// When this copy was made.
    pub generated_at: String,
    /// What a status line shows: `$3.42 · ctx 41%`.
    pub text: String,
    /// How urgent it is.
    pub severity: Severity,
    /// The client's folders.
    pub workspace: Workspace,
    /// The latest sessions of the client's folders, most recent first.
    pub sessions: Vec<Session>,
    /// Since midnight.
    pub today: Totals,
    /// Since the week began.
    pub week: Totals,
    /// Since the month began.
    pub month: Totals,
    /// All that is known.
    pub all_time: Totals,
    /// The present rate.
    pub burn: Burn,
    /// The budgets in force.
    pub budgets: Vec<Budget>,
    /// Plan limits as far as someone told of them, the shortest window first.
    pub limits: Vec<Limit>,
    /// What holds now and nobody has acknowledged or snoozed: of each matter the gravest.
    pub alerts: Vec<AlertNotice>,
    /// How the numbers came about.
    pub health: Health,
}

impl Status {
    /// Whether another one says the same; when each was made does not count.
    pub fn says_as(&self, other: &Self) -> bool {
        *self == Self { generated_at: self.generated_at.clone(), ..other.clone() }
    }
}

/// How urgent a status is; it decides a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Nothing calls for attention.
    Ok,
    /// Something will soon.
    Warning,
    /// Something does.
    Error,
    /// The numbers are not up to date.
    Stale,
}

/// What concerns the client's folders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The first folder; `null` for a client without one.
    pub project: Option<String>,
    /// Cost since midnight of the sessions in the folders and the other worktrees of their repositories; `null` without
    /// a folder.
    #[cfg_attr(test, ts(type = "number | null"), schemars(with = "Option<f64>"))]
    pub today_usd: Option<NanoUsd>,
    /// The latest session there.
    pub session: Option<SessionBrief>,
    /// That session's context.
    pub context: Option<Context>,
}

/// The session that a client most likely looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SessionBrief {
    /// Its id.
    pub id: String,
    /// Its title, given by the user or made by Claude Code.
    pub title: Option<String>,
    /// The model of its latest main-thread response, as written.
    pub model: Option<String>,
    /// What it cost, its subagents included.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Its first line's time.
    pub started_at: Option<String>,
    /// Its latest line's time.
    pub last_activity_at: Option<String>,
    /// Its main thread spoke within the last 15 minutes.
    pub active: bool,
}

/// How full a session's context is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// Tokens of the latest prompt; `null` after a compaction that did not say.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub used_tokens: Option<i64>,
    /// The model's window; `null` for a model that is not known.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub window_tokens: Option<i64>,
    /// Used part of the window, 0–100 and beyond where the window was misjudged.
    pub used_percent: Option<f64>,
    /// Where Claude Code compacts by itself.
    pub auto_compact_percent: Option<f64>,
    /// Who says so.
    pub source: ContextSource,
}

/// Where the numbers of a context come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ContextSource {
    /// Claude Code reported them.
    Statusline,
    /// Worked out from the transcript and the model's usual window.
    Inferred,
    /// Nothing is known.
    Unknown,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The folder that it was started in.
    pub project: Option<String>,
    /// The model of its latest main-thread response, as written.
    pub model: Option<String>,
    /// The git branch of its latest line.
    pub branch: Option<String>,
    /// What it cost, its subagents included.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Its context.
    pub context: Context,
    /// Its latest line's time.
    pub last_activity_at: Option<String>,
    /// Whether it is at work.
    pub state: State,
    /// Its subagents, most recent first.
    pub subagents: Vec<Subagent>,
    /// Its prompt cache; `null` where Claude Code told of none.
    pub cache: Option<Cache>,
}

/// A session's prompt cache, as Claude Code's status line tells of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Cache {
    /// The next turn reads it.
    pub warm: bool,
    /// When it goes cold, or went.
    pub expires_at: String,
    /// What writing it anew costs once it is cold; `null` where that is not known.
    #[cfg_attr(test, ts(type = "number | null"), schemars(with = "Option<f64>"))]
    pub cold_cost_usd: Option<NanoUsd>,
}

/// Whether a session or subagent is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// A line within the last 15 minutes.
    Active,
    /// Silent for longer.
    Idle,
    /// Silent for five hours, or said to be over.
    Ended,
}

/// One subagent of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Subagent {
    /// Its id.
    pub id: String,
    /// Its type.
    pub r#type: Option<String>,
    /// What it cost.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Whether it is at work.
    pub state: State,
}

/// Sums over responses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "camelCase"))]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Cost at list price.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Prompt tokens from no cache.
    #[cfg_attr(test, ts(type = "number"))]
    pub input_tokens: i64,
    /// Generated tokens.
    #[cfg_attr(test, ts(type = "number"))]
    pub output_tokens: i64,
    /// Tokens written to caches of both lifetimes.
    #[cfg_attr(test, ts(type = "number"))]
    pub cache_write_tokens: i64,
    /// The part of them written for an hour.
    #[cfg_attr(test, ts(type = "number"))]
    pub cache_write1h_tokens: i64,
    /// Tokens read from a cache.
    #[cfg_attr(test, ts(type = "number"))]
    pub cache_read_tokens: i64,
    /// All of them.
    #[cfg_attr(test, ts(type = "number"))]
    pub total_tokens: i64,
    /// Responses.
    #[cfg_attr(test, ts(type = "number"))]
    pub messages: i64,
    /// Sessions that they belong to.
    #[cfg_attr(test, ts(type = "number"))]
    pub sessions: i64,
    /// Web searches on the server.
    #[cfg_attr(test, ts(type = "number"))]
    pub web_searches: i64,
    /// Records of a model that the price table does not know: their tokens count, their cost is not known.
    #[cfg_attr(test, ts(type = "number"))]
    pub unpriced_messages: i64,
    /// Responses whose output count no line finished: they cost at least what is said.
    #[cfg_attr(test, ts(type = "number"))]
    pub lower_bound_messages: i64,
}

impl Totals {
    /// The totals of a sum.
    pub fn new(sums: &Sums, sessions: i64) -> Self {
        Self {
            cost_usd: sums.cost,
            input_tokens: sums.tokens.input,
            output_tokens: sums.tokens.output,
            cache_write_tokens: sums.tokens.cache_write(),
            cache_write1h_tokens: sums.tokens.cache_write_1h,
            cache_read_tokens: sums.tokens.cache_read,
            total_tokens: sums.tokens.total(),
            messages: sums.messages,
            sessions,
            web_searches: sums.tokens.web_searches,
            unpriced_messages: sums.unpriced,
            lower_bound_messages: sums.lower_bound,
        }
    }
}

/// The present rate of spending; `null` where nothing was spent lately.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Burn {
    /// Dollars an hour over the last hour (over the window so far where that is shorter).
    pub usd_per_hour: Option<f64>,
    /// Tokens of all classes a minute, over the same time.
    pub tokens_per_minute: Option<f64>,
    /// The five-hour window that runs.
    pub block: Option<Block>,
}

/// A five-hour window: it starts with the first response after the last one ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Its first response's time.
    pub started_at: String,
    /// Five hours later.
    pub ends_at: String,
    /// Cost so far.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Cost at its end if the present rate goes on.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub projected_usd: NanoUsd,
}

/// A budget and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Its number, for `costline.removeBudget`.
    #[cfg_attr(test, ts(type = "number"))]
    pub id: i64,
    /// Whose spending counts: `all`, `project`, `model` or `branch`.
    pub scope: String,
    /// Which project, model or branch; `null` for all.
    pub name: Option<String>,
    /// `day`, `week`, `month`, `cycle`, `block` (the five-hour window) or `session`.
    pub period: String,
    /// How much may be spent.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub limit_usd: NanoUsd,
    /// What was spent in the period that runs; of a session's budget, by the client's latest session.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub spent_usd: NanoUsd,
    /// How many responses in it have no known price: more was spent. 0 for a session's.
    #[serde(default)]
    #[cfg_attr(test, ts(type = "number"))]
    pub unpriced_messages: i64,
    /// The used part, 0–100 and beyond.
    pub used_percent: f64,
    /// By the highest threshold that is reached.
    pub severity: Urgency,
    /// When it begins anew; `null` for a session's, and while no five-hour window runs.
    pub resets_at: Option<String>,
    /// When it is used up at the present rate, or was; `null` where that is not before it begins anew.
    pub exhausted_at: Option<String>,
    /// Work stops when it is used up.
    pub hard: bool,
    /// Parts of it in percent at which a word is said.
    pub thresholds: Vec<u32>,
    /// Where it was set: `command` or `config`.
    pub source: String,
}

/// One limit of a plan, as it was last reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    /// The window: `fiveHour`, `sevenDay`, `sevenDayOpus`, `spend`, or another that Claude Code reports.
    pub window: String,
    /// Used part of it, 0–100 and beyond where it was exceeded.
    pub used_percent: f64,
    /// When it begins anew; beyond that the limit is not listed until it is reported again.
    pub resets_at: Option<String>,
    /// When that was so.
    pub reported_at: String,
    /// Who said so.
    pub source: Source,
    /// When it is used up at the present rate, or was; `null` where it is not before its reset, or nobody can tell.
    pub exhausted_at: Option<String>,
}

/// How the numbers came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The process that reads transcripts; `null` where none is known.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub leader_pid: Option<i64>,
    /// What this process does.
    pub role: Role,
    /// How changes are noticed.
    pub watch: Watch,
    /// When transcripts were last read into the database.
    pub last_ingest_at: Option<String>,
    /// What is not right, each in a sentence.
    pub problems: Vec<String>,
}

/// Whether a process reads transcripts or follows another one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// It reads transcripts.
    Leader,
    /// It follows the database.
    Follower,
}

/// How changes of transcripts are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Watch {
    /// The operating system tells.
    Events,
    /// Folders are looked at every two seconds.
    Polling,
}
