//! What is one response, what it costs, and how it fills the context; each case worked out by hand.

use crate::lines::{Line, assistant, lines, prompt, tool_result};
use crate::oddities::{ONE, check, times};
use crate::rig::{Disk, Rig};
use costline::reports::By;
use costline::tail::Reader;
use serde_json::{Value, json};

#[test]
fn one_response_is_counted_once() {
    let a = || assistant("msg_a");
    let gateway = |request: Value| assistant("gen-1").set("/requestId", request);
    let none = || Value::Null;
    for (what, of, count) in [
        ("another request", vec![a(), a().set("/requestId", "req_2")], 1),
        ("no request", vec![a(), a().set("/requestId", none())], 1),
        ("another session", vec![a(), a().set("/sessionId", "s2")], 1),
        ("another line's id", vec![a(), a().set("/uuid", "u2")], 1),
        ("a sidechain's replay", vec![a(), a().agent("x").set("/requestId", "req_2")], 1),
        ("another id", vec![a(), assistant("msg_b")], 2),
        ("a gateway's id, one request", vec![gateway("r1".into()), gateway("r1".into())], 1),
        ("a gateway's id, two requests", vec![gateway("r1".into()), gateway("r2".into())], 2),
        ("a gateway's id, same counts", vec![gateway(none()), gateway(none()).set("/uuid", "u2")], 1),
        (
            "no id, two lines",
            vec![a().set("/message/id", none()), a().set("/message/id", none()).set("/uuid", "2")],
            2,
        ),
        ("no id, one line", vec![a().set("/message/id", none()), a().set("/message/id", none())], 1),
        ("an empty id", vec![a().set("/message/id", ""), a().set("/message/id", "").set("/uuid", "2")], 2),
    ] {
        check(what, lines(&of), times(count), &[]);
    }
    let more = gateway(none()).set("/message/usage/cache_read_input_tokens", 5000);
    check("a gateway's id, other counts", lines(&[gateway(none()), more]), [2, 2, 40, 600, 0, 9000], &[]);
    // The output is no part of what tells responses apart: it grows.
    let grown = gateway(none()).output(50);
    check("a gateway's id, more output", lines(&[gateway(none()), grown]), [1, 1, 50, 300, 0, 4000], &[]);
}

#[test]
fn the_greatest_count_of_each_class_is_the_response() {
    let step = |output| assistant("msg_a").output(output).unfinished();
    let all = [step(8), step(8), step(8), assistant("msg_a").output(310)];
    let rig = check("placeholders, then the end", lines(&all), [1, 1, 310, 300, 0, 4000], &[]);
    assert_eq!(rig.report(By::Model).totals.lower_bound_messages, 0);
    let rig = check("the end first", lines(all.iter().rev()), [1, 1, 310, 300, 0, 4000], &[]);
    assert_eq!(rig.report(By::Model).totals.lower_bound_messages, 0);
    let rig = check("no end", lines(&all[..3]), [1, 1, 8, 300, 0, 4000], &[]);
    assert_eq!(rig.report(By::Model).totals.lower_bound_messages, 1);
}

#[test]
fn a_response_counts_in_its_first_minute() {
    let late = assistant("msg_a").set("/timestamp", "2026-11-03T00:00:01.000Z");
    let early = assistant("msg_a").set("/timestamp", "2026-11-02T23:59:59.000Z");
    for order in [[&early, &late], [&late, &early]] {
        let rig = check("two days", lines(order), ONE, &[]);
        assert_eq!(rig.keys(By::Day), [("2026-11-02".to_owned(), 1)]);
        assert_eq!(rig.keys(By::Hour), [("23".to_owned(), 1)]);
    }
}

#[test]
fn a_response_without_a_time_takes_that_of_the_response_or_prompt_before_it() {
    let at = |line: Line, time: &str| line.set("/timestamp", format!("2026-11-02T{time}:00.000Z"));
    let result = || tool_result("t", json!({"stdout": "x".repeat(20 * 1024)}));
    // A tool's result is not always parsed: its time must make no difference. The last one is long, so that all lines
    // before it are filtered.
    let of = [
        at(prompt("go"), "10:00"),
        at(result(), "12:00"),
        assistant("msg_a").set("/timestamp", Value::Null),
        at(assistant("msg_b"), "14:00"),
        at(result(), "15:00"),
        assistant("msg_c").set("/timestamp", "yesterday"),
        at(result(), "16:00"),
    ];
    let expected = [("10".to_owned(), 1), ("14".to_owned(), 2)];
    for filtered in [true, false] {
        let disk = Disk::new();
        disk.write("-app/s1.jsonl", lines(&of));
        let mut rig = Rig::with_reader(&[disk.root("claude")], Reader::new(filtered));
        rig.read();
        assert_eq!(rig.keys(By::Hour), expected, "filtered: {filtered}");
    }
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    for line in of {
        disk.append("-app/s1.jsonl", line.line());
        rig.read();
    }
    assert_eq!(rig.keys(By::Hour), expected, "line by line");
}

