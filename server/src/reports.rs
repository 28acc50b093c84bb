//! The rows of every report: what they are grouped by, what they carry, how they are ordered.

mod wire;

pub use wire::{Extra, Report, Row};

use crate::snapshot::wire::Totals;
use crate::sums::Sums;
use crate::time::{Millis, Zone};
use chrono::NaiveDate;
use std::collections::HashSet;

/// What a report groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The model's id as written.
    Model,
    /// The working directory of the session's first main line.
    Project,
    /// The session's id.
    Session,
    /// The git branch.
    Branch,
    /// The type of subagent.
    Agent,
    /// The skill at work or started.
    Skill,
    /// The tools that a response used.
    Tool,
    /// The MCP servers whose tools a response used, or whose results it consumed.
    Mcp,
    /// The day, in the report's zone.
    Day,
    /// The hour of the day, over all days.
    Hour,
    /// Who spent it: `main`, `subagent`, `compaction`, `advisor`.
    Kind,
    /// Where it is known from: `transcript`, `manual`.
    Source,
}

/// Every key of `--by` with what it means.
pub const KEYS: [(&str, By); 12] = [
    ("model", By::Model),
    ("project", By::Project),
    ("session", By::Session),
    ("branch", By::Branch),
    ("agent", By::Agent),
    ("skill", By::Skill),
    ("tool", By::Tool),
    ("mcp", By::Mcp),
    ("day", By::Day),
    ("hour", By::Hour),
    ("kind", By::Kind),
    ("source", By::Source),
];

impl By {
    /// Looks a key up; the error says which there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        KEYS.iter().find(|(name, _)| *name == text).map(|(_, by)| *by).ok_or_else(|| {
            let names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
            format!("cannot break down by {text:?}; use one of {}", names.join(", "))
        })
    }

    /// The key's name.
    pub fn name(self) -> &'static str {
        KEYS.iter().find(|(_, by)| *by == self).map_or("", |(name, _)| name)
    }

    /// Whether the sums of quarter hours are enough for it.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Hour)
    }

    /// Whether rows come most recent first; else they come costliest first.
    const fn recent_first(self) -> bool {
        matches!(self, Self::Day | Self::Hour | Self::Session)
    }
}

/// A range of days, both inclusive; an open end has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl Days {
    /// The instants of the range in a zone: from the first, up to but without the second.
    pub fn instants(&self, zone: &Zone) -> (Millis, Millis) {
        let from = self.since.map_or(0, |day| zone.start_of(day));
        (from, self.until.map_or(Millis::MAX, |day| zone.end_of(day)))
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What rows are about.
    pub by: By,
    /// The days that count.
    pub days: Days,
    /// The one project that counts.
    pub project: Option<String>,
    /// How many rows at most; totals are over all.
    pub limit: Option<usize>,
}

/// What one row is made of.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The sums.
    pub sums: Sums,
    /// The sessions that they are from.
    pub sessions: HashSet<i64>,
    /// Time of the first response.
    pub first: Option<Millis>,
    /// Time of the last response.
    pub last: Option<Millis>,
    /// Uses of tools by its responses.
    pub tool_calls: i64,
    /// Files that they edited.
    pub files: HashSet<i64>,
    /// Lines that they added.
    pub lines_added: i64,
    /// Lines that they removed.
    pub lines_removed: i64,
    /// Uses of what the row is about: of the tool, the skill, the server; runs of the agent.
    pub uses: Option<i64>,
    /// Uses that failed.
    pub failures: Option<i64>,
    /// Time that a session waited for the API, as Claude Code says.
    pub api_ms: Option<i64>,
}

impl Tally {
    /// Adds a response, or a share of one.
    pub fn add(&mut self, sums: Sums, session: i64, at: Millis) {
        self.sums += sums;
        if sums.messages > 0 {
            self.sessions.insert(session);
        }
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
    }
}

