//! `costline config`.

use super::Shared;
use crate::app;
use crate::output::{self, Out};
use crate::paths;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show every setting in effect and where it comes from
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show where the settings, the database and Claude's folders lie
    Path {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what is wrong with the settings; exit with 1 where something is
    Check,
}

impl ConfigCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        match &self.what {
            What::Show { json } => {
                output::notes(shared.color, &setup.problems);
                let rows = setup.config.show();
                if *json { output::json(&rows, out)? } else { output::settings(&rows, out)? }
            }
            What::Path { json } => {
                let mut places = vec![
                    ("config", paths::config_file(&app::environment())?),
                    ("database", setup.database()),
                    ("log", setup.state.join("log")),
                ];
                places.extend(setup.projects.iter().map(|projects| ("transcripts", projects.clone())));
                output::places(&places, *json, out)?;
            }
            What::Check => {
                for problem in &setup.problems {
                    writeln!(out, "{problem}")?;
                }
                if !setup.problems.is_empty() {
                    return Ok(1);
                }
                writeln!(out, "The settings are in order.")?;
            }
        }
        Ok(0)
    }
}
