//! A command that runs inside another one: it is handed the same input, and what it prints is taken.

use super::spawn;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// More than that is not taken of what it prints.
const MOST: u64 = 64 * 1024;

/// A command under way.
pub struct Inside {
    child: Option<Child>,
    printed: Receiver<Vec<u8>>,
}

impl Inside {
    /// Starts a command line in a shell; `mark` is a variable that tells it where it runs.
    pub fn start(command: &str, input: &[u8], mark: &str) -> Self {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let started = Command::new(shell)
            .args([flag, command])
            .env(mark, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let (tell, printed) = channel();
        let Ok(mut child) = started else { return Self { child: None, printed } };
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // A command that does not read must not hold up who writes.
            spawn("costline-inside", Box::new(move || drop(stdin.write_all(&input))));
        }
        if let Some(stdout) = child.stdout.take() {
            let take = move || {
                let mut bytes = Vec::new();
                let _ = stdout.take(MOST).read_to_end(&mut bytes);
                let _ = tell.send(bytes);
            };
            spawn("costline-inside", Box::new(take));
        }
        Self { child: Some(child), printed }
    }

    /// What it prints until it ends; nothing where that takes too long, and then it is ended.
    pub fn printed(mut self, patience: Duration) -> String {
        let bytes = self.printed.recv_timeout(patience).unwrap_or_default();
        if let Some(child) = &mut self.child {
            if bytes.is_empty() {
                let _ = child.kill();
            }
            // It has closed its output: it ends, or goes on without us.
            let _ = child.try_wait();
        }
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }
}
