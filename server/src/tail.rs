//! Reads what was appended to a transcript since the last time, whatever happened to the file in between.
//!
//! A buffer of a quarter megabyte is used again and again; a line beyond a megabyte is streamed instead of held. Files
//! are opened read-only and never locked.

mod mentions;

pub use mentions::mentions;

use crate::time::Millis;
use crate::transcript::parser::{Parser, Place, State};
use crate::transcript::record::{Agent, Batch, Fault};
use crate::transcript::{Filter, Interner, Pieces, agent_meta};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use xxhash_rust::xxh3::xxh3_64;

/// How much is read at once.
const CHUNK: usize = 256 * 1024;
/// The longest line that is held.
const HELD_LINE: usize = 1024 * 1024;
/// How many bytes at either end of what was read tell whether a file is still the same.
const PROBE: u64 = 1024;
/// How many places in between, spread evenly, tell the same, and how many bytes at each.
const SAMPLES: u64 = 16;
const SAMPLE: u64 = 128;
/// Lines that end so near the end of the file are parsed whatever they say.
const LATE: u64 = 16 * 1024;
/// After so many records, or so many bytes, what was read is handed over.
const PART_RECORDS: usize = 200;
const PART_BYTES: u64 = 4 * 1024 * 1024;

/// How far a file has been read, and how to recognise it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Bytes read: the beginning of the next line.
    pub offset: u64,
    /// Bytes seen, an unfinished last line included.
    pub size: u64,
    /// Modification time in nanoseconds since the epoch: of all bytes that were seen, or an earlier one.
    pub modified: i64,
    /// Hash of the file's first bytes (as far as they were read).
    pub head: i64,
    /// Hash of the bytes before `offset` and of samples of those in between.
    pub tail: i64,
}

impl Cursor {
    /// Whether a file can be passed over without opening it.
    pub fn is_current(&self, meta: &Metadata) -> bool {
        self.size == meta.len() && self.modified == Self::modified(meta)
    }

    /// Whether a file that did not grow was written to since it was read to its end: in place, or not at all.
    pub fn is_touched(&self, meta: &Metadata) -> bool {
        self.modified != -1 && self.size == meta.len() && self.modified != Self::modified(meta)
    }

    /// Modification time in nanoseconds since the epoch.
    pub(crate) fn modified(meta: &Metadata) -> i64 {
        let since = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| since.as_nanos() as i64)
    }
}

/// When a file was made, or where the file system does not know, last modified.
pub fn born(meta: &Metadata) -> Millis {
    let made = meta.created().or_else(|_| meta.modified()).ok();
    made.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_millis() as i64)
}

/// A file to read on.
#[derive(Clone, Debug)]
pub struct Job {
    /// The file's number in the store.
    pub file: i64,
    /// Where it lies.
    pub path: PathBuf,
    /// What its place says about its lines.
    pub place: Place,
    /// How far it was read.
    pub cursor: Cursor,
    /// What carries over from the last line read.
    pub state: State,
}

/// A stretch of a file, read.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file's number in the store.
    pub file: i64,
    /// The file is not the one that was read before (shorter, or other bytes): this part begins it again.
    pub anew: bool,
    /// Where the stretch begins.
    pub from: u64,
    /// What the stretch tells.
    pub batch: Batch,
    /// How far the file is read with it.
    pub cursor: Cursor,
    /// What carries over.
    pub state: State,
    /// Nothing more is there for now.
    pub last: bool,
}

