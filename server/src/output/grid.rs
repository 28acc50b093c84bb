//! Tables that fit the terminal, and what stands below them.

use super::Out;
use crate::reports::Extra;
use crate::snapshot::wire::Totals;
use crate::tokens::{compact, grouped};
use anyhow::Result;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use std::io::Write as _;

/// A column: its head, the least width of a terminal that shows it, and what it says of totals.
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) from_width: u16,
    pub(super) value: fn(&Totals, Option<&Extra>) -> String,
}

/// What is said of any sums.
pub(super) const COLUMNS: [Column; 8] = [
    Column { head: "Cost", from_width: 0, value: |totals, _| cost(totals) },
    Column { head: "Input", from_width: 90, value: |totals, _| compact(totals.input_tokens) },
    Column { head: "Output", from_width: 90, value: |totals, _| compact(totals.output_tokens) },
    Column { head: "Cache write", from_width: 110, value: |totals, _| compact(totals.cache_write_tokens) },
    Column { head: "Cache read", from_width: 110, value: |totals, _| compact(totals.cache_read_tokens) },
    Column { head: "Tokens", from_width: 60, value: |totals, _| compact(totals.total_tokens) },
    Column { head: "Responses", from_width: 70, value: |totals, _| grouped(totals.messages.unsigned_abs()) },
    Column { head: "Sessions", from_width: 80, value: |totals, _| grouped(totals.sessions.unsigned_abs()) },
];

/// The width that a table has where there is no terminal.
pub(super) const NO_TERMINAL: u16 = 160;

/// A table of sums: one column says what a row is about, the others are chosen by the terminal's width.
pub(super) struct Grid {
    table: Table,
    columns: Vec<&'static Column>,
}

impl Grid {
    pub(super) fn new(title: &str, columns: &'static [Column], out: &Out) -> Self {
        let width = out.width.unwrap_or(NO_TERMINAL);
        let columns: Vec<&Column> = columns.iter().filter(|column| column.from_width <= width).collect();
        let heads = columns.iter().map(|column| column.head);
        Self { table: bare(title, heads, out), columns }
    }

    pub(super) fn row(&mut self, name: &str, totals: &Totals, extra: Option<&Extra>) {
        let cells = self.cells(name, totals, extra);
        self.table.add_row(cells);
    }

    pub(super) fn total(&mut self, name: &str, totals: &Totals) {
        let cells = self.cells(name, totals, None).into_iter();
        self.table.add_row(cells.map(|cell| cell.add_attribute(Attribute::Bold)));
    }

    pub(super) fn write(&self, out: &mut Out) -> Result<()> {
        write(&self.table, out)
    }

    fn cells(&self, name: &str, totals: &Totals, extra: Option<&Extra>) -> Vec<Cell> {
        let values = self.columns.iter().map(|column| {
            let text = (column.value)(totals, extra);
            let cell = Cell::new(text).set_alignment(CellAlignment::Right);
            if column.head == "Cost" && totals.unpriced_messages > 0 { cell.fg(Color::Yellow) } else { cell }
        });
        std::iter::once(Cell::new(name)).chain(values).collect()
    }
}

/// An empty table whose first column stands left and whose others stand right.
pub(super) fn bare<'a>(title: &str, heads: impl Iterator<Item = &'a str>, out: &Out) -> Table {
    with_texts(title, heads, std::iter::empty(), out)
}

/// The same with columns of text, which stand left, behind those of numbers.
pub(super) fn with_texts<'a>(
    title: &str,
    heads: impl Iterator<Item = &'a str>,
    texts: impl Iterator<Item = &'a str>,
    out: &Out,
) -> Table {
    let mut table = Table::new();
    let width = out.width.unwrap_or(NO_TERMINAL);
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    if out.colored {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let head = |text: &str| Cell::new(text).add_attribute(Attribute::Bold).fg(Color::Cyan);
    let heads = heads.map(|text| head(text).set_alignment(CellAlignment::Right));
    let texts = texts.map(|text| head(text).set_alignment(CellAlignment::Left));
    table.set_header(std::iter::once(head(title)).chain(heads).chain(texts));
    table
}

/// A cell of text in a column that stands left.
pub(super) fn left(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Left)
}

/// A cell of a number.
pub(super) fn right(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Right)
}

pub(super) fn write(table: &Table, out: &mut Out) -> Result<()> {
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The cost, with a mark where it is not the whole cost.
pub(super) fn cost(totals: &Totals) -> String {
    let mark = if totals.unpriced_messages > 0 { "+?" } else { "" };
    format!("{}{mark}", totals.cost_usd.short())
}

pub(super) fn count(count: Option<i64>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| grouped(count.unsigned_abs()))
}

pub(super) fn total_name(since: Option<&str>, until: Option<&str>) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since == until => format!("Total {since}"),
        (Some(since), Some(until)) => format!("Total {since} – {until}"),
        _ => "Total".to_owned(),
    }
}

/// What is said in place of an empty table of these days and this project.
pub(super) fn nothing(days: (Option<&str>, Option<&str>), project: Option<&str>) -> String {
    let place = project.map(|project| format!(" in {project}")).unwrap_or_default();
    match days {
        (Some(since), Some(until)) => format!("Nothing was used{place} from {since} to {until}."),
        (Some(since), None) => format!("Nothing was used{place} since {since}."),
        (None, Some(until)) => format!("Nothing was used{place} until {until}."),
        (None, None) if project.is_some() => format!("Nothing is known to be used{place}."),
        (None, None) => "No usage is known yet. Claude Code writes its transcripts below ~/.claude/projects; `costline config path` shows where they are looked for.".to_owned(),
    }
}

/// What the numbers leave out, below a table.
pub(super) fn footnotes(totals: &Totals, partial: Option<bool>, out: &mut Out) -> Result<()> {
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
    if partial == Some(true) {
        writeln!(out, "\nPartial: another Costline process is still reading.")?;
    }
    Ok(())
}
