//! A frame from JSON. What is not known of it is passed over, whatever it is, so that an older display understands a newer
//! server of the same version.

use super::{Alert, Budget, Context, Frame, Limit, ROWS, Session, Severity, VERSION};
use crate::text::Text;

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// They are not one JSON object.
    NotJson,
    /// They are JSON, but name no version.
    NoFrame,
    /// The server speaks this version, which this code does not know.
    Newer(u32),
}

/// Deeper values than this are none that anybody sends.
const DEPTH: u8 = 16;

impl Frame {
    /// Reads a frame. A field that is missing, `null`, or not of its kind is not known; a fraction is cut off, a number too
    /// great is the greatest, a text too long is cut.
    ///
    /// # Errors
    /// The bytes are not one whole JSON object, or one of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut reader = Reader { bytes };
        let mut found = Found::default();
        reader.expect(b'{')?;
        if !reader.follows(b'}') {
            loop {
                let key = reader.key()?;
                reader.expect(b':')?;
                found.field(key.as_bytes(), &reader.value()?);
                if reader.follows(b'}') {
                    break;
                }
                reader.expect(b',')?;
            }
        }
        reader.skip_space();
        if !reader.bytes.is_empty() {
            return Err(Unreadable::NotJson);
        }
        match found.version {
            Some(VERSION) => Ok(found.frame()),
            None | Some(0) => Err(Unreadable::NoFrame),
            Some(newer) => Err(Unreadable::Newer(newer)),
        }
    }
}

/// A value as far as a frame has use for it.
enum Value {
    Number(i64),
    Text(Text<32>),
    Other,
}

impl Value {
    fn number<T: TryFrom<i64>>(&self, most: T) -> Option<T> {
        match self {
            Self::Number(number) if *number >= 0 => Some(T::try_from(*number).unwrap_or(most)),
            _ => None,
        }
    }

    fn u32(&self) -> Option<u32> {
        self.number(u32::MAX)
    }

    fn u16(&self) -> Option<u16> {
        self.number(u16::MAX)
    }

