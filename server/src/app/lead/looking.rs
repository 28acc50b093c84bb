//! How a leader learns what changed: watches, and walks through the roots.

use super::reading::is_small;
use super::{Leading, POLL_EVERY};
use crate::app::claude_json;
use crate::app::engine::Event;
use crate::app::try_spawn;
use crate::ingest::Root;
use crate::limits::PlanLimit;
use crate::tail::Job;
use crate::watch::{Hint, Seen, Watch, scan, tells_changes};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// Files made right after their folder are often missed: look again so long after.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Every so often everything is looked at, whatever events say.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// Where events failed they are asked for again so often.
const WATCH_AGAIN: Duration = Duration::from_secs(5);

/// What other processes record waits so long: at once this process would run in the place of the one that still writes, which
/// Claude Code waits for.
const RECORDS_WAIT: Duration = Duration::from_millis(10);
/// How long after an event of the database it is asked once more.
const DATABASE_AGAIN: Duration = Duration::from_millis(20);

/// What a walk through the roots found.
pub(crate) struct Looked {
    seen: Vec<(Root, Vec<Seen>)>,
    /// What Claude Code keeps of the plan's limits, where that changed.
    limits: Vec<PlanLimit>,
    problems: Vec<String>,
}

impl Looked {
    pub(super) fn at(roots: Vec<Root>, state_files: &[PathBuf]) -> Self {
        let mut problems = Vec::new();
        let mut walk = |root: Root| {
            let seen = scan(&root.projects, &mut problems);
            (root, seen)
        };
        let seen = roots.into_iter().map(&mut walk).collect();
        Self { seen, limits: claude_json::read(state_files), problems }
    }
}

impl Leading {
    pub(in crate::app) fn hint(&mut self, hint: Hint) -> bool {
        match hint {
            Hint::Files(_) if self.locked => false,
            Hint::Files(paths) => {
                let mut any = false;
                if paths.iter().any(|path| path.parent() == Some(&self.inbox)) {
                    self.inbox_due.get_or_insert_with(|| Instant::now() + RECORDS_WAIT);
                }
                for path in paths {
                    let outcome = self.ingest.hinted(&path);
                    if let Some(job) = self.checked("reading", outcome).flatten() {
                        any = true;
                        self.take(job);
                    }
                }
                // What waits is kept together with it: one transaction, and the change shows at once.
                any && self.commit()
            }
            Hint::Rescan => match self.last_scan {
                Some(last) if last.elapsed() < LOOK_AGAIN => {
                    self.next_scan = self.next_scan.min(Instant::now() + LOOK_AGAIN);
                    false
                }
                _ => {
                    self.look();
                    self.next_scan = self.next_scan.min(Instant::now() + LOOK_AGAIN);
                    false
                }
            },
            Hint::Failed(reason) => {
                self.without_events(format!("file events failed: {reason}; looking every 2 s instead"));
                self.look();
                true
            }
            Hint::Database => {
                if !self.database_changed() {
                    // The event may come before what was written counts.
                    self.database_again.get_or_insert_with(|| Instant::now() + DATABASE_AGAIN);
                }
                false
            }
        }
    }

    /// Has everything looked at, in a thread: a walk through thousands of files must not hold up what happens live.
    pub(super) fn look(&mut self) {
        self.begin_look();
        if std::mem::replace(&mut self.looking, true) {
            // One walk at a time; the next begins when this one has ended.
            self.next_scan = Instant::now() + LOOK_AGAIN;
            return;
        }
        let (roots, events, reign) = (self.ingest.roots().to_vec(), self.events.clone(), self.reign);
        let changed = self.claude_json.changed(&roots, self.home.as_deref());
        let look = move || drop(events.send(Event::Looked(reign, Looked::at(roots, &changed))));
        match try_spawn("costline-scan", Box::new(look)) {
            Ok(()) => self.troubles.end("threads"),
            Err(error) => {
                self.looking = false;
                self.next_scan = Instant::now() + POLL_EVERY;
                self.troubles.begin("threads", error);
            }
        }
    }

    /// Looks at everything now.
    pub(in crate::app) fn scan(&mut self) -> bool {
        self.begin_look();
        let recorded = self.drain();
        let changed = self.claude_json.changed(self.ingest.roots(), self.home.as_deref());
        self.compare(Looked::at(self.ingest.roots().to_vec(), &changed)) || recorded
    }

    pub(super) fn begin_look(&mut self) {
        self.apply_prices();
        self.watch_roots();
        self.last_scan = Some(Instant::now());
        self.next_scan = Instant::now() + if self.polling { POLL_EVERY } else { SCAN_EVERY };
    }

    pub(in crate::app) fn looked(&mut self, looked: Looked) -> bool {
        self.looking = false;
        self.compare(looked)
    }

    /// Reads what is new and small at once, and hands the rest to the readers.
    pub(super) fn compare(&mut self, looked: Looked) -> bool {
        let mut jobs = Vec::new();
        for (root, seen) in looked.seen {
            let outcome = self.ingest.compare(&root, seen);
            jobs.extend(self.checked("reading", outcome).unwrap_or_default());
        }
        if !looked.limits.is_empty() {
            let outcome = self.ingest.writer().apply_limits(&looked.limits);
            self.checked("the database", outcome);
        }
        match looked.problems.into_iter().next() {
            Some(first) => self.troubles.begin("scan", first),
            None => self.troubles.end("scan"),
        }
        self.troubles.forget_gone();
        // The latest sessions first: they are what someone looks at.
        jobs.sort_by_cached_key(|job| std::cmp::Reverse(modified(job)));
        let (small, large): (Vec<Job>, Vec<Job>) =
            if jobs.len() <= 16 { jobs.into_iter().partition(is_small) } else { (Vec::new(), jobs) };
        small.into_iter().for_each(|job| self.take(job));
        self.give(large);
        self.commit()
    }

    pub(super) fn watch_roots(&mut self) {
        if let Some(config) = &self.config {
            // Without it the file is looked at with each scan.
            let _ = self.watch.add_file(config);
            // A change before the watch brings no event.
            self.config_unseen = true;
        }
        if self.poll || self.troubles.has("watch") && Instant::now() < self.watch_again {
            return;
        }
        let roots: Vec<PathBuf> = self.ingest.roots().iter().map(|root| root.real.clone()).collect();
        match std::iter::once(&self.inbox).chain(&roots).try_for_each(|folder| self.watch.add(folder)) {
            Ok(()) => {
                self.polling = !roots.iter().all(|root| tells_changes(root));
                self.troubles.end("watch");
            }
            Err(reason) => self.without_events(format!("{reason}; looking every 2 s instead")),
        }
    }

    /// Looks by itself for a while. A watch that is there in part only is given up: what it misses is not known.
    pub(super) fn without_events(&mut self, problem: String) {
        self.polling = true;
        self.troubles.begin("watch", problem);
        self.watch_again = Instant::now() + WATCH_AGAIN;
        self.watch = watch(&self.state, &self.events);
    }
}

fn modified(job: &Job) -> Option<std::time::SystemTime> {
    std::fs::metadata(&job.path).and_then(|meta| meta.modified()).ok()
}

pub(super) fn watch(state: &Path, events: &Sender<Event>) -> Watch {
    let events = events.clone();
    Watch::new(state, move |hint| drop(events.send(Event::Hint(hint))))
}
