//! Notices that a limit of the plan was reached.

use super::line::Line;
use super::meaning::texts;
use crate::limits::{PlanLimit, Source, WHOLE, window_of};
use crate::time::{Millis, Zone, parse_millis};
use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};

/// How notices begin.
const OPENINGS: [&str; 6] = [
    "You've hit your ",
    "You've reached your ",
    "You're out of ",
    "Your org is out of ",
    "Your seat type ",
    "Claude AI usage limit reached",
];
/// What notices call windows.
const WINDOWS: [(&str, &str); 2] = [("session limit", "fiveHour"), ("weekly limit", "sevenDay")];

/// A notice that does not say for certain which limit was reached, or until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unclear;

/// The limit that a line says was reached; `None` where it is no notice. A line that only warns says nothing of how much is
/// used; copies keep the time, so they say the same again.
pub(super) fn notice(line: &Line<'_>, bytes: &[u8]) -> Option<Result<PlanLimit, Unclear>> {
    let at = line.timestamp.get().and_then(parse_millis)?;
    let reached = |window: String, resets_at: Option<Millis>| PlanLimit {
        window,
        used_basis_points: WHOLE,
        resets_at,
        reported_at: at,
        source: Source::Transcript,
    };
    if let Some(quota) = line.quota.get() {
        let window = Some(quota).filter(|quota| quota.status.is("rejected"))?.window.filled()?;
        let ends = quota.resets_at.0.map(|seconds| (seconds as Millis).saturating_mul(1_000));
        let limit = reached(window_of(window)?, ends);
        let open = PlanLimit { resets_at: None, ..limit.clone() };
        return limit.sound().or_else(|| open.sound()).map(Ok);
    }
    // Older versions of Claude Code have the words alone.
    if !line.api_error.0 || !line.error.is("rate_limit") {
        return None;
    }
    let texts = texts(bytes);
    let words = texts.message.get()?.content.0.start.as_deref()?;
    OPENINGS.iter().any(|opening| words.starts_with(opening)).then(|| {
        let (window, ends) = read(words, at).ok_or(Unclear)?;
        reached(window.to_owned(), Some(ends)).sound().ok_or(Unclear)
    })
}

/// The window that the words of a notice name, and when it ends.
fn read(words: &str, at: Millis) -> Option<(&'static str, Millis)> {
    let rest = OPENINGS[..2].iter().find_map(|opening| words.strip_prefix(opening))?;
    let (name, rest) = rest.split_once(" · resets ")?;
    let (_, window) = WINDOWS.into_iter().find(|(known, _)| *known == name)?;
    let (clock, zone) = rest.strip_suffix(')')?.split_once(" (")?;
    Some((window, moment(clock, &Zone::named(zone)?, at)?))
}

