//! The room as a client meets it, on streams in memory.

mod leave;
mod push;
mod rig;
mod talk;
