//! The frame: everything a display shows, as one flat JSON object of integers and short ASCII strings, without `null`,
//! fractions and escapes, in at most [`Frame::MAX_BYTES`] bytes. `GET /v1/mirror` answers with it.
//!
//! What is not known is left out, both on the wire and, as `None` or an empty text, here; it is never 0. Money is in whole
//! cents, rounded half up from the exact amount; a percentage is whole, rounded down, so that 100 means all of it; a time is in
//! Unix seconds. A value that is greater than its field can hold is sent as the greatest.
//!
//! | key | value |
//! |---|---|
//! | `v` | version of this shape, 1 |
//! | `at` | when the numbers were worked out, Unix seconds; it alone may differ between two frames of one `ETag` |
//! | `tz` | the user's offset from UTC now, minutes, east positive |
//! | `poll` | seconds to wait between two requests where the server does not hold them (`?wait=`) |
//! | `stale` | 1: nobody reads the transcripts, or they wait unread; the numbers are old |
//! | `sev` | 0 nothing calls for attention, 1 something will soon, 2 something does |
//! | `alert` | 1 a budget is exceeded, 2 a limit of the plan is reached; left out otherwise |
//! | `text` | the status text in ASCII, at most 24 characters |
//! | `today`, `week`, `month` | cost since midnight, since the week began, since the month began, cents |
//! | `tok` | tokens of all classes since midnight |
//! | `burn` | the present rate, cents an hour |
//! | `blk`, `blkp`, `blke` | the running 5-hour window: cents spent, cents projected, its end |
//! | `ctx`, `used`, `win` | the latest session's context: percent, tokens used, tokens that fit |
//! | `title`, `model` | that session's title (only to whom may read titles), at most 20 characters, and the model's short name, at most 16 |
//! | `hours` | cost of the last 24 hours, oldest first, the running one last: 24 letters, `a` nothing to `z` the greatest of them |
//! | `b0`..`b3` | a budget's label, at most 10 characters; it begins with its period: `day`, `week`, `month`, `block` or `total`; the most urgent first |
//! | `b0s`, `b0l`, `b0r` | its cents spent, its limit in cents, when it begins anew |
//! | `l0`..`l3` | the name of a plan's limit, at most 7 characters: `5h`, `7d`, `7d opus` |
//! | `l0p`, `l0r` | its percent used, when it begins anew |
//! | `s0`..`s3` | an active or idle session's title (empty where titles may not be read), at most 12 characters; most recent first |
//! | `s0c`, `s0x`, `s0a` | its cost in cents, its context in percent, 1 active or 0 idle |

mod encode;
mod parse;

pub use encode::NoRoom;
pub use parse::Unreadable;

use crate::text::Text;

/// The version of the frame's shape that this code writes and reads.
pub const VERSION: u32 = 1;

/// The most budgets, limits and sessions each that a frame holds.
pub const ROWS: usize = 4;

/// What a display shows at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// When the numbers were worked out, Unix seconds. An `ETag` is made of the frame with this left at 0.
    pub at: u32,
    /// The user's offset from UTC at that time, minutes, east positive.
    pub utc_offset_min: i16,
    /// Seconds between two requests where none is held; 0 leaves it to the display.
    pub poll_seconds: u16,
    /// Nobody reads the transcripts, or they wait unread.
    pub stale: bool,
    /// How urgent it is.
    pub severity: Severity,
    /// What must not be missed.
    pub alert: Alert,
    /// The status text.
    pub text: Text<24>,
    /// Cost since midnight, cents.
    pub today: Option<u32>,
    /// Cost since the week began, cents.
    pub week: Option<u32>,
    /// Cost since the month began, cents.
    pub month: Option<u32>,
    /// Tokens of all classes since midnight.
    pub tokens: Option<u64>,
    /// The present rate, cents an hour; `None` while there is none.
    pub burn: Option<u32>,
    /// The running 5-hour window; `None` while none runs.
    pub block: Option<Block>,
    /// The latest session's context; `None` where nothing of it is known.
    pub context: Option<Context>,
    /// That session's title; empty for whom may not read titles.
    pub title: Text<20>,
    /// Its model's short name: `Opus 4.8`.
    pub model: Text<16>,
    /// Cost by hour, oldest first: 24 letters, `a` nothing to `z` the greatest; empty where not known. [`hour_letters`]
    /// makes them.
    pub hours: Text<24>,
    /// The budgets in force, the most urgent first.
    pub budgets: [Option<Budget>; ROWS],
    /// The plan's limits, the shortest window first.
    pub limits: [Option<Limit>; ROWS],
    /// The active and idle sessions, most recent first.
    pub sessions: [Option<Session>; ROWS],
}