/// Reads files one after another.
pub struct Reader {
    filter: Option<Filter>,
    names: Interner,
    buffer: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Reader {
    /// With `filtered` false every line is parsed: slower, and the same result.
    pub fn new(filtered: bool) -> Self {
        Self { filter: filtered.then(Filter::default), names: Interner::default(), buffer: Vec::new() }
    }

    /// Reads what is new in a file and hands it over in parts; `sink` says whether to go on.
    ///
    /// # Errors
    /// The file is gone, may not be read, or reading failed on the way; what was handed over stays valid.
    pub fn read(&mut self, job: &Job, mut sink: impl FnMut(Part) -> bool) -> io::Result<()> {
        let mut file = File::open(&job.path)?;
        let meta = file.metadata()?;
        // An edit in place shows in the time alone where it is not near either end.
        let same = !job.cursor.is_touched(&meta)
            && job.cursor.offset <= meta.len()
            && job.cursor.recognises(&mut file)?;
        let (cursor, state) = if same { (job.cursor, job.state.clone()) } else { Default::default() };
        let mut start = Cursor { modified: Cursor::modified(&meta), ..cursor };
        if start.offset == 0 && is_utf16(&mut file)? {
            return self.read_utf16(job, &mut file, start, sink);
        }
        file.seek(SeekFrom::Start(start.offset))?;
        let mut anew = !same;
        let parser = Parser::new(&job.place, state, self.filter.as_ref(), &mut self.names);
        let mut lines = Lines {
            parser,
            file,
            path: &job.path,
            filter: self.filter.as_ref(),
            buffer: &mut self.buffer,
            filled: 0,
            offset: start.offset,
            late_from: meta.len().saturating_sub(LATE),
        };
        loop {
            let from = lines.offset;
            let ended = lines.advance(PART_RECORDS, PART_BYTES)?;
            start.offset = lines.offset;
            let before = lines.parser.take();
            let (mut batch, state) = before;
            start.size = start.offset;
            if ended {
                let rest = lines.unfinished()?;
                start.size += rest;
                if rest > 0 {
                    // Its records count, but the line will be read again: its state is not kept, nor are its faults.
                    let (mut more, _) = lines.parser.take();
                    more.faults.clear();
                    batch.append(more);
                }
            }
            if ended && let Some(agent) = described_agent(job) {
                batch
                    .agents
                    .entry((job.place.session.clone(), job.place.agent.clone()))
                    .or_default()
                    .append(agent);
            }
            start.probe(&mut lines.file)?;
            if ended {
                start.settle(&lines.file)?;
            }
            let part = Part { file: job.file, anew, from, batch, cursor: start, state, last: ended };
            // Only the first part begins the file again.
            anew = false;
            if !sink(part) || ended {
                return Ok(());
            }
            lines.file.seek(SeekFrom::Start(lines.offset + lines.filled as u64))?;
        }
    }

    /// A file in UTF-16, as some shells write it when they copy: read whole, and again whenever it changes.
    fn read_utf16(
        &mut self,
        job: &Job,
        file: &mut File,
        start: Cursor,
        mut sink: impl FnMut(Part) -> bool,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        let little = bytes.first() == Some(&0xff) || bytes.get(1) == Some(&0);
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let mut parser = Parser::new(&job.place, State::default(), self.filter.as_ref(), &mut self.names);
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            if line.ends_with('\n') || is_whole(line.as_bytes()) {
                parser.line(line.as_bytes(), offset, false);
            }
            offset += line.len() as u64;
        }
        let (batch, _) = parser.take();
        let mut cursor = Cursor { offset: 0, size: bytes.len() as u64, ..start };
        cursor.settle(file)?;
        sink(Part {
            file: job.file,
            anew: true,
            from: 0,
            batch,
            cursor,
            state: State::default(),
            last: true,
        });
        Ok(())
    }
}

impl Cursor {
    /// Whether the bytes at either end of what was read are still there.
    pub(crate) fn recognises(&self, file: &mut File) -> io::Result<bool> {
        if self.offset == 0 {
            // Nothing of it counts yet, or it is read whole every time.
            return Ok(self.head == 0);
        }
        let mut now = *self;
        now.probe(file)?;
        Ok(now == *self)
    }

    /// Takes the hashes of both ends of what was read.
    pub(crate) fn probe(&mut self, file: &mut File) -> io::Result<()> {
        let length = self.offset.min(PROBE);
        self.head = hash_at(file, &[(0, length)])?;
        let mut places = vec![(self.offset - length, length)];
        if self.offset > 2 * PROBE + SAMPLES * SAMPLE {
            let step = self.offset / (SAMPLES + 1);
            places.extend((1..=SAMPLES).map(|number| (number * step, SAMPLE)));
        }
        self.tail = hash_at(file, &places)?;
        Ok(())
    }

    /// Takes the time of the last change where all of the file was seen: what is appended later changes its size, too.
    fn settle(&mut self, file: &File) -> io::Result<()> {
        let meta = file.metadata()?;
        if meta.len() == self.size {
            self.modified = Self::modified(&meta);
        }
        Ok(())
    }
}

/// Hashes the bytes at these places, given as offset and length; 0 where there are none.
fn hash_at(file: &mut File, places: &[(u64, u64)]) -> io::Result<i64> {
    let mut bytes = Vec::with_capacity((PROBE + SAMPLES * SAMPLE) as usize);
    for (offset, length) in places {
        file.seek(SeekFrom::Start(*offset))?;
        if file.take(*length).read_to_end(&mut bytes)? as u64 != *length {
            // Cut off since its size was asked: not the same file.
            return Ok(-1);
        }
    }
    Ok(if bytes.is_empty() { 0 } else { xxh3_64(&bytes) as i64 })
}

/// What the small file beside a subagent's transcript says about it.
fn described_agent(job: &Job) -> Option<Agent> {
    if job.place.agent.is_empty() {
        return None;
    }
    let bytes = std::fs::read(job.path.with_extension("meta.json")).ok()?;
    agent_meta(&bytes)
}

