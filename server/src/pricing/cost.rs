//! The cost of one response: integers from the price to the nano-dollar, rounded once.

use super::model::{Period, Rates, Source};
use super::table::PriceTable;
use super::units::Factor;
use crate::money::NanoUsd;
use crate::tokens::Tokens;
use chrono::NaiveDate;

/// What the price of a response depends on.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The model's id as written.
    pub model: &'a str,
    /// The UTC day of the response's earliest line.
    pub at: NaiveDate,
    /// What it used; negative counts cost nothing.
    pub tokens: Tokens,
    /// In fast mode: `usage.speed` is `fast`.
    pub fast: bool,
    /// Kept in the US: `usage.inference_geo` is `us`.
    pub us_inference: bool,
    /// From the batch API: `usage.service_tier` is `batch`.
    pub batch: bool,
}

impl<'a> Request<'a> {
    /// What a response says of itself, as the transcript writes it.
    pub fn written(
        model: &'a str,
        at: NaiveDate,
        tokens: Tokens,
        speed: &str,
        geo: &str,
        tier: &str,
    ) -> Self {
        Self { model, at, tokens, fast: speed == "fast", us_inference: geo == "us", batch: tier == "batch" }
    }
}

/// What a response costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// The amount; of a model without a price, its web searches alone.
    pub cost: NanoUsd,
    /// Whether the model has a price on that day.
    pub priced: bool,
}

/// Which prices and multipliers apply to a response, for those who ask why it costs what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis<'t> {
    /// The canonical name of the model.
    pub model: &'t str,
    /// Since when the price holds; `None` is from the beginning.
    pub from: Option<NaiveDate>,
    /// Who says so.
    pub source: Source,
    /// The price of each class of tokens, before the multipliers.
    pub rates: Rates,
    /// The threshold that the prompt is over, where `rates` are those of long prompts.
    pub over_prompt_tokens: Option<i64>,
    /// The multiplier of fast mode, where it applies; so for the others.
    pub fast: Option<Factor>,
    /// The multiplier of inference kept in the US.
    pub us_inference: Option<Factor>,
    /// The multiplier of a regional endpoint.
    pub regional: Option<Factor>,
    /// The multiplier of the batch API.
    pub batch: Option<Factor>,
}

impl PriceTable {
    /// The cost of a response at the prices of its day. Web searches cost the same everywhere and take no multiplier.
    pub fn cost(&self, request: &Request<'_>) -> Quote {
        let searches = self.searches(&request.tokens);
        match self.explain(request) {
            Some(basis) => Quote { cost: basis.cost(&request.tokens) + searches, priced: true },
            None => Quote { cost: searches, priced: false },
        }
    }

    /// What the web searches among these tokens cost.
    pub fn searches(&self, tokens: &Tokens) -> NanoUsd {
        NanoUsd(self.web_search().0.saturating_mul(tokens.web_searches.max(0)))
    }

    /// The prices and multipliers that apply to a response; `None` where it has no price.
    pub fn explain(&self, request: &Request<'_>) -> Option<Basis<'_>> {
        let resolved = self.resolve(request.model)?;
        let period = resolved.model.period(request.at)?;
        let fast =
            period.fast.filter(|fast| request.fast && fast.offered(request.at)).map(|fast| fast.multiplier);
        let (rates, over_prompt_tokens) = tier(period, &request.tokens, fast.is_some());
        Some(Basis {
            model: &resolved.model.name,
            from: period.from,
            source: period.source,
            rates,
            over_prompt_tokens,
            fast,
            us_inference: period.us_inference.filter(|_| request.us_inference),
            regional: period.regional.filter(|_| resolved.regional),
            batch: period.batch.filter(|_| request.batch),
        })
    }
}

/// The prices by the length of the prompt. Fast mode multiplies the list price, however long the prompt is.
fn tier(period: &Period, tokens: &Tokens, fast: bool) -> (Rates, Option<i64>) {
    match period.long_prompt {
        Some(tier) if !fast && prompt(tokens) > i128::from(tier.over_prompt_tokens) => {
            (tier.rates, Some(tier.over_prompt_tokens))
        }
        _ => (period.rates, None),
    }
}

/// Tokens of the prompt, beyond the range of a broken transcript's numbers.
fn prompt(tokens: &Tokens) -> i128 {
    [tokens.input, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h]
        .into_iter()
        .map(|count| i128::from(count.max(0)))
        .sum()
}

impl Basis<'_> {
    /// All multipliers that apply; they multiply each other.
    pub fn multipliers(&self) -> impl Iterator<Item = Factor> + use<> {
        [self.fast, self.us_inference, self.regional, self.batch].into_iter().flatten()
    }

    /// The cost of tokens, rounded half up to the nano-dollar. A sum beyond the range of `i128` is beyond that of
    /// [`NanoUsd`] by far, even after the division: both end at their greatest value.
    pub fn cost(&self, tokens: &Tokens) -> NanoUsd {
        let (amount, unit) = self.exact(tokens);
        let nano = amount.saturating_add(unit / 2).div_euclid(unit);
        NanoUsd(i64::try_from(nano).unwrap_or(i64::MAX))
    }

    /// The cost of tokens before it is rounded, and how many of its units are a nano-dollar.
    pub fn exact(&self, tokens: &Tokens) -> (i128, i128) {
        let (mut pico, mut unit) = (self.rates.pico(tokens), 1_000_i128);
        for factor in self.multipliers() {
            pico = pico.saturating_mul(i128::from(factor.thousandths()));
            unit *= 1_000;
        }
        (pico, unit)
    }
}

#[cfg(test)]
mod tests;
