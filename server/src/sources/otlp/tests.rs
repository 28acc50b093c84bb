use super::*;
use crate::money::NanoUsd;
use crate::sources::record::{self, TokenCounts, What};
use crate::sources::telemetry::{Counted, Kind, Metered, Requested};
use serde_json::{Value, json};

const NOW: Millis = 1_793_620_800_000;

fn attribute(name: &str, value: &Value) -> Value {
    let kind = match value {
        Value::String(_) => "stringValue",
        Value::Bool(_) => "boolValue",
        Value::Number(number) if number.is_i64() => "intValue",
        _ => "doubleValue",
    };
    json!({"key": name, "value": {kind: value}})
}

fn attributes(values: &Value) -> Vec<Value> {
    values.as_object().unwrap().iter().map(|(name, value)| attribute(name, value)).collect()
}

/// An export of one event with these attributes.
fn logs(body: &str, values: &Value) -> Value {
    json!({"resourceLogs": [{
        "resource": {"attributes": attributes(&json!({"service.name": "claude-code", "service.version": "2.1.212"}))},
        "scopeLogs": [{"logRecords": [{
            "timeUnixNano": "1793620700000000000",
            "body": {"stringValue": body},
            "attributes": attributes(values),
        }]}],
    }]})
}

fn request() -> Value {
    json!({
        "event.name": "api_request", "session.id": "s", "user.email": "someone@example.org", "prompt": "secret",
        "model": "claude-opus-4-6", "request_id": "req_1", "query_source": "generate_session_title",
        "input_tokens": 10, "output_tokens": "20", "cache_read_tokens": 30.0, "cache_creation_tokens": 40,
        "cost_usd": 0.001_234_567, "duration_ms": 1_500, "speed": "normal", "skill.name": "review",
    })
}

fn taken(export: &Value) -> Export {
    super::read(Signal::Logs, Form::Json, export.to_string().as_bytes(), NOW).unwrap()
}

#[test]
fn a_request_is_read_in_both_forms() {
    let export = logs("claude_code.api_request", &request());
    let read = taken(&export);
    let [record] = read.records.as_slice() else { panic!("{read:?}") };
    let expected = Requested {
        session: "s".to_owned(),
        request: "req_1".to_owned(),
        model: "claude-opus-4-6".to_owned(),
        kind: Kind::Helper,
        skill: "review".to_owned(),
        speed: "standard".to_owned(),
        version: "2.1.212".to_owned(),
        counts: TokenCounts { input: 10, output: 20, cache_read: 30, cache_write: 40 },
        cost: Some(NanoUsd(1_234_567)),
        duration_ms: Some(1_500),
        ..Requested::default()
    };
    assert_eq!((record.at, &record.what), (1_793_620_700_000, &What::Requested(expected)));
    // It travels as a line, which has nothing else of the event.
    let line = record.line();
    assert_eq!(record::read(line.as_bytes()).unwrap().record.as_ref(), Some(record));
    assert!(!line.contains("secret") && !line.contains("example.org"), "{line}");

    let message: ExportLogsServiceRequest = serde_json::from_value(export).unwrap();
    let again = super::read(Signal::Logs, Form::Protobuf, &message.encode_to_vec(), NOW).unwrap();
    assert_eq!((again.records[0].at, &again.records[0].what), (record.at, &record.what));
    assert_eq!(answer(Signal::Logs, Form::Protobuf, &again), b"");
}

#[test]
fn what_is_no_request_is_left_and_what_cannot_be_is_counted() {
    let changed = |name: &str, value: Value| {
        let mut values = request();
        values[name] = value;
        taken(&logs("claude_code.api_request", &values))
    };
    for name in ["user_prompt", "tool_result", "api_error", "claude_code.something_new"] {
        assert_eq!(changed("event.name", json!(name)), Export::default(), "{name}");
    }
    for (name, value) in [
        ("session.id", json!("")),
        ("model", json!(7)),
        ("input_tokens", json!(-1)),
        ("output_tokens", json!(2_000_000_000_i64)),
        ("duration_ms", json!(-5)),
        ("cost_usd", json!(-0.5)),
    ] {
        let export = changed(name, value);
        assert_eq!((export.records.len(), export.rejected), (0, 1), "{name}");
    }
    for (name, value) in
        [("input_tokens", json!("many")), ("cost_usd", json!(null)), ("skill.name", json!(true))]
    {
        assert_eq!(changed(name, value).records.len(), 1, "{name} is not known");
    }
    let partial = answer(Signal::Logs, Form::Json, &changed("model", json!(7)));
    let partial: Value = serde_json::from_slice(&partial).unwrap();
    assert!(
        partial["partialSuccess"]["rejectedLogRecords"] == json!("1")
            || partial["partialSuccess"]["rejectedLogRecords"] == json!(1),
        "{partial}"
    );
    for (form, body) in [(Form::Json, &b"{"[..]), (Form::Json, b"7"), (Form::Protobuf, b"\xff\xff\xff")] {
        let error = super::read(Signal::Logs, form, body, NOW).unwrap_err();
        assert!(error.starts_with("the body is no such export in "), "{error}");
    }
}

#[test]
fn an_event_without_a_request_is_told_from_others() {
    let event = |changes: &Value| {
        let mut values = request();
        values.as_object_mut().unwrap().remove("request_id");
        for (name, value) in changes.as_object().unwrap() {
            values[name] = value.clone();
        }
        let What::Requested(requested) = taken(&logs("", &values)).records.remove(0).what else { panic!() };
        requested.event
    };
    let first = event(&json!({"event.sequence": 1}));
    assert_eq!(first, event(&json!({"event.sequence": 1})));
    assert_ne!(first, event(&json!({"event.sequence": 2})));
    assert_eq!(event(&json!({"client_request_id": "c-1"})), "c-1");
}

