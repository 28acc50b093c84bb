//! How fast money and tokens go, and where that leads.
#![allow(clippy::float_arithmetic, reason = "rates are no sums")]

use crate::blocks;
use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE, Millis};

/// The stretch that a rate looks back on.
pub const LOOK_BACK: Millis = HOUR;
/// The shortest stretch that a rate is taken over: a single response is no rate.
const SHORTEST: Millis = 10 * MINUTE;

/// The five-hour window that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its first response's time.
    pub start: Millis,
    /// Cost so far.
    pub cost: NanoUsd,
    /// What of that was spent since [`recent_from`].
    pub recent: NanoUsd,
    /// Tokens of all classes since then.
    pub recent_tokens: i64,
}

/// What the rate of a window is taken from begins here: an hour ago, or with the window where that is later.
pub fn recent_from(start: Millis, now: Millis) -> Millis {
    start.max(now - LOOK_BACK)
}

impl Running {
    /// Dollars an hour.
    pub fn usd_per_hour(&self, now: Millis) -> f64 {
        self.recent.dollars() * HOUR as f64 / self.span(now)
    }

    /// Tokens of all classes a minute.
    pub fn tokens_per_minute(&self, now: Millis) -> f64 {
        self.recent_tokens as f64 * MINUTE as f64 / self.span(now)
    }

    /// The cost at its end, if the rate goes on.
    pub fn projected(&self, now: Millis) -> NanoUsd {
        self.cost + NanoUsd::from_dollars(self.usd_per_hour(now) * self.left(now) as f64 / HOUR as f64)
    }

    /// How long it still runs.
    pub fn left(&self, now: Millis) -> Millis {
        (self.start + blocks::LENGTH - now).max(0)
    }

    fn span(&self, now: Millis) -> f64 {
        (now - self.start).clamp(SHORTEST, LOOK_BACK) as f64
    }
}

/// How much more was spent than before, in percent of what was spent before, to a tenth; `None` where that was nothing.
pub fn change_percent(before: NanoUsd, now: NanoUsd) -> Option<f64> {
    (before > NanoUsd::ZERO).then(|| ((now.dollars() / before.dollars() - 1.0) * 1_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_projections() {
        let cost = NanoUsd(2_000_000_000);
        let running = Running { start: 0, cost, recent: cost, recent_tokens: 1_200 };
        for (minutes, usd_per_hour, tokens_per_minute, projected_usd) in
            [(300, 2.0, 20.0, 2.0), (120, 2.0, 20.0, 8.0), (30, 4.0, 40.0, 20.0), (1, 12.0, 120.0, 61.8)]
        {
            let now = minutes * MINUTE;
            let rates = (running.usd_per_hour(now), running.tokens_per_minute(now));
            assert_eq!(rates, (usd_per_hour, tokens_per_minute));
            assert_eq!(running.projected(now), NanoUsd::from_dollars(projected_usd));
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
