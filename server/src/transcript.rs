//! From the bytes of Claude Code's transcripts to records. Pure: no file is opened here.
//!
//! `docs/transcripts.md` says what the format is and where each rule comes from.

pub mod compose;
pub mod dedupe;
mod filter;
mod interner;
mod json;
mod line;
mod meaning;
pub mod parser;
pub mod record;
mod shorten;
mod syntax;
mod tools;
mod usage;

pub use filter::{Filter, Pieces};
pub use interner::Interner;
pub use parser::{Parser, Place, State};
pub use tools::agent_meta;
