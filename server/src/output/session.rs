//! One session, and one project, in full.

use super::Out;
use super::grid::{NO_TERMINAL, cost, footnotes, left, right, with_texts, write};
use super::table::part;
use super::windows::{duration, minute};
use crate::reports::{By, ProjectReport, SessionReport, TurnRow};
use crate::snapshot::wire::State;
use crate::time::MINUTE;
use crate::tokens::{compact, grouped};
use anyhow::Result;
use comfy_table::Cell;
use std::io::Write as _;

/// How many rows of each part are shown where no limit is given.
const USUAL_ROWS: usize = 10;

/// A column of turns: its head, the least width of a terminal that shows it, and what it says.
type Column = (&'static str, u16, fn(&TurnRow) -> String);

const TURN_COLUMNS: [Column; 10] = [
    ("Took", 60, |turn| turn.duration_ms.map(duration).unwrap_or_default()),
    ("Cost", 0, |turn| cost(&turn.totals)),
    ("So far", 0, |turn| turn.running_usd.short()),
    ("Input", 140, |turn| compact(turn.totals.input_tokens)),
    ("Output", 90, |turn| compact(turn.totals.output_tokens)),
    ("Write", 140, |turn| compact(turn.totals.cache_write_tokens)),
    ("Read", 140, |turn| compact(turn.totals.cache_read_tokens)),
    ("Tokens", 70, |turn| compact(turn.totals.total_tokens)),
    ("Responses", 80, |turn| grouped(turn.totals.messages.unsigned_abs())),
    ("Agents", 110, |turn| if turn.subagents == 0 { String::new() } else { turn.subagents.to_string() }),
];

/// Columns that may be long, and so come last and stand left.
const LONG_COLUMNS: [Column; 2] = [
    ("Models", 120, |turn| turn.models.join(", ")),
    ("Tools", 100, |turn| {
        let uses = |tool: &crate::reports::Uses| match tool.uses {
            1 => tool.name.clone(),
            uses => format!("{} ×{uses}", tool.name),
        };
        turn.tools.iter().map(uses).collect::<Vec<_>>().join(", ")
    }),
];

/// Writes a session.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn session(report: &SessionReport, limit: Option<usize>, out: &mut Out) -> Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let title = report.title.as_deref().unwrap_or("Session without a title");
    writeln!(out, "{bold}{title}{bold:#}  {dim}{}{dim:#}\n", report.id)?;
    for (name, text) in facts(report) {
        writeln!(out, "{name:<9} {text}")?;
    }
    turns(report, limit.unwrap_or(usize::MAX), out)?;
    let most = limit.unwrap_or(USUAL_ROWS);
    for (by, rows) in [
        (By::Model, &report.models),
        (By::Branch, &report.branches),
        (By::Agent, &report.agents),
        (By::Skill, &report.skills),
        (By::Tool, &report.tools),
        (By::Mcp, &report.mcp),
        (By::File, &report.files),
    ] {
        // That nothing of it was used is no news.
        if !matches!(rows.as_slice(), [only] if only.key.is_empty()) {
            part(by, rows, most, out)?;
        }
    }
    footnotes(&report.totals, report.partial, out)
}

/// What is known of a session, a line each.
fn facts(report: &SessionReport) -> Vec<(&'static str, String)> {
    let state = match report.state {
        State::Active => "active",
        State::Idle => "idle",
        State::Ended => "ended",
    };
    let mut facts = Vec::new();
    facts.extend(report.project.clone().map(|project| ("Project", project)));
    facts.extend(report.branch.clone().map(|branch| ("Branch", branch)));
    facts.extend(report.model.clone().map(|model| ("Model", model)));
    if let Some((started, last)) = report.started_at.as_deref().zip(report.last_activity_at.as_deref()) {
        let took = report.duration_ms.map(duration).unwrap_or_default();
        facts.push(("Time", format!("{} – {}, {took}, {state}", minute(started), minute(last))));
    }
    let totals = &report.totals;
    let (tokens, messages) = (compact(totals.total_tokens), grouped(totals.messages.unsigned_abs()));
    facts.push(("Cost", format!("{}, {tokens} tokens, {messages} responses", cost(totals))));
    let own =
        report.own_usd.map(|own| ("Claude", format!("says {} with what no transcript has", own.short())));
    facts.extend(own);
    facts.extend(measured(report).map(|text| ("Measured", text)));
    if let Some(used) = report.context.used_tokens {
        let window = report.context.window_tokens.map(|window| format!(" of {}", compact(window)));
        let percent = report.context.used_percent.map(|percent| format!(", {}%", percent.round() as i64));
        let (window, percent) = (window.unwrap_or_default(), percent.unwrap_or_default());
        facts.push(("Context", format!("{}{window} tokens{percent}", compact(used))));
    }
    facts
}

