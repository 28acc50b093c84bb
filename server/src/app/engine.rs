//! The loop at the heart of a living process: events in, statuses out.

mod announced;
mod client;
mod desk;
mod everywhere;
mod inlet;
mod reload;
mod status;
mod turn;
mod warn;
mod web;

pub use desk::open;
pub use warn::{in_the_config, no_alert, no_budget};

use super::follow::Following;
use super::lead::{Leading, Looked};
use super::readers::Told;
use super::upkeep::{self, Upkept};
use super::{Setup, spawn, try_spawn};
use crate::alerts::Teller;
use crate::config::Config;
use crate::leader::{LEADER, Lock};
use crate::lsp::Message;
use crate::snapshot::Rows;
use crate::snapshot::wire::Status;
use crate::time::{Pace, Zone};
use crate::watch::Hint;
use crate::workspace;
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// While a backlog is read its progress shows so often: it leaves room for what happens live.
const GATHER: Duration = Duration::from_secs(1);
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
    /// The user's program for alerts has ended.
    Ran(u64, Result<(), String>),
    /// Posting to an address of the settings fails again and again, or goes on.
    Pushed(u64, Option<String>),
    /// The wait to attend to the desktop is over.
    Desk(io::Result<Lock>),
    /// The wait to serve HTTP is over.
    Web(io::Result<Lock>),
    /// Someone on the session bus speaks.
    Heard(crate::dbus::Heard),
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
    /// What readers told, by reign: it is taken in when nothing else has happened.
    parts: VecDeque<(u64, Told)>,
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
    /// What the client was warned of.
    teller: Teller,
    desk: desk::Desk,
    web: web::Web,
    /// What the last status of everything was built from.
    everywhere: Rows,
    dirty: bool,
    /// What a backlog brought since the last status: it can wait.
    gathered: bool,
    published: Option<Instant>,
    /// Bursts of changes become few statuses.
    pace: Pace,
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
                parts: VecDeque::new(),
                events,
                statuses,
                problems: Vec::new(),
                reigns: 0,
                shown: (Vec::new(), false),
                replaced: None,
                options: Value::Null,
                editor_problems: Vec::new(),
                teller: Teller::default(),
                desk: desk::Desk::default(),
                web: web::Web::default(),
                everywhere: Rows::default(),
                dirty: true,
                gathered: false,
                published: None,
                pace: Pace::default(),
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
            match self.next() {
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
            if self.dirty {
                self.warn();
                self.warn_everywhere();
            }
            if self.publish_at().is_some_and(|at| at <= Instant::now()) {
                self.publish();
            }
            if let Side::Leader(leading) = &mut self.side {
                leading.make_ready();
            }
        }
    }

    /// Waits for what happens next, until something is due. What happens live goes before what readers have told: a
    /// backlog of gigabytes holds up nobody for longer than one part takes.
    fn next(&mut self) -> Result<Event, RecvTimeoutError> {
        loop {
            let event = if self.parts.is_empty() {
                self.inbox.recv_timeout(self.deadline().saturating_duration_since(Instant::now()))?
            } else {
                match self.inbox.try_recv() {
                    Ok(event) => event,
                    Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                    Err(TryRecvError::Empty) => break,
                }
            };
            match event {
                Event::Read(reign, told) => self.parts.push_back((reign, told)),
                live => return Ok(live),
            }
        }
        let part = self.parts.pop_front().map(|(reign, told)| Event::Read(reign, told));
        part.ok_or(RecvTimeoutError::Timeout)
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
        self.publish_at()
            .into_iter()
            .chain(self.lead_again)
            .chain(self.config_watch.deadline())
            .chain(self.desk.deadline())
            .chain(self.web.deadline())
            .fold(side, Instant::min)
    }

    /// When the next status is due, if there is anything to tell.
    fn publish_at(&self) -> Option<Instant> {
        let soon = self.dirty.then(|| self.pace.next().unwrap_or_else(Instant::now));
        let later = self.gathered.then(|| self.published.map_or_else(Instant::now, |at| at + GATHER));
        soon.into_iter().chain(later).min()
    }

    fn due(&mut self) {
        if self.lead_again.is_some_and(|at| Instant::now() >= at) {
            self.lead_again = None;
            self.try_lead();
        }
        match &mut self.side {
            Side::Leader(leading) if !leading.is_in_place() => self.begin_anew(),
            Side::Leader(leading) if leading.is_reading() => self.gathered |= leading.due(),
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
        if let Side::Leader(leading) = &mut self.side {
            self.dirty |= leading.take_records();
        }
        self.reload_when_due();
        self.attend_desk();
        self.attend_web();
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
            (Event::Ran(reign, outcome), Side::Leader(leading)) if reign == leading.reign => {
                self.dirty |= leading.ran(outcome);
            }
            (Event::Pushed(reign, problem), Side::Leader(leading)) if reign == leading.reign => {
                self.dirty |= leading.pushed(problem);
            }
            // Of an earlier reign.
            (
                Event::Read(..)
                | Event::Looked(..)
                | Event::Upkept(..)
                | Event::Ran(..)
                | Event::Pushed(..)
                | Event::Stop(_),
                _,
            ) => {}
            (Event::Lead(Ok(lock)), _) => self.lead(lock),
            (Event::Lead(Err(error)), _) => {
                // The state folder went; who asks for the lead makes it anew.
                tracing::warn!("cannot wait for the lead: {error}");
                self.lead_again = Some(Instant::now() + WAIT_AGAIN);
            }
            (Event::Desk(lock), _) => self.take_desk(lock),
            (Event::Web(lock), _) => self.take_web(lock),
            (Event::Heard(heard), _) => self.hear(&heard),
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
        // Whoever waits for it serves from now on.
        if let Some(site) = self.web.on() {
            site.end();
        }
        self.web = web::Web::Off;
        if let Side::Leader(leading) = &mut self.side {
            leading.rest();
        }
        let _ = done.send(());
    }

    fn publish(&mut self) {
        if !self.greeted || self.awaits_database() {
            return;
        }
        (self.dirty, self.gathered) = (false, false);
        self.published = Some(Instant::now());
        self.pace.told(Instant::now());
        self.warn();
        let status = self.status();
        self.statuses.send_if_modified(|held| {
            let news = held.as_ref().is_none_or(|held| !held.says_as(&status));
            if news {
                *held = Some(Arc::new(status));
            }
            news
        });
        self.show_everywhere();
    }

    /// Another process is about to make the database: what could be said now would be wrong a moment later.
    fn awaits_database(&self) -> bool {
        matches!(&self.side, Side::Follower(following) if self.lead_again.is_none() && following.awaits())
    }
}
