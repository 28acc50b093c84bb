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
mod notice;
pub mod parser;
pub mod record;
mod shorten;
mod syntax;
mod tools;
mod usage;

pub use filter::{Filter, Pieces};
pub use interner::Interner;
pub use parser::{Parser, Place, State};
pub use tools::{agent_meta, tool_use_id};

/// The one JSON value of a text that Claude Code wrote: half a pair of surrogates, which JavaScript leaves where it cuts an emoji in
/// the middle, stands for a replacement character. `None` for what is no JSON.
pub fn value(bytes: &[u8]) -> Option<serde_json::Value> {
    let mut source = syntax::Source::new(bytes);
    let value = source.next()?.ok()?;
    source.is_at_end().then_some(value)
}

/// A line as it passes when it is too long to be held.
#[cfg(any(test, fuzzing))]
pub(crate) fn shortened(line: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut short = Vec::new();
    std::io::Read::read_to_end(&mut shorten::Shortened::new(line), &mut short)?;
    Ok(short)
}
