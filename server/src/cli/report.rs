//! `summary`, `daily`, `sessions`, `projects` and `breakdown`.

use super::Shared;
use super::range::Range;
use crate::app::{now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{By, Days, Query};
use anyhow::Result;
use clap::Args;
use std::io::Write as _;

/// Days that `daily` shows where no range is given.
const USUAL_DAYS: u32 = 30;

#[derive(Debug, Args)]
pub(super) struct Summary {
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
pub(super) struct Daily {
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
pub(super) struct Sessions {
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
pub(super) struct Projects {
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
pub(super) struct Breakdown {
    /// What to break down by: model, project, session, branch, agent, skill, tool, mcp, day, hour, kind or source
    #[arg(long, value_name = "KEY", default_value = "model", value_parser = By::parse)]
    by: By,
    #[command(flatten)]
    range: Range,
}

impl Summary {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Project, &self.range, None, shared, out)
    }
}

impl Daily {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Day, &self.range, Some(USUAL_DAYS), shared, out)
    }
}

impl Sessions {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Session, &self.range, None, shared, out)
    }
}

impl Projects {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Project, &self.range, None, shared, out)
    }
}

impl Breakdown {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(self.by, &self.range, None, shared, out)
    }
}

fn run(by: By, range: &Range, usual: Option<u32>, shared: &Shared, out: &mut Out) -> Result<u8> {
    let setup = shared.setup(&range.flags())?;
    let days = range.days(now(), &setup.zone, usual)?;
    let (access, summary) = open_for_report(&setup, !range.no_ingest)?;
    let query = Query { by, days, project: range.project(&setup.env.cwd), limit: range.limit };
    let mut report = access.reading.report(&query, &setup.zone, access.roots)?;
    report.partial = access.partial.then_some(true);
    output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
    if range.json {
        output::json(&report, out)?;
    } else {
        output::report(&report, by, query.project.as_deref(), out)?;
        let looked = !range.no_ingest && !summary.led_by_another;
        if looked && summary.files == 0 && query.days != Days::default() {
            writeln!(
                out,
                "There are no transcripts at all; `costline config path` shows where they are looked for."
            )?;
        }
    }
    Ok(0)
}
