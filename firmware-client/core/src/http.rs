//! An HTTP client without a socket: it says what to send, and is told what came, in any pieces.

mod date;
mod response;

pub use date::unix;
pub use response::{Fault, Response};

use crate::bytes::{Bytes, Writer};
use crate::frame::{Frame, Unreadable};
use crate::text::Text;

/// No request is longer.
pub const MAX_REQUEST: usize = 512;

/// The name of a version of the frame, with its quotes.
pub type Etag = Bytes<40>;

/// What is asked of a server.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The server as it is addressed: `192.168.1.20:8377`.
    pub host: &'a str,
    /// The token; empty for none.
    pub token: &'a [u8],
    /// The version that is shown.
    pub etag: &'a Etag,
    /// Seconds that the server may hold the request until something changes.
    pub wait: Option<u16>,
}

impl Request<'_> {
    /// Writes the request to the beginning of a buffer and says how long it is; `None` if it does not fit.
    pub fn write(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut out = Writer::new(buffer);
        out.put(b"GET /v1/mirror");
        if let Some(wait) = self.wait {
            out.put(b"?wait=").number(wait.into());
        }
        out.put(b" HTTP/1.1\r\nHost: ").put(self.host.as_bytes());
        if !self.token.is_empty() {
            out.put(b"\r\nAuthorization: Bearer ").put(self.token);
        }
        if !self.etag.is_empty() {
            out.put(b"\r\nIf-None-Match: ").put(self.etag.as_slice());
        }
        out.put(b"\r\nUser-Agent: costline-display/").put(env!("CARGO_PKG_VERSION").as_bytes());
        out.put(b"\r\nAccept: application/json\r\nConnection: close\r\n\r\n").end()
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "without allocation there is no other place for a frame")]
pub enum Answer {
    /// A frame.
    Frame(Frame),
    /// What is shown is what there is.
    Same,
    /// The token is wrong, or there has to be one.
    Refused,
    /// The server is newer than this code.
    TooNew,
    /// The server has no time now.
    Busy,
    /// It is something else that answers.
    Wrong,
}

/// An answer, and what its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The version that it names.
    pub etag: Etag,
    /// The server's time, Unix seconds.
    pub date: Option<u32>,
    /// Seconds after which it wants to be asked again.
    pub retry_after: Option<u16>,
}

/// A request that is under way.
pub struct Exchange {
    request: [u8; MAX_REQUEST],
    len: usize,
    sent: usize,
    response: Response,
    conditional: bool,
}

impl Exchange {
    /// A request to be sent. One that does not fit, by a server's or token's length, fails as if nobody answered.
    pub fn new(request: &Request<'_>) -> Self {
        let mut buffer = [0; MAX_REQUEST];
        let len = request.write(&mut buffer).unwrap_or(0);
        Self {
            request: buffer,
            len,
            sent: 0,
            response: Response::new(),
            conditional: !request.etag.is_empty(),
        }
    }

    /// What is still to be sent.
    pub fn outgoing(&self) -> &[u8] {
        self.request.get(self.sent..self.len).unwrap_or_default()
    }

    /// So many bytes of it went out.
    pub fn sent(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count);
    }

    /// Bytes came in: the reply, once it is whole.
    ///
    /// # Errors
    /// They are no answer that is understood.
    pub fn incoming(&mut self, bytes: &[u8]) -> Result<Option<Reply>, Fault> {
        Ok(if self.response.feed(bytes)? { Some(self.reply()) } else { None })
    }

    /// The server closed the connection: the reply, if that ends it.
    ///
    /// # Errors
    /// Something is missing.
    pub fn closed(&mut self) -> Result<Reply, Fault> {
        self.response.end()?;
        Ok(self.reply())
    }

    fn reply(&self) -> Reply {
        let response = &self.response;
        let answer = match response.status {
            200 => match Frame::parse(response.body()) {
                Ok(frame) => Answer::Frame(frame),
                Err(Unreadable::Newer(_)) => Answer::TooNew,
                Err(Unreadable::NotJson | Unreadable::NoFrame) => Answer::Wrong,
            },
            304 if self.conditional => Answer::Same,
            401 | 403 => Answer::Refused,
            408 | 429 | 500..=599 => Answer::Busy,
            _ => Answer::Wrong,
        };
        Reply { answer, etag: response.etag, date: response.date, retry_after: response.retry_after }
    }
}

/// A server's address as the user gives it: a name or four numbers, and a port, 8377 unless it is named. `http://` before it
/// and a path behind it are passed over.
pub fn address(given: &str) -> Option<(Text<40>, u16)> {
    let given = given.trim();
    let given = given.strip_prefix("http://").unwrap_or(given);
    let given = given.split(['/']).next().unwrap_or_default();
    let (host, port) = match given.split_once([':']) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (given, 8377),
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (!host.is_empty() && host.len() <= 40 && port != 0 && host.bytes().all(known))
        .then(|| (Text::new(host), port))
}

/// The four numbers of an address.
pub fn numbers(host: &str) -> Option<[u8; 4]> {
    let mut parts = host.split(['.']);
    let mut address = [0; 4];
    for place in &mut address {
        *place = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then_some(address)
}

#[cfg(test)]
mod tests;
