//! The older display protocol: one flat object of the last hours' sums, and what other machines post of theirs. Values only;
//! what others post is never added to what is counted here.

mod history;
mod posted;

pub use history::{Bucket, POINTS, SLOT, history, latest_point};
pub use posted::{SourceError, backfilled, check_source, merged};

use crate::money::NanoUsd;
use crate::sums::Sums;
use crate::time::{HOUR, Millis, Zone};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// How many hours are summed where nobody says.
pub const USUAL_HOURS: u32 = 24;
/// The longest window: a year.
pub const MOST_HOURS: u32 = 8_784;

/// The flat object. Of a machine's own every field is known but the last two times; of a posted one what was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// When this was so.
    pub timestamp: Option<String>,
    /// How many hours it sums.
    pub window_hours: Option<Number>,
    /// The cost of an hour: that of the window by its hours.
    pub burn_rate_per_hour: Option<NanoUsd>,
    /// The cost of the window.
    pub total_cost_usd: Option<NanoUsd>,
    /// Prompt tokens from no cache.
    pub input_tokens: Option<i64>,
    /// Generated tokens.
    pub output_tokens: Option<i64>,
    /// Tokens written to caches.
    pub cache_creation_tokens: Option<i64>,
    /// Tokens read from a cache.
    pub cache_read_tokens: Option<i64>,
    /// All of them.
    pub total_tokens: Option<i64>,
    /// Sessions with a response in the window.
    pub session_count: Option<i64>,
    /// The session that someone works in.
    pub active_session_id: Option<String>,
    /// When something happened last.
    pub last_activity: Option<String>,
    /// The machine.
    pub source: Option<String>,
}

/// What was spent in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The sums.
    pub sums: Sums,
    /// Sessions with a response.
    pub sessions: i64,
    /// The latest response up to its end.
    pub last: Option<Millis>,
}

/// The window that a request asks for.
///
/// # Errors
/// What to write instead.
pub fn hours(text: &str) -> Result<u32, String> {
    let hours = text.parse().ok().filter(|hours| (1..=MOST_HOURS).contains(hours));
    hours
        .ok_or_else(|| format!("hours_back is {text:?}; give a whole number of hours from 1 to {MOST_HOURS}"))
}

/// The beginning of a window.
pub const fn begin(end: Millis, hours: u32) -> Millis {
    end - hours as Millis * HOUR
}

impl Figures {
    /// Those of a window that ends at a moment.
    pub fn new(spent: &Spent, end: Millis, hours: u32, source: &str, zone: &Zone) -> Self {
        let tokens = &spent.sums.tokens;
        Self {
            timestamp: Some(zone.rfc3339(end)),
            window_hours: Some(hours.into()),
            burn_rate_per_hour: Some(spent.sums.cost.over(i64::from(hours))),
            total_cost_usd: Some(spent.sums.cost),
            input_tokens: Some(tokens.input),
            output_tokens: Some(tokens.output),
            cache_creation_tokens: Some(tokens.cache_write()),
            cache_read_tokens: Some(tokens.cache_read),
            total_tokens: Some(tokens.total()),
            session_count: Some(spent.sessions),
            active_session_id: None,
            last_activity: spent.last.map(|at| zone.rfc3339(at)),
            source: Some(source.to_owned()),
        }
    }

    /// Those of a moment that is past, for who missed them.
    pub fn backfill(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Backfill<'a> {
            #[serde(flatten)]
            figures: &'a Figures,
            backfill: bool,
        }
        Backfill { figures: self, backfill: true }
    }

    /// What anyone may know of them.
    #[must_use]
    pub fn sums(self) -> Self {
        Self { active_session_id: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    #[test]
    fn the_rate_is_the_cost_by_the_hours() {
        let tokens = Tokens {
            input: 1,
            output: 2,
            cache_write_5m: 4,
            cache_write_1h: 8,
            cache_read: 16,
            ..Tokens::default()
        };
        let sums = Sums { cost: NanoUsd(100), tokens, ..Sums::default() };
        let spent = Spent { sums, sessions: 3, last: Some(500) };
        let zone = Zone::Named(chrono_tz::UTC);
        let figures = Figures::new(&spent, 1_000, 24, "desk", &zone);
        assert_eq!(
            serde_json::to_value(&figures).unwrap(),
            serde_json::json!({
                "timestamp": "1970-01-01T00:00:01.000Z", "window_hours": 24, "burn_rate_per_hour": 0.000_000_004,
                "total_cost_usd": 0.000_000_1, "input_tokens": 1, "output_tokens": 2, "cache_creation_tokens": 12,
                "cache_read_tokens": 16, "total_tokens": 31, "session_count": 3, "active_session_id": null,
                "last_activity": "1970-01-01T00:00:00.500Z", "source": "desk"
            })
        );
    }

    #[test]
    fn hours_have_bounds() {
        for (text, expected) in [("1", Some(1)), ("24", Some(24)), ("8784", Some(8784))] {
            assert_eq!(hours(text).ok(), expected);
        }
        for text in ["0", "8785", "-1", "1.5", "", "x", "99999999999999"] {
            assert!(hours(text).unwrap_err().contains("8784"), "{text}");
        }
    }
}
