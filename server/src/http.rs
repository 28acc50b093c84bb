//! The side for browsers, displays and other programs: `docs/http-api.md`.
//!
//! Whoever can open a connection is not thereby trusted: a page of any web site can have the browser send requests to this
//! machine, and other people may use it. [`gate`] says what is let in, [`who`] what it may see and change. Nothing here
//! reads the database: what a status does not tell is asked of [`Back`], in a thread of its own.

mod back;
mod body;
mod connection;
mod display;
mod events;
mod gate;
mod inlet;
mod ledger;
mod metrics;
mod mirror;
mod page;
mod parameters;
mod refusal;
mod reports;
mod routes;
mod shown;
mod side;
mod stats;
mod status;
mod who;

pub use back::{Asked, Back, Denied, Exported, Secrets, UsageAsked};
pub use gate::Hosts;
pub use who::page_token;

use crate::alerts::wire::Warning;
use crate::snapshot::wire::Status;
use shown::Shown;
use side::Side;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// What the side needs of the house.
pub struct Parts {
    /// The status of everything.
    pub statuses: watch::Receiver<Option<Arc<Status>>>,
    /// Warnings as they are told.
    pub warnings: broadcast::Sender<Arc<Warning>>,
    /// Answers what a status does not tell.
    pub back: Arc<dyn Back>,
    /// Where telemetry comes in, where that is apart: `None` ends it.
    pub doors: mpsc::UnboundedReceiver<Option<Door>>,
    /// Sums are told without a token: it listens at the loopback alone.
    pub open: bool,
}

/// Where connections come in, and by which names they may call.
pub struct Door {
    /// The listener, which does not block.
    pub listener: std::net::TcpListener,
    /// The names.
    pub hosts: Hosts,
}

/// The paths of the dashboard's files.
#[cfg(test)]
pub(crate) fn page_paths() -> impl Iterator<Item = &'static str> {
    page::FILES.iter().map(|file| file.path)
}

/// The cost of hours is looked up so often at most.
const HOURS_EVERY: Duration = Duration::from_secs(10);
/// Who asks first waits for it so long at most.
const HOURS_WITHIN: Duration = Duration::from_millis(500);

/// Serves at `door` until there are no more statuses.
///
/// # Errors
/// The listener cannot be used.
pub async fn run(door: Door, mut parts: Parts) -> std::io::Result<()> {
    let listener = TcpListener::from_std(door.listener)?;
    let (shown, newest) = watch::channel(None);
    let statuses = parts.statuses.clone();
    let doors = std::mem::replace(&mut parts.doors, mpsc::unbounded_channel().1);
    let side = Arc::new(Side::new(parts, newest));
    tokio::select! {
        () = show(statuses, shown, Arc::clone(&side)) => {}
        () = connection::accept(&listener, door.hosts, routes::router(Arc::clone(&side))) => {}
        () = take_telemetry(doors, side) => {}
    }
    Ok(())
}

/// Takes telemetry in at the newest door, for ever.
async fn take_telemetry(mut doors: mpsc::UnboundedReceiver<Option<Door>>, side: Arc<Side>) {
    let mut door = None;
    loop {
        let listener = door.take().and_then(|Door { listener, hosts }| {
            let listener = TcpListener::from_std(listener);
            let told = listener.inspect_err(|error| tracing::warn!("cannot take in telemetry: {error}"));
            Some((told.ok()?, hosts))
        });
        let serving = async {
            match listener {
                Some((listener, hosts)) => {
                    connection::accept(&listener, hosts, routes::telemetry(Arc::clone(&side))).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            next = doors.recv() => match next {
                Some(next) => door = next,
                // Whoever could open another is ending.
                None => std::future::pending().await,
            },
            () = serving => {}
        }
    }
}

/// Writes each status once for all who ask; the cost of the last hours, which a status does not tell, comes beside it.
async fn show(
    mut statuses: watch::Receiver<Option<Arc<Status>>>,
    shown: watch::Sender<Option<Arc<Shown>>>,
    side: Arc<Side>,
) {
    let look_up = || {
        let side = Arc::clone(&side);
        tokio::spawn(async move { side.ask(Back::hours).await.ok() })
    };
    if statuses.wait_for(Option::is_some).await.is_err() {
        return;
    }
    let first = tokio::time::timeout(HOURS_WITHIN, look_up()).await;
    let mut hours = first.ok().and_then(Result::ok).flatten();
    let (mut looked, mut looking) = (Instant::now(), None::<JoinHandle<Option<[u64; 24]>>>);
    let mut outdated = false;
    loop {
        let status = statuses.borrow_and_update().clone();
        if let Some(status) = status {
            shown.send_replace(Some(Arc::new(Shown::new(status, hours.as_ref()))));
        }
        let due = outdated && looking.is_none();
        let known = async {
            match &mut looking {
                Some(looking) => looking.await.ok().flatten(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = statuses.changed() => {
                if changed.is_err() {
                    return;
                }
                outdated = true;
            }
            () = sleep_until(looked + HOURS_EVERY), if due => {
                (looked, looking, outdated) = (Instant::now(), Some(look_up()), false);
            }
            known = known => {
                hours = known.or(hours);
                looking = None;
            }
        }
    }
}
