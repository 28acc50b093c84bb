//! `costline push`.

use super::collect::Window;
use super::{Misuse, Shared};
use crate::app::push::send;
use crate::display::USUAL_HOURS;
use crate::output::Out;
use crate::push::{Target, address};
use anyhow::{Result, anyhow};
use clap::Args;
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct PushCommand {
    /// Where to: a Costline such as http://desk.example:8377, or the whole address of something else
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file that holds the token; a Costline needs the one of `costline token show`
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    #[command(flatten)]
    window: Window,
}

impl PushCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let url = address(&self.url).map_err(Misuse)?;
        let (setup, figures) = self.window.collect(shared)?;
        let token_file = self.token_file.clone();
        let target = Target { url, token_file, every: 0, source: None, hours: USUAL_HOURS };
        send(&setup, &target, &figures).map_err(|problem| anyhow!(problem))?;
        let cost = figures.total_cost_usd.unwrap_or_default().short();
        let (hours, source) = (figures.window_hours.unwrap_or(0.into()), figures.source.unwrap_or_default());
        writeln!(out, "Posted {cost} of the last {hours} hours to {} as {source}.", target.url)?;
        Ok(0)
    }
}
