//! `costline budget status`.

use super::super::Shared;
use crate::app::{Budgets, Setup, now, open_for_report};
use crate::output::{self, Out};
use crate::store::reading::Reading;
use crate::wording::moment;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// A hard limit is passed: it says stop.
const STOP: u8 = 3;
/// How long a leader is waited for to work out how budgets stand.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);

#[derive(Debug, Args)]
pub(super) struct BudgetStatus {
    /// Exit with 3 where a hard limit is used up and not lifted
    #[arg(long)]
    check: bool,
    /// With --check: exit with 3 where any budget, hard or not, is used to so many percent
    #[arg(long, value_name = "PERCENT", requires = "check", value_parser = clap::value_parser!(u32).range(1..=1000))]
    at: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show what the database holds, without reading transcripts first
    #[arg(long)]
    no_ingest: bool,
}

impl BudgetStatus {
    pub(super) fn run(&self, setup: &Setup, shared: &Shared, out: &mut Out) -> Result<u8> {
        let (access, summary) = open_for_report(setup, !self.no_ingest)?;
        output::notes(shared.color, &summary.problems);
        if summary.led_by_another {
            wait_for_look(&access.reading)?;
        }
        let project = setup.env.cwd.to_string_lossy();
        let budgets = Budgets::read(setup, &access.reading, Some(&project))?;
        if self.json {
            let mut value = budgets.json(setup);
            value["partial"] = json!(access.partial.then_some(true));
            output::json(&value, out)?;
        } else {
            output::budgets(&budgets.standings, out)?;
            if let Some(at) = budgets.lifted {
                writeln!(
                    out,
                    "\nHard limits are lifted until {}.",
                    moment(at, now(), &setup.zone).replacen("at ", "", 1)
                )?;
            }
            if let Some(stop) = &budgets.stop {
                writeln!(out, "\n{}", stop.message)?;
            }
        }
        let stops = match self.at {
            None => budgets.stop.is_some(),
            Some(at) => budgets.standings.iter().any(|budget| budget.used_percent >= f64::from(at)),
        };
        Ok(if self.check && stops { STOP } else { 0 })
    }
}

/// Waits until the leader has worked out how budgets stand that were just set. It is not waited for long.
fn wait_for_look(reading: &Reading) -> Result<()> {
    let start = Instant::now();
    while !reading.is_looked_at()? && start.elapsed() < PATIENCE {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
