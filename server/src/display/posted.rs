//! What another machine posts: some of the fields, or all.

use super::{Figures, POINTS, SLOT};
use crate::money::NanoUsd;
use crate::time::{MINUTE, Millis, Zone, parse_millis};
use serde_json::{Map, Number, Value};

/// The longest text of a field.
const LONGEST: usize = 128;
/// The longest name of a source.
const LONGEST_NAME: usize = 64;
/// No machine spends more in a year, in dollars.
const MOST_USD: f64 = 1e9;

/// Why a name is none for a source.
pub type SourceError = String;

/// Checks the name of a source.
///
/// # Errors
/// What to write instead.
pub fn check_source(name: &str) -> Result<(), SourceError> {
    let fits = !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(format!("a source is called by 1 to {LONGEST_NAME} bytes without control characters"))
    }
}

/// What is known of a source after it posted: the fields that it gave, and of the others those that it gave before. `null`
/// takes one back. Fields of other names are not kept.
///
/// # Errors
/// A sentence: which field does not fit, and what would.
pub fn merged(
    kept: Option<Figures>,
    posted: &Map<String, Value>,
    source: &str,
    now: Millis,
    zone: &Zone,
) -> Result<Figures, String> {
    let mut figures = kept.unwrap_or_default();
    let given = |name: &str| posted.get(name);
    let count = |held: &mut Option<i64>, name: &str| match given(name) {
        None => Ok(()),
        Some(value) => whole(name, value).map(|value| *held = value),
    };
    count(&mut figures.input_tokens, "input_tokens")?;
    count(&mut figures.output_tokens, "output_tokens")?;
    count(&mut figures.cache_creation_tokens, "cache_creation_tokens")?;
    count(&mut figures.cache_read_tokens, "cache_read_tokens")?;
    count(&mut figures.total_tokens, "total_tokens")?;
    count(&mut figures.session_count, "session_count")?;
    if let Some(value) = given("burn_rate_per_hour") {
        figures.burn_rate_per_hour = money("burn_rate_per_hour", value)?;
    }
    if let Some(value) = given("total_cost_usd") {
        figures.total_cost_usd = money("total_cost_usd", value)?;
    }
    if let Some(value) = given("window_hours") {
        figures.window_hours = hours(value)?;
    }
    if let Some(value) = given("active_session_id") {
        figures.active_session_id = text("active_session_id", value)?;
    }
    if let Some(value) = given("last_activity") {
        figures.last_activity = text("last_activity", value)?;
    }
    // What does not say when it was so, was so when it came.
    figures.timestamp = match given("timestamp") {
        Some(value) => text("timestamp", value)?,
        None => Some(zone.rfc3339(now)),
    };
    figures.source = Some(source.to_owned());
    Ok(figures)
}

/// The past moment that a post speaks of where it says so: such a one fills a gap, and is not how things are.
///
/// # Errors
/// A sentence: when it was is not said, or it does not lie in the last day.
pub fn backfilled(posted: &Map<String, Value>, now: Millis) -> Result<Option<Millis>, String> {
    match posted.get("backfill") {
        None | Some(Value::Null | Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => {}
        Some(_) => return Err("`backfill` must be true or false".to_owned()),
    }
    let at = posted.get("timestamp").and_then(Value::as_str).and_then(parse_millis);
    let within = at.filter(|at| *at <= now + MINUTE && *at > now - SLOT * POINTS);
    within.map(Some).ok_or_else(|| {
        "with `backfill`, `timestamp` must be a moment of the last 24 hours with its offset, such as \"2026-01-02T15:04:05Z\"".to_owned()
    })
}

fn whole(name: &str, value: &Value) -> Result<Option<i64>, String> {
    let wanted = || format!("`{name}` must be a whole number of 0 or more, or null");
    match value {
        Value::Null => Ok(None),
        value => value.as_i64().filter(|number| *number >= 0).map(Some).ok_or_else(wanted),
    }
}

fn money(name: &str, value: &Value) -> Result<Option<NanoUsd>, String> {
    let wanted = || format!("`{name}` must be a number of dollars of 0 or more, or null");
    match value {
        Value::Null => Ok(None),
        value => {
            let dollars = value.as_f64().filter(|dollars| (0.0..=MOST_USD).contains(dollars));
            dollars.map(|dollars| Some(NanoUsd::from_dollars(dollars))).ok_or_else(wanted)
        }
    }
}

fn hours(value: &Value) -> Result<Option<Number>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) if number.as_f64().is_some_and(|hours| hours > 0.0) => Ok(Some(number.clone())),
        _ => Err("`window_hours` must be a number of more than 0, or null".to_owned()),
    }
}

