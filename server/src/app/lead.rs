//! The leader's side of the engine: watches, scans, reads, writes.

use super::backlog::Counter;
use super::engine::Event;
use super::readers::{Readers, Told};
use super::troubles::Troubles;
use super::upkeep::{self, Upkeep, Upkept};
use super::{Setup, now};
use crate::ingest::{Ingest, Root};
use crate::leader::Lock;
use crate::paths;
use crate::pricing::PriceTable;
use crate::snapshot::wire;
use crate::snapshot::{LeaderHealth, Rows};
use crate::store::reading::Scope;
use crate::store::{Error, Roots};
use crate::tail::{Job, Reader};
use crate::time::{MINUTE, Millis, Zone};
use crate::watch::{Hint, Seen, Watch, scan, tells_changes};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// Appended bytes up to this are read at once; more goes to the readers.
const AT_ONCE: u64 = 1024 * 1024;
/// The longest that a transaction stays open. What is read in between touches mostly the same pages, so longer ones write
/// less; whatever happens live ends one at once.
const COMMIT_AFTER: Duration = Duration::from_millis(500);
/// Every so often everything is looked at, whatever events say.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// How often where there are no events.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// Numbers are stale when bytes wait unread for longer.
pub(super) const BEHIND_AFTER: Duration = Duration::from_secs(10);
/// Where events failed they are asked for again so often.
const WATCH_AGAIN: Duration = Duration::from_secs(5);
/// How long after an event of the database it is asked once more.
const DATABASE_AGAIN: Duration = Duration::from_millis(20);
/// What no event tells is looked at so often: the clock may be set, and on some disks a file goes in silence.
const GLANCE_EVERY: Duration = Duration::from_secs(2);
/// Files made right after their folder are often missed: look again so long after.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a walk through the roots found.
pub(crate) struct Looked {
    seen: Vec<(Root, Vec<Seen>)>,
    problems: Vec<String>,
}

impl Looked {
    fn at(roots: Vec<Root>) -> Self {
        let mut problems = Vec::new();
        let mut walk = |root: Root| {
            let seen = scan(&root.projects, &mut problems);
            (root, seen)
        };
        let seen = roots.into_iter().map(&mut walk).collect();
        Self { seen, problems }
    }
}

#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Leading {
    lock: Lock,
    /// What tells this reign's events from those of an earlier one.
    pub(super) reign: u64,
    state: PathBuf,
    pub(super) ingest: Ingest,
    pub(super) watch: Watch,
    pub(super) polling: bool,
    /// The settings ask for no events.
    poll: bool,
    watch_again: Instant,
    reader: Reader,
    readers: Readers,
    events: Sender<Event>,
    /// Files that a reader works on, and whether they changed meanwhile.
    busy: HashMap<i64, (PathBuf, bool)>,
    /// How far they are, for whoever shows it.
    counter: Counter,
    /// Since when files wait for readers without a break.
    busy_since: Option<Instant>,
    next_scan: Instant,
    /// Scans are asked for in bursts: one at once, one a second later.
    last_scan: Option<Instant>,
    /// A thread walks through the roots.
    looking: bool,
    opened: Option<Instant>,
    data_version: i64,
    /// When to ask again whether another process wrote.
    database_again: Option<Instant>,
    /// Where a day's end changes what someone sees.
    zones: Vec<Zone>,
    /// The config file is to be looked at.
    pub(super) config_unseen: bool,
    /// What the config file is called.
    config: Option<PathBuf>,
    /// Prices that are to apply, and do not yet.
    new_prices: Option<Arc<PriceTable>>,
    /// When time alone changes the status next.
    tick_at: Millis,
    /// The moment that the status was last computed for.
    as_of: Millis,
    upkeep: Upkeep,
    /// Why the database has to be replaced.
    pub(super) damage: Option<String>,
    /// Another program has the database locked: what happens live waits for the next scan.
    locked: bool,
    pub(super) troubles: Troubles,
    /// Where other processes leave records.
    inbox: PathBuf,
    /// What the database says of this process.
    told: LeaderHealth,
    /// It could not be told, and is to be tried again then.
    tell_again: Option<Instant>,
}

impl Drop for Leading {
    fn drop(&mut self) {
        self.readers.close();
        if !self.ingest.is_in_place() {
            self.ingest.writer().abandon();
        }
    }
}

