//! The status text for a client without our extensions: progress that ends as soon as it began, with the text as its
//! last word. Helix goes on showing that; in others it shows for a moment, or can be listened to.

use super::voice::Voice;
use crate::snapshot::wire::{Severity, Status};
use crate::wording;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two pulses lies this much at least: it takes a line that other servers use, too.
const PAUSE: Duration = Duration::from_secs(10);

/// The first text waits so long: what was written since the last time is read within it, as a rule.
const SETTLES: Duration = Duration::from_millis(500);

/// Pulses when the text has changed: after a pause at once, else with the newest at the pause's end.
pub(super) async fn texts(
    voice: &Voice<'_>,
    mut statuses: watch::Receiver<Option<Arc<Status>>>,
) -> Infallible {
    if !voice.session.manners().pulses() {
        return std::future::pending().await;
    }
    if statuses.wait_for(Option::is_some).await.is_ok() {
        tokio::time::sleep(SETTLES).await;
    }
    let mut told = String::new();
    loop {
        if text(&mut statuses).is_some_and(|text| text != told)
            && let Some(token) = voice.token().await
        {
            let open = token.begin("Claude", None, None).await;
            // The client may have taken its time to make the token.
            told = text(&mut statuses).unwrap_or(told);
            open.end(told.clone()).await;
            tokio::time::sleep(PAUSE).await;
        }
        if statuses.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// What the newest status says, if it says anything.
fn text(statuses: &mut watch::Receiver<Option<Arc<Status>>>) -> Option<String> {
    let newest = statuses.borrow_and_update();
    let text =
        newest.as_ref().map(|status| wording::marked(&status.text, status.severity == Severity::Stale));
    text.filter(|text| !text.is_empty())
}
