//! Pushes the status to a client that understands it.
//!
//! One task per client sends; whoever makes statuses only replaces the newest one, so a client that does not read holds
//! up nobody and then gets the newest.

use super::methods;
use super::voice::Voice;
use crate::snapshot::wire::Status;
use crate::time::Pace;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_lsp::ls_types::notification::Notification;

enum StatusChanged {}

impl Notification for StatusChanged {
    type Params = Status;
    const METHOD: &'static str = methods::STATUS;
}

/// Sends each new status as long as it is polled: the first after a pause at once, and of those that follow the latest
/// as soon as the pace allows it.
pub(super) async fn statuses(
    voice: &Voice<'_>,
    mut statuses: watch::Receiver<Option<Arc<Status>>>,
) -> Infallible {
    if !voice.session.manners().pushes() {
        return std::future::pending().await;
    }
    let mut told: Option<Arc<Status>> = None;
    let mut pace = Pace::default();
    loop {
        // What the client has not taken yet would only grow old in a buffer.
        voice.heard().await;
        if let Some(next) = pace.next() {
            tokio::time::sleep_until(next.into()).await;
        }
        let newest = statuses.borrow_and_update().clone();
        if let Some(newest) = newest.filter(|newest| !told.as_ref().is_some_and(|told| told.says_as(newest)))
        {
            if voice.session.leaves() {
                return std::future::pending().await;
            }
            voice.client.send_notification::<StatusChanged>((*newest).clone()).await;
            told = Some(newest);
            pace.told(Instant::now().into_std());
        }
        if statuses.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}
