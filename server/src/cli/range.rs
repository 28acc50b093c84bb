//! Options that reports share.

use super::Misuse;
use crate::app::Setup;
use crate::reports::Days;
use crate::time::{Millis, Zone, month_start, week_start};
use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::Args;
use std::path::{Component, Path, PathBuf};

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

/// What a report covers where no range is given; each ends today.
#[derive(Clone, Copy, Debug)]
pub(super) enum Usual {
    /// All history.
    All,
    /// So many days.
    Days(u64),
    /// So many weeks, this one included.
    Weeks(u64),
    /// So many months, this one included.
    Months(u32),
}

impl Range {
    /// The days that are asked for, or the usual ones where none are.
    pub(super) fn days(&self, now: Millis, setup: &Setup, usual: Usual) -> Result<Days> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            let misuse = format!("the range from {since} until {until} is empty; swap --since and --until");
            bail!(Misuse(misuse));
        }
        let today = setup.zone.day(now);
        let since = match (self.days, usual) {
            (Some(count), _) => today.checked_sub_days(chrono::Days::new(u64::from(count) - 1)),
            _ if self.since.is_some() || self.until.is_some() => {
                return Ok(Days { since: self.since, until: self.until });
            }
            (None, Usual::All) => return Ok(Days::default()),
            (None, Usual::Days(count)) => today.checked_sub_days(chrono::Days::new(count - 1)),
            (None, Usual::Weeks(count)) => week_start(today, setup.config.week_start)
                .checked_sub_days(chrono::Days::new(7 * (count - 1))),
            (None, Usual::Months(count)) => {
                month_start(today).checked_sub_months(chrono::Months::new(count - 1))
            }
        };
        Ok(Days { since, until: Some(today) })
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
    let mut clean = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

fn parse_zone(text: &str) -> Result<String, String> {
    match Zone::named(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("give a name like Europe/Berlin or UTC".to_owned()),
    }
}

fn parse_day(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"))
        .map_err(|_| "give a day as YYYY-MM-DD".to_owned())
}
