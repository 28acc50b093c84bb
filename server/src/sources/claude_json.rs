//! What Claude Code keeps of the plan's limits in `.claude.json`. Of that file only this is read: it holds an account's
//! data, too.

use crate::limits::{PlanLimit, Source, basis_points, window_of};
use crate::time::{Millis, parse_millis};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct ClaudeJson {
    #[serde(rename = "cachedUsageUtilization", default)]
    cached: Value,
}

/// The limits in the bytes of a `.claude.json`, each as of the time when Claude Code asked for them; none where there are
/// none, or where the bytes are no such file.
pub fn limits(bytes: &[u8]) -> Vec<PlanLimit> {
    let Ok(ClaudeJson { cached }) = serde_json::from_slice(bytes) else { return Vec::new() };
    let Some(at) = cached["fetchedAtMs"].as_f64().map(|at| at as Millis).filter(|at| *at > 0) else {
        return Vec::new();
    };
    let mut used: BTreeMap<String, (u32, Option<Millis>)> = BTreeMap::new();
    let utilization = &cached["utilization"];
    // Those of one model come in a list of their own; what the windows themselves say counts more.
    for limit in utilization["limits"].as_array().into_iter().flatten() {
        let model = limit["scope"]["model"]["display_name"].as_str();
        let (Some("weekly_scoped"), Some(model)) = (limit["kind"].as_str(), model) else { continue };
        if let Some(window) = window_of(&format!("seven_day {}", model.to_lowercase())) {
            used.extend(part(limit, "percent").map(|part| (window, part)));
        }
    }
    for (key, window) in utilization.as_object().into_iter().flatten() {
        let counted = if key == "spend" { "percent" } else { "utilization" };
        if let Some(name) = window_of(key) {
            used.extend(part(window, counted).map(|part| (name, part)));
        }
    }
    let told = |(window, (used_basis_points, resets_at))| PlanLimit {
        window,
        used_basis_points,
        resets_at,
        reported_at: at,
        source: Source::ClaudeJson,
    };
    used.into_iter().map(told).filter_map(PlanLimit::sound).collect()
}

/// How much of a window is used, and when it ends.
fn part(window: &Value, counted: &str) -> Option<(u32, Option<Millis>)> {
    let used = window[counted].as_f64().and_then(basis_points)?;
    Some((used, window["resets_at"].as_str().and_then(parse_millis)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-11-22 10:00 UTC.
    const AT: Millis = 1_795_341_600_000;

    fn read(utilization: &Value) -> Vec<(String, u32, Option<Millis>)> {
        let file = json!({"oauthAccount": {"emailAddress": "a@b.c"}, "projects": {"/w": {"lastCost": 1}},
            "cachedUsageUtilization": {"fetchedAtMs": AT, "accountUuid": "u", "utilization": utilization}});
        let limits = limits(file.to_string().as_bytes());
        assert!(limits.iter().all(|limit| (limit.reported_at, limit.source) == (AT, Source::ClaudeJson)));
        limits.into_iter().map(|limit| (limit.window, limit.used_basis_points, limit.resets_at)).collect()
    }

    #[test]
    fn windows_of_the_cached_reply() {
        let hour = |hours: i64| Some(AT + hours * 3_600_000);
        assert_eq!(
            read(&json!({
                "five_hour": {"utilization": 23.5, "resets_at": "2026-11-22T12:00:00.000000+00:00"},
                "seven_day": {"utilization": 41, "resets_at": "2026-11-24T10:00:00Z"},
                "seven_day_opus": null,
                "seven_day_sonnet": {"utilization": null, "resets_at": null},
                "limits": [
                    {"kind": "session", "percent": 23.5, "resets_at": "2026-11-22T12:00:00Z"},
                    {"kind": "weekly_scoped", "percent": 60, "resets_at": "2026-11-24T10:00:00Z",
                     "scope": {"model": {"id": "x", "display_name": "Opus"}, "surface": null}},
                ],
                "spend": {"used": {"amount_minor": 5, "currency": "EUR"}, "percent": 12.5, "resets_at": null},
                "extra_usage": {"is_enabled": false, "utilization": null},
            })),
            [
                ("fiveHour".to_owned(), 2_350, hour(2)),
                ("sevenDay".to_owned(), 4_100, hour(48)),
                ("sevenDayOpus".to_owned(), 6_000, hour(48)),
                ("spend".to_owned(), 1_250, None),
            ]
        );
    }

    #[test]
    fn what_is_not_as_it_should_be_says_nothing() {
        for utilization in [
            json!(null),
            json!([]),
            json!("x"),
            json!({"five_hour": 5}),
            json!({"five_hour": {"utilization": "23"}}),
            json!({"five_hour": {"utilization": -1}}),
            // It had ended when it was asked for.
            json!({"five_hour": {"utilization": 5, "resets_at": "2026-11-22T09:00:00Z"}}),
            json!({"limits": [1, null, {"kind": "weekly_scoped", "percent": 5, "scope": "x"}]}),
        ] {
            assert_eq!(read(&utilization), [], "{utilization}");
        }
        for bytes in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"cachedUsageUtilization":{"utilization":{"five_hour":{"utilization":1}}}}"#,
        ] {
            assert!(limits(bytes.as_bytes()).is_empty(), "{bytes}");
        }
    }
}
