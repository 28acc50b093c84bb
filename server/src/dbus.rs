//! The session bus: the status as properties and signals for panels, and warnings as desktop notifications.
//!
//! One process at a time is on the bus. Whatever becomes of the bus, nothing else is held up: where there is none it is
//! tried again, and who wants to be told of a warning is told when it comes.

mod interface;
mod popups;

use crate::snapshot::wire::Status;
use crate::snapshot::{Change, Sessions};
use crate::time::Pace;
use futures_core::Stream;
pub use interface::NAME;
use interface::{Desk, INTERFACE, PATH, Properties};
use popups::Popups;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, NameAcquiredStream, RequestNameFlags, RequestNameReply};
use zbus::object_server::SignalEmitter;

/// Between two changes of properties lies this much at least.
const CHANGES_EVERY: Duration = Duration::from_secs(1);
/// A bus that is not there is tried again after this, and after twice as long each time, up to the latter.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_AT_MOST: Duration = Duration::from_mins(1);
/// A bus that does not answer within this time is none.
const PATIENCE: Duration = Duration::from_secs(5);

/// What comes from the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The bus is there: warnings may be sent.
    Ready,
    /// It is gone, or there is none; why, in a sentence.
    Gone(String),
    /// The name belongs to another program, or it does not any more.
    Taken(bool),
    /// Someone asks that all transcripts be looked at.
    Refresh,
    /// Someone wants to see where the money went.
    Breakdown,
    /// A warning could not be sent.
    Untold(i64),
    /// The name is there, and these warnings were raised while it was not: no signal told of them.
    Unsignalled(Vec<i64>),
}

/// What someone at the desktop is to be warned of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its number.
    pub id: i64,
    /// The rule that found it.
    pub rule: String,
    /// What it is about: a warning about the same takes the place of the one before it.
    pub subject: String,
    /// `info`, `warning` or `error`; `info` never pops up.
    pub severity: &'static str,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub body: String,
    /// It popped up before, if it was to; it lacks its signal.
    pub signal_only: bool,
}

/// What the bus is to be told, and who hears of it.
pub struct Parts {
    /// Where the bus listens, asked for at every try; `None` where nothing says so.
    pub address: Box<dyn Fn() -> Option<String> + Send + Sync>,
    /// The status of everything.
    pub statuses: watch::Receiver<Option<Arc<Status>>>,
    /// Warnings, each once.
    pub warnings: mpsc::UnboundedReceiver<Warning>,
    /// Whether warnings pop up, too.
    pub popups: watch::Receiver<bool>,
    /// Hears what comes from the bus; it must return quickly.
    pub hear: Arc<dyn Fn(Heard) + Send + Sync>,
}

/// Stays on the bus until there are no more statuses.
pub async fn run(mut parts: Parts) {
    let mut again = AGAIN;
    let mut said = None;
    let (mut left, mut to_pop) = Left::new();
    loop {
        let reason = match connect(&parts).await {
            Ok(mut joined) => {
                (parts.hear)(Heard::Ready);
                (again, said) = (AGAIN, None);
                if !joined.taken {
                    named(&parts, &mut left);
                }
                match attend(&mut joined, &mut parts, &mut left, &mut to_pop).await {
                    Some(reason) => format!("the session bus went away: {reason}"),
                    None => return,
                }
            }
            Err(reason) => reason,
        };
        if said.as_ref() != Some(&reason) {
            tracing::info!("{reason}; trying again");
            (parts.hear)(Heard::Gone(reason.clone()));
            said = Some(reason);
        }
        // What was about to pop up comes with the next bus, where it still holds then.
        while let Ok(warning) = to_pop.try_recv() {
            left.unsignalled.retain(|id| *id != warning.id);
            (parts.hear)(Heard::Untold(warning.id));
        }
        tokio::select! {
            () = sleep(again) => {}
            () = ended(&mut parts.statuses) => return,
        }
        again = (again * 2).min(AGAIN_AT_MOST);
    }
}

