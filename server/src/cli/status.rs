//! `costline status`.

use super::Shared;
use crate::app::{self, Event, Setup, now, open_for_report};
use crate::output::{self, Out};
use crate::snapshot::wire::{Role, Status, Watch};
use crate::snapshot::{Surroundings, build};
use crate::store::reading::Scope;
use crate::workspace;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::io::Write as _;
use std::sync::mpsc::channel;
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct StatusCommand {
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Print JSON: the same as --format json
    #[arg(long)]
    json: bool,
    /// Go on, and print the status anew whenever it changes
    #[arg(long)]
    follow: bool,
    /// Show what the database holds, without reading transcripts first
    #[arg(long, conflicts_with = "follow")]
    no_ingest: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A few lines for a person
    Text,
    /// The whole status
    Json,
    /// The one line that editors show
    Plain,
    /// A line of JSON for Waybar, with a tooltip
    Waybar,
    /// A line for Polybar, coloured when something is up
    Polybar,
    /// A line for tmux, coloured when something is up
    Tmux,
}

impl StatusCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        let format = if self.json { Format::Json } else { self.format };
        output::notes(shared.color, &setup.problems);
        if self.follow {
            return follow(setup, format, out, super::serve::end());
        }
        let status = once(&setup, !self.no_ingest)?;
        print(&status, format, out)?;
        Ok(0)
    }
}

/// The status now.
pub(super) fn once(setup: &Setup, ingest: bool) -> Result<Status> {
    let (mut access, summary) = open_for_report(setup, ingest)?;
    let led = if ingest { summary.led_by_another } else { setup.try_lead()?.is_none() };
    let mut rows = access.reading.rows(&Scope {
        everywhere: false,
        folders: workspace::expand(std::slice::from_ref(&setup.env.cwd)),
        roots: access.roots,
        sessions: setup.config.lsp.max_sessions,
        zone: setup.zone.clone(),
        week_start: setup.config.week_start,
    })?;
    if !led {
        // Who led last is gone.
        rows.leader = None;
        rows.leader_health = None;
    }
    let around = Surroundings {
        now: now(),
        role: if led { Role::Follower } else { Role::Leader },
        watch: Watch::Events,
        problems: setup.problems.iter().chain(&summary.problems).cloned().collect(),
        stale: access.partial,
    };
    Ok(build(&rows, &around, &setup.config, &setup.zone, setup.prices()))
}

/// Prints the status whenever it changes, until `end` comes.
pub(super) fn follow(
    setup: Setup,
    format: Format,
    out: &mut Out,
    end: impl Future<Output = ()>,
) -> Result<u8> {
    let cwd = setup.env.cwd.clone();
    let (events, mut statuses) = app::start(setup, Some(&[cwd]));
    let (left, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    app::spawn(
        "costline-readers",
        Box::new(move || {
            // Whoever read may leave while there is nothing to write, which would show it.
            if output::wait_for_last_reader() {
                let _ = left.blocking_send(());
            }
        }),
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let mut last = None;
        tokio::pin!(end);
        loop {
            tokio::select! {
                // Listened for before anything is printed.
                biased;
                () = &mut end => return Ok(()),
                Some(()) = gone.recv() => return Ok(()),
                news = statuses.changed() => if news.is_err() { return Ok(()) },
            }
            let Some(status) = statuses.borrow_and_update().clone() else { continue };
            // A line that says the same again helps nobody.
            let line = line(&status, format);
            if line.is_some() && line == last {
                continue;
            }
            last = line;
            print(&status, format, out)?;
            out.flush()?;
        }
    });
    let (done, stopped) = channel();
    if events.send(Event::Stop(done)).is_ok() {
        let _ = stopped.recv_timeout(Duration::from_millis(500));
    }
    outcome.map(|()| 0)
}

fn print(status: &Status, format: Format, out: &mut Out) -> Result<()> {
    match line(status, format) {
        Some(line) => writeln!(out, "{line}")?,
        None if format == Format::Json => output::json(status, out)?,
        None => output::status(status, out)?,
    }
    Ok(())
}

/// The status as one line, where the format is one.
fn line(status: &Status, format: Format) -> Option<String> {
    match format {
        Format::Text | Format::Json => None,
        Format::Plain => Some(status.text.clone()),
        Format::Waybar => Some(output::waybar(status)),
        Format::Polybar => Some(output::polybar(status)),
        Format::Tmux => Some(output::tmux(status)),
    }
}
