//! The loop at the heart of a living process: events in, statuses out.

mod reload;

use super::follow::Following;
use super::lead::{Leading, Looked};
use super::readers::Told;
use super::upkeep::{self, Upkept};
use super::{Setup, documents, now, spawn, try_spawn};
use crate::config::Config;
use crate::leader::{self, LEADER, Lock};
use crate::lsp::{Client, Format, Message, Query, Shown};
use crate::output;
use crate::reports;
use crate::snapshot::wire::{Role, Status, Watch};
use crate::snapshot::{Rows, Surroundings, build};
use crate::store::reading::{Reading, Scope};
use crate::store::{ALL_ROOTS, Error, Roots};
use crate::time::Zone;
use crate::watch::Hint;
use crate::workspace;
use chrono::{NaiveDate, Weekday};
use serde_json::Value;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Bursts of changes become at most ten statuses a second.
const PUBLISH_EVERY: Duration = Duration::from_millis(100);
/// A client that starts a server greets it within this time; what takes long is not begun before.
const GREETING: Duration = Duration::from_millis(100);
/// After a failure to lead, so long until the next try.
const LEAD_AGAIN: Duration = Duration::from_secs(2);
/// The same after a failure to wait for the lead.
const WAIT_AGAIN: Duration = Duration::from_millis(50);
/// A database that is damaged so soon after another one was is not replaced at once.
const REPLACE_AGAIN: Duration = Duration::from_mins(1);

/// Everything that can happen.
pub enum Event {
    /// The operating system hints at a change.
    Hint(Hint),
    /// A reader thread tells.
    #[allow(private_interfaces, reason = "only this room's threads make it")]
    Read(u64, Told),
    /// A walk through the roots has ended.
    #[allow(private_interfaces, reason = "only this room's threads make it")]
    Looked(u64, Looked),
    /// The upkeep of the database tells.
    #[allow(private_interfaces, reason = "only this room's threads make it")]
    Upkept(u64, Upkept),
    /// The editor speaks.
    Client(Message),
    /// The wait for the lock is over: this process leads from now on, or has to ask again.
    Lead(io::Result<Lock>),
    /// The process ends; the sender waits until all is put down.
    Stop(Sender<()>),
}

enum Side {
    Leader(Box<Leading>),
    Follower(Box<Following>),
}

/// The state of the loop.
pub struct Engine {
    setup: Setup,
    config: Config,
    zone: Zone,
    folders: Vec<String>,
    /// Whose folders they are is known.
    greeted: bool,
    /// When the loop began.
    began: Instant,
    /// What the last status was built from: it shows, as stale, while the database cannot be read.
    last: Rows,
    side: Side,
    inbox: Receiver<Event>,
    events: Sender<Event>,
    statuses: watch::Sender<Option<Arc<Status>>>,
    /// Why this process cannot lead.
    problems: Vec<String>,
    /// How often this process began to lead.
    reigns: u64,
    /// What was wrong, and whether bytes waited for long, when the last status was made.
    shown: (Vec<String>, bool),
    /// When a damaged database was replaced last.
    replaced: Option<Instant>,
    /// What the editor set last.
    options: Value,
    /// What is wrong with that.
    editor_problems: Vec<String>,
    dirty: bool,
    published: Option<Instant>,
    lead_again: Option<Instant>,
    config_watch: reload::ConfigWatch,
}

/// Starts the loop in a thread of its own; gives where to send events, and where statuses come out. Without `folders`
/// the first status is made when a client says which ones it has: before, it would be about none.
pub fn start(
    setup: Setup,
    folders: Option<&[PathBuf]>,
) -> (Sender<Event>, watch::Receiver<Option<Arc<Status>>>) {
    let (events, inbox) = channel();
    let (statuses, receiver) = watch::channel(None);
    let greeted = folders.is_some();
    let folders = workspace::expand(folders.unwrap_or_default());
    let handle = events.clone();
    spawn(
        "costline",
        Box::new(move || {
            let side = Side::Follower(Box::new(Following::new(&setup, 0, events.clone())));
            let mut engine = Engine {
                config: setup.config.clone(),
                zone: setup.zone.clone(),
                setup,
                folders,
                greeted,
                began: Instant::now(),
                last: Rows::default(),
                side,
                inbox,
                events,
                statuses,
                problems: Vec::new(),
                reigns: 0,
                shown: (Vec::new(), false),
                replaced: None,
                options: Value::Null,
                editor_problems: Vec::new(),
                dirty: true,
                published: None,
                lead_again: None,
                config_watch: reload::ConfigWatch::default(),
            };
            engine.try_lead();
            engine.run();
        }),
    );
    (handle, receiver)
}

