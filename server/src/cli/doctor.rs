//! `costline doctor`.

use super::Shared;
use crate::app::doctor::{Progress, examine, unable};
use crate::output::{self, Counter, Out};
use anyhow::Result;
use clap::Args;

/// Exits with 1 where something is wrong; notes are not.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Read all transcripts anew, with the filter and without it, and compare them with the database
    #[arg(long)]
    deep: bool,
    /// Show all single cases, as each file with lines that could not be read
    #[arg(long, short)]
    verbose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let mut counter = Counter::default();
        let deep: Option<&mut dyn Progress> = if self.deep { Some(&mut counter) } else { None };
        let report = match shared.setup(&[]) {
            Ok(setup) => examine(&setup, deep),
            Err(error) => unable(&error),
        };
        if self.json {
            output::json(&report, out)?;
        } else {
            output::doctor(&report, self.verbose, out)?;
        }
        Ok(u8::from(report.is_bad()))
    }
}

impl Progress for Counter {
    fn at(&mut self, done: usize, of: usize) {
        self.show(done, of);
    }
}
