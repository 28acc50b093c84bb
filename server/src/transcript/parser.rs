//! Reads the lines of one file, in order, into a [`Batch`].

use super::filter::Filter;
use super::interner::Interner;
use super::line::Line;
use super::record::{Batch, Fault, Name};
use super::shorten::Shortened;
use super::syntax::Source;
use crate::time::Millis;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::sync::Arc;

/// What a file's place tells about its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file's path, as the store knows it.
    pub path: Name,
    /// When the file was made, in milliseconds since the epoch.
    pub born: Millis,
    /// The session that lines without one belong to.
    pub session: Name,
    /// The subagent that writes the file; empty for a main transcript.
    pub agent: Name,
}

impl Place {
    /// Reads a place out of a transcript's path (relative to its root, with `/`): `<slug>/<session>.jsonl`,
    /// `<slug>/<session>/subagents/**/agent-<id>.jsonl`, or the older `<slug>/agent-<id>.jsonl`.
    pub fn of(path: &str, born: Millis) -> Self {
        let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".jsonl");
        let session = match path.find("/subagents/") {
            Some(at) => path[..at].rsplit('/').next().unwrap_or(""),
            None => stem,
        };
        let agent = stem.strip_prefix("agent-").unwrap_or("");
        Self { path: path.into(), born, session: session.into(), agent: agent.into() }
    }
}

/// What carries over from one line of a file to the next; kept with the file's cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The prompt that is being answered.
    #[serde(default, with = "optional_name", skip_serializing_if = "Option::is_none")]
    pub turn: Option<Name>,
    /// The permission mode in force.
    #[serde(default, with = "optional_name", skip_serializing_if = "Option::is_none")]
    pub mode: Option<Name>,
    /// The time of the latest response or prompt that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Millis>,
    /// The working directory of the file is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

mod optional_name {
    use super::Name;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "the form that serde's `with` asks for")]
    pub(super) fn serialize<S: Serializer>(name: &Option<Name>, serializer: S) -> Result<S::Ok, S::Error> {
        name.as_deref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Name::from))
    }
}

/// Reads one file's lines.
pub struct Parser<'a> {
    pub(super) place: &'a Place,
    pub(super) state: State,
    pub(super) batch: Batch,
    pub(super) names: &'a mut Interner,
    pub(super) known: HashMap<Box<str>, usize>,
    pub(super) origin: Arc<super::record::Origin>,
    filter: Option<&'a Filter>,
}

impl<'a> Parser<'a> {
    /// Begins where `state` left off. Without a filter every line is parsed.
    pub fn new(place: &'a Place, state: State, filter: Option<&'a Filter>, names: &'a mut Interner) -> Self {
        Self {
            place,
            state,
            batch: Batch::default(),
            names,
            known: HashMap::default(),
            origin: Arc::default(),
            filter,
        }
    }

    /// Takes what was read so far, and the state after it; reading can go on.
    pub fn take(&mut self) -> (Batch, State) {
        self.known.clear();
        (std::mem::take(&mut self.batch), self.state.clone())
    }

    /// How many responses wait to be taken.
    pub fn pending(&self) -> usize {
        self.batch.responses.len() + self.batch.outcomes.len()
    }

    /// Reads one line that begins `offset` bytes into the file; `late` lines are parsed whatever they say, so that the
    /// time of the latest activity is right.
    pub fn line(&mut self, line: &[u8], offset: u64, late: bool) {
        let trimmed = trim(line);
        if trimmed.len() < line.len() && memchr::memchr(0, line).is_some() {
            self.fault(Fault::Nul, offset);
        }
        let (Some(first), Some(last)) = (trimmed.first(), trimmed.last()) else { return };
        let whole = *first == b'{' && *last == b'}';
        if whole && self.state.settled && !late && self.filter.is_some_and(|filter| !filter.wants(trimmed)) {
            return;
        }
        let (objects, end) = objects(trimmed);
        if end == trimmed.len() {
            objects.into_iter().for_each(|(object, bytes)| self.object(&object, bytes, offset));
        } else if std::str::from_utf8(trimmed).is_err() {
            self.fault(Fault::Encoding, offset);
            self.damaged(String::from_utf8_lossy(trimmed).as_bytes(), offset);
        } else {
            self.damaged(trimmed, offset);
        }
    }

    /// Reads a line too long to be held. What an unfinished one lacks is no fault.
    pub fn long_line(&mut self, reader: impl Read, offset: u64, finished: bool) {
        let mut short = Shortened::new(reader);
        let mut stream =
            serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(1 << 16, &mut short))
                .into_iter::<Line<'static>>();
        let whole = loop {
            match stream.next() {
                Some(Ok(line)) => self.object(&line, b"", offset),
                Some(Err(_)) => break false,
                None => break true,
            }
        };
        if finished && !whole {
            self.fault(Fault::Corrupt, offset);
        } else if finished && short.nul {
            self.fault(Fault::Nul, offset);
        }
    }

    /// Notes a fault of a line.
    pub fn fault(&mut self, fault: Fault, offset: u64) {
        self.batch.faults.push((fault, offset));
    }

    /// Reads what can be read of a line that is not one object, or several in a row.
    fn damaged(&mut self, line: &[u8], offset: u64) {
        let (mut found, end) = objects(line);
        let mut rest = end;
        // Behind a torn object a whole one may follow. Objects inside the torn one are told apart by having no session.
        // A brace of a text has no bare quote behind it: there quotes are escaped.
        let begins = |at: &usize| line[at + 1..].trim_ascii_start().starts_with(b"\"");
        let candidates =
            memchr::memchr_iter(b'{', line).filter(|at| *at > end && begins(at)).take(MOST_CANDIDATES);
        for at in candidates {
            if at < rest {
                continue;
            }
            let (objects, length) = objects(&line[at..]);
            if objects
                .iter()
                .any(|(object, _)| object.kind.filled().is_some() && object.session.filled().is_some())
            {
                rest = at + length;
                found.extend(objects);
            }
        }
        let fault = match (found.is_empty(), rest > end) {
            (true, _) => Fault::Corrupt,
            (false, _) if end == line.len() => {
                found.into_iter().for_each(|(object, bytes)| self.object(&object, bytes, offset));
                return;
            }
            (false, _) => Fault::Torn,
        };
        self.fault(fault, offset);
        found.into_iter().for_each(|(object, bytes)| self.object(&object, bytes, offset));
    }

    /// A name, held once however often it comes.
    pub(super) fn name(&mut self, text: &str) -> Name {
        self.names.name(text)
    }
}

/// How many beginnings of an object are tried on a damaged line.
const MOST_CANDIDATES: usize = 256;

/// The objects at the beginning of a line with their bytes, and where reading ended.
fn objects(line: &[u8]) -> (Vec<(Line<'_>, &[u8])>, usize) {
    let mut source = Source::new(line);
    let mut objects = Vec::with_capacity(1);
    let mut end = 0;
    while let Some(Ok(object)) = source.next() {
        let from = std::mem::replace(&mut end, source.offset());
        objects.push((object, &line[from..end]));
    }
    // What stands behind the last object may be blank.
    if line[end..].iter().all(|byte| is_blank(*byte)) {
        end = line.len();
    }
    (objects, end)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

/// A line without blanks, NUL bytes and a byte order mark around it.
fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let start = line.iter().position(|byte| !is_blank(*byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |last| last + 1);
    &line[start..end]
}
