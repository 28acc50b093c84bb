//! Why something costs what it does, in words and sums.

use super::Out;
use super::grid::{bare, cost, footnotes, right, write};
use crate::money::NanoUsd;
use crate::pricing::{Class, Source};
use crate::reports::{Explained, Explanation, PriceGroup, RecordNote};
use crate::tokens::grouped;
use anyhow::Result;
use comfy_table::Cell;
use std::io::Write as _;

/// Writes an explanation.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn explanation(explanation: &Explanation, out: &mut Out) -> Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let totals = &explanation.totals;
    let kind = match explanation.kind {
        Explained::Response => "Response",
        Explained::Session => "Session",
        Explained::Day => "Day",
    };
    writeln!(
        out,
        "{bold}{kind} {} cost {}{bold:#}  {dim}${}{dim:#}",
        explanation.id,
        cost(totals),
        totals.cost_usd
    )?;
    if explanation.prices.is_empty() {
        writeln!(out, "\nNo response is known; `costline daily` shows days with some.")?;
        return Ok(());
    }
    for record in &explanation.records {
        writeln!(out)?;
        write_record(record, out)?;
    }
    for group in &explanation.prices {
        write_group(group, explanation, out)?;
    }
    if explanation.prices.len() > 1 {
        let (last, first) = match explanation.prices.as_slice() {
            [first @ .., last] => (sum(last), first.iter().map(sum).collect::<Vec<_>>().join(" + ")),
            [] => (String::new(), String::new()),
        };
        writeln!(out, "\nTogether {first} + {last} = ${}", totals.cost_usd)?;
    }
    if !explanation.agrees {
        writeln!(
            out,
            "\nThe database says ${}: it was priced by another table; `costline ingest` prices it anew.",
            totals.cost_usd
        )?;
    }
    write_lines(explanation, out)?;
    footnotes(totals, explanation.partial, out)
}

fn sum(group: &PriceGroup) -> String {
    format!("${}", group.totals.cost_usd)
}

fn write_record(record: &RecordNote, out: &mut Out) -> Result<()> {
    let mut facts = Vec::new();
    if record.part != "whole" {
        facts.push(("Part", format!("{} ({})", record.part, record.key)));
    }
    facts.push(("Time", record.at.clone()));
    facts.extend(record.request.clone().map(|request| ("Request", request)));
    facts.push(("Session", record.session.clone()));
    facts.extend(record.agent.clone().map(|agent| ("Subagent", agent)));
    let modes = [
        ("speed", &record.speed),
        ("inference in", &record.inference_geo),
        ("service tier", &record.service_tier),
    ];
    let modes: Vec<String> =
        modes.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
    if !modes.is_empty() {
        facts.push(("Mode", modes.join(", ")));
    }
    facts.push(match record.source.as_str() {
        "transcript" => {
            ("Owned by", format!("{} at byte {}", record.file, grouped(record.offset.unsigned_abs())))
        }
        "otel" => ("Source", "Claude Code's telemetry; no transcript tells of it".to_owned()),
        source => ("Source", format!("{source}; no transcript tells of it")),
    });
    facts.extend(record.duration_ms.map(|ms| ("Took", format!("{} ms", grouped(ms.unsigned_abs())))));
    facts.extend(record.own_usd.map(|own| ("Claude", format!("says ${own}"))));
    if record.copied {
        facts.push(("", "that line is a copy; the original is not known".to_owned()));
    }
    if record.embedded {
        facts.push(("", "known only from a copy inside a progress line".to_owned()));
    }
    let bound = "at least: no line has a final count of output tokens";
    facts.push(("Output", if record.lower_bound { bound } else { "the final count" }.to_owned()));
    for (name, text) in facts {
        writeln!(out, "{name:<9} {text}")?;
    }
    Ok(())
}

