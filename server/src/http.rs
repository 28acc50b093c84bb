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

pub use back::{Asked, Back, Denied, Secrets, UsageAsked};
pub use gate::Hosts;
pub use who::page_token;

use crate::alerts::wire::Warning;
use crate::snapshot::wire::Status;
use shown::Shown;
use side::Side;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
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
    /// By which names the side may be called.
    pub hosts: Hosts,
    /// Sums are told without a token: it listens at the loopback alone.
    pub open: bool,
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

/// Serves at `listener` until there are no more statuses.
pub async fn run(listener: TcpListener, parts: Parts) {
    let (shown, newest) = watch::channel(None);
    let statuses = parts.statuses.clone();
    let side = Arc::new(Side::new(parts, newest));
    tokio::select! {
        () = show(statuses, shown, Arc::clone(&side)) => {}
        () = connection::accept(&listener, side) => {}
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
