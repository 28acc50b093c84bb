//! The head of a request to the display.

use crate::http::Fault;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The page.
    Page,
    /// The form, filled in.
    Save,
    /// A new firmware.
    Update,
    /// Anything else.
    Other,
}

const MAX_HEAD: usize = 4096;
const MAX_LINE: usize = 192;

/// A head that comes in pieces.
pub struct Head<'a> {
    token: &'a [u8],
    line: [u8; MAX_LINE],
    len: usize,
    total: usize,
    method: Option<Method>,
    done: bool,
    /// Bytes of the body.
    pub length: usize,
    /// Whether it bears the token.
    pub allowed: bool,
}

impl<'a> Head<'a> {
    /// A head whose bearer has to know this token.
    pub const fn new(token: &'a [u8]) -> Self {
        Self {
            token,
            line: [0; MAX_LINE],
            len: 0,
            total: 0,
            method: None,
            done: false,
            length: 0,
            allowed: false,
        }
    }

    /// What is asked for.
    pub fn method(&self) -> Method {
        self.method.unwrap_or(Method::Other)
    }

    /// Takes the next bytes; says how many of them are behind the head once it ended, and `None` before that.
    ///
    /// # Errors
    /// It is longer than any.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        let mut rest = bytes.len();
        for byte in bytes {
            if self.done {
                break;
            }
            rest = rest.saturating_sub(1);
            self.total = self.total.saturating_add(1);
            if self.total > MAX_HEAD {
                return Err(Fault::TooLong);
            }
            if *byte == b'\n' {
                self.line();
                self.len = 0;
            } else if let Some(place) = self.line.get_mut(self.len) {
                *place = *byte;
                self.len = self.len.saturating_add(1);
            }
        }
        Ok(self.done.then_some(rest))
    }

    fn line(&mut self) {
        let line = self.line;
        let line = line.get(..self.len).unwrap_or_default().trim_ascii_end();
        if self.method.is_none() {
            let mut words = line.split(|byte| *byte == b' ');
            self.method = Some(match (words.next(), words.next()) {
                (Some(b"GET"), Some(b"/" | b"/index.html")) => Method::Page,
                (Some(b"POST"), Some(b"/save")) => Method::Save,
                (Some(b"POST" | b"PUT"), Some(b"/update")) => Method::Update,
                _ => Method::Other,
            });
            return;
        }
        if line.is_empty() {
            self.done = true;
            return;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            self.length = core::str::from_utf8(value).ok().and_then(|value| value.parse().ok()).unwrap_or(0);
        } else if name.eq_ignore_ascii_case(b"authorization") {
            let given = value.strip_prefix(b"Bearer ").unwrap_or_default();
            // As long as it takes for the right one.
            let differs = given.iter().zip(self.token).fold(0, |sum, (one, other)| sum | (one ^ other));
            self.allowed = !self.token.is_empty() && given.len() == self.token.len() && differs == 0;
        }
    }
}
