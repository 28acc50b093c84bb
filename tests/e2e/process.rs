//! Costline as a person or a script runs it.

use crate::home::TestHome;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command to its end, with this as its input.
pub fn hand(mut command: Command, input: &[u8]) -> Ran {
    use std::io::Write as _;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs Costline with these arguments; it has to succeed and to say nothing on standard error.
pub fn text(home: &TestHome, args: &[&str]) -> String {
    let ran = run(home.command(args));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?} said {}", ran.out);
    ran.out
}

/// Runs Costline with these arguments and `--json`, and reads what it prints.
pub fn json(home: &TestHome, args: &[&str]) -> Value {
    let printed = text(home, &[args, &["--json"]].concat());
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{args:?}: {error} in {printed}"))
}

/// Stops a process where it is; it stays, and does nothing.
#[cfg(target_os = "linux")]
pub fn stop(process: Pid) {
    kill_process(process, Signal::STOP).unwrap();
    let stopped = || {
        let threads = std::fs::read_dir(format!("/proc/{}/task", process.as_raw_nonzero())).unwrap();
        let stat = |thread: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap()
        };
        threads.map(stat).all(|stat| stat.rsplit_once(')').unwrap().1.starts_with(" T"))
    };
    let start = Instant::now();
    while !stopped() {
        assert!(start.elapsed() < SOON, "it does not stop");
    }
}

/// A running process whose output is read line by line.
pub struct Process {
    id: Pid,
    lines: Option<Receiver<String>>,
    exit: Receiver<ExitStatus>,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts it; standard error goes to the test's.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let id = Pid::from_child(&child);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        let read = move || {
            // Nobody listens any more: the pipe is closed with the reader.
            let _ = stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line));
        };
        std::thread::Builder::new().spawn(read).unwrap();
        let (told, exit) = channel();
        std::thread::Builder::new().spawn(move || told.send(child.wait().unwrap())).unwrap();
        Self { id, lines: Some(lines), exit, ended: None }
    }

    /// The next line of its output.
    pub fn line(&self) -> String {
        self.lines.as_ref().unwrap().recv_timeout(SOON).expect("no line came")
    }

    /// The first line of which this holds.
    pub fn line_where(&self, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.line();
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Reads no further: the pipe closes at the next line.
    pub fn close(&mut self) {
        self.lines = None;
    }

    /// Stops it where it is; it stays, and does nothing.
    #[cfg(target_os = "linux")]
    pub fn stop(&self) {
        stop(self.id);
    }

    /// Whether it has a file of this name open.
    #[cfg(target_os = "linux")]
    pub fn has_open(&self, name: &str) -> bool {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.id.as_raw_nonzero())).unwrap();
        let links = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
        links.into_iter().any(|link| link.ends_with(name))
    }

    /// How many connections and other sockets it has.
    #[cfg(target_os = "linux")]
    pub fn sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.id.as_raw_nonzero())).unwrap();
        let links = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
        links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
    }

    /// How much memory it holds, in KiB.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id.as_raw_nonzero())).unwrap();
        let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        held.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.id, signal).unwrap();
    }

    /// Waits for its end; gives the exit code.
    pub fn end(&mut self) -> Option<i32> {
        let status =
            self.ended.unwrap_or_else(|| self.exit.recv_timeout(SOON).expect("the process still runs"));
        self.ended = Some(status);
        status.code()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.ended = self.ended.or_else(|| self.exit.try_recv().ok());
        self.ended.is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = kill_process(self.id, Signal::KILL);
        }
    }
}
