//! Short ASCII texts of a fixed capacity: what the fonts of a display can draw, and JSON can carry without escapes.

use core::fmt;

/// At most `N` printable ASCII characters, neither `"` nor `\` among them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// As much of any text as fits: accents are dropped, typographic marks become plain ones, what has no ASCII
    /// form becomes `?`. A text that does not fit ends in `..`.
    pub fn new(text: &str) -> Self {
        let mut made = Self::EMPTY;
        let mut whole = true;
        for char in text.chars() {
            whole &= made.push_char(char);
        }
        if !whole {
            made.mark_cut();
        }
        made
    }

    /// Appends a character in its ASCII form; says whether all of it fitted.
    pub fn push_char(&mut self, char: char) -> bool {
        match ascii(char) {
            Form::One(byte) => self.push(byte),
            Form::Two(first, second) => self.push(first) && self.push(second),
            Form::None => true,
        }
    }

    /// Appends a byte as it is, unless it is not printable or there is no room; says whether there was room.
    pub fn push(&mut self, byte: u8) -> bool {
        let byte = match byte {
            b'"' | b'\\' => b'\'',
            b' '..=b'~' => byte,
            _ => b' ',
        };
        match self.bytes.get_mut(usize::from(self.len)) {
            Some(place) if self.len < u8::MAX => {
                *place = byte;
                self.len = self.len.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Appends as much of a text as there is room for.
    pub fn push_str(&mut self, text: &str) {
        for char in text.chars() {
            self.push_char(char);
        }
    }

    /// Appends a number in at least so many digits.
    pub fn push_number(&mut self, number: u64, digits: u32) {
        let mut divisor = 1_u64;
        let mut count = 1_u32;
        while count < digits || number.checked_div(divisor).is_some_and(|rest| rest >= 10) {
            divisor = divisor.saturating_mul(10);
            count = count.saturating_add(1);
        }
        let mut rest = number;
        while let Some(digit) = rest.checked_div(divisor) {
            self.push(b'0'.saturating_add(digit as u8));
            rest = rest.checked_rem(divisor).unwrap_or(0);
            divisor /= 10;
        }
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            // Texts are compared by all of their bytes.
            *place = 0;
        }
    }

    /// Ends in `..`, in place of what stands there.
    pub fn mark_cut(&mut self) {
        let len = usize::from(self.len);
        if let Some(end) = self.bytes.get_mut(len.saturating_sub(2)..len) {
            end.fill(b'.');
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever pushed.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether there is no text.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

enum Form {
    One(u8),
    Two(u8, u8),
    None,
}

fn ascii(char: char) -> Form {
    Form::One(match char {
        ' '..='~' => char as u8,
        '\u{c0}'..='\u{c3}' | '\u{c5}' => b'A',
        '\u{e0}'..='\u{e3}' | '\u{e5}' => b'a',
        'Ä' | 'Æ' => return Form::Two(b'A', b'e'),
        'ä' | 'æ' => return Form::Two(b'a', b'e'),
        'Ö' | 'Œ' => return Form::Two(b'O', b'e'),
        'ö' | 'œ' => return Form::Two(b'o', b'e'),
        'Ü' => return Form::Two(b'U', b'e'),
        'ü' => return Form::Two(b'u', b'e'),
        'ß' => return Form::Two(b's', b's'),
        'Ç' => b'C',
        'ç' => b'c',
        '\u{c8}'..='\u{cb}' => b'E',
        '\u{e8}'..='\u{eb}' => b'e',
        '\u{cc}'..='\u{cf}' => b'I',
        '\u{ec}'..='\u{ef}' => b'i',
        'Ñ' => b'N',
        'ñ' => b'n',
        'Ò'..='Õ' | 'Ø' => b'O',
        'ò'..='õ' | 'ø' => b'o',
        'Ù'..='Û' => b'U',
        'ù'..='û' => b'u',
        '\u{2018}' | '\u{2019}' | '\u{201c}'..='\u{201e}' => b'\'',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{b7}' => b'-',
        '\u{2026}' => return Form::Two(b'.', b'.'),
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => return Form::None,
        _ if char.is_control() || char.is_whitespace() => b' ',
        _ => b'?',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_short_ascii() {
        for (given, expected) in [
            ("Opus 4.8", "Opus 4.8"),
            ("Fix the café’s door", "Fix the cafe's door"),
            ("Größe", "Groesse"),
            ("a · b … c", "a - b .. c"),
            ("say \"hi\" \\ bye", "say 'hi' ' bye"),
            ("tab\there\n", "tab here "),
            ("日本", "??"),
            ("e\u{301}a", "ea"),
            ("exactly twenty-four chars", "exactly twenty-four ch.."),
            ("exactly twenty-four char", "exactly twenty-four char"),
            ("", ""),
        ] {
            assert_eq!(Text::<24>::new(given).as_str(), expected, "{given}");
        }
        assert_eq!(Text::<1>::new("ab").as_str(), ".");
        assert_eq!(Text::<0>::new("ab").as_str(), "");
    }
}
