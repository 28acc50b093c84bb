//! An explanation as it goes over the wire.

use crate::money::NanoUsd;
use crate::pricing::{Class, Factor, Price, Source};
use crate::snapshot::wire::Totals;
use serde::Serialize;

/// Why something costs what it does. Amounts that may be finer than a nano-dollar are decimal texts of US dollars.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What was explained.
    pub kind: Explained,
    /// Its id, or the day.
    pub id: String,
    /// Its sums, as the database has them.
    pub totals: Totals,
    /// Of a response: itself, and the parts of it that are billed apart.
    pub records: Vec<RecordNote>,
    /// The same cost worked out anew, by model as written and by price, costliest first.
    pub prices: Vec<PriceGroup>,
    /// Whether both are the same; if not, the database was priced by another table.
    pub agrees: bool,
    /// The number of the price table.
    pub table_revision: u32,
    /// The day on which its prices were gathered.
    pub table_made: String,
    /// Where its prices come from.
    pub sources: Vec<String>,
    /// Where lines of the response lie now; `null` where it cannot be told, and for sessions and days.
    pub lines: Option<Vec<Lines>>,
    /// The zone of the times.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Explained {
    /// One response.
    Response,
    /// A session.
    Session,
    /// A day.
    Day,
}

/// A response, or a part of one that is billed apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordNote {
    /// What makes it one response.
    pub key: String,
    /// `whole`, `compaction`, `advisor` or `helper`.
    pub part: String,
    /// The request's id.
    pub request: Option<String>,
    /// The earliest line's time: its day decides the price.
    pub at: String,
    /// Its session.
    pub session: String,
    /// Its subagent.
    pub agent: Option<String>,
    /// The model's id as written.
    pub model: String,
    /// `speed` as written.
    pub speed: Option<String>,
    /// `inference_geo` as written.
    pub inference_geo: Option<String>,
    /// `service_tier` as written.
    pub service_tier: Option<String>,
    /// The transcript whose line owns it: its session, project and branch are that line's.
    pub file: String,
    /// Where that line begins, in bytes.
    pub offset: i64,
    /// No line has a final output count.
    pub lower_bound: bool,
    /// Known only from a copy inside a progress line.
    pub embedded: bool,
    /// The owning line is itself a copy of another session's.
    pub copied: bool,
    /// What it cost, as the database has it.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub cost_usd: NanoUsd,
    /// Who told of it: `transcript`, `otel` (telemetry alone), `manual`, or a program that posted it.
    pub source: String,
    /// What Claude Code's telemetry says that it cost.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub own_usd: Option<NanoUsd>,
    /// How long it took to come, in milliseconds, as telemetry says.
    pub duration_ms: Option<i64>,
}

/// Responses of one spelling of a model at one price.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PriceGroup {
    /// The model's id as written.
    pub model: String,
    /// The name in the price table; `null` where the table does not know it: such a response costs its web searches.
    pub priced_as: Option<String>,
    /// The first day (UTC) of the price; `null` is from the beginning.
    pub from: Option<String>,
    /// Who says so.
    pub source: Option<Source>,
    /// What they cost is what Claude Code's telemetry says: the price table has another price, or none.
    pub told: bool,
    /// The prices are those of prompts longer than this.
    pub over_prompt_tokens: Option<i64>,
    /// How many records were added up: responses, and parts that are billed apart.
    pub records: i64,
    /// Their sums; the cost is the one that was worked out anew.
    #[serde(flatten)]
    pub totals: Totals,
    /// What each class of tokens costs, before multipliers.
    pub parts: Vec<PricePart>,
    /// The sum of the parts.
    pub subtotal: String,
    /// What the sum is multiplied by.
    pub multipliers: Vec<Multiplier>,
    /// The product.
    pub exact: String,
    /// What rounding each response to the nano-dollar adds to the product.
    pub rounding: String,
    /// What web searches add, without a multiplier.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub web_search_usd: NanoUsd,
    /// The price of each.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub each_web_search_usd: NanoUsd,
}

/// What the tokens of one class cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PricePart {
    /// The class.
    pub class: Class,
    /// How many.
    pub tokens: i64,
    /// US dollars for a million of them.
    #[serde(rename = "perMillionUsd")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub per_million: Price,
    /// The product.
    pub exact: String,
}

/// Something that multiplies a price.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Multiplier {
    /// `fast mode`, `US inference`, `regional endpoint` or `batch`.
    pub name: String,
    /// The factor.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub factor: Factor,
}

/// The lines of a response in one transcript, found by its id. All but the owning one count for nothing but their greatest
/// counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Lines {
    /// The transcript.
    pub file: String,
    /// Where each line begins, in bytes.
    pub offsets: Vec<u64>,
    /// Whether the owning line is one of them.
    pub owns: bool,
}