    fn text<const N: usize>(&self) -> Option<Text<N>> {
        match self {
            Self::Text(text) => Some(Text::new(text.as_str())),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Found {
    version: Option<u32>,
    frame: Frame,
    block_spent: Option<u32>,
    block_projected: Option<u32>,
    block_end: Option<u32>,
    context: Context,
    budgets: [(Option<Text<10>>, Budget); ROWS],
    limits: [(Option<Text<7>>, Limit); ROWS],
    sessions: [(Option<Text<12>>, Session); ROWS],
}

impl Found {
    fn field(&mut self, key: &[u8], value: &Value) {
        let frame = &mut self.frame;
        match key {
            b"v" => self.version = value.u32(),
            b"at" => frame.at = value.u32().unwrap_or(0),
            b"tz" => {
                if let Value::Number(minutes) = value {
                    frame.utc_offset_min = (*minutes).clamp(-1439, 1439) as i16;
                }
            }
            b"poll" => frame.poll_seconds = value.u16().unwrap_or(0),
            b"stale" => frame.stale = value.u32().unwrap_or(0) != 0,
            b"sev" => {
                frame.severity = match value.u32() {
                    None | Some(0) => Severity::Ok,
                    Some(1) => Severity::Warning,
                    Some(_) => Severity::Error,
                }
            }
            b"alert" => {
                frame.alert = match value.u32() {
                    Some(1) => Alert::BudgetExceeded,
                    Some(2) => Alert::LimitReached,
                    _ => Alert::None,
                }
            }
            b"text" => frame.text = value.text().unwrap_or_default(),
            b"today" => frame.today = value.u32(),
            b"week" => frame.week = value.u32(),
            b"month" => frame.month = value.u32(),
            b"tok" => frame.tokens = value.number(u64::MAX),
            b"burn" => frame.burn = value.u32(),
            b"blk" => self.block_spent = value.u32(),
            b"blkp" => self.block_projected = value.u32(),
            b"blke" => self.block_end = value.u32(),
            b"ctx" => self.context.percent = value.u16(),
            b"used" => self.context.used = value.u32(),
            b"win" => self.context.window = value.u32(),
            b"title" => frame.title = value.text().unwrap_or_default(),
            b"model" => frame.model = value.text().unwrap_or_default(),
            b"hours" => frame.hours = value.text().unwrap_or_default(),
            [letter, digit @ b'0'..=b'9', field @ ..] => {
                self.cell(*letter, usize::from(digit.saturating_sub(b'0')), field, value);
            }
            _ => {}
        }
    }

    fn cell(&mut self, letter: u8, row: usize, field: &[u8], value: &Value) {
        match letter {
            b'b' => {
                let Some((name, budget)) = self.budgets.get_mut(row) else { return };
                match field {
                    b"" => *name = value.text(),
                    b"s" => budget.spent = value.u32().unwrap_or(0),
                    b"l" => budget.limit = value.u32().unwrap_or(0),
                    b"r" => budget.reset = value.u32(),
                    _ => {}
                }
            }
            b'l' => {
                let Some((name, limit)) = self.limits.get_mut(row) else { return };
                match field {
                    b"" => *name = value.text(),
                    b"p" => limit.percent = value.u16().unwrap_or(0),
                    b"r" => limit.reset = value.u32(),
                    _ => {}
                }
            }
            b's' => {
                let Some((name, session)) = self.sessions.get_mut(row) else { return };
                match field {
                    b"" => *name = value.text(),
                    b"c" => session.cost = value.u32().unwrap_or(0),
                    b"x" => session.context = value.u16(),
                    b"a" => session.active = value.u32() == Some(1),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The rows that were named close up, so that the first is the first.
    fn frame(self) -> Frame {
        let mut frame = self.frame;
        if let (Some(spent), Some(end)) = (self.block_spent, self.block_end) {
            frame.block = Some(super::Block { spent, projected: self.block_projected, end });
        }
        if self.context != Context::default() {
            frame.context = Some(self.context);
        }
        let budgets =
            self.budgets.iter().filter_map(|(name, row)| name.map(|label| Budget { label, ..*row }));
        frame.budgets.iter_mut().zip(budgets).for_each(|(place, row)| *place = Some(row));
        let limits = self.limits.iter().filter_map(|(name, row)| name.map(|name| Limit { name, ..*row }));
        frame.limits.iter_mut().zip(limits).for_each(|(place, row)| *place = Some(row));
        let sessions =
            self.sessions.iter().filter_map(|(name, row)| name.map(|name| Session { name, ..*row }));
        frame.sessions.iter_mut().zip(sessions).for_each(|(place, row)| *place = Some(row));
        frame
    }
}

/// What is still to be read.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn next(&mut self) -> Result<u8, Unreadable> {
        let (first, rest) = self.bytes.split_first().ok_or(Unreadable::NotJson)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn skip_space(&mut self) {
        while let Some((b' ' | b'\t' | b'\r' | b'\n', rest)) = self.bytes.split_first() {
            self.bytes = rest;
        }
    }

    fn peek(&mut self) -> Result<u8, Unreadable> {
        self.skip_space();
        self.bytes.first().copied().ok_or(Unreadable::NotJson)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        self.skip_space();
        if self.next()? == byte { Ok(()) } else { Err(Unreadable::NotJson) }
    }

    /// Takes the byte if it comes next.
    fn follows(&mut self, byte: u8) -> bool {
        let follows = self.peek() == Ok(byte);
        if follows {
            let _ = self.next();
        }
        follows
    }

    fn key(&mut self) -> Result<Text<32>, Unreadable> {
        self.expect(b'"')?;
        self.string()
    }

    /// The rest of a string whose quote was taken.
    fn string(&mut self) -> Result<Text<32>, Unreadable> {
        let mut text = Text::EMPTY;
        let mut whole = true;
        loop {
            let byte = self.next()?;
            whole &= match byte {
                b'"' => break,
                b'\\' => match self.next()? {
                    b'u' => {
                        let code = self.four_hex()?;
                        // Of a pair of surrogates the second says nothing that the first has not.
                        match char::from_u32(code) {
                            Some(char) => text.push_char(char),
                            None => !(0xd800..0xdc00).contains(&code) || text.push(b'?'),
                        }
                    }
                    plain @ (b'"' | b'\\' | b'/') => text.push(plain),
                    b'b' | b'f' | b'n' | b'r' | b't' => text.push(b' '),
                    _ => return Err(Unreadable::NotJson),
                },
                0..b' ' => return Err(Unreadable::NotJson),
                0x80..=0xbf => true,
                0xc0.. => text.push(b'?'),
                _ => text.push(byte),
            };
        }
        if !whole {
            text.mark_cut();
        }
        Ok(text)
    }

    fn four_hex(&mut self) -> Result<u32, Unreadable> {
        let mut code = 0_u32;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(Unreadable::NotJson)?;
            code = code.wrapping_shl(4) | digit;
        }
        Ok(code)
    }

    fn value(&mut self) -> Result<Value, Unreadable> {
        match self.peek()? {
            b'"' => {
                self.next()?;
                self.string().map(Value::Text)
            }
            b'-' | b'0'..=b'9' => self.number(),
            b'{' | b'[' => self.nested(),
            _ => self.word(),
        }
    }

    fn number(&mut self) -> Result<Value, Unreadable> {
        let negative = self.follows(b'-');
        let mut number = 0_i64;
        let mut any = false;
        while let Some((digit @ b'0'..=b'9', rest)) = self.bytes.split_first() {
            number = number.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0')));
            any = true;
            self.bytes = rest;
        }
        // An exponent makes another number of it than its digits say.
        let mut known = true;
        while let Some((byte @ (b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'), rest)) =
            self.bytes.split_first()
        {
            known &= !matches!(byte, b'e' | b'E');
            self.bytes = rest;
        }
        match (any, known) {
            (false, _) => Err(Unreadable::NotJson),
            (true, false) => Ok(Value::Other),
            (true, true) => Ok(Value::Number(if negative { number.saturating_neg() } else { number })),
        }
    }

    fn word(&mut self) -> Result<Value, Unreadable> {
        for word in [&b"null"[..], b"true", b"false"] {
            if let Some(rest) = self.bytes.strip_prefix(word) {
                self.bytes = rest;
                return Ok(Value::Other);
            }
        }
        Err(Unreadable::NotJson)
    }

    /// Passes over an object or a list, counting brackets: whether they match does not matter to who has no use for it.
    fn nested(&mut self) -> Result<Value, Unreadable> {
        let mut depth = 0_u8;
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    if depth > DEPTH {
                        return Err(Unreadable::NotJson);
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(Value::Other);
                    }
                }
                _ => {}
            }
        }
    }
}
