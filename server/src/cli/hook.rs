//! `costline hook`: what Claude Code runs at its events. It ends with 0 whatever happens, since another code would hold Claude
//! up, and lets work go on where Costline itself does not work.

use super::Shared;
use super::claude_settings::{Change, Settle, change};
use crate::app::{self, Setup, VERSION};
use crate::claude_settings::{with_hooks, without_hooks};
use crate::output::{self, Out};
use anyhow::Result;
use clap::Args;

/// What a tool gives back can be long; what is longer is not looked at.
const LONGEST_INPUT: u64 = 64 * 1024 * 1024;

#[derive(Debug, Default, Args)]
pub(super) struct HookCommand {
    #[command(flatten)]
    settle: Settle,
}

impl HookCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        if self.settle.is_asked() {
            return self.settle(shared, out);
        }
        if output::is_typed() {
            let note = "Claude Code runs this at its events and hands it JSON; put it into Claude's settings with `costline hook --install`";
            output::notes(shared.color, [&note.to_owned()]);
            return Ok(0);
        }
        let bytes = output::input(LONGEST_INPUT);
        match shared.setup(&[]) {
            Ok(setup) => answer(&setup, &bytes, out),
            Err(error) => output::complain(shared.color, &error),
        }
        Ok(0)
    }

    fn settle(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        let uninstall = self.settle.uninstall;
        let what = if uninstall { "no hook of Costline" } else { "Costline's hooks" };
        let command = format!("{} hook", app::called(&setup.env));
        let edit = |text: &str| {
            if uninstall { without_hooks(text) } else { with_hooks(text, &command) }
        };
        change(&Change { setup: &setup, what, edit: &edit, yes: self.settle.yes, color: shared.color }, out)
    }
}

/// Says that the command line was not understood: the event goes on.
pub(super) fn misunderstood(error: &str) {
    if let Ok(setup) = Setup::new(app::environment(), &[], &[]) {
        let error = error.lines().next().unwrap_or_default();
        log(&setup, &format!("the arguments were not understood: {error}"));
    }
}

fn answer(setup: &Setup, bytes: &[u8], out: &mut Out) {
    let hooked = app::hooked(setup, bytes);
    // Nobody may read any more, or the disk be full: Claude Code goes on then.
    let written =
        hooked.answer.map_or(Ok(()), |answer| output::json(&answer, out)).and_then(|()| out.finish());
    if let Err(error) = written {
        out.give_up();
        log(setup, &format!("the answer could not be written, and work goes on: {error}"));
    }
    for note in hooked.notes {
        log(setup, &note);
    }
    if hooked.unknown_root {
        app::register_roots(setup);
    }
}

/// Writes a line to the log; most events have none to write.
fn log(setup: &Setup, line: &str) {
    let held = output::log_to_file(&setup.state.join("log"), &setup.config.log.level);
    tracing::warn!("hook ({VERSION}): {line}");
    drop(held);
}