#[test]
fn cache_writes_are_what_flat_count_and_split_say() {
    let usage = |flat: Value, split: Value| {
        assistant("msg_a")
            .set("/message/usage/cache_creation_input_tokens", flat)
            .set("/message/usage/cache_creation", split)
    };
    let split =
        |hour: i64, five: i64| json!({"ephemeral_1h_input_tokens": hour, "ephemeral_5m_input_tokens": five});
    for (what, line, five, hour) in [
        ("flat alone", usage(300.into(), Value::Null), 300, 0),
        ("split adds up", usage(300.into(), split(200, 100)), 100, 200),
        ("split is less", usage(300.into(), split(200, 40)), 100, 200),
        ("split is zero", usage(300.into(), split(0, 0)), 300, 0),
        ("flat is zero", usage(0.into(), split(200, 40)), 40, 200),
        ("flat is missing", usage(Value::Null, split(200, 0)), 0, 200),
        ("split is more", usage(100.into(), split(200, 40)), 40, 200),
    ] {
        check(what, line.line(), [1, 1, 20, five, hour, 4000], &[]);
    }
}

/// The cost of one line in nano-dollars.
fn cost_of(line: &Line) -> i64 {
    let disk = Disk::new();
    disk.write("-app/s1.jsonl", line.line());
    Rig::of(&disk).report(By::Model).totals.cost_usd.0
}

#[test]
fn what_a_response_costs() {
    // Opus 4.8: $5 in, $25 out, $6.25 and $10 written, $0.50 read, per million. In nano-dollars a token:
    // 1 × 5,000 + 20 × 25,000 + 300 × 6,250 + 4,000 × 500.
    const PLAIN: i64 = 5_000 + 500_000 + 1_875_000 + 2_000_000;
    let opus = || assistant("msg_a").set("/message/model", "claude-opus-4-8");
    let usage = |key: &str, value: Value| opus().set(&format!("/message/usage/{key}"), value);
    let hour = json!({"ephemeral_1h_input_tokens": 100, "ephemeral_5m_input_tokens": 50});
    for (what, line, expected) in [
        ("plain", opus(), PLAIN),
        // 100 of the 300 written for an hour: each costs 3,750 more.
        ("an hour's writes", usage("cache_creation", hour), PLAIN + 100 * 3_750),
        ("web searches", usage("server_tool_use", json!({"web_search_requests": 3})), PLAIN + 30_000_000),
        ("fast", usage("speed", "fast".into()), PLAIN * 2),
        ("in the US", usage("inference_geo", "us".into()), PLAIN / 10 * 11),
        ("elsewhere", usage("inference_geo", "global".into()), PLAIN),
        ("batch", usage("service_tier", "batch".into()), PLAIN / 2),
        ("priority", usage("service_tier", "priority".into()), PLAIN),
        (
            "fast in the US",
            usage("speed", "fast".into()).set("/message/usage/inference_geo", "us"),
            PLAIN / 10 * 22,
        ),
        ("another tool's price", opus().set("/costUSD", 99), PLAIN),
        ("a window in its name", opus().set("/message/model", "claude-opus-4-8[1m]"), PLAIN),
        (
            "a region in its name",
            opus().set("/message/model", "us.anthropic.claude-opus-4-8"),
            PLAIN / 10 * 11,
        ),
    ] {
        assert_eq!(cost_of(&line), expected, "{what}");
    }
}

#[test]
fn models_without_a_price_are_told() {
    for model in [json!("claude-opus-9"), json!("gpt-7"), Value::Null, json!(7), json!("")] {
        let line = assistant("msg_a").set("/message/model", model.clone());
        let rig = check(&model.to_string(), line.line(), ONE, &[]);
        let totals = rig.report(By::Model).totals;
        assert_eq!((totals.unpriced_messages, totals.cost_usd.0), (1, 0), "{model}");
    }
}

