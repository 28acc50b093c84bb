//! How full a session's context is, worked out from its transcript.
#![allow(clippy::float_arithmetic, reason = "percentages are no sums")]

use crate::pricing::Window;

/// The larger window that some models have on request or by plan.
const MILLION: i64 = 1_000_000;
/// Claude Code keeps this much of the window for the answer at most, and a margin beside it.
const ANSWER: i64 = 20_000;
const MARGIN: i64 = 13_000;
/// Versions before 2.1.21 compacted a window of 200,000 tokens at 155,000.
const EARLY: (u32, u32, u32) = (2, 1, 21);
const EARLY_MARGIN: i64 = 45_000;

/// A context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Tokens of the latest prompt.
    pub used: Option<i64>,
    /// The window in tokens.
    pub window: Option<i64>,
    /// `used` of `window` in percent.
    pub percent: Option<f64>,
    /// Where Claude Code compacts by itself, in percent of the window.
    pub auto_compact: Option<f64>,
}

/// What is known of a session's context.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Tokens of the latest prompt; `None` after a compaction that did not say.
    pub used: Option<i64>,
    /// The model's window as the price table has it.
    pub window: Option<Window>,
    /// The window as Claude Code reported it.
    pub reported: Option<i64>,
    /// The largest prompt of the session: one beyond the usual window proves a larger one.
    pub largest_prompt: i64,
    /// Claude Code's own total names a model with a window of a million.
    pub million: bool,
    /// Claude Code's version.
    pub version: &'a str,
}

/// Works a context out.
pub fn fill(evidence: Evidence<'_>) -> Fill {
    let Evidence { used, window, reported, largest_prompt, million, version } = evidence;
    let inferred = window.map(|window| {
        if million || largest_prompt > window.tokens { window.tokens.max(MILLION) } else { window.tokens }
    });
    let tokens = reported.or(inferred);
    let answer = window.and_then(|window| window.max_output).map_or(ANSWER, |most| most.min(ANSWER));
    let kept =
        if parsed(version).is_some_and(|version| version < EARLY) { EARLY_MARGIN } else { answer + MARGIN };
    Fill {
        used,
        window: tokens,
        percent: used.zip(tokens).map(|(used, window)| percent(used, window)),
        auto_compact: tokens.filter(|window| *window > kept).map(|window| percent(window - kept, window)),
    }
}

fn percent(part: i64, whole: i64) -> f64 {
    (part * 100) as f64 / whole as f64
}

fn parsed(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some((major, minor, patch)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::PriceTable;

    /// The status line of a model that Claude Code describes does without the table.
    #[test]
    fn the_built_in_table_adds_nothing_to_a_window_that_is_told() {
        for model in PriceTable::builtin().models() {
            let told = Evidence { used: Some(1), reported: Some(200_000), ..Evidence::default() };
            let known = Evidence { window: PriceTable::builtin().window(&model.name), ..told };
            assert!(known.window.is_some(), "{}", model.name);
            assert_eq!(fill(known), fill(told), "{}", model.name);
        }
    }

    #[test]
    fn windows_and_points() {
        let window = |tokens| Some(Window { tokens, max_output: Some(64_000), one_million_on_request: true });
        let small = Evidence {
            used: Some(82_000),
            window: window(200_000),
            version: "2.1.60",
            ..Evidence::default()
        };
        for (evidence, expected) in [
            (small, (Some(200_000), Some(41.0), Some(83.5))),
            (Evidence { version: "2.1.20", ..small }, (Some(200_000), Some(41.0), Some(77.5))),
            (Evidence { largest_prompt: 200_001, ..small }, (Some(1_000_000), Some(8.2), Some(96.7))),
            (Evidence { million: true, ..small }, (Some(1_000_000), Some(8.2), Some(96.7))),
            (Evidence { reported: Some(1_000_000), ..small }, (Some(1_000_000), Some(8.2), Some(96.7))),
            (
                Evidence { window: None, reported: Some(200_000), ..small },
                (Some(200_000), Some(41.0), Some(83.5)),
            ),
            (Evidence { reported: Some(20_000), used: Some(1), ..small }, (Some(20_000), Some(0.005), None)),
            (Evidence { used: None, ..small }, (Some(200_000), None, Some(83.5))),
            (Evidence { window: None, ..small }, (None, None, None)),
        ] {
            let fill = fill(evidence);
            assert_eq!((fill.window, fill.percent, fill.auto_compact), expected, "{evidence:?}");
        }
    }
}