/// Whether a file begins as UTF-16 does: with its byte order mark, or with a brace of two bytes.
fn is_utf16(file: &mut File) -> io::Result<bool> {
    let mut first = [0; 2];
    file.seek(SeekFrom::Start(0))?;
    Ok(file.read(&mut first)? == 2 && matches!(first, [0xff, 0xfe] | [0xfe, 0xff] | [b'{', 0] | [0, b'{']))
}

/// Whether a line without its newline is one or more whole objects.
fn is_whole(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let mut stream = serde_json::Deserializer::from_slice(line).into_iter::<serde::de::IgnoredAny>();
    stream.by_ref().all(|object| object.is_ok()) && stream.byte_offset() > 0
}

/// The lines of a file from an offset on.
struct Lines<'a> {
    parser: Parser<'a>,
    file: File,
    path: &'a Path,
    filter: Option<&'a Filter>,
    buffer: &'a mut Vec<u8>,
    /// Bytes in the buffer that no line has taken.
    filled: usize,
    /// Where in the file the buffer begins.
    offset: u64,
    /// From here on lines are parsed whatever they say.
    late_from: u64,
}

impl Lines<'_> {
    /// Reads lines until there is enough for a part; `true` at the end of the file.
    fn advance(&mut self, records: usize, bytes: u64) -> io::Result<bool> {
        let begin = self.offset;
        loop {
            if self.parser.pending() >= records || self.offset - begin >= bytes {
                return Ok(false);
            }
            if self.filled >= HELD_LINE {
                if !self.long_line()? {
                    return Ok(true);
                }
                continue;
            }
            let target = if self.filled < CHUNK { CHUNK } else { HELD_LINE };
            if self.buffer.len() < target {
                self.buffer.resize(target, 0);
            }
            let read = retry(|| self.file.read(&mut self.buffer[self.filled..]))?;
            if read == 0 {
                return Ok(true);
            }
            let searched = self.filled;
            self.filled += read;
            self.take_lines(searched);
        }
    }

    /// Hands the whole lines of the buffer to the parser, and moves the rest to its beginning.
    fn take_lines(&mut self, searched: usize) {
        let mut begin = 0;
        for newline in memchr::memchr_iter(b'\n', &self.buffer[searched..self.filled]) {
            let end = searched + newline;
            let offset = self.offset + begin as u64;
            self.parser.line(&self.buffer[begin..end], offset, self.offset + end as u64 >= self.late_from);
            begin = end + 1;
        }
        self.buffer.copy_within(begin..self.filled, 0);
        self.filled -= begin;
        self.offset += begin as u64;
    }

    /// Passes over a line that is too long to be held, and streams it through the parser where it is worth it. `false`
    /// where the line has no end yet: then everything stays as it was.
    fn long_line(&mut self) -> io::Result<bool> {
        let every_line = Filter::default();
        let mut pieces = Pieces::new(self.filter.unwrap_or(&every_line));
        pieces.push(&self.buffer[..self.filled]);
        let mut length = self.filled as u64;
        let mut chunk = vec![0; CHUNK];
        let rest = loop {
            let read = retry(|| self.file.read(&mut chunk))?;
            if read == 0 {
                self.file.seek(SeekFrom::Start(self.offset + self.filled as u64))?;
                return Ok(false);
            }
            if let Some(newline) = memchr::memchr(b'\n', &chunk[..read]) {
                pieces.push(&chunk[..newline]);
                length += newline as u64;
                break &chunk[newline + 1..read];
            }
            pieces.push(&chunk[..read]);
            length += read as u64;
        };
        let rest = rest.to_vec();
        if self.filter.is_none() || pieces.wanted() || self.offset + length >= self.late_from {
            self.stream(length, true)?;
        } else if !self.buffer[..self.filled].trim_ascii_start().starts_with(b"{") {
            self.parser.fault(Fault::Corrupt, self.offset);
        }
        self.offset += length + 1;
        self.buffer[..rest.len()].copy_from_slice(&rest);
        self.filled = rest.len();
        self.take_lines(0);
        Ok(true)
    }

    /// Parses a stretch of the file without holding it. A handle of its own keeps this one's place.
    fn stream(&mut self, length: u64, finished: bool) -> io::Result<()> {
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        self.parser.long_line(file.take(length), self.offset, finished);
        Ok(())
    }

    /// Reads a last line that has no newline yet: it counts if it is whole, and will be read again. Gives its length.
    fn unfinished(&mut self) -> io::Result<u64> {
        let line = &self.buffer[..self.filled];
        if self.filled >= HELD_LINE {
            let end = self.file.seek(SeekFrom::End(0))?;
            let length = end.saturating_sub(self.offset);
            self.stream(length, false)?;
            return Ok(length);
        }
        if is_whole(line.trim_ascii()) {
            self.parser.line(line, self.offset, true);
        }
        Ok(self.filled as u64)
    }
}

/// Repeats a read that a signal interrupted.
fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
