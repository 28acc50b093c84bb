//! The leader's side of the engine: watches, scans, reads, writes.

mod looking;
mod reading;
mod ready;
mod telling;
mod warning;

pub(crate) use looking::Looked;
pub(super) use reading::BEHIND_AFTER;

use super::backlog::Counter;
use super::claude_json::ClaudeJson;
use super::engine::Event;
use super::push::Pusher;
use super::readers::Readers;
use super::troubles::Troubles;
use super::upkeep::{self, Upkeep, Upkept};
use super::{Setup, now};
use crate::config::Alerts;
use crate::ingest::{Ingest, Root};
use crate::leader::Lock;
use crate::paths;
use crate::pricing::PriceTable;
use crate::snapshot::{LeaderHealth, Rows};
use crate::store::reading::Scope;
use crate::store::{Error, Lookout, Roots};
use crate::tail::Reader;
use crate::time::{MINUTE, Millis, Zone};
use crate::watch::Watch;
use looking::watch;
use ready::ReadySums;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use telling::how;

/// The longest that a transaction stays open. What is read in between touches mostly the same pages, so longer ones write
/// less; whatever happens live ends one at once.
const COMMIT_AFTER: Duration = Duration::from_millis(500);
/// How often where there are no events.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// What no event tells is looked at so often: the clock may be set, and on some disks a file goes in silence.
const GLANCE_EVERY: Duration = Duration::from_secs(2);

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
    /// When to take in what they left.
    inbox_due: Option<Instant>,
    /// What Claude Code keeps of the plan's limits.
    claude_json: ClaudeJson,
    home: Option<PathBuf>,
    /// What is looked out for once everything is read.
    lookout: Lookout,
    /// The changes of budgets that were taken up.
    budget_changes: i64,
    /// They led to another content.
    reconsidered: bool,
    /// The user's own program for alerts, and what it is to hear.
    command: Vec<String>,
    alert_settings: Alerts,
    /// Posts to the addresses of the settings.
    pusher: Pusher,
    /// Keeps sums ready for status lines.
    ready: ReadySums,
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
        let budget_changes = ingest.writer().budget_changes()?;
        let inbox = inbox(setup);
        let watch = watch(&setup.state, &events);
        let mut leading = Self {
            lock,
            reign,
            state: setup.state.clone(),
            ingest,
            watch,
            polling,
            poll: setup.config.watch.poll,
            watch_again: Instant::now(),
            reader: Reader::default(),
            readers: Readers::in_background(),
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
            inbox_due: None,
            claude_json: ClaudeJson::default(),
            home: setup.env.home().map(Path::to_owned),
            lookout: setup.lookout(),
            budget_changes,
            reconsidered: false,
            command: setup.config.alerts.command.clone(),
            alert_settings: setup.config.alerts.clone(),
            pusher: Pusher::default(),
            ready: ReadySums::new(setup),
            told,
            tell_again: None,
        };
        leading.push_by(setup);
        Ok(leading)
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
            .chain(self.inbox_due)
            .chain(self.ready.due())
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
        changed |= std::mem::take(&mut self.reconsidered) | self.look_out();
        if self.last_scan.is_some()
            && !self.looking
            && self.busy.is_empty()
            && !self.ingest.writer().is_open()
        {
            self.upkeep.back_up();
        }
        changed
    }

    /// Takes in what other processes recorded once that has waited; says whether the content changed. It happens live, and is
    /// told so while a backlog is read.
    pub(super) fn take_records(&mut self) -> bool {
        self.inbox_due.is_some_and(|at| at <= Instant::now()) && self.drain()
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

    /// Takes in what other processes left in the inbox.
    fn drain(&mut self) -> bool {
        self.inbox_due = None;
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
            self.run_command();
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
        self.run_command();
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
    pub(super) fn settle(&mut self) {
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
        let changes = self.ingest.writer().budget_changes().unwrap_or(self.budget_changes);
        if changes != self.budget_changes {
            self.budget_changes = changes;
            self.reconsider();
        }
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

/// The folder of records, made where it is not there, by the name that file events have for it.
fn inbox(setup: &Setup) -> PathBuf {
    let folder = paths::inbox(&setup.state);
    if let Err(error) = paths::ensure_private_dir(&folder) {
        tracing::warn!("{error}");
    }
    std::fs::canonicalize(&folder).unwrap_or(folder)
}
