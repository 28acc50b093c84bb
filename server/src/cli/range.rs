//! Options that reports share.

use super::Misuse;
use crate::reports::Days;
use crate::time::{Millis, Zone};
use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::Args;
use std::path::{Component, Path, PathBuf};

/// What of history a report covers.
#[derive(Debug, Args)]
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
    /// The days that are asked for, or the last `usual` days where none are.
    pub(super) fn days(&self, now: Millis, zone: &Zone, usual: Option<u32>) -> Result<Days> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            let misuse = format!("the range from {since} until {until} is empty; swap --since and --until");
            bail!(Misuse(misuse));
        }
        let usual = usual.filter(|_| self.since.is_none() && self.until.is_none());
        let Some(count) = self.days.or(usual) else {
            return Ok(Days { since: self.since, until: self.until });
        };
        let today = zone.day(now);
        let back = chrono::Days::new(u64::from(count) - 1);
        Ok(Days { since: today.checked_sub_days(back), until: Some(today) })
    }

    /// The time zone as a setting, where one was given.
    pub(super) fn flags(&self) -> Vec<(&str, &str)> {
        self.timezone.iter().map(|zone| ("timezone", zone.as_str())).collect()
    }

    /// The project's path as sessions have it: absolute, without `.` and `..`.
    pub(super) fn project(&self, cwd: &Path) -> Option<String> {
        Some(clean(&cwd.join(self.project.as_ref()?)))
    }
}

/// An absolute path as sessions have it: without `.` and `..`.
pub(super) fn clean(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean.to_string_lossy().into_owned()
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