#[test]
fn a_copy_that_knows_the_model_tells_it() {
    let nameless = assistant("msg_a").set("/message/model", Value::Null);
    for of in [[nameless.clone(), assistant("msg_a")], [assistant("msg_a"), nameless]] {
        let rig = check("one line without a model", lines(&of), ONE, &[]);
        assert_eq!(rig.keys(By::Model), [("claude-opus-4-6".to_owned(), 1)]);
    }
}

#[test]
fn iterations_are_billed_beside_the_top_level() {
    let iteration = |kind: &str, model: Value, input: i64, output: i64| {
        json!({"type": kind, "model": model, "input_tokens": input, "output_tokens": output,
               "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0})
    };
    let line = assistant("msg_a").set(
        "/message/usage/iterations",
        json!([
            iteration("compaction", Value::Null, 1000, 100),
            iteration("message", Value::Null, 1, 20),
            iteration("advisor_message", "claude-haiku-4-5".into(), 500, 50),
            iteration("something_new", Value::Null, 7777, 7777),
            null,
        ]),
    );
    // One response: its own line, its own copy, whatever is read first.
    let text = lines([&line, &line]);
    let rig = check("iterations", text, [1, 1 + 1000 + 500, 20 + 100 + 50, 300, 0, 4000], &[]);
    let rows: Vec<_> = rig
        .report(By::Kind)
        .rows
        .into_iter()
        .map(|row| (row.key, row.totals.messages, row.totals.input_tokens, row.totals.cost_usd.0))
        .collect();
    // Opus 4.6: $5 and $25, written $6.25, read $0.50; Haiku 4.5: $1 and $5.
    let main = 5_000 + 20 * 25_000 + 300 * 6_250 + 4_000 * 500;
    assert_eq!(
        rows,
        [
            ("compaction".to_owned(), 0, 1000, 1000 * 5_000 + 100 * 25_000),
            ("main".to_owned(), 1, 1, main),
            ("advisor".to_owned(), 0, 500, 500 * 1_000 + 50 * 5_000),
        ]
    );
    assert_eq!(rig.keys(By::Model), [("claude-haiku-4-5".to_owned(), 0), ("claude-opus-4-6".to_owned(), 1)]);
    assert_eq!(rig.report(By::Model).totals.messages, 1);
}

/// The context of the only session. Its model is known, whatever came after the last response.
fn context_of(of: &[Line]) -> Option<i64> {
    let disk = Disk::new();
    disk.write("-app/s1.jsonl", lines(of));
    let [session] = &Rig::of(&disk).sessions("/home/ada/app")[..] else { panic!("one session") };
    assert_eq!(session.model, "claude-opus-4-6");
    session.context_tokens
}

#[test]
fn a_context_is_the_last_prompt_of_the_main_thread() {
    let a = || assistant("msg_a");
    let pass =
        |kind: &str, read: i64| json!({"type": kind, "input_tokens": 2, "cache_read_input_tokens": read});
    let passes = |list: Value| a().set("/message/usage/iterations", list);
    let boundary = |meta: Value| {
        prompt("c").set("/type", "system").set("/subtype", "compact_boundary").set("/compactMetadata", meta)
    };
    let fresh = || assistant("msg_b").set("/message/usage/cache_read_input_tokens", 50);
    // 1 + 300 + 4,000; the output is no part of it.
    for (what, of, expected) in [
        ("one response", vec![a()], Some(4301)),
        ("two responses", vec![a(), fresh()], Some(351)),
        ("a subagent's is its own", vec![a(), fresh().agent("x")], Some(4301)),
        ("one pass", vec![passes(json!([pass("message", 9)]))], Some(4301)),
        ("two passes", vec![passes(json!([pass("message", 70), pass("message", 90)]))], Some(92)),
        (
            "a pass and an advisor",
            vec![passes(json!([pass("message", 70), pass("advisor_message", 90)]))],
            Some(4301),
        ),
        ("compacted", vec![a(), boundary(json!({"trigger": "auto", "preTokens": 9}))], None),
        ("compacted, with its size", vec![a(), boundary(json!({"postTokens": 1873}))], Some(1873)),
        ("compacted, null", vec![a(), boundary(Value::Null)], None),
        ("compacted, then answered", vec![a(), boundary(json!({"postTokens": 9})), fresh()], Some(351)),
        ("a subagent compacted", vec![a(), boundary(json!({"postTokens": 9})).agent("x")], Some(4301)),
        ("an error at the end", vec![a(), fresh().set("/isApiErrorMessage", true)], Some(4301)),
        ("a made-up line at the end", vec![a(), fresh().set("/message/model", "<synthetic>")], Some(4301)),
    ] {
        assert_eq!(context_of(&of), expected, "{what}");
    }
}
