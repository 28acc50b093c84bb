//! `costline prices`.

use super::Shared;
use crate::app::now;
use crate::output::{self, Out};
use crate::time::utc_day;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct Prices {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what each model costs, in dollars per million tokens
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what is worth knowing: prices about to change, overrides in force, what is uncertain
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Prices {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        output::notes(shared.color, &setup.problems);
        match &self.what {
            What::List { json } => output::prices(setup.prices(), *json, out)?,
            What::Check { json } => {
                let findings = setup.prices().check(utc_day(now()));
                if *json {
                    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
                    output::json(&serde_json::json!({ "findings": findings }), out)?;
                    return Ok(0);
                }
                for finding in &findings {
                    writeln!(out, "{finding}")?;
                }
                if findings.is_empty() {
                    writeln!(out, "Nothing is out of the ordinary.")?;
                }
            }
        }
        Ok(0)
    }
}
