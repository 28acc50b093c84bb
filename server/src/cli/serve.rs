//! `costline serve`.

use super::Shared;
use crate::app::{self, Event, Setup};
use crate::output;
use anyhow::Result;
use clap::Args;
use std::sync::mpsc::channel;
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct Serve {}

impl Serve {
    #[allow(clippy::unused_self, reason = "commands have one shape")]
    pub(super) fn run(&self, shared: &Shared) -> Result<u8> {
        let mut setup = shared.setup(&[])?;
        setup.serves = true;
        serve(setup, end())
    }
}

/// Serves until `end` comes.
pub(super) fn serve(setup: Setup, end: impl Future<Output = ()>) -> Result<u8> {
    output::log_to_stderr(&setup.config.log.level);
    for problem in &setup.problems {
        tracing::warn!("{problem}");
    }
    let (events, mut statuses) = app::start(setup, Some(&[]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::pin!(end);
        // Ready as soon as there is a status; systemd waits for it with Type=notify.
        tokio::select! {
            // Listened for before anybody hears of this process.
            biased;
            () = &mut end => return,
            _ = statuses.changed() => {}
        }
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        end.await;
    });
    let (done, stopped) = channel();
    if events.send(Event::Stop(done)).is_ok() {
        let _ = stopped.recv_timeout(Duration::from_secs(2));
    }
    Ok(0)
}

/// Waits until someone asks the process to end.
#[cfg(unix)]
pub(super) async fn end() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
pub(super) async fn end() {
    let _ = tokio::signal::ctrl_c().await;
}
