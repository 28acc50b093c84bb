//! `costline limits`.

use super::Shared;
use super::range::Form;
use crate::app::{limits_told, now, open_for_report};
use crate::limits::standing;
use crate::output::{self, Out};
use anyhow::Result;
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub(super) struct Limits {
    #[command(flatten)]
    form: Form,
}

impl Limits {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.form.flags())?;
        let (access, summary) = open_for_report(&setup, !self.form.no_ingest)?;
        let now = now();
        let standing = standing(&access.reading.limits(now)?, now);
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        if self.form.json {
            let mut answer = limits_told(&standing, &setup.zone);
            answer["partial"] = json!(access.partial.then_some(true));
            output::json(&answer, out)?;
        } else {
            output::limits(&standing, &setup.zone, now, out)?;
        }
        Ok(0)
    }
}
