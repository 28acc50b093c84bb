//! `costline project`.

use super::Shared;
use super::range::{Range, clean};
use crate::app::{now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{By, Query, Usual};
use crate::workspace;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Project {
    /// The project's folder; the current directory where none is given
    #[arg(value_name = "PATH", conflicts_with = "project")]
    path: Option<PathBuf>,
    #[command(flatten)]
    range: Range,
}

impl Project {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.range.form.flags())?;
        let days = self.range.days(now(), &setup, Usual::All)?;
        let (access, summary) = open_for_report(&setup, !self.range.form.no_ingest)?;
        let cwd = &setup.env.cwd;
        let asked = self.path.as_ref().or(self.range.project.as_ref());
        let folder = asked.map_or_else(|| cwd.clone(), |path| clean(cwd, path));
        let query = Query {
            by: By::Project,
            split: None,
            days,
            project: None,
            // A table shows fewer rows by itself.
            limit: self.range.limit,
            week_start: setup.config.week_start,
        };
        let folders = workspace::expand(&[folder]);
        let mut report = access.reading.project(folders, &query, &setup.zone, access.roots)?;
        report.partial = access.partial.then_some(true);
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        if self.range.form.json {
            output::json(&report, out)?;
        } else {
            output::project(&report, self.range.limit, out)?;
        }
        Ok(0)
    }
}
