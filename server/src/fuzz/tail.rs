//! A file that grows, is cut, and is replaced, read after each step.

use crate::tail::{Cursor, Job, Part, Reader};
use crate::transcript::record::{Batch, Name, Response, ToolOutcome, ToolUse};
use crate::transcript::{Place, State};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Ends a step.
const STEP: u8 = 0xfe;
/// As the first byte of a step: cut the file down to the share that the next byte says, then append the rest.
const CUT: u8 = 0xf0;
/// Make a new file of the rest.
const REPLACE: u8 = 0xf1;
/// Write the rest over what is there, at the share that the next byte says.
const OVERWRITE: u8 = 0xf2;
/// Append the rest with as many times 100 KiB of letters in its midst as the next byte says, up to 15.
const FILL: u8 = 0xf3;
/// Up to here the hashes of both ends cover all of a file.
const COVERED: u64 = 2048;

/// Any way for a file to come about: read after each step it tells what it tells when it is read once.
pub fn tail(bytes: &[u8], folder: &Path) {
    let path = folder.join("11111111-1111-4111-8111-111111111111.jsonl");
    fs::write(&path, b"").unwrap();
    let mut reading = Reading::new(path.clone());
    let (mut grew, mut covered) = (true, true);
    for step in bytes.split(|byte| *byte == STEP).take(24) {
        grew &= apply(step, &path);
        covered &= fs::metadata(&path).unwrap().len() <= COVERED;
        reading.on();
    }
    let before = reading.cursor;
    reading.on();
    let meta = fs::metadata(&path).unwrap();
    assert!(reading.cursor.is_current(&meta) && before.offset == reading.cursor.offset);
    assert!(reading.cursor.offset <= reading.cursor.size && reading.cursor.size == meta.len());

    let mut once = Reading::new(path);
    once.on();
    assert_eq!(once.cursor.offset, reading.cursor.offset);
    if grew {
        assert_eq!(reading.told, once.told);
    } else if covered {
        for key in once.told.responses.keys() {
            assert!(reading.told.responses.contains_key(key), "{key} was not seen");
        }
    }
}

/// Does a step; says whether the file only grew.
fn apply(step: &[u8], path: &Path) -> bool {
    let share = |by: u8, of: u64| of * u64::from(by) / 256;
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    let length = file.seek(SeekFrom::End(0)).unwrap();
    match step {
        [CUT, by, rest @ ..] => {
            file.set_len(share(*by, length)).unwrap();
            file.seek(SeekFrom::End(0)).unwrap();
            file.write_all(rest).unwrap();
            false
        }
        [REPLACE, rest @ ..] => {
            fs::remove_file(path).unwrap();
            fs::write(path, rest).unwrap();
            false
        }
        [OVERWRITE, by, rest @ ..] => {
            file.seek(SeekFrom::Start(share(*by, length))).unwrap();
            file.write_all(rest).unwrap();
            false
        }
        [FILL, by, rest @ ..] => {
            let (begin, end) = rest.split_at(rest.len() / 2);
            let letters = vec![b'x'; usize::from(by & 15) * 100 * 1024];
            file.write_all(&[begin, &letters, end].concat()).unwrap();
            true
        }
        rest => {
            file.write_all(rest).unwrap();
            true
        }
    }
}

/// What was told so far, put together as the store does.
#[derive(Debug, Default, PartialEq)]
struct Told {
    responses: BTreeMap<Box<str>, Response>,
    tools: BTreeMap<i64, ToolUse>,
    outcomes: BTreeMap<i64, ToolOutcome>,
    turns: BTreeMap<(Name, Name), i64>,
}

impl Told {
    fn add(&mut self, batch: Batch) {
        for response in batch.responses {
            match self.responses.get_mut(&response.key) {
                Some(held) => held.merge(response),
                None => drop(self.responses.insert(response.key.clone(), response)),
            }
        }
        for tool in batch.tools {
            self.tools.entry(tool.id).or_insert(tool);
        }
        for outcome in batch.outcomes {
            let held = self.outcomes.entry(outcome.id).or_insert_with(|| outcome.clone());
            held.failed |= outcome.failed;
            held.lines_added = held.lines_added.max(outcome.lines_added);
            held.lines_removed = held.lines_removed.max(outcome.lines_removed);
        }
        for (turn, at) in batch.turns {
            let held = self.turns.entry(turn).or_insert(at);
            *held = at.min(*held);
        }
    }
}

struct Reading {
    path: PathBuf,
    reader: Reader,
    cursor: Cursor,
    state: State,
    told: Told,
}

impl Reading {
    fn new(path: PathBuf) -> Self {
        let (cursor, state) = (Cursor { modified: -1, ..Cursor::default() }, State::default());
        Self { path, reader: Reader::default(), cursor, state, told: Told::default() }
    }

    /// Reads on.
    fn on(&mut self) {
        let place = Place::of("-p/11111111-1111-4111-8111-111111111111.jsonl", 1_793_620_800_000);
        let (cursor, state) = (self.cursor, self.state.clone());
        let job = Job { file: 1, path: self.path.clone(), place, cursor, state };
        let mut ended = false;
        let sink = |part: Part| {
            self.told.add(part.batch);
            (self.cursor, self.state, ended) = (part.cursor, part.state, part.last);
            true
        };
        self.reader.read(&job, sink).unwrap();
        assert!(ended, "the last part did not come");
    }
}