fn text(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.len() <= LONGEST => Ok(Some(text.clone())),
        _ => Err(format!("`{name}` must be text of at most {LONGEST} bytes, or null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn post(kept: Option<Figures>, body: &Value) -> Result<Figures, String> {
        merged(kept, body.as_object().unwrap(), "desk", 1_000, &Zone::Named(chrono_tz::UTC))
    }

    #[test]
    fn what_is_not_given_stays() {
        let first = post(None, &json!({"total_cost_usd": 1.25, "session_count": 2, "model": "x"})).unwrap();
        assert_eq!(first.total_cost_usd, Some(NanoUsd(1_250_000_000)));
        assert_eq!(
            (first.input_tokens, first.timestamp.as_deref()),
            (None, Some("1970-01-01T00:00:01.000Z"))
        );
        let second = post(
            Some(first),
            &json!({"session_count": null, "input_tokens": 7, "timestamp": "2026-01-01T00:00:00"}),
        );
        let second = second.unwrap();
        assert_eq!(second.total_cost_usd, Some(NanoUsd(1_250_000_000)));
        assert_eq!((second.session_count, second.input_tokens), (None, Some(7)));
        assert_eq!(
            (second.timestamp.as_deref(), second.source.as_deref()),
            (Some("2026-01-01T00:00:00"), Some("desk"))
        );
    }

    #[test]
    fn a_gap_is_filled_with_what_was() {
        let now = 1_793_620_800_000;
        let read = |body: &Value| backfilled(body.as_object().unwrap(), now);
        let at = |minutes: Millis| Zone::Named(chrono_tz::UTC).rfc3339(now - minutes * MINUTE);
        assert_eq!(read(&json!({"timestamp": at(60)})), Ok(None));
        assert_eq!(read(&json!({"timestamp": at(60), "backfill": false})), Ok(None));
        assert_eq!(read(&json!({"timestamp": at(60), "backfill": true})), Ok(Some(now - 60 * MINUTE)));
        assert_eq!(read(&json!({"timestamp": at(1_439), "backfill": true})), Ok(Some(now - 1_439 * MINUTE)));
        for (body, word) in [
            (json!({"timestamp": at(60), "backfill": 1}), "`backfill` must"),
            (json!({"backfill": true}), "`timestamp` must"),
            (json!({"timestamp": at(1_440), "backfill": true}), "`timestamp` must"),
            (json!({"timestamp": at(-2), "backfill": true}), "`timestamp` must"),
            (json!({"timestamp": "2026-11-02T11:00:00", "backfill": true}), "`timestamp` must"),
        ] {
            let error = read(&body).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (name, value) in [
            ("input_tokens", json!(-1)),
            ("input_tokens", json!(1.5)),
            ("input_tokens", json!("1")),
            ("total_tokens", json!(1e300)),
            ("total_cost_usd", json!(-0.1)),
            ("total_cost_usd", json!(1e30)),
            ("total_cost_usd", json!([1])),
            ("window_hours", json!(0)),
            ("active_session_id", json!(1)),
            ("last_activity", json!("x".repeat(129))),
            ("timestamp", json!({})),
        ] {
            let error = post(None, &json!({ name: value })).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
        for name in ["", "a\nb", &"x".repeat(65)] {
            assert!(check_source(name).is_err());
        }
        assert!(check_source("bücher-pc").is_ok());
    }
}
