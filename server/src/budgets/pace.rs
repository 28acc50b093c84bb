//! When a budget is used up if spending goes on as it did.

use super::{Period, Span};
use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE, Millis};

/// A rate is taken over no less than this: a single response is no rate.
const SHORTEST: Millis = 10 * MINUTE;

/// What was spent lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// So much,
    pub cost: NanoUsd,
    /// since this moment.
    pub since: Millis,
}

/// When a budget is used up at the present rate: that of the last hour for a day, a window and a session, that of the whole
/// period so far for longer ones, whose nights count. `None` where that is not before its end, where nothing was spent lately,
/// or where it is used up already.
pub fn exhausted_at(
    period: Period,
    span: Option<Span>,
    limit: NanoUsd,
    spent: NanoUsd,
    recent: Recent,
    now: Millis,
) -> Option<Millis> {
    let (cost, since, least) = match (period, span) {
        (Period::Week, Some(span)) => (spent, span.from, 24 * HOUR),
        (Period::Month | Period::Cycle, Some(span)) => (spent, span.from, 3 * 24 * HOUR),
        (_, span) => (recent.cost, span.map_or(recent.since, |span| recent.since.max(span.from)), SHORTEST),
    };
    let left = limit - spent;
    if left <= NanoUsd::ZERO || cost <= NanoUsd::ZERO {
        return None;
    }
    let took = (now - since).max(least);
    let wait = i128::from(left.0) * i128::from(took) / i128::from(cost.0);
    let at = now.checked_add(Millis::try_from(wait).ok()?)?;
    // A session has no end: what lies a day ahead is nobody's worry.
    (at < span.map_or(now + 24 * HOUR, |span| span.to)).then_some(at)
}
