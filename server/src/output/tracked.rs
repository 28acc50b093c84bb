//! Usage that was recorded by hand.

use super::{Out, listing};
use crate::money::NanoUsd;
use crate::tokens::{compact, grouped};
use anyhow::Result;
use comfy_table::{Cell, CellAlignment};
use serde::Serialize;
use std::fmt;

/// A record of usage, as `costline track` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracked {
    /// The record's id.
    pub id: String,
    /// When the tokens were used, as RFC 3339.
    pub at: String,
    /// The model's id as given.
    pub model: String,
    /// The project's path.
    pub project: String,
    /// The session's id.
    pub session: String,
    /// Prompt tokens from no cache.
    pub input_tokens: i64,
    /// Generated tokens.
    pub output_tokens: i64,
    /// Prompt tokens read from a cache.
    pub cache_read_tokens: i64,
    /// Prompt tokens written to a cache.
    pub cache_write_tokens: i64,
    /// What they cost at the prices in effect; null where the model has no price.
    pub cost_usd: Option<NanoUsd>,
    /// More was used than is said.
    pub lower_bound: bool,
    /// What the user noted.
    pub note: String,
    /// It was taken back and does not count.
    pub undone: bool,
}

/// The record in words: model, project, time, counts, cost, id.
impl fmt::Display for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.lower_bound { "at least " } else { "" };
        let count = |count: i64| grouped(count.unsigned_abs());
        let (input, output) = (count(self.input_tokens), count(self.output_tokens));
        write!(
            f,
            "{} in {} at {}: {more}{input} input and {output} output tokens",
            self.model, self.project, self.at
        )?;
        for (tokens, what) in
            [(self.cache_read_tokens, "read from the cache"), (self.cache_write_tokens, "written to it")]
        {
            if tokens > 0 {
                write!(f, ", {} {what}", count(tokens))?;
            }
        }
        match self.cost_usd {
            Some(cost) => write!(f, "; {more}{}", cost.short())?,
            None => write!(f, "; its cost is not known, since the model has no price")?,
        }
        write!(f, " (record {})", self.id)
    }
}

/// Writes records as a table.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn tracked(rows: &[Tracked], out: &mut Out) -> Result<()> {
    let heads =
        ["When", "Model", "Project", "Input", "Output", "Read", "Write", "Cost", "State", "Note", "Record"];
    let mut table = listing::table(out, &heads);
    for row in rows {
        let number = |number: i64| Cell::new(compact(number)).set_alignment(CellAlignment::Right);
        let cost = row.cost_usd.map_or("–".to_owned(), NanoUsd::short);
        table.add_row([
            Cell::new(row.at.get(..16).unwrap_or(&row.at).replace('T', " ")),
            Cell::new(&row.model),
            Cell::new(&row.project),
            number(row.input_tokens),
            number(row.output_tokens),
            number(row.cache_read_tokens),
            number(row.cache_write_tokens),
            Cell::new(if row.lower_bound { format!("≥ {cost}") } else { cost })
                .set_alignment(CellAlignment::Right),
            Cell::new(if row.undone { "undone" } else { "counts" }),
            Cell::new(&row.note),
            Cell::new(&row.id),
        ]);
    }
    listing::write(&table, out)
}
