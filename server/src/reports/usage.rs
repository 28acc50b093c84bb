//! Usage for dashboards that poll: sums by model, project and day, and what happened, event by event.

use crate::money::NanoUsd;
use crate::sums::Sums;
use crate::time::{Millis, Zone};
use serde::Serialize;

/// How many events a page has where nobody says.
pub const USUAL_EVENTS: usize = 100;
/// And at most.
pub const MOST_EVENTS: usize = 1_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// The first instant that counts.
    pub from: Millis,
    /// The first that does not any more.
    pub to: Millis,
    /// The one project that counts.
    pub project: Option<String>,
    /// The one model that counts.
    pub model: Option<String>,
    /// How many rows of each kind, or events, at most.
    pub limit: usize,
    /// Where the last page ended.
    pub after: Option<Mark>,
}

/// What kind of event: of several at one time the greater one happened later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// A session's first line.
    SessionStart,
    /// A response, or a part of one that is billed apart.
    ApiCall,
    /// A session was said to be over, or fell silent for five hours.
    SessionEnd,
}

/// The place of an event among all: by time, kind and number. No two have the same, and it stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When it happened.
    pub at: Millis,
    /// What kind it is.
    pub kind: Happened,
    /// Its number among its kind.
    pub number: i64,
}

impl Mark {
    /// The greatest pair of time and number that events of a kind before this one may have, and one more.
    pub fn bound(&self, kind: Happened) -> (Millis, i64) {
        match kind.cmp(&self.kind) {
            std::cmp::Ordering::Less => (self.at, i64::MAX),
            std::cmp::Ordering::Equal => (self.at, self.number),
            std::cmp::Ordering::Greater => (self.at, i64::MIN),
        }
    }

    /// Reads what [`Mark::to_string`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (at, kind, number) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = match kind {
            "s" => Happened::SessionStart,
            "c" => Happened::ApiCall,
            "e" => Happened::SessionEnd,
            _ => return None,
        };
        let hex = |text: &str| i64::from_str_radix(text, 16).ok();
        let mark = Self { at: hex(at)?, kind, number: hex(number)? };
        parts.next().is_none().then_some(mark)
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Happened::SessionStart => 's',
            Happened::ApiCall => 'c',
            Happened::SessionEnd => 'e',
        };
        write!(f, "{:x}.{kind}.{:x}", self.at, self.number)
    }
}

/// An event; what is not known is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageEvent {
    /// The same whenever it is asked for.
    pub id: String,
    /// What happened.
    pub r#type: Happened,
    /// When.
    pub timestamp: String,
    /// The session.
    pub session_id: String,
    /// The model of the response; of a session, that of its latest one.
    pub model: Option<String>,
    /// What the response cost.
    pub cost_usd: Option<NanoUsd>,
    /// Its prompt tokens from no cache.
    pub input_tokens: Option<i64>,
    /// What it generated.
    pub output_tokens: Option<i64>,
    /// What it wrote to caches.
    pub cache_creation_input_tokens: Option<i64>,
    /// What it read from them.
    pub cache_read_input_tokens: Option<i64>,
    /// The folder that the session was started in.
    pub project_path: Option<String>,
    /// Claude Code's mode of asking for permission.
    pub permission_mode: Option<String>,
    /// The MCP servers that the response used.
    pub mcp_servers: Option<Vec<String>>,
    /// Of a session that ended, from its first line to its last.
    pub duration_ms: Option<i64>,
}

/// A page of events, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageEvents {
    /// The events.
    pub events: Vec<UsageEvent>,
    /// What `cursor` has to be for the next page; `null` where this is the last one.
    pub next_cursor: Option<String>,
}

/// Sums over responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UsageSums {
    /// Cost at list price.
    pub cost_usd: NanoUsd,
    /// Prompt tokens from no cache.
    pub input_tokens: i64,
    /// Generated tokens.
    pub output_tokens: i64,
    /// Tokens written to caches.
    pub cache_creation_input_tokens: i64,
    /// Tokens read from a cache.
    pub cache_read_input_tokens: i64,
    /// All of them.
    pub total_tokens: i64,
    /// Responses.
    pub messages: i64,
    /// Sessions that they belong to.
    pub sessions: i64,
    /// Records without a price: their cost is not known.
    pub unpriced_messages: i64,
}

impl UsageSums {
    /// Those of a sum.
    pub fn new(sums: &Sums, sessions: i64) -> Self {
        Self {
            cost_usd: sums.cost,
            input_tokens: sums.tokens.input,
            output_tokens: sums.tokens.output,
            cache_creation_input_tokens: sums.tokens.cache_write(),
            cache_read_input_tokens: sums.tokens.cache_read,
            total_tokens: sums.tokens.total(),
            messages: sums.messages,
            sessions,
            unpriced_messages: sums.unpriced,
        }
    }
}

/// Sums of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelUsage {
    /// Its id as written; `null` where no line said.
    pub model: Option<String>,
    /// Its sums.
    #[serde(flatten)]
    pub sums: UsageSums,
}

/// Sums of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectUsage {
    /// The folder that its sessions were started in; `null` where no line said.
    pub project_path: Option<String>,
    /// Its sums.
    #[serde(flatten)]
    pub sums: UsageSums,
}

/// Sums of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayUsage {
    /// The day.
    pub date: String,
    /// Its sums.
    #[serde(flatten)]
    pub sums: UsageSums,
}

/// Sums in three ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageStats {
    /// The first instant that counts; `null` where there is no bound.
    pub since: Option<String>,
    /// The first that does not any more; `null` where there is no bound.
    pub until: Option<String>,
    /// The zone of the days.
    pub timezone: String,
    /// All of it, whatever the limit on rows.
    pub total: UsageSums,
    /// Costliest first.
    pub by_model: Vec<ModelUsage>,
    /// Costliest first.
    pub by_project: Vec<ProjectUsage>,
    /// Most recent first.
    pub by_day: Vec<DayUsage>,
}

impl UsageStats {
    /// Empty ones.
    pub fn begin(query: &UsageQuery, zone: &Zone) -> Self {
        Self {
            since: (query.from > 0).then(|| zone.rfc3339(query.from)),
            until: (query.to < Millis::MAX).then(|| zone.rfc3339(query.to)),
            timezone: zone.name(),
            total: UsageSums::default(),
            by_model: Vec::new(),
            by_project: Vec::new(),
            by_day: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark() -> impl Strategy<Value = Mark> {
        let kinds = vec![Happened::SessionStart, Happened::ApiCall, Happened::SessionEnd];
        (0_i64..5, prop::sample::select(kinds), 0_i64..5).prop_map(|(at, kind, number)| Mark {
            at,
            kind,
            number,
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(mark in mark()) {
            prop_assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,20}") {
            let _ = Mark::parse(&text);
        }

        #[test]
        fn the_bound_of_a_kind_is_the_order(after in mark(), event in mark()) {
            prop_assert_eq!((event.at, event.number) < after.bound(event.kind), event < after);
        }
    }

    #[test]
    fn what_is_no_cursor() {
        for text in ["", "1", "1.c", "1.x.1", "1.c.1.1", "g.c.1", "1.c.g"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }
}
