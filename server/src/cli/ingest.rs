//! `costline ingest`.

use super::Shared;
use crate::app::read_once;
use crate::output::{self, Out};
use crate::tokens::{compact, grouped};
use anyhow::Result;
use clap::Args;
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct Ingest {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Ingest {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        let summary = read_once(&setup)?;
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        if self.json {
            output::json(&summary, out)?;
            return Ok(0);
        }
        if summary.led_by_another {
            writeln!(out, "Another Costline process is reading already; everything that was there is in.")?;
        } else {
            writeln!(
                out,
                "Read {} bytes of {}; there {} {}.",
                compact(summary.bytes_read as i64),
                plural(summary.files_read, "transcript"),
                if summary.files == 1 { "is" } else { "are" },
                grouped(summary.files as u64),
            )?;
        }
        for (kind, count) in &summary.faults {
            writeln!(
                out,
                "{} {kind} line(s) could not be read as they stand.",
                grouped(count.unsigned_abs())
            )?;
        }
        Ok(0)
    }
}

fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count as u64))
}
