//! Brings the store up to date with what lies on disk.

use crate::pricing::PriceTable;
use crate::sources::inbox;
use crate::store::{Committed, Error, Found, Known, Writer};
use crate::tail::{self, Job, Part};
use crate::time::{Millis, utc_day};
use crate::transcript::Place;
use crate::watch::{Seen, is_transcript};
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One of Claude's folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its number in the store.
    pub id: i64,
    /// Where its transcripts lie.
    pub projects: PathBuf,
    /// The same without symbolic links, as file events name it.
    pub real: PathBuf,
}

impl Root {
    /// The path by which the store knows a root.
    pub fn name(projects: &Path) -> String {
        projects.to_string_lossy().into_owned()
    }
}

/// The leader's side of the store: what it knows of files, and how to read on.
pub struct Ingest {
    writer: Writer,
    roots: Vec<Root>,
    known: HashMap<Found, Known>,
    by_id: HashMap<i64, Found>,
    /// What older programs kept was looked at.
    kept: bool,
    /// What is known of files is not what the database holds: a transaction was lost, and could not be read after it.
    stale: bool,
}

impl Ingest {
    /// Opens the store for writing.
    pub fn open(database: &Path, prices: Arc<PriceTable>, projects: &[PathBuf]) -> Result<Self, Error> {
        Self::over(Writer::open(database, prices)?, projects)
    }

    /// The same over a store of its own that vanishes with it.
    pub fn scratch(prices: Arc<PriceTable>, projects: &[PathBuf]) -> Result<Self, Error> {
        Self::over(Writer::scratch(prices)?, projects)
    }

    fn over(writer: Writer, projects: &[PathBuf]) -> Result<Self, Error> {
        let mut ingest = Self {
            writer,
            roots: Vec::new(),
            known: HashMap::new(),
            by_id: HashMap::new(),
            kept: false,
            stale: true,
        };
        for folder in projects {
            ingest.add_root(folder)?;
        }
        ingest.reload()?;
        Ok(ingest)
    }

    /// The store.
    pub const fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// Whether the database's files still lie where others find them.
    pub fn is_in_place(&self) -> bool {
        self.writer.is_in_place()
    }

    /// The folders that are read.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Adds a root, unless it is there already; says whether it is new.
    pub fn add_root(&mut self, projects: &Path) -> Result<bool, Error> {
        if self.roots.iter().any(|root| root.projects == projects) {
            return Ok(false);
        }
        let id = self.writer.root(&Root::name(projects))?;
        let real = std::fs::canonicalize(projects).unwrap_or_else(|_| projects.to_owned());
        self.roots.push(Root { id, projects: projects.to_owned(), real });
        Ok(true)
    }

    /// Adds the roots that other processes registered; says whether there are new ones.
    pub fn adopt_roots(&mut self) -> Result<bool, Error> {
        let mut new = false;
        for path in self.writer.root_paths()? {
            new |= self.add_root(Path::new(&path))?;
        }
        Ok(new)
    }

    /// What has to be read of the files that a scan of a root saw.
    pub fn compare(&mut self, root: &Root, seen: Vec<Seen>) -> Result<Vec<Job>, Error> {
        let mut jobs = Vec::new();
        for Seen { path, meta } in seen {
            jobs.extend(self.job(root, path, &meta, false)?);
        }
        Ok(jobs)
    }

    /// What has to be read of a file that an event named.
    pub fn hinted(&mut self, path: &Path) -> Result<Option<Job>, Error> {
        // A subagent's description may come after its lines: then those have nothing new, and are looked at all the same.
        let described = path.to_string_lossy().ends_with(".meta.json");
        let transcript =
            if described { path.with_extension("").with_extension("jsonl") } else { path.to_owned() };
        let name = transcript.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if !is_transcript(name) {
            return Ok(None);
        }
        let place = self.roots.iter().find_map(|root| {
            let below =
                transcript.strip_prefix(&root.real).or_else(|_| transcript.strip_prefix(&root.projects));
            below.ok().and_then(Path::to_str).map(|below| (root.clone(), below.to_owned()))
        });
        let Some((root, below)) = place else { return Ok(None) };
        if below.split('/').any(|part| part == "memory" || part == "tool-results") {
            return Ok(None);
        }
        match std::fs::metadata(&transcript) {
            Ok(meta) if meta.is_file() => self.job(&root, below, &meta, described),
            // Gone: what was read of it stays.
            _ => Ok(None),
        }
    }

