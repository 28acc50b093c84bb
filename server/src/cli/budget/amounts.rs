//! Amounts and durations, as people write them.

use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE, Millis};

/// Hard limits are lifted for no longer.
const LONGEST: Millis = 31 * 24 * HOUR;

/// Reads `10`, `$2.50`.
pub(super) fn money(text: &str) -> Result<NanoUsd, String> {
    let wanted = || "give an amount of dollars such as 10 or 2.50".to_owned();
    let dollars: f64 = text.trim().trim_start_matches('$').parse().map_err(|_| wanted())?;
    if dollars > 0.0 && dollars <= 1e9 { Ok(NanoUsd::from_dollars(dollars)) } else { Err(wanted()) }
}

/// Reads `30m`, `2h`, `1h30m`, `1d`.
pub(super) fn duration(text: &str) -> Result<Millis, String> {
    let wanted = || "give a duration such as 30m, 2h or 1h30m, of 31 days at most".to_owned();
    let (mut sum, mut digits) = (0_i64, String::new());
    for letter in text.trim().chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'm' => MINUTE,
            'h' => HOUR,
            'd' => 24 * HOUR,
            _ => return Err(wanted()),
        };
        let count: i64 = digits.parse().map_err(|_| wanted())?;
        sum = count.checked_mul(unit).and_then(|more| sum.checked_add(more)).ok_or_else(wanted)?;
        digits.clear();
    }
    if digits.is_empty() && (1..=LONGEST).contains(&sum) { Ok(sum) } else { Err(wanted()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_amounts() {
        for (text, expected) in [
            ("30m", Some(30 * MINUTE)),
            ("2h", Some(2 * HOUR)),
            ("1h30m", Some(90 * MINUTE)),
            ("1d", Some(24 * HOUR)),
            ("30", None),
            ("", None),
            ("0m", None),
            ("m", None),
            ("1y", None),
            ("32d", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(duration(text).ok(), expected, "{text}");
        }
        for (text, expected) in [
            ("10", Some(10_000_000_000)),
            ("$2.50", Some(2_500_000_000)),
            ("0.000000001", Some(1)),
            ("0", None),
            ("-1", None),
            ("nan", None),
            ("inf", None),
            ("ten", None),
        ] {
            assert_eq!(money(text).ok(), expected.map(NanoUsd), "{text}");
        }
    }
}