/// The first moment after `at` at which clocks of a zone show `9:10pm`, `8pm` or `Oct 6, 1pm`.
fn moment(clock: &str, zone: &Zone, at: Millis) -> Option<Millis> {
    let (date, time) = clock.split_once(", ").map_or((None, clock), |(date, time)| (Some(date), time));
    let time = time_of_day(time)?;
    let today = zone.day(at);
    let days = match date {
        None => [Some(today), today.checked_add_days(Days::new(1))],
        Some(date) => [today.year(), today.year() + 1]
            .map(|year| NaiveDate::parse_from_str(&format!("{date} {year}"), "%b %d %Y").ok()),
    };
    let mut moments = days.into_iter().flatten().map(|day| zone.instant(day.and_time(time)));
    // One that a leap of the clock makes unclear is not passed over for the next.
    moments.find(|moment| moment.is_none_or(|moment| moment > at)).flatten()
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (text, noon) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(text), _) => (text, 0),
        (_, Some(text)) => (text, 12),
        _ => return None,
    };
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    NaiveTime::from_hms_opt(hour % 12 + noon, minute.parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::super::record::Fault;
    use super::*;
    use crate::transcript::{Filter, Interner, Parser, Place, State};
    use serde_json::{Value, json};

    type Told = (String, u32, Millis, Option<Millis>);

    /// 2026-09-08 15:38:49.013 UTC.
    const AT: Millis = 1_788_881_929_013;

    /// What is read of a synthetic line with these words and keys, and the faults.
    fn read_notice(words: &str, keys: Value) -> (Vec<Told>, Vec<Fault>) {
        let (place, filter, mut names) = (Place::default(), Filter::default(), Interner::default());
        let mut parser = Parser::new(&place, State::default(), Some(&filter), &mut names);
        let mut line = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-09-08T15:38:49.013Z",
            "message": {"model": "<synthetic>", "role": "assistant", "usage": {"input_tokens": 0, "output_tokens": 0},
                "content": [{"type": "text", "text": words}]},
            "error": "rate_limit", "isApiErrorMessage": true, "apiErrorStatus": 429});
        if let (Some(line), Value::Object(keys)) = (line.as_object_mut(), keys) {
            line.extend(keys);
        }
        parser.line(line.to_string().as_bytes(), 0, false);
        let (batch, _) = parser.take();
        assert!(batch.responses.is_empty());
        let told = |limit: PlanLimit| {
            assert_eq!(limit.source, Source::Transcript);
            (limit.window, limit.used_basis_points, limit.reported_at, limit.resets_at)
        };
        let faults = batch.faults.into_iter().map(|(fault, _)| fault).collect();
        (batch.limits.into_iter().map(told).collect(), faults)
    }

    #[test]
    fn a_limit_that_was_reached() {
        // 19:10 UTC.
        let reset = 1_788_894_600_000;
        for (quota, expected) in [
            (
                json!({"status": "rejected", "resetsAt": 1_788_894_600, "rateLimitType": "five_hour", "isUsingOverage": false}),
                Some(("fiveHour", Some(reset))),
            ),
            (
                json!({"status": "rejected", "resetsAt": 1_788_894_600, "rateLimitType": "seven_day_opus"}),
                Some(("sevenDayOpus", Some(reset))),
            ),
            // When it ends is not believed where that cannot be.
            (
                json!({"status": "rejected", "resetsAt": 1, "rateLimitType": "five_hour"}),
                Some(("fiveHour", None)),
            ),
            (
                json!({"status": "rejected", "resetsAt": "x", "rateLimitType": "five_hour"}),
                Some(("fiveHour", None)),
            ),
            (json!({"status": "rejected", "rateLimitType": "overage"}), Some(("overage", None))),
            (
                json!({"status": "allowed_warning", "resetsAt": 1_788_894_600, "rateLimitType": "five_hour"}),
                None,
            ),
            (json!({"status": "rejected", "resetsAt": 1_788_894_600}), None),
            (json!({"status": "rejected", "rateLimitType": 5}), None),
            (json!([1]), None),
            (json!("rejected"), None),
            (json!(null), None),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(name, reset)| (name.to_owned(), 10_000, AT, reset)).collect();
            let read = read_notice("You've hit your limit", json!({"quotaLimits": quota}));
            // What is no object says nothing, so that the words have to.
            let faults = if quota.is_object() { vec![] } else { vec![Fault::Notice] };
            assert_eq!(read, (expected, faults), "{quota}");
        }
    }

    #[test]
    fn a_limit_that_words_alone_tell_of() {
        let unclear = (None, true);
        for (words, (expected, is_fault)) in [
            (
                "You've hit your session limit · resets 9:10pm (Europe/Vienna)",
                (Some(("fiveHour", "2026-09-08T19:10:00Z")), false),
            ),
            (
                "You've reached your session limit · resets 8pm (Europe/Warsaw)",
                (Some(("fiveHour", "2026-09-08T18:00:00Z")), false),
            ),
            // Midnight there, which is the next day.
            (
                "You've hit your session limit · resets 12am (Asia/Dhaka)",
                (Some(("fiveHour", "2026-09-08T18:00:00Z")), false),
            ),
            (
                "You've hit your weekly limit · resets 9am (Europe/Vienna)",
                (Some(("sevenDay", "2026-09-09T07:00:00Z")), false),
            ),
            (
                "You've hit your weekly limit · resets Sep 14, 12:30pm (America/New_York)",
                (Some(("sevenDay", "2026-09-14T16:30:00Z")), false),
            ),
            // No session is so long, and no week.
            ("You've hit your session limit · resets 4pm (Europe/Vienna)", unclear),
            ("You've hit your weekly limit · resets Sep 8, 5pm (Europe/Vienna)", unclear),
            ("You've hit your weekly limit · resets Sep 20, 5pm (Europe/Vienna)", unclear),
            // Which one, until when, and where is it that late?
            ("You've hit your limit · resets 8pm (Europe/Warsaw)", unclear),
            ("You've hit your session limit", unclear),
            ("You've hit your session limit · resets 8pm", unclear),
            ("You've hit your session limit · resets 8pm (Mars/Olympus)", unclear),
            ("You've hit your session limit · resets 20:00 (Europe/Vienna)", unclear),
            ("You've hit your session limit · resets 13pm (Europe/Vienna)", unclear),
            ("You've hit your session limit · resets 8:61pm (Europe/Vienna)", unclear),
            ("You've hit your session limit · resets soon (Europe/Vienna)", unclear),
            ("You're out of usage credits", unclear),
            ("Claude AI usage limit reached|1788894600", unclear),
            // Another error.
            ("API Error: 429 Too many requests", (None, false)),
        ] {
            let expected = expected.map(|(window, ends)| (window.to_owned(), 10_000, AT, parse_millis(ends)));
            let faults = if is_fault { vec![Fault::Notice] } else { vec![] };
            assert_eq!(read_notice(words, json!({})), (expected.into_iter().collect(), faults), "{words}");
        }
        // What a person or the model says is no notice.
        let words = "You've hit your session limit · resets 9:10pm (Europe/Vienna)";
        for keys in
            [json!({"isApiErrorMessage": false}), json!({"error": "overloaded"}), json!({"error": null})]
        {
            assert_eq!(read_notice(words, keys.clone()), (vec![], vec![]), "{keys}");
        }
    }

    #[test]
    fn a_time_that_a_leap_makes_unclear_is_none() {
        let vienna = Zone::named("Europe/Vienna").unwrap();
        // 2026-10-24 22:00 UTC, before the night in which 2:30 comes twice.
        let at = 1_792_879_200_000;
        assert_eq!(moment("2:30am", &vienna, at), None);
        assert_eq!(moment("3:30am", &vienna, at), Some(at + 4 * 3_600_000 + 1_800_000));
        // Of a year that is about to end.
        let at = parse_millis("2026-12-30T12:00:00Z").unwrap();
        assert_eq!(moment("Jan 2, 1pm", &vienna, at), parse_millis("2027-01-02T12:00:00Z"));
    }
}