/// Joins the bus and asks for the name.
async fn connect(parts: &Parts) -> Result<Joined, String> {
    let Some(address) = (parts.address)() else {
        return Err("there is no session bus: neither DBUS_SESSION_BUS_ADDRESS nor a socket in XDG_RUNTIME_DIR says where it is".to_owned());
    };
    let desk = Desk::new(parts.statuses.clone(), parts.hear.clone());
    let joining = async {
        let connection = Builder::address(address.as_str()).serve_at(PATH, desk).build().await?;
        let acquired = DBusProxy::new(&connection).await?.receive_name_acquired().await?;
        // Without a flag the name is waited for: it comes when its owner leaves.
        let reply = connection.request_name_with_flags(NAME, RequestNameFlags::empty()).await?;
        let taken = reply == RequestNameReply::InQueue;
        zbus::Result::Ok(Joined { connection, acquired, taken })
    };
    let joined = tokio::time::timeout(PATIENCE, joining)
        .await
        .map_err(|_| format!("the session bus at {address} does not answer"))?
        .map_err(|error| format!("cannot join the session bus at {address}: {error}"))?;
    if joined.taken {
        tracing::warn!("{NAME} belongs to another program on the session bus; waiting until that leaves it");
    }
    (parts.hear)(Heard::Taken(joined.taken));
    Ok(joined)
}

/// The name is this connection's.
fn named(parts: &Parts, left: &mut Left) {
    tracing::info!("on the session bus as {NAME}");
    if !left.unsignalled.is_empty() {
        (parts.hear)(Heard::Unsignalled(std::mem::take(&mut left.unsignalled)));
    }
}

/// Warnings that are told in part.
struct Left {
    /// The way to popups. The desktop may take its time over one, or never answer: nothing else waits for it.
    pop: mpsc::UnboundedSender<Warning>,
    /// What was raised while the name was another program's: who listens to the name hears no other.
    unsignalled: Vec<i64>,
}

impl Left {
    /// Gives what is to pop up, too.
    fn new() -> (Self, mpsc::UnboundedReceiver<Warning>) {
        let (pop, to_pop) = mpsc::unbounded_channel();
        (Self { pop, unsignalled: Vec::new() }, to_pop)
    }
}

/// A place on the bus.
struct Joined {
    connection: Connection,
    /// Names that this connection gets.
    acquired: NameAcquiredStream,
    /// Another program has the name.
    taken: bool,
}

impl Joined {
    /// Waits until the name is this connection's.
    async fn named(&mut self) {
        loop {
            match next(&mut self.acquired).await {
                Some(signal) if signal.args().is_ok_and(|arguments| arguments.name == NAME) => return,
                Some(_) => {}
                // The connection is closed, which is seen elsewhere.
                None => std::future::pending().await,
            }
        }
    }
}

/// The next of a stream.
async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

/// Waits until nobody makes statuses any more.
async fn ended(statuses: &mut watch::Receiver<Option<Arc<Status>>>) {
    while statuses.changed().await.is_ok() {}
}

/// Tells the bus, and its desktop, what there is to tell until it goes; gives why it went, or nothing where there is no more
/// to tell.
async fn attend(
    joined: &mut Joined,
    parts: &mut Parts,
    left: &mut Left,
    to_pop: &mut mpsc::UnboundedReceiver<Warning>,
) -> Option<String> {
    let connection = joined.connection.clone();
    let emitter = match SignalEmitter::new(&connection, PATH) {
        Ok(emitter) => emitter,
        Err(error) => return Some(error.to_string()),
    };
    let mut popups = match Popups::new(&connection).await {
        Ok(popups) => popups,
        Err(error) => return Some(error.to_string()),
    };
    let hear = Arc::clone(&parts.hear);
    tokio::select! {
        reason = signal(joined, &emitter, parts, left) => reason,
        () = popups.attend(to_pop, PATIENCE, || hear(Heard::Breakdown)) => None,
    }
}

