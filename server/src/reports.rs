//! The rows of every report: what they are grouped by, what they carry, how they are ordered.

mod by;
mod current;
mod explain;
mod lookup;
mod overview;
mod project;
mod range;
mod session;
mod turns;
mod usage;
mod windows;
mod wire;

pub use by::{By, KEYS};
pub use current::{Consumer, Current, Period, Top, consumers, period, periods};
pub use explain::{Explained, Explanation, Lines, PriceGroup, Record, RecordNote, Subject, explain};
pub use lookup::{Candidate, MOST_CANDIDATES, Matched, refusal};
pub use overview::Overview;
pub use project::{PROJECT_KEYS, ProjectReport, project};
pub use range::{Range, Usual, parse_day};
pub use session::{Counters, SessionFacts, SessionReport, session};
pub use turns::{Seen, TurnRow, TurnTally, Uses, attribute, turns};
pub use usage::{
    DayUsage, Happened, MOST_EVENTS, Mark, ModelUsage, ProjectUsage, USUAL_EVENTS, UsageEvent, UsageEvents,
    UsageQuery, UsageStats, UsageSums,
};
pub use windows::{BlockRow, Blocks, Present, window, windows};
pub use wire::{Extra, Part, Report, Row};

use crate::burn;
use crate::money::NanoUsd;
use crate::snapshot::wire::Totals;
use crate::sums::Sums;
use crate::time::{Millis, Zone};
use chrono::{NaiveDate, Weekday};
use std::collections::HashSet;

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

    /// The equally long range that ends the day before this one begins; `None` where an end is open.
    pub fn before(&self) -> Option<Self> {
        let (since, until) = (self.since?, self.until?);
        let length = chrono::Days::new(u64::try_from((until - since).num_days() + 1).ok()?);
        let last = since.pred_opt()?;
        Some(Self { since: Some(since.checked_sub_days(length)?), until: Some(last) })
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What rows are about.
    pub by: By,
    /// What each row's parts are about, if it has any; another key than `by`.
    pub split: Option<By>,
    /// The days that count.
    pub days: Days,
    /// The one project that counts.
    pub project: Option<String>,
    /// How many rows at most; totals are over all.
    pub limit: Option<usize>,
    /// The day that weeks begin with.
    pub week_start: Weekday,
}

impl Query {
    /// Whether the sums of quarter hours are enough for it.
    pub const fn quarters_are_enough(&self) -> bool {
        let parts = match self.split {
            Some(split) => split.is_in_quarters(),
            None => true,
        };
        self.by.is_time() && parts
    }
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
    /// How long each response took to come, in milliseconds and in no order, of those of which that is known.
    pub took: Vec<i64>,
    /// What it cost in the range before; `None` where there is none, or it is not asked for.
    pub before: Option<NanoUsd>,
    /// Its parts by a second key, in no order.
    pub parts: Vec<(String, Self)>,
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

    /// How long so many of a hundred responses took at most, in milliseconds (nearest rank).
    pub fn percentile(&self, percent: usize) -> Option<i64> {
        let mut took = self.took.clone();
        took.sort_unstable();
        let rank = (took.len() * percent).div_ceil(100).max(1);
        took.get(rank - 1).copied()
    }

