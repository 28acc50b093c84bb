//! What an override must not say.

use super::{Override, Stated};
use crate::pricing::units::{Factor, Price};

/// A million dollars per million tokens: what lies above is a price per token, or a slip.
const MAX_PRICE: Price = Price::from_pico(1_000_000_000_000);
/// A thousandfold.
const MAX_FACTOR: Factor = Factor::from_thousandths(1_000_000);

/// What is wrong with an override, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// A blank name.
    #[error(
        "a price override of \"{0}\" has a blank name: set `model` and every alias to an id as it stands in transcripts"
    )]
    Blank(String),
    /// Below zero.
    #[error("the price override of {model} has {field} = {value}, below zero: use 0 for what is free")]
    Negative {
        /// The model.
        model: String,
        /// The setting.
        field: String,
        /// Its value.
        value: Price,
    },
    /// Beyond any price.
    #[error(
        "the price override of {model} has {field} = {value}: prices are in US dollars per million tokens"
    )]
    TooHigh {
        /// The model.
        model: String,
        /// The setting.
        field: String,
        /// Its value.
        value: Price,
    },
    /// No sensible multiplier.
    #[error("the price override of {model} has {field} = {value}: give a multiplier above 0, at most 1000")]
    Multiplier {
        /// The model.
        model: String,
        /// The setting.
        field: &'static str,
        /// Its value.
        value: Factor,
    },
    /// No sensible number of tokens.
    #[error("the price override of {model} has {field} = {value}: give a number of tokens")]
    Count {
        /// The model.
        model: String,
        /// The setting.
        field: &'static str,
        /// Its value.
        value: i64,
    },
    /// Nothing to fall back on.
    #[error(
        "the price table has no {field} of {model} to go on: add `{field}` to its override, or correct its name"
    )]
    Missing {
        /// The model.
        model: String,
        /// The setting.
        field: &'static str,
    },
    /// A name of another model.
    #[error(
        "the price override of {model} takes the name {alias}, which is {owner}: remove it, or override {owner}"
    )]
    Taken {
        /// The model.
        model: String,
        /// The name.
        alias: String,
        /// Whose name it is.
        owner: String,
    },
}

impl Override {
    /// Checks all that can be told without the table.
    pub(super) fn validate(&self) -> Result<(), OverrideError> {
        if self.model.trim().is_empty() || self.aliases.iter().any(|alias| alias.trim().is_empty()) {
            return Err(OverrideError::Blank(self.model.clone()));
        }
        self.prices_in_range("", self.stated())?;
        if let Some(tier) = &self.long_prompt {
            self.prices_in_range("long_prompt.", tier.stated())?;
            self.count("long_prompt.over_prompt_tokens", tier.over_prompt_tokens, 0)?;
        }
        for (field, value) in self.multipliers() {
            self.multiplier_in_range(field, value)?;
        }
        self.count("context_window", self.context_window, 1)?;
        self.count("max_output", self.max_output, 1)
    }

    /// The error of a setting that the table cannot fill in.
    pub(super) fn missing(&self, field: &'static str) -> OverrideError {
        OverrideError::Missing { model: self.model.clone(), field }
    }

    fn prices_in_range(&self, part: &str, stated: Stated) -> Result<(), OverrideError> {
        for (name, price) in stated.named() {
            let Some(value) = price else { continue };
            let (model, field) = (self.model.clone(), format!("{part}{name}"));
            if value < Price::default() {
                return Err(OverrideError::Negative { model, field, value });
            }
            if value > MAX_PRICE {
                return Err(OverrideError::TooHigh { model, field, value });
            }
        }
        Ok(())
    }

    fn multiplier_in_range(&self, field: &'static str, value: Option<Factor>) -> Result<(), OverrideError> {
        match value {
            Some(value) if value.thousandths() <= 0 || value > MAX_FACTOR => {
                Err(OverrideError::Multiplier { model: self.model.clone(), field, value })
            }
            _ => Ok(()),
        }
    }

    fn count(&self, field: &'static str, value: Option<i64>, least: i64) -> Result<(), OverrideError> {
        match value {
            Some(value) if value < least => {
                Err(OverrideError::Count { model: self.model.clone(), field, value })
            }
            _ => Ok(()),
        }
    }
}
