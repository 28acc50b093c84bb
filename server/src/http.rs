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
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};

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

/// Serves at `listener` until there are no more statuses.
pub async fn run(listener: TcpListener, parts: Parts) {
    let (shown, newest) = watch::channel(None);
    let mut statuses = parts.statuses.clone();
    let side = Arc::new(Side::new(parts, newest));
    let show = async {
        loop {
            let status = statuses.borrow_and_update().clone();
            if let Some(status) = status {
                shown.send_replace(Some(Arc::new(Shown::new(status))));
            }
            if statuses.changed().await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = show => {}
        () = connection::accept(&listener, side) => {}
    }
}