    /// Adds another tally's sums, sessions and times.
    pub fn join(&mut self, other: &Self) {
        self.sums += other.sums;
        self.took.extend(&other.took);
        self.sessions.extend(&other.sessions);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

/// Makes a report out of its rows' tallies.
pub fn report(query: &Query, zone: &Zone, total: &Tally, rows: Vec<(String, Tally)>) -> Report {
    let span = span(query.days, zone, total);
    Report {
        totals: totals(total),
        rows: self::rows(query.by, query.split, zone, rows, query.limit),
        since: span.since.map(|day| day.to_string()),
        until: span.until.map(|day| day.to_string()),
        timezone: zone.name(),
        partial: None,
    }
}

/// Rows in their order, with their parts by a second key where there is one.
pub fn rows(
    by: By,
    split: Option<By>,
    zone: &Zone,
    mut rows: Vec<(String, Tally)>,
    limit: Option<usize>,
) -> Vec<Row> {
    order(by, &mut rows);
    rows.truncate(limit.unwrap_or(usize::MAX));
    let parts = |tally: &mut Tally| {
        split.map(|split| {
            let mut parts = std::mem::take(&mut tally.parts);
            order(split, &mut parts);
            parts.into_iter().map(|(key, tally)| Part { key, totals: totals(&tally) }).collect()
        })
    };
    let row = |(key, mut tally): (String, Tally)| {
        let parts = parts(&mut tally);
        Row { parts, ..row(by, key, &tally, zone) }
    };
    rows.into_iter().map(row).collect()
}

fn order(by: By, rows: &mut [(String, Tally)]) {
    match by {
        By::Weekday => rows.sort_by(|(a, _), (b, _)| a.cmp(b)),
        By::Session => {
            rows.sort_by_cached_key(|(key, tally)| std::cmp::Reverse((tally.last, key.clone())));
        }
        by if by.is_time() => rows.sort_by(|(a, _), (b, _)| b.cmp(a)),
        _ => rows.sort_by(|(a_key, a), (b_key, b)| (b.sums.cost, a_key).cmp(&(a.sums.cost, b_key))),
    }
}

/// The days that were asked for; an open end is the first or last day with a response.
fn span(days: Days, zone: &Zone, total: &Tally) -> Days {
    Days {
        since: days.since.or(total.first.map(|at| zone.day(at))),
        until: days.until.or(total.last.map(|at| zone.day(at))),
    }
}

fn totals(tally: &Tally) -> Totals {
    Totals::new(&tally.sums, tally.sessions.len() as i64)
}

fn row(by: By, key: String, tally: &Tally, zone: &Zone) -> Row {
    let extra = (!by.is_time()).then(|| extra(by, tally, zone));
    Row { key, totals: totals(tally), extra, parts: None }
}

fn extra(by: By, tally: &Tally, zone: &Zone) -> Extra {
    let duration = tally.first.zip(tally.last).map(|(first, last)| last - first);
    let per_use = |uses: i64| (uses > 0).then(|| tally.sums.tokens.total() / uses);
    Extra {
        title: None,
        project: None,
        started_at: tally.first.map(|at| zone.rfc3339(at)),
        last_activity_at: tally.last.map(|at| zone.rfc3339(at)),
        duration_ms: duration.filter(|_| by == By::Session),
        api_ms: tally.api_ms,
        response_ms_p50: tally.percentile(50),
        response_ms_p95: tally.percentile(95),
        lines_added: tally.lines_added,
        lines_removed: tally.lines_removed,
        tool_calls: tally.tool_calls,
        files_modified: tally.files.len() as i64,
        uses: tally.uses,
        failures: tally.failures,
        avg_tokens: tally.uses.and_then(per_use),
        change_percent: tally.before.and_then(|before| burn::change_percent(before, tally.sums.cost)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(cost: i64, last: Millis) -> Tally {
        let mut tally = Tally::default();
        tally.add(Sums { messages: 1, cost: NanoUsd(cost), ..Sums::default() }, 1, last);
        tally
    }

    fn keys(by: By, rows: &[(&str, i64, Millis)], limit: Option<usize>) -> Vec<String> {
        let days = Days::default();
        let query = Query { by, split: None, days, project: None, limit, week_start: Weekday::Mon };
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
        assert_eq!(keys(By::Weekday, &rows, None), ["a", "b", "c", "d"]);
    }

    #[test]
    fn the_range_before_is_as_long() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        for (since, until, expected) in [
            ("2026-03-01", "2026-03-01", ("2026-02-28", "2026-02-28")),
            ("2026-03-02", "2026-03-08", ("2026-02-23", "2026-03-01")),
        ] {
            let days = Days { since: day(since), until: day(until) };
            let before = Days { since: day(expected.0), until: day(expected.1) };
            assert_eq!(days.before(), Some(before));
        }
        assert_eq!(Days { since: day("2026-03-01"), until: None }.before(), None);
    }
}
