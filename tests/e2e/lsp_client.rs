//! A strict client of the language server.
//!
//! It waits for events, never for time to pass: whatever is awaited may take ten seconds on a busy machine.

use crate::home::TestHome;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

/// What was read: a message, or what is wrong with it.
type Frame = Result<Value, String>;

/// A running server.
pub struct LspClient {
    process: u32,
    exit: Receiver<ExitStatus>,
    exited: Option<ExitStatus>,
    stdin: Option<ChildStdin>,
    /// Dropping it makes the reader close the server's output.
    reading: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    frames: Receiver<Frame>,
    /// Messages that came but were not the ones awaited.
    passed: Vec<Value>,
    last_id: i64,
    patience: Duration,
}

impl LspClient {
    /// Starts the server in this home.
    pub fn start(home: &TestHome) -> Self {
        Self::run(home.command(["lsp"]))
    }

    /// Starts this command.
    pub fn run(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (stop, reading) = rustix::pipe::pipe().unwrap();
        let (sender, frames) = channel();
        let stdout = child.stdout.take().unwrap();
        let reader = std::thread::Builder::new().spawn(move || read_all(stdout, &stop, &sender)).unwrap();
        let (process, stdin) = (child.id(), child.stdin.take());
        let (told, exit) = channel();
        std::thread::Builder::new().spawn(move || told.send(child.wait().unwrap())).unwrap();
        Self {
            process,
            exit,
            exited: None,
            stdin,
            reading: Some(reading),
            reader: Some(reader),
            frames,
            passed: Vec::new(),
            last_id: 0,
            patience: SOON,
        }
    }

    /// Starts the server and greets it as a client that knows the extensions.
    pub fn greeted(home: &TestHome) -> Self {
        let mut client = Self::start(home);
        let folder = home.path().join("project");
        client.initialize(json!({
            "processId": std::process::id(),
            "workspaceFolders": [{"uri": format!("file://{}", folder.display()), "name": "project"}],
            "capabilities": {"experimental": {"costline": {"version": 1}}},
        }));
        client
    }

    /// Initializes with these parameters; returns the result.
    pub fn initialize(&mut self, params: Value) -> Value {
        let result = self.request("initialize", params)["result"].clone();
        assert!(result.is_object(), "{result}");
        self.notify("initialized", json!({}));
        result
    }

    /// Sends a request and waits for its answer, which it returns whole.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Sends a request; returns its id.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}));
        self.last_id
    }

    /// Waits for the answer to the request of this id.
    pub fn answer(&mut self, id: i64) -> Value {
        self.wait_for(|message| message["id"] == id && message.get("method").is_none())
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Answers a request of the server.
    pub fn reply(&mut self, request: &Value, result: Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": request["id"], "result": result}));
    }

    fn send(&mut self, message: &Value) {
        self.send_raw(&message.to_string());
    }

    /// Sends a body, whatever it is.
    pub fn send_raw(&mut self, body: &str) {
        let stdin = self.stdin.as_mut().expect("the input is closed");
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }

    /// Waits for the first message of which this holds, among those that nobody waited for yet.
    pub fn wait_for(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.passed.iter().position(&wanted) {
            return self.passed.remove(at);
        }
        let until = Instant::now() + self.patience;
        loop {
            let message = match self.frames.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(frame) => frame.unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("no such message; there were {:#?}", self.passed),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the output ended; there were {:#?}", self.passed)
                }
            };
            if wanted(&message) {
                return message;
            }
            self.passed.push(message);
        }
    }

    /// Awaits what takes its time for so long from now on.
    pub fn wait_at_most(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// What came and nobody waited for.
    pub fn passed(&self) -> &[Value] {
        &self.passed
    }

    /// The server's process.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// The same, for signals.
    pub fn pid(&self) -> Pid {
        i32::try_from(self.process).ok().and_then(Pid::from_raw).unwrap()
    }

    /// Ends the server's process as a crash would.
    pub fn kill(&mut self) {
        kill_process(self.pid(), Signal::KILL).unwrap();
        assert_eq!(self.wait_exit(SOON), None);
    }

    /// Asks the server's process to end, as a service manager does.
    pub fn terminate(&mut self) {
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw).unwrap();
        kill_process(process, Signal::TERM).unwrap();
    }

    /// Ends the server's input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Closes the end of the server's output that reads.
    pub fn close_stdout(&mut self) {
        self.reading = None;
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    /// Waits for the process to end, for this long at most; returns the exit code.
    pub fn wait_exit(&mut self, within: Duration) -> Option<i32> {
        let status = self.exit.recv_timeout(within).expect("the process still runs");
        self.exited = Some(status);
        status.code()
    }
}

