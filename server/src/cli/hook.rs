//! `costline hook`: what Claude Code runs at its events. It ends with 0 whatever happens, since another code would hold Claude
//! up, and lets work go on where Costline itself does not work.

use super::Shared;
use super::claude_settings::{Change, Settle, change};
use crate::app::{self, Setup, VERSION, now};
use crate::claude_settings::{with_hooks, without_hooks};
use crate::output::{self, Out};
use crate::paths;
use crate::sources::hook::Event;
use crate::sources::inbox;
use crate::sources::record::{Record, What, new_id};
use crate::store::budgets::Whereabouts;
use crate::store::reading::Reading;
use crate::time::{Millis, utc_day};
use anyhow::Result;
use clap::Args;

/// What a tool gives back can be long; what is longer is not looked at.
const LONGEST_INPUT: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
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
        // Nobody may read any more.
        let _ = out.finish();
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
    let Some(event) = Event::read(bytes) else {
        return log(setup, "what Claude Code handed over was no event that can be read");
    };
    let now = now();
    if event.awaits_answer()
        && let Some(answer) = stop(setup, &event, now).and_then(|reason| event.stop(&reason))
    {
        let _ = output::json(&answer, out);
    }
    if !event.is_known() {
        log(setup, &format!("there is no event {:?} that this version knows", event.name));
    }
    if let Some(hooked) = event.record() {
        let record = Record { id: new_id(now), at: now, what: What::Hooked(hooked) };
        let folder = paths::inbox(&setup.state);
        let recorded = paths::ensure_private_dir(&folder).map_err(|error| error.to_string()).and_then(|()| {
            inbox::append(&folder, utc_day(now), &record.line(), false).map_err(|error| error.to_string())
        });
        if let Err(error) = recorded {
            log(setup, &error);
        }
    }
}

/// Why work is to stop. Where that cannot be told, it goes on.
fn stop(setup: &Setup, event: &Event, now: Millis) -> Option<String> {
    let place = Whereabouts { session: event.session.as_deref(), project: event.cwd.as_deref() };
    let found = Reading::open_at_once(&setup.database())
        .and_then(|reading| reading.hard_stop(now, &setup.zone, &place));
    match found {
        Ok(stop) => stop.map(|stop| stop.message),
        Err(crate::store::Error::Missing(_)) => None,
        Err(error) => {
            log(setup, &format!("budgets were not looked at, and work goes on: {error}"));
            None
        }
    }
}

/// Writes a line to the log; most events have none to write.
fn log(setup: &Setup, line: &str) {
    let held = output::log_to_file(&setup.state.join("log"), &setup.config.log.level);
    tracing::warn!("hook ({VERSION}): {line}");
    drop(held);
}
