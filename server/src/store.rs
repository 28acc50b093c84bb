//! The database: the only place with SQL. One process writes usage (the leader); everyone reads.

mod alerts;
mod archive;
pub mod backup;
pub mod budgets;
pub mod check;
mod closed;
mod cursors;
mod display;
mod evaluate;
mod examine;
mod facts;
pub mod glance;
mod ledger;
mod limits;
mod merge;
mod names;
mod place;
pub mod quarantine;
pub mod query;
pub mod reading;
pub mod ready;
mod rebuild;
mod records;
pub mod reports;
mod reprice;
mod rollup;
mod schema;
mod sessions;
mod spent;
mod standing;
mod telemetry;
mod views;
mod windows;
mod writer;

pub use archive::{Archive, Archived};
pub use budgets::{HardStop, Whereabouts};
pub use cursors::{Found, Known};
pub use display::PushState;
pub use evaluate::Lookout;
pub use examine::{Difference, FaultRow, Inventory, Leader};
pub use ledger::{Ledger, Mark};
pub use schema::{Error, SCHEMA_VERSION, register_roots};
pub use writer::{Committed, Writer};

/// A set of roots, one bit each: which of Claude's folders hold a response.
pub type Roots = i64;

/// All roots there can be.
pub const ALL_ROOTS: Roots = i64::MAX;

/// The roots of what lies in none of them: whichever are looked at.
const ANY_ROOT: Roots = (1 << MOST_ROOTS) - 1;

/// How many roots a database can tell apart.
pub const MOST_ROOTS: i64 = 62;
