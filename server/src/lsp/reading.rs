//! The reading of a backlog, such as a first one, as work-done progress.

use super::message::Backlog;
use super::voice::{Open, Voice};
use crate::tokens::grouped;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// What takes no longer is not worth showing.
const WORTH: Duration = Duration::from_millis(300);
/// Between two reports lies this much.
const PAUSE: Duration = Duration::from_millis(250);

/// Shows each backlog that takes its time, and ends what it showed however the reading ends.
pub(super) async fn progress(voice: &Voice<'_>, mut backlog: watch::Receiver<Backlog>) -> Infallible {
    if !voice.session.manners().shows_reading() {
        return std::future::pending().await;
    }
    loop {
        let begun = backlog.wait_for(Backlog::waits).await.is_ok();
        if !begun || is_abandoned(&backlog) {
            return std::future::pending().await;
        }
        tokio::select! {
            () = over(backlog.clone()) => continue,
            () = tokio::time::sleep(WORTH) => {}
        }
        if let Some(token) = voice.token().await {
            let open = token.begin("Costline", Some("reading transcripts".to_owned()), Some(0)).await;
            let last = follow(voice, &open, &mut backlog).await;
            open.end(if last.waits() { "stopped reading".to_owned() } else { files(last) }).await;
        }
        over(backlog.clone()).await;
    }
}

/// Reports until the reading is over or the client leaves; returns how far it came.
async fn follow(voice: &Voice<'_>, open: &Open<'_>, backlog: &mut watch::Receiver<Backlog>) -> Backlog {
    let (mut said, mut percentage) = (Backlog::default(), 0);
    loop {
        let newest = *backlog.borrow_and_update();
        if !newest.waits() || voice.session.leaves() || is_abandoned(backlog) {
            return newest;
        }
        if newest != said {
            // More may have come to wait, and a percentage must not fall.
            percentage = newest.percentage().max(percentage);
            open.report(files(newest), percentage).await;
            said = newest;
        }
        let ended = over(backlog.clone());
        let more = async {
            tokio::time::sleep(PAUSE).await;
            voice.heard().await;
            backlog.changed().await
        };
        tokio::select! {
            biased;
            () = voice.session.leaving() => {}
            () = ended => {}
            _ = more => {}
        }
    }
}

/// Waits until nothing waits to be read, or nobody reads any more.
async fn over(mut backlog: watch::Receiver<Backlog>) {
    let _ = backlog.wait_for(|backlog| !backlog.waits()).await;
}

/// Whether nobody is left who would read.
fn is_abandoned(backlog: &watch::Receiver<Backlog>) -> bool {
    backlog.has_changed().is_err()
}

/// `1,204 of 2,000 files`.
fn files(backlog: Backlog) -> String {
    let grouped = |count: usize| grouped(count as u64);
    format!("{} of {} files", grouped(backlog.files_read), grouped(backlog.files))
}
