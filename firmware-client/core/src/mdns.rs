//! Finding a server on the local network: questions to all (multicast DNS), and the answers to them.

use crate::bytes::Writer;

/// Where to ask.
pub const GROUP: [u8; 4] = [224, 0, 0, 251];
/// Its port.
pub const PORT: u16 = 5353;
/// No question is longer.
pub const MAX_QUESTION: usize = 128;

const SERVICE: &str = "_costline._tcp.local";
const A: u16 = 1;
const PTR: u16 = 12;
const SRV: u16 = 33;

/// Writes the question who serves Costline; says how long it is.
pub fn ask_service(buffer: &mut [u8]) -> Option<usize> {
    ask(buffer, SERVICE, PTR)
}

/// Writes the question for the address of a name: `desk.local`, or `desk`.
pub fn ask_host(buffer: &mut [u8], host: &str) -> Option<usize> {
    ask(buffer, host, A)
}

fn ask(buffer: &mut [u8], name: &str, kind: u16) -> Option<usize> {
    let mut out = Writer::new(buffer);
    out.u16(0).u16(0).u16(1).zeros(6);
    for label in labels(name) {
        out.put(&[u8::try_from(label.len()).ok().filter(|len| *len < 64)?]).put(label.as_bytes());
    }
    // An answer to the asker alone is welcome.
    out.put(&[0]).u16(kind).u16(0x8001).end()
}

/// The labels of a name; one without a domain is of `local`.
fn labels(name: &str) -> impl Iterator<Item = &str> {
    let local = if name.contains('.') { "" } else { "local" };
    name.split(['.']).chain([local]).filter(|label| !label.is_empty())
}

/// The address that an answer to [`ask_host`] gives for the name.
pub fn host(packet: &[u8], host: &str) -> Option<[u8; 4]> {
    let mut found = None;
    records(packet, |record| {
        if record.kind == A && is(packet, record.name, host) {
            found = found.or(record.data(packet)?.first_chunk().copied());
        }
        Some(())
    })?;
    found
}

/// The address and port that an answer to [`ask_service`] gives.
pub fn service(packet: &[u8]) -> Option<([u8; 4], u16)> {
    let mut target = None;
    records(packet, |record| {
        if record.kind == SRV && target.is_none() && ends_with(packet, record.name, SERVICE) {
            let port = record.data(packet)?.get(4..6)?.first_chunk().copied()?;
            target = Some((u16::from_be_bytes(port), record.start.checked_add(6)?));
        }
        Some(())
    })?;
    let (port, name) = target?;
    let mut address = None;
    records(packet, |record| {
        if record.kind == A && address.is_none() && same(packet, record.name, name) {
            address = record.data(packet)?.first_chunk().copied();
        }
        Some(())
    })?;
    Some((address?, port)).filter(|_| port != 0)
}

struct Record {
    /// Where its name is.
    name: usize,
    kind: u16,
    /// Where its data is, and how long.
    start: usize,
    len: usize,
}

impl Record {
    fn data<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        packet.get(self.start..self.start.checked_add(self.len)?)
    }
}

fn number(packet: &[u8], at: usize) -> Option<u16> {
    packet.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Goes through the records of an answer.
fn records(packet: &[u8], mut each: impl FnMut(&Record) -> Option<()>) -> Option<()> {
    if packet.get(2)? & 0x80 == 0 {
        return None;
    }
    let questions = number(packet, 4)?;
    let count = [6, 8, 10].iter().try_fold(0_u16, |sum, at| sum.checked_add(number(packet, *at)?))?;
    let mut at = 12_usize;
    for _ in 0..questions {
        at = past_name(packet, at)?.checked_add(4)?;
    }
    for _ in 0..count {
        let fields = past_name(packet, at)?;
        let len = usize::from(number(packet, fields.checked_add(8)?)?);
        let record = Record { name: at, kind: number(packet, fields)?, start: fields.checked_add(10)?, len };
        each(&record)?;
        at = record.start.checked_add(len)?;
    }
    Some(())
}

fn past_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match packet.get(at)? {
            0 => return at.checked_add(1),
            0xc0.. => return at.checked_add(2),
            len => at = at.checked_add(usize::from(*len))?.checked_add(1)?,
        }
    }
}

/// The labels of a name in a packet, where it may point back to others.
struct Name<'a> {
    packet: &'a [u8],
    at: usize,
    jumps: u8,
}

impl<'a> Iterator for Name<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            match *self.packet.get(self.at)? {
                0 => return None,
                high @ 0xc0.. => {
                    // A name may point in circles.
                    self.jumps = self.jumps.checked_sub(1)?;
                    let low = *self.packet.get(self.at.checked_add(1)?)?;
                    self.at = usize::from(u16::from_be_bytes([high & 0x3f, low]));
                }
                len => {
                    let start = self.at.checked_add(1)?;
                    self.at = start.checked_add(len.into())?;
                    return self.packet.get(start..self.at);
                }
            }
        }
    }
}

