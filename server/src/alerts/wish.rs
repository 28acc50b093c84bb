//! What a client wants of budgets and alerts, as the argument of a command or the body of a request.

use crate::budgets::{Period, Scope, THRESHOLDS, Terms};
use crate::money::NanoUsd;
use serde_json::{Map, Value};
use std::path::Path;

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A budget, in the place of the one that is about the same.
    SetBudget(Terms),
    /// The end of the budget of this number.
    RemoveBudget(i64),
    /// The alert of this number was seen.
    Acknowledge(i64),
    /// Nothing more of the alert of this number until its period ends.
    Snooze(i64),
}

/// The number of a budget or an alert; a text of digits is one, too.
///
/// # Errors
/// A sentence that names the field.
pub fn id(argument: &Value) -> Result<i64, String> {
    let given = &argument["id"];
    let float = || given.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15);
    let whole = given.as_i64().or_else(|| float().map(|float| float as i64));
    let written = || given.as_str().and_then(|text| text.trim().parse().ok());
    whole.or_else(written).ok_or_else(|| "`id` is missing: the number of the budget or the alert".to_owned())
}

/// What a budget has. A scope that is written in another way would be left out, and the budget one of everything.
const KEYS: [&str; 7] = ["period", "limitUsd", "project", "model", "branch", "hard", "thresholds"];

/// A budget as the argument of `costline.setBudget` has it.
///
/// # Errors
/// A sentence that names the field.
pub fn budget(argument: &Value) -> Result<Terms, String> {
    let none = Map::new();
    let fields = match argument {
        Value::Object(fields) => fields,
        Value::Null => &none,
        _ => return Err("the parameters must be an object".to_owned()),
    };
    if let Some(unknown) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("there is no `{unknown}`; give {}", KEYS.join(", ")));
    }
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` must be a string")),
    };
    let periods = || Period::ALL.map(Period::name).join(", ");
    let period = text("period")?.ok_or_else(|| format!("`period` is missing: one of {}", periods()))?;
    let period = Period::named(&period)
        .ok_or_else(|| format!("`period` must be one of {}, not {period:?}", periods()))?;
    let limit = fields.get("limitUsd").and_then(Value::as_f64).filter(|limit| (0.0..=1e9).contains(limit));
    let limit = limit.ok_or("`limitUsd` must be an amount of dollars")?;
    let scopes = [("project", text("project")?), ("model", text("model")?), ("branch", text("branch")?)];
    let mut named = scopes.into_iter().filter_map(|(kind, name)| name.map(|name| (kind, name)));
    let scope = match (named.next(), named.next()) {
        (None, _) => Scope::All,
        (Some(("project", path)), None) => Scope::folder(Path::new(&path))
            .ok_or_else(|| format!("`project` must be a whole path, from the root on, not {path:?}"))?,
        (Some((kind, name)), None) => Scope::of(kind, &name).unwrap_or(Scope::All),
        (Some(_), Some(_)) => return Err("give one of `project`, `model` and `branch`".to_owned()),
    };
    let hard = match fields.get("hard") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(hard)) => *hard,
        Some(_) => return Err("`hard` must be true or false".to_owned()),
    };
    let thresholds = match fields.get("thresholds") {
        None | Some(Value::Null) => THRESHOLDS.to_vec(),
        Some(Value::Array(items)) => {
            let percent = |item: &Value| item.as_u64().and_then(|percent| u32::try_from(percent).ok());
            items
                .iter()
                .map(percent)
                .collect::<Option<_>>()
                .ok_or("`thresholds` must be whole percentages")?
        }
        Some(_) => return Err("`thresholds` must be a list of percentages".to_owned()),
    };
    let terms = Terms { scope, period, limit: NanoUsd::from_dollars(limit), thresholds, hard };
    terms.check().map(|()| terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn budgets_of_any_shape() {
        let terms = |scope, period, limit, hard| Terms {
            scope,
            period,
            limit: NanoUsd(limit),
            thresholds: THRESHOLDS.to_vec(),
            hard,
        };
        for (argument, expected) in [
            (json!({"period": "day", "limitUsd": 10}), terms(Scope::All, Period::Day, 10_000_000_000, false)),
            (
                json!({"period": "block", "limitUsd": 2.5, "project": "/q/../p/./", "model": null, "hard": true}),
                terms(Scope::Project("/p".to_owned()), Period::Block, 2_500_000_000, true),
            ),
            (
                json!({"period": "month", "limitUsd": 0.1, "branch": "main", "thresholds": [60]}),
                Terms {
                    thresholds: vec![60],
                    ..terms(Scope::Branch("main".to_owned()), Period::Month, 100_000_000, false)
                },
            ),
        ] {
            assert_eq!(budget(&argument), Ok(expected), "{argument}");
        }
        for (argument, words) in [
            (json!(null), "`period` is missing"),
            (json!([]), "must be an object"),
            (json!({"period": "year", "limitUsd": 1}), "not \"year\""),
            (json!({"period": "day"}), "`limitUsd` must be"),
            (json!({"period": "day", "limitUsd": "ten"}), "`limitUsd` must be"),
            (json!({"period": "day", "limitUsd": 0}), "more than nothing"),
            (json!({"period": "day", "limitUsd": 1, "project": "/p", "branch": "b"}), "give one of"),
            (json!({"period": "day", "limitUsd": 1, "hard": 1}), "`hard` must be"),
            (json!({"period": "day", "limitUsd": 1, "projct": "/p"}), "there is no `projct`"),
            (json!({"period": "day", "limitUsd": 1, "scope": "project", "name": "/p"}), "there is no `name`"),
            (json!({"period": "day", "limitUsd": 1, "project": "app"}), "a whole path"),
            (json!({"period": "day", "limitUsd": 1, "thresholds": ["x"]}), "`thresholds` must be"),
        ] {
            let told = budget(&argument).unwrap_err();
            assert!(told.contains(words), "{argument}: {told}");
        }
    }

    #[test]
    fn numbers_are_read_as_clients_write_them() {
        for good in [json!({"id": 7}), json!({"id": 7.0}), json!({"id": "7"})] {
            assert_eq!(id(&good), Ok(7), "{good}");
        }
        for bad in [json!(null), json!({}), json!({"id": "x"}), json!({"id": 7.5}), json!(7)] {
            assert!(id(&bad).is_err(), "{bad}");
        }
    }
}