/// What Claude Code's telemetry says of a session.
fn measured(report: &SessionReport) -> Option<String> {
    let many = |count: i64, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{} {one}{plural}", grouped(count.unsigned_abs()))
    };
    let parts = [
        report.active_ms.map(|ms| format!("Claude at work for {}", duration(ms))),
        report.user_active_ms.map(|ms| format!("you for {}", duration(ms))),
        report.response_ms_p50.zip(report.response_ms_p95).map(|(half, most)| {
            format!("half of the responses within {}, 95% within {}", seconds(half), seconds(most))
        }),
        report.commits.map(|count| many(count, "commit")),
        report.pull_requests.map(|count| many(count, "pull request")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A short time: `0.7s`, and from a minute on as any other.
fn seconds(millis: i64) -> String {
    if millis < MINUTE { format!("{}.{}s", millis / 1_000, millis % 1_000 / 100) } else { duration(millis) }
}

fn turns(report: &SessionReport, most: usize, out: &mut Out) -> Result<()> {
    let width = out.width.unwrap_or(NO_TERMINAL);
    let fits = |column: &&'static Column| column.1 <= width;
    let numbers: Vec<&'static Column> = TURN_COLUMNS.iter().filter(fits).collect();
    let long: Vec<&'static Column> = LONG_COLUMNS.iter().filter(fits).collect();
    let heads = |columns: &[&'static Column]| columns.iter().map(|column| column.0).collect::<Vec<_>>();
    let mut table = with_texts("Turn", heads(&numbers).into_iter(), heads(&long).into_iter(), out);
    // The latest are the ones that are asked about.
    let skipped = report.turns.len().saturating_sub(most);
    for (index, turn) in report.turns.iter().enumerate().skip(skipped) {
        let start = turn.started_at.as_deref().map(minute).unwrap_or_default();
        let name = if turn.key.is_empty() { "–".to_owned() } else { (index + 1).to_string() };
        let values = numbers.iter().map(|column| right((column.2)(turn)));
        let texts = long.iter().map(|column| left((column.2)(turn)));
        table.add_row([Cell::new(format!("{name:>3}  {start}"))].into_iter().chain(values).chain(texts));
    }
    writeln!(out)?;
    if skipped > 0 {
        let turns =
            if skipped == 1 { "1 turn".to_owned() } else { format!("{} turns", grouped(skipped as u64)) };
        writeln!(out, " {turns} before these")?;
    }
    write(&table, out)?;
    if report.turns.iter().skip(skipped).any(|turn| turn.key.is_empty()) {
        writeln!(out, " – responses whose prompt is not known")?;
    }
    Ok(())
}

/// Writes a project.
///
/// # Errors
/// As for [`session`].
pub fn project(report: &ProjectReport, limit: Option<usize>, out: &mut Out) -> Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    if report.totals.messages == 0 && report.sessions.is_empty() {
        let days = (report.since.as_deref(), report.until.as_deref());
        writeln!(out, "{}", super::grid::nothing(days, Some(&report.project)))?;
        return Ok(());
    }
    let days = match (&report.since, &report.until) {
        (Some(since), Some(until)) => format!("{since} – {until}"),
        _ => String::new(),
    };
    writeln!(out, "{bold}{}{bold:#}  {dim}{days}{dim:#}", report.project)?;
    for folder in report.folders.iter().filter(|folder| **folder != report.project) {
        writeln!(out, "{dim}with {folder}{dim:#}")?;
    }
    let totals = &report.totals;
    writeln!(
        out,
        "\n{}, {} tokens, {} responses in {} sessions",
        cost(totals),
        compact(totals.total_tokens),
        grouped(totals.messages.unsigned_abs()),
        grouped(totals.sessions.unsigned_abs())
    )?;
    let most = limit.unwrap_or(USUAL_ROWS);
    for (by, rows) in [
        (By::Day, &report.days),
        (By::Session, &report.sessions),
        (By::Branch, &report.branches),
        (By::Model, &report.models),
    ] {
        part(by, rows, most, out)?;
    }
    footnotes(totals, report.partial, out)
}