impl Drop for LspClient {
    fn drop(&mut self) {
        let mut killed = false;
        if self.exited.is_none()
            && self.exit.try_recv().is_err()
            && let Some(process) = i32::try_from(self.process).ok().and_then(Pid::from_raw)
        {
            killed = kill_process(process, Signal::KILL).is_ok();
        }
        self.close_stdout();
        // What it was about to say when it was killed here may be half said.
        let halved = |malformed: &String| killed && malformed.starts_with("a message cut short");
        let malformed = self.frames.try_iter().filter_map(Result::err).find(|malformed| !halved(malformed));
        assert!(malformed.is_none() || std::thread::panicking(), "{}", malformed.unwrap_or_default());
    }
}

/// Sends every message on until the output ends, is no sequence of messages, or is not to be read any more.
fn read_all(stdout: ChildStdout, stop: &OwnedFd, frames: &Sender<Frame>) {
    let mut stdout = BufReader::new(stdout);
    while may_read(&stdout, stop) {
        let Some(frame) = read_one(&mut stdout) else { return };
        let broken = frame.is_err();
        if frames.send(frame).is_err() || broken {
            return;
        }
    }
}

/// Waits for something to read; false once nothing is to be read any more.
fn may_read(stdout: &BufReader<ChildStdout>, stop: &OwnedFd) -> bool {
    if !stdout.buffer().is_empty() {
        return true;
    }
    let mut polled = [PollFd::new(stdout.get_ref(), PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
    while poll(&mut polled, None).is_err() {}
    polled[1].revents().is_empty()
}

/// One message, as strictly as the protocol has it; `None` at the end.
fn read_one(stdout: &mut BufReader<ChildStdout>) -> Option<Frame> {
    let mut length = None;
    loop {
        let mut line = String::new();
        match stdout.read_line(&mut line) {
            Ok(0) if length.is_none() => return None,
            Ok(_) if line == "\r\n" => break,
            Ok(_) => {}
            Err(error) => return Some(Err(error.to_string())),
        }
        let header = line.strip_suffix("\r\n").and_then(|line| line.split_once(": "));
        match header.map(|(name, value)| (name, value.parse::<usize>())) {
            Some(("Content-Length", Ok(bytes))) => length = Some(bytes),
            Some(("Content-Type", _)) => {}
            _ => return Some(Err(format!("this is no header: {line:?}"))),
        }
    }
    let Some(length) = length else { return Some(Err("a message without a length".to_owned())) };
    let mut body = vec![0; length];
    Some(
        stdout
            .read_exact(&mut body)
            .map_err(|error| format!("a message cut short: {error}"))
            .and_then(|()| message(&body)),
    )
}

fn message(body: &[u8]) -> Frame {
    let message: Value = serde_json::from_slice(body).map_err(|error| format!("{error}: {body:?}"))?;
    let called = message["method"].is_string();
    let answered =
        message.get("id").is_some() && (message.get("result").is_some() != message.get("error").is_some());
    let sound = message["jsonrpc"] == "2.0" && called != answered;
    if sound { Ok(message) } else { Err(format!("this is no message of the protocol: {message}")) }
}
