//! Addresses on the display's own access point.

use super::ADDRESS;
use crate::bytes::Writer;

const COOKIE: [u8; 4] = [99, 130, 83, 99];
const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACK: u8 = 5;
const NAK: u8 = 6;

/// Writes the answer to a client; it goes to everybody, from port 67 to port 68. Who asks is told apart by the last byte of
/// its hardware address: there are one or two phones, not hundreds.
pub fn answer(message: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let head = message.get(..236)?;
    let options = message.get(236..)?.strip_prefix(&COOKIE)?;
    if head.first_chunk() != Some(&[1, 1, 6]) {
        return None;
    }
    let kind = option(options, 53)?.first().copied()?;
    let hardware = head.get(28..34)?;
    let last = 2_u8.saturating_add(hardware.last()? % 250);
    let [a, b, c, _] = ADDRESS;
    let offered = [a, b, c, last];
    let answer = match kind {
        DISCOVER => OFFER,
        REQUEST => {
            if option(options, 54).is_some_and(|server| server != ADDRESS) {
                return None;
            }
            let wanted = option(options, 50).or(head.get(12..16))?;
            if wanted == offered { ACK } else { NAK }
        }
        _ => return None,
    };
    let mut out = Writer::new(buffer);
    out.put(&[2, 1, 6, 0]).put(head.get(4..8)?).zeros(2).put(&[0x80, 0]).zeros(4);
    out.put(if answer == NAK { &[0; 4] } else { &offered }).put(&ADDRESS).zeros(4);
    out.put(head.get(28..44)?).zeros(192).put(&COOKIE);
    out.put(&[53, 1, answer, 54, 4]).put(&ADDRESS);
    if answer != NAK {
        out.put(&[51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4])
            .put(&ADDRESS)
            .put(&[6, 4])
            .put(&ADDRESS);
    }
    out.put(&[255]).end()
}

fn option(options: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = options;
    loop {
        match rest {
            [255, ..] | [] => return None,
            [0, after @ ..] => rest = after,
            [code, len, after @ ..] => {
                let (data, after) = after.split_at_checked(usize::from(*len))?;
                if *code == wanted {
                    return Some(data);
                }
                rest = after;
            }
            [_] => return None,
        }
    }
}
