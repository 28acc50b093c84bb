//! Usage by hand: numbers, or a line pasted from Claude Code.

use super::record::MOST_TOKENS;
use crate::time::{MINUTE, Millis, Zone, parse_millis};
use chrono::{NaiveDateTime, NaiveTime};
use xxhash_rust::xxh3::xxh3_64;

/// What someone says was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Prompt tokens from no cache.
    pub input: i64,
    /// Generated tokens.
    pub output: i64,
    /// Prompt tokens read from a cache.
    pub cache_read: i64,
    /// Prompt tokens written to a cache.
    pub cache_write: i64,
    /// It was more than that.
    pub lower_bound: bool,
    /// The model that a pasted line names.
    pub model: Option<String>,
}

/// What to say where nothing was understood.
const USAGE: &str =
    "give the tokens as IN OUT [CACHE_READ [CACHE_WRITE]], or paste a line that Claude Code shows";

/// Reads two to four numbers, or a pasted line.
///
/// # Errors
/// A sentence that says what was not understood, and what would be.
pub fn counts(text: &str) -> Result<Counts, String> {
    let lower = text.to_ascii_lowercase();
    if let Some((_, rest)) = lower.split_once("token usage:") {
        return context(rest).ok_or_else(|| {
            format!("cannot read {:?}; such a line says `Token usage: 5420/200000; …`", text.trim())
        });
    }
    if lower.contains("input") || lower.contains("output") {
        return labelled(&lower);
    }
    let numbers = lower.split_whitespace().map(number).collect::<Result<Vec<_>, _>>()?;
    match numbers[..] {
        [input, output, ref cache @ ..] if cache.len() <= 2 => {
            let cache = |index: usize| cache.get(index).copied().unwrap_or(0);
            Ok(Counts { input, output, cache_read: cache(0), cache_write: cache(1), ..Counts::default() })
        }
        _ => Err(format!("{} numbers are not two to four; {USAGE}", numbers.len())),
    }
}

/// `5420/200000; 194580 remaining` says how full the context is. Each of those tokens was read or written at least once,
/// so as input they are the least that was used.
fn context(rest: &str) -> Option<Counts> {
    let (used, window) = rest.split(';').next()?.split_once('/')?;
    let (input, window) = (number(used).ok()?, number(window).ok()?);
    (input <= window).then(|| Counts { input, lower_bound: true, ..Counts::default() })
}

/// `claude-opus-4-6:  7.0k input, 3.2k output, 100k cache read, 12k cache write ($0.12)`, as `/cost` shows it.
fn labelled(text: &str) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let body = text.rsplit_once(':').map_or(text, |(head, body)| {
        let model = head.split_whitespace().next_back().filter(|word| word.starts_with("claude"));
        counts.model = model.map(str::to_owned);
        body
    });
    for item in split_items(body.split('(').next().unwrap_or("")) {
        let Some((count, label)) = item.split_once(char::is_whitespace) else { continue };
        let field = match label.split_whitespace().collect::<Vec<_>>()[..] {
            ["input", ..] => &mut counts.input,
            ["output", ..] => &mut counts.output,
            ["cache", "read", ..] => &mut counts.cache_read,
            ["cache", "write", ..] => &mut counts.cache_write,
            _ => return Err(format!("{:?} is no kind of tokens; {USAGE}", label.trim())),
        };
        *field = number(count)?;
    }
    Ok(counts)
}

/// The items of a list, at commas with a blank behind them.
fn split_items(text: &str) -> impl Iterator<Item = &str> {
    text.split(", ").map(str::trim).filter(|item| !item.is_empty())
}

