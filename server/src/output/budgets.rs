//! Budgets for a person: a bar each, what is left, and where the present rate leads.
#![allow(clippy::float_arithmetic, reason = "a bar for people")]

use super::grid::{bare, left, right, write};
use super::windows::minute;
use super::{Out, folded, width};
use crate::budgets::{Urgency, told_apart};
use crate::money::NanoUsd;
use crate::snapshot::wire::Budget;
use anyhow::Result;
use comfy_table::Cell;
use serde::Serialize;
use std::io::Write as _;

/// How long a bar is, in cells.
const BAR: usize = 20;

/// A budget as it was set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetRow {
    /// Its number.
    pub id: i64,
    /// Whose spending counts.
    pub scope: &'static str,
    /// Which project, model or branch.
    pub name: Option<String>,
    /// In which time.
    pub period: &'static str,
    /// How much may be spent.
    pub limit_usd: NanoUsd,
    /// Work stops when it is used up.
    pub hard: bool,
    /// Parts of it in percent at which a word is said.
    pub thresholds: Vec<u32>,
    /// Where it was set.
    pub source: &'static str,
    /// When.
    pub set_at: String,
    /// When it was removed or replaced.
    pub removed_at: Option<String>,
}

pub(super) const NONE: &str = "No budget is set; `costline budget set --daily 10` sets one.";

/// Writes how budgets stand.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn budgets(budgets: &[Budget], out: &mut Out) -> Result<()> {
    if budgets.is_empty() {
        writeln!(out, "{NONE}")?;
        return Ok(());
    }
    let others = scopes(budgets);
    let names: Vec<String> = budgets
        .iter()
        .map(|budget| name(&budget.period, &budget.scope, budget.name.as_deref(), &others))
        .collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let room = out.width.map_or(usize::MAX, usize::from);
    let rows: Vec<[String; 4]> = budgets
        .iter()
        .map(|budget| {
            let percent = format!("{}%", budget.used_percent.trunc() as i64);
            let amount = format!("{} of {}", spent(budget), budget.limit_usd.short());
            [bar(budget.used_percent), percent, amount, outlook(budget)]
        })
        .collect();
    let amounts = rows.iter().map(|[_, _, amount, _]| width(amount)).max().unwrap_or(0);
    // Name, bar, percent and amount, with what lies between them.
    let head = widest + 2 + BAR + 1 + 5 + 2 + amounts;
    let wide = rows.iter().all(|[.., outlook]| head + 2 + width(outlook) <= room);
    for ((budget, name), [bar, percent, amount, outlook]) in budgets.iter().zip(names).zip(rows) {
        let style = style(budget.severity);
        // Where there is no room for all, the bar goes first.
        let bar = if head <= room { format!("{bar} {percent:>5}") } else { percent };
        let name = format!("{name}{}", " ".repeat(widest.saturating_sub(width(&name))));
        if wide {
            writeln!(out, "{name}  {style}{bar}{style:#}  {amount:<amounts$}  {outlook}")?;
            continue;
        }
        writeln!(out, "{name}  {style}{bar}{style:#}  {amount}")?;
        for line in folded(&outlook, room.saturating_sub(2)) {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

pub(super) fn style(urgency: Urgency) -> anstyle::Style {
    match urgency {
        Urgency::Ok => anstyle::AnsiColor::Green.on_default(),
        Urgency::Info => anstyle::AnsiColor::Cyan.on_default(),
        Urgency::Warning => anstyle::AnsiColor::Yellow.on_default(),
        Urgency::Error => anstyle::AnsiColor::Red.on_default().bold(),
    }
}

/// `████████············`.
fn bar(percent: f64) -> String {
    let filled = ((percent * BAR as f64 / 100.0).floor() as usize).min(BAR);
    format!("{}{}", "█".repeat(filled), "·".repeat(BAR - filled))
}

/// `Day: 69%, $6.90 of $10.00; $3.10 left; anew 2026-09-17 00:00`.
pub(super) fn sentence(budget: &Budget, others: &[String]) -> String {
    format!(
        "{}: {}%, {} of {}; {}",
        name(&budget.period, &budget.scope, budget.name.as_deref(), others),
        budget.used_percent.trunc() as i64,
        spent(budget),
        budget.limit_usd.short(),
        outlook(budget)
    )
}

/// `$6.91`, and `$6.91+?` where something in it has no known price.
fn spent(budget: &Budget) -> String {
    let mark = if budget.unpriced_messages > 0 { "+?" } else { "" };
    format!("{}{mark}", budget.spent_usd.short())
}

/// What is left, when it is gone, when it begins anew.
fn outlook(budget: &Budget) -> String {
    let gone = budget.exhausted_at.as_deref().map(minute);
    let spent_up = budget.spent_usd >= budget.limit_usd;
    let mut words = match gone {
        Some(at) if spent_up => format!("used up since {at}"),
        Some(at) => {
            format!("{} left, gone by {at} at this rate", (budget.limit_usd - budget.spent_usd).short())
        }
        None if spent_up => "used up".to_owned(),
        None => format!("{} left", (budget.limit_usd - budget.spent_usd).short()),
    };
    if let Some(at) = budget.resets_at.as_deref() {
        words.push_str("; anew ");
        words.push_str(&minute(at));
    }
    if budget.hard {
        words += "; hard";
    }
    words
}

/// What budgets are about, where that is not everything.
pub(super) fn scopes(budgets: &[Budget]) -> Vec<String> {
    budgets.iter().filter_map(|budget| budget.name.clone()).collect()
}

/// What a list calls a budget: `Day`, `Day, project app`, and `Day, project web/app` where `others` have such a name, too.
pub(super) fn name(period: &str, scope: &str, name: Option<&str>, others: &[String]) -> String {
    let period = match period {
        "day" => "Day",
        "week" => "Week",
        "month" => "Month",
        "cycle" => "Billing cycle",
        "block" => "5-hour window",
        "session" => "Session",
        other => other,
    };
    match name {
        Some(name) if scope == "project" => format!("{period}, {scope} {}", told_apart(name, others)),
        Some(name) => format!("{period}, {scope} {name}"),
        None => period.to_owned(),
    }
}

/// Writes budgets as they were set.
///
/// # Errors
/// As for [`budgets`].
pub fn budget_list(rows: &[BudgetRow], out: &mut Out) -> Result<()> {
    if rows.is_empty() {
        writeln!(out, "{NONE}")?;
        return Ok(());
    }
    let past = rows.iter().any(|row| row.removed_at.is_some());
    let heads = ["Amount", "Thresholds", "Number", "Set", "By"].into_iter().chain(past.then_some("Removed"));
    let others: Vec<String> = rows.iter().filter_map(|row| row.name.clone()).collect();
    let mut table = bare("Budget", heads, out);
    for row in rows {
        let hard = if row.hard { ", hard" } else { "" };
        let what = format!("{}{hard}", name(row.period, row.scope, row.name.as_deref(), &others));
        let at: Vec<String> = row.thresholds.iter().map(ToString::to_string).collect();
        let mut cells = vec![
            left(what),
            right(row.limit_usd.short()),
            right(format!("{} %", at.join(", "))),
            right(row.id.to_string()),
            right(minute(&row.set_at)),
            right(row.source),
        ];
        if past {
            cells.push(right(row.removed_at.as_deref().map(minute).unwrap_or_default()));
        }
        table.add_row(cells.into_iter().collect::<Vec<Cell>>());
    }
    write(&table, out)
}
