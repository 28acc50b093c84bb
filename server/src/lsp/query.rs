//! What a client asks a report about.

use serde_json::{Map, Value};
use std::sync::LazyLock;

/// The parameters of `costline/breakdown` and of the commands that show a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The key to sum by, as in `costline breakdown --by`.
    pub by: String,
    /// The key of each row's parts, as in `costline breakdown --split`.
    pub split: Option<String>,
    /// The first day, as in `--since`.
    pub since: Option<String>,
    /// The last day, as in `--until`.
    pub until: Option<String>,
    /// In place of the two: the day, week or month that is now.
    pub period: Option<Period>,
    /// In place of them: so many days, today included; 1 or more.
    pub days: Option<usize>,
    /// The project's path, as in `--project`.
    pub project: Option<String>,
    /// How many rows at most.
    pub limit: Option<usize>,
    /// What the answer is.
    pub format: Format,
    /// Whether a command also shows it; `None` leaves that to the client's surface.
    pub present: Option<bool>,
}

/// A time that ends today, in the zone of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Today.
    Day,
    /// Since the first day of the week.
    Week,
    /// Since the first of the month.
    Month,
}

/// What the answer to a question for a report is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The report as an object.
    #[default]
    Json,
    /// The report as a string of Markdown.
    Markdown,
}

impl Query {
    /// Reads an object. Null counts as not given and an unknown field is ignored; the error is a sentence that names
    /// the field. Without `by`, `default_by` counts, if there is one.
    pub(super) fn read(value: &Value, default_by: Option<&str>) -> Result<Self, String> {
        let fields = fields(value)?;
        let by = text(fields, "by")?.or_else(|| default_by.map(str::to_owned));
        let given = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
        let range = given("since") || given("until");
        if [range, given("period"), given("days")].into_iter().filter(|given| *given).count() > 1 {
            return Err("give `since` and `until`, or `period`, or `days`".to_owned());
        }
        Ok(Self {
            by: by.ok_or("`by` is missing: the key to sum by, such as \"project\"")?,
            split: text(fields, "split")?,
            since: text(fields, "since")?,
            until: text(fields, "until")?,
            period: period(fields)?,
            days: days(fields)?,
            project: text(fields, "project")?,
            limit: count(fields, "limit")?,
            format: format(fields)?,
            present: flag(fields, "present")?,
        })
    }
}

/// So many rows has each table of an overview where nothing else is asked for.
const ROWS: usize = 10;

impl Query {
    /// Reads an object likewise, for an overview: of this month where no other days are given.
    pub(super) fn overview(value: &Value) -> Result<Self, String> {
        let query = Self::read(value, Some("project"))?;
        let ranged = query.since.is_some() || query.until.is_some() || query.days.is_some();
        let period = query.period.or((!ranged).then_some(Period::Month));
        Ok(Self { split: None, period, limit: query.limit.or(Some(ROWS)), ..query })
    }
}

/// Whether the object of a command's argument wants the answer shown.
pub(super) fn present(argument: &Value) -> Result<Option<bool>, String> {
    flag(fields(argument)?, "present")
}

fn fields(value: &Value) -> Result<&Map<String, Value>, String> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(&NONE),
        other => Err(format!("the parameters must be an object, not {}", kind(other))),
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("`{name}` must be a string, not {}", kind(other))),
    }
}

fn format(fields: &Map<String, Value>) -> Result<Format, String> {
    match text(fields, "format")?.as_deref() {
        None | Some("json") => Ok(Format::Json),
        Some("markdown") => Ok(Format::Markdown),
        Some(other) => Err(format!("`format` must be \"json\" or \"markdown\", not {other:?}")),
    }
}

fn period(fields: &Map<String, Value>) -> Result<Option<Period>, String> {
    match text(fields, "period")?.as_deref() {
        None => Ok(None),
        Some("day") => Ok(Some(Period::Day)),
        Some("week") => Ok(Some(Period::Week)),
        Some("month") => Ok(Some(Period::Month)),
        Some(other) => Err(format!("`period` must be \"day\", \"week\" or \"month\", not {other:?}")),
    }
}

