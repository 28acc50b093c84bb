//! The desktop: one process at a time, by a lock of its own, is on the session bus and warns whoever sits there.

use super::turn::Turn;
use super::{Engine, Event, Side};
use crate::alerts::{Alert, heard, late};
use crate::app::{Setup, now, spawn};
use crate::budgets::Urgency;
use crate::dbus::{self, Heard, Parts, Warning};
use crate::leader::{Lock, SURFACE};
use crate::lsp::{Format, Query};
use crate::paths::Env;
use crate::snapshot::wire::Status;
use crate::store::Ledger;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::{mpsc, watch};

/// What this process does for the desktop.
pub(super) type Desk = Turn<Bus>;

/// The way to the bus.
pub(super) struct Bus {
    statuses: watch::Sender<Option<Arc<Status>>>,
    warnings: mpsc::UnboundedSender<Warning>,
    popups: watch::Sender<bool>,
    /// Someone is there to be warned.
    ready: bool,
    /// Another program has the name.
    taken: bool,
    /// Warnings that lack their signals, and may have them now.
    unsignalled: Vec<i64>,
}

impl Bus {
    pub(super) fn show(&self, status: &Arc<Status>) {
        self.statuses.send_replace(Some(Arc::clone(status)));
    }
}

impl Engine {
    /// Does for the desktop what the settings ask for.
    pub(super) fn attend_desk(&mut self) {
        let events = self.events.clone();
        let tell = move |lock| drop(events.send(Event::Desk(lock)));
        let place = (self.setup.state.as_path(), SURFACE, "costline-desk");
        self.desk.attend(self.setup.config.dbus.enabled, place, tell);
        if let Some(bus) = self.desk.on() {
            bus.popups.send_if_modified(|popups| {
                let before = std::mem::replace(popups, self.setup.config.alerts.desktop);
                before != *popups
            });
        }
        let problem = self.desk_problem();
        if let Side::Leader(leading) = &mut self.side {
            // Others find it with what the leader tells of itself.
            match problem {
                Some(problem) => leading.troubles.begin("the session bus", problem),
                None => leading.troubles.end("the session bus"),
            }
        }
    }

    /// The wait for the lock is over.
    pub(super) fn take_desk(&mut self, lock: io::Result<Lock>) {
        let (setup, events) = (&self.setup, self.events.clone());
        self.desk.take(lock, setup.config.dbus.enabled, || join(setup, events));
        self.dirty |= self.desk.on().is_some();
    }

    /// Tells the desktop of alerts that it was not told of; of those about one matter the gravest.
    pub(super) fn warn_desk(&mut self) {
        let Some(bus) = self.desk.on() else { return };
        if !bus.ready {
            return;
        }
        self.signal_desk();
        let found = match &mut self.side {
            Side::Leader(leading) => leading.untold_on_desktop(),
            Side::Follower(following) => following.untold_on_desktop(),
        };
        // What fails is told by the status, and looked at again with the next change.
        let Some(Ok(untold)) = found else { return };
        if untold.is_empty() {
            return;
        }
        // It counts as told before it is: whoever takes over does not tell it again.
        let ids: Vec<i64> = untold.iter().map(|alert| alert.id).collect();
        if let Err(error) = self.ledger().and_then(|mut ledger| ledger.told_on_desktop(&ids, now())) {
            tracing::warn!("cannot note what the desktop is told: {error}");
            return;
        }
        let Some(bus) = self.desk.on() else { return };
        for alert in late(&untold, now()) {
            let Some(urgency) = heard(alert, &self.setup.config.alerts) else { continue };
            // The thread lives as long as the way to it.
            let _ = bus.warnings.send(warning(alert, urgency, false));
        }
    }

    /// Has signals tell of alerts that no signal told of, as far as they still hold.
    fn signal_desk(&mut self) {
        if self.desk.on().is_none_or(|bus| bus.unsignalled.is_empty()) {
            return;
        }
        let found = match &mut self.side {
            Side::Leader(leading) => leading.alerts_since(i64::MAX),
            Side::Follower(following) => following.alerts_since(i64::MAX),
        };
        // As above.
        let (Some(bus), Some(Ok(mut alerts))) = (self.desk.on_mut(), found) else { return };
        let ids = std::mem::take(&mut bus.unsignalled);
        alerts.retain(|alert| ids.contains(&alert.id));
        for alert in late(&alerts, now()) {
            if let Some(urgency) = heard(alert, &self.setup.config.alerts) {
                let _ = bus.warnings.send(warning(alert, urgency, true));
            }
        }
    }

