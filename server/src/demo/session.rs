//! One made-up session, turn by turn.

use super::random::Random;
use super::{Project, Transcript};
use crate::time::Millis;
use crate::tokens::Tokens;
use crate::transcript::compose::{Tool, Voice};
use std::collections::BTreeMap;
use std::path::PathBuf;

const MODELS: [&str; 5] =
    ["claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-5-5", "claude-opus-4-8"];
const SMALL: &str = "claude-haiku-5-5";
const TOOLS: [&str; 8] =
    ["Read", "Read", "Grep", "Bash", "Bash", "TodoWrite", "mcp__github__get_issue", "WebFetch"];
const AGENTS: [&str; 3] = ["Explore", "code-reviewer", "test-runner"];
const PROMPTS: [&str; 4] = ["Please go on.", "And now the tests.", "Why does that fail?", "Make it simpler."];
/// What every prompt begins with: instructions and tools.
const BASE: i64 = 17_000;
/// A context as full as this is left for a new session.
const FULL: i64 = 165_000;

/// When a session begins, and which one it is.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) at: Millis,
    pub(super) number: usize,
}

/// A session that is being made up.
pub struct Session {
    random: Random,
    project: &'static Project,
    voice: Voice,
    at: Millis,
    context: i64,
    /// Responses of this turn that are to come; 0: a prompt is next.
    left: u64,
    written: BTreeMap<PathBuf, String>,
}

impl Session {
    pub(super) fn begin(random: &mut Random, project: &'static Project, cwd: String, start: Start) -> Self {
        let mut random = Random::new(random.bits() ^ start.number as u64);
        let voice = Voice {
            session: random.uuid(),
            cwd,
            branch: random.of(project.branches).to_owned(),
            model: random.of(&MODELS).to_owned(),
            agent: None,
        };
        let title = voice.title(random.of(project.titles));
        let mut session =
            Self { random, project, voice, at: start.at, context: BASE, left: 0, written: BTreeMap::new() };
        let main = session.main();
        session.write(main, &title);
        session
    }

    /// The time of its latest line.
    pub fn at(&self) -> Millis {
        self.at
    }

    /// Where it runs.
    pub fn cwd(&self) -> &str {
        &self.voice.cwd
    }

    /// What was made up since the last time.
    pub fn take(&mut self) -> Vec<Transcript> {
        std::mem::take(&mut self.written).into_iter().collect()
    }

    /// One prompt, and all that follows.
    pub(super) fn turn(&mut self) {
        self.go_on(Millis::MAX);
        while self.left > 0 {
            self.go_on(Millis::MAX);
        }
    }

    /// What happens next, unless that would be later than `until`; says whether it happened.
    pub(super) fn go_on(&mut self, until: Millis) -> bool {
        let pause = if self.left > 0 { self.random.between(3, 25) } else { self.random.between(20, 240) };
        let at = self.at + pause * 1000;
        if at <= until {
            self.at = at;
            self.advance();
        }
        at <= until
    }

    /// What happens next, at this moment.
    pub fn step(&mut self, at: Millis) -> Vec<Transcript> {
        self.at = at;
        self.advance();
        self.take()
    }

    fn advance(&mut self) {
        if self.left > 0 {
            return self.respond();
        }
        if self.context > FULL {
            let start = Start { at: self.at, number: 1 };
            let begun = Self::begin(&mut self.random.clone(), self.project, self.voice.cwd.clone(), start);
            let written = std::mem::take(&mut self.written);
            *self = begun;
            for (path, text) in written {
                self.write(path, &text);
            }
        }
        self.left = self.random.between(2, 8).unsigned_abs();
        let (id, text) = (self.random.uuid(), self.random.of(&PROMPTS));
        let line = self.voice.prompt(&id, self.at, text);
        self.write(self.main(), &line);
    }

    fn respond(&mut self) {
        self.left -= 1;
        let tool = (self.left > 0).then(|| self.tool());
        let tokens = spent(&mut self.random, &mut self.context);
        let id = self.random.uuid();
        let mut lines = self.voice.response(&id, self.at, tokens, tool.as_ref());
        if let Some(tool) = tool {
            if let Tool::Agent(kind) = &tool {
                self.agent(kind.clone());
            }
            let failed = self.random.below(20) == 0;
            lines += &self.voice.result(&id, self.at, &tool, failed);
        }
        self.write(self.main(), &lines);
    }

    fn tool(&mut self) -> Tool {
        match self.random.below(12) {
            0..=3 => {
                let file = format!("{}/{}", self.voice.cwd, self.random.of(self.project.files));
                Tool::Edit(file, self.random.below(40) as usize + 1, self.random.below(15) as usize)
            }
            4 if self.random.below(3) == 0 => Tool::Agent(self.random.of(&AGENTS).to_owned()),
            _ => Tool::Plain(self.random.of(&TOOLS).to_owned()),
        }
    }

    /// A subagent's whole work, in a file of its own.
    fn agent(&mut self, kind: String) {
        let id = format!("{:08x}", self.random.below(1 << 32));
        let path =
            self.folder().join(&self.voice.session).join("subagents").join(format!("agent-{id}.jsonl"));
        let voice = Voice { model: SMALL.to_owned(), agent: Some((id, kind)), ..self.voice.clone() };
        let mut context = BASE / 2;
        let mut text = voice.prompt(&self.random.uuid(), self.at, "Look around.");
        for _ in 0..self.random.between(2, 6) {
            let tokens = spent(&mut self.random, &mut context);
            let tool = Tool::Plain(self.random.of(&TOOLS[..5]).to_owned());
            text += &voice.response(&self.random.uuid(), self.at, tokens, Some(&tool));
        }
        self.write(path, &text);
    }

    /// The folder of the project's transcripts.
    fn folder(&self) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        PathBuf::from(self.voice.cwd.chars().map(plain).collect::<String>())
    }

    fn main(&self) -> PathBuf {
        self.folder().join(format!("{}.jsonl", self.voice.session))
    }

    fn write(&mut self, path: PathBuf, text: &str) {
        *self.written.entry(path).or_default() += text;
    }
}

/// What a response uses: the context so far is read from the cache, what is new is written to it.
fn spent(random: &mut Random, context: &mut i64) -> Tokens {
    let (written, output) = (random.between(400, 5_000), random.between(60, 1_400));
    let tokens = Tokens {
        input: random.between(3, 30),
        output,
        cache_write_5m: written,
        cache_read: *context,
        ..Tokens::default()
    };
    *context += written + output;
    tokens
}