fn days(fields: &Map<String, Value>) -> Result<Option<usize>, String> {
    match count(fields, "days")? {
        Some(0) => Err("`days` must be 1 or more".to_owned()),
        days => Ok(days),
    }
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(format!("`{name}` must be true or false, not {}", kind(other))),
    }
}

/// A count may be written as `10.0`: some clients know no integers.
fn count(fields: &Map<String, Value>, name: &str) -> Result<Option<usize>, String> {
    let value = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let float = || value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..1e15).contains(float));
    let whole = value.as_u64().or_else(|| float().map(|float| float as u64));
    match whole.and_then(|whole| usize::try_from(whole).ok()) {
        Some(count) => Ok(Some(count)),
        None => Err(format!("`{name}` must be a whole number of 0 or more, not {}", kind(value))),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_all_fields() {
        let given = json!({"by": "model", "split": "day", "since": "2025-01-01", "until": null, "project": "/p", "limit": 10.0, "x": 1,
            "format": "markdown", "present": false});
        let expected = Query {
            by: "model".into(),
            split: Some("day".into()),
            since: Some("2025-01-01".into()),
            until: None,
            period: None,
            days: None,
            project: Some("/p".into()),
            limit: Some(10),
            format: Format::Markdown,
            present: Some(false),
        };
        assert_eq!(Query::read(&given, Some("project")), Ok(expected));
    }

    #[test]
    fn by_has_a_default_where_one_is_given() {
        for value in [json!(null), json!({}), json!({"by": null})] {
            assert_eq!(Query::read(&value, Some("project")).unwrap().by, "project");
            assert!(Query::read(&value, None).unwrap_err().contains("`by`"));
        }
    }

    #[test]
    fn a_range_is_given_in_one_way() {
        for (value, period, days) in [
            (json!({"period": "week"}), Some(Period::Week), None),
            (json!({"days": 30.0, "since": null}), None, Some(30)),
            (json!({}), None, None),
        ] {
            let query = Query::read(&value, Some("x")).unwrap();
            assert_eq!((query.period, query.days), (period, days), "{value}");
        }
        for value in [
            json!({"period": "day", "days": 1}),
            json!({"until": "2025-01-01", "days": 1}),
            json!({"since": "2025-01-01", "period": "month"}),
        ] {
            assert!(Query::read(&value, Some("x")).unwrap_err().starts_with("give `since`"), "{value}");
        }
    }

    #[test]
    fn an_overview_is_of_the_month() {
        for (value, period, days, limit) in [
            (json!(null), Some(Period::Month), None, 10),
            (json!({"period": "day", "limit": 3}), Some(Period::Day), None, 3),
            (json!({"days": 7}), None, Some(7), 10),
            (json!({"until": "2025-01-01"}), None, None, 10),
        ] {
            let query = Query::overview(&value).unwrap();
            assert_eq!((query.period, query.days, query.limit), (period, days, Some(limit)), "{value}");
        }
        assert!(Query::overview(&json!({"limit": "x"})).is_err());
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        for (value, message) in [
            (json!({"by": 3}), "`by` must be a string, not 3"),
            (json!({"since": []}), "`since` must be a string, not an array"),
            (json!({"project": {}}), "`project` must be a string, not an object"),
            (json!({"limit": "ten"}), "`limit` must be a whole number of 0 or more, not a string"),
            (json!({"limit": -1}), "`limit` must be a whole number of 0 or more, not -1"),
            (json!({"limit": 1.5}), "`limit` must be a whole number of 0 or more, not 1.5"),
            (json!({"format": "pdf"}), "`format` must be \"json\" or \"markdown\", not \"pdf\""),
            (json!({"period": "year"}), "`period` must be \"day\", \"week\" or \"month\", not \"year\""),
            (json!({"days": 0}), "`days` must be 1 or more"),
            (json!({"present": 1}), "`present` must be true or false, not 1"),
            (json!(["by"]), "the parameters must be an object, not an array"),
        ] {
            assert_eq!(Query::read(&value, Some("x")), Err(message.to_owned()));
        }
    }
}
