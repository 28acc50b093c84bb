//! Names on the display's own access point: all of them are the display.

use super::ADDRESS;
use crate::bytes::Writer;

/// Writes the answer to a question; `None` where it is none, or none for an address.
pub fn answer(question: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let [id_high, id_low, flags, _, 0, 1, ..] = *question else { return None };
    if flags & 0xf8 != 0 {
        return None;
    }
    let mut at = 12_usize;
    loop {
        match *question.get(at)? {
            0 => break,
            len @ 1..=63 => at = at.checked_add(usize::from(len))?.checked_add(1)?,
            _ => return None,
        }
    }
    let end = at.checked_add(5)?;
    let asked = question.get(12..end)?;
    let is_address = asked.ends_with(&[0, 1, 0, 1]);
    let mut out = Writer::new(buffer);
    // An answer without records to whoever asks for something else: there is nothing.
    out.put(&[id_high, id_low, 0x84, 0]).u16(1).u16(is_address.into()).zeros(4).put(asked);
    if is_address {
        out.put(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4]).put(&ADDRESS);
    }
    out.end()
}
