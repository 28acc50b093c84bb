//! Amounts finer than a nano-dollar, as decimal texts.

use crate::money::NanoUsd;
use std::fmt;

/// An amount of money in fractions of a nano-dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact {
    amount: i128,
    /// How many of them are a nano-dollar: a power of ten.
    unit: i128,
}

impl Exact {
    pub(super) const fn new(amount: i128, unit: i128) -> Self {
        Self { amount, unit }
    }

    /// What is to be added to come to a rounded amount.
    pub(super) fn to_rounded(self, rounded: NanoUsd) -> Self {
        let whole = i128::from(rounded.0).saturating_mul(self.unit);
        Self { amount: whole.saturating_sub(self.amount), unit: self.unit }
    }
}

/// In dollars, with all digits: `0.0123455`.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollar = self.unit.unsigned_abs().max(1).saturating_mul(1_000_000_000);
        let places = dollar.ilog10() as usize;
        let (whole, rest) = (self.amount.unsigned_abs() / dollar, self.amount.unsigned_abs() % dollar);
        let sign = if self.amount < 0 { "-" } else { "" };
        let digits = format!("{rest:0places$}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            digits => write!(f, "{sign}{whole}.{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_all_digits() {
        for (amount, unit, expected) in [
            (0, 1_000, "0"),
            (1, 1_000, "0.000000000001"),
            (12_345_500_000, 1_000, "0.0123455"),
            (-1_500_000_000_000, 1_000, "-1.5"),
            (11, 1_000_000, "0.000000000000011"),
        ] {
            assert_eq!(Exact::new(amount, unit).to_string(), expected);
        }
        let exact = Exact::new(12_345_678, 1_000);
        assert_eq!(exact.to_rounded(NanoUsd(12_346)).to_string(), "0.000000000322");
    }
}
