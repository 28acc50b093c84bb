//! A status as it is served: written once, however many ask for it.

use super::mirror::frame;
use crate::snapshot::wire::{Status, Workspace};
use axum::body::Bytes;
use display_core::frame::Frame;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A status, and what is sent of it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) status: Arc<Status>,
    /// All of it.
    pub(super) full: Face,
    /// What anyone may know.
    pub(super) sums: Face,
    /// The frame for displays, with titles and without.
    pub(super) frames: [Image; 2],
}

/// A frame as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) body: Bytes,
    /// The same for what looks the same.
    pub(super) tag: String,
}

/// One way to write it.
#[derive(Clone, Debug)]
pub(super) struct Face {
    /// The JSON.
    pub(super) body: Bytes,
    /// The same as an event of the stream.
    pub(super) event: Bytes,
    /// What `ETag` says: the same for the same content, whichever process wrote it and when.
    pub(super) tag: String,
}

impl Shown {
    /// `hours` is the cost of each of the last 24 hours, where that is known.
    pub(super) fn new(status: Arc<Status>, hours: Option<&[u64; 24]>) -> Self {
        let full = Face::new(&status);
        let sums = Face::new(&sums(&status));
        let frames = [true, false].map(|titles| Image::new(&frame(&status, hours, titles)));
        Self { status, full, sums, frames }
    }
}

impl Face {
    pub(super) fn new(status: &Status) -> Self {
        let undated = Status { generated_at: String::new(), ..status.clone() };
        let hash = xxh3_128(&serde_json::to_vec(&undated).unwrap_or_default());
        let body = serde_json::to_string(status).unwrap_or_default();
        let event = format!("event: status\nid: {}\ndata: {body}\n\n", status.revision);
        Self { body: body.into(), event: event.into(), tag: format!("\"{:x}-{hash:032x}\"", status.revision) }
    }
}

impl Image {
    fn new(frame: &Frame) -> Self {
        let write = |frame: &Frame| {
            let mut bytes = [0; Frame::MAX_BYTES];
            // A frame of any content fits.
            let length = frame.encode(&mut bytes).unwrap_or_default();
            Bytes::copy_from_slice(&bytes[..length])
        };
        let hash = xxh3_64(&write(&Frame { at: 0, ..*frame }));
        Self { body: write(frame), tag: format!("\"{hash:016x}\"") }
    }
}

/// What anyone may know: sums, limits, budgets of everything. No path, no title, no id, no branch; other people may use this
/// machine.
fn sums(status: &Status) -> Status {
    let mut sums = status.clone();
    sums.workspace = Workspace { project: None, today_usd: None, session: None, context: None };
    sums.sessions.clear();
    sums.alerts.clear();
    sums.budgets.retain(|budget| matches!(budget.scope.as_str(), "all" | "model"));
    // They name files.
    sums.health.problems.clear();
    sums
}
