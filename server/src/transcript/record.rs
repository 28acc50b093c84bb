//! What transcripts say, without their JSON: the values that travel from a file to the store.

use crate::limits::PlanLimit;
use crate::money::NanoUsd;
use crate::time::Millis;
use crate::tokens::Tokens;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A shared string: names of models, sessions, branches repeat on every line.
pub type Name = Arc<str>;

/// What the lines of a stretch of work have in common, and a response inherits from the line that owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The session's id.
    pub session: Name,
    /// Whether the line lies beside the main conversation (a subagent's work).
    pub sidechain: bool,
    /// The subagent's id; empty in the main thread and in old inline sidechains.
    pub agent: Name,
    /// The git branch; empty where the line has none.
    pub branch: Name,
    /// How Claude Code was started (`cli`, `sdk-py`, `claude-vscode` …).
    pub entrypoint: Name,
    /// Claude Code's version.
    pub version: Name,
    /// The permission mode in force.
    pub permission_mode: Name,
    /// The skill at work.
    pub skill: Name,
    /// The MCP server whose results the request consumed.
    pub mcp_server: Name,
}

/// Which part of a response is billed by a record of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The response itself: its top-level counts.
    #[default]
    Whole,
    /// An iteration that compacted the conversation on the server.
    Compaction,
    /// An iteration of an advisor, at a model of its own.
    Advisor,
    /// A request beside the conversation, of which no transcript tells: a title, a summary, a check of a command.
    Helper,
}

/// The line that a response belongs to, and the order in which lines may own it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The line says that it is a copy of another session's.
    pub copied: bool,
    /// When the line's file was made, in milliseconds since the epoch.
    pub born: Millis,
    /// The line's file.
    pub file: Name,
    /// Where the line begins in its file, in bytes.
    pub offset: u64,
    /// What the line hands to the response.
    pub origin: Arc<Origin>,
    /// The prompt that the response answers; empty where it is not known.
    pub turn: Name,
}

/// One response (or a part of it that is billed apart) as far as some of its lines tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// What makes it one response: see `dedupe::key`.
    pub key: Box<str>,
    /// Which part of the response it is.
    pub part: Part,
    /// The request's id; empty where it is not known.
    pub request: Box<str>,
    /// The model's id as written.
    pub model: Name,
    /// What was used: the greatest count of each class over the lines.
    pub tokens: Tokens,
    /// The earliest line's time.
    pub at: Millis,
    /// Some line has a stop reason: the output count is final.
    pub finished: bool,
    /// Known only from a copy inside a progress line.
    pub embedded: bool,
    /// `standard` or `fast`; empty where it is not known.
    pub speed: Name,
    /// Where inference ran (`us`, `global` …).
    pub geo: Name,
    /// The service tier (`standard`, `priority`, `batch`).
    pub tier: Name,
    /// The line that owns it.
    pub owner: Owner,
}

/// One use of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolUse {
    /// A hash of the use's id, the same wherever a copy of the line lies.
    pub id: i64,
    /// Key of the response that asked for it.
    pub response: Box<str>,
    /// The tool's name.
    pub name: Name,
    /// The file that it was to edit; empty for tools that edit none.
    pub file: Name,
    /// The skill or the type of agent that it was to start; empty for other tools.
    pub detail: Name,
}

/// What came of one use of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutcome {
    /// The use's hash, as in [`ToolUse::id`].
    pub id: i64,
    /// The tool reported an error.
    pub failed: bool,
    /// Lines that its edit added.
    pub lines_added: i64,
    /// Lines that its edit removed.
    pub lines_removed: i64,
}

/// What a file tells about a subagent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Its type and how far the source is to be trusted: 3 its own description, 2 its lines, 1 its parent's note.
    pub kind: Option<(u8, Name)>,
    /// The use of a tool that started it.
    pub tool_use: Option<i64>,
    /// Its parent was told that it is done.
    pub done: bool,
}

/// The state of a session's main conversation after one of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextMark {
    /// The line's time.
    pub at: Millis,
    /// The line's file.
    pub file: Name,
    /// Where the line begins, in bytes.
    pub offset: u64,
    /// Tokens in the context; `None` right after a compaction that did not say.
    pub tokens: Option<i64>,
    /// The model that answered last; empty where that is not known.
    pub model: Name,
}

/// Claude Code's own running total of a session, from its last `cost-state` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTotal {
    /// Where the line begins in its file: the last one counts.
    pub offset: u64,
    /// Cost, helper requests included that are in no transcript.
    pub cost: NanoUsd,
    /// Time spent waiting for the API, in milliseconds.
    pub api_ms: i64,
    /// Time spent in tools, in milliseconds.
    pub tool_ms: i64,
    /// Some model ran with a window of a million tokens.
    pub million: bool,
}

