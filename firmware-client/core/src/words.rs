//! Numbers as a small screen has room for them.

use crate::text::Text;

/// A short text.
pub type Word = Text<12>;

/// Cents as `$0.42`, `$12.48`, `$239.10`, `$1,043`, `$104k`.
pub fn money(cents: u32) -> Word {
    let mut word = Word::EMPTY;
    word.push(b'$');
    append_amount(&mut word, cents);
    word
}

/// The same without the sign.
pub fn amount(cents: u32) -> Word {
    let mut word = Word::EMPTY;
    append_amount(&mut word, cents);
    word
}

fn append_amount(word: &mut Word, cents: u32) {
    let dollars = u64::from(cents / 100);
    match dollars {
        0..=999 => {
            word.push_number(dollars, 1);
            word.push(b'.');
            word.push_number((cents % 100).into(), 2);
        }
        1000..=99_999 => {
            word.push_number(dollars / 1000, 1);
            word.push(b',');
            word.push_number(dollars % 1000, 3);
        }
        _ => {
            word.push_number(dollars / 1000, 1);
            word.push(b'k');
        }
    }
}

/// A limit in cents: `$25`, `$7.50`, `$1,200`.
pub fn round_money(cents: u32) -> Word {
    if cents.is_multiple_of(100) && cents < 100_000 {
        let mut word = Word::EMPTY;
        word.push(b'$');
        word.push_number((cents / 100).into(), 1);
        return word;
    }
    money(cents)
}

/// `$31`: as many dollars as come nearest; from a thousand on as [`money`], which has no cents there.
pub fn dollars(cents: u32) -> Word {
    if cents >= 100_000 {
        return money(cents);
    }
    let mut word = Word::EMPTY;
    word.push(b'$');
    word.push_number((u64::from(cents).saturating_add(50)) / 100, 1);
    word
}

/// `950`, `136k`, `4.8M`, `48M`, `1.2G`.
pub fn tokens(count: u64) -> Word {
    let mut word = Word::EMPTY;
    let (unit, tenths, name) = match count {
        0..=999 => (count, None, b' '),
        1000..=999_999 => (count / 1000, None, b'k'),
        1_000_000..=9_999_999 => (count / 1_000_000, Some(count / 100_000 % 10), b'M'),
        10_000_000..=999_999_999 => (count / 1_000_000, None, b'M'),
        _ => (count / 1_000_000_000, Some(count / 100_000_000 % 10), b'G'),
    };
    word.push_number(unit, 1);
    if let Some(tenths) = tenths {
        word.push(b'.');
        word.push_number(tenths, 1);
    }
    if name != b' ' {
        word.push(name);
    }
    word
}

/// Seconds as `now`, `40s`, `12m`, `1h02`, `3d4h`.
pub fn span(seconds: u32) -> Word {
    let mut word = Word::EMPTY;
    let seconds = u64::from(seconds);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let mut write = |number: u64, digits: u32, unit: &str| {
        word.push_number(number, digits);
        word.push_str(unit);
    };
    match seconds {
        0 => word.push_str("now"),
        1..=59 => write(seconds, 1, "s"),
        60..=3599 => write(minutes, 1, "m"),
        3600..=86_399 => {
            write(hours, 1, "h");
            write(minutes % 60, 2, "");
        }
        _ => {
            write(days, 1, "d");
            write(hours % 24, 1, "h");
        }
    }
    word
}

/// `49%`.
pub fn percent(percent: u32) -> Word {
    let mut word = Word::EMPTY;
    word.push_number(percent.into(), 1);
    word.push(b'%');
    word
}

/// Texts one after another.
pub fn join<const N: usize>(parts: &[&str]) -> Text<N> {
    let mut text = Text::EMPTY;
    for part in parts {
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words() {
        for (cents, expected, limit) in [
            (0, "$0.00", "$0"),
            (42, "$0.42", "$0.42"),
            (1248, "$12.48", "$12.48"),
            (2500, "$25.00", "$25"),
            (99_999, "$999.99", "$999.99"),
            (100_000, "$1,000", "$1,000"),
            (104_399, "$1,043", "$1,043"),
            (9_999_999, "$99,999", "$99,999"),
            (10_432_100, "$104k", "$104k"),
            (99_999_999, "$999k", "$999k"),
            (u32::MAX, "$42949k", "$42949k"),
        ] {
            assert_eq!(money(cents).as_str(), expected);
            assert_eq!(format!("${}", amount(cents)), expected);
            assert_eq!(round_money(cents).as_str(), limit);
        }
        for (cents, expected) in
            [(0, "$0"), (49, "$0"), (50, "$1"), (3069, "$31"), (99_999, "$1000"), (123_456, "$1,234")]
        {
            assert_eq!(dollars(cents).as_str(), expected);
        }
        for (count, expected) in [
            (0, "0"),
            (999, "999"),
            (1999, "1k"),
            (136_400, "136k"),
            (999_999, "999k"),
            (4_812_345, "4.8M"),
            (48_123_456, "48M"),
            (1_234_567_890, "1.2G"),
            (999_999_999_999, "999.9G"),
            (u64::MAX, "18446744073."),
        ] {
            assert_eq!(tokens(count).as_str(), expected);
        }
        for (seconds, expected) in [
            (0, "now"),
            (59, "59s"),
            (60, "1m"),
            (3599, "59m"),
            (3600, "1h00"),
            (3720, "1h02"),
            (86_399, "23h59"),
            (86_400, "1d0h"),
            (273_600, "3d4h"),
            (u32::MAX, "49710d6h"),
        ] {
            assert_eq!(span(seconds).as_str(), expected);
        }
        assert_eq!(percent(49).as_str(), "49%");
        assert_eq!(join::<8>(&["of ", "$25", " and more"]).as_str(), "of $25 a");
    }
}
