//! Today, this week and this month as tables.

use super::Out;
use super::grid::{bare, cost, footnotes, right, write};
use super::windows::running;
use crate::money::NanoUsd;
use crate::reports::{Consumer, Current, Period};
use crate::tokens::{compact, grouped};
use anyhow::Result;
use comfy_table::Cell;
use std::io::Write as _;

/// A row: its name, and what it says of a period.
type Row = (&'static str, fn(&Period) -> String);

const ROWS: [Row; 6] = [
    ("Cost", |period| cost(&period.totals)),
    ("Tokens", |period| compact(period.totals.total_tokens)),
    ("Calls", |period| grouped(period.totals.messages.unsigned_abs())),
    ("Sessions", |period| grouped(period.totals.sessions.unsigned_abs())),
    ("Peak hour", |period| peak(period)),
    ("Daily average", |period| period.daily_average_usd.short()),
];

/// Writes what was spent lately.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn current(current: &Current, project: Option<&str>, out: &mut Out) -> Result<()> {
    let Current { week, month, top, .. } = current;
    if week.totals.messages == 0 && month.totals.messages == 0 {
        let place = project.map(|project| format!(" in {project}")).unwrap_or_default();
        let since = week.since.as_str().min(&month.since);
        writeln!(
            out,
            "Nothing was used{place} since {since}; `costline monthly` shows what was before, `costline config path` where transcripts are looked for."
        )?;
        return Ok(());
    }
    let mut table = bare("", heads(), out);
    for (name, values) in rows(current) {
        table.add_row([Cell::new(name)].into_iter().chain(values.map(right)));
    }
    write(&table, out)?;
    if let Some(block) = &current.block {
        writeln!(out, "\nThe 5-hour window cost {} so far and {}", cost(&block.totals), running(block))?;
    }
    for (title, rows) in [("Project", &top.projects), ("Model", &top.models), ("Session", &top.sessions)] {
        writeln!(out)?;
        let mut table = bare(title, heads(), out);
        for row in rows {
            let values = [row.today_usd, row.week_usd, row.month_usd].map(|cost| right(spent(cost)));
            table.add_row([Cell::new(name(row))].into_iter().chain(values));
        }
        write(&table, out)?;
    }
    // The longer period has the notes of the shorter one.
    let longest = if week.since < month.since { week } else { month };
    footnotes(&longest.totals, current.partial, out)
}

/// What is said of the three periods, line by line.
pub(super) fn rows(current: &Current) -> impl Iterator<Item = (&'static str, [String; 3])> + use<'_> {
    let periods = [&current.today, &current.week, &current.month];
    let budgets = periods.iter().any(|period| period.budget_usd.is_some());
    let last: Option<Row> = budgets.then_some(("Budget used", budget));
    ROWS.into_iter().chain(last).map(move |(name, value)| (name, periods.map(value)))
}

pub(super) fn heads() -> impl Iterator<Item = &'static str> {
    ["Today", "This week", "This month"].into_iter()
}

fn name(row: &Consumer) -> String {
    match &row.title {
        Some(title) => title.clone(),
        None if row.key.is_empty() => "(not known)".to_owned(),
        None => row.key.clone(),
    }
}

fn spent(cost: NanoUsd) -> String {
    if cost == NanoUsd::ZERO { "–".to_owned() } else { cost.short() }
}

/// `69% of $10.00`.
fn budget(period: &Period) -> String {
    match period.budget_used_percent.zip(period.budget_usd) {
        Some((percent, limit)) => format!("{}% of {}", percent.trunc() as i64, limit.short()),
        None => "–".to_owned(),
    }
}

/// `14h $1.20`.
fn peak(period: &Period) -> String {
    let Some((hour, cost)) = period.peak_hour.as_ref().zip(period.peak_hour_usd) else {
        return "–".to_owned();
    };
    format!("{hour}h {}", cost.short())
}
