//! A report as a document: good to read as it stands, in an editor that shows Markdown as text.

use super::grid::{Column, footnotes, nothing, right, total_name};
use super::table::{columns_of, name, parts, title};
use crate::reports::{By, Extra, Report};
use crate::snapshot::wire::Totals;
use anyhow::Result;
use comfy_table::{Cell, Table, presets};
use std::io::Write as _;

/// The report in Markdown; `written` says when that was.
///
/// # Errors
/// None that can be helped: memory can be written to.
pub fn markdown(
    report: &Report,
    by: By,
    split: Option<By>,
    project: Option<&str>,
    written: &str,
) -> Result<String> {
    let mut out = Vec::new();
    let subject = if by == By::Mcp { title(by) } else { by.name() };
    let within = split.map(|split| format!(" and {}", title(split).to_lowercase())).unwrap_or_default();
    writeln!(out, "# Cost by {subject}{within}\n")?;
    if let Some(project) = project {
        writeln!(out, "Project: {}\n", plain(project))?;
    }
    if report.rows.is_empty() {
        let days = (report.since.as_deref(), report.until.as_deref());
        writeln!(out, "{}", nothing(days, project))?;
    } else {
        writeln!(out, "{}", table(report, by, split))?;
        footnotes(&report.totals, report.partial, &mut out)?;
    }
    writeln!(out, "\nDays of {}. Written {written} by Costline.", report.timezone)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The rows of a report and their sums as a table.
pub(super) fn table(report: &Report, by: By, split: Option<By>) -> String {
    let columns = columns_of(by);
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).force_no_tty();
    let heads = columns.iter().map(|column| right(column.head));
    table.set_header(std::iter::once(Cell::new(title(by))).chain(heads));
    for row in &report.rows {
        table.add_row(cells(&name(by, &row.key), &row.totals, row.extra.as_ref(), columns));
        for (split, part) in parts(row, split) {
            table.add_row(cells(&format!("– {}", name(split, &part.key)), &part.totals, None, columns));
        }
    }
    let total = total_name(report.since.as_deref(), report.until.as_deref());
    table.add_row(cells(&total, &report.totals, None, columns));
    aligned(&table)
}

fn cells(name: &str, totals: &Totals, extra: Option<&Extra>, columns: &[Column]) -> Vec<Cell> {
    let values = columns.iter().map(|column| right(plain(&(column.value)(totals, extra))));
    std::iter::once(Cell::new(plain(name))).chain(values).collect()
}

/// A table as text, all columns but the first marked as standing at the right.
pub(super) fn aligned(table: &Table) -> String {
    let lines = table.lines().enumerate().map(|(at, line)| if at == 1 { marked(&line) } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The line below the heads with these marks.
fn marked(line: &str) -> String {
    let mut columns = line.split('|').map(str::to_owned).collect::<Vec<_>>();
    let last = columns.len().saturating_sub(1);
    for column in columns.iter_mut().take(last).skip(2) {
        if column.pop().is_some() {
            column.push(':');
        }
    }
    columns.join("|")
}

/// Text that stays in its cell: a name may hold anything.
pub(super) fn plain(text: &str) -> String {
    text.replace(char::is_control, " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::Row;
    use crate::snapshot::wire::Totals;

    fn report(keys: &[&str]) -> Report {
        let totals = Totals { messages: 1, unpriced_messages: 1, ..Totals::default() };
        let row =
            |key: &&str| Row { key: (*key).to_owned(), totals: totals.clone(), extra: None, parts: None };
        Report {
            totals: totals.clone(),
            rows: keys.iter().map(row).collect(),
            since: None,
            until: None,
            timezone: "UTC".to_owned(),
            partial: None,
        }
    }

    #[test]
    fn a_name_cannot_leave_its_cell() {
        let text = markdown(&report(&["", "a|b\n# c", "日本"]), By::Branch, None, None, "now").unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        for (row, start) in rows.iter().zip([
            "| Branch      |    Cost |",
            "|-------------|--------:|",
            "| (no branch) | $0.00+? |",
            "| a\\|b # c    | $0.00+? |",
            "| 日本        | $0.00+? |",
            "| Total       | $0.00+? |",
        ]) {
            assert!(row.starts_with(start), "{text}");
        }
        assert_eq!(rows.len(), 6, "{text}");
        assert!(text.starts_with("# Cost by branch\n\n|"), "{text}");
        assert!(text.contains("+? 1 response of a model without a price"), "{text}");
        assert!(text.ends_with("\nDays of UTC. Written now by Costline.\n"), "{text}");
    }

    #[test]
    fn nothing_is_said_in_words() {
        let text = markdown(&report(&[]), By::Mcp, None, Some("/p"), "now").unwrap();
        assert!(text.starts_with("# Cost by MCP server\n\nProject: /p\n\nNothing is known"), "{text}");
    }
}
