//! Noticing that transcripts changed. Events are hints; the scan is the truth.

mod disk;
mod scan;

pub use disk::tells_changes;
pub use scan::{Seen, folders, is_transcript, scan};

use notify::event::{CreateKind, EventKind, ModifyKind, RemoveKind};
use notify::{EventKindMask, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the operating system hints at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// These files may have changed.
    Files(Vec<PathBuf>),
    /// Folders came or went, or events were lost: only a scan tells. Files made right after their folder are often
    /// missed, so a second scan a little later is due.
    Rescan,
    /// Watching failed; scans have to do.
    Failed(String),
    /// Someone committed to the database, or its files were removed or replaced.
    Database,
}

/// A running watch.
pub struct Watch {
    /// The watcher, or why there is none.
    watcher: Result<RecommendedWatcher, String>,
    state: PathBuf,
    watched: Vec<(PathBuf, RecursiveMode, Identity)>,
}

/// What tells a folder from another one that took its place.
type Identity = (u64, Option<SystemTime>);

impl Watch {
    /// Begins to watch, at first nothing but the database in the `state` folder. `tell` is called from a thread of the
    /// watcher's own and must return quickly.
    pub fn new(state: &Path, tell: impl Fn(Hint) + Send + 'static) -> Self {
        let told = {
            let state = state.to_owned();
            move |event: notify::Result<notify::Event>| {
                if let Some(hint) = hint(event, &state) {
                    tell(hint);
                }
            }
        };
        // Each scan opens every folder, and each report the database: nobody is to wake up for that.
        let config = notify::Config::default().with_event_kinds(EventKindMask::CORE);
        let watcher = RecommendedWatcher::new(told, config);
        let watcher = watcher.map_err(|error| format!("the system gives no file events: {error}"));
        let mut watch = Self { watcher, state: state.to_owned(), watched: Vec::new() };
        watch.renew();
        watch
    }

    /// Watches the state folder where it was made anew meanwhile.
    pub fn renew(&mut self) {
        let state = self.state.clone();
        // Without it what lies there is looked at every other second.
        if let Err(reason) = self.add_as(&state, RecursiveMode::NonRecursive) {
            tracing::warn!("{reason}");
        }
    }

    /// Watches a folder and all below it; where it does not exist yet, its nearest parent, to see it come.
    ///
    /// # Errors
    /// A sentence that says why the folder cannot be watched.
    pub fn add(&mut self, folder: &Path) -> Result<(), String> {
        let (target, mode) = if folder.is_dir() {
            (folder, RecursiveMode::Recursive)
        } else {
            let parent = folder.ancestors().skip(1).find(|parent| parent.is_dir());
            (parent.unwrap_or(folder), RecursiveMode::NonRecursive)
        };
        self.add_as(target, mode)
    }

    /// Watches the folder of a file, and that of the file that it is a link to, to see it come, change and go.
    ///
    /// # Errors
    /// As for [`Watch::add`].
    pub fn add_file(&mut self, file: &Path) -> Result<(), String> {
        let nearest =
            |file: &Path| file.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned);
        let real = std::fs::canonicalize(file).ok();
        for file in [Some(file), real.as_deref()].into_iter().flatten() {
            let mut watched = None;
            // A folder that came while its parent was not watched yet is seen by looking again.
            while let Some(folder) = nearest(file).filter(|folder| watched.as_ref() != Some(folder)) {
                self.add_as(&folder, RecursiveMode::NonRecursive)?;
                watched = Some(folder);
            }
        }
        Ok(())
    }

    fn add_as(&mut self, target: &Path, mode: RecursiveMode) -> Result<(), String> {
        let watcher = self.watcher.as_mut().map_err(|reason| reason.clone())?;
        let identity = identity(target);
        if let Some(at) = self.watched.iter().position(|(watched, ..)| watched == target) {
            let (_, held, same) = &self.watched[at];
            if *same == identity && (*held == mode || *held == RecursiveMode::Recursive) {
                return Ok(());
            }
            // It was removed and made again: the old watch ended with it. Or more of it is to be watched.
            self.watched.swap_remove(at);
            let _ = watcher.unwatch(target);
        }
        watcher.watch(target, mode).map_err(|error| format!("cannot watch {}: {error}", target.display()))?;
        self.watched.push((target.to_owned(), mode, identity));
        Ok(())
    }
}

fn identity(folder: &Path) -> Identity {
    let Ok(meta) = std::fs::metadata(folder) else { return (0, None) };
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&meta);
    #[cfg(not(unix))]
    let number = 0;
    (number, meta.created().ok())
}

/// How many folders the system lets a user watch, and in how many programs; `None` where there is no such limit.
pub fn watch_limits() -> Option<(u64, u64)> {
    let limit = |name: &str| -> Option<u64> {
        std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok()
    };
    Some((limit("max_user_watches")?, limit("max_user_instances")?))
}

/// Whether a file is the database's or its lock. Other things in the state folder are not: Claude's may lie in it.
fn is_ours(path: &Path, state: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.parent() == Some(state) && (name.starts_with("usage.db") || name == "leader.lock")
}

/// What an event says, if it says anything: reading a file is an event, too.
fn hint(event: notify::Result<notify::Event>, state: &Path) -> Option<Hint> {
    let event = match event {
        Ok(event) => event,
        Err(error) => return Some(Hint::Failed(error.to_string())),
    };
    if event.need_rescan() {
        return Some(Hint::Rescan);
    }
    if !event.kind.is_access()
        && !event.paths.is_empty()
        && event.paths.iter().all(|path| is_ours(path, state))
    {
        let commit = event.paths.iter().any(|path| path.to_string_lossy().ends_with("-wal"));
        let other = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        return (commit || other).then_some(Hint::Database);
    }
    match event.kind {
        EventKind::Access(_) => None,
        EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => Some(Hint::Rescan),
        _ if event.paths.iter().any(|path| path.extension().is_none()) => Some(Hint::Rescan),
        _ => Some(Hint::Files(event.paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, DataChange, RenameMode};

    #[test]
    fn events_are_told_apart() {
        let files = |path: &str| Some(Hint::Files(vec![PathBuf::from(path)]));
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        for (kind, path, expected) in [
            (data, "/c/projects/-p/a.jsonl", files("/c/projects/-p/a.jsonl")),
            (EventKind::Access(AccessKind::Any), "/c/projects/-p/a.jsonl", None),
            (EventKind::Create(CreateKind::Folder), "/c/projects/-q", Some(Hint::Rescan)),
            (EventKind::Remove(RemoveKind::Any), "/c/projects/-q", Some(Hint::Rescan)),
            (data, "/s/usage.db-wal", Some(Hint::Database)),
            (data, "/s/usage.db", None),
            (data, "/s/leader.lock", None),
            (EventKind::Remove(RemoveKind::File), "/s/leader.lock", Some(Hint::Database)),
            (EventKind::Modify(ModifyKind::Name(RenameMode::To)), "/s/usage.db", Some(Hint::Database)),
            // Claude's folder may lie in the state folder.
            (data, "/s/claude/projects/-p/a.jsonl", files("/s/claude/projects/-p/a.jsonl")),
            (EventKind::Create(CreateKind::Folder), "/s/claude", Some(Hint::Rescan)),
            // Someone asks for a look.
            (data, "/s/refresh", Some(Hint::Rescan)),
        ] {
            let event = notify::Event::new(kind).add_path(PathBuf::from(path));
            assert_eq!(hint(Ok(event), Path::new("/s")), expected, "{kind:?} {path}");
        }
    }
}
