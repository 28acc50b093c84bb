//! Money as an integer of nano-dollars.
//!
//! Every list price of at most three decimals per million tokens is a whole number of nano-dollars per token, so
//! sums are exact and do not depend on their order. An `i64` holds nine billion dollars.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in billionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i64);

impl NanoUsd {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// One dollar.
    pub const DOLLAR: Self = Self(1_000_000_000);

    /// Whole cents, rounded half up: what a short text shows.
    pub const fn cents(self) -> i64 {
        (self.0 + 5_000_000).div_euclid(10_000_000)
    }

    /// The amount as a floating-point number of dollars, for rates and charts; never for sums.
    #[allow(clippy::float_arithmetic, reason = "the one door from money to floating point")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The nearest amount to a floating-point number of dollars; what is not finite is zero.
    #[allow(clippy::float_arithmetic, reason = "the one door from floating point to money")]
    pub fn from_dollars(dollars: f64) -> Self {
        // A cast saturates, and turns NaN into zero.
        Self((dollars * 1e9).round() as i64)
    }

    /// `$1.23`, `-$0.50`, `<$0.01`, `$1,234.50`: for people, rounded to the cent.
    pub fn short(self) -> String {
        if self.0 > 0 && self.0 < 5_000_000 {
            return "<$0.01".to_owned();
        }
        let cents = self.cents();
        let sign = if cents < 0 { "-" } else { "" };
        let whole = crate::tokens::grouped((cents / 100).unsigned_abs());
        format!("{sign}${whole}.{:02}", (cents % 100).abs())
    }

    /// The amount for each of `count`, rounded half up to the nano-dollar; of none it is the whole.
    #[must_use]
    pub const fn over(self, count: i64) -> Self {
        let count = if count < 1 { 1 } else { count };
        Self(self.0.saturating_add(count / 2).div_euclid(count))
    }

    /// Splits the amount into `parts` equal shares that sum to it exactly; the first shares carry the remainder.
    pub fn shares(self, parts: usize) -> impl Iterator<Item = Self> {
        shares(self.0, parts).map(Self)
    }
}

/// Splits `whole` into `parts` integers that differ by at most one and sum to it (largest remainder).
pub fn shares(whole: i64, parts: usize) -> impl Iterator<Item = i64> {
    let count = i64::try_from(parts.max(1)).unwrap_or(i64::MAX);
    let (each, rest) = (whole.div_euclid(count), whole.rem_euclid(count));
    (0..count).map(move |index| each + i64::from(index < rest))
}

impl std::ops::Add for NanoUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::AddAssign for NanoUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::Sub for NanoUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |sum, next| sum + next)
    }
}

/// Exact to nine decimals: with all its digits in exponent-free form (`12.000000345`).
impl std::fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, abs) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, nano) = (abs / 1_000_000_000, abs % 1_000_000_000);
        if nano == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{nano:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// On the wire money is a decimal number of dollars. A double holds every amount up to a million dollars to the
/// nano-dollar (15 significant digits), and the shortest text that reads back as that double is the exact amount.
impl Serialize for NanoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % Self::DOLLAR.0 == 0 {
            serializer.serialize_i64(self.0 / Self::DOLLAR.0)
        } else {
            serializer.serialize_f64(self.dollars())
        }
    }
}

impl<'de> Deserialize<'de> for NanoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from_dollars)
    }
}

/// Money as a whole number of nano-dollars, for what this program alone reads: exact, however much it is.
pub mod nanos {
    use super::NanoUsd;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        missing_docs,
        reason = "the form that serde's `with` asks for"
    )]
    pub fn serialize<S: Serializer>(money: &NanoUsd, serializer: S) -> Result<S::Ok, S::Error> {
        money.0.serialize(serializer)
    }

    #[allow(missing_docs, reason = "the form that serde's `with` asks for")]
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NanoUsd, D::Error> {
        i64::deserialize(deserializer).map(NanoUsd)
    }

    /// The same of what may not be known.
    pub mod option {
        use super::{Deserialize, Deserializer, NanoUsd, Serialize, Serializer};

        #[allow(clippy::ref_option, missing_docs, reason = "the form that serde's `with` asks for")]
        pub fn serialize<S: Serializer>(money: &Option<NanoUsd>, serializer: S) -> Result<S::Ok, S::Error> {
            money.map(|money| money.0).serialize(serializer)
        }

        #[allow(missing_docs, reason = "the form that serde's `with` asks for")]
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NanoUsd>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(NanoUsd))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_exact_and_short_forms() {
        for (nano, exact, short) in [
            (0, "0", "$0.00"),
            (1, "0.000000001", "<$0.01"),
            (5_000_000, "0.005", "$0.01"),
            (1_230_000_000, "1.23", "$1.23"),
            (12_000_000_345, "12.000000345", "$12.00"),
            (1_234_567_890_000_000, "1234567.89", "$1,234,567.89"),
            (-500_000_000, "-0.5", "-$0.50"),
            (-123_456_000_000, "-123.456", "-$123.46"),
        ] {
            assert_eq!(NanoUsd(nano).to_string(), exact);
            assert_eq!(NanoUsd(nano).short(), short, "{nano}");
        }
    }

    proptest! {
        #[test]
        fn json_keeps_every_nano_dollar_up_to_a_million(nano in -1_000_000_000_000_000_i64..1_000_000_000_000_000) {
            let text = serde_json::to_string(&NanoUsd(nano)).unwrap();
            prop_assert_eq!(serde_json::from_str::<NanoUsd>(&text).unwrap(), NanoUsd(nano));
            let decimals: f64 = NanoUsd(nano).to_string().parse().unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), decimals.to_bits());
        }

        #[test]
        fn shares_sum_to_the_whole(whole in any::<i64>(), parts in 1_usize..40) {
            let shares: Vec<i64> = shares(whole, parts).collect();
            prop_assert_eq!(shares.len(), parts);
            prop_assert_eq!(shares.iter().map(|share| i128::from(*share)).sum::<i128>(), i128::from(whole));
            let (low, high) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            prop_assert!(high - low <= 1);
        }
    }
}
