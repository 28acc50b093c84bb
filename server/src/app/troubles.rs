//! What is wrong on a leader's side, until it works again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The matters that numbers do not depend on: where events fail, scans do; behind a folder that may not be entered nobody
/// knows whether anything waits; and neither a backup, what is said of the leader, a program of the user's, HTTP, the session bus nor posting is news.
const HARMLESS: [&str; 8] = [
    "watch",
    "scan",
    "the backup",
    "the leader",
    "the command for alerts",
    "HTTP",
    "the session bus",
    "push",
];

#[derive(Default)]
pub(super) struct Troubles {
    /// Sentences, by what they are about.
    matters: BTreeMap<&'static str, String>,
    /// Files that cannot be read, and why.
    files: BTreeMap<PathBuf, String>,
    since: Option<Instant>,
}

impl Troubles {
    /// Each in a sentence; of many files the first.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = self.matters.values().cloned().collect();
        told.extend(self.files.values().next().cloned());
        match self.files.len() {
            0 | 1 => {}
            2 => told.push("1 more file cannot be read".to_owned()),
            files => told.push(format!("{} more files cannot be read", files - 1)),
        }
        told
    }

    /// Since when, without a break, something could not be read or kept.
    pub(super) const fn since(&self) -> Option<Instant> {
        self.since
    }

    pub(super) fn has(&self, about: &str) -> bool {
        self.matters.contains_key(about)
    }

    /// Keeps a problem until [`Troubles::end`]; it is logged once.
    pub(super) fn begin(&mut self, about: &'static str, problem: String) {
        if self.matters.get(about) != Some(&problem) {
            tracing::error!("{problem}");
            self.matters.insert(about, problem);
        }
        if !HARMLESS.contains(&about) {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    pub(super) fn end(&mut self, about: &str) {
        if self.matters.remove(about).is_some() {
            self.settle();
        }
    }

    pub(super) fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let problem = format!("cannot read {}: {error}", path.display());
        if self.files.get(path) != Some(&problem) {
            tracing::warn!("{problem}");
            self.files.insert(path.to_owned(), problem);
        }
        self.since.get_or_insert_with(Instant::now);
    }

    pub(super) fn readable(&mut self, path: &Path) {
        if self.files.remove(path).is_some() {
            self.settle();
        }
    }

    /// Files that are gone are not missed.
    pub(super) fn forget_gone(&mut self) {
        self.files.retain(|path, _| path.exists());
        self.settle();
    }

    fn settle(&mut self) {
        if self.files.is_empty() && self.matters.keys().all(|about| HARMLESS.contains(about)) {
            self.since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_failure_ends_with_the_last_one() {
        let mut troubles = Troubles::default();
        troubles.begin("watch", "no events".to_owned());
        assert_eq!(troubles.since(), None);
        troubles.begin("the database", "full".to_owned());
        let since = troubles.since();
        assert!(since.is_some());
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        for path in ["/a", "/b", "/c"] {
            troubles.unreadable(Path::new(path), &error);
        }
        assert_eq!(
            troubles.told(),
            ["full", "no events", "cannot read /a: permission denied", "2 more files cannot be read"]
        );
        troubles.end("the database");
        troubles.readable(Path::new("/a"));
        assert_eq!(troubles.since(), since);
        // None of them is there.
        troubles.forget_gone();
        assert_eq!((troubles.since(), troubles.told()), (None, vec!["no events".to_owned()]));
    }
}