fn write_group(group: &PriceGroup, whole: &Explanation, out: &mut Out) -> Result<()> {
    let bold = anstyle::Style::new().bold();
    let count = match group.records {
        1 => String::new(),
        count => format!(", {} records", grouped(count.unsigned_abs())),
    };
    writeln!(
        out,
        "\n{bold}{}{bold:#}{count}",
        if group.model.is_empty() { "(no model)" } else { &group.model }
    )?;
    if group.told {
        writeln!(
            out,
            "${}, as Claude Code's telemetry says: by the price table it would be another amount, or there is no price.",
            group.totals.cost_usd
        )?;
        return Ok(());
    }
    let Some(name) = &group.priced_as else {
        writeln!(
            out,
            "has no price on that day, so its tokens cost nothing here; `costline prices list` shows what is known."
        )?;
        return write_searches(group, out);
    };
    let source = match group.source {
        Some(Source::Override) => "your override".to_owned(),
        _ => format!("the built-in table, revision {} of {}", whole.table_revision, whole.table_made),
    };
    let from =
        group.from.as_ref().map_or_else(|| "from the beginning".to_owned(), |day| format!("from {day} on"));
    let tier = group
        .over_prompt_tokens
        .map(|over| format!(", for prompts of more than {} tokens", grouped(over.unsigned_abs())));
    writeln!(out, "priced as {name} {from}{}, by {source}", tier.unwrap_or_default())?;
    let mut table = bare("", ["Tokens", "$ a million", "$"].into_iter(), out);
    for part in group.parts.iter().filter(|part| part.tokens != 0) {
        table.add_row([
            Cell::new(class(part.class)),
            right(grouped(part.tokens.unsigned_abs())),
            right(part.per_million.to_string()),
            right(&part.exact),
        ]);
    }
    let line = |name: &str, value: &str| [Cell::new(name), Cell::new(""), Cell::new(""), right(value)];
    table.add_row(line("Sum", &group.subtotal));
    for multiplier in &group.multipliers {
        table.add_row(line(&multiplier.name, &format!("×{}", multiplier.factor)));
    }
    if !group.multipliers.is_empty() {
        table.add_row(line("Product", &group.exact));
    }
    if group.rounding != "0" {
        table.add_row(line("Rounding", &group.rounding));
    }
    if group.web_search_usd != NanoUsd::ZERO {
        let count = grouped(group.totals.web_searches.unsigned_abs());
        let each = format!("{} each", group.each_web_search_usd);
        let total = group.web_search_usd.to_string();
        table.add_row([Cell::new("Web searches"), right(count), right(each), right(total)]);
    }
    table.add_row(line("Cost", &group.totals.cost_usd.to_string()));
    write(&table, out)
}

fn write_searches(group: &PriceGroup, out: &mut Out) -> Result<()> {
    if group.web_search_usd != NanoUsd::ZERO {
        let (count, each) = (group.totals.web_searches, group.each_web_search_usd);
        writeln!(out, "{count} web searches at ${each} each are ${}", group.web_search_usd)?;
    }
    Ok(())
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Input => "Input",
        Class::Output => "Output",
        Class::CacheRead => "Cache read",
        Class::CacheWrite5m => "Cache write, 5 minutes",
        Class::CacheWrite1h => "Cache write, 1 hour",
    }
}

/// Where the lines of a response lie: one of them owns it, the others are copies or repeat it.
fn write_lines(explanation: &Explanation, out: &mut Out) -> Result<()> {
    let told = |record: &RecordNote| record.source != "transcript";
    if explanation.kind != Explained::Response || explanation.records.iter().any(told) {
        return Ok(());
    }
    let Some(lines) = &explanation.lines else {
        writeln!(out, "\nIts copies cannot be told: its id is none that only one response has.")?;
        return Ok(());
    };
    let count: usize = lines.iter().map(|lines| lines.offsets.len()).sum();
    match count {
        0 => writeln!(out, "\nIts transcript is gone; what was read of it stays.")?,
        1 => writeln!(out, "\nOne line holds it; there is no copy.")?,
        count => writeln!(out, "\nIts id is in {count} lines, which count as one response:")?,
    }
    for lines in lines.iter().filter(|_| count > 1) {
        let offsets: Vec<String> = lines.offsets.iter().map(|offset| grouped(*offset)).collect();
        let what = if lines.owns { "owns it" } else { "copies" };
        writeln!(out, "  {} ({what}): at byte {}", lines.file, offsets.join("; "))?;
    }
    if count > 0 && !lines.iter().any(|lines| lines.owns) {
        writeln!(out, "The owning line is not there any more.")?;
    }
    Ok(())
}
