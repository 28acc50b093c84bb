//! Lays overrides over the models of a table.

use super::{LongPromptOverride, Override, OverrideError, Stated};
use crate::pricing::check::Finding;
use crate::pricing::lookup::canonical;
use crate::pricing::model::{Fast, LongPrompt, Model, Period, Rates, Source};
use crate::pricing::units::{Factor, Price};
use crate::pricing::window::WindowRule;
use chrono::NaiveDate;

/// Prices of a cache in thousandths of the input price, for models whose cache prices nobody states.
const CACHE_READ: Factor = Factor::from_thousandths(100);
const CACHE_WRITE_5M: Factor = Factor::from_thousandths(1_250);
const CACHE_WRITE_1H: Factor = Factor::from_thousandths(2_000);

/// Lays one override over the models. The finding tells what became of prices that were there.
pub(in crate::pricing) fn apply(
    models: &mut Vec<Model>,
    change: &Override,
) -> Result<Option<Finding>, OverrideError> {
    change.validate()?;
    let name = canonical(&change.model);
    let known = models.iter().position(|model| answers_to(model, &name));
    let mut model = known.and_then(|index| models.get(index).cloned()).unwrap_or_else(|| Model {
        name,
        aliases: Vec::new(),
        periods: Vec::new(),
        window: None,
    });
    model.aliases.extend(change.aliases.iter().cloned());
    model.window = window(model.window, change)?;
    let changed = periods(&mut model.periods, change)?;
    let finding = known
        .filter(|_| change.prices_anything())
        .map(|_| Finding::of_override(&model.name, change.from_date, changed));
    match known.and_then(|index| models.get_mut(index)) {
        Some(slot) => *slot = model,
        None => models.push(model),
    }
    Ok(finding)
}

fn answers_to(model: &Model, name: &str) -> bool {
    model.name == name || model.aliases.iter().any(|alias| canonical(alias) == name)
}

/// Changes all periods from the override's date on, after parting the one that it falls into. Tells whether any
/// price moved.
fn periods(periods: &mut Vec<Period>, change: &Override) -> Result<bool, OverrideError> {
    if !change.prices_anything() && !periods.is_empty() {
        return Ok(false);
    }
    let start = change.from_date;
    let position = periods.partition_point(|period| period.from < start);
    if periods.get(position).is_none_or(|period| period.from != start) {
        let before = position.checked_sub(1).and_then(|index| periods.get(index)).cloned();
        let part =
            before.map_or_else(|| first(change, start), |before| Ok(Period { from: start, ..before }))?;
        periods.insert(position, part);
    }
    let mut moved = false;
    for period in periods.iter_mut().skip(position) {
        let changed = changed(period, change)?;
        moved |= Period { source: period.source, ..changed.clone() } != *period;
        *period = changed;
    }
    Ok(moved)
}

/// The first prices of a model that the table does not know.
fn first(change: &Override, from: Option<NaiveDate>) -> Result<Period, OverrideError> {
    Ok(Period {
        from,
        rates: rates(None, change.stated()).map_err(|field| change.missing(field))?,
        long_prompt: None,
        fast: None,
        us_inference: None,
        regional: None,
        batch: None,
        source: Source::Override,
    })
}

fn changed(period: &Period, change: &Override) -> Result<Period, OverrideError> {
    Ok(Period {
        from: period.from,
        rates: rates(Some(period.rates), change.stated()).map_err(|field| change.missing(field))?,
        long_prompt: match &change.long_prompt {
            Some(tier) => long_prompt(period.long_prompt, tier).map_err(|field| change.missing(field))?,
            None => period.long_prompt,
        },
        fast: fast(period.fast, change)?,
        us_inference: change.us_inference_multiplier.or(period.us_inference),
        regional: change.regional_multiplier.or(period.regional),
        batch: change.batch_multiplier.or(period.batch),
        source: Source::Override,
    })
}

/// The stated prices over those that held before; the name of a setting that neither has is the error.
fn rates(before: Option<Rates>, stated: Stated) -> Result<Rates, &'static str> {
    let old = |class: fn(Rates) -> Price| before.map(class);
    let input = stated.input.or_else(|| old(|rates| rates.input)).ok_or("input")?;
    Ok(Rates {
        input,
        output: stated.output.or_else(|| old(|rates| rates.output)).ok_or("output")?,
        cache_read: stated
            .cache_read
            .or_else(|| old(|rates| rates.cache_read))
            .unwrap_or_else(|| input.times(CACHE_READ)),
        cache_write_5m: stated
            .cache_write_5m
            .or_else(|| old(|rates| rates.cache_write_5m))
            .unwrap_or_else(|| input.times(CACHE_WRITE_5M)),
        cache_write_1h: stated
            .cache_write_1h
            .or_else(|| old(|rates| rates.cache_write_1h))
            .unwrap_or_else(|| input.times(CACHE_WRITE_1H)),
    })
}

fn long_prompt(
    before: Option<LongPrompt>,
    change: &LongPromptOverride,
) -> Result<Option<LongPrompt>, &'static str> {
    let over = change.over_prompt_tokens.or_else(|| before.map(|tier| tier.over_prompt_tokens));
    let over_prompt_tokens = over.ok_or("long_prompt.over_prompt_tokens")?;
    if over_prompt_tokens == 0 {
        return Ok(None);
    }
    let rates = rates(before.map(|tier| tier.rates), change.stated()).map_err(|field| match field {
        "input" => "long_prompt.input",
        _ => "long_prompt.output",
    })?;
    Ok(Some(LongPrompt { over_prompt_tokens, rates }))
}

fn fast(before: Option<Fast>, change: &Override) -> Result<Option<Fast>, OverrideError> {
    if change.fast_multiplier.is_none() && change.fast_removed.is_none() {
        return Ok(before);
    }
    let multiplier = change.fast_multiplier.or_else(|| before.map(|fast| fast.multiplier));
    let multiplier = multiplier.ok_or_else(|| change.missing("fast_multiplier"))?;
    let removed = change.fast_removed.or_else(|| before.and_then(|fast| fast.removed));
    Ok(Some(Fast { multiplier, removed }))
}

/// A stated window is the whole truth: it is neither larger on request nor smaller with a cloud provider.
fn window(before: Option<WindowRule>, change: &Override) -> Result<Option<WindowRule>, OverrideError> {
    let stated = change.context_window.map(|tokens| WindowRule {
        tokens,
        max_output: before.and_then(|rule| rule.max_output),
        million_on_request: false,
        cloud_tokens: None,
    });
    let rule = stated.or(before);
    match (rule, change.max_output) {
        (None, Some(_)) => Err(change.missing("context_window")),
        (rule, None) => Ok(rule),
        (rule, max_output) => Ok(rule.map(|rule| WindowRule { max_output, ..rule })),
    }
}

#[cfg(test)]
mod tests;
