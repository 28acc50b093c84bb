//! The rows of five-hour windows.

use super::{Query, Tally, span, totals};
use crate::blocks;
use crate::burn::Running;
use crate::money::NanoUsd;
use crate::snapshot::wire::Totals;
use crate::sums::Sums;
use crate::time::{Millis, Zone};
use serde::{Deserialize, Serialize};

/// The five-hour windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Blocks {
    /// Sums over the windows that were asked for, whatever the limit on rows.
    pub totals: Totals,
    /// Most recent first.
    pub rows: Vec<BlockRow>,
    /// The first day; `null` where there is none.
    pub since: Option<String>,
    /// The last day, inclusive: windows that began in these days are listed.
    pub until: Option<String>,
    /// The zone of the days.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<bool>,
}

/// A five-hour window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BlockRow {
    /// Its first response's time.
    pub key: String,
    /// The same.
    pub started_at: String,
    /// Five hours later.
    pub ends_at: String,
    /// It runs now.
    pub active: bool,
    /// How long it still runs, in milliseconds; `null` where it does not.
    pub remaining_ms: Option<i64>,
    /// Dollars an hour over the last hour (over the window so far where that is shorter); `null` where it does not run.
    pub usd_per_hour: Option<f64>,
    /// Tokens of all classes a minute, over the same time.
    pub tokens_per_minute: Option<f64>,
    /// Cost at its end if the present rate goes on.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub projected_usd: Option<NanoUsd>,
    /// Its sums.
    #[serde(flatten)]
    pub totals: Totals,
}

/// The present, as windows see it.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    /// Now.
    pub now: Millis,
    /// What was spent in the running window within the last hour.
    pub recent: Sums,
}

/// Makes the report of windows out of their starts and tallies, oldest first.
pub fn windows(query: &Query, zone: &Zone, rows: &[(Millis, Tally)], present: &Present) -> Blocks {
    let mut total = Tally::default();
    for (_, tally) in rows {
        total.join(tally);
    }
    let (first, last) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0));
    let days = span(query.days, zone, &Tally { first, last, ..Tally::default() });
    let shown = rows.iter().rev().take(query.limit.unwrap_or(usize::MAX));
    Blocks {
        totals: totals(&total),
        rows: shown.map(|(start, tally)| window(*start, tally, zone, present)).collect(),
        since: days.since.map(|day| day.to_string()),
        until: days.until.map(|day| day.to_string()),
        timezone: zone.name(),
        partial: None,
    }
}

/// One window.
pub fn window(start: Millis, tally: &Tally, zone: &Zone, present: &Present) -> BlockRow {
    let Present { now, recent } = present;
    let active = blocks::is_active(start, *now);
    let (cost, recent_tokens) = (tally.sums.cost, recent.tokens.total());
    let running = active.then_some(Running { start, cost, recent: recent.cost, recent_tokens });
    BlockRow {
        key: zone.rfc3339(start),
        started_at: zone.rfc3339(start),
        ends_at: zone.rfc3339(start + blocks::LENGTH),
        active,
        remaining_ms: running.map(|running| running.left(*now)),
        usd_per_hour: running.map(|running| running.usd_per_hour(*now)),
        tokens_per_minute: running.map(|running| running.tokens_per_minute(*now)),
        projected_usd: running.map(|running| running.projected(*now)),
        totals: totals(tally),
    }
}
