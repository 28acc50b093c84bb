//! What Claude's models cost: a dated price table, the many spellings of a model's id, and the cost of one response.
//!
//! Prices, multipliers and context windows live in `assets/prices.json` alone; a person adds to them or corrects
//! them with `[[prices.override]]` in the configuration. A model that neither knows is unpriced: its family is
//! never guessed.

mod asset;
mod check;
mod cost;
mod lookup;
mod model;
mod overrides;
mod table;
mod units;
mod window;

pub use asset::AssetError;
pub use check::Finding;
pub use cost::{Basis, Quote, Request};
pub use lookup::{ModelId, canonical};
pub use model::{Class, Fast, LongPrompt, Model, Period, Rates, Share, Source};
pub use overrides::{LongPromptOverride, Override, OverrideError};
pub use table::{PriceTable, Resolved};
pub use units::{DecimalError, Factor, Price};
pub use window::Window;
