//! A response that comes in pieces.

use super::{Etag, date};
use crate::bytes::Bytes;

/// The longest head, with those of interim responses before it.
const MAX_HEAD: usize = 1024;
/// The longest body.
const MAX_BODY: usize = 1536;
/// Of longer lines of a head the rest does not matter.
const MAX_LINE: usize = 128;

/// Why bytes are no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They are not HTTP.
    NotHttp,
    /// Head or body are longer than any that a server sends here.
    TooLong,
    /// The body is coded in a way that no server uses here.
    Coded,
    /// The connection ended before the response.
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Status,
    Head,
    Body,
    Done,
}

/// What came of a response so far.
pub struct Response {
    part: Part,
    /// Its status, once the head began.
    pub status: u16,
    /// Its `ETag`; empty without one, or with one that is too long to be kept.
    pub etag: Etag,
    /// Its `Date`, Unix seconds.
    pub date: Option<u32>,
    /// Its `Retry-After`, seconds.
    pub retry_after: Option<u16>,
    length: Option<usize>,
    head: usize,
    line: [u8; MAX_LINE],
    line_len: usize,
    body: [u8; MAX_BODY],
    body_len: usize,
}

impl Default for Response {
    fn default() -> Self {
        Self::new()
    }
}

impl Response {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            part: Part::Status,
            status: 0,
            etag: Bytes::EMPTY,
            date: None,
            retry_after: None,
            length: None,
            head: 0,
            line: [0; MAX_LINE],
            line_len: 0,
            body: [0; MAX_BODY],
            body_len: 0,
        }
    }

    /// Its body as far as it came.
    pub fn body(&self) -> &[u8] {
        self.body.get(..self.body_len).unwrap_or_default()
    }

    /// Takes the next bytes, and says whether the response is whole. What comes after it is passed over.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        for byte in bytes {
            match self.part {
                Part::Status | Part::Head => self.head_byte(*byte)?,
                Part::Body => {
                    *self.body.get_mut(self.body_len).ok_or(Fault::TooLong)? = *byte;
                    self.body_len = self.body_len.saturating_add(1);
                    if self.length == Some(self.body_len) {
                        self.part = Part::Done;
                    }
                }
                Part::Done => break,
            }
        }
        Ok(self.part == Part::Done)
    }

    /// The connection ended: whether that ends the response.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.part {
            Part::Done => Ok(()),
            Part::Body if self.length.is_none() => {
                self.part = Part::Done;
                Ok(())
            }
            _ => Err(Fault::Cut),
        }
    }

    fn head_byte(&mut self, byte: u8) -> Result<(), Fault> {
        self.head = self.head.saturating_add(1);
        if self.head > MAX_HEAD {
            return Err(Fault::TooLong);
        }
        if byte == b'\n' {
            let line = self.line;
            let line = line.get(..self.line_len).unwrap_or_default();
            self.line_len = 0;
            return self.head_line(line.strip_suffix(b"\r").unwrap_or(line));
        }
        if let Some(place) = self.line.get_mut(self.line_len) {
            *place = byte;
            self.line_len = self.line_len.saturating_add(1);
        }
        // Whoever does not speak HTTP is told so by the first bytes, not by a deadline.
        let begins =
            b"HTTP/1.".iter().zip(&self.line).take(self.line_len).all(|(expected, byte)| expected == byte);
        if self.part == Part::Status && !begins { Err(Fault::NotHttp) } else { Ok(()) }
    }

    fn head_line(&mut self, line: &[u8]) -> Result<(), Fault> {
        if self.part == Part::Status {
            let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9', b' ', code @ ..] = line else {
                return Err(Fault::NotHttp);
            };
            let code = code.get(..3).ok_or(Fault::NotHttp)?;
            self.status = number(code).filter(|code| (100..600).contains(code)).ok_or(Fault::NotHttp)? as u16;
            self.part = Part::Head;
            return Ok(());
        }
        if line.is_empty() {
            self.head_ends();
            return Ok(());
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Ok(()) };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = number(value).ok_or(Fault::NotHttp)? as usize;
            if length > MAX_BODY || self.length.is_some_and(|known| known != length) {
                return Err(Fault::TooLong);
            }
            self.length = Some(length);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding")
            || name.eq_ignore_ascii_case(b"content-encoding")
        {
            if !value.eq_ignore_ascii_case(b"identity") {
                return Err(Fault::Coded);
            }
        } else if name.eq_ignore_ascii_case(b"etag") {
            let printable = value.iter().all(|byte| (b'!'..=b'~').contains(byte));
            self.etag = Bytes::new(value).filter(|_| printable).unwrap_or_default();
        } else if name.eq_ignore_ascii_case(b"date") {
            self.date = date::unix(value);
        } else if name.eq_ignore_ascii_case(b"retry-after") {
            self.retry_after = number(value).map(|seconds| seconds.min(3600) as u16);
        }
        Ok(())
    }

    fn head_ends(&mut self) {
        if self.status < 200 {
            // An interim response; the real one follows.
            self.part = Part::Status;
            self.length = None;
            return;
        }
        let empty = matches!(self.status, 204 | 304) || self.length == Some(0);
        self.part = if empty { Part::Done } else { Part::Body };
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    let number = |sum: u64, digit: &u8| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit.saturating_sub(b'0'))),
        _ => None,
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, number) }
}
