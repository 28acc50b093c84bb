use super::*;
use crate::statusline::{Known, PRESETS, Template, line};
use proptest::prelude::*;
use serde_json::json;

/// 2025-02-01 14:00 UTC: everything in the samples is about to end.
pub(in crate::statusline) const NOW: Millis = 1_738_418_400_000;

/// What versions hand to a status line, each with what came with it.
pub(in crate::statusline) fn samples() -> Vec<Value> {
    let first = json!({
        "hook_event_name": "Status", "session_id": "2efd1f5f", "transcript_path": "/h/.claude/projects/-w/2efd1f5f.jsonl",
        "cwd": "/w/app", "model": {"id": "claude-opus-4-1", "display_name": "Opus"},
        "workspace": {"current_dir": "/w/app/web", "project_dir": "/w/app"},
        "version": "1.0.85", "output_style": {"name": "default"},
        "cost": {"total_cost_usd": 0.01234, "total_duration_ms": 45_000, "total_api_duration_ms": 2_300,
                 "total_lines_added": 156, "total_lines_removed": 23},
        "exceeds_200k_tokens": false,
    });
    let with = |base: &Value, more: Value| {
        let mut whole = base.clone();
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    // 2.0.70: the context; its totals were those of the session.
    let context = json!({"total_input_tokens": 915_500, "total_output_tokens": 41_200, "context_window_size": 200_000,
        "current_usage": {"input_tokens": 8_500, "output_tokens": 1_200, "cache_creation_input_tokens": 5_000,
                          "cache_read_input_tokens": 2_000}});
    let filled = with(&first, json!({"version": "2.0.70", "context_window": context}));
    // 2.1.6: percentages.
    let percent = with(&context, json!({"used_percentage": 8, "remaining_percentage": 92}));
    let percent = with(&filled, json!({"version": "2.1.6", "context_window": percent}));
    // 2.1.80: limits.
    let limits = json!({"five_hour": {"used_percentage": 23.5, "resets_at": 1_738_425_600},
                        "seven_day": {"used_percentage": 41.2, "resets_at": 1_738_857_600}});
    let limited = with(&percent, json!({"version": "2.1.80", "rate_limits": limits}));
    // 2.1.196 and later.
    let named = with(
        &limited,
        json!({"version": "2.1.196", "session_name": "Mend the roof", "prompt_id": "p", "effort": {"level": "high"},
            "thinking": {"enabled": true}, "vim": {"mode": "NORMAL"}, "agent": {"name": "reviewer"},
            "worktree": {"name": "fix", "path": "/w/fix", "branch": "fix", "original_cwd": "/w/app", "original_branch": "main"},
            "pr": {"number": 12, "url": "https://example.org/12", "review_state": "pending"}}),
    );
    // 2.1.251: the prompt cache, and spending.
    let spend = with(&limits, json!({"spend_limit": {"used_percentage": 62.8, "resets_at": 1_740_787_200}}));
    let newest = with(
        &named,
        json!({"version": "2.1.330", "rate_limits": spend, "fast_mode": true,
            "model": {"id": "claude-opus-5-5[1m]", "display_name": "Opus"},
            "workspace": {"current_dir": "/w/app/web", "project_dir": "/w/app", "added_dirs": [], "git_worktree": "fix",
                          "repo": {"host": "github.com", "owner": "o", "name": "n"}},
            "prompt_cache": {"warm": true, "caching_observed": true, "ttl": "1h", "expires_at": 1_738_420_920, "requests": 14,
                "misses": 2, "hit_ratio": 0.91, "last_miss_cause": {"causes": ["tools_changed"]},
                "recache_tokens_if_cold": 45_000}}),
    );
    vec![first, filled, percent, limited, named, newest]
}

fn read(value: &Value) -> Input {
    Input::read(value.to_string().as_bytes())
}

fn limit(window: &str, used: u32, resets: i64) -> Limit {
    Limit { window: window.to_owned(), used, resets_at: Some(resets * 1_000) }
}

#[test]
fn every_version_is_understood() {
    let [first, filled, percent, limited, named, newest] = &samples()[..] else { panic!() };
    let input = read(first);
    assert_eq!(input.session.as_deref(), Some("2efd1f5f"));
    assert_eq!((input.cwd.as_deref(), input.project.as_deref()), (Some("/w/app/web"), Some("/w/app")));
    assert_eq!(
        (input.model.as_deref(), input.model_name.as_deref()),
        (Some("claude-opus-4-1"), Some("Opus"))
    );
    assert_eq!((input.cost, input.duration), (Some(NanoUsd(12_340_000)), Some(45_000)));
    assert_eq!((input.lines, input.window, input.used), (Some((156, 23)), None, None));
    // The answer is no part of the context.
    let input = read(filled);
    assert_eq!((input.window, input.used, input.used_percent), (Some(200_000), Some(15_500), None));
    assert_eq!((read(percent).used, read(percent).used_percent), (Some(15_500), Some(8.0)));
    let windows = [limit("fiveHour", 2_350, 1_738_425_600), limit("sevenDay", 4_120, 1_738_857_600)];
    assert_eq!(read(limited).limits, windows);
    let input = read(named);
    assert_eq!(input.title.as_deref(), Some("Mend the roof"));
    assert_eq!(
        (input.effort.as_deref(), input.thinking, input.vim.as_deref()),
        (Some("high"), true, Some("NORMAL"))
    );
    assert_eq!((input.agent.as_deref(), input.pull_request), (Some("reviewer"), Some(12)));
    assert_eq!((input.worktree.as_deref(), input.branch.as_deref()), (Some("fix"), Some("fix")));
    let input = read(newest);
    assert_eq!(input.limits[2], limit("spend", 6_280, 1_740_787_200));
    assert!(input.fast);
    let cache = PromptCache { until: Some(1_738_420_920_000), hour: true, tokens: Some(45_000) };
    assert_eq!(input.cache, Some(cache));
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let newest = samples().pop().unwrap();
    let change = |pointer: &str, value: Value| {
        let mut changed = newest.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        read(&changed)
    };
    // After a compaction.
    let mut input = newest.clone();
    for field in ["current_usage", "used_percentage", "remaining_percentage"] {
        input["context_window"][field] = Value::Null;
    }
    assert_eq!(
        (read(&input).window, read(&input).used, read(&input).used_percent),
        (Some(200_000), None, None)
    );
    // A percentage is enough.
    input["context_window"]["used_percentage"] = json!(8.5);
    assert_eq!(read(&input).used, Some(17_000));
    for (pointer, value) in [
        ("/context_window/current_usage/input_tokens", json!("8500")),
        ("/context_window/current_usage/cache_read_input_tokens", json!(-1)),
        ("/context_window/current_usage/cache_read_input_tokens", json!(1e300)),
    ] {
        // The percentage of 200,000 still says.
        assert_eq!(change(pointer, value).used, Some(16_000), "{pointer}");
    }
    for value in [json!(0), json!(-5), json!("200000"), json!(null), json!([200_000])] {
        assert_eq!(change("/context_window/context_window_size", value.clone()).window, None, "{value}");
    }
    for value in [json!(-0.5), json!("0.01"), json!(1e12), json!(null)] {
        assert_eq!(change("/cost/total_cost_usd", value.clone()).cost, None, "{value}");
    }
    for value in [json!(-1), json!("23"), json!(null), json!(1e9), json!({})] {
        let limits = change("/rate_limits/five_hour/used_percentage", value.clone()).limits;
        assert!(limits.iter().all(|limit| limit.window != "fiveHour") && limits.len() == 2, "{value}");
    }
    // A reset in milliseconds, or of another type, is none; the limit itself counts.
    for value in [json!(1_738_425_600_000_i64), json!("soon"), json!(null), json!(-1), json!({})] {
        assert_eq!(
            change("/rate_limits/five_hour/resets_at", value.clone()).limits[0].resets_at,
            None,
            "{value}"
        );
    }
    let written = change("/rate_limits/five_hour/resets_at", json!("2025-02-01T16:00:00Z")).limits;
    assert_eq!(written[0].resets_at, Some(1_738_425_600_000));
    assert_eq!(change("/prompt_cache/expires_at", json!("x")).cache, None);
    assert_eq!(change("/prompt_cache/expires_at", json!(null)).cache.unwrap().until, None);
    assert_eq!(change("/model", json!("Opus")).model_name.as_deref(), Some("Opus"));
    for bytes in ["", "null", "[]", "5", "\"x\"", "{", "\u{0}", "{\"session_id\":\"s\"} trailing"] {
        assert_eq!(Input::read(bytes.as_bytes()), Input::default(), "{bytes}");
    }
    assert_eq!(Input::read(&[0xff, 0xfe]), Input::default());
    assert_eq!(Input::read("[".repeat(100_000).as_bytes()), Input::default());
}

#[test]
fn names_do_not_steer_the_terminal() {
    let input = read(
        &json!({"session_id": "s", "session_name": "a\u{1b}[31m\nb\u{202e}c\td\u{9b}e", "model": {"display_name": " \n "}}),
    );
    assert_eq!(input.title.as_deref(), Some("a[31mbcde"));
    assert_eq!(input.model_name, None);
}

/// Every place in a value, as pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What an input says but for what comes from one of Claude's fields.
fn without(mut input: Input, field: &str) -> Input {
    let none = Input::default();
    match field {
        "session_id" => input.session = None,
        "session_name" => input.title = None,
        "transcript_path" => input.transcript = None,
        "cwd" | "workspace" | "worktree" => {
            (input.cwd, input.project, input.worktree, input.branch) = (None, None, None, None);
        }
        "model" => (input.model, input.model_name) = (None, None),
        "version" => input.version = None,
        "output_style" => input.style = None,
        "cost" => {
            (input.cost, input.duration, input.api_duration, input.lines) = (None, None, None, None);
        }
        "context_window" => (input.window, input.used, input.used_percent) = (None, None, None),
        "prompt_cache" => input.cache = None,
        "rate_limits" => input.limits = none.limits,
        "fast_mode" => input.fast = false,
        "effort" => input.effort = None,
        "thinking" => input.thinking = false,
        "vim" => input.vim = None,
        "agent" => input.agent = None,
        "pr" => input.pull_request = None,
        _ => {}
    }
    input
}

/// Each field of each version missing, null, and of every other type: there is a line, and all other fields say what they said.
#[test]
fn no_field_takes_others_with_it() {
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("x\n\u{1b}[0m"),
        json!([]),
        json!({}),
        json!([{"a": 1}]),
    ];
    let known = Known { now: NOW, ..Known::default() };
    let mut count = 0;
    for sample in samples() {
        let whole = read(&sample);
        let mut pointers = Vec::new();
        places(&sample, "", &mut pointers);
        for pointer in pointers {
            let field = pointer.split('/').nth(1).unwrap();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut missing = sample.clone();
            if let Some(Value::Object(fields)) = missing.pointer_mut(parent) {
                fields.remove(key);
            }
            let changed = others.iter().map(|other| {
                let mut changed = sample.clone();
                *changed.pointer_mut(&pointer).unwrap() = other.clone();
                changed
            });
            for value in std::iter::once(missing).chain(changed) {
                let input = read(&value);
                assert_eq!(without(input.clone(), field), without(whole.clone(), field), "{pointer} {value}");
                for (_, template) in PRESETS {
                    let text = line(&Template::read(template), " · ", Some(80), &input, &known).text();
                    assert!(!text.contains(char::is_control), "{text:?}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 5_000, "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        Input::read(&bytes);
        Input::read(text.as_bytes());
    }
}