/// Makes a report out of its rows' tallies.
pub fn report(query: &Query, zone: &Zone, total: &Tally, rows: Vec<(String, Tally)>) -> Report {
    let span = span(query, zone, total);
    let mut rows = rows;
    if query.by.recent_first() {
        let recency = |key: &String, tally: &Tally| match query.by {
            By::Session => (tally.last, key.clone()),
            _ => (None, key.clone()),
        };
        rows.sort_by_cached_key(|(key, tally)| std::cmp::Reverse(recency(key, tally)));
    } else {
        rows.sort_by(|(a_key, a), (b_key, b)| (b.sums.cost, a_key).cmp(&(a.sums.cost, b_key)));
    }
    rows.truncate(query.limit.unwrap_or(usize::MAX));
    Report {
        totals: totals(total),
        rows: rows.into_iter().map(|(key, tally)| row(query.by, key, &tally, zone)).collect(),
        since: span.since.map(|day| day.to_string()),
        until: span.until.map(|day| day.to_string()),
        timezone: zone.name(),
        partial: None,
    }
}

/// The days that were asked for; an open end is the first or last day with a response.
fn span(query: &Query, zone: &Zone, total: &Tally) -> Days {
    Days {
        since: query.days.since.or(total.first.map(|at| zone.day(at))),
        until: query.days.until.or(total.last.map(|at| zone.day(at))),
    }
}

fn totals(tally: &Tally) -> Totals {
    Totals::new(&tally.sums, tally.sessions.len() as i64)
}

fn row(by: By, key: String, tally: &Tally, zone: &Zone) -> Row {
    let extra = (!by.is_time()).then(|| extra(by, tally, zone));
    Row { key, totals: totals(tally), extra }
}

fn extra(by: By, tally: &Tally, zone: &Zone) -> Extra {
    let duration = tally.first.zip(tally.last).map(|(first, last)| last - first);
    let per_use = |uses: i64| (uses > 0).then(|| tally.sums.tokens.total() / uses);
    Extra {
        started_at: tally.first.map(|at| zone.rfc3339(at)),
        last_activity_at: tally.last.map(|at| zone.rfc3339(at)),
        duration_ms: duration.filter(|_| by == By::Session),
        api_ms: tally.api_ms,
        response_ms_p50: None,
        response_ms_p95: None,
        lines_added: tally.lines_added,
        lines_removed: tally.lines_removed,
        tool_calls: tally.tool_calls,
        files_modified: tally.files.len() as i64,
        uses: tally.uses,
        failures: tally.failures,
        avg_tokens: tally.uses.and_then(per_use),
        change_percent: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::NanoUsd;

    fn tally(cost: i64, last: Millis) -> Tally {
        let mut tally = Tally::default();
        tally.add(Sums { messages: 1, cost: NanoUsd(cost), ..Sums::default() }, 1, last);
        tally
    }

    fn keys(by: By, rows: &[(&str, i64, Millis)], limit: Option<usize>) -> Vec<String> {
        let query = Query { by, days: Days::default(), project: None, limit };
        let rows: Vec<_> =
            rows.iter().map(|(key, cost, last)| ((*key).to_owned(), tally(*cost, *last))).collect();
        let report = report(&query, &Zone::named("UTC").unwrap(), &Tally::default(), rows);
        report.rows.into_iter().map(|row| row.key).collect()
    }

    #[test]
    fn orders_rows() {
        let rows = [("a", 1, 30), ("b", 3, 10), ("c", 3, 20), ("d", 2, 40)];
        assert_eq!(keys(By::Model, &rows, None), ["b", "c", "d", "a"]);
        assert_eq!(keys(By::Session, &rows, None), ["d", "a", "c", "b"]);
        assert_eq!(keys(By::Day, &rows, Some(2)), ["d", "c"]);
    }

    #[test]
    fn unknown_keys_are_told() {
        assert_eq!(By::parse("mcp"), Ok(By::Mcp));
        assert!(By::parse("colour").unwrap_err().contains("use one of model, project"));
    }
}
