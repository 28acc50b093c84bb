//! Alerts for a person.

use super::Out;
use super::windows::minute;
use crate::alerts::wire::AlertNotice;
use anyhow::Result;
use serde::Serialize;
use std::io::Write as _;

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
        writeln!(out, "{id:>5}  {}  {style}{:<7}{style:#}  {message}", minute(raised_at), severity.name())?;
        let fate = fate(row);
        if !fate.is_empty() {
            writeln!(out, "{:>33}{dim}{fate}{dim:#}", "")?;
        }
    }
    Ok(())
}

/// What became of it.
fn fate(row: &Listed) -> String {
    let mut words = Vec::new();
    if let Some(at) = &row.acknowledged_at {
        words.push(format!("seen {}", minute(at)));
    } else if let Some(at) = &row.snoozed_until {
        words.push(format!("snoozed until {}", minute(at)));
    }
    if let Some(at) = &row.ended_at {
        words.push(format!("ended {}", minute(at)));
    } else if row.holds {
        words.push("holds".to_owned());
    }
    words.join(", ")
}
