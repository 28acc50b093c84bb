//! `costline demo`.

use super::status::{self, Format};
use super::{report, serve};
use crate::app::{self, Demo, read_once};
use crate::output::Out;
use crate::reports::By;
use anyhow::Result;
use clap::Args;
use std::io::Write as _;
use std::sync::mpsc::channel;
use tokio::sync::oneshot;

/// Days that the printed report covers.
const DAYS: u32 = 14;
/// Sessions that are printed.
const SESSIONS: usize = 8;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of the command line")]
#[command(group(clap::ArgGroup::new("what").args(["serve", "lsp", "once"])))]
pub(super) struct DemoCommand {
    /// Serve without an editor, as `costline serve` does
    #[arg(long)]
    serve: bool,
    /// Serve an editor, as `costline lsp` does; the session that goes on runs in the present directory
    #[arg(long)]
    lsp: bool,
    /// Print a few reports and end
    #[arg(long)]
    once: bool,
    /// Which history to make up: the same number makes the same one
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Use standard input and output, as the server always does
    #[arg(long, requires = "lsp")]
    stdio: bool,
}

impl DemoCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<u8> {
        let end = listen();
        let mut demo = Demo::new(&app::environment(), self.seed, self.lsp)?;
        if self.once {
            return once(&demo, out);
        }
        demo.grow();
        let mut setup = demo.setup.clone();
        if self.lsp {
            return super::lsp::serve(setup, end);
        }
        introduce(&demo, self.serve, out)?;
        if self.serve {
            setup.serves = true;
            // Whoever serves a real history keeps its place.
            "127.0.0.1:0".clone_into(&mut setup.config.http.bind);
            return serve::serve(setup, end);
        }
        status::follow(setup, Format::Plain, out, end)
    }
}

fn introduce(demo: &Demo, serves: bool, out: &mut Out) -> Result<()> {
    let ((sessions, projects, days), folder) = (demo.size, demo.folder().display());
    writeln!(
        out,
        "Made up {sessions} sessions in {projects} projects over {days} days below {folder}, which goes at the end. \
         Nothing else is touched; one session goes on. Meanwhile, in another terminal:\n\n  \
         COSTLINE_STATE_DIR={folder}/state costline daily --claude-dir {folder}/claude\n"
    )?;
    if serves {
        writeln!(out, "  COSTLINE_STATE_DIR={folder}/state costline dashboard\n")?;
    }
    out.flush()?;
    Ok(())
}

fn once(demo: &Demo, out: &mut Out) -> Result<u8> {
    let setup = &demo.setup;
    read_once(setup)?;
    let (sessions, projects, days) = demo.size;
    writeln!(
        out,
        "Made up {sessions} sessions in {projects} projects over {days} days. `costline status`:\n"
    )?;
    crate::output::status(&status::once(setup, false)?, out)?;
    writeln!(out, "\n`costline daily --days {DAYS}`:\n")?;
    report::show(setup, By::Day, Some(DAYS), None, out)?;
    writeln!(out, "\n`costline sessions --limit {SESSIONS}`:\n")?;
    report::show(setup, By::Session, None, Some(SESSIONS), out)?;
    Ok(0)
}

/// Begins to listen for a wish that the process end, or for the end of its terminal: what is made up from here on has to
/// go before the process does. What this gives waits for that.
fn listen() -> impl Future<Output = ()> {
    let (tell, told) = oneshot::channel();
    let (ready, is_ready) = channel();
    let wait = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(told_to_end(|| drop(ready)));
        let _ = tell.send(());
    };
    app::spawn("costline-end", Box::new(wait));
    // The other end is dropped, unused, once signals are heard.
    let _: Result<(), _> = is_ready.recv();
    async {
        if told.await.is_err() {
            // Nobody listens: the default of the system holds.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn told_to_end(ready: impl FnOnce()) {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let signals = kinds.map(signal);
    ready();
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = signals else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_end(ready: impl FnOnce()) {
    ready();
    serve::end().await;
}
