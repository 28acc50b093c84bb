//! A frame as JSON, into a buffer that the caller has.

use super::{Alert, Frame, Severity, VERSION};
use crate::text::Text;

/// The greatest amount that is sent: nearly a million dollars.
const MOST_CENTS: u32 = 99_999_999;
const MOST_TOKENS: u64 = 999_999_999_999;
const MOST_CONTEXT_TOKENS: u32 = 99_999_999;
const MOST_PERCENT: u16 = 999;

/// The buffer is too small; [`Frame::MAX_BYTES`] always suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

impl Frame {
    /// Writes the frame as JSON to the beginning of `buffer` and says how many bytes it took.
    ///
    /// # Errors
    /// The buffer is too small; what it holds then is of no use.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, NoRoom> {
        let mut out = Writer { buffer, len: 0, first: true };
        out.number("v", u64::from(VERSION))?;
        out.number("at", u64::from(self.at))?;
        out.signed("tz", self.utc_offset_min.clamp(-1439, 1439))?;
        out.number("poll", u64::from(self.poll_seconds.min(3600)))?;
        out.number("stale", u64::from(self.stale))?;
        out.number(
            "sev",
            match self.severity {
                Severity::Ok => 0,
                Severity::Warning => 1,
                Severity::Error => 2,
            },
        )?;
        match self.alert {
            Alert::None => {}
            Alert::BudgetExceeded => out.number("alert", 1)?,
            Alert::LimitReached => out.number("alert", 2)?,
        }
        out.text("text", &self.text)?;
        out.cents("today", self.today)?;
        out.cents("week", self.week)?;
        out.cents("month", self.month)?;
        out.known("tok", self.tokens.map(|tokens| tokens.min(MOST_TOKENS)))?;
        out.cents("burn", self.burn)?;
        if let Some(block) = self.block {
            out.cents("blk", Some(block.spent))?;
            out.cents("blkp", block.projected)?;
            out.number("blke", u64::from(block.end))?;
        }
        if let Some(context) = self.context {
            out.known("ctx", context.percent.map(percent))?;
            out.known("used", context.used.map(|tokens| tokens.min(MOST_CONTEXT_TOKENS).into()))?;
            out.known("win", context.window.map(|tokens| tokens.min(MOST_CONTEXT_TOKENS).into()))?;
        }
        out.text("title", &self.title)?;
        out.text("model", &self.model)?;
        out.text("hours", &self.hours)?;
        for (digit, budget) in (b'0'..).zip(self.budgets.iter().flatten()) {
            out.row(b'b', digit, &budget.label)?;
            out.cell(b'b', digit, b's', budget.spent.min(MOST_CENTS).into())?;
            out.cell(b'b', digit, b'l', budget.limit.min(MOST_CENTS).into())?;
            if let Some(reset) = budget.reset {
                out.cell(b'b', digit, b'r', reset.into())?;
            }
        }
        for (digit, limit) in (b'0'..).zip(self.limits.iter().flatten()) {
            out.row(b'l', digit, &limit.name)?;
            out.cell(b'l', digit, b'p', percent(limit.percent))?;
            if let Some(reset) = limit.reset {
                out.cell(b'l', digit, b'r', reset.into())?;
            }
        }
        for (digit, session) in (b'0'..).zip(self.sessions.iter().flatten()) {
            out.row(b's', digit, &session.name)?;
            out.cell(b's', digit, b'c', session.cost.min(MOST_CENTS).into())?;
            if let Some(context) = session.context {
                out.cell(b's', digit, b'x', percent(context))?;
            }
            out.cell(b's', digit, b'a', session.active.into())?;
        }
        out.byte(b'}')?;
        Ok(out.len)
    }
}

fn percent(percent: u16) -> u64 {
    percent.min(MOST_PERCENT).into()
}

struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    first: bool,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) -> Result<(), NoRoom> {
        *self.buffer.get_mut(self.len).ok_or(NoRoom)? = byte;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), NoRoom> {
        bytes.iter().try_for_each(|byte| self.byte(*byte))
    }

    fn key(&mut self, key: &[u8]) -> Result<(), NoRoom> {
        self.byte(if self.first { b'{' } else { b',' })?;
        self.first = false;
        self.byte(b'"')?;
        self.bytes(key)?;
        self.bytes(b"\":")
    }

    fn digits(&mut self, number: u64) -> Result<(), NoRoom> {
        let mut divisor = 1_u64;
        while number.checked_div(divisor).is_some_and(|rest| rest >= 10) {
            divisor = divisor.saturating_mul(10);
        }
        let mut rest = number;
        while let Some(digit) = rest.checked_div(divisor) {
            self.byte(b'0'.saturating_add(digit as u8))?;
            rest = rest.checked_rem(divisor).unwrap_or(0);
            divisor /= 10;
        }
        Ok(())
    }

    fn number(&mut self, key: &str, number: u64) -> Result<(), NoRoom> {
        self.key(key.as_bytes())?;
        self.digits(number)
    }

    fn signed(&mut self, key: &str, number: i16) -> Result<(), NoRoom> {
        self.key(key.as_bytes())?;
        if number < 0 {
            self.byte(b'-')?;
        }
        self.digits(number.unsigned_abs().into())
    }

    fn known(&mut self, key: &str, number: Option<u64>) -> Result<(), NoRoom> {
        number.map_or(Ok(()), |number| self.number(key, number))
    }

    fn cents(&mut self, key: &str, cents: Option<u32>) -> Result<(), NoRoom> {
        self.known(key, cents.map(|cents| cents.min(MOST_CENTS).into()))
    }

    fn text<const N: usize>(&mut self, key: &str, text: &Text<N>) -> Result<(), NoRoom> {
        if text.is_empty() { Ok(()) } else { self.string(key.as_bytes(), text) }
    }

    fn row<const N: usize>(&mut self, letter: u8, digit: u8, text: &Text<N>) -> Result<(), NoRoom> {
        self.string(&[letter, digit], text)
    }

    fn cell(&mut self, letter: u8, digit: u8, field: u8, number: u64) -> Result<(), NoRoom> {
        self.key(&[letter, digit, field])?;
        self.digits(number)
    }

    fn string<const N: usize>(&mut self, key: &[u8], text: &Text<N>) -> Result<(), NoRoom> {
        self.key(key)?;
        self.byte(b'"')?;
        // A text holds nothing that would need an escape.
        self.bytes(text.as_bytes())?;
        self.byte(b'"')
    }
}
