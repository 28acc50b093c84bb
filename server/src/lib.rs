//! Costline: what Claude Code's transcripts cost, kept in SQLite and pushed to editors. `docs/architecture.md` has the
//! layers and the invariants.

pub mod money;
pub mod time;
pub mod tokens;
pub mod transcript;
