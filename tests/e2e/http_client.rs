//! A client of the HTTP side that says exactly what it is told to.

use crate::home::TestHome;
use crate::process::Process;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

/// A process that serves.
pub struct Served {
    pub process: Process,
    /// `127.0.0.1:1234`.
    pub address: String,
    /// The token that may write.
    pub write: String,
    /// The one that may read.
    pub read: String,
}

/// Where the state of a home lies.
pub fn state(home: &TestHome) -> PathBuf {
    home.path().join("state/costline")
}

/// The address that is announced, once someone listens there.
pub fn address(home: &TestHome) -> String {
    address_in(&state(home))
}

/// The same of this state folder.
pub fn address_in(state: &Path) -> String {
    let start = Instant::now();
    loop {
        let announced = std::fs::read_to_string(state.join("http")).unwrap_or_default();
        if let Some(address) = announced.trim().strip_prefix("http://")
            && TcpStream::connect(address).is_ok()
        {
            return address.to_owned();
        }
        assert!(start.elapsed() < SOON, "nobody serves HTTP; announced is {announced:?}");
        std::thread::yield_now();
    }
}

impl Served {
    pub fn start(home: &TestHome) -> Self {
        Self::of(home, Process::start(home.command(["serve"])))
    }

    /// What a process that was started serves.
    pub fn of(home: &TestHome, process: Process) -> Self {
        let address = address(home);
        let token = |name: &str| std::fs::read_to_string(state(home).join(name)).unwrap().trim().to_owned();
        Self { process, address, write: token("token"), read: token("read-token") }
    }

    /// Asks as a program that has the token which may write.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[&bearer(&self.write)], "")
    }

    /// Posts JSON likewise.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let fields = [bearer(&self.write), "Content-Type: application/json".to_owned()];
        self.ask("POST", path, &[&fields[0], &fields[1]], &body.to_string())
    }

    /// Asks with these fields beside `Host`, and a length where there is a body.
    pub fn ask(&self, method: &str, path: &str, fields: &[&str], body: &str) -> Answer {
        self.say(self.request(method, path, fields, body).as_bytes())
    }

    /// Asks, and leaves the answer for later.
    pub fn begin(&self, method: &str, path: &str, fields: &[&str]) -> TcpStream {
        let mut stream = self.open();
        stream.write_all(self.request(method, path, fields, "").as_bytes()).unwrap();
        stream
    }

    fn request(&self, method: &str, path: &str, fields: &[&str], body: &str) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let length = format!("Content-Length: {}", body.len());
        for field in fields.iter().copied().chain((!body.is_empty()).then_some(length.as_str())) {
            head.push_str(field);
            head.push_str("\r\n");
        }
        format!("{head}\r\n{body}")
    }

    /// Says these bytes, and reads one answer.
    pub fn say(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.open();
        // Whoever is refused early may not be heard to the end.
        let _ = stream.write_all(bytes);
        Answer::read(stream)
    }

    pub fn open(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }

    /// Listens to events.
    pub fn listen(&self, fields: &[&str]) -> Events {
        let mut stream = self.open();
        stream.write_all(self.request("GET", "/v1/events", fields, "").as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let (status, head) = head(&mut reader);
        assert_eq!(status, 200, "{head:?}");
        Events { reader, rest: String::new() }
    }
}

/// The field of a token.
pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads the one answer of a connection.
    pub fn read(stream: TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let (status, head) = head(&mut reader);
        let mut body = Vec::new();
        // A connection that is reset after the answer has told it all the same.
        let _ = reader.read_to_end(&mut body);
        Self { status, head, body }
    }

    /// A field of the head.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&self.body)))
    }

    /// The sentence of a refusal.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().expect("a sentence").to_owned()
    }
}

/// Status and fields; status 0 where the connection ended without an answer.
fn head(reader: &mut BufReader<TcpStream>) -> (u16, Vec<(String, String)>) {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return (0, Vec::new());
    }
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) => fields.push((name.to_ascii_lowercase(), value.to_owned())),
            None => return (status, fields),
        }
    }
}

/// A stream of events, in chunks.
pub struct Events {
    reader: BufReader<TcpStream>,
    rest: String,
}

impl Events {
    /// The next event that has a name: its name and its data.
    pub fn next(&mut self) -> (String, Value) {
        self.try_next().expect("the stream ended")
    }

    /// The same; `None` at the end.
    pub fn try_next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let mut size = String::new();
            self.reader.read_line(&mut size).ok().filter(|read| *read > 0)?;
            let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk).ok()?;
            self.rest += std::str::from_utf8(&chunk[..size]).unwrap();
        }
    }

    /// The first event of this name of which this holds.
    pub fn until(&mut self, wanted: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (name, data) = self.next();
            if name == wanted && holds(&data) {
                return data;
            }
        }
    }
}
