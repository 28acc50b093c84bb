//! Today, this week and this month beside each other.

use super::{BlockRow, Tally, totals};
use crate::budgets::used_percent;
use crate::money::NanoUsd;
use crate::snapshot::wire::Totals;
use crate::time::{Millis, Zone, month_start, week_start};
use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was spent lately, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Current {
    /// Since midnight.
    pub today: Period,
    /// Since the week began.
    pub week: Period,
    /// Since the month began.
    pub month: Period,
    /// Who spent most of it.
    pub top: Top,
    /// The five-hour window that runs; `null` where none does.
    pub block: Option<BlockRow>,
    /// The zone of the days.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<bool>,
}

/// A stretch of days that ends today.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// Its first day.
    pub since: String,
    /// Today.
    pub until: String,
    /// Its sums.
    pub totals: Totals,
    /// The hour of the day, `00` to `23`, that cost most; `null` where nothing did.
    pub peak_hour: Option<String>,
    /// What was spent in that hour of all its days.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub peak_hour_usd: Option<NanoUsd>,
    /// Its cost by the number of its days so far, today included.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub daily_average_usd: NanoUsd,
    /// The budget of the period; `null` where none is set.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub budget_usd: Option<NanoUsd>,
    /// The used part of it in percent.
    pub budget_used_percent: Option<f64>,
}

impl Period {
    /// The same with the budget of its time, and what was spent of that: it may count more than the sums, as what is spent in
    /// folders below.
    #[must_use]
    pub fn with_budget(self, budget: Option<(NanoUsd, NanoUsd)>) -> Self {
        Self {
            budget_usd: budget.map(|(limit, _)| limit),
            budget_used_percent: budget.map(|(limit, spent)| used_percent(spent, limit)),
            ..self
        }
    }
}

/// The costliest projects, models and sessions of the three periods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Top {
    /// Projects.
    pub projects: Vec<Consumer>,
    /// Models.
    pub models: Vec<Consumer>,
    /// Sessions.
    pub sessions: Vec<Consumer>,
}

/// What a project, a model or a session cost in each of the periods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    /// The path or id.
    pub key: String,
    /// A session's title, where it has one.
    pub title: Option<String>,
    /// Its cost today.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub today_usd: NanoUsd,
    /// Its cost this week.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub week_usd: NanoUsd,
    /// Its cost this month.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub month_usd: NanoUsd,
}

/// The first days of today, this week and this month.
pub fn periods(now: Millis, zone: &Zone, first: Weekday) -> [NaiveDate; 3] {
    let today = zone.day(now);
    [today, week_start(today, first), month_start(today)]
}

/// One of the periods: its total, and its tallies by hour of the day.
pub fn period(since: NaiveDate, today: NaiveDate, total: &Tally, hours: &[(String, Tally)]) -> Period {
    let spent = hours.iter().filter(|(_, tally)| tally.sums.cost > NanoUsd::ZERO);
    // Of equal hours the earliest counts.
    let peak = spent.max_by_key(|(hour, tally)| (tally.sums.cost, std::cmp::Reverse(hour)));
    let days = (today - since).num_days() + 1;
    Period {
        since: since.to_string(),
        until: today.to_string(),
        totals: totals(total),
        peak_hour: peak.map(|(hour, _)| hour.clone()),
        peak_hour_usd: peak.map(|(_, tally)| tally.sums.cost),
        daily_average_usd: total.sums.cost.over(days),
        budget_usd: None,
        budget_used_percent: None,
    }
}

/// The costliest of each period, `most` of each, out of the rows of today, the week and the month.
pub fn consumers(periods: [Vec<(String, Tally)>; 3], most: usize) -> Vec<Consumer> {
    let mut costs: BTreeMap<String, [NanoUsd; 3]> = BTreeMap::new();
    let mut chosen: Vec<String> = Vec::new();
    for (index, mut rows) in periods.into_iter().enumerate() {
        rows.sort_by(|(a_key, a), (b_key, b)| (b.sums.cost, a_key).cmp(&(a.sums.cost, b_key)));
        for (rank, (key, tally)) in rows.into_iter().enumerate() {
            if rank < most && tally.sums.cost > NanoUsd::ZERO && !chosen.contains(&key) {
                chosen.push(key.clone());
            }
            costs.entry(key).or_default()[index] = tally.sums.cost;
        }
    }
    let consumer = |key: String| {
        let [today_usd, week_usd, month_usd] = costs.get(&key).copied().unwrap_or_default();
        Consumer { key, title: None, today_usd, week_usd, month_usd }
    };
    let mut consumers: Vec<Consumer> = chosen.into_iter().map(consumer).collect();
    let weight = |row: &Consumer| (row.month_usd.max(row.week_usd), row.today_usd);
    consumers.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.key.cmp(&b.key)));
    consumers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::Sums;

    fn tally(cost: i64) -> Tally {
        Tally { sums: Sums { cost: NanoUsd(cost), ..Sums::default() }, ..Tally::default() }
    }

    fn rows(costs: &[(&str, i64)]) -> Vec<(String, Tally)> {
        costs.iter().map(|(key, cost)| ((*key).to_owned(), tally(*cost))).collect()
    }

    #[test]
    fn averages_and_peaks() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let hours = rows(&[("09", 4), ("14", 9), ("16", 9)]);
        let found = period(day("2026-11-16"), day("2026-11-22"), &tally(22), &hours);
        // 22 by seven days is 3.14.
        assert_eq!((found.daily_average_usd, found.peak_hour_usd), (NanoUsd(3), Some(NanoUsd(9))));
        assert_eq!(found.peak_hour.as_deref(), Some("14"));
        assert_eq!(found.budget_used_percent, None);
        let found = found.with_budget(Some((NanoUsd(44), NanoUsd(22))));
        assert_eq!((found.budget_usd, found.budget_used_percent), (Some(NanoUsd(44)), Some(50.0)));
        let idle = period(day("2026-11-22"), day("2026-11-22"), &tally(0), &[]);
        assert_eq!((idle.daily_average_usd, idle.peak_hour), (NanoUsd::ZERO, None));
    }

    #[test]
    fn the_costliest_of_each_period() {
        let found = consumers(
            [rows(&[("a", 1)]), rows(&[("a", 1), ("b", 5)]), rows(&[("a", 1), ("b", 5), ("c", 9), ("d", 2)])],
            1,
        );
        let keys: Vec<&str> = found.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys, ["c", "b", "a"]);
        assert_eq!(
            (found[1].today_usd, found[1].week_usd, found[1].month_usd),
            (NanoUsd(0), NanoUsd(5), NanoUsd(5))
        );
    }
}
