//! The database: the only place with SQL. One process writes usage (the leader); everyone reads.

mod cursors;
mod facts;
mod merge;
mod names;
pub mod reading;
mod records;
pub mod reports;
mod reprice;
mod rollup;
mod schema;
mod sessions;
mod writer;

pub use cursors::{Found, Known};
pub use schema::{Error, SCHEMA_VERSION, register_roots};
pub use writer::{Committed, Writer};

/// A set of roots, one bit each: which of Claude's folders hold a response.
pub type Roots = i64;

/// All roots there can be.
pub const ALL_ROOTS: Roots = i64::MAX;

/// How many roots a database can tell apart.
pub const MOST_ROOTS: i64 = 62;
