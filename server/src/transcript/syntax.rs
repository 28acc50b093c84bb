//! JSON's syntax, read from a line that is held whole.
//!
//! A line of a transcript has many keys and long texts, and few of them are kept. `serde_json` checks every key and text
//! that it meets for UTF-8 and looks at texts eight bytes at a time; this reads keys as bytes, checks what is kept, and
//! passes over the rest as fast as the machine can search. It takes what `serde_json` takes and refuses what that
//! refuses, but for two things that cost a line no more than they should: half a surrogate pair in a text that is kept
//! reads as U+FFFD, and keys may be of any encoding.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::fmt;

/// How deep what is kept may be nested.
const DEEPEST: u32 = 128;
/// Texts are searched word by word for so many words, then by the machine's wide registers, which take longer to begin:
/// a key is short, and in code some character is escaped in every line.
const SHORT: usize = 8;

/// What is no JSON, or not of the type that it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed JSON")
    }
}

impl std::error::Error for Malformed {}

impl serde::de::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Result<T> = std::result::Result<T, Malformed>;

/// Bytes of JSON, and how far they are read.
pub(super) struct Source<'de> {
    bytes: &'de [u8],
    at: usize,
    depth: u32,
}

/// A text between its quotes.
struct Raw<'de> {
    bytes: &'de [u8],
    escaped: bool,
}

impl<'de> Source<'de> {
    pub(super) const fn new(bytes: &'de [u8]) -> Self {
        Self { bytes, at: 0, depth: 0 }
    }

    /// How many bytes are read.
    pub(super) const fn offset(&self) -> usize {
        self.at
    }

    /// The next value, if anything is left.
    pub(super) fn next<T: serde::Deserialize<'de>>(&mut self) -> Option<Result<T>> {
        self.peek().map(|_| T::deserialize(self))
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The next byte that is no blank, without taking it.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes the next byte that is no blank, if it is this one.
    fn take(&mut self, wanted: u8) -> Result<()> {
        if self.peek() != Some(wanted) {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, literal: &[u8]) -> Result<()> {
        if !self.bytes[self.at..].starts_with(literal) {
            return Err(Malformed);
        }
        self.at += literal.len();
        Ok(())
    }

    /// Takes a text with its quotes.
    fn text(&mut self) -> Result<Raw<'de>> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let stop = self.at + self.plain()?;
            self.at = stop + 1;
            if self.bytes[stop] == b'"' {
                return Ok(Raw { bytes: &self.bytes[start..stop], escaped });
            }
            escaped = true;
            match self.bytes.get(self.at) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                Some(b'u') => {
                    let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or(Malformed)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(Malformed);
                    }
                    self.at += 5;
                }
                _ => return Err(Malformed),
            }
        }
    }

    /// How many bytes of a text stand before its next quote or backslash. Control characters must be escaped.
    fn plain(&self) -> Result<usize> {
        let rest = &self.bytes[self.at..];
        let (words, end) = rest.as_chunks::<8>();
        for (index, word) in words.iter().take(SHORT).enumerate() {
            let marks = special(u64::from_le_bytes(*word));
            if marks != 0 {
                return ends(rest, 8 * index + marks.trailing_zeros() as usize / 8);
            }
        }
        if words.len() <= SHORT {
            let in_end =
                end.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).ok_or(Malformed)?;
            return ends(rest, 8 * words.len() + in_end);
        }
        let rest = &rest[8 * SHORT..];
        let length = memchr::memchr2(b'"', b'\\', rest).ok_or(Malformed)?;
        let least = rest[..length].iter().fold(u8::MAX, |least, byte| least.min(*byte));
        if least < 0x20 { Err(Malformed) } else { Ok(8 * SHORT + length) }
    }

    /// Takes a number; gives its bytes, and whether it is an integer.
    fn number(&mut self) -> Result<(&'de [u8], bool)> {
        let start = self.at;
        self.at += usize::from(self.bytes.get(self.at) == Some(&b'-'));
        let leading_zero = self.bytes.get(self.at) == Some(&b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(Malformed);
        }
        let mut integer = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return Err(Malformed);
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(Malformed);
            }
        }
        Ok((&self.bytes[start..self.at], integer))
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// Passes over a value, however deep.
    fn pass(&mut self) -> Result<()> {
        let mut nest = Nest::default();
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => self.text().map(|_| ())?,
                b'{' => {
                    self.at += 1;
                    if self.peek() != Some(b'}') {
                        nest.open(true);
                        self.key()?;
                        continue;
                    }
                    self.at += 1;
                }
                b'[' => {
                    self.at += 1;
                    if self.peek() != Some(b']') {
                        nest.open(false);
                        continue;
                    }
                    self.at += 1;
                }
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                b'-' | b'0'..=b'9' => self.number().map(|_| ())?,
                _ => return Err(Malformed),
            }
            loop {
                let Some(object) = nest.inner() else { return Ok(()) };
                let byte = self.peek().ok_or(Malformed)?;
                self.at += 1;
                match byte {
                    b',' if object => {
                        self.key()?;
                        break;
                    }
                    b',' => break,
                    b'}' if object => nest.close(),
                    b']' if !object => nest.close(),
                    _ => return Err(Malformed),
                }
            }
        }
    }

    /// Takes a key and its colon.
    fn key(&mut self) -> Result<()> {
        self.text()?;
        self.take(b':')
    }

    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return Err(Malformed);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