fn metric(name: &str, temporality: i64, points: &[(&Value, &Value)]) -> Value {
    let points: Vec<Value> = points
        .iter()
        .map(|(values, value)| {
            let mut point = json!({"startTimeUnixNano": "1793620000000000000", "timeUnixNano": "1793620700000000000",
                "attributes": attributes(values)});
            point[if value.is_i64() { "asInt" } else { "asDouble" }] = (*value).clone();
            point
        })
        .collect();
    json!({"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": true, "dataPoints": points}})
}

fn metrics(metrics: &[Value]) -> Export {
    let export = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]});
    super::read(Signal::Metrics, Form::Json, export.to_string().as_bytes(), NOW).unwrap()
}

fn metered(export: &Export) -> Vec<Metered> {
    let one = |record: &record::Record| match &record.what {
        What::Metered(metered) => metered.clone(),
        other => panic!("{other:?}"),
    };
    export.records.iter().map(one).collect()
}

#[test]
fn counters_of_helpers_come_together() {
    let of = |source: &str, kind: &str| {
        let mut values = json!({"session.id": "s", "model": "claude-haiku-4-5", "query_source": source});
        if !kind.is_empty() {
            values["type"] = json!(kind);
        }
        values
    };
    let (cost, main) = (of("auxiliary", ""), of("main", ""));
    let export = metrics(&[
        metric("claude_code.cost.usage", 1, &[(&cost, &json!(0.0025)), (&main, &json!(9.0))]),
        metric(
            "claude_code.token.usage",
            1,
            &[
                (&of("auxiliary", "input"), &json!(100)),
                (&of("auxiliary", "output"), &json!(7.0)),
                (&of("auxiliary", "cacheRead"), &json!(3)),
                (&of("auxiliary", "cacheCreation"), &json!(4)),
                (&of("subagent", "input"), &json!(1_000)),
            ],
        ),
        metric("claude_code.code_edit_tool.decision", 1, &[(&cost, &json!(1))]),
    ]);
    let [helper] = metered(&export).try_into().unwrap();
    assert_eq!(
        (helper.counted, helper.cumulative, helper.model.as_str()),
        (Counted::Usage, false, "claude-haiku-4-5")
    );
    let counts = TokenCounts { input: 100, output: 7, cache_read: 3, cache_write: 4 };
    assert_eq!(helper.counts, counts);
    assert_eq!(helper.cost, Some(NanoUsd(2_500_000)));
    assert_eq!((export.rejected, export.records[0].at), (0, 1_793_620_700_000));
    let line = export.records[0].line();
    assert_eq!(record::read(line.as_bytes()).unwrap().record.as_ref(), Some(&export.records[0]));
}

#[test]
fn parts_of_a_counter_may_have_begun_apart() {
    let values = json!({"session.id": "s", "model": "claude-haiku-4-5", "query_source": "auxiliary"});
    let mut tokens = values.clone();
    tokens["type"] = json!("input");
    let both = |began: &str| {
        let mut cost = metric("claude_code.cost.usage", 2, &[(&values, &json!(0.0025))]);
        cost["sum"]["dataPoints"][0]["startTimeUnixNano"] = json!(began);
        let [helper] =
            metered(&metrics(&[cost, metric("claude_code.token.usage", 2, &[(&tokens, &json!(100))])]))
                .try_into()
                .unwrap();
        assert_eq!((helper.counts.input, helper.cost), (100, Some(NanoUsd(2_500_000))));
        helper.series
    };
    assert_eq!(both("1793620000000000001"), both("1793620000000000002"));
    assert_ne!(both("1793620000000000001"), both("1793610000000000000"), "another start of the program");
}

#[test]
fn counters_of_sessions() {
    let values = |kind: &str| json!({"session.id": "s", "type": kind});
    let export = metrics(&[
        metric(
            "claude_code.active_time.total",
            2,
            &[(&values("user"), &json!(1.5)), (&values("cli"), &json!(60))],
        ),
        metric("claude_code.commit.count", 1, &[(&json!({"session.id": "s"}), &json!(2))]),
        metric("claude_code.pull_request.count", 1, &[(&json!({"session.id": "s"}), &json!(1))]),
    ]);
    let mut found: Vec<_> = metered(&export)
        .into_iter()
        .map(|metered| (metered.counted, metered.amount, metered.cumulative))
        .collect();
    found.sort_unstable();
    let expected = [
        (Counted::ActiveUser, 1_500, true),
        (Counted::ActiveCli, 60_000, true),
        (Counted::Commits, 2, false),
        (Counted::PullRequests, 1, false),
    ];
    assert_eq!(found, expected);
    for broken in [
        metric("claude_code.commit.count", 0, &[(&json!({"session.id": "s"}), &json!(2))]),
        metric("claude_code.commit.count", 1, &[(&json!({}), &json!(2))]),
        metric("claude_code.commit.count", 1, &[(&json!({"session.id": "s"}), &json!(-2))]),
        json!({"name": "claude_code.commit.count", "gauge": {"dataPoints": []}}),
    ] {
        let export = metrics(&[broken]);
        assert_eq!((export.records.len(), export.rejected), (0, 1), "{export:?}");
    }
}
