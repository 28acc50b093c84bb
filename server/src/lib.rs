//! Costline: what Claude Code's transcripts cost, kept in SQLite and pushed to editors. `docs/architecture.md` has the
//! layers and the invariants.

pub mod alerts;
pub mod announce;
pub mod app;
pub mod blocks;
pub mod budgets;
pub mod burn;
pub mod claude_settings;
pub mod cli;
pub mod config;
pub mod context;
pub mod dbus;
pub mod demo;
pub mod display;
pub mod doctor;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod http;
pub mod ingest;
pub mod leader;
pub mod limits;
pub mod lsp;
pub mod money;
pub mod output;
pub mod paths;
pub mod post;
pub mod pricing;
pub mod push;
pub mod reports;
pub mod snapshot;
pub mod sources;
pub mod statusline;
pub mod store;
pub mod sums;
pub mod tail;
pub mod time;
pub mod tokens;
pub mod transcript;
pub mod watch;
pub mod wording;
pub mod workspace;

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod schema;
