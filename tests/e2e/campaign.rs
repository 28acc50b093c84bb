//! Many kills at random moments of reading and appending, of any of several processes on one home.
//!
//! `KILLS` sets how many (2,000 where it is not set), `KILLS_SEED` what they depend on, besides on the machine's mood.

use crate::editor::{Editor, at_noon, nanos, total};
use crate::home::TestHome;
use crate::process::json;
use crate::transcript::{Usage, Voice, now};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const KILLS: u64 = 2_000;
/// Processes that live only to be killed, at a time.
const BATCH: u64 = 20;
const FILES: u64 = 12;
/// The longest that one of them lives, in microseconds: some have hardly begun then, some are about to end.
const LONGEST: u64 = 30_000;

/// A generator of numbers that are random enough.
struct Random(u64);

impl Random {
    /// A number below another one.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What there has to be: responses, tokens of input, and nano-dollars.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    responses: u64,
    input: u64,
    nanos: u64,
}

impl Sums {
    fn of(totals: &Value) -> Self {
        Self {
            responses: totals["messages"].as_u64().unwrap(),
            input: totals["inputTokens"].as_u64().unwrap(),
            nanos: nanos(&totals["costUsd"]),
        }
    }
}

struct Campaign {
    home: TestHome,
    random: Random,
    written: Sums,
    /// What is missing of each file's last line.
    rests: Vec<String>,
    /// Editors and a server that live on from batch to batch.
    editors: Vec<Editor>,
    server: Child,
    kills: u64,
    leaders: BTreeSet<u64>,
    slowest: Duration,
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let home = TestHome::new();
        Self {
            editors: (0..2).map(|_| Editor::of(&home)).collect(),
            server: spawn(&home, "serve"),
            home,
            random: Random(seed),
            written: Sums::default(),
            rests: vec![String::new(); FILES as usize],
            kills: 0,
            leaders: BTreeSet::new(),
            slowest: Duration::ZERO,
        }
    }

    /// Writes on in one of the files: the rest of a line that was begun, responses of two lines each, perhaps again in
    /// another session that copies them, perhaps half a line.
    fn append(&mut self) {
        let file = self.random.below(FILES);
        // Every now and then so much that it is read in more than one go.
        let count = if self.random.below(60) == 0 { 600 } else { 1 + self.random.below(4) };
        let mut text = std::mem::take(&mut self.rests[file as usize]);
        let voice = Voice::new(&session(file), &self.home.project());
        for _ in 0..count {
            let (input, output) = (1 + self.random.below(5_000), 1 + self.random.below(900));
            let id = self.written.responses.to_string();
            let (at, tokens) = (now(), |output: u64| Usage::of(input as i64, output as i64));
            text += &voice.response(&id, at, tokens(1));
            text += &voice.response(&id, at, tokens(output));
            // $3 a million of input and $15 of output.
            self.written.responses += 1;
            self.written.input += input;
            self.written.nanos += 3_000 * input + 15_000 * output;
        }
        let copied = self.random.below(4) == 0;
        let half = self.random.below(4) == 0;
        if half {
            // A whole line that says nothing: what counts is that it is there in part for a while.
            let line = voice.prompt(&self.written.responses.to_string(), now());
            let cut = 1 + self.random.below(line.len() as u64 - 2) as usize;
            let (begun, rest) = line.split_at(cut);
            text += begun;
            rest.clone_into(&mut self.rests[file as usize]);
        }
        self.home.append("-project", &session(file), &text);
        if copied && !half {
            let (other, rest) = ((file + 1) % FILES, String::new());
            let rest = std::mem::replace(&mut self.rests[other as usize], rest);
            self.home.append("-project", &session(other), &(rest + &text));
        }
    }

    /// Starts processes, and kills each of them at some moment, while more is written.
    fn batch(&mut self) {
        let mut doomed: Vec<(Instant, Child)> = Vec::new();
        for _ in 0..BATCH {
            let kind =
                ["ingest", "ingest", "ingest", "ingest", "serve", "summary"][self.random.below(6) as usize];
            let moment = Instant::now() + Duration::from_micros(self.random.below(LONGEST));
            doomed.push((moment, spawn(&self.home, kind)));
            if self.random.below(4) == 0 {
                self.append();
            }
            let due = doomed.extract_if(.., |(moment, _)| *moment <= Instant::now());
            self.kills += due.map(|(_, mut child)| kill(&mut child)).sum::<u64>();
        }
        doomed.sort_by_key(|(moment, _)| *moment);
        for (moment, mut child) in doomed {
            std::thread::sleep(moment.saturating_duration_since(Instant::now()));
            self.kills += kill(&mut child);
        }
        // Whoever leads is among those that live on.
        match self.random.below(4) {
            0 => {
                self.kills += kill(&mut self.server);
                self.server = spawn(&self.home, "serve");
            }
            1 | 2 => {
                let at = self.random.below(self.editors.len() as u64) as usize;
                self.editors.remove(at).client.kill();
                self.kills += 1;
                self.editors.push(Editor::of(&self.home));
            }
            _ => {}
        }
    }

    /// Appends, and checks that every client that lives shows what was written.
    fn check(&mut self) {
        self.append();
        let start = Instant::now();
        for editor in &mut self.editors {
            let wanted = self.written.responses as i64;
            let shown = editor.seen.last().filter(|status| total(status) == wanted).cloned();
            let status = shown.unwrap_or_else(|| editor.until(|status| total(status) == wanted));
            assert_eq!(Sums::of(&status["allTime"]), self.written, "after {} kills", self.kills);
            self.leaders.extend(status["health"]["leaderPid"].as_u64());
            let last = editor.seen.pop();
            editor.seen.clear();
            editor.seen.extend(last);
        }
        self.slowest = self.slowest.max(start.elapsed());
    }

    /// Completes every line, ends all, and compares with a home on which nobody was killed.
    fn end(mut self) {
        for (file, rest) in self.rests.iter().enumerate() {
            self.home.append("-project", &session(file as u64), rest);
        }
        self.check();
        let _ = kill(&mut self.server);
        self.editors.clear();
        let spared = TestHome::new();
        std::fs::remove_dir_all(spared.claude_dir()).unwrap();
        std::os::unix::fs::symlink(self.home.claude_dir(), spared.claude_dir()).unwrap();
        for home in [&self.home, &spared] {
            assert_eq!(Sums::of(&json(home, &["summary"])["totals"]), self.written);
        }
        for key in ["model", "session", "day", "kind"] {
            let rows = |home| json(home, &["breakdown", "--by", key])["rows"].clone();
            assert_eq!(rows(&self.home), rows(&spared), "by {key}");
        }
    }
}

fn session(number: u64) -> String {
    format!("{number:08}-1111-4111-8111-111111111111")
}

fn spawn(home: &TestHome, what: &str) -> Child {
    let mut command = at_noon(home, [what]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a process; how many died of it: it may have come to its end before.
fn kill(child: &mut Child) -> u64 {
    child.kill().unwrap();
    u64::from(child.wait().unwrap().signal().is_some())
}

#[allow(clippy::disallowed_methods, reason = "how long tests run is no setting of the program")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Says something past the capture of output.
fn say(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

#[test]
fn thousands_of_kills_lose_nothing() {
    let seed = number("KILLS_SEED").unwrap_or_else(|| now().cast_unsigned());
    let kills = number("KILLS").unwrap_or(KILLS);
    say(&format!("{kills} kills by KILLS_SEED={seed}"));
    let mut campaign = Campaign::new(seed);
    while campaign.kills < kills {
        campaign.batch();
        campaign.check();
    }
    let (leaders, slowest) = (campaign.leaders.len(), campaign.slowest);
    say(&format!("{} kills, {leaders} leaders, the slowest client right after {slowest:?}", campaign.kills));
    assert!(leaders > 3, "hardly anyone led");
    campaign.end();
}