/// `1200`, `1,200`, `1_200`, `1.2k`, `3m`.
fn number(text: &str) -> Result<i64, String> {
    let wrong = || format!("{:?} is no count of tokens up to {MOST_TOKENS}; {USAGE}", text.trim());
    let plain: String = text.trim().chars().filter(|letter| !matches!(letter, ',' | '_')).collect();
    let (digits, zeros) = match plain.strip_suffix('k').map(|rest| (rest, 3)) {
        Some(thousands) => thousands,
        None => plain.strip_suffix('m').map_or((plain.as_str(), 0), |rest| (rest, 6)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = whole.bytes().chain(part.bytes()).all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !all_digits || part.len() > zeros || (digits.ends_with('.')) || digits.len() > 18 {
        return Err(wrong());
    }
    let number = format!("{whole}{part:0<zeros$}").parse().map_err(|_| wrong())?;
    if number > MOST_TOKENS { Err(wrong()) } else { Ok(number) }
}

/// When something happened: RFC 3339, or a day with a time or without (then noon), or a time of today, in a zone.
///
/// # Errors
/// A sentence that says which forms are understood, or that the time is yet to come.
pub fn moment(text: &str, zone: &Zone, now: Millis) -> Result<Millis, String> {
    let text = text.trim();
    let local = |at: NaiveDateTime| {
        let since_midnight = at.time().signed_duration_since(NaiveTime::MIN).num_milliseconds();
        let guess = zone.start_of(at.date()) + since_midnight;
        // Days of 23 and 25 hours: as the clock on the wall shows it.
        let shown = zone.at(guess).naive_local();
        guess + at.signed_duration_since(shown).num_milliseconds()
    };
    let time =
        |text: &str| ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
    let at = parse_millis(text)
        .or_else(|| {
            let form = |form| NaiveDateTime::parse_from_str(text, form).ok();
            let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
            forms.into_iter().find_map(form).map(local)
        })
        .or_else(|| {
            let day: chrono::NaiveDate = text.parse().ok()?;
            let noon = local(day.and_hms_opt(12, 0, 0)?);
            Some(if day == zone.day(now) { noon.min(now) } else { noon })
        })
        .or_else(|| Some(local(zone.day(now).and_time(time(text)?))));
    match at {
        None => {
            Err(format!("{text:?} is no time; give one like 14:30, 2026-11-22 14:30 or 2026-11-22T14:30:00Z"))
        }
        Some(at) if at > now + MINUTE => {
            Err(format!("{text:?} is yet to come; give the time of what was used"))
        }
        Some(at) if at < 0 => Err(format!("{text:?} is too long ago; give the time of what was used")),
        Some(at) => Ok(at),
    }
}

/// The session of usage that names none: one for each project and day.
pub fn session(project: &str, at: Millis, zone: &Zone) -> String {
    format!("by-hand-{}-{:08x}", zone.day(at), xxh3_64(project.as_bytes()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(input: i64, output: i64, cache_read: i64, cache_write: i64) -> Counts {
        Counts { input, output, cache_read, cache_write, ..Counts::default() }
    }

    #[test]
    fn numbers_in_many_spellings() {
        for (text, expected) in [
            ("1200 3400", four(1_200, 3_400, 0, 0)),
            ("1,200 3_400 5", four(1_200, 3_400, 5, 0)),
            ("1.2k 3K 5.25m 0", four(1_200, 3_000, 5_250_000, 0)),
            ("0 0 0 1000000000", four(0, 0, 0, 1_000_000_000)),
            (
                "7.0k input, 3.2k output, 100k cache read, 12k cache write ($0.12)",
                four(7_000, 3_200, 100_000, 12_000),
            ),
            ("1,234 input, 5 output", four(1_234, 5, 0, 0)),
        ] {
            assert_eq!(counts(text), Ok(expected), "{text}");
        }
        let named = counts("Usage by model:  claude-haiku-4-5:  368 input, 516 output").unwrap();
        assert_eq!(named, Counts { model: Some("claude-haiku-4-5".to_owned()), ..four(368, 516, 0, 0) });
    }

    #[test]
    fn a_context_is_the_least_that_was_used() {
        for text in [
            "Token usage: 5420/200000; 194580 remaining",
            "<x>token usage: 5,420/200000",
            "Token usage: 5420/200000; …",
        ] {
            assert_eq!(counts(text), Ok(Counts { lower_bound: true, ..four(5_420, 0, 0, 0) }), "{text}");
        }
        for text in ["Token usage: many", "Token usage: 5/4", "Token usage: total=5 input=4"] {
            assert!(counts(text).unwrap_err().starts_with("cannot read \"Token usage"), "{text}");
        }
    }

    #[test]
    fn what_is_no_count_is_named() {
        for (text, named) in [
            ("", "0 numbers"),
            ("5", "1 numbers"),
            ("1 2 3 4 5", "5 numbers"),
            ("1 -2", "\"-2\""),
            ("1 2x", "\"2x\""),
            ("1 .5k", "\".5k\""),
            ("1 1.5", "\"1.5\""),
            ("1 1.2345k", "\"1.2345k\""),
            ("1 1000000001", "\"1000000001\""),
            ("1 99999999999999999999999", "\"99999999999999999999999\""),
            ("3 input, 4 apples", "\"apples\""),
        ] {
            let error = counts(text).unwrap_err();
            assert!(error.starts_with(named) && error.contains("IN OUT"), "{text}: {error}");
        }
    }

    #[test]
    fn moments_as_people_write_them() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let utc = |text: &str| parse_millis(text).unwrap();
        let now = utc("2026-11-22T15:00:00.000Z");
        for (text, expected) in [
            ("2026-11-22T14:30:00Z", "2026-11-22T14:30:00.000Z"),
            ("2026-11-22 14:30", "2026-11-22T13:30:00.000Z"),
            ("2026-07-01T14:30:05", "2026-07-01T12:30:05.000Z"),
            // The night that has 25 hours: at noon an hour later.
            ("2026-10-25", "2026-10-25T11:00:00.000Z"),
            ("2026-11-22", "2026-11-22T11:00:00.000Z"),
            ("09:05", "2026-11-22T08:05:00.000Z"),
        ] {
            assert_eq!(moment(text, &zone, now), Ok(utc(expected)), "{text}");
        }
        for (text, expected) in [
            ("17:30", "yet to come"),
            ("soon", "no time"),
            ("1960-01-01", "too long ago"),
            ("2026-11-23", "yet to come"),
        ] {
            assert!(moment(text, &zone, now).unwrap_err().contains(expected), "{text}");
        }
    }

    #[test]
    fn a_session_for_each_project_and_day() {
        let zone = Zone::named("UTC").unwrap();
        let (a, b) = (session("/a", 0, &zone), session("/b", 0, &zone));
        assert!(a.starts_with("by-hand-1970-01-01-") && a != b && a == session("/a", 5, &zone));
    }
}
