//! Settings, places and prices as lists.

use super::{Out, json};
use crate::config::ShowRow;
use crate::pricing::{Period, Price, PriceTable, Source};
use anyhow::Result;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;

pub(super) fn table(out: &Out, heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = out.width {
        table.set_width(width);
    }
    if out.colored {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(heads.iter().map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    table
}

pub(super) fn write(table: &Table, out: &mut Out) -> Result<()> {
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes the settings in effect.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn settings(rows: &[ShowRow], out: &mut Out) -> Result<()> {
    let mut table = table(out, &["Setting", "Value", "From"]);
    for row in rows {
        table.add_row([row.key.to_string(), row.value.clone(), row.origin.to_string()]);
    }
    write(&table, out)
}

/// Writes where things lie.
///
/// # Errors
/// As for [`settings`].
pub fn places(places: &[(&str, PathBuf)], as_json: bool, out: &mut Out) -> Result<()> {
    if as_json {
        let rows: Vec<_> = places
            .iter()
            .map(
                |(what, path)| json!({"what": what, "path": path.to_string_lossy(), "exists": path.exists()}),
            )
            .collect();
        return json(&rows, out);
    }
    for (what, path) in places {
        let missing = if path.exists() { "" } else { "  (not there yet)" };
        writeln!(out, "{what:<12} {}{missing}", path.display())?;
    }
    Ok(())
}

/// Writes the price table.
///
/// # Errors
/// As for [`settings`].
pub fn prices(prices: &PriceTable, as_json: bool, out: &mut Out) -> Result<()> {
    if as_json {
        let rows: Vec<_> = prices
            .rows()
            .map(|(model, period)| json!({"model": model.name, "aliases": model.aliases, "source": period.source, "prices": period}))
            .collect();
        let whole = json!({"revision": prices.revision(), "made": prices.made(), "sources": prices.sources(),
                           "unit": "USD per million tokens", "rows": rows});
        return json(&whole, out);
    }
    let mut table = table(
        out,
        &["Model", "From", "Input", "Output", "Read", "5m write", "1h write", "Long prompt", "Also"],
    );
    for (model, period) in prices.rows() {
        let number = |price: Price| Cell::new(price).set_alignment(CellAlignment::Right);
        let rates = period.rates;
        table.add_row([
            Cell::new(&model.name),
            Cell::new(period.from.map(|day| day.to_string()).unwrap_or_default()),
            number(rates.input),
            number(rates.output),
            number(rates.cache_read),
            number(rates.cache_write_5m),
            number(rates.cache_write_1h),
            Cell::new(long_prompt(period)),
            Cell::new(also(period)),
        ]);
    }
    write(&table, out)?;
    writeln!(
        out,
        "\nUSD per million tokens, revision {} of {}. Web searches cost {} each.",
        prices.revision(),
        prices.made(),
        prices.web_search().short()
    )?;
    Ok(())
}

/// `>200K: 6 in, 22.5 out`.
fn long_prompt(period: &Period) -> String {
    period.long_prompt.map_or_else(String::new, |tier| {
        format!(">{}K: {} in, {} out", tier.over_prompt_tokens / 1000, tier.rates.input, tier.rates.output)
    })
}

fn also(period: &Period) -> String {
    let mut notes = Vec::new();
    if let Some(fast) = period.fast {
        let until = fast.removed.map(|day| format!(" until {day}")).unwrap_or_default();
        notes.push(format!("fast ×{}{until}", fast.multiplier));
    }
    notes.extend(period.us_inference.map(|factor| format!("US ×{factor}")));
    notes.extend(period.regional.map(|factor| format!("regional ×{factor}")));
    notes.extend(period.batch.map(|factor| format!("batch ×{factor}")));
    if period.source == Source::Override {
        notes.push("your override".to_owned());
    }
    notes.join(", ")
}
