//! Reports as tables that fit the terminal.

use super::Out;
use super::grid::{COLUMNS, Column, Grid, cost, count, footnotes, nothing, total_name};
use crate::reports::{By, Extra, Part, Report, Row};
use crate::tokens::{compact, grouped};
use anyhow::Result;
use std::io::Write as _;

const SESSION_COLUMNS: [Column; 5] = [
    Column { head: "Last activity", from_width: 70, value: |_, extra| minute(extra) },
    Column { head: "Cost", from_width: 0, value: |totals, _| cost(totals) },
    Column { head: "Output", from_width: 100, value: |totals, _| compact(totals.output_tokens) },
    Column { head: "Tokens", from_width: 85, value: |totals, _| compact(totals.total_tokens) },
    Column { head: "Responses", from_width: 95, value: |totals, _| grouped(totals.messages.unsigned_abs()) },
];

/// Before the name of a part.
pub(super) const INDENT: &str = "  ";

const USE_COLUMNS: [Column; 5] = [
    Column { head: "Uses", from_width: 0, value: |_, extra| count(extra.and_then(|extra| extra.uses)) },
    Column {
        head: "Failed",
        from_width: 80,
        value: |_, extra| count(extra.and_then(|extra| extra.failures)),
    },
    Column { head: "Cost", from_width: 0, value: |totals, _| cost(totals) },
    Column { head: "Tokens", from_width: 60, value: |totals, _| compact(totals.total_tokens) },
    Column { head: "Responses", from_width: 70, value: |totals, _| grouped(totals.messages.unsigned_abs()) },
];

/// Writes a report as a table; each row's parts stand below it.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn report(
    report: &Report,
    by: By,
    split: Option<By>,
    project: Option<&str>,
    out: &mut Out,
) -> Result<()> {
    if report.rows.is_empty() {
        let days = (report.since.as_deref(), report.until.as_deref());
        writeln!(out, "{}", nothing(days, project))?;
        return Ok(());
    }
    let mut grid = grid(by, split, &report.rows, out);
    grid.total(&total_name(report.since.as_deref(), report.until.as_deref()), &report.totals);
    grid.write(out)?;
    footnotes(&report.totals, report.partial, out)
}

/// Writes some rows of a larger report; more than `most` are only counted.
pub(super) fn part(by: By, rows: &[Row], most: usize, out: &mut Out) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    grid(by, None, &rows[..most.min(rows.len())], out).write(out)?;
    if rows.len() > most {
        writeln!(out, " … and {} more", rows.len() - most)?;
    }
    Ok(())
}

fn grid(by: By, split: Option<By>, rows: &[Row], out: &Out) -> Grid {
    let mut grid = Grid::new(title(by), columns_of(by), out);
    for row in rows {
        grid.row(&name(by, &row.key), &row.totals, row.extra.as_ref());
        for (split, part) in parts(row, split) {
            grid.row(&format!("{INDENT}{}", name(split, &part.key)), &part.totals, None);
        }
    }
    grid
}

/// The parts of a row, each with the key that they are by.
pub(super) fn parts(row: &Row, split: Option<By>) -> impl Iterator<Item = (By, &Part)> {
    let parts = row.parts.iter().flatten();
    split.into_iter().flat_map(move |split| parts.clone().map(move |part| (split, part)))
}

/// The columns after the first.
pub(super) fn columns_of(by: By) -> &'static [Column] {
    match by {
        By::Session => &SESSION_COLUMNS,
        By::Agent | By::Skill | By::Tool | By::Mcp | By::File => &USE_COLUMNS,
        _ => &COLUMNS,
    }
}

/// `2026-09-14 15:16`, in the report's zone.
fn minute(extra: Option<&Extra>) -> String {
    let at = extra.and_then(|extra| extra.last_activity_at.as_deref());
    at.map_or_else(String::new, |at| at.chars().take(16).collect::<String>().replace('T', " "))
}

pub(super) fn title(by: By) -> &'static str {
    match by {
        By::Model => "Model",
        By::Project => "Project",
        By::Session => "Session",
        By::Branch => "Branch",
        By::Agent => "Agent",
        By::Skill => "Skill",
        By::Tool => "Tool",
        By::Mcp => "MCP server",
        By::File => "File",
        By::Day => "Day",
        By::Week => "Week of",
        By::Month => "Month",
        By::Hour | By::DayHour => "Hour",
        By::Weekday => "Weekday",
        By::Kind => "Kind",
        By::Source => "Source",
    }
}

/// A key for a person: what stands for an empty one, the name of a day of the week.
pub(super) fn name(by: By, key: &str) -> String {
    if by == By::Weekday {
        let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let index = key.parse::<usize>().unwrap_or(0);
        return names.get(index.wrapping_sub(1)).map_or(key, |name| *name).to_owned();
    }
    if by == By::DayHour {
        return key.replace('T', " ") + ":00";
    }
    if !key.is_empty() {
        return key.to_owned();
    }
    match by {
        By::Agent => "(main thread)",
        By::Project | By::Model => "(not known)",
        By::Branch => "(no branch)",
        By::File => "(no file)",
        _ => "(none)",
    }
    .to_owned()
}