impl Leading {
    /// Begins to lead; `beyond` is the last revision that was shown.
    pub(super) fn new(
        lock: Lock,
        reign: u64,
        beyond: i64,
        setup: &Setup,
        events: Sender<Event>,
    ) -> Result<Self, Error> {
        let upkeep = Upkeep::new(setup, reign, events.clone());
        let upkeep::Opened { mut ingest, clean, .. } = upkeep::open(setup)?;
        if !clean {
            upkeep.check();
        }
        ingest.adopt_roots()?;
        let polling = setup.config.watch.poll;
        let told = LeaderHealth { watch: how(polling), problems: Vec::new() };
        ingest.writer().go_on_beyond(beyond)?;
        ingest.writer().set_leader(std::process::id(), super::VERSION, &told, now())?;
        let data_version = ingest.writer().data_version()?;
        let inbox = inbox(setup);
        let watch = watch(&setup.state, &events);
        Ok(Self {
            lock,
            reign,
            state: setup.state.clone(),
            ingest,
            watch,
            polling,
            poll: setup.config.watch.poll,
            watch_again: Instant::now(),
            reader: Reader::default(),
            readers: Readers::default(),
            events,
            busy: HashMap::new(),
            counter: Counter::new(setup.backlog.clone()),
            busy_since: None,
            next_scan: Instant::now(),
            last_scan: None,
            looking: false,
            opened: None,
            data_version,
            database_again: None,
            zones: vec![setup.zone.clone()],
            config_unseen: false,
            config: paths::config_file(&setup.env).ok(),
            new_prices: None,
            tick_at: 0,
            as_of: 0,
            upkeep,
            damage: None,
            locked: false,
            troubles: Troubles::default(),
            inbox,
            told,
            tell_again: None,
        })
    }

    /// Whether this process still leads those who look into the state folder now: neither the lock's file nor the
    /// database's were removed or replaced.
    pub(super) fn is_in_place(&self) -> bool {
        self.lock.is_in_place() && self.ingest.is_in_place()
    }

    /// When the engine has to call [`Leading::due`] at the latest.
    pub(super) fn deadline(&self) -> Instant {
        let tick = Instant::now() + Duration::from_millis((self.tick_at - now()).max(0) as u64);
        let commit = self.opened.map(|opened| opened + COMMIT_AFTER);
        let behind = self.behind_at().filter(|at| *at > Instant::now());
        let glance = Instant::now() + GLANCE_EVERY;
        commit
            .into_iter()
            .chain(behind)
            .chain(self.database_again)
            .chain([tick, glance])
            .fold(self.next_scan, Instant::min)
    }

    /// Does what time asks for; says whether the content changed.
    pub(super) fn due(&mut self) -> bool {
        let mut changed = false;
        if Instant::now() >= self.next_scan {
            changed |= self.drain();
            self.look();
        }
        if self.opened.is_some_and(|opened| opened.elapsed() >= COMMIT_AFTER) {
            changed |= self.commit();
        }
        if self.database_again.is_none_or(|at| Instant::now() >= at) {
            self.database_again = None;
            self.database_changed();
        }
        // A clock that was set back would hold a status at a later day's sums.
        if now() >= self.tick_at || now() < self.as_of - MINUTE {
            changed |= self.tick();
        }
        if self.last_scan.is_some()
            && !self.looking
            && self.busy.is_empty()
            && !self.ingest.writer().is_open()
        {
            self.upkeep.back_up();
        }
        changed
    }

    /// Hears of the upkeep; says whether something is to be told.
    pub(super) fn upkept(&mut self, upkept: Upkept) -> bool {
        match upkept {
            Upkept::Checked(Err(error)) => self.checked::<()>("the database", Err(error)).is_none(),
            Upkept::Checked(Ok(())) => false,
            Upkept::BackedUp(outcome) => {
                self.upkeep.backed_up(outcome.is_ok());
                let before = self.troubles.has("the backup");
                self.checked("the backup", outcome);
                before != self.troubles.has("the backup")
            }
        }
    }

