//! Costline: what Claude Code's transcripts cost, kept in SQLite and pushed to editors. `docs/architecture.md` has the
//! layers and the invariants.

pub mod config;
pub mod money;
pub mod paths;
pub mod snapshot;
pub mod sums;
pub mod tail;
pub mod time;
pub mod tokens;
pub mod transcript;
