//! `costline alerts`.

use super::Shared;
use crate::app::{self, Setup, no_alert, now, open_for_report};
use crate::output::{self, Out};
use crate::store::{Ledger, Mark};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write as _;
use std::num::NonZeroUsize;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AlertsCommand {
    #[command(subcommand)]
    what: Option<What>,
    /// At most N alerts
    #[arg(long, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show what the database holds, without reading transcripts first
    #[arg(long)]
    no_ingest: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say that an alert was seen: it is told no more
    #[command(visible_alias = "acknowledge")]
    Ack {
        /// Its number
        id: i64,
    },
    /// Hear nothing more of an alert's matter until its period ends
    Snooze {
        /// Its number
        id: i64,
    },
}

impl AlertsCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        output::notes(shared.color, &setup.problems);
        match &self.what {
            None => self.list(&setup, shared, out)?,
            Some(What::Ack { id }) => mark(&setup, *id, Mark::Acknowledged, out)?,
            Some(What::Snooze { id }) => mark(&setup, *id, Mark::Snoozed, out)?,
        }
        Ok(0)
    }

    fn list(&self, setup: &Setup, shared: &Shared, out: &mut Out) -> Result<()> {
        let (access, summary) = open_for_report(setup, !self.no_ingest)?;
        output::notes(shared.color, &summary.problems);
        // A person is shown one line for several thresholds that were crossed in one step.
        let rows = app::alerts(setup, &access.reading, self.limit.get(), self.json)?;
        if self.json { output::json(&json!({ "alerts": rows }), out) } else { output::alerts(&rows, out) }
    }
}

fn mark(setup: &Setup, id: i64, mark: Mark, out: &mut Out) -> Result<()> {
    if !Ledger::open(&setup.database())?.mark(id, mark, now())? {
        bail!(no_alert(id));
    }
    match mark {
        Mark::Acknowledged => writeln!(out, "Alert {id} is told no more.")?,
        Mark::Snoozed => writeln!(out, "Nothing more is said of alert {id} until its period ends.")?,
    }
    Ok(())
}
