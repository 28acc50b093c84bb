//! `costline lsp`.

use super::Shared;
use crate::app::{self, Event, Setup};
use crate::lsp::{self, Parts};
use crate::output;
use anyhow::Result;
use clap::Args;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use tokio::sync::mpsc;

#[derive(Debug, Args)]
pub(super) struct Lsp {
    /// Use standard input and output, as the server always does
    #[arg(long)]
    stdio: bool,
}

impl Lsp {
    #[allow(clippy::unused_self, reason = "commands have one shape")]
    pub(super) fn run(&self, shared: &Shared) -> Result<u8> {
        serve(shared.setup(&[])?, std::future::pending())
    }
}

/// Serves the client on standard input and output until it leaves, or `end` comes.
pub(super) fn serve(setup: Setup, end: impl Future<Output = ()>) -> Result<u8> {
    // Editors hide what a server says on stderr, or show it as an error.
    let _log = output::log_to_file(&setup.state.join("log"), &setup.config.log.level);
    for problem in &setup.problems {
        tracing::warn!("{problem}");
    }
    let mut setup = setup;
    let (warn, warnings) = mpsc::unbounded_channel();
    setup.warnings = Some(warn);
    let (config, backlog) = (setup.config.clone(), setup.backlog.subscribe());
    let (events, statuses) = app::start(setup, None);
    let mailbox = {
        let events = events.clone();
        // The loop ends with the process: nobody is left to hear.
        Arc::new(move |message| drop(events.send(Event::Client(message))))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let parts = Parts { mailbox, statuses, backlog, warnings, config, spawn: app::spawn };
    let code = runtime.block_on(async {
        tokio::select! {
            code = lsp::run(parts) => code,
            () = end => 0,
        }
    });
    let (done, stopped) = channel();
    if events.send(Event::Stop(done)).is_ok() {
        let _ = stopped.recv_timeout(Duration::from_millis(200));
    }
    // A read of standard input may hold a thread for ever: the runtime is not waited for.
    runtime.shutdown_background();
    Ok(u8::try_from(code).unwrap_or(1))
}
