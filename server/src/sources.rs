//! What comes to Costline by other ways than transcripts: processes append records to the inbox, the leader takes them in.

pub mod claude_json;
pub mod hook;
pub mod inbox;
pub mod manual;
pub mod memory;
pub mod otlp;
pub mod posted;
pub mod record;
pub mod report;
pub mod telemetry;
