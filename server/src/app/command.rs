//! The user's own program for alerts: run without a shell, with one alert's JSON on its standard input, for some seconds at most.

use super::group;
use crate::alerts::wire::Warning;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that runs for longer is ended, and what it has started with it.
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
        let one = once(words, &input(warning), TIME).map_err(|reason| {
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

fn once(words: &[String], input: &Value, time: Duration) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = group::start(&mut command).map_err(|error| format!("cannot be started: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read misses nothing. The text fits a pipe, so this does not wait.
        let _ = writeln!(stdin, "{input}");
    }
    match ended(&mut child, time) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(format!("ended with {status}")),
        Ok(None) => {
            group::end(&mut child);
            let _ = child.wait();
            Err(format!("ran for more than {} seconds and was ended", time.as_secs()))
        }
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}

/// How it ended; `None` where its time is up.
fn ended(child: &mut Child, time: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= time {
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::group::tests::Held;

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_has_started() {
        let held = Held::new();
        let words = ["/bin/sh", "-c", &held.by("sleep 599 & sleep 599")].map(str::to_owned);
        let error = once(&words, &json!({}), Duration::from_secs(2)).unwrap_err();
        assert_eq!(error, "ran for more than 2 seconds and was ended");
        assert!(held.is_left());
    }
}