    /// The door to what any process may write. A transaction of this process's own would be in the way.
    fn ledger(&mut self) -> Result<Ledger, crate::store::Error> {
        if let Side::Leader(leading) = &mut self.side {
            leading.settle();
        }
        Ledger::open(&self.setup.database())
    }

    /// Hears from the bus.
    pub(super) fn hear(&mut self, heard: &Heard) {
        let Some(bus) = self.desk.on_mut() else { return };
        match heard {
            Heard::Ready => {
                bus.ready = true;
                self.warn_desk();
            }
            Heard::Gone(_) => (bus.ready, bus.taken) = (false, false),
            Heard::Taken(taken) => bus.taken = *taken,
            Heard::Refresh => self.refresh(),
            Heard::Breakdown => self.open_breakdown(),
            Heard::Untold(id) => {
                if let Err(error) = self.ledger().and_then(|mut ledger| ledger.untold_on_desktop(&[*id])) {
                    tracing::warn!("cannot note what the desktop was not told: {error}");
                }
            }
            Heard::Unsignalled(ids) => bus.unsignalled.extend(ids),
        }
        self.dirty = true;
    }

    /// What is wrong with the bus.
    pub(super) fn desk_problem(&self) -> Option<String> {
        self.desk.on().filter(|bus| bus.taken).map(|_| {
            format!(
                "the name {} on the session bus belongs to another program; end that, or set dbus.enabled = false",
                dbus::NAME
            )
        })
    }

    /// Shows where the money went, in whatever program the desktop has for documents.
    fn open_breakdown(&self) {
        let query = Query { by: "project".to_owned(), format: Format::Markdown, ..Query::default() };
        let opened = self.report(&query, true).and_then(|shown| match shown.document {
            Some(written) => open(&written?),
            None => Ok(()),
        });
        if let Err(error) = opened {
            tracing::warn!("cannot open the breakdown: {error}");
        }
    }
}

/// What the desktop is told of an alert.
fn warning(alert: &Alert, urgency: Urgency, signal_only: bool) -> Warning {
    Warning {
        id: alert.id,
        rule: alert.rule.clone(),
        subject: alert.subject.clone(),
        severity: urgency.name(),
        title: alert.title.clone(),
        body: alert.message.clone(),
        signal_only,
    }
}

/// Joins the bus in a thread of its own.
fn join(setup: &Setup, events: Sender<Event>) -> Bus {
    let (statuses, newest) = watch::channel(None);
    let (warnings, queue) = mpsc::unbounded_channel();
    let (popups, pop) = watch::channel(setup.config.alerts.desktop);
    let env = setup.env.clone();
    let parts = Parts {
        address: Box::new(move || address(&env)),
        statuses: newest,
        warnings: queue,
        popups: pop,
        hear: Arc::new(move |heard| drop(events.send(Event::Heard(heard)))),
    };
    let work = move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(dbus::run(parts)),
        Err(error) => tracing::warn!("cannot join the session bus: {error}"),
    };
    spawn("costline-dbus", Box::new(work));
    Bus { statuses, warnings, popups, ready: false, taken: false, unsignalled: Vec::new() }
}

/// Where the session bus listens.
fn address(env: &Env) -> Option<String> {
    let told = env.get("DBUS_SESSION_BUS_ADDRESS").and_then(|address| address.to_str()).map(str::to_owned);
    told.filter(|address| !address.is_empty()).or_else(|| {
        let socket = env.path("XDG_RUNTIME_DIR")?.join("bus");
        socket.exists().then(|| format!("unix:path={}", socket.display()))
    })
}

/// Opens a document or an address in the desktop's own program for it; that is not waited for.
///
/// # Errors
/// A sentence: there is no such program.
pub fn open(path: &Path) -> Result<(), String> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let child = Command::new(opener)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start {opener} for {}: {error}", path.display()))?;
    reap(child);
    Ok(())
}

fn reap(mut child: std::process::Child) {
    spawn("costline-open", Box::new(move || drop(child.wait())));
}
