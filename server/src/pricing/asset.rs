//! The price table as it is written in `assets/prices.json`.

use super::model::{Fast, LongPrompt, Model, Period, Rates, Source};
use super::units::{self, Factor, Price};
use super::window::WindowRule;
use crate::money::NanoUsd;
use chrono::NaiveDate;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// Why a price table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// It is not JSON of the expected shape.
    #[error("the price table cannot be read: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A model without prices, or with dates out of order.
    #[error("the prices of {0} need at least one period, in ascending order of their dates")]
    Periods(String),
    /// Two models answer to one name.
    #[error("two models of the price table are called {0}")]
    NamedTwice(String),
}

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asset {
    pub(super) revision: u32,
    pub(super) made: NaiveDate,
    #[serde(rename = "unit")]
    _unit: IgnoredAny,
    pub(super) sources: Vec<String>,
    pub(super) uncertain: Vec<Uncertain>,
    #[serde(deserialize_with = "nano_usd")]
    pub(super) web_search_usd: NanoUsd,
    models: Vec<AssetModel>,
}

/// A doubt about a figure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Uncertain {
    pub(super) models: Vec<String>,
    pub(super) note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetModel {
    model: String,
    aliases: Vec<String>,
    #[serde(rename = "litellm")]
    _litellm: IgnoredAny,
    periods: Vec<AssetPeriod>,
    fast: Option<Fast>,
    us_inference: Option<Factor>,
    regional: Option<Factor>,
    batch: Option<Factor>,
    window: WindowRule,
}

/// The prices are written out: with `Rates` flattened into it each period would be buffered first, a third of the time that the
/// table takes, and a key that is misspelt would be passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetPeriod {
    from_date: Option<NaiveDate>,
    input: Price,
    output: Price,
    cache_read: Price,
    cache_write_5m: Price,
    cache_write_1h: Price,
    long_prompt: Option<LongPrompt>,
}

impl Asset {
    /// The models of the file, each period with the multipliers of its model.
    pub(super) fn models(self) -> Result<Vec<Model>, AssetError> {
        self.models.into_iter().map(AssetModel::model).collect()
    }
}

impl AssetModel {
    fn model(self) -> Result<Model, AssetError> {
        let periods: Vec<Period> = self.periods.iter().map(|period| self.period(period)).collect();
        if periods.is_empty() || !periods.is_sorted_by(|one, next| one.from < next.from) {
            return Err(AssetError::Periods(self.model));
        }
        Ok(Model { name: self.model, aliases: self.aliases, periods, window: Some(self.window) })
    }

    const fn period(&self, period: &AssetPeriod) -> Period {
        Period {
            from: period.from_date,
            rates: Rates {
                input: period.input,
                output: period.output,
                cache_read: period.cache_read,
                cache_write_5m: period.cache_write_5m,
                cache_write_1h: period.cache_write_1h,
            },
            long_prompt: period.long_prompt,
            fast: self.fast,
            us_inference: self.us_inference,
            regional: self.regional,
            batch: self.batch,
            source: Source::Builtin,
        }
    }
}

/// Dollars as nano-dollars.
fn nano_usd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NanoUsd, D::Error> {
    units::deserialize(deserializer, 9).map(NanoUsd)
}