    fn job(&mut self, root: &Root, path: String, meta: &Metadata, force: bool) -> Result<Option<Job>, Error> {
        self.refresh()?;
        let full = root.projects.join(&path);
        let found = Found { root: root.id, path };
        let known = match self.known.get(&found) {
            Some(known) if known.cursor.is_current(meta) && !force => return Ok(None),
            Some(known) => known.clone(),
            None => {
                let outcome = self.writer.register(&found, tail::born(meta));
                self.stale |= outcome.is_err();
                let known = outcome?;
                self.by_id.insert(known.id, found.clone());
                self.known.insert(found.clone(), known.clone());
                known
            }
        };
        let place = Place {
            path: format!("{}/{}", Root::name(&root.projects), found.path).into(),
            ..Place::of(&found.path, known.born)
        };
        Ok(Some(Job { file: known.id, path: full, place, cursor: known.cursor, state: known.state }))
    }

    /// Takes in what was read of a file. A stretch that does not begin where the file is read to is left alone: what lies
    /// before it was lost with a transaction, and is read again together with it.
    pub fn absorb(&mut self, part: &Part) -> Result<(), Error> {
        self.refresh()?;
        let Some(known) = self.by_id.get(&part.file).and_then(|found| self.known.get_mut(found)) else {
            return Ok(());
        };
        if !part.anew && part.from != known.cursor.offset {
            known.cursor.modified = -1;
            return Ok(());
        }
        let outcome = self.writer.apply(part);
        if outcome.is_err() {
            // The transaction is gone, and with it what the cursors said.
            self.stale = true;
            return outcome;
        }
        let modified = if part.last { part.cursor.modified } else { -1 };
        known.cursor = tail::Cursor { modified, ..part.cursor };
        known.state = part.state.clone();
        Ok(())
    }

    /// Keeps what was taken in.
    pub fn commit(&mut self, now: Millis) -> Result<Committed, Error> {
        let outcome = self.writer.commit(now);
        self.stale |= outcome.is_err();
        outcome
    }

    fn refresh(&mut self) -> Result<(), Error> {
        if self.stale { self.reload() } else { Ok(()) }
    }

    /// Takes in what other processes left in the inbox, and removes its old files once they are read and kept. What cannot
    /// be read is told in `problems`. Gives how many records were new.
    pub fn drain(&mut self, folder: &Path, now: Millis, problems: &mut Vec<String>) -> Result<usize, Error> {
        let files = match inbox::files(folder) {
            Ok(files) => files,
            Err(error) => {
                problems.push(format!("cannot read the folder {}: {error}", folder.display()));
                return Ok(0);
            }
        };
        self.refresh()?;
        if !self.kept {
            let outcome = self.writer.apply_kept();
            self.stale |= outcome.is_err();
            outcome?;
            self.kept = true;
        }
        let mut known = self.writer.inbox()?;
        let mut new = 0;
        for (name, meta) in files {
            let closed = inbox::is_closed(&name, utc_day(now));
            let cursor = known.remove(&name).unwrap_or_default();
            if cursor.is_current(&meta) && !(closed && cursor.offset < cursor.size) {
                // Only what is committed may go.
                if closed && !self.writer.is_open() {
                    self.writer.forget_inbox(&name)?;
                    if let Err(error) = inbox::remove(folder, &name) {
                        problems.push(format!("cannot remove {}: {error}", folder.join(&name).display()));
                    }
                }
                continue;
            }
            match self.drain_file(folder, &name, cursor, closed) {
                Ok(count) => new += count?,
                // Gone meanwhile: whoever led before removed it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => problems.push(format!("cannot read {}: {error}", folder.join(&name).display())),
            }
        }
        Ok(new)
    }

    fn drain_file(
        &mut self,
        folder: &Path,
        name: &str,
        mut cursor: tail::Cursor,
        closed: bool,
    ) -> std::io::Result<Result<usize, Error>> {
        let mut new = 0;
        loop {
            let stretch = inbox::read(folder, name, &cursor, closed)?;
            let outcome = self.writer.apply_lines(name, &stretch.lines, &stretch.cursor);
            self.stale |= outcome.is_err();
            match outcome {
                Ok(count) => new += count,
                error => return Ok(error),
            }
            if !stretch.more {
                return Ok(Ok(new));
            }
            cursor = stretch.cursor;
        }
    }

    fn reload(&mut self) -> Result<(), Error> {
        self.known = self.writer.files()?;
        self.by_id = self.known.iter().map(|(found, known)| (known.id, found.clone())).collect();
        self.stale = false;
        Ok(())
    }
}
