//! What alerts say.

use super::Consumer;

/// Who spent most, within a sentence: `, most by app ($5.20) and api ($2.10)`. Nothing where nobody stands out.
pub fn consumers(largest: &[Consumer]) -> String {
    let named = |consumer: &Consumer| format!("{} ({})", consumer.name, consumer.cost.short());
    match largest {
        [] => String::new(),
        [one] => format!(", all by {}", named(one)),
        [first, second, ..] => format!(", most by {} and {}", named(first), named(second)),
    }
}
