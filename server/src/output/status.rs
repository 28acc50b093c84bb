//! The status as a few lines for a person.

#![allow(clippy::float_arithmetic, reason = "a bar for people")]

use super::Out;
use crate::snapshot::wire::{Context, Session, State, Status, Totals};
use crate::tokens::{compact, grouped};
use crate::wording;
use anyhow::Result;
use std::io::Write as _;

/// How many sessions are shown.
const SESSIONS: usize = 5;
/// Narrower terminals show less.
const WIDE: u16 = 72;
/// How long a bar is, in cells.
const BAR: usize = 20;

/// Writes a status as text.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn status(status: &Status, out: &mut Out) -> Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let place = status.workspace.project.as_deref().unwrap_or("all projects");
    writeln!(out, "{bold}{}{bold:#}  {dim}{place}{dim:#}\n", status.text)?;
    let narrow = out.width.is_some_and(|width| width < WIDE);
    for (name, totals) in [
        ("Today", &status.today),
        ("This week", &status.week),
        ("This month", &status.month),
        ("All time", &status.all_time),
    ] {
        writeln!(out, "{name:<11} {}", line(totals, narrow))?;
    }
    if let (Some(rate), Some(block)) = (status.burn.usd_per_hour, &status.burn.block) {
        writeln!(
            out,
            "{:<11} {:>12}  an hour; {} in the 5-hour window until {}, {} by then at this rate",
            "Burn",
            format!("${rate:.2}"),
            block.cost_usd.short(),
            clock(&block.ends_at),
            block.projected_usd.short()
        )?;
    }
    for limit in &status.limits {
        let resets = limit.resets_at.as_deref().map_or_else(String::new, |at| {
            format!(" of its limit; it begins anew {} {}", day(at), clock(at))
        });
        let window = wording::window(&limit.window);
        writeln!(out, "{window:<11} {:>12}{resets}", format!("{}%", wording::whole(limit.used_percent)))?;
    }
    if !status.sessions.is_empty() {
        writeln!(out, "\n{bold}Sessions here{bold:#}")?;
    }
    for session in status.sessions.iter().take(SESSIONS) {
        write_session(session, out)?;
    }
    for problem in &status.health.problems {
        writeln!(out, "\n! {problem}")?;
    }
    Ok(())
}

fn write_session(session: &Session, out: &mut Out) -> Result<()> {
    let state = match session.state {
        State::Active => "active",
        State::Idle => "idle",
        State::Ended => "ended",
    };
    let title = session.title.as_deref().unwrap_or(&session.id);
    let model = session.model.as_deref().unwrap_or("model not known");
    writeln!(
        out,
        "{:>12}  {state:<6}  {}  {model}  {title}",
        session.cost_usd.short(),
        bar(&session.context)
    )?;
    for agent in session.subagents.iter().filter(|agent| agent.state == State::Active) {
        writeln!(
            out,
            "{:>12}    └ {} {}",
            agent.cost_usd.short(),
            agent.r#type.as_deref().unwrap_or("subagent"),
            agent.id
        )?;
    }
    Ok(())
}

fn line(totals: &Totals, narrow: bool) -> String {
    let mark = if totals.unpriced_messages > 0 { "+?" } else { "" };
    let cost = format!("{}{mark}", totals.cost_usd.short());
    let spent = format!("{cost:>12}  {:>8} tokens", compact(totals.total_tokens));
    if narrow {
        return spent;
    }
    let (messages, sessions) = (totals.messages.unsigned_abs(), totals.sessions.unsigned_abs());
    format!("{spent}  {:>7} responses  {:>5} sessions", grouped(messages), grouped(sessions))
}

/// `ctx ████████············  41%`.
fn bar(context: &Context) -> String {
    let Some(percent) = context.used_percent else { return format!("ctx {} {:>4}", "·".repeat(BAR), "?") };
    let filled = ((percent * BAR as f64 / 100.0).round() as usize).min(BAR);
    format!(
        "ctx {}{} {:>4}",
        "█".repeat(filled),
        "·".repeat(BAR - filled),
        format!("{}%", percent.round() as i64)
    )
}

/// The day of an RFC 3339 timestamp.
fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}

/// The time of day of an RFC 3339 timestamp.
fn clock(at: &str) -> &str {
    at.get(11..16).unwrap_or(at)
}
