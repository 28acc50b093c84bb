//! A command that runs inside another one: it is handed the same input, and what it prints is taken.

use super::{group, spawn};
use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// More bytes than that are not taken of what it prints.
const MOST: usize = 64 * 1024;
/// Nor more lines; Claude Code shows a few.
const LINES: usize = 16;
/// How often it is looked whether it has ended while its output stays open: something that it started may hold that.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long it takes at most to read what it had printed when it ended.
const REST: Duration = Duration::from_millis(100);

/// A command under way.
pub struct Inside {
    child: Option<Child>,
    printed: Receiver<Vec<u8>>,
}

impl Inside {
    /// Starts a command line in a shell; `mark` is a variable that tells it where it runs.
    pub fn start(command: &str, input: &[u8], mark: &str) -> Self {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let started = group::start(
            Command::new(shell)
                .args([flag, command])
                .env(mark, "1")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let (tell, printed) = channel();
        let Ok(mut child) = started else { return Self { child: None, printed } };
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // A command that does not read must not hold up who writes.
            spawn("costline-inside", Box::new(move || drop(stdin.write_all(&input))));
        }
        if let Some(mut stdout) = child.stdout.take() {
            let take = move || {
                let mut bytes = vec![0; 8 * 1024];
                loop {
                    match stdout.read(&mut bytes) {
                        Ok(0) => break,
                        Ok(count) if tell.send(bytes[..count].to_vec()).is_ok() => {}
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Ok(_) | Err(_) => break,
                    }
                }
            };
            spawn("costline-inside", Box::new(take));
        }
        Self { child: Some(child), printed }
    }

    /// What it prints until it ends, or until it took too long: then it is ended with all that it has started. What it started
    /// and left behind goes on without us.
    pub fn printed(mut self, patience: Duration) -> String {
        let mut end = Instant::now() + patience;
        let (mut bytes, mut has_ended) = (Vec::new(), false);
        let mut left = patience;
        while bytes.len() < MOST && !left.is_zero() {
            match self.printed.recv_timeout(left.min(LOOK_EVERY)) {
                Ok(more) => bytes.extend(more),
                // Nobody can print any more.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if has_ended => {}
                Err(RecvTimeoutError::Timeout) => {
                    has_ended =
                        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(Some(_))));
                    if has_ended {
                        end = end.min(Instant::now() + REST);
                    }
                }
            }
            left = end.saturating_duration_since(Instant::now());
        }
        bytes.truncate(MOST);
        if let Some(child) = self.child.as_mut().filter(|_| !has_ended && left.is_zero()) {
            group::end(child);
        }
        let text = String::from_utf8_lossy(&bytes);
        text.trim_end().lines().take(LINES).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::group::tests::Held;

    /// Longer than any test lasts.
    const LONG: Duration = Duration::from_mins(10);

    fn printed(command: &str, patience: Duration) -> String {
        Inside::start(command, b"", "COSTLINE_TEST").printed(patience)
    }

    #[test]
    fn what_goes_on_in_the_background_is_not_waited_for() {
        let held = Held::new();
        let script = held.by("sleep 599 & echo $!; echo end");
        let text = printed(&script, LONG);
        let (background, end) = text.split_once('\n').unwrap();
        assert_eq!(end, "end");
        let background = background.parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
        // It goes on, and is ended by us alone.
        rustix::process::kill_process(background, rustix::process::Signal::KILL).unwrap();
        assert!(held.is_left());
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_has_started() {
        let held = Held::new();
        let script = held.by("echo first; sleep 599 & sleep 599; echo never");
        assert_eq!(printed(&script, Duration::from_secs(2)), "first");
        assert!(held.is_left());
    }

    #[test]
    fn an_endless_text_is_a_few_lines() {
        assert_eq!(printed("yes", LONG), ["y"; LINES].join("\n"));
        assert_eq!(printed("printf 'a\\n\\n b \\n\\n'", LONG), "a\n\n b");
        let wide = printed("yes | tr -d '\\n'", LONG);
        assert_eq!(wide.len(), MOST);
    }
}
