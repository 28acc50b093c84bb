//! `costline blocks`.

use super::Shared;
use super::range::Range;
use crate::app::{now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{By, Query, Usual};
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Blocks {
    #[command(flatten)]
    range: Range,
}

impl Blocks {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.range.form.flags())?;
        let days = self.range.days(now(), &setup, Usual::All)?;
        let (access, summary) = open_for_report(&setup, !self.range.form.no_ingest)?;
        let query = Query {
            by: By::Hour,
            split: None,
            days,
            project: self.range.project(&setup.env.cwd),
            limit: self.range.limit,
            week_start: setup.config.week_start,
        };
        let moment = access.reading.moment(now())?;
        let mut blocks = access.reading.blocks(&query, &setup.zone, access.roots, moment)?;
        blocks.partial = access.partial.then_some(true);
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        if self.range.form.json {
            output::json(&blocks, out)?;
        } else {
            output::blocks(&blocks, query.project.as_deref(), out)?;
        }
        Ok(0)
    }
}
