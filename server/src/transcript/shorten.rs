//! Shortens the strings of a line that is too long to be held, on its way to the JSON parser, which holds each string
//! that it is asked for.

use std::io::{self, Read};

/// How much of a string is passed on: more than any name, path or id.
const LONGEST: usize = 1 << 16;
/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// Passes JSON on with the ends of long strings cut off. Their line breaks stay, so that their lines can be counted.
/// Blanks, NUL bytes and a byte order mark before the first object are left out, and NUL bytes outside of strings.
pub(super) struct Shortened<R> {
    inner: R,
    chunk: Box<[u8]>,
    ready: Vec<u8>,
    taken: usize,
    at: At,
    /// Bytes of the string so far, those that were cut off included.
    length: usize,
    /// The rest of the string is cut off.
    cut: bool,
    /// What was passed on last of the string.
    last: Last,
    /// What came of an escape so far, without its backslash.
    escape: Vec<u8>,
    /// There were NUL bytes.
    pub(super) nul: bool,
}

/// Where in the JSON reading is.
enum At {
    Before,
    Outside,
    Inside,
    Escape,
}

/// What may not be cut off from what follows.
#[derive(PartialEq, Eq)]
enum Last {
    /// The first half of a pair of escapes.
    Half,
    /// A line break, and nothing of its line.
    LineBreak,
    Other,
}

impl<R: Read> Shortened<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            chunk: vec![0; CHUNK].into(),
            ready: Vec::with_capacity(CHUNK),
            taken: 0,
            at: At::Before,
            length: 0,
            cut: false,
            last: Last::Other,
            escape: Vec::with_capacity(5),
            nul: false,
        }
    }

    fn shorten(&mut self, mut bytes: &[u8]) {
        while let Some(first) = bytes.first() {
            let used = match self.at {
                At::Before => self.before(*first),
                At::Outside => self.outside(bytes),
                At::Inside => self.inside(bytes),
                At::Escape => self.escaped(*first),
            };
            bytes = &bytes[used..];
        }
    }

    fn before(&mut self, byte: u8) -> usize {
        self.nul |= byte == 0;
        if matches!(byte, 0 | b' ' | b'\t' | b'\r' | 0xef | 0xbb | 0xbf) {
            return 1;
        }
        self.at = At::Outside;
        0
    }

    fn outside(&mut self, bytes: &[u8]) -> usize {
        let end = memchr::memchr2(b'"', 0, bytes);
        self.ready.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        let Some(end) = end else { return bytes.len() };
        if bytes[end] == 0 {
            self.nul = true;
        } else {
            self.ready.push(b'"');
            self.at = At::Inside;
            (self.length, self.cut, self.last) = (0, false, Last::Other);
        }
        end + 1
    }

    fn inside(&mut self, bytes: &[u8]) -> usize {
        let end = memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
        if end > 0 {
            self.plain(&bytes[..end]);
            return end;
        }
        if bytes[0] == b'"' {
            self.ready.push(b'"');
            self.at = At::Outside;
        } else {
            self.escape.clear();
            self.at = At::Escape;
        }
        1
    }

    /// Characters that stand for themselves.
    fn plain(&mut self, text: &[u8]) {
        let mut end = if self.cut { 0 } else { LONGEST.saturating_sub(self.length).min(text.len()) };
        // Never within a character.
        while !self.cut && text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end += 1;
        }
        self.ready.extend_from_slice(&text[..end]);
        if end > 0 {
            self.last = Last::Other;
        }
        self.length += text.len();
        if end < text.len() {
            self.drop_some();
        }
    }

    fn escaped(&mut self, byte: u8) -> usize {
        self.escape.push(byte);
        if self.escape[0] == b'u' && self.escape.len() < 5 {
            return 1;
        }
        self.at = At::Inside;
        let line_break = self.escape == b"n";
        let second_half = self.last == Last::Half;
        if line_break || second_half || (!self.cut && self.length < LONGEST) {
            self.ready.push(b'\\');
            self.ready.extend_from_slice(&self.escape);
            let surrogate =
                matches!(self.escape[..], [b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', ..]);
            self.last = match (line_break, surrogate && !second_half) {
                (true, _) => Last::LineBreak,
                (_, true) => Last::Half,
                _ => Last::Other,
            };
        } else {
            self.drop_some();
        }
        self.length += 1 + self.escape.len();
        1
    }

    /// Something is left out: of a line that has nothing yet, one character stands for all.
    fn drop_some(&mut self) {
        self.cut = true;
        if self.last == Last::LineBreak {
            self.ready.push(b'-');
        }
        self.last = Last::Other;
    }
}

impl<R: Read> Read for Shortened<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let mut chunk = std::mem::take(&mut self.chunk);
            let read = self.inner.read(&mut chunk);
            if let Ok(read) = read {
                self.shorten(&chunk[..read]);
            }
            self.chunk = chunk;
            if read? == 0 {
                return Ok(0);
            }
        }
        let count = out.len().min(self.ready.len() - self.taken);
        out[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn shortened(text: &str, step: usize) -> String {
        let mut all = Vec::new();
        Shortened::new(Trickle(text.as_bytes(), step)).read_to_end(&mut all).unwrap();
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn leaves_out_what_stands_before_and_between() {
        for (text, expected) in [
            ("\u{feff}\0\0 \t{\"a\":1}", "{\"a\":1}"),
            ("{\"a\"\0:\"\\u0000\"}\0", "{\"a\":\"\\u0000\"}"),
            (r#"{"a\"b":"\\"}{"c":"\\\""}"#, r#"{"a\"b":"\\"}{"c":"\\\""}"#),
        ] {
            assert_eq!(shortened(text, 3), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn strings_keep_their_beginning_and_their_lines(
            pieces in prop::collection::vec((prop::sample::select(vec!["a", "ü", "🦀", "\n", "\"", "\\", "\u{1}", "a\nb"]), 1_usize..9000), 1..12),
            escaped in any::<bool>(),
            step in 1_usize..70_000,
        ) {
            let text: String = pieces.into_iter().map(|(piece, times)| piece.repeat(times)).collect();
            let mut json = serde_json::json!({"x": text, "y": 1}).to_string();
            if escaped {
                let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |all, unit| format!("{all}\\u{unit:04x}"));
                json = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect();
            }
            let short: serde_json::Value = serde_json::from_str(&shortened(&json, step)).unwrap();
            let found = short["x"].as_str().unwrap();
            prop_assert_eq!(&short["y"], &1);
            prop_assert_eq!(found.lines().count(), text.lines().count());
            let kept = found.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
            // An escape is at most six bytes for one.
            prop_assert!(kept == text.len() || kept >= LONGEST / 6, "{} of {}", kept, text.len());
        }
    }
}
