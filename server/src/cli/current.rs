//! `costline current`.

use super::Shared;
use super::range::{Form, clean};
use crate::app::{now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{By, Days, Query};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Current {
    /// At most N projects, models and sessions of each period
    #[arg(long, value_name = "N", default_value = "3")]
    limit: usize,
    /// Only sessions of this project (the directory that they were started in)
    #[arg(long, value_name = "PATH")]
    project: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

impl Current {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.form.flags())?;
        let (access, summary) = open_for_report(&setup, !self.form.no_ingest)?;
        let project = self.project.as_ref().map(|project| clean(&setup.env.cwd, project));
        let query = Query {
            by: By::Hour,
            split: None,
            days: Days::default(),
            project: project.map(|project| project.to_string_lossy().into_owned()),
            limit: Some(self.limit),
            week_start: setup.config.week_start,
        };
        let moment = access.reading.moment(now())?;
        let mut current = access.reading.current(&query, &setup.zone, access.roots, moment)?;
        current.partial = access.partial.then_some(true);
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        if self.form.json {
            output::json(&current, out)?;
        } else {
            output::current(&current, query.project.as_deref(), out)?;
        }
        Ok(0)
    }
}
