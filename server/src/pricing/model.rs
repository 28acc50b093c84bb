//! What the table knows of one model: its names, and its prices from date to date.

use super::units::{Factor, Price};
use super::window::WindowRule;
use crate::tokens::Tokens;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One model and all its prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Model {
    /// The canonical name.
    pub name: String,
    /// Other ids of the same model.
    pub aliases: Vec<String>,
    /// Prices by date, oldest first; each holds until the next begins.
    pub periods: Vec<Period>,
    /// The context window, if known.
    pub(super) window: Option<WindowRule>,
}

/// The prices that hold from one day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first day, in UTC; `None` is from the beginning.
    pub from: Option<NaiveDate>,
    /// The list price.
    pub rates: Rates,
    /// The price of requests with a long prompt, where it differs.
    pub long_prompt: Option<LongPrompt>,
    /// The price of fast mode, where it is or was offered.
    pub fast: Option<Fast>,
    /// The multiplier of inference kept in the US.
    pub us_inference: Option<Factor>,
    /// The multiplier of a cloud provider's regional endpoints.
    pub regional: Option<Factor>,
    /// The multiplier of the batch API.
    pub batch: Option<Factor>,
    /// Who says so; no part of the fingerprint, since the same price from another source reprices nothing.
    #[serde(skip)]
    pub source: Source,
}

/// The price of each class of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Prompt tokens from no cache.
    pub input: Price,
    /// Generated tokens.
    pub output: Price,
    /// Prompt tokens read from a cache.
    pub cache_read: Price,
    /// Prompt tokens written to the five-minute cache.
    pub cache_write_5m: Price,
    /// Prompt tokens written to the one-hour cache.
    pub cache_write_1h: Price,
}

/// A class of tokens that has a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// Prompt tokens from no cache.
    Input,
    /// Generated tokens.
    Output,
    /// Prompt tokens read from a cache.
    CacheRead,
    /// Prompt tokens written to the five-minute cache.
    CacheWrite5m,
    /// Prompt tokens written to the one-hour cache.
    CacheWrite1h,
}

/// What the tokens of one class cost before any multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The class.
    pub class: Class,
    /// Its tokens.
    pub tokens: i64,
    /// Their price.
    pub price: Price,
    /// Price times tokens, in pico-dollars.
    pub pico: i128,
}

/// Other prices for all tokens of a request whose prompt is longer than a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongPrompt {
    /// The longest prompt at the list price, in tokens: input, cache reads and cache writes.
    pub over_prompt_tokens: i64,
    /// The prices beyond.
    #[serde(flatten)]
    pub rates: Rates,
}

/// The price of fast mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fast {
    /// The multiplier of the list price.
    pub multiplier: Factor,
    /// The first day (UTC) on which the model has no fast mode any more.
    pub removed: Option<NaiveDate>,
}

/// Where a price comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The table that comes with the program.
    #[default]
    Builtin,
    /// The configuration.
    Override,
}

impl Model {
    /// The prices on a day; `None` before the first.
    pub fn period(&self, day: NaiveDate) -> Option<&Period> {
        self.periods.iter().rfind(|period| period.from <= Some(day))
    }
}

impl Rates {
    /// What these tokens cost, class by class; negative counts are none.
    pub fn parts(&self, tokens: &Tokens) -> [Share; 5] {
        [
            (Class::Input, self.input, tokens.input),
            (Class::Output, self.output, tokens.output),
            (Class::CacheRead, self.cache_read, tokens.cache_read),
            (Class::CacheWrite5m, self.cache_write_5m, tokens.cache_write_5m),
            (Class::CacheWrite1h, self.cache_write_1h, tokens.cache_write_1h),
        ]
        .map(|(class, price, count)| {
            let tokens = count.max(0);
            Share { class, tokens, price, pico: i128::from(price.pico()) * i128::from(tokens) }
        })
    }

    /// Pico-dollars of these tokens. Where the sum is beyond `i128`, it stays there.
    pub(super) fn pico(&self, tokens: &Tokens) -> i128 {
        self.parts(tokens).into_iter().map(|part| part.pico).fold(0, i128::saturating_add)
    }
}

impl Fast {
    /// Whether fast mode is offered on a day.
    pub fn offered(&self, day: NaiveDate) -> bool {
        self.removed.is_none_or(|removed| day < removed)
    }
}

impl Source {
    /// The word for a table: `builtin` or `override`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Override => "override",
        }
    }
}
