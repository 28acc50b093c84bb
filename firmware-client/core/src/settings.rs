//! What a display has to know, as it is kept in flash: two sectors are written by turns, so that one is whole whenever the
//! power goes.

use crate::bytes::{Bytes, Writer};
use crate::text::Text;

/// Bytes of a record.
pub const RECORD: usize = 256;

const MAGIC: &[u8; 4] = b"CLD1";

/// What a display has to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The wireless network's name.
    pub network: Bytes<32>,
    /// Its password; empty for an open one.
    pub password: Bytes<64>,
    /// The server's address as the user gave it; empty to look for it.
    pub server: Text<48>,
    /// The token to read with; empty for none.
    pub token: Bytes<64>,
    /// Where the server was found last.
    pub last: Option<([u8; 4], u16)>,
}

impl Settings {
    /// Writes a record; the one with the greatest number counts.
    pub fn encode(&self, number: u32) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        let mut out = Writer::new(&mut record);
        out.put(MAGIC).put(&number.to_be_bytes());
        for field in
            [self.network.as_slice(), self.password.as_slice(), self.server.as_bytes(), self.token.as_slice()]
        {
            out.put(&[field.len() as u8]).put(field);
        }
        let (address, port) = self.last.unwrap_or_default();
        out.put(&address).u16(port);
        if let Some((body, sum)) = record.split_last_chunk_mut::<4>() {
            *sum = crc32(body).to_be_bytes();
        }
        record
    }

    /// Reads a record and its number; `None` where there is none, or not a whole one.
    pub fn decode(record: &[u8]) -> Option<(u32, Self)> {
        let record: &[u8; RECORD] = record.first_chunk()?;
        let (body, sum) = record.split_last_chunk::<4>()?;
        let rest = body.strip_prefix(MAGIC)?;
        if crc32(body) != u32::from_be_bytes(*sum) {
            return None;
        }
        let (number, mut rest) = rest.split_first_chunk::<4>()?;
        let mut field = || {
            let (len, after) = rest.split_first()?;
            let (field, after) = after.split_at_checked(usize::from(*len))?;
            rest = after;
            Some(field)
        };
        let mut settings = Self {
            network: Bytes::new(field()?)?,
            password: Bytes::new(field()?)?,
            server: Text::new(core::str::from_utf8(field()?).ok()?),
            token: Bytes::new(field()?)?,
            last: None,
        };
        if let Some(([a, b, c, d, high, low], _)) = rest.split_first_chunk::<6>() {
            let port = u16::from_be_bytes([*high, *low]);
            settings.last = (port != 0).then_some(([*a, *b, *c, *d], port));
        }
        Some((u32::from_be_bytes(*number), settings))
    }

    /// The newer of two records, its number, and the sector to be written next: 0 or 1.
    pub fn newest(first: &[u8], second: &[u8]) -> (Option<Self>, u32, u32) {
        match (Self::decode(first), Self::decode(second)) {
            (Some((one, settings)), Some((two, _))) if one >= two => (Some(settings), one, 1),
            (_, Some((two, settings))) => (Some(settings), two, 0),
            (Some((one, settings)), None) => (Some(settings), one, 1),
            (None, None) => (None, 0, 0),
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_went() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let settings = Settings {
            network: Bytes::new("Zürich \"2\"".as_bytes()).unwrap(),
            password: Bytes::new(&[b'p'; 64]).unwrap(),
            server: Text::new("desk.local:9000"),
            token: Bytes::new(&[b't'; 64]).unwrap(),
            last: Some(([192, 168, 1, 20], 8377)),
        };
        let record = settings.encode(7);
        assert_eq!(Settings::decode(&record), Some((7, settings)));
        let none = Settings::default();
        assert_eq!(Settings::decode(&none.encode(1)), Some((1, none)));
        for index in 0..RECORD {
            let mut damaged = record;
            damaged[index] ^= 0x10;
            assert_eq!(Settings::decode(&damaged), None, "byte {index}");
        }
        assert_eq!(Settings::decode(&[0xff; RECORD]), None);
        assert_eq!(Settings::decode(&record[..100]), None);
    }

    #[test]
    fn the_newer_counts() {
        let (old, new) = (Settings::default(), Settings { server: Text::new("desk"), ..Settings::default() });
        let (first, second, empty) = (old.encode(4), new.encode(5), [0xff; RECORD]);
        assert_eq!(Settings::newest(&first, &second), (Some(new), 5, 0));
        assert_eq!(Settings::newest(&second, &first), (Some(new), 5, 1));
        assert_eq!(Settings::newest(&first, &empty), (Some(old), 4, 1));
        assert_eq!(Settings::newest(&empty, &first), (Some(old), 4, 0));
        assert_eq!(Settings::newest(&empty, &empty), (None, 0, 0));
    }
}
