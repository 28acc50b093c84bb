//! The user's own program for alerts: run without a shell, with one alert's JSON on its standard input, for some seconds at most.

use crate::alerts::wire::Warning;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that runs for longer is ended.
const TIME: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the program for each of these, one after the other.
///
/// # Errors
/// A sentence that says what failed; the others were run all the same.
pub(super) fn run(words: &[String], told: &[Warning]) -> Result<(), String> {
    let mut outcome = Ok(());
    for warning in told {
        let one = once(words, warning).map_err(|reason| {
            format!(
                "alerts.command failed: {} {reason}; check the setting",
                words.first().map_or("", |word| word)
            )
        });
        outcome = outcome.and(one);
    }
    outcome
}

/// What the program reads: the parameters of the notification, and which one it is.
fn input(warning: &Warning) -> Value {
    let (method, params) = match warning {
        Warning::Budget(warning) => ("budgetWarning", serde_json::to_value(warning)),
        Warning::Limit(warning) => ("limitWarning", serde_json::to_value(warning)),
        Warning::Alert(notice) => ("alert", serde_json::to_value(notice)),
    };
    let mut value = params.unwrap_or_default();
    value["type"] = json!(method);
    value
}

fn once(words: &[String], warning: &Warning) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read misses nothing. The text fits a pipe, so this does not wait.
        let _ = writeln!(stdin, "{}", input(warning));
    }
    match ended(&mut child) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(format!("ended with {status}")),
        Ok(None) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(format!("ran for more than {} seconds and was ended", TIME.as_secs()))
        }
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}

/// How it ended; `None` where its time is up.
fn ended(child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= TIME {
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
