//! The room as a client meets it, on streams in memory.

mod leave;
mod marker;
mod notices;
mod present;
mod pulse;
mod push;
mod reading;
mod rig;
mod talk;
mod warnings;
