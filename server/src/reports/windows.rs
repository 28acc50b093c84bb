//! The rows of five-hour windows.

use super::{BlockRow, Blocks, Query, Tally, span, totals};
use crate::sums::Sums;
use crate::time::{Millis, Zone};
use crate::{blocks, burn};

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
    let active = blocks::is_active(start, present.now);
    let rate = active.then(|| burn::rate(&present.recent, start, present.now));
    BlockRow {
        key: zone.rfc3339(start),
        started_at: zone.rfc3339(start),
        ends_at: zone.rfc3339(start + blocks::LENGTH),
        active,
        remaining_ms: active.then(|| start + blocks::LENGTH - present.now),
        usd_per_hour: rate.map(|rate| rate.usd_per_hour),
        tokens_per_minute: rate.map(|rate| rate.tokens_per_minute),
        projected_usd: rate.map(|rate| burn::projected(tally.sums.cost, &rate, start, present.now)),
        totals: totals(tally),
    }
}