/// Marks the quotes, backslashes and control characters among eight bytes, the first one reliably: by the highest bit of
/// each. Subtracting borrows from what follows, so a byte after the first mark may be marked by mistake.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let marks = (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    marks & (ONES * 0x80)
}

/// A text ends at this byte, or an escape begins there; a control character does not belong there.
fn ends(rest: &[u8], at: usize) -> Result<usize> {
    if rest[at] < 0x20 { Err(Malformed) } else { Ok(at) }
}

/// The open brackets around a value: a bit for each, the innermost last.
#[derive(Default)]
struct Nest {
    depth: usize,
    inner: u64,
    outer: Vec<u64>,
}

impl Nest {
    fn open(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.inner);
        }
        self.inner = self.inner << 1 | u64::from(object);
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.inner >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.inner = self.outer.pop().unwrap_or_default();
        }
    }

    /// Whether the innermost bracket is an object's.
    const fn inner(&self) -> Option<bool> {
        if self.depth == 0 { None } else { Some(self.inner & 1 == 1) }
    }
}

impl<'de> Raw<'de> {
    /// The text, with its escapes read.
    fn read(&self) -> Result<Cow<'de, str>> {
        let text = std::str::from_utf8(self.bytes).map_err(|_| Malformed)?;
        Ok(if self.escaped { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) })
    }
}

/// Reads the escapes of a text, all of which are well formed.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (plain, mut length) = match rest.as_bytes()[at + 1] {
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'u' => ('u', 6),
            other => (char::from(other), 2),
        };
        if length == 2 {
            out.push(plain);
        } else {
            let unit = hex(&rest[at..]);
            let pair = unit.filter(|unit| (0xd800..0xdc00).contains(unit)).zip(hex(&rest[at + 6..]));
            let joined = pair.and_then(|pair| char::decode_utf16([pair.0, pair.1]).next()?.ok());
            length += if joined.is_some() { 6 } else { 0 };
            let single = || unit.and_then(|unit| char::from_u32(u32::from(unit)));
            out.push(joined.or_else(single).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// The unit of UTF-16 that a text begins with as an escape.
fn hex(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

impl<'de> Deserializer<'de> for &mut Source<'de> {
    type Error = Malformed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek().ok_or(Malformed)? {
            b'"' => match self.text()?.read()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_str(&text),
            },
            b'{' => self.inside(|source| visitor.visit_map(Entries { source, first: true })),
            b'[' => self.inside(|source| visitor.visit_seq(Entries { source, first: true })),
            b't' => self.literal(b"true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.literal(b"false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.literal(b"null").and_then(|()| visitor.visit_unit()),
            b'-' | b'0'..=b'9' => {
                let (digits, integer) = self.number()?;
                let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
                if integer && let Ok(number) = text.parse::<u64>() {
                    return visitor.visit_u64(number);
                }
                if integer && let Ok(number) = text.parse::<i64>() {
                    return visitor.visit_i64(number);
                }
                match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => visitor.visit_f64(number),
                    _ => Err(Malformed),
                }
            }
            _ => Err(Malformed),
        }
    }

    /// A key, as bytes: it is only compared.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let raw = self.text()?;
        if raw.escaped { visitor.visit_bytes(raw.read()?.as_bytes()) } else { visitor.visit_bytes(raw.bytes) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.pass()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum
    }
}

/// The entries of an object or of an array.
struct Entries<'s, 'de> {
    source: &'s mut Source<'de>,
    first: bool,
}

impl Entries<'_, '_> {
    /// Moves on to the next entry; `false` at the bracket that closes.
    fn advance(&mut self, closing: u8) -> Result<bool> {
        let next = self.source.peek().ok_or(Malformed)?;
        let first = std::mem::replace(&mut self.first, false);
        if next == closing {
            self.source.at += 1;
            return Ok(false);
        }
        if !first {
            self.source.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.advance(b'}')? {
            return Ok(None);
        }
        if self.source.peek() != Some(b'"') {
            return Err(Malformed);
        }
        seed.deserialize(&mut *self.source).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.source.take(b':')?;
        seed.deserialize(&mut *self.source)
    }
}

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.advance(b']')? { seed.deserialize(&mut *self.source).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests;
