//! The status: a pure function of what the store holds, the time and the settings.

mod build;
mod health;
mod sessions;
pub mod wire;

pub use build::{
    CacheRow, Counted, ReportedRow, Rows, SessionRow, SubagentRow, Surroundings, build, fill_of, limit,
    session, standing,
};
pub use health::LeaderHealth;
pub use sessions::{Change, Sessions};

use crate::time::{HOUR, MINUTE, Millis};

/// A session whose main thread spoke within this time is active.
pub const ACTIVE_FOR: Millis = 15 * MINUTE;
/// A session that was silent for this long has ended.
pub const ENDED_AFTER: Millis = 5 * HOUR;