    pub(super) fn hint(&mut self, hint: Hint) -> bool {
        match hint {
            Hint::Files(_) if self.locked => false,
            Hint::Files(paths) => {
                let mut any = false;
                let recorded = paths.iter().any(|path| path.parent() == Some(&self.inbox)) && self.drain();
                for path in paths {
                    let outcome = self.ingest.hinted(&path);
                    if let Some(job) = self.checked("reading", outcome).flatten() {
                        any = true;
                        self.take(job);
                    }
                }
                // What waits is kept together with it: one transaction, and the change shows at once.
                any && self.commit() || recorded
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
    fn look(&mut self) {
        self.begin_look();
        if std::mem::replace(&mut self.looking, true) {
            // One walk at a time; the next begins when this one has ended.
            self.next_scan = Instant::now() + LOOK_AGAIN;
            return;
        }
        let (roots, events, reign) = (self.ingest.roots().to_vec(), self.events.clone(), self.reign);
        let look = move || drop(events.send(Event::Looked(reign, Looked::at(roots))));
        match super::try_spawn("costline-scan", Box::new(look)) {
            Ok(()) => self.troubles.end("threads"),
            Err(error) => {
                self.looking = false;
                self.next_scan = Instant::now() + POLL_EVERY;
                self.troubles.begin("threads", error);
            }
        }
    }

    /// Looks at everything now.
    pub(super) fn scan(&mut self) -> bool {
        self.begin_look();
        let recorded = self.drain();
        self.compare(Looked::at(self.ingest.roots().to_vec())) || recorded
    }

    /// Takes in what other processes left in the inbox.
    fn drain(&mut self) -> bool {
        let mut problems = Vec::new();
        // An empty inbox says nothing of the database.
        if let Err(error) = self.ingest.drain(&self.inbox, now(), &mut problems) {
            self.failed("the database", &error);
        }
        match problems.pop() {
            Some(problem) => self.troubles.begin("inbox", problem),
            None => self.troubles.end("inbox"),
        }
        self.ingest.writer().is_open() && self.commit()
    }

    fn begin_look(&mut self) {
        self.apply_prices();
        self.watch_roots();
        self.last_scan = Some(Instant::now());
        self.next_scan = Instant::now() + if self.polling { POLL_EVERY } else { SCAN_EVERY };
    }

    pub(super) fn looked(&mut self, looked: Looked) -> bool {
        self.looking = false;
        self.compare(looked)
    }

    /// Reads what is new and small at once, and hands the rest to the readers.
    fn compare(&mut self, looked: Looked) -> bool {
        let mut jobs = Vec::new();
        for (root, seen) in looked.seen {
            let outcome = self.ingest.compare(&root, seen);
            jobs.extend(self.checked("reading", outcome).unwrap_or_default());
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

    /// Counts days in these zones: a status is made anew when one ends.
    pub(super) fn count_days_in(&mut self, zones: [&Zone; 2]) {
        self.zones = zones.map(Zone::clone).to_vec();
        self.zones.dedup();
        if self.tick_at != 0 {
            self.schedule_tick();
        }
    }

    /// Takes up what changed in the settings.
    pub(super) fn reconfigure(&mut self, before: &Setup, new: &Setup) {
        if !Arc::ptr_eq(&before.prices, &new.prices) {
            self.new_prices = Some(new.prices.clone());
        }
        for projects in &new.projects {
            let outcome = self.ingest.add_root(projects);
            self.checked("the database", outcome);
        }
        if before.config.watch != new.config.watch {
            (self.poll, self.polling) = (new.config.watch.poll, new.config.watch.poll);
            self.troubles.end("watch");
            self.watch = watch(&new.state, &self.events);
        }
        self.look();
        // Other settings show other content: it gets a revision of its own.
        self.settle();
        let outcome = self.ingest.writer().tick(now());
        self.checked("the database", outcome);
        self.schedule_tick();
    }

    /// How this process fares, for those who follow.
    fn health(&self) -> LeaderHealth {
        LeaderHealth { watch: how(self.polling), problems: self.troubles.told() }
    }

    /// Whether there is something new to tell of this process.
    pub(super) fn has_news(&self) -> bool {
        self.told != self.health() && self.tell_again.is_none_or(|at| Instant::now() >= at)
    }

    /// Tells the others how this process fares.
    fn tell(&mut self) {
        if !self.has_news() {
            return;
        }
        let health = self.health();
        let outcome = self.ingest.writer().set_health(&health, now());
        // What fails now will fail in a moment, too.
        self.tell_again = outcome.is_err().then(|| Instant::now() + POLL_EVERY);
        // So small a write may find room where what was read finds none: it says nothing of that.
        if self.checked("the leader", outcome).is_some() {
            self.told = health;
            self.schedule_tick();
        }
    }

    fn apply_prices(&mut self) {
        let Some(prices) = self.new_prices.take() else { return };
        self.settle();
        let outcome = self.ingest.writer().set_prices(prices.clone());
        if self.checked("the prices", outcome).is_none() {
            self.new_prices = Some(prices);
        }
    }

    fn watch_roots(&mut self) {
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
    fn without_events(&mut self, problem: String) {
        self.polling = true;
        self.troubles.begin("watch", problem);
        self.watch_again = Instant::now() + WATCH_AGAIN;
        self.watch = watch(&self.state, &self.events);
    }

    /// Reads what was appended to a file.
    fn take(&mut self, job: Job) {
        if let Some((_, again)) = self.busy.get_mut(&job.file) {
            *again = true;
            return;
        }
        if !is_small(&job) {
            return self.give(vec![job]);
        }
        let Self { reader, ingest, .. } = self;
        let mut failed = Ok(());
        let outcome = reader.read(&job, |part| {
            failed = ingest.absorb(&part);
            failed.is_ok()
        });
        // Only a commit shows that the database takes anything.
        if let Err(error) = failed {
            self.failed("the database", &error);
        }
        self.outcome(&job.path, outcome);
        self.opened.get_or_insert_with(Instant::now);
    }

    fn give(&mut self, jobs: Vec<Job>) {
        let jobs: Vec<Job> = jobs.into_iter().filter(|job| !self.is_busy(job)).collect();
        if !jobs.is_empty() {
            self.busy_since.get_or_insert_with(Instant::now);
        }
        for job in &jobs {
            self.busy.insert(job.file, (job.path.clone(), false));
        }
        self.counter.wait(&jobs);
        let (events, reign) = (self.events.clone(), self.reign);
        self.readers.read(jobs, &move |told| events.send(Event::Read(reign, told)).is_ok());
    }

    fn is_busy(&mut self, job: &Job) -> bool {
        self.busy.get_mut(&job.file).map(|(_, again)| *again = true).is_some()
    }

    pub(super) fn told(&mut self, told: Told) -> bool {
        match told {
            Told::Part(part) => {
                self.readers.written();
                self.counter.read(&part);
                if let Err(error) = self.ingest.absorb(&part) {
                    self.failed("the database", &error);
                }
                self.opened.get_or_insert_with(Instant::now);
                if part.last {
                    self.done(part.file, Ok(()));
                }
            }
            Told::Failed(file, error) => self.done(file, Err(error)),
        }
        if !self.busy.is_empty() {
            return false;
        }
        let backlog = self.busy_since.take().is_some();
        let changed = self.commit();
        if backlog {
            self.ingest.writer().rest();
        }
        changed
    }

    /// Whether bytes have waited unread for too long.
    pub(super) fn is_behind(&self) -> bool {
        self.behind_at().is_some_and(|at| Instant::now() >= at)
    }

    fn behind_at(&self) -> Option<Instant> {
        self.busy_since.into_iter().chain(self.troubles.since()).min().map(|since| since + BEHIND_AFTER)
    }

    fn done(&mut self, file: i64, outcome: io::Result<()>) {
        let Some((path, again)) = self.busy.remove(&file) else { return };
        self.counter.done(file);
        self.outcome(&path, outcome);
        if again {
            let outcome = self.ingest.hinted(&path);
            if let Some(job) = self.checked("reading", outcome).flatten() {
                self.take(job);
            }
        }
    }

    fn outcome(&mut self, path: &Path, outcome: io::Result<()>) {
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.troubles.unreadable(path, &error);
                // What a person has to mend is not tried every two seconds.
                if error.kind() != io::ErrorKind::PermissionDenied {
                    self.next_scan = self.next_scan.min(Instant::now() + POLL_EVERY);
                }
            }
            _ => self.troubles.readable(path),
        }
    }

    fn commit(&mut self) -> bool {
        self.opened = None;
        // An empty transaction would succeed on a full disk, too; and without the lock another process writes.
        if !self.ingest.writer().is_open() || !self.lock.is_in_place() {
            return false;
        }
        let outcome = self.ingest.commit(now());
        let committed = self.checked("the database", outcome);
        if committed.is_some() {
            // What is to be said of this process finds room again, too.
            self.troubles.end("the leader");
        }
        let changed = committed.is_some_and(|committed| committed.changed);
        if changed {
            self.schedule_tick();
        }
        changed
    }

    fn tick(&mut self) -> bool {
        let due = self.ingest.writer().as_of().unwrap_or(0);
        // At the first look nothing may be due yet.
        if self.tick_at == 0 {
            self.schedule_tick();
            if due > 0 && now() < self.tick_at {
                return false;
            }
        }
        let outcome = self.ingest.writer().tick(now());
        let ticked = self.checked("what time changes", outcome).is_some();
        self.schedule_tick();
        ticked
    }

    /// What a status is built from. Rows and sums belong together only between transactions.
    pub(super) fn rows(
        &mut self,
        projects: &[PathBuf],
        scope: impl FnOnce(Roots) -> Scope,
    ) -> Result<Rows, Error> {
        self.settle();
        self.tell();
        let own = |root: &&Root| projects.contains(&root.projects);
        let roots = self.ingest.roots().iter().filter(own).fold(0, |set, root| set | 1 << root.id);
        let rows = self.ingest.writer().rows(&scope(roots));
        if let Err(Error::Damaged(reason)) = &rows {
            self.damage = Some(reason.clone());
        }
        rows
    }

    /// Ends a transaction that is open.
    fn settle(&mut self) {
        if self.ingest.writer().is_open() {
            self.commit();
        }
    }

    /// Puts everything down before the process ends.
    pub(super) fn rest(&mut self) {
        self.settle();
        self.ingest.writer().close();
    }

    fn schedule_tick(&mut self) {
        let Ok(as_of) = self.ingest.writer().as_of() else { return };
        self.as_of = as_of;
        let mut next = Ok(Millis::MAX);
        for zone in &self.zones {
            let change = self.ingest.writer().next_change(as_of, zone);
            next = next.and_then(|next| change.map(|change| change.min(next)));
        }
        self.tick_at = self.checked("what comes next", next).unwrap_or_else(|| now() + 60_000);
    }

    /// Whether another process wrote: it may have registered roots of its own.
    fn database_changed(&mut self) -> bool {
        let version = self.ingest.writer().data_version().unwrap_or(self.data_version);
        if version == self.data_version {
            return false;
        }
        self.data_version = version;
        let outcome = self.ingest.adopt_roots();
        if self.checked("the Claude folders", outcome).unwrap_or(false) {
            self.look();
        }
        true
    }

    /// Keeps an error as a problem until the same thing works; after a failure everything is looked at again soon.
    fn checked<T>(&mut self, about: &'static str, outcome: Result<T, Error>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.troubles.end(about);
                self.locked = false;
                Some(value)
            }
            Err(error) => {
                self.failed(about, &error);
                None
            }
        }
    }

    fn failed(&mut self, about: &'static str, error: &Error) {
        self.locked = matches!(error, Error::Locked);
        if let Error::Damaged(reason) = error {
            self.damage = Some(reason.clone());
        }
        self.troubles.begin(about, error.to_string());
        self.next_scan = self.next_scan.min(Instant::now() + POLL_EVERY);
    }
}

fn watch(state: &Path, events: &Sender<Event>) -> Watch {
    let events = events.clone();
    Watch::new(state, move |hint| drop(events.send(Event::Hint(hint))))
}

/// The folder of records, made where it is not there, by the name that file events have for it.
fn inbox(setup: &Setup) -> PathBuf {
    let folder = paths::inbox(&setup.state);
    if let Err(error) = paths::ensure_private_dir(&folder) {
        tracing::warn!("{error}");
    }
    std::fs::canonicalize(&folder).unwrap_or(folder)
}

/// How changes are noticed.
const fn how(polling: bool) -> wire::Watch {
    if polling { wire::Watch::Polling } else { wire::Watch::Events }
}

fn is_small(job: &Job) -> bool {
    let unread = |meta: std::fs::Metadata| {
        let from = if job.cursor.is_touched(&meta) { 0 } else { job.cursor.offset };
        meta.len().saturating_sub(from)
    };
    std::fs::metadata(&job.path).map_or(true, |meta| unread(meta) <= AT_ONCE)
}

fn modified(job: &Job) -> Option<std::time::SystemTime> {
    std::fs::metadata(&job.path).and_then(|meta| meta.modified()).ok()
}
