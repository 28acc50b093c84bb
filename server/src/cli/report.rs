//! `summary`, `daily`, `weekly`, `monthly`, `sessions`, `projects` and `breakdown`.

use super::range::Range;
use super::{Misuse, Shared};
use crate::app::{Setup, now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{By, Days, Query, Usual};
use anyhow::{Result, bail};
use clap::Args;
use std::io::Write as _;

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
pub(super) struct Weekly {
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
pub(super) struct Monthly {
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
    /// What to break down by: model, project, session, branch, agent, skill, tool, mcp, file, day, week, month, hour,
    /// weekday (1 is Monday), day-hour, kind or source
    #[arg(long, value_name = "KEY", default_value = "model", value_parser = By::parse)]
    by: By,
    /// Show the parts of each row by a second key
    #[arg(long, value_name = "KEY", value_parser = By::parse)]
    split: Option<By>,
    #[command(flatten)]
    range: Range,
}

impl Summary {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Project, None, &self.range, Usual::All, shared, out)
    }
}

impl Daily {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Day, None, &self.range, Usual::Days(30), shared, out)
    }
}

impl Weekly {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Week, None, &self.range, Usual::Weeks(12), shared, out)
    }
}

impl Monthly {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Month, None, &self.range, Usual::Months(12), shared, out)
    }
}

impl Sessions {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Session, None, &self.range, Usual::All, shared, out)
    }
}

impl Projects {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        run(By::Project, None, &self.range, Usual::All, shared, out)
    }
}

impl Breakdown {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        if self.split == Some(self.by) {
            let key = self.by.name();
            bail!(Misuse(format!("--by {key} --split {key} is one key twice; name another with --split")));
        }
        run(self.by, self.split, &self.range, Usual::All, shared, out)
    }
}

/// Prints what the database of a setup holds, by some key: of the last days, or of all, and so many rows.
pub(super) fn show(
    setup: &Setup,
    by: By,
    last: Option<u32>,
    limit: Option<usize>,
    out: &mut Out,
) -> Result<()> {
    let (access, _) = open_for_report(setup, false)?;
    let days = Range { days: last, ..Range::default() }.days(now(), setup, Usual::All)?;
    let query = Query { by, split: None, days, project: None, limit, week_start: setup.config.week_start };
    let report = access.reading.report(&query, &setup.zone, access.roots)?;
    output::report(&report, by, None, None, out)
}

fn run(by: By, split: Option<By>, range: &Range, usual: Usual, shared: &Shared, out: &mut Out) -> Result<u8> {
    let setup = shared.setup(&range.form.flags())?;
    let days = range.days(now(), &setup, usual)?;
    let (access, summary) = open_for_report(&setup, !range.form.no_ingest)?;
    let query = Query {
        by,
        split,
        days,
        project: range.project(&setup.env.cwd),
        limit: range.limit,
        week_start: setup.config.week_start,
    };
    let mut report = access.reading.report(&query, &setup.zone, access.roots)?;
    report.partial = access.partial.then_some(true);
    let left_out = access.left_out(&days, &setup.zone)?;
    output::notes(shared.color, setup.problems.iter().chain(&summary.problems).chain(&left_out));
    if range.form.json {
        output::json(&report, out)?;
    } else {
        output::report(&report, by, split, query.project.as_deref(), out)?;
        let looked = !range.form.no_ingest && !summary.led_by_another;
        if looked && summary.files == 0 && query.days != Days::default() {
            writeln!(
                out,
                "There are no transcripts at all; `costline config path` shows where they are looked for."
            )?;
        }
    }
    Ok(0)
}
