//! Alerts for a person.

use super::windows::minute;
use super::{Out, folded};
use crate::alerts::wire::AlertNotice;
use anyhow::Result;
use serde::Serialize;
use std::io::Write as _;

/// Where a message begins beside the number, the time and the severity; how much room it needs there at least; and where it
/// begins below them.
const BESIDE: usize = 34;
const ENOUGH: usize = 30;
const BELOW: usize = 7;

/// An alert in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// What it says.
    #[serde(flatten)]
    pub notice: AlertNotice,
    /// The threshold that was crossed.
    pub threshold_percent: Option<u32>,
    /// It still holds.
    pub holds: bool,
    /// When it ceased to, within its period.
    pub ended_at: Option<String>,
    /// The alert that was told in its place.
    pub told_with: Option<i64>,
    /// When someone saw it.
    pub acknowledged_at: Option<String>,
    /// Until when nobody wants to hear of it.
    pub snoozed_until: Option<String>,
}

/// Writes alerts, each in a line or two.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn alerts(rows: &[Listed], out: &mut Out) -> Result<()> {
    if rows.is_empty() {
        writeln!(out, "Nothing was worth a word yet.")?;
        return Ok(());
    }
    let dim = anstyle::Style::new().dimmed();
    for row in rows {
        let AlertNotice { id, severity, message, raised_at, .. } = &row.notice;
        let style = super::budgets::style(*severity);
        let head = format!("{id:>5}  {}  {style}{:<7}{style:#}", minute(raised_at), severity.name());
        let room = out.width.map_or(usize::MAX, usize::from);
        // Beside the rest where that leaves enough for it, else below.
        let beside = room >= BESIDE + ENOUGH;
        let indent = if beside { BESIDE } else { BELOW };
        let lines = folded(message, room.saturating_sub(indent));
        match lines.split_first() {
            Some((first, rest)) if beside => {
                writeln!(out, "{head}  {first}")?;
                below(rest, indent, out)?;
            }
            _ => {
                writeln!(out, "{head}")?;
                below(&lines, indent, out)?;
            }
        }
        for line in
            folded(&fate(row), room.saturating_sub(indent)).into_iter().filter(|line| !line.is_empty())
        {
            writeln!(out, "{:indent$}{dim}{line}{dim:#}", "")?;
        }
    }
    Ok(())
}

fn below(lines: &[String], indent: usize, out: &mut Out) -> Result<()> {
    for line in lines {
        writeln!(out, "{:indent$}{line}", "")?;
    }
    Ok(())
}

/// What became of it.
fn fate(row: &Listed) -> String {
    let mut words = Vec::new();
    if let Some(at) = &row.acknowledged_at {
        words.push(format!("seen {}", minute(at)));
    }
    if let Some(at) = row.snoozed_until.as_ref().filter(|_| row.holds) {
        words.push(format!("snoozed until {}", minute(at)));
    }
    if let Some(at) = &row.ended_at {
        words.push(format!("ended {}", minute(at)));
    } else if row.holds {
        words.push("holds".to_owned());
    } else {
        words.push("its period is over".to_owned());
    }
    words.join(", ")
}
