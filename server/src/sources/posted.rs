//! Usage that other programs post: an object, a list of them, or `{"records": […]}`. Each has an id of its own, by which it counts
//! once however often it is posted.

use super::record::{MOST_TOKENS, Record, TokenCounts, Usage, What};
use super::report::is_name;
use crate::time::{Millis, parse_millis};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

/// So many records at once.
pub const MOST: usize = 500;
/// Who posts without a name.
const NAMELESS: &str = "api";

/// The records of a body; all of them or, with the reason, none.
///
/// # Errors
/// A sentence that names the record and the field.
pub fn records(body: &Value, now: Millis) -> Result<Vec<Record>, String> {
    let listed = body.get("records").unwrap_or(body);
    let items = match listed {
        Value::Array(items) => items.iter().collect(),
        Value::Object(_) => vec![listed],
        _ => return Err("the body must be a record, a list of records, or {\"records\": […]}".to_owned()),
    };
    if items.len() > MOST {
        return Err(format!("there are {} records; post {MOST} at most at a time", items.len()));
    }
    let told = |at: usize| if items.len() > 1 { format!("record {at}: ") } else { String::new() };
    let read =
        |(at, item): (usize, &&Value)| record(item, now).map_err(|reason| format!("{}{reason}", told(at)));
    items.iter().enumerate().map(read).collect()
}

fn record(item: &Value, now: Millis) -> Result<Record, String> {
    let fields = item.as_object().ok_or("a record must be an object")?;
    let id = text(fields, &["id", "uuid"])?
        .ok_or("`id` is missing: what makes the record one, however often it is posted")?;
    let source = text(fields, &["source"])?.unwrap_or_else(|| NAMELESS.to_owned());
    let at = match given(fields, &["at", "timestamp"]) {
        None => now,
        Some((name, value)) => {
            let at = value.as_str().and_then(parse_millis);
            at.ok_or_else(|| format!("`{name}` must be a time as in 2026-01-02T15:04:05Z"))?
        }
    };
    let usage = Usage {
        model: text(fields, &["model"])?.ok_or("`model` is missing: the model's id")?,
        project: text(fields, &["project", "cwd"])?.unwrap_or_default(),
        session: text(fields, &["session", "sessionId", "session_id"])?.unwrap_or_else(|| source.clone()),
        counts: TokenCounts {
            input: count(fields, &["inputTokens", "input_tokens"])?,
            output: count(fields, &["outputTokens", "output_tokens"])?,
            cache_read: count(fields, &["cacheReadTokens", "cache_read_tokens", "cache_read_input_tokens"])?,
            cache_write: count(
                fields,
                &[
                    "cacheWriteTokens",
                    "cache_write_tokens",
                    "cache_creation_tokens",
                    "cache_creation_input_tokens",
                ],
            )?,
        },
        note: text(fields, &["note"])?.unwrap_or_default(),
        lower_bound: false,
        source,
    };
    // Of any length, and apart from those of others.
    let id = format!("posted-{:032x}", xxh3_128(format!("{}\0{id}", usage.source).as_bytes()));
    Ok(Record { id, at, what: What::Usage(usage) })
}

/// The first of these fields that is given; null is not.
fn given<'a>(fields: &'a Map<String, Value>, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
    names.iter().find_map(|name| Some((*name, fields.get(*name).filter(|value| !value.is_null())?)))
}

fn text(fields: &Map<String, Value>, names: &[&'static str]) -> Result<Option<String>, String> {
    let Some((name, value)) = given(fields, names) else { return Ok(None) };
    let text = value.as_str().filter(|text| !text.is_empty() && is_name(text));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| format!("`{name}` must be a short text on one line"))
}

fn count(fields: &Map<String, Value>, names: &[&'static str]) -> Result<i64, String> {
    let Some((name, value)) = given(fields, names) else { return Ok(0) };
    let whole = value.as_i64().filter(|count| (0..=MOST_TOKENS).contains(count));
    whole.ok_or_else(|| format!("`{name}` must be a whole number of tokens from 0 to {MOST_TOKENS}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_of_several_forms() {
        let flat = json!({"uuid": "u-1", "timestamp": "2026-01-02T15:04:05Z", "model": "claude-opus-5",
            "input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 30, "cost": 1.5});
        let read = records(&flat, 7).unwrap().remove(0);
        assert_eq!(read.at, 1_767_366_245_000);
        let What::Usage(usage) = read.what else { panic!() };
        assert_eq!(
            {
                let counts = usage.counts;
                (counts.input, counts.output, counts.cache_read, counts.cache_write)
            },
            (10, 20, 30, 0)
        );
        assert_eq!((usage.source.as_str(), usage.session.as_str()), ("api", "api"));

        let own = json!({"records": [
            {"id": "1", "source": "agent", "session": "s", "project": "/p", "model": "m", "cacheWriteTokens": 4},
            {"id": "2", "source": "agent", "model": "m", "at": null},
        ]});
        let read = records(&own, 7).unwrap();
        assert_eq!((read.len(), read[1].at), (2, 7));
        // The same record has the same id, and each its own.
        let again = records(&own["records"], 9).unwrap();
        assert_eq!(read[0].id, again[0].id);
        assert_ne!(read[0].id, read[1].id);
        let other = json!({"id": "1", "source": "other", "model": "m"});
        assert_ne!(records(&other, 7).unwrap()[0].id, read[0].id);
        assert!(read.iter().all(|record| record.id.len() <= 64));
    }

    #[test]
    fn all_or_none_with_the_reason() {
        let good = json!({"id": "1", "model": "m"});
        for (body, word) in [
            (json!(7), "must be a record"),
            (json!([7]), "must be an object"),
            (json!({"model": "m"}), "`id` is missing"),
            (json!({"id": "1"}), "`model` is missing"),
            (json!({"id": "", "model": "m"}), "`id` must be"),
            (json!({"id": "1", "model": "m", "at": "noon"}), "`at` must be"),
            (json!({"id": "1", "model": "m", "outputTokens": -1}), "`outputTokens` must be"),
            (json!({"id": "1", "model": "m", "outputTokens": 1.5}), "`outputTokens` must be"),
            (json!({"id": "1", "model": "m", "input_tokens": "9"}), "`input_tokens` must be"),
            (json!({"id": "1", "model": "m\nn"}), "`model` must be"),
            (json!([good, {"id": "2"}]), "record 1: `model`"),
            (Value::Array(vec![good; MOST + 1]), "at most"),
        ] {
            let told = records(&body, 7).unwrap_err();
            assert!(told.contains(word), "{told}");
        }
        assert_eq!(records(&json!([]), 7), Ok(Vec::new()));
    }
}
