//! The form, filled in.

use crate::bytes::Bytes;
use crate::http::address;
use crate::settings::Settings;
use crate::text::Text;

/// The settings of a form as a browser sends it; `None` without a network, or where something is too long or no address.
pub fn settings(body: &[u8]) -> Option<Settings> {
    let mut settings = Settings::default();
    for pair in body.split(|byte| *byte == b'&') {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at_checked(equals)?;
        let (value, len) = decoded(value.strip_prefix(b"=")?)?;
        let value = value.get(..len)?;
        match name {
            b"network" => settings.network = Bytes::new(value)?,
            b"password" => settings.password = Bytes::new(value)?,
            b"server" => {
                let server = core::str::from_utf8(value).ok()?.trim();
                if !server.is_empty() {
                    address(server)?;
                }
                settings.server = Text::new(server);
            }
            b"token" => settings.token = Bytes::new(value.trim_ascii()).filter(printable)?,
            _ => {}
        }
    }
    (!settings.network.is_empty()).then_some(settings)
}

fn printable(token: &Bytes<64>) -> bool {
    token.as_slice().iter().all(|byte| (b'!'..=b'~').contains(byte))
}

fn decoded(value: &[u8]) -> Option<([u8; 64], usize)> {
    let (mut bytes, mut len) = ([0; 64], 0_usize);
    let mut rest = value.iter();
    while let Some(byte) = rest.next() {
        *bytes.get_mut(len)? = match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                (digit()?.wrapping_shl(4) | digit()?) as u8
            }
            plain => *plain,
        };
        len = len.checked_add(1)?;
    }
    Some((bytes, len))
}
