//! How fast money and tokens go, and where that leads.
#![allow(clippy::float_arithmetic, reason = "rates are no sums")]

use crate::blocks;
use crate::money::NanoUsd;
use crate::sums::Sums;
use crate::time::{HOUR, MINUTE, Millis};

/// The stretch that a rate looks back on.
pub const LOOK_BACK: Millis = HOUR;
/// The shortest stretch that a rate is taken over: a single response is no rate.
const SHORTEST: Millis = 10 * MINUTE;

/// A rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Dollars an hour.
    pub usd_per_hour: f64,
    /// Tokens of all classes a minute.
    pub tokens_per_minute: f64,
}

/// The rate of `recent`, which was spent in the last hour, or since the window began where that is shorter.
pub fn rate(recent: &Sums, window_start: Millis, now: Millis) -> Rate {
    let span = (now - window_start).clamp(SHORTEST, LOOK_BACK);
    Rate {
        usd_per_hour: recent.cost.dollars() * HOUR as f64 / span as f64,
        tokens_per_minute: recent.tokens.total() as f64 * MINUTE as f64 / span as f64,
    }
}

/// The cost of a window at its end, if the rate goes on.
pub fn projected(so_far: NanoUsd, rate: &Rate, window_start: Millis, now: Millis) -> NanoUsd {
    let left = (window_start + blocks::LENGTH - now).max(0);
    so_far + NanoUsd::from_dollars(rate.usd_per_hour * left as f64 / HOUR as f64)
}

/// How much more was spent than before, in percent of what was spent before, to a tenth; `None` where that was nothing.
pub fn change_percent(before: NanoUsd, now: NanoUsd) -> Option<f64> {
    (before > NanoUsd::ZERO).then(|| ((now.dollars() / before.dollars() - 1.0) * 1_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    #[test]
    fn rates_and_projections() {
        let recent = Sums {
            cost: NanoUsd(2_000_000_000),
            tokens: Tokens { input: 600, output: 600, ..Tokens::default() },
            ..Sums::default()
        };
        for (minutes, usd_per_hour, tokens_per_minute, projected_usd) in
            [(300, 2.0, 20.0, 2.0), (120, 2.0, 20.0, 8.0), (30, 4.0, 40.0, 20.0), (1, 12.0, 120.0, 61.8)]
        {
            let now = minutes * MINUTE;
            let rate = rate(&recent, 0, now);
            assert_eq!((rate.usd_per_hour, rate.tokens_per_minute), (usd_per_hour, tokens_per_minute));
            assert_eq!(projected(recent.cost, &rate, 0, now), NanoUsd::from_dollars(projected_usd));
        }
    }

    #[test]
    fn changes() {
        for (before, now, expected) in
            [(0, 5, None), (100, 150, Some(50.0)), (300, 100, Some(-66.7)), (200, 0, Some(-100.0))]
        {
            assert_eq!(change_percent(NanoUsd(before), NanoUsd(now)), expected);
        }
    }
}