impl Engine {
    fn run(&mut self) {
        if let Side::Follower(following) = &mut self.side {
            following.changed();
        }
        self.publish();
        loop {
            let wait = self.deadline().saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(wait) {
                Ok(Event::Stop(done)) => return self.stop(&done),
                Ok(event) => self.handle(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // Who has just come is shown what is known before everything is looked at, which takes its time.
            if self.dirty && self.published.is_none() {
                self.publish();
            }
            if self.awaits_greeting() {
                continue;
            }
            self.due();
            self.dirty |= matches!(&self.side, Side::Leader(leading) if leading.has_news());
            if self.dirty && self.published.is_none_or(|at| at.elapsed() >= PUBLISH_EVERY) {
                self.publish();
            }
        }
    }

    /// Whether the client is about to greet: it would have to wait for what is begun now.
    fn awaits_greeting(&self) -> bool {
        !self.greeted && self.began.elapsed() < GREETING
    }

    fn deadline(&self) -> Instant {
        if self.awaits_greeting() {
            return self.began + GREETING;
        }
        let side = match &self.side {
            Side::Leader(leading) => leading.deadline(),
            Side::Follower(following) => following.deadline(),
        };
        let publish = self.published.filter(|_| self.dirty).map(|at| at + PUBLISH_EVERY);
        publish
            .into_iter()
            .chain(self.lead_again)
            .chain(self.config_watch.deadline())
            .fold(side, Instant::min)
    }

    fn due(&mut self) {
        if self.lead_again.is_some_and(|at| Instant::now() >= at) {
            self.lead_again = None;
            self.try_lead();
        }
        match &mut self.side {
            Side::Leader(leading) if !leading.is_in_place() => self.begin_anew(),
            Side::Leader(leading) => self.dirty |= leading.due(),
            Side::Follower(following) => {
                self.dirty |= following.changed();
                following.look_after_leader(&self.setup);
            }
        }
        if let Side::Leader(leading) = &mut self.side
            && let Some(reason) = leading.damage.take()
        {
            self.set_right(&reason);
        }
        self.reload_when_due();
        self.dirty |= self.troubles() != self.shown;
    }

    /// What is wrong on this side, and whether bytes have waited unread for too long.
    fn troubles(&self) -> (Vec<String>, bool) {
        match &self.side {
            Side::Leader(leading) => (leading.troubles.told(), leading.is_behind()),
            Side::Follower(following) => (following.problems(), following.is_behind()),
        }
    }

    /// Replaces a database that showed to be damaged, and leads anew. A disk that damages one after the other is not fed.
    fn set_right(&mut self, reason: &str) {
        let problem = format!("the database is damaged ({reason})");
        tracing::error!("{problem}");
        let outcome = match self.replaced {
            Some(at) if at.elapsed() < REPLACE_AGAIN => Err(format!("{problem} again; check the disk")),
            // The lock is still held: whoever leads next finds the new one.
            _ => upkeep::replace(&self.setup, &format!("damaged ({reason})"))
                .map_err(|error| error.to_string()),
        };
        self.replaced = Some(Instant::now());
        self.follow();
        self.dirty = true;
        match outcome {
            Ok(_) => self.try_lead(),
            Err(problem) => {
                self.problems = vec![problem];
                self.lead_again = Some(Instant::now() + REPLACE_AGAIN);
            }
        }
    }

    /// The files of the state folder are not the ones that this leader holds: what it wrote would be seen by nobody, and
    /// another process may lead by now.
    fn begin_anew(&mut self) {
        tracing::warn!("the files in {} were removed or replaced", self.setup.state.display());
        self.follow();
        self.try_lead();
        self.dirty = true;
    }

    fn follow(&mut self) {
        self.side =
            Side::Follower(Box::new(Following::new(&self.setup, self.last.revision, self.events.clone())));
    }

    fn handle(&mut self, event: Event) {
        if matches!(event, Event::Hint(_)) {
            self.look_at_config();
        }
        match (event, &mut self.side) {
            (Event::Hint(hint), Side::Leader(leading)) => self.dirty |= leading.hint(hint),
            (Event::Hint(_), Side::Follower(following)) => self.dirty |= following.hint(),
            (Event::Read(reign, told), Side::Leader(leading)) if reign == leading.reign => {
                self.dirty |= leading.told(told);
            }
            (Event::Looked(reign, looked), Side::Leader(leading)) if reign == leading.reign => {
                self.dirty |= leading.looked(looked);
            }
            (Event::Upkept(reign, upkept), Side::Leader(leading)) if reign == leading.reign => {
                self.dirty |= leading.upkept(upkept);
            }
            // Of an earlier reign.
            (Event::Read(..) | Event::Looked(..) | Event::Upkept(..) | Event::Stop(_), _) => {}
            (Event::Lead(Ok(lock)), _) => self.lead(lock),
            (Event::Lead(Err(error)), _) => {
                // The state folder went; who asks for the lead makes it anew.
                tracing::warn!("cannot wait for the lead: {error}");
                self.lead_again = Some(Instant::now() + WAIT_AGAIN);
            }
            (Event::Client(message), _) => self.client(message),
        }
    }

    /// Leads at once where nobody does; else waits in a thread for the lock.
    fn try_lead(&mut self) {
        match self.setup.try_lead() {
            Ok(Some(lock)) => self.lead(lock),
            Ok(None) => {
                self.dirty |= !self.problems.is_empty();
                self.problems.clear();
                let (state, events) = (self.setup.state.clone(), self.events.clone());
                let wait = move || drop(events.send(Event::Lead(Lock::wait(&state, LEADER))));
                if let Err(error) = try_spawn("costline-lead", Box::new(wait)) {
                    self.cannot_lead(error);
                }
            }
            Err(error) => self.cannot_lead(format!("{error:#}")),
        }
    }

    /// Tells why, and tries again later.
    fn cannot_lead(&mut self, problem: String) {
        self.lead_again = Some(Instant::now() + LEAD_AGAIN);
        if self.problems.first() != Some(&problem) {
            tracing::error!("cannot lead: {problem}");
            self.problems = vec![problem];
            self.dirty = true;
        }
    }

    fn lead(&mut self, lock: Lock) {
        self.reigns += 1;
        match Leading::new(lock, self.reigns, self.last.revision, &self.setup, self.events.clone()) {
            Ok(leading) => {
                tracing::info!("leading: reading {} Claude folders", self.setup.projects.len());
                self.problems.clear();
                let mut leading = Box::new(leading);
                leading.count_days_in([&self.setup.zone, &self.zone]);
                self.side = Side::Leader(leading);
            }
            Err(error) => self.cannot_lead(error.to_string()),
        }
        self.dirty = true;
    }

    fn stop(&mut self, done: &Sender<()>) {
        if let Side::Leader(leading) = &mut self.side {
            leading.rest();
        }
        let _ = done.send(());
    }

    fn publish(&mut self) {
        if !self.greeted || self.awaits_database() {
            return;
        }
        self.dirty = false;
        self.published = Some(Instant::now());
        let status = self.status();
        self.statuses.send_if_modified(|held| {
            let news = held.as_ref().is_none_or(|held| {
                Status { generated_at: status.generated_at.clone(), ..(**held).clone() } != status
            });
            if news {
                *held = Some(Arc::new(status));
            }
            news
        });
    }

    /// Another process is about to make the database: what could be said now would be wrong a moment later.
    fn awaits_database(&self) -> bool {
        matches!(&self.side, Side::Follower(following) if self.lead_again.is_none() && following.awaits())
    }

    fn status(&mut self) -> Status {
        self.shown = self.troubles();
        let rows = self.rows();
        let mut problems: Vec<String> = self.setup.problems.clone();
        problems.extend(self.editor_problems.iter().cloned());
        problems.extend(self.problems.iter().cloned());
        let (role, watch) = match &self.side {
            Side::Leader(leading) if leading.polling => (Role::Leader, Watch::Polling),
            Side::Leader(_) => (Role::Leader, Watch::Events),
            Side::Follower(_) => (Role::Follower, Watch::Events),
        };
        self.shown = self.troubles();
        problems.extend(self.shown.0.iter().cloned());
        let behind = self.shown.1;
        let failed = rows.as_ref().err().map(ToString::to_string);
        let stale = behind || failed.is_some() || !self.problems.is_empty();
        problems.extend(failed.filter(|failed| !problems.contains(failed)));
        let around = Surroundings { now: now(), role, watch, problems, stale };
        match rows {
            Ok(rows) => {
                self.last = rows;
                if self.lead_again.is_some() {
                    // Who led last is gone.
                    self.last.leader_health = None;
                }
            }
            // Which folders a client has is known without the database.
            Err(_) => self.last.project = self.folders.first().cloned(),
        }
        build(&self.last, &around, &self.config, &self.zone, &self.setup.prices)
    }

    fn rows(&mut self) -> Result<Rows, Error> {
        let scope = |roots: Roots| Scope {
            folders: self.folders.clone(),
            roots,
            sessions: self.config.lsp.max_sessions,
            zone: self.zone.clone(),
            week_start: self.config.week_start,
        };
        match &mut self.side {
            Side::Leader(leading) => leading.rows(&self.setup.projects, scope),
            Side::Follower(following) => following.rows(scope),
        }
    }

    fn client(&mut self, message: Message) {
        // Whoever asked may be gone: nobody minds an answer that is not heard.
        match message {
            Message::Hello(Client { folders, options, .. }) => {
                self.greeted = true;
                self.folders = workspace::expand(&folders);
                self.configure(options);
            }
            Message::Folders(folders) => {
                self.folders = workspace::expand(&folders);
                self.dirty = true;
            }
            Message::Settings(settings) => self.configure(settings),
            Message::Status(reply) => drop(reply.send(Arc::new(self.status()))),
            Message::Report { query, document, reply } => drop(reply.send(self.report(&query, document))),
            Message::Doctor(reply) => {
                let setup = self.setup.clone();
                let examine = move || {
                    let report = super::doctor::examine(&setup, None);
                    drop(reply.send(serde_json::to_value(report).unwrap_or_default()));
                };
                spawn("costline-doctor", Box::new(examine));
            }
            Message::Refresh(reply) => {
                match &mut self.side {
                    Side::Leader(leading) => drop(leading.scan()),
                    Side::Follower(_) => leader::ask_to_look(&self.setup.state),
                }
                self.publish();
                let _ = reply.send(());
            }
            Message::Goodbye => {}
        }
    }

    /// Takes up what the editor set.
    fn configure(&mut self, options: Value) {
        let (config, problems) = self.setup.config.with_editor_options(&options);
        self.options = options;
        self.editor_problems = problems.iter().map(ToString::to_string).collect();
        for problem in &self.editor_problems {
            tracing::warn!("{problem}");
        }
        self.zone = match config.timezone {
            Some(zone) if config.timezone != self.setup.config.timezone => Zone::Named(zone),
            _ => self.setup.zone.clone(),
        };
        self.config = config;
        if let Side::Leader(leading) = &mut self.side {
            leading.count_days_in([&self.setup.zone, &self.zone]);
        }
        self.dirty = true;
        // What the editor set shows in the next status, whatever else happens.
        self.published = None;
    }

    fn report(&self, asked: &Query, document: bool) -> Result<Shown, String> {
        let query = meant(asked, self.config.week_start)?;
        let reading = Reading::open(&self.setup.database()).map_err(|error| error.to_string())?;
        let (roots, _) = reading.roots(&self.setup.root_names()).unwrap_or((ALL_ROOTS, true));
        let report = reading.report(&query, &self.zone, roots).map_err(|error| error.to_string())?;
        let written = self.zone.at(now()).format("%Y-%m-%d %H:%M").to_string();
        let text = || output::markdown(&report, query.by, query.project.as_deref(), &written);
        let text = || text().map_err(|error| error.to_string());
        let write = || documents::write(&self.setup.state, query.by.name(), &text()?, now());
        let data = match asked.format {
            Format::Json => serde_json::to_value(&report).map_err(|error| error.to_string())?,
            Format::Markdown => text()?.into(),
        };
        Ok(Shown { data, document: document.then(write) })
    }
}

/// What a client asked for, read as the command line would.
fn meant(query: &Query, week_start: Weekday) -> Result<reports::Query, String> {
    Ok(reports::Query {
        by: reports::By::parse(&query.by)?,
        days: reports::Days {
            since: day("since", query.since.as_deref())?,
            until: day("until", query.until.as_deref())?,
        },
        project: query.project.clone(),
        limit: query.limit,
        week_start,
    })
}

fn day(name: &str, text: Option<&str>) -> Result<Option<NaiveDate>, String> {
    text.map(|text| text.parse().map_err(|_| format!("{name} is {text:?}; give a day as YYYY-MM-DD")))
        .transpose()
}
