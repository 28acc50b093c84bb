//! Posts the sums of the last hours to the addresses of the settings, in a thread of its own. What an address missed while it was
//! away is posted once it is back: nothing is kept for that, since what was at any moment follows from the responses.

use super::engine::Event;
use super::{Setup, display, now, try_spawn};
use crate::display as course;
use crate::post::{self, Failure};
use crate::push::{FAILURES, Target, configured, missed, wait};
use crate::store::reading::Reading;
use crate::store::{ALL_ROOTS, Ledger};
use crate::time::Millis;
use serde::Serialize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The first post comes so long after the start at the latest.
const SETTLED: Millis = 5_000;

/// The thread that posts while this process leads; it ends when this is dropped.
#[derive(Default)]
pub(super) struct Pusher {
    targets: Vec<Target>,
    thread: Option<Sender<Setup>>,
}

impl Pusher {
    /// Posts to the addresses of these settings from now on; says what is wrong where there is no thread to be had.
    pub(super) fn follow(&mut self, setup: &Setup, reign: u64, events: &Sender<Event>) -> Result<(), String> {
        let (targets, _) = configured(&setup.config);
        if targets.is_empty() {
            *self = Self::default();
            return Ok(());
        }
        let told = self.targets == targets
            && self.thread.as_ref().is_some_and(|thread| thread.send(setup.clone()).is_ok());
        if told {
            return Ok(());
        }
        let (thread, settings) = channel();
        let (setup, work, events) = (setup.clone(), targets.clone(), events.clone());
        let run = move || Work::new(setup, work, reign, events).run(&settings);
        try_spawn("costline-push", Box::new(run))?;
        *self = Self { targets, thread: Some(thread) };
        Ok(())
    }

    /// Whether there is something to post to.
    pub(super) fn is_on(&self) -> bool {
        self.thread.is_some()
    }
}

/// One address, and how posting there goes.
struct Line {
    target: Target,
    due: Millis,
    /// When something came there last; before the first time, when it was first tried.
    last: Option<Millis>,
    failures: i64,
    error: Option<String>,
}

struct Work {
    setup: Setup,
    lines: Vec<Line>,
    reign: u64,
    events: Sender<Event>,
    told: Option<String>,
}

impl Work {
    fn new(setup: Setup, targets: Vec<Target>, reign: u64, events: Sender<Event>) -> Self {
        // What waits unread at the start is read first.
        let states =
            Reading::open(&setup.database()).and_then(|reading| reading.push_states()).unwrap_or_default();
        let line = |target: Target| Line {
            due: now() + target.every.min(SETTLED),
            last: states.iter().find(|state| state.url == target.url).and_then(|state| state.done),
            target,
            failures: 0,
            error: None,
        };
        let lines = targets.into_iter().map(line);
        Self { setup, lines: lines.collect(), reign, events, told: None }
    }

    /// Posts until nobody wants it any more.
    fn run(mut self, settings: &Receiver<Setup>) {
        loop {
            let due = self.lines.iter().map(|line| line.due).min().unwrap_or_default();
            // A clock that was set back does not make it wait for longer than it would.
            let longest = self.lines.iter().map(|line| line.target.every).max().unwrap_or_default();
            let pause = (due - now()).clamp(0, longest);
            match settings.recv_timeout(Duration::from_millis(pause.unsigned_abs())) {
                Ok(setup) => self.setup = setup,
                Err(RecvTimeoutError::Timeout) => self.post_due(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn post_due(&mut self) {
        let all: Vec<String> = self.lines.iter().map(|line| line.target.url.clone()).collect();
        let setup = &self.setup;
        for line in &mut self.lines {
            if line.due > now() && line.due - now() <= line.target.every {
                continue;
            }
            let outcome = line.post(setup);
            line.failures = if outcome.is_ok() { 0 } else { line.failures + 1 };
            line.due = now() + wait(line.failures, line.target.every);
            let noted = Ledger::open(&setup.database()).and_then(|mut ledger| {
                ledger.note_push(
                    &line.target.url,
                    outcome.as_ref().copied().map_err(String::as_str),
                    now(),
                    &all,
                )
            });
            if let Err(error) = noted {
                tracing::warn!("cannot note how posting goes: {error}");
            }
            line.error = outcome.err();
        }
        let problem =
            self.lines.iter().filter(|line| line.failures >= FAILURES).find_map(|line| line.error.clone());
        if self.told != problem {
            self.told.clone_from(&problem);
            let _ = self.events.send(Event::Pushed(self.reign, problem));
        }
    }
}

impl Line {
    /// Posts what was missed, oldest first, and how things are.
    fn post(&mut self, setup: &Setup) -> Result<(), String> {
        let mut reading = Reading::open(&setup.database()).map_err(|error| error.to_string())?;
        let (roots, _) = reading.roots(&setup.root_names()).unwrap_or((ALL_ROOTS, true));
        let (target, own) = (&self.target, display::machine(setup));
        let source = target.source.as_deref().unwrap_or(&own);
        let (moment, hours) = (now(), target.hours);
        let last = *self.last.get_or_insert(moment);
        if !missed(last, moment, target.every, course::POINTS as usize).is_empty() {
            let (buckets, begun) =
                reading.display_buckets(moment, hours, roots).map_err(|error| error.to_string())?;
            let points = course::history(&buckets, begun, moment, hours, source, &setup.zone);
            for (index, end) in missed(last, moment, target.every, points.len()) {
                match send(setup, target, &points[index].backfill()) {
                    Ok(()) => self.last = Some(end),
                    // Whoever takes only what is now is told that.
                    Err(Failure::Refused(reason)) => {
                        tracing::info!("what was missed is not posted: {reason}");
                        break;
                    }
                    Err(away) => return Err(away.to_string()),
                }
            }
        }
        let figures =
            display::figures(setup, &mut reading, roots, hours, source).map_err(|error| error.to_string())?;
        send(setup, target, &figures).map_err(|failure| failure.to_string())?;
        self.last = Some(moment);
        Ok(())
    }
}

/// Posts figures once, or those of the past.
///
/// # Errors
/// A sentence: the token cannot be read, or the address cannot be reached or says no.
pub fn send(setup: &Setup, target: &Target, figures: &impl Serialize) -> Result<(), Failure> {
    let token =
        target.token_file.as_deref().map(|file| token(setup, file)).transpose().map_err(Failure::Away)?;
    let body = serde_json::to_string(figures).map_err(|error| Failure::Refused(error.to_string()))?;
    post::post(&target.url, token.as_deref(), &body)
}

/// The token that a file holds.
fn token(setup: &Setup, file: &str) -> Result<String, String> {
    let failed = |reason: String| format!("cannot read the token in {file}: {reason}; see to `token_file`");
    let path = setup.env.absolute(file.as_ref()).map_err(|error| failed(error.to_string()))?;
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let token = text.trim();
    let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(token.to_owned()) } else { Err(failed("it holds no token".to_owned())) }
}
