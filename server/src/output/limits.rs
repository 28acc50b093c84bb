//! Plan limits as a table.

use super::Out;
use super::listing::{table, write};
use super::windows::{duration, minute};
use crate::limits::{Source, Standing, WHOLE, percent};
use crate::time::{HOUR, Millis, Zone};
use crate::wording;
use anyhow::Result;
use comfy_table::{Cell, CellAlignment};
use std::io::Write as _;

/// How long a bar is, in cells.
const BAR: u32 = 20;

pub(super) const NONE: &str = "No limit of a plan is known. Claude Code tells of them by its status line, with a subscription: `costline statusline --install` lets Costline listen.";

/// Writes the limits: how much is used, when they begin anew, who said so and how long ago, and where that leads.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn limits(limits: &[Standing], zone: &Zone, now: Millis, out: &mut Out) -> Result<()> {
    if limits.is_empty() {
        writeln!(out, "{NONE}")?;
        return Ok(());
    }
    let mut table = table(out, &["Limit", "Used", "", "Begins anew", "Told", "At this rate"]);
    for Standing { limit, exhausted_at } in limits {
        let used = limit.used_basis_points;
        let resets = limit.resets_at.map_or_else(
            || "not known".to_owned(),
            |at| format!("{}, in {}", minute(&zone.rfc3339(at)), span(at - now)),
        );
        let source = match limit.source {
            Source::Statusline => "status line",
            Source::Transcript => "transcript",
            Source::ClaudeJson => ".claude.json",
        };
        let ahead = match exhausted_at {
            Some(_) if used >= WHOLE => "used up".to_owned(),
            Some(at) => format!("used up {}, in {}", minute(&zone.rfc3339(*at)), span(at - now)),
            None => "–".to_owned(),
        };
        table.add_row([
            Cell::new(wording::window(&limit.window)),
            Cell::new(format!("{}%", percent(used))).set_alignment(CellAlignment::Right),
            Cell::new(bar(used)),
            Cell::new(resets),
            Cell::new(format!("{} ago, {source}", span(now - limit.reported_at))),
            Cell::new(ahead),
        ]);
    }
    write(&table, out)
}

/// `3d 4h`, `2h 05m`, `5m`.
fn span(millis: Millis) -> String {
    const DAY: Millis = 24 * HOUR;
    if millis < DAY { duration(millis) } else { format!("{}d {}h", millis / DAY, millis % DAY / HOUR) }
}

/// `█████···············`.
fn bar(used: u32) -> String {
    let filled = ((used * BAR + WHOLE / 2) / WHOLE).min(BAR) as usize;
    format!("{}{}", "█".repeat(filled), "·".repeat(BAR as usize - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_spans() {
        for (used, filled) in [(0, 0), (249, 0), (250, 1), (5_000, 10), (10_000, 20), (25_000, 20)] {
            assert_eq!(bar(used).chars().filter(|cell| *cell == '█').count(), filled, "{used}");
            assert_eq!(bar(used).chars().count(), 20);
        }
        assert_eq!((span(24 * HOUR - 1), span(76 * HOUR)), ("23h 59m".to_owned(), "3d 4h".to_owned()));
    }
}
