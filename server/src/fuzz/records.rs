//! Bytes of transcripts to records.

use crate::sources::manual::{counts, moment};
use crate::sources::{inbox, record};
use crate::tail::Cursor;
use crate::time::Zone;
use crate::transcript::record::{Batch, Name};
use crate::transcript::{Filter, Interner, Parser, Pieces, Place, State, shortened};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

static FILTER: LazyLock<Filter> = LazyLock::new(Filter::default);

/// Any bytes as the lines of a transcript: the filter makes no difference, nor do pieces, and merging a response with
/// itself changes nothing.
pub fn line(bytes: &[u8]) {
    let filter = &*FILTER;
    let read = |filter: Option<&Filter>| {
        let place = Place::of("-p/11111111-1111-4111-8111-111111111111.jsonl", 1_793_620_800_000);
        let mut names = Interner::default();
        let mut parser = Parser::new(&place, State::default(), filter, &mut names);
        let mut offset = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            parser.line(line, offset, false);
            offset += line.len() as u64 + 1;
        }
        parser.take().0
    };
    let (all, some) = (read(None), read(Some(filter)));
    for response in &all.responses {
        let mut merged = response.clone();
        merged.merge(response.clone());
        assert_eq!(merged, *response);
        assert!(response.tokens.total() >= 0, "{response:?}");
    }
    // A serializer that escapes letters could hide a key from the filter; none in use does.
    if !bytes.windows(2).any(|pair| pair == b"\\u") {
        assert_eq!(counted(&some), counted(&all));
    }
    let mut pieces = Pieces::new(filter);
    for piece in bytes.chunks(7) {
        pieces.push(piece);
    }
    assert!(pieces.wanted() || !filter.wants(bytes));

    let place = Place::default();
    let mut names = Interner::default();
    let mut parser = Parser::new(&place, State::default(), None, &mut names);
    parser.long_line(bytes, 0, true);
    parser.long_line(bytes, 0, false);
}

/// What costs something, or says who spent it.
fn counted(batch: &Batch) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let turns: Vec<&(Name, Name)> = batch.turns.keys().collect();
    (&batch.responses, &batch.tools, &batch.outcomes, turns)
}

/// Any bytes as a file of the inbox: read in any pieces each line comes once, and what is understood is written the same again.
pub fn inbox(bytes: &[u8], folder: &Path) {
    const NAME: &str = "2026-11-02.jsonl";
    let path = folder.join(NAME);
    fs::write(&path, b"").unwrap();
    let (mut cursor, mut lines) = (Cursor::default(), Vec::new());
    for piece in bytes.split_inclusive(|byte| *byte == 0xfe) {
        File::options().append(true).open(&path).unwrap().write_all(piece).unwrap();
        let stretch = inbox::read(folder, NAME, &cursor, false).unwrap();
        (cursor, lines) = (stretch.cursor, [lines, stretch.lines].concat());
    }
    lines.extend(inbox::read(folder, NAME, &cursor, true).unwrap().lines);
    assert_eq!(lines, inbox::all(folder, NAME).unwrap());
    for found in lines.iter().filter_map(|line| record::read(line)) {
        if let Some(known) = found.record {
            assert_eq!(record::read(known.line().as_bytes()).and_then(|found| found.record), Some(known));
        }
    }
    let _ = counts(&String::from_utf8_lossy(bytes));
    let _ =
        moment(&String::from_utf8_lossy(bytes), &Zone::Named(chrono_tz::Europe::Berlin), 1_793_620_800_000);
}

/// Any JSON that is shortened stays JSON with the same keys and lines. Byte 1 stands for 40,000 letters.
pub fn shorten(bytes: &[u8]) {
    let mut long = Vec::new();
    for byte in bytes.iter().take(4096) {
        if *byte == 1 && long.len() < 1 << 20 {
            long.resize(long.len() + 40_000, b'x');
        } else {
            long.push(*byte);
        }
    }
    let short = shortened(&long).unwrap();
    // A line break gets a letter where the rest of its line is left out.
    assert!(short.len() <= 2 * long.len());
    if let Ok(whole) = serde_json::from_slice::<Value>(&long) {
        let cut: Value = serde_json::from_slice(&short).expect("it is JSON no more");
        assert!(same(&whole, &cut), "{cut} is not what was left of the whole");
    }
}

/// Whether a value is another one with the ends of long texts cut off.
fn same(whole: &Value, cut: &Value) -> bool {
    match (whole, cut) {
        (Value::String(whole), Value::String(cut)) => {
            let kept = whole.bytes().zip(cut.bytes()).take_while(|(a, b)| a == b).count();
            (kept == whole.len() && whole.len() == cut.len())
                || (kept >= (1 << 16) / 6 && whole.lines().count() == cut.lines().count())
        }
        (Value::Array(whole), Value::Array(cut)) => {
            whole.len() == cut.len() && whole.iter().zip(cut).all(|(whole, cut)| same(whole, cut))
        }
        (Value::Object(whole), Value::Object(cut)) => {
            let short = whole.keys().all(|key| key.len() < 1 << 13);
            !short
                || (whole.len() == cut.len()
                    && whole.iter().all(|(key, value)| cut.get(key).is_some_and(|cut| same(value, cut))))
        }
        (whole, cut) => whole == cut,
    }
}
