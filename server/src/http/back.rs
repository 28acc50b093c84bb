//! What is asked of the house, and how it may be refused.

use crate::alerts::Wish;
use crate::display::Figures;
use crate::reports::{UsageEvents, UsageStats};
use crate::snapshot::wire::Status;
use crate::time::Millis;
use serde_json::{Map, Value};

/// The parameters of a report, as the command line has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The key to sum by.
    pub by: Option<String>,
    /// The key to sum the parts of each row by.
    pub split: Option<String>,
    /// The first day, as YYYY-MM-DD.
    pub since: Option<String>,
    /// The last day.
    pub until: Option<String>,
    /// In place of the two: so many days, today included.
    pub days: Option<String>,
    /// How many rows at most.
    pub limit: Option<String>,
    /// The one project that counts.
    pub project: Option<String>,
    /// The zone that days are counted in.
    pub timezone: Option<String>,
}

/// The parameters of usage for dashboards that poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageAsked {
    /// The first day, or the first instant.
    pub since: Option<String>,
    /// The last day, or the last instant.
    pub until: Option<String>,
    /// The one project that counts.
    pub project: Option<String>,
    /// The one model that counts.
    pub model: Option<String>,
    /// How many rows or events at most.
    pub limit: Option<String>,
    /// Where the last page of events ended.
    pub cursor: Option<String>,
}

/// What an exporter of telemetry hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Counters; else events.
    pub metrics: bool,
    /// In protocol buffers; else in JSON.
    pub protobuf: bool,
}

/// Why something is not answered, in a sentence for the person at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It was asked in the wrong way.
    Misuse(String),
    /// There is no such thing.
    Missing(String),
    /// It cannot be had now.
    Failed(String),
}

/// The tokens that count now; `None` for one that nobody has made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// May read and change everything.
    pub write: Option<String>,
    /// May read everything.
    pub read: Option<String>,
}

/// What the side asks of the house. Each call may read a disk: none is made in a thread that serves others.
pub trait Back: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Millis;
    /// The tokens.
    fn secrets(&self) -> Secrets;
    /// Whether a one-time link with this code was made and not used; it is used then.
    fn redeem(&self, code: &str) -> bool;
    /// Cost of each of the last 24 hours in nano-dollars, oldest first, the running one last.
    ///
    /// # Errors
    /// The database cannot be read.
    fn hours(&self) -> Result<[u64; 24], Denied>;
    /// The status of one project.
    ///
    /// # Errors
    /// The database cannot be read.
    fn status_of(&self, project: &str) -> Result<Status, Denied>;
    /// The JSON of the report that a command of this name prints.
    ///
    /// # Errors
    /// There is no such report, a parameter does not fit, or the database cannot be read.
    fn report(&self, name: &str, asked: &Asked) -> Result<String, Denied>;
    /// The JSON of `costline session`.
    ///
    /// # Errors
    /// No one session's id begins so, or the database cannot be read.
    fn session(&self, id: &str) -> Result<String, Denied>;
    /// Records usage as other programs post it; gives how many records that were, which are on the disk when this returns.
    ///
    /// # Errors
    /// It cannot be read, or not all of it could be recorded.
    fn record(&self, body: &[u8]) -> Result<usize, Denied>;
    /// Records what Claude Code exports of itself by OpenTelemetry's protocol, and gives the answer in the export's own form;
    /// what was taken is on the disk then.
    ///
    /// # Errors
    /// It cannot be read, or not all of it could be recorded.
    fn export(&self, what: Exported, body: &[u8]) -> Result<Vec<u8>, Denied>;
    /// Answers an event of Claude Code; `None` lets work go on.
    fn hook(&self, event: &[u8]) -> Option<Value>;
    /// Does what is wanted of budgets and alerts.
    ///
    /// # Errors
    /// It cannot be done.
    fn wish(&self, wish: Wish) -> Result<Value, Denied>;
    /// The sums of the last hours, of this machine or as a source posted them.
    ///
    /// # Errors
    /// Nothing is known of the source, or the database cannot be read.
    fn display(&self, source: Option<&str>, hours: u32) -> Result<Figures, Denied>;
    /// The same at the end of each five minutes of the last day, oldest first.
    ///
    /// # Errors
    /// Those of [`Back::display`].
    fn display_history(&self, source: Option<&str>, hours: u32) -> Result<Vec<Figures>, Denied>;
    /// Keeps what a source posts, and gives what is known of it then.
    ///
    /// # Errors
    /// A field does not fit, there are too many sources, or the database cannot be written.
    fn keep_posted(&self, posted: &Map<String, Value>) -> Result<Figures, Denied>;
    /// Sums by model, project and day.
    ///
    /// # Errors
    /// A parameter does not fit, or the database cannot be read.
    fn usage_stats(&self, asked: &UsageAsked) -> Result<UsageStats, Denied>;
    /// A page of events, the latest first.
    ///
    /// # Errors
    /// Those of [`Back::usage_stats`].
    fn usage_events(&self, asked: &UsageAsked) -> Result<UsageEvents, Denied>;
}
