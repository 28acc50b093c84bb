//! The words that all surfaces share: what a status line says.

use crate::config::StatusPart;
use crate::money::NanoUsd;

/// What a status line can speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Cost since midnight.
    pub cost: Option<NanoUsd>,
    /// Used part of the context in percent.
    pub context: Option<f64>,
}

/// `$3.42 · ctx 41%`: the parts that are asked for, as far as they are known.
pub fn status_text(facts: &Facts, parts: &[StatusPart], separator: &str) -> String {
    let words = parts.iter().filter_map(|part| match part {
        StatusPart::Cost => facts.cost.map(NanoUsd::short),
        StatusPart::Context => facts.context.map(|percent| format!("ctx {}%", percent.round() as i64)),
    });
    words.collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_known() {
        let facts = Facts { cost: Some(NanoUsd(3_420_000_000)), context: Some(40.6) };
        let both = [StatusPart::Cost, StatusPart::Context];
        for (facts, parts, expected) in [
            (facts, &both[..], "$3.42 · ctx 41%"),
            (facts, &[StatusPart::Context, StatusPart::Cost], "ctx 41% · $3.42"),
            (Facts { context: None, ..facts }, &both, "$3.42"),
            (facts, &[], ""),
        ] {
            assert_eq!(status_text(&facts, parts, " · "), expected);
        }
    }
}
