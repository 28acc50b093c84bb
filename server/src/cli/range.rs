//! Options that reports share.

use super::Misuse;
use crate::app::Setup;
use crate::reports::{self, Days, Usual, parse_day};
use crate::time::{Millis, Zone};
use anyhow::Result;
use chrono::NaiveDate;
use clap::Args;
use std::path::{Path, PathBuf};

/// What of history a report covers.
#[derive(Debug, Default, Args)]
pub(super) struct Range {
    /// The first day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(super) since: Option<NaiveDate>,
    /// The last day, inclusive
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(super) until: Option<NaiveDate>,
    /// The last N days, today included
    #[arg(long, value_name = "N", conflicts_with_all = ["since", "until"], value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(super) days: Option<u32>,
    /// At most N rows; totals are over all of them
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Only sessions of this project (the directory that they were started in)
    #[arg(long, value_name = "PATH")]
    pub(super) project: Option<PathBuf>,
    #[command(flatten)]
    pub(super) form: Form,
}

/// How any report is made and printed.
#[derive(Debug, Default, Args)]
pub(super) struct Form {
    /// The time zone that days are counted in, as in Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub(super) timezone: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Report what the database holds, without reading transcripts first
    #[arg(long)]
    pub(super) no_ingest: bool,
}

impl Range {
    /// The days that are asked for, or the usual ones where none are.
    pub(super) fn days(&self, now: Millis, setup: &Setup, usual: Usual) -> Result<Days> {
        let range = reports::Range { since: self.since, until: self.until, days: self.days };
        let days = range.days(setup.zone.day(now), setup.config.week_start, usual);
        // By the names that they have here.
        let named = |problem: String| problem.replace("swap since and until", "swap --since and --until");
        Ok(days.map_err(|problem| Misuse(named(problem)))?)
    }

    /// The project's path as sessions have it.
    pub(super) fn project(&self, cwd: &Path) -> Option<String> {
        self.project.as_ref().map(|project| clean(cwd, project).to_string_lossy().into_owned())
    }
}

impl Form {
    /// The time zone as a setting, where one was given.
    pub(super) fn flags(&self) -> Vec<(&str, &str)> {
        self.timezone.iter().map(|zone| ("timezone", zone.as_str())).collect()
    }
}

/// A path as sessions have it: absolute, without `.` and `..`.
pub(super) fn clean(cwd: &Path, path: &Path) -> PathBuf {
    crate::budgets::clean(&cwd.join(path))
}

fn parse_zone(text: &str) -> Result<String, String> {
    match Zone::named(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("give a name like Europe/Berlin or UTC".to_owned()),
    }
}