/// Tells the bus what there is to tell, and hands on what is to pop up.
async fn signal(
    joined: &mut Joined,
    emitter: &SignalEmitter<'_>,
    parts: &mut Parts,
    left: &mut Left,
) -> Option<String> {
    let connection = joined.connection.clone();
    let mut shown = Properties::of(parts.statuses.borrow_and_update().as_deref());
    let mut sessions = Sessions::default();
    let (mut pace, mut changes_at) = (Pace::default(), Instant::now());
    // By what was said, not by what woke us: a status may come while another is being told.
    let mut said: Option<Arc<Status>> = None;
    loop {
        let status = parts.statuses.borrow_and_update().clone();
        let now = Properties::of(status.as_deref());
        let turn = pace.next().map(Instant::from_std);
        let changes = now != shown;
        let as_said = |said: &Arc<Status>, now| Arc::ptr_eq(said, now) || said.says_as(now);
        if said.as_ref().zip(status.as_ref()).is_some_and(|(said, now)| as_said(said, now)) {
            said.clone_from(&status);
        }
        let news = status.filter(|now| !said.as_ref().is_some_and(|said| Arc::ptr_eq(said, now)));
        let outcome = tokio::select! {
            () = connection.closed() => return Some("its end closed the connection".to_owned()),
            more = parts.statuses.changed() => match more {
                Ok(()) => Ok(()),
                Err(_) => return None,
            },
            () = until(turn), if news.is_some() => match news {
                Some(status) => {
                    pace.told(Instant::now().into_std());
                    let outcome = say(emitter, &status, &mut sessions).await;
                    said = Some(status);
                    outcome
                }
                None => Ok(()),
            },
            () = sleep_until(changes_at), if changes => {
                changes_at = Instant::now() + CHANGES_EVERY;
                let outcome = now.tell(emitter, &shown).await;
                shown = now;
                outcome
            }
            () = joined.named(), if joined.taken => {
                joined.taken = false;
                (parts.hear)(Heard::Taken(false));
                named(parts, left);
                Ok(())
            }
            Some(warning) = parts.warnings.recv() => {
                let outcome = if joined.taken { Ok(()) } else { warn(emitter, &warning).await };
                if joined.taken || outcome.is_err() && warning.signal_only {
                    left.unsignalled.push(warning.id);
                } else if outcome.is_err() {
                    (parts.hear)(Heard::Untold(warning.id));
                }
                let pops = *parts.popups.borrow() && warning.severity != "info" && !warning.signal_only;
                if outcome.is_ok() && pops {
                    // It is received as long as there is a bus, and after.
                    let _ = left.pop.send(warning);
                }
                outcome
            }
        };
        if let Err(error) = outcome {
            // What is wrong with the connection closes it; the rest is the message's fault.
            tracing::warn!("cannot tell the session bus: {error}");
        }
    }
}

async fn until(turn: Option<Instant>) {
    if let Some(turn) = turn {
        sleep_until(turn).await;
    }
}

/// Says that the status changed, and which sessions came and went.
async fn say(emitter: &SignalEmitter<'_>, status: &Status, sessions: &mut Sessions) -> zbus::Result<()> {
    let json = serde_json::to_string(status).unwrap_or_default();
    Desk::status_changed(emitter, u64::try_from(status.revision).unwrap_or_default(), &json).await?;
    for change in sessions.changes(status) {
        match change {
            Change::Started { id, project } => {
                Desk::session_started(emitter, &id, &project).await?;
            }
            Change::Ended { id, project, cost_usd } => {
                Desk::session_ended(emitter, &id, &project, cost_usd).await?;
            }
        }
    }
    Ok(())
}

/// Tells a warning.
async fn warn(emitter: &SignalEmitter<'_>, warning: &Warning) -> zbus::Result<()> {
    let id = warning.id.to_string();
    let Warning { rule, severity, title, body, .. } = warning;
    match rule.as_str() {
        "budget" => Desk::budget_warning(emitter, &id, rule, severity, title, body).await,
        "limit" => Desk::limit_warning(emitter, &id, rule, severity, title, body).await,
        _ => Desk::alert(emitter, &id, rule, severity, title, body).await,
    }
}

#[cfg(test)]
mod daemon;
#[cfg(test)]
mod tests;
