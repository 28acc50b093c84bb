//! Prices that a person states in the configuration, as `[[prices.override]]` tables.

mod apply;
mod validate;

pub(super) use apply::apply;
pub use validate::OverrideError;

use super::units::{Factor, Price};
use chrono::NaiveDate;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A price of one model that beats the built-in one from a date on, or always.
///
/// Of a model that the table knows, what is left out stays as it is on each date. A model that it does not know
/// needs `input` and `output`; cache prices that are left out follow from `input`: 0.1 of it for a read, 1.25 for a
/// five-minute write, 2 for a one-hour write. Several overrides of one model apply by their dates, and of one date
/// in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The model, in any spelling.
    pub model: String,
    /// Further ids that mean this model, such as a gateway's or an inference profile's.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The first day (UTC) on which it holds; always, if left out.
    #[serde(default, deserialize_with = "optional_date")]
    pub from_date: Option<NaiveDate>,
    /// Price of input in dollars per million tokens, as all prices here.
    pub input: Option<Price>,
    /// Price of output.
    pub output: Option<Price>,
    /// Price of cache reads.
    pub cache_read: Option<Price>,
    /// Price of writes to the five-minute cache.
    pub cache_write_5m: Option<Price>,
    /// Price of writes to the one-hour cache.
    pub cache_write_1h: Option<Price>,
    /// Other prices beyond a length of the prompt.
    pub long_prompt: Option<LongPromptOverride>,
    /// Multiplier of fast mode. A known date of its removal stays unless `fast_removed` says otherwise.
    pub fast_multiplier: Option<Factor>,
    /// The first day (UTC) without fast mode.
    #[serde(default, deserialize_with = "optional_date")]
    pub fast_removed: Option<NaiveDate>,
    /// Multiplier of inference kept in the US.
    pub us_inference_multiplier: Option<Factor>,
    /// Multiplier of regional endpoints of cloud providers.
    pub regional_multiplier: Option<Factor>,
    /// Multiplier of the batch API.
    pub batch_multiplier: Option<Factor>,
    /// The context window in tokens, for all dates.
    pub context_window: Option<i64>,
    /// The longest answer in tokens, for all dates; needs a known context window.
    pub max_output: Option<i64>,
}

/// The long-prompt prices of an override; what is left out stays, or follows from `input` as above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPromptOverride {
    /// The longest prompt at the ordinary price, in tokens; 0 says that the length makes no difference.
    pub over_prompt_tokens: Option<i64>,
    /// Price of input beyond.
    pub input: Option<Price>,
    /// Price of output beyond.
    pub output: Option<Price>,
    /// Price of cache reads beyond.
    pub cache_read: Option<Price>,
    /// Price of writes to the five-minute cache beyond.
    pub cache_write_5m: Option<Price>,
    /// Price of writes to the one-hour cache beyond.
    pub cache_write_1h: Option<Price>,
}

/// The five prices that an override or its long-prompt part may state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stated {
    input: Option<Price>,
    output: Option<Price>,
    cache_read: Option<Price>,
    cache_write_5m: Option<Price>,
    cache_write_1h: Option<Price>,
}

impl Stated {
    fn named(self) -> [(&'static str, Option<Price>); 5] {
        [
            ("input", self.input),
            ("output", self.output),
            ("cache_read", self.cache_read),
            ("cache_write_5m", self.cache_write_5m),
            ("cache_write_1h", self.cache_write_1h),
        ]
    }

    fn is_empty(self) -> bool {
        self.named().iter().all(|(_, price)| price.is_none())
    }
}

impl Override {
    const fn stated(&self) -> Stated {
        Stated {
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write_5m,
            cache_write_1h: self.cache_write_1h,
        }
    }

    fn multipliers(&self) -> [(&'static str, Option<Factor>); 4] {
        [
            ("fast_multiplier", self.fast_multiplier),
            ("us_inference_multiplier", self.us_inference_multiplier),
            ("regional_multiplier", self.regional_multiplier),
            ("batch_multiplier", self.batch_multiplier),
        ]
    }

    /// Whether it states any price, rather than only names or the window.
    fn prices_anything(&self) -> bool {
        !self.stated().is_empty()
            || self.long_prompt.is_some()
            || self.fast_removed.is_some()
            || self.multipliers().iter().any(|(_, factor)| factor.is_some())
    }
}

impl LongPromptOverride {
    const fn stated(&self) -> Stated {
        Stated {
            input: self.input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write_5m,
            cache_write_1h: self.cache_write_1h,
        }
    }
}

/// A date, as a text (`"2026-10-07"`) or as TOML's own kind of date.
fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    deserializer.deserialize_any(Date)
}

struct Date;

impl<'de> Visitor<'de> for Date {
    type Value = Option<NaiveDate>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date such as 2026-10-07, without a time")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse()
            .map(Some)
            .map_err(|_| E::custom(format_args!("\"{text}\" is no date such as 2026-10-07")))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    /// TOML's own dates arrive as a map with one text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((_, text)) => self.visit_str(&text),
            None => Err(A::Error::custom("an empty table is no date")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Prices {
        #[serde(rename = "override")]
        overrides: Vec<Override>,
    }

    fn price(text: &str) -> Option<Price> {
        text.parse().ok()
    }

    #[test]
    fn reads_the_configuration() {
        let text = r#"
            [[override]]
            model = "claude-sonnet-5-5"
            from_date = 2026-12-01
            input = 1
            cache_read = "0.05"
            long_prompt = { over_prompt_tokens = 100_000, input = 2.5, output = 12 }

            [[override]]
            model = "house-model"
            aliases = ["gateway/house"]
            from_date = "2026-12-24"
            fast_multiplier = 1.5
            fast_removed = "2027-01-01"
            context_window = 64000
        "#;
        let read = toml::from_str::<Prices>(text).unwrap().overrides;
        let tier = LongPromptOverride {
            over_prompt_tokens: Some(100_000),
            input: price("2.5"),
            output: price("12"),
            ..LongPromptOverride::default()
        };
        let expected = [
            Override {
                model: "claude-sonnet-5-5".to_owned(),
                from_date: NaiveDate::from_ymd_opt(2026, 12, 1),
                input: price("1"),
                cache_read: price("0.05"),
                long_prompt: Some(tier),
                ..Override::default()
            },
            Override {
                model: "house-model".to_owned(),
                aliases: vec!["gateway/house".to_owned()],
                from_date: NaiveDate::from_ymd_opt(2026, 12, 24),
                fast_multiplier: Some(Factor::from_thousandths(1_500)),
                fast_removed: NaiveDate::from_ymd_opt(2027, 1, 1),
                context_window: Some(64_000),
                ..Override::default()
            },
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn says_where_the_configuration_is_wrong() {
        for (line, said) in [
            ("from_date = 2026-12-01T10:00:00Z", "is no date such as"),
            ("from_date = \"soon\"", "is no date such as"),
            ("from_date = 5", "a date such as"),
            ("inptu = 3", "unknown field `inptu`"),
            ("input = \"three\"", "not a plain decimal number"),
            ("input = 0.00000001", "more than 6 decimals"),
        ] {
            let text = format!("[[override]]\nmodel = \"m\"\n{line}\n");
            let error =
                toml::from_str::<Prices>(&text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn written_and_read_again_is_the_same() {
        let read: Override = toml::from_str("model = \"m\"\ninput = 0.1\nfrom_date = 2026-12-01\n").unwrap();
        assert_eq!(toml::from_str::<Override>(&toml::to_string(&read).unwrap()).unwrap(), read);
    }
}
