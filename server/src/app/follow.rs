//! A follower's side of the engine: reads what the leader commits.

use super::Setup;
use super::engine::Event;
use crate::snapshot::Rows;
use crate::store::reading::{Reading, Scope};
use crate::store::{Error, Roots, register_roots};
use crate::watch::Watch;
use std::fs::Metadata;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// How long a leader may take to make the database before its lack is worth a word.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Following {
    database: PathBuf,
    roots: Vec<String>,
    _watch: Watch,
    reading: Option<(Reading, u64)>,
    version: i64,
    registered: bool,
    since: Instant,
    pub(super) problem: Option<String>,
}

impl Following {
    pub(super) fn new(setup: &Setup, events: Sender<Event>) -> Self {
        let watch = Watch::new(&setup.state, move |hint| drop(events.send(Event::Hint(hint))));
        Self {
            database: setup.database(),
            roots: setup.root_names(),
            _watch: watch,
            reading: None,
            version: -1,
            registered: false,
            since: Instant::now(),
            problem: None,
        }
    }

    /// Shows other Claude folders from now on.
    pub(super) fn set_roots(&mut self, roots: Vec<String>) {
        if roots != self.roots {
            self.roots = roots;
            self.register();
        }
    }

    /// Whether the database is not there yet, and may still come.
    pub(super) fn awaits(&self) -> bool {
        self.reading.is_none() && self.problem.is_none() && self.since.elapsed() < PATIENCE
    }

    /// Whether the database changed since the last look. One that was replaced is opened anew: the old one would stay
    /// readable, and silent, for ever.
    pub(super) fn changed(&mut self) -> bool {
        let inode = std::fs::metadata(&self.database).map(|meta| inode(&meta)).unwrap_or(0);
        if self.reading.as_ref().is_some_and(|(_, opened)| *opened != inode) {
            self.reading = None;
        }
        if self.reading.is_none() && !self.open(inode) {
            return false;
        }
        let Some((reading, _)) = &self.reading else { return false };
        match reading.data_version() {
            Ok(version) if version == self.version => false,
            Ok(version) => {
                self.version = version;
                true
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                self.reading = None;
                false
            }
        }
    }

    fn open(&mut self, inode: u64) -> bool {
        match Reading::open(&self.database) {
            Ok(reading) => {
                self.reading = Some((reading, inode));
                self.version = -1;
                self.problem = None;
                if !self.registered {
                    self.registered = true;
                    self.register();
                }
                true
            }
            // The leader is about to make it.
            Err(Error::Missing(_)) => false,
            Err(error) => {
                self.problem = Some(error.to_string());
                false
            }
        }
    }

    fn register(&self) {
        if let Err(error) = register_roots(&self.database, &self.roots) {
            tracing::warn!("cannot tell the leader of these Claude folders: {error}");
        }
    }

    /// What a status is built from.
    pub(super) fn rows(&mut self, scope: impl FnOnce(Roots) -> Scope) -> Result<Rows, Error> {
        let Some((reading, _)) = &mut self.reading else { return Err(Error::Missing(self.database.clone())) };
        let (roots, _) = reading.roots(&self.roots)?;
        reading.rows(&scope(roots))
    }
}

#[cfg(unix)]
fn inode(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(meta: &Metadata) -> u64 {
    meta.created()
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |at| at.as_nanos() as u64)
}