const fn name(packet: &[u8], at: usize) -> Name<'_> {
    Name { packet, at, jumps: 8 }
}

fn is(packet: &[u8], at: usize, other: &str) -> bool {
    let mut labels = labels(other);
    name(packet, at)
        .all(|label| labels.next().is_some_and(|other| other.as_bytes().eq_ignore_ascii_case(label)))
        && labels.next().is_none()
}

fn ends_with(packet: &[u8], at: usize, other: &str) -> bool {
    let more = name(packet, at).count().saturating_sub(labels(other).count());
    let mut labels = labels(other);
    name(packet, at)
        .skip(more)
        .all(|label| labels.next().is_some_and(|other| other.as_bytes().eq_ignore_ascii_case(label)))
        && labels.next().is_none()
}

fn same(packet: &[u8], one: usize, other: usize) -> bool {
    let mut labels = name(packet, other);
    name(packet, one).all(|label| labels.next().is_some_and(|other| other.eq_ignore_ascii_case(label)))
        && labels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(records: &[(&[u8], u16, &[u8])]) -> Vec<u8> {
        let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, records.len() as u8, 0, 0, 0, 0];
        for (name, kind, data) in records {
            packet.extend(*name);
            packet.extend(kind.to_be_bytes());
            packet.extend([0x80, 1, 0, 0, 0, 120]);
            packet.extend((data.len() as u16).to_be_bytes());
            packet.extend(*data);
        }
        packet
    }

    const DESK: &[u8] = b"\x04Desk\x05local\x00";
    const SERVED: &[u8] = b"\x05house\x09_costline\x04_tcp\x05local\x00";

    #[test]
    fn asks() {
        let mut buffer = [0; MAX_QUESTION];
        let len = ask_service(&mut buffer).unwrap();
        assert_eq!(
            &buffer[..len],
            b"\0\0\0\0\0\x01\0\0\0\0\0\0\x09_costline\x04_tcp\x05local\0\0\x0c\x80\x01"
        );
        let len = ask_host(&mut buffer, "desk").unwrap();
        assert_eq!(&buffer[..len], b"\0\0\0\0\0\x01\0\0\0\0\0\0\x04desk\x05local\0\0\x01\x80\x01");
        assert_eq!(ask_host(&mut buffer, &"x".repeat(64)), None);
    }

    #[test]
    fn understands_answers() {
        let srv = [b"\0\0\0\0\x20\xb9".as_slice(), DESK].concat();
        let all = packet(&[
            (b"\x09_costline\x04_tcp\x05local\x00", PTR, SERVED),
            (SERVED, 16, b"\x03v=1"),
            (SERVED, SRV, &srv),
            (b"\x05other\x05local\x00", A, &[10, 0, 0, 1]),
            (DESK, A, &[192, 168, 1, 20]),
        ]);
        assert_eq!(service(&all), Some(([192, 168, 1, 20], 8377)));
        assert_eq!(host(&all, "desk"), Some([192, 168, 1, 20]));
        assert_eq!(host(&all, "desk.local"), Some([192, 168, 1, 20]));
        assert_eq!(host(&all, "other.local"), Some([10, 0, 0, 1]));
        assert_eq!(host(&all, "none.local"), None);
        for end in 0..all.len() {
            assert_eq!(service(&all[..end]), None);
        }
        // Another service, no port, no address, a question.
        assert_eq!(service(&packet(&[(DESK, SRV, &srv), (DESK, A, &[1, 2, 3, 4])])), None);
        let none = [b"\0\0\0\0\0\0".as_slice(), DESK].concat();
        assert_eq!(service(&packet(&[(SERVED, SRV, &none), (DESK, A, &[1, 2, 3, 4])])), None);
        assert_eq!(service(&packet(&[(SERVED, SRV, &srv), (DESK, A, &[1, 2])])), None);
        let mut question = all.clone();
        question[2] = 0;
        assert_eq!(service(&question), None);
    }

    #[test]
    fn names_that_point_are_followed_but_not_in_circles() {
        let mut pointing = packet(&[(b"\x04desk\xc0\x1d", A, &[1, 2, 3, 4])]);
        pointing.truncate(12 + 7 + 10);
        // Instead of the data the rest of the name, and its data behind it.
        pointing[27..29].copy_from_slice(&[0, 4]);
        pointing.extend(b"\x05local\x00");
        assert_eq!(host(&pointing, "desk.local"), Some(*b"\x05loc"));
        assert_eq!(host(&packet(&[(b"\xc0\x0c", A, &[1, 2, 3, 4])]), "desk"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), records in any::<u8>()) {
            let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, records, 0, 0, 0, 0];
            packet.extend(bytes);
            let _ = (service(&packet), host(&packet, "desk.local"));
        }
    }
}
