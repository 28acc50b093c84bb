//! The five-hour windows as a table.

use super::Out;
use super::grid::{COLUMNS, Grid, footnotes, nothing, total_name};
use crate::reports::{BlockRow, Blocks};
use crate::time::{HOUR, MINUTE, Millis};
use crate::tokens::compact;
use anyhow::Result;
use std::io::Write as _;

/// Writes windows as a table, and how the one that runs goes on.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn blocks(blocks: &Blocks, project: Option<&str>, out: &mut Out) -> Result<()> {
    let days = (blocks.since.as_deref(), blocks.until.as_deref());
    if blocks.rows.is_empty() {
        writeln!(out, "{}", nothing(days, project))?;
        return Ok(());
    }
    let mut grid = Grid::new("Window", &COLUMNS, out);
    for row in &blocks.rows {
        grid.row(&name(row), &row.totals, None);
    }
    grid.total(&total_name(days.0, days.1), &blocks.totals);
    grid.write(out)?;
    for row in blocks.rows.iter().filter(|row| row.active) {
        writeln!(out, "\n* The window {}", running(row))?;
    }
    footnotes(&blocks.totals, blocks.partial, out)
}

/// `2026-09-14 15:16 – 20:16`, with a mark where it runs.
fn name(row: &BlockRow) -> String {
    let mark = if row.active { " *" } else { "" };
    format!("{} – {}{mark}", minute(&row.started_at), clock(&row.ends_at))
}

/// How the running window goes on.
pub(super) fn running(row: &BlockRow) -> String {
    let left = row.remaining_ms.map(duration).unwrap_or_default();
    let rate = row.usd_per_hour.zip(row.tokens_per_minute).map_or_else(String::new, |(usd, tokens)| {
        format!("; ${usd:.2} an hour and {} tokens a minute", compact(tokens.round() as i64))
    });
    let projected = row
        .projected_usd
        .map_or_else(String::new, |projected| format!(", {} by then at this rate", projected.short()));
    format!("runs until {}, {left} left{rate}{projected}.", clock(&row.ends_at))
}

/// `2h 05m`, `5m`, `12s`: a duration for people.
pub(super) fn duration(millis: Millis) -> String {
    match millis {
        HOUR.. => format!("{}h {:02}m", millis / HOUR, millis % HOUR / MINUTE),
        MINUTE.. => format!("{}m", millis / MINUTE),
        _ => format!("{}s", millis.max(0) / 1_000),
    }
}

/// `2026-09-14 15:16` of an RFC 3339 timestamp.
pub(super) fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}

/// The time of day of an RFC 3339 timestamp.
pub(super) fn clock(at: &str) -> &str {
    at.get(11..16).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_for_people() {
        for (millis, expected) in
            [(0, "0s"), (59_999, "59s"), (60_000, "1m"), (3_599_999, "59m"), (3_660_000, "1h 01m")]
        {
            assert_eq!(duration(millis), expected);
        }
    }
}
