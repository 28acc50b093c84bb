//! Looks at what Claude Code keeps of the plan's limits. The file is written often and says something new rarely, so it is
//! read once a minute at most, and only where it changed.

use crate::ingest::Root;
use crate::limits::PlanLimit;
use crate::paths::state_files;
use crate::sources::claude_json::limits;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// One file is read so often at most.
const READ_EVERY: Duration = Duration::from_mins(1);
/// No such file is larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What was seen of the files when they were read last.
#[derive(Default)]
pub(super) struct ClaudeJson(HashMap<PathBuf, (Instant, Option<SystemTime>, u64)>);

impl ClaudeJson {
    /// The files that changed since they were read, as far as they are due; they count as read now.
    pub(super) fn changed(&mut self, roots: &[Root], home: Option<&Path>) -> Vec<PathBuf> {
        let files = roots.iter().flat_map(|root| state_files(&root.projects, home));
        files.filter(|file| self.is_due(file)).collect()
    }

    fn is_due(&mut self, file: &Path) -> bool {
        let Ok(meta) = fs::metadata(file) else { return false };
        let seen = (meta.modified().ok(), meta.len());
        let held = self.0.get(file);
        if held.is_some_and(|(at, modified, size)| (*modified, *size) == seen || at.elapsed() < READ_EVERY) {
            return false;
        }
        self.0.insert(file.to_owned(), (Instant::now(), seen.0, seen.1));
        true
    }
}

/// The limits that the files tell of. One that is gone, or is being written, tells of none.
pub(super) fn read(files: &[PathBuf]) -> Vec<PlanLimit> {
    let read = |file: &PathBuf| {
        let mut bytes = Vec::new();
        File::open(file).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(limits(&bytes))
    };
    files.iter().filter_map(read).flatten().collect()
}
