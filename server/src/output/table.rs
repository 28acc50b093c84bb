//! Reports as tables that fit the terminal.

use super::Out;
use crate::reports::{By, Extra, Report, Row};
use crate::snapshot::wire::Totals;
use crate::tokens::{compact, grouped};
use anyhow::Result;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use std::io::Write as _;

/// A column: its head, the least width of a terminal that shows it, and what it says of totals.
struct Column {
    head: &'static str,
    from_width: u16,
    value: fn(&Totals, Option<&Extra>) -> String,
}

const COLUMNS: [Column; 8] = [
    Column { head: "Cost", from_width: 0, value: |totals, _| cost(totals) },
    Column { head: "Input", from_width: 90, value: |totals, _| compact(totals.input_tokens) },
    Column { head: "Output", from_width: 90, value: |totals, _| compact(totals.output_tokens) },
    Column { head: "Cache write", from_width: 110, value: |totals, _| compact(totals.cache_write_tokens) },
    Column { head: "Cache read", from_width: 110, value: |totals, _| compact(totals.cache_read_tokens) },
    Column { head: "Tokens", from_width: 60, value: |totals, _| compact(totals.total_tokens) },
    Column { head: "Responses", from_width: 70, value: |totals, _| grouped(totals.messages.unsigned_abs()) },
    Column { head: "Sessions", from_width: 80, value: |totals, _| grouped(totals.sessions.unsigned_abs()) },
];

const SESSION_COLUMNS: [Column; 5] = [
    Column { head: "Last activity", from_width: 70, value: |_, extra| minute(extra) },
    Column { head: "Cost", from_width: 0, value: |totals, _| cost(totals) },
    Column { head: "Output", from_width: 100, value: |totals, _| compact(totals.output_tokens) },
    Column { head: "Tokens", from_width: 85, value: |totals, _| compact(totals.total_tokens) },
    Column { head: "Responses", from_width: 95, value: |totals, _| grouped(totals.messages.unsigned_abs()) },
];

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

/// The width that a table has where there is no terminal.
const NO_TERMINAL: u16 = 160;

/// Writes a report as a table.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn report(report: &Report, by: By, project: Option<&str>, out: &mut Out) -> Result<()> {
    if report.rows.is_empty() {
        writeln!(out, "{}", nothing(report, project))?;
        return Ok(());
    }
    let width = out.width.unwrap_or(NO_TERMINAL);
    let columns: &[Column] = match by {
        By::Session => &SESSION_COLUMNS,
        By::Agent | By::Skill | By::Tool | By::Mcp => &USE_COLUMNS,
        _ => &COLUMNS,
    };
    let columns: Vec<&Column> = columns.iter().filter(|column| column.from_width <= width).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    if out.colored {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let head = |text: &str| Cell::new(text).add_attribute(Attribute::Bold).fg(Color::Cyan);
    let heads = columns.iter().map(|column| head(column.head).set_alignment(CellAlignment::Right));
    table.set_header(std::iter::once(head(title(by))).chain(heads));
    for row in &report.rows {
        table.add_row(cells(&name(by, row), &row.totals, row.extra.as_ref(), &columns));
    }
    let total = cells(&total_name(report), &report.totals, None, &columns);
    table.add_row(total.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    footnotes(report, out)
}

fn cells(name: &str, totals: &Totals, extra: Option<&Extra>, columns: &[&Column]) -> Vec<Cell> {
    let values = columns.iter().map(|column| {
        let text = (column.value)(totals, extra);
        let cell = Cell::new(text).set_alignment(CellAlignment::Right);
        if column.head == "Cost" && totals.unpriced_messages > 0 { cell.fg(Color::Yellow) } else { cell }
    });
    std::iter::once(Cell::new(name)).chain(values).collect()
}

/// The cost, with a mark where it is not the whole cost.
fn cost(totals: &Totals) -> String {
    let mark = if totals.unpriced_messages > 0 { "+?" } else { "" };
    format!("{}{mark}", totals.cost_usd.short())
}

fn count(count: Option<i64>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| grouped(count.unsigned_abs()))
}

/// `2026-09-14 15:16`, in the report's zone.
fn minute(extra: Option<&Extra>) -> String {
    let at = extra.and_then(|extra| extra.last_activity_at.as_deref());
    at.map_or_else(String::new, |at| at.chars().take(16).collect::<String>().replace('T', " "))
}

fn title(by: By) -> &'static str {
    match by {
        By::Model => "Model",
        By::Project => "Project",
        By::Session => "Session",
        By::Branch => "Branch",
        By::Agent => "Agent",
        By::Skill => "Skill",
        By::Tool => "Tool",
        By::Mcp => "MCP server",
        By::Day => "Day",
        By::Hour => "Hour",
        By::Kind => "Kind",
        By::Source => "Source",
    }
}

/// What stands for an empty key.
fn name(by: By, row: &Row) -> String {
    if !row.key.is_empty() {
        return row.key.clone();
    }
    match by {
        By::Agent => "(main thread)",
        By::Project | By::Model => "(not known)",
        By::Branch => "(no branch)",
        _ => "(none)",
    }
    .to_owned()
}

fn total_name(report: &Report) -> String {
    match (&report.since, &report.until) {
        (Some(since), Some(until)) if since == until => format!("Total {since}"),
        (Some(since), Some(until)) => format!("Total {since} – {until}"),
        _ => "Total".to_owned(),
    }
}

fn nothing(report: &Report, project: Option<&str>) -> String {
    let place = project.map(|project| format!(" in {project}")).unwrap_or_default();
    match (&report.since, &report.until) {
        (Some(since), Some(until)) => format!("Nothing was used{place} from {since} to {until}."),
        (Some(since), None) => format!("Nothing was used{place} since {since}."),
        (None, Some(until)) => format!("Nothing was used{place} until {until}."),
        (None, None) if project.is_some() => format!("Nothing is known to be used{place}."),
        (None, None) => "No usage is known yet. Claude Code writes its transcripts below ~/.claude/projects; `costline config path` shows where they are looked for.".to_owned(),
    }
}

fn footnotes(report: &Report, out: &mut Out) -> Result<()> {
    let totals = &report.totals;
    let grouped = |count: i64| grouped(count.unsigned_abs());
    if totals.unpriced_messages > 0 {
        let what = match totals.unpriced_messages {
            1 => "1 response of a model without a price is".to_owned(),
            count => format!("{} responses of models without a price are", grouped(count)),
        };
        writeln!(out, "\n+? {what} not in the cost; `costline prices list` shows the known ones.")?;
    }
    if totals.lower_bound_messages > 0 {
        writeln!(
            out,
            "\nAt least: {} of {} responses have no final output count in their transcripts.",
            grouped(totals.lower_bound_messages),
            grouped(totals.messages)
        )?;
    }
    if report.partial == Some(true) {
        writeln!(out, "\nPartial: another Costline process is still reading.")?;
    }
    Ok(())
}