/// How urgent a frame is; it decides a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing calls for attention.
    #[default]
    Ok,
    /// Something will soon.
    Warning,
    /// Something does.
    Error,
}

/// What a display shows instead of everything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alert {
    /// Nothing.
    #[default]
    None,
    /// More than a budget was spent: the first of `budgets` that is over.
    BudgetExceeded,
    /// A limit of the plan is reached: the first of `limits` at 100 percent or more.
    LimitReached,
}

/// The running 5-hour window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Cents spent in it.
    pub spent: u32,
    /// Cents at its end if it goes on like this; `None` where that is not known.
    pub projected: Option<u32>,
    /// Its end, Unix seconds.
    pub end: u32,
}

/// How full a session's context is; each part where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Percent of the window, rounded down.
    pub percent: Option<u16>,
    /// Tokens in it.
    pub used: Option<u32>,
    /// Tokens that fit.
    pub window: Option<u32>,
}

/// A budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Its period, and its scope where that is not everything: `day`, `month api`. The first word is `day`, `week`, `month`,
    /// `block` or `total`.
    pub label: Text<10>,
    /// Cents spent in the period.
    pub spent: u32,
    /// Its limit in cents.
    pub limit: u32,
    /// When the period ends, Unix seconds; `None` for one without an end.
    pub reset: Option<u32>,
}

impl Budget {
    /// Percent used, rounded down: 100 means all of it, more means that it is exceeded.
    pub const fn percent(&self) -> u32 {
        let percent = match (self.spent as u64).saturating_mul(100).checked_div(self.limit as u64) {
            Some(percent) => percent,
            None if self.spent > 0 => 999,
            None => 0,
        };
        if percent > 999 { 999 } else { percent as u32 }
    }
}

/// A limit of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// `5h`, `7d`, `7d opus`.
    pub name: Text<7>,
    /// Percent used, rounded down.
    pub percent: u16,
    /// When it begins anew, Unix seconds.
    pub reset: Option<u32>,
}

/// A session that is active or idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its title; empty for whom may not read titles.
    pub name: Text<12>,
    /// What it cost, cents.
    pub cost: u32,
    /// Its context, percent, rounded down.
    pub context: Option<u16>,
    /// It is at work; idle otherwise.
    pub active: bool,
}

impl Frame {
    /// No frame is longer on the wire, whatever it holds.
    pub const MAX_BYTES: usize = 1024;
}

/// The letters of [`Frame::hours`] for the cost of each of the last 24 hours in any unit, oldest first. What cost anything
/// is at least `b`.
pub fn hour_letters(costs: &[u64; 24]) -> Text<24> {
    let greatest = costs.iter().copied().max().unwrap_or(0);
    let mut letters = Text::EMPTY;
    for cost in costs {
        let height = match u128::from(*cost).saturating_mul(25).checked_div(u128::from(greatest)) {
            Some(height) if *cost > 0 => (height as u8).max(1),
            _ => 0,
        };
        letters.push(b'a'.saturating_add(height));
    }
    letters
}

#[cfg(test)]
mod tests;