/// What some lines tell about their session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Working directory of the earliest line with one, main thread before sidechains.
    pub project: Option<(bool, Millis, Name)>,
    /// The earliest line's time, copies left out.
    pub started: Option<Millis>,
    /// The latest line's time.
    pub last: Option<Millis>,
    /// The latest main-thread line's time.
    pub last_main: Option<Millis>,
    /// Version and branch of the latest main-thread line.
    pub latest: Option<(Millis, Name, Name)>,
    /// The title and its weight: 2 given by the user, 1 made by Claude Code.
    pub title: Option<(u8, Name)>,
    /// The context after the last main-thread line that changes it.
    pub context: Option<ContextMark>,
    /// The largest prompt of the main thread.
    pub largest_prompt: i64,
    /// Claude Code's own total.
    pub own_total: Option<OwnTotal>,
}

/// Something in a file that could not be read as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A line is no JSON object.
    Corrupt,
    /// A line holds the beginning of one object and then others.
    Torn,
    /// A line holds NUL bytes, as a crash of the machine leaves them.
    Nul,
    /// A line is not UTF-8; what could be read of it counts.
    Encoding,
    /// A count beyond anything a response can use.
    Implausible,
    /// A notice that a limit of the plan was reached which does not say for certain of which, or until when.
    Notice,
}

impl Fault {
    /// The fault's name in the store and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Corrupt => "corrupt",
            Self::Torn => "torn",
            Self::Nul => "nul",
            Self::Encoding => "encoding",
            Self::Implausible => "implausible",
            Self::Notice => "notice",
        }
    }
}

/// What a stretch of a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Responses, each once, in the order of their first lines.
    pub responses: Vec<Response>,
    /// Uses of tools.
    pub tools: Vec<ToolUse>,
    /// What came of uses of tools, some of them asked for in earlier stretches.
    pub outcomes: Vec<ToolOutcome>,
    /// Prompts: session, key and time.
    pub turns: BTreeMap<(Name, Name), Millis>,
    /// Sessions by id.
    pub sessions: BTreeMap<Name, Session>,
    /// Subagents by session and id.
    pub agents: BTreeMap<(Name, Name), Agent>,
    /// Notices that a limit of the plan was reached.
    pub limits: Vec<PlanLimit>,
    /// Faults and where they are.
    pub faults: Vec<(Fault, u64)>,
}

impl Batch {
    /// Adds what a later stretch of the same file tells.
    pub fn append(&mut self, later: Self) {
        self.responses.extend(later.responses);
        self.tools.extend(later.tools);
        self.outcomes.extend(later.outcomes);
        for (turn, at) in later.turns {
            let began = self.turns.entry(turn).or_insert(at);
            *began = at.min(*began);
        }
        for (id, session) in later.sessions {
            self.sessions.entry(id).or_default().append(session);
        }
        for (id, agent) in later.agents {
            self.agents.entry(id).or_default().append(agent);
        }
        self.limits.extend(later.limits);
        self.faults.extend(later.faults);
    }

    /// Whether the stretch says nothing that is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ToolOutcome {
    /// Adds what another line tells of the same use.
    pub fn append(&mut self, other: &Self) {
        self.failed |= other.failed;
        self.lines_added = self.lines_added.max(other.lines_added);
        self.lines_removed = self.lines_removed.max(other.lines_removed);
    }
}

impl Agent {
    /// Adds what another source tells.
    pub fn append(&mut self, other: Self) {
        self.kind = self.kind.take().max(other.kind);
        self.tool_use = match (self.tool_use, other.tool_use) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.done |= other.done;
    }
}

impl Session {
    /// Adds what a later stretch of the same file tells.
    pub fn append(&mut self, later: Self) {
        if let Some(project) = later.project {
            self.offer_project(project);
        }
        self.started = match (self.started, later.started) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.last = self.last.max(later.last);
        self.last_main = self.last_main.max(later.last_main);
        self.latest = self.latest.take().max(later.latest);
        if later.title.as_ref().map(|title| title.0) >= self.title.as_ref().map(|title| title.0) {
            self.title = later.title.or(self.title.take());
        }
        if let Some(mark) = later.context {
            self.set_context(mark);
        }
        self.largest_prompt = self.largest_prompt.max(later.largest_prompt);
        self.own_total = later.own_total.or(self.own_total.take());
    }

    /// Notes a later state of the context. A compaction leaves the model as it was.
    pub fn set_context(&mut self, mut mark: ContextMark) {
        if let Some(held) = self.context.take().filter(|_| mark.model.is_empty()) {
            mark.model = held.model;
        }
        self.context = Some(mark);
    }

    /// Offers a working directory; the earliest main-thread line's stays.
    pub fn offer_project(&mut self, project: (bool, Millis, Name)) {
        if self.project.as_ref().is_none_or(|held| project < *held) {
            self.project = Some(project);
        }
    }
}
