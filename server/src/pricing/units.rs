//! Prices and multipliers as integers, read from decimal text without a detour through floating-point arithmetic.

use serde::de::Visitor;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Decimals of a price in dollars per million tokens: a millionth of that is a pico-dollar per token.
const PRICE_PLACES: usize = 6;
/// Decimals of a multiplier.
const FACTOR_PLACES: usize = 3;

/// A price of tokens in pico-dollars per token, which is millionths of a US dollar per million tokens. Read and
/// written as dollars per million tokens: a number, or a decimal text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

/// A multiplier of prices, in thousandths. Read and written as a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(i64);

/// Why a text is no price or multiplier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something else than digits with at most one point.
    #[error("\"{0}\" is not a plain decimal number such as 3.75")]
    NotADecimal(String),
    /// More decimals than can be kept exactly.
    #[error("{text} has more than {places} decimals: it cannot be kept exactly, so round it")]
    TooFine {
        /// What was written.
        text: String,
        /// The decimals that are kept.
        places: usize,
    },
    /// A number beyond any price.
    #[error("{0} is too large a number")]
    TooLarge(String),
}

impl Price {
    /// A price of so many pico-dollars per token.
    pub const fn from_pico(pico: i64) -> Self {
        Self(pico)
    }

    /// Pico-dollars per token.
    pub const fn pico(self) -> i64 {
        self.0
    }

    /// The price times a multiplier, to the nearest pico-dollar per token.
    #[must_use]
    pub fn times(self, factor: Factor) -> Self {
        let thousandfold = i128::from(self.0) * i128::from(factor.0);
        let nearest = (thousandfold + 500).div_euclid(1_000);
        Self(i64::try_from(nearest).unwrap_or(i64::MAX))
    }
}

impl Factor {
    /// A multiplier of so many thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// Thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }
}

/// Reads a decimal text as an integer of `10^-places`.
pub(super) fn scaled(text: &str, places: usize) -> Result<i64, DecimalError> {
    let text = text.trim();
    let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(DecimalError::NotADecimal(text.to_owned()));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(DecimalError::TooFine { text: text.to_owned(), places });
    }
    let zeros = std::iter::repeat_n(b'0', places - fraction.len());
    let all = whole.bytes().chain(fraction.bytes()).chain(zeros);
    let integer = all
        .map(|digit| i64::from(digit - b'0') * sign)
        .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(digit));
    integer.ok_or_else(|| DecimalError::TooLarge(text.to_owned()))
}

/// Writes an integer of `10^-places` as the shortest decimal text.
fn shown(value: i64, places: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Reads a number or a text as an integer of `10^-places`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
    places: usize,
) -> Result<i64, D::Error> {
    deserializer.deserialize_any(Decimal { places })
}

fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match text.parse::<i64>() {
        Ok(whole) => serializer.serialize_i64(whole),
        Err(_) => serializer.serialize_f64(text.parse().map_err(S::Error::custom)?),
    }
}

struct Decimal {
    places: usize,
}

impl Visitor<'_> for Decimal {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number with at most {} decimals", self.places)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
        scaled(text, self.places).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<i64, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<i64, E> {
        self.visit_str(&number.to_string())
    }

    /// The shortest text that reads back as a double is the decimal that was written, up to 15 significant digits.
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<i64, E> {
        self.visit_str(&number.to_string())
    }
}

impl std::str::FromStr for Price {
    type Err = DecimalError;
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        scaled(text, PRICE_PLACES).map(Self)
    }
}

impl std::str::FromStr for Factor {
    type Err = DecimalError;
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        scaled(text, FACTOR_PLACES).map(Self)
    }
}

/// Dollars per million tokens, exactly: `0.125`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shown(self.0, PRICE_PLACES))
    }
}

/// The multiplier as a decimal: `1.1`.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shown(self.0, FACTOR_PLACES))
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, PRICE_PLACES).map(Self)
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, FACTOR_PLACES).map(Self)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.to_string(), serializer)
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.to_string(), serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_decimals_exactly() {
        for (text, pico) in [
            ("0", 0),
            ("3", 3_000_000),
            ("0.1", 100_000),
            ("18.75", 18_750_000),
            ("0.125", 125_000),
            ("0.000001", 1),
            ("3.7500000000", 3_750_000),
            (" 2.5 ", 2_500_000),
            ("-1.5", -1_500_000),
        ] {
            assert_eq!(text.parse::<Price>().map(Price::pico), Ok(pico), "{text}");
        }
        assert_eq!("1.1".parse::<Factor>().map(Factor::thousandths), Ok(1_100));
        assert_eq!("6".parse::<Factor>().map(Factor::thousandths), Ok(6_000));
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        for text in ["", ".", "-", "1e3", "$3", "1,5", "NaN", "inf", "--1", "1.2.3", "+1"] {
            assert!(matches!(text.parse::<Price>(), Err(DecimalError::NotADecimal(_))), "{text}");
        }
        assert!(matches!("0.0000001".parse::<Price>(), Err(DecimalError::TooFine { places: 6, .. })));
        assert!(matches!("1.0001".parse::<Factor>(), Err(DecimalError::TooFine { places: 3, .. })));
        assert!(matches!("9300000000000".parse::<Price>(), Err(DecimalError::TooLarge(_))));
    }

    #[test]
    fn reads_numbers_and_texts_of_json() {
        let prices: Vec<Price> = serde_json::from_str(r#"[3, 0.1, 37.5, "0.30", 1e-1]"#).unwrap();
        assert_eq!(prices.map_pico(), [3_000_000, 100_000, 37_500_000, 300_000, 100_000]);
        assert_eq!(serde_json::to_string(&prices).unwrap(), "[3,0.1,37.5,0.3,0.1]");
        for bad in ["null", "true", "[]", "1e300", "-1e-9"] {
            assert!(serde_json::from_str::<Price>(bad).is_err(), "{bad}");
        }
    }

    trait Pico {
        fn map_pico(&self) -> Vec<i64>;
    }

    impl Pico for Vec<Price> {
        fn map_pico(&self) -> Vec<i64> {
            self.iter().map(|price| price.pico()).collect()
        }
    }

    #[test]
    fn multiplies_to_the_nearest() {
        let times = |pico, thousandths| Price(pico).times(Factor(thousandths)).pico();
        assert_eq!(times(3_000_000, 1_250), 3_750_000);
        assert_eq!(times(1, 1_250), 1);
        assert_eq!(times(2, 1_250), 3); // 2.5, half up
        assert_eq!(times(i64::MAX, 2_000), i64::MAX);
    }

    proptest! {
        #[test]
        fn text_and_json_keep_every_price(pico in 0_i64..1_000_000_000_000_000) {
            let price = Price(pico);
            prop_assert_eq!(price.to_string().parse::<Price>(), Ok(price));
            let json = serde_json::to_string(&price).unwrap();
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
        }
    }
}
