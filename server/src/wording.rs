//! The words that all surfaces share: what a status line says.

use crate::config::StatusPart;
use crate::money::NanoUsd;
use crate::pricing::canonical;
use crate::time::{Millis, Zone};

/// What a status line can speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Cost since midnight.
    pub cost: Option<NanoUsd>,
    /// Used part of the context in percent.
    pub context: Option<f64>,
    /// Used part of the five-hour limit in percent.
    pub five_hours: Option<f64>,
    /// Used part of the seven-day limit in percent.
    pub seven_days: Option<f64>,
    /// Used part of the budget that is nearest to its limit, in percent.
    pub budget: Option<f64>,
}

/// `$3.42 · ctx 41%`: the parts that are asked for, as far as they are known.
pub fn status_text(facts: &Facts, parts: &[StatusPart], separator: &str) -> String {
    let words = parts.iter().filter_map(|part| match part {
        StatusPart::Cost => facts.cost.map(NanoUsd::short),
        StatusPart::Context => facts.context.map(|percent| format!("ctx {}%", whole(percent))),
        StatusPart::FiveHour => facts.five_hours.map(|percent| format!("5h {}%", whole(percent))),
        StatusPart::Budget => facts.budget.map(|percent| format!("budget {}%", percent.trunc() as i64)),
        StatusPart::SevenDay => facts.seven_days.map(|percent| format!("7d {}%", whole(percent))),
    });
    words.collect::<Vec<_>>().join(separator)
}

/// A percentage for people: all of something is said of nothing less.
pub fn whole(percent: f64) -> i64 {
    let rounded = percent.round() as i64;
    if percent < 100.0 { rounded.min(99) } else { rounded }
}

/// What people call a window: `5h`, `7d`, `7d opus`, `spend`.
pub fn window(name: &str) -> String {
    if name == "fiveHour" {
        return "5h".to_owned();
    }
    let (short, rest) = match name.strip_prefix("sevenDay") {
        Some(rest) => ("7d", rest),
        None => ("", name),
    };
    let mut words = short.to_owned();
    for letter in rest.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// What people call a model: `Opus 4.8` for `claude-opus-4-8-20260101`; one of another vendor by its own name.
pub fn model(id: &str) -> String {
    let name = canonical(id);
    let Some(rest) = name.strip_prefix("claude-") else { return name };
    let (numbers, words): (Vec<&str>, Vec<&str>) =
        rest.split('-').partition(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let words = words.into_iter().map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    });
    let version = Some(numbers.join(".")).filter(|version| !version.is_empty());
    words.chain(version).collect::<Vec<_>>().join(" ")
}

/// The text with a mark where the numbers are not being kept up to date; nothing for no text.
pub fn marked(text: &str, stale: bool) -> String {
    if stale && !text.is_empty() { format!("{text} (stale)") } else { text.to_owned() }
}

/// `$3.42 · ctx 41%; everywhere: $5.10 today, $20.31 this week, $61.25 this month`.
pub fn overview(text: &str, [today, week, month]: [NanoUsd; 3]) -> String {
    let here = if text.is_empty() { String::new() } else { format!("{text}; everywhere: ") };
    format!("{here}{} today, {} this week, {} this month", today.short(), week.short(), month.short())
}

/// A moment for people: `at 15:40`, `at 00:00 tomorrow`, `at 00:00 on Monday`, `on 1 December`.
pub fn moment(at: Millis, now: Millis, zone: &Zone) -> String {
    let (then, days) = (zone.at(at), (zone.day(at) - zone.day(now)).num_days());
    match days {
        0 => format!("at {}", then.format("%H:%M")),
        1 => format!("at {} tomorrow", then.format("%H:%M")),
        -6..=6 => format!("at {} on {}", then.format("%H:%M"), then.format("%A")),
        _ => format!("on {}", then.format("%-d %B")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_known() {
        let facts = Facts {
            cost: Some(NanoUsd(3_420_000_000)),
            context: Some(40.6),
            five_hours: Some(23.4),
            seven_days: Some(99.5),
            budget: Some(99.9),
        };
        let both = [StatusPart::Cost, StatusPart::Context];
        for (facts, parts, expected) in [
            (facts, &both[..], "$3.42 · ctx 41%"),
            (facts, &[StatusPart::Context, StatusPart::Cost], "ctx 41% · $3.42"),
            (facts, &[StatusPart::FiveHour, StatusPart::SevenDay], "5h 23% · 7d 99%"),
            (facts, &[StatusPart::Budget], "budget 99%"),
            (Facts { context: None, ..facts }, &both, "$3.42"),
            (facts, &[], ""),
        ] {
            assert_eq!(status_text(&facts, parts, " · "), expected);
        }
    }

    #[test]
    fn windows_have_short_names() {
        for (name, expected) in [
            ("fiveHour", "5h"),
            ("sevenDay", "7d"),
            ("sevenDayOpus", "7d opus"),
            ("sevenDayOverageIncluded", "7d overage included"),
            ("spend", "spend"),
            ("extraUsage", "extra usage"),
        ] {
            assert_eq!(window(name), expected);
        }
    }

    #[test]
    fn models_by_the_names_of_people() {
        for (id, expected) in [
            ("claude-opus-4-8-20260101", "Opus 4.8"),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "Sonnet 4.5"),
            ("claude-3-5-haiku-20241022", "Haiku 3.5"),
            ("claude-opus-5[1m]", "Opus 5"),
            ("gpt-5", "gpt-5"),
            ("claude-", ""),
            ("", ""),
        ] {
            assert_eq!(model(id), expected, "{id}");
        }
    }

    #[test]
    fn marks_what_is_stale() {
        for (text, stale, expected) in [("$1", false, "$1"), ("$1", true, "$1 (stale)"), ("", true, "")] {
            assert_eq!(marked(text, stale), expected);
        }
    }

    #[test]
    fn an_overview_is_one_sentence() {
        let costs = [5_100, 20_310, 1_261_250].map(|millis| NanoUsd(millis * 1_000_000));
        let everywhere = "$5.10 today, $20.31 this week, $1,261.25 this month";
        assert_eq!(overview("$3.42 · ctx 41%", costs), format!("$3.42 · ctx 41%; everywhere: {everywhere}"));
        assert_eq!(overview("", costs), everywhere);
    }
}
