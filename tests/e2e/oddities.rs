//! What transcripts look like when something went wrong or was done in another way. Every expected value is worked out
//! by hand from the lines above it.

use crate::lines::{Line, assistant, lines, prompt, tool_result};
use crate::rig::{Disk, Rig};
use costline::reports::By;
use costline::store::ALL_ROOTS;
use costline::tail::Reader;
use serde_json::{Value, json};
use std::fs;

/// What one plain response counts: see [`assistant`].
const ONE: [i64; 6] = [1, 1, 20, 300, 0, 4000];

/// That many plain responses.
fn times(count: i64) -> [i64; 6] {
    ONE.map(|one| one * count)
}

/// Reads one file of these bytes, and checks the sums and the faults.
fn check(what: &str, bytes: impl AsRef<[u8]>, counts: [i64; 6], faults: &[(&str, i64)]) -> Rig {
    let disk = Disk::new();
    disk.write("-app/s1.jsonl", bytes);
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), counts, "{what}");
    let faults: Vec<_> = faults.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
    assert_eq!(rig.faults(), faults, "{what}");
    rig.check_sums();
    rig
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn damaged_lines_cost_no_others() {
    let [a, b, c] = ["msg_a", "msg_b", "msg_c"].map(assistant);
    let (whole, torn) = (b.text(), &a.text()[..a.text().len() / 2]);
    let many_braces = a.clone().set("/message/content/0/text", "fn f() { g() } ".repeat(400)).text();
    let many_braces = &many_braces[..many_braces.rfind("fn").unwrap()];
    let nul = "\0".repeat(700);
    let after = c.line();
    for (what, text, count, faults) in [
        ("glued", format!("{}{whole}\n{after}", a.text()), 3, &[][..]),
        ("glued, with blanks between", format!("{} \t{whole}\n{after}", a.text()), 3, &[]),
        ("three glued", format!("{}{whole}{whole}{after}", a.text()), 3, &[]),
        ("torn, then whole", format!("{torn}{whole}\n{after}"), 2, &[("torn", 1)]),
        ("torn in code, then whole", format!("{many_braces}{whole}\n{after}"), 2, &[("torn", 1)]),
        ("whole, then torn", format!("{whole}{torn}\n{after}"), 2, &[("torn", 1)]),
        ("corrupt", format!("{whole}\n{torn}\n{after}"), 2, &[("corrupt", 1)]),
        ("no JSON", format!("{whole}\nhello\n\n{after}"), 2, &[("corrupt", 1)]),
        ("other JSON", format!("{whole}\n[1]\n7\nnull\n\"text\"\n{after}"), 2, &[("corrupt", 4)]),
        ("NUL bytes before a line", format!("{whole}\n{nul}{after}"), 2, &[("nul", 1)]),
        ("NUL bytes before the first line", format!("{nul}{whole}\n{after}"), 2, &[("nul", 1)]),
        ("NUL bytes behind a line", format!("{whole}{nul}\n{after}"), 2, &[("nul", 1)]),
        ("a line of NUL bytes", format!("{whole}\n{nul}\n{after}"), 2, &[("nul", 1)]),
        ("a byte order mark", format!("\u{feff}{whole}\n{after}"), 2, &[]),
        ("CRLF", format!("{whole}\r\n{}\r\n", c.text()), 2, &[]),
        ("blank lines", format!("\n\n{whole}\n  \n\t\n{after}"), 2, &[]),
        ("spaces around", format!("  {whole}  \n{after}"), 2, &[]),
        ("nothing", String::new(), 0, &[]),
    ] {
        check(what, text, times(count), faults);
    }
}

#[test]
fn other_encodings_count() {
    let [a, b] = ["msg_a", "msg_b"].map(|id| assistant(id).set("/cwd", "/home/zoë/🦀"));
    let text = lines([&a, &b]);
    let marked = format!("\u{feff}{text}");
    for (what, bytes) in [
        ("UTF-16LE with a mark", utf16(&marked, u16::to_le_bytes)),
        ("UTF-16BE with a mark", utf16(&marked, u16::to_be_bytes)),
        ("UTF-16LE", utf16(&text, u16::to_le_bytes)),
        ("UTF-16BE", utf16(&text, u16::to_be_bytes)),
    ] {
        let rig = check(what, bytes, times(2), &[]);
        assert_eq!(rig.keys(By::Project), [("/home/zoë/🦀".to_owned(), 2)], "{what}");
    }
    let bad = |line: &Line| {
        let mut bytes = line.line().into_bytes();
        let at = bytes.windows(2).position(|pair| pair == b"OK").unwrap();
        bytes[at] = 0xe9;
        bytes
    };
    check("invalid UTF-8 in a text", [bad(&a), bad(&b)].concat(), times(2), &[("encoding", 2)]);
}

#[test]
fn a_marked_single_line_counts_without_its_newline() {
    let line = assistant("msg_a").text();
    let marked = format!("\u{feff}{line}");
    check("UTF-8", &marked, times(1), &[]);
    check("UTF-16LE", utf16(&marked, u16::to_le_bytes), times(1), &[]);
}

#[test]
fn spaces_are_as_good_as_none() {
    for (from, to) in [("\":", "\" : "), ("\":", "\":  "), (",\"", " ,\t\""), ("{\"", "{ \"")] {
        let text = lines(["msg_a", "msg_b"].map(assistant).iter()).replace(from, to);
        let rig = check(&format!("{from:?} as {to:?}"), text, times(2), &[]);
        assert_eq!(rig.keys(By::Branch), [("main".to_owned(), 2)]);
    }
}

#[test]
fn a_line_in_two_writes_counts_once() {
    let text = lines(["msg_a", "msg_b"].map(assistant).iter());
    // At every place where the write may be cut: in the first line, between the lines, in the second.
    let first = assistant("msg_a").text().len();
    for cut in [1, first / 2, first - 1, first, first + 1, first + 2, text.len() - 2, text.len() - 1] {
        let disk = Disk::new();
        let mut rig = Rig::new(&[disk.root("claude")]);
        disk.append("-app/s1.jsonl", &text.as_bytes()[..cut]);
        rig.read();
        // A line counts when it is whole, with its newline or without.
        let whole = i64::from(cut >= first) + i64::from(cut >= text.len() - 1);
        assert_eq!(rig.counts(), times(whole), "cut at {cut}");
        disk.append("-app/s1.jsonl", &text.as_bytes()[cut..]);
        assert_eq!(rig.read(), 1);
        assert_eq!(rig.counts(), times(2), "cut at {cut}");
        assert_eq!(rig.faults(), [], "cut at {cut}");
        rig.check_sums();
        assert_eq!(rig.read(), 0, "nothing is new");
    }
}

#[test]
fn an_unfinished_line_grows_into_another_response() {
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    disk.append("-app/s1.jsonl", assistant("msg_a").text());
    rig.read();
    // No newline: the writer goes on with the next object behind it.
    disk.append("-app/s1.jsonl", assistant("msg_b").line());
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(2), Vec::new()));
}

#[test]
fn an_implausible_count_is_one_fault_however_often_it_is_read() {
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    disk.append("-app/s1.jsonl", assistant("msg_a").output(2_000_000_000).text());
    rig.read();
    disk.append("-app/s1.jsonl", format!("\n{}", assistant("msg_b").line()));
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(1), vec![("implausible".to_owned(), 1)]));
}

#[test]
fn duplicate_keys_count_as_they_came_last() {
    let text = assistant("msg_a").line();
    let twice = text.replace("\"output_tokens\":20", "\"output_tokens\":7,\"output_tokens\":20");
    assert_ne!(text, twice);
    check("a count", twice, ONE, &[]);
    let usage = assistant("msg_a").0["message"]["usage"].to_string();
    let twice = text.replace("\"usage\":", "\"usage\":{\"input_tokens\":9},\"usage\":");
    assert!(twice.contains(&usage) && twice != text);
    check("the usage", twice, ONE, &[]);
}

#[test]
fn deep_nesting_costs_nothing() {
    for depth in [200, 5000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let tool = r#"{"type":"tool_use","id":"t","name":"mcp__x__y","input":{"a":DEEP}}"#;
            let text = assistant("msg_a").line();
            for (from, to) in [
                (r#"{"text":"OK","type":"text"}"#, tool.replace("DEEP", &deep)),
                (r#"{"text":"OK","type":"text"}"#, deep.clone()),
                (r#""cwd""#, format!("\"x\":{deep},\"cwd\"")),
                (r#""version":"2.1.270""#, format!("\"version\":{deep}")),
            ] {
                assert!(text.contains(from), "{from}");
                check(&format!("{depth} of {open}"), text.replace(from, &to), ONE, &[]);
            }
        }
    }
}

/// Every path to a value of an object, its own first.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{at}/{key}");
        paths(child, &path, found);
        found.push(path);
    }
}

/// What a usage says, by the rules of the format: what is no count is zero, the flat count of cache writes is the whole
/// unless its split is more.
fn counted(line: &Value) -> [i64; 6] {
    let count = |path: &str| line.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    let usage = |key: &str| count(&format!("/message/usage/{key}"));
    let (hour, five) = (
        usage("cache_creation/ephemeral_1h_input_tokens"),
        usage("cache_creation/ephemeral_5m_input_tokens"),
    );
    let written = usage("cache_creation_input_tokens").max(hour + five);
    [1, usage("input_tokens"), usage("output_tokens"), written - hour, hour, usage("cache_read_input_tokens")]
}

/// A line with everything that a line can have.
fn full_line() -> Line {
    assistant("msg_a")
        .set("/message/usage/cache_creation", json!({"ephemeral_1h_input_tokens": 200, "ephemeral_5m_input_tokens": 90}))
        .set("/message/usage/server_tool_use", json!({"web_search_requests": 0, "web_fetch_requests": 0}))
        .set("/message/usage/inference_geo", "not_available")
        .set(
            "/message/usage/iterations",
            json!([{"type": "message", "model": "claude-opus-4-6", "input_tokens": 1, "output_tokens": 20,
                    "cache_read_input_tokens": 4000, "cache_creation_input_tokens": 300,
                    "cache_creation": {"ephemeral_1h_input_tokens": 200}}]),
        )
        .set(
            "/message/content",
            json!([
                {"type": "thinking", "thinking": "…", "signature": "x"},
                {"type": "text", "text": "OK"},
                {"type": "tool_use", "id": "toolu_1", "name": "Edit",
                 "input": {"file_path": "/a", "id": "i", "model": "m", "cwd": "c", "version": "v", "speed": "s",
                           "sessionId": "s", "requestId": "r", "costUSD": 1}},
                {"type": "tool_use", "id": "toolu_2", "name": "Task", "input": {"subagent_type": "Explore"}},
            ]),
        )
        .set("/effort", "high")
        .set("/session_id", "s1")
        .set("/attributionAgent", "Explore")
        .set("/attributionSkill", "pdf")
        .set("/attributionMcpServer", "github")
        .set("/apiBlockIndex", 1)
        .set("/costUSD", 0.25)
        .set("/isApiErrorMessage", false)
}

/// Replaces every value of a line in turn, and checks that all counts but the replaced one stay.
fn check_replacing(replacement: &Value) {
    let line = full_line();
    let mut all = Vec::new();
    paths(&line.0, "", &mut all);
    assert!(all.len() > 60, "{}", all.len());
    // Without these a line is no response: nothing of it could count.
    let needed = ["/type", "/message", "/message/usage"];
    for path in all.iter().filter(|path| !needed.contains(&path.as_str())) {
        let mut changed = line.clone();
        let value = changed.0.pointer_mut(path).unwrap();
        if std::mem::discriminant(value) == std::mem::discriminant(replacement) {
            continue;
        }
        *value = replacement.clone();
        check(&format!("{path} = {replacement}"), changed.line(), counted(&changed.0), &[]);
    }
}

#[test]
fn null_anywhere_costs_that_value_alone() {
    check("as it is", full_line().line(), [1, 1, 20, 100, 200, 4000], &[]);
    check_replacing(&Value::Null);
}

#[test]
fn other_types_cost_that_value_alone() {
    for replacement in [json!("text"), json!(["x", {"type": 1}]), json!({"x": [1]}), json!(false)] {
        check_replacing(&replacement);
    }
    // A number in the place of a count is a count: only texts, lists and objects are replaced by one.
    for path in ["/uuid", "/sessionId", "/cwd", "/timestamp", "/requestId", "/message/id", "/message/model"] {
        let changed = full_line().set(path, 7);
        check(path, changed.line(), counted(&changed.0), &[]);
    }
    let odd = [("-5", 0), ("2.0", 2), ("1e3", 1000), ("\"20\"", 0), ("[20]", 0)];
    for (number, output) in odd {
        let text =
            assistant("msg_a").line().replace("\"output_tokens\":20", &format!("\"output_tokens\":{number}"));
        check(number, text, [1, 1, output, 300, 0, 4000], &[]);
    }
}

#[test]
fn a_number_beyond_all_range_costs_no_other_line() {
    let text = assistant("msg_a").line().replace("\"output_tokens\":20", "\"output_tokens\":1e999");
    let disk = Disk::new();
    disk.write("-app/s1.jsonl", format!("{text}{}", assistant("msg_b").line()));
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), ONE);
    assert_eq!(rig.faults().len(), 1, "it is told");
}

#[test]
fn what_is_no_response_never_counts() {
    let a = assistant("msg_a");
    for (what, line) in [
        ("synthetic", a.clone().set("/message/model", "<synthetic>")),
        ("an API error", a.clone().set("/isApiErrorMessage", true)),
        ("a user's line", a.clone().set("/type", "user")),
        (
            "a tool's report",
            tool_result("toolu_1", json!({"agentId": "x", "usage": a.0["message"]["usage"]})),
        ),
        ("a journal", a.clone().set("/type", "journal")),
        ("an unknown type", a.clone().set("/type", "assistant-v2")),
        ("no usage", a.set("/message/usage", Value::Null)),
    ] {
        check(what, line.line(), times(0), &[]);
    }
}

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

#[test]
fn progress_copies_count_where_no_file_holds_the_response() {
    let held = assistant("msg_a").agent("x");
    let copy = |id: &str, output: i64| {
        let inner = assistant(id).output(output);
        let inner = json!({"type": "assistant", "timestamp": "2026-11-02T09:59:00.000Z", "uuid": format!("i-{id}"),
                           "requestId": inner.0["requestId"], "message": inner.0["message"]});
        prompt("x")
            .set("/type", "progress")
            .set("/data", json!({"type": "agent_progress", "agentId": "x", "message": inner}))
    };
    let (main, agent) = ("-app/s1.jsonl", "-app/s1/subagents/agent-x.jsonl");
    for order in [[main, agent], [agent, main]] {
        let disk = Disk::new();
        let mut rig = Rig::new(&[disk.root("claude")]);
        for path in order {
            let text =
                if path == main { lines(&[copy("msg_a", 999), copy("msg_b", 7)]) } else { held.line() };
            disk.write(path, text);
            rig.read();
        }
        // `msg_a` as its file has it, `msg_b` as the copy has it.
        assert_eq!(rig.counts(), [2, 2, 20 + 7, 600, 0, 8000], "{order:?}");
        assert_eq!(rig.report(By::Kind).totals.lower_bound_messages, 1);
        assert_eq!(rig.keys(By::Kind), [("subagent".to_owned(), 2)]);
        assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 2)]);
        rig.check_sums();
    }
    let not = copy("msg_c", 7).set("/data/type", "bash_progress");
    check("another progress", not.line(), times(0), &[]);
}

#[test]
fn subagents_count_in_every_layout() {
    let agent = |id: &str| assistant(id).agent("x").line();
    let disk = Disk::new();
    disk.write(
        "-app/s1.jsonl",
        assistant("msg_main").line() + &assistant("msg_inline").set("/isSidechain", true).line(),
    );
    disk.write("-app/s1/subagents/agent-x.jsonl", agent("msg_1"));
    disk.write("-app/s1/subagents/workflows/wf_12345678-abc/agent-x.jsonl", agent("msg_2"));
    disk.write("-app/agent-x.jsonl", agent("msg_3"));
    // The place tells what the lines do not.
    let bare = assistant("msg_4").set("/sessionId", Value::Null).set("/isSidechain", Value::Null);
    disk.write("-app/s1/subagents/agent-y.jsonl", bare.line());
    // None of these are sessions.
    for path in [
        "-app/s1/subagents/workflows/wf_12345678-abc/journal.jsonl",
        "-app/memory/m.jsonl",
        "-app/s1/tool-results/t.jsonl",
        "-app/s1.jsonl.orphaned",
        "-app/s2.orphaned.jsonl",
        "-app/s3.superseded-1.jsonl",
        "-app/s1/custom-title.json",
        "-app/s4.jsonl.bak",
    ] {
        disk.write(path, assistant("msg_never").line());
    }
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(6));
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 6)]);
    assert_eq!(rig.keys(By::Kind), [("main".to_owned(), 1), ("subagent".to_owned(), 5)]);
    rig.check_sums();
}

#[test]
fn the_type_of_a_subagent_is_found_where_it_is_told() {
    let response = || assistant("msg_a").agent("x");
    let started = || {
        let call = json!([{"type": "tool_use", "id": "toolu_1", "name": "Task", "input": {"subagent_type": "by-input"}}]);
        assistant("msg_main").set("/message/content", call)
    };
    let note = |report: Value| tool_result("toolu_1", report);
    let done = |kind: Value| json!({"status": "completed", "agentId": "x", "agentType": kind, "usage": {}});
    let launched = json!({"isAsync": true, "status": "async_launched", "agentId": "x"});
    let meta = r#"{"agentType":"by-meta","toolUseId":"toolu_9"}"#;
    for (what, agent, main, meta, expected) in [
        ("its description", response().set("/attributionAgent", "by-line"), vec![], Some(meta), "by-meta"),
        (
            "its lines",
            response().set("/attributionAgent", "by-line"),
            vec![note(done("by-note".into()))],
            None,
            "by-line",
        ),
        ("its parent's note", response(), vec![started(), note(done("by-note".into()))], None, "by-note"),
        ("what started it", response(), vec![started(), note(done(Value::Null))], None, "by-input"),
        ("what started it in the background", response(), vec![started(), note(launched)], None, "by-input"),
        ("nothing", response(), vec![], None, "unknown"),
    ] {
        for agent_first in [true, false] {
            let disk = Disk::new();
            let mut rig = Rig::new(&[disk.root("claude")]);
            let write_agent = || {
                disk.write("-app/s1/subagents/agent-x.jsonl", agent.line());
                if let Some(meta) = meta {
                    disk.write("-app/s1/subagents/agent-x.meta.json", meta);
                }
            };
            if agent_first {
                write_agent();
                rig.read();
            }
            disk.write("-app/s1.jsonl", lines(&main));
            rig.read();
            if !agent_first {
                write_agent();
                rig.read();
            }
            let agents: Vec<_> = rig.keys(By::Agent).into_iter().filter(|(key, _)| !key.is_empty()).collect();
            assert_eq!(agents, [(expected.to_owned(), 1)], "{what}, agent first: {agent_first}");
        }
    }
}

/// Writes a file that is younger than another, as far as the file system tells times apart.
fn write_later(disk: &Disk, path: &str, text: &str, than: &str) {
    let born = |path: &str| {
        let meta = fs::metadata(disk.at(path)).unwrap();
        costline::tail::born(&meta)
    };
    loop {
        disk.write(path, text);
        if born(path) > born(than) {
            return;
        }
        fs::remove_file(disk.at(path)).unwrap();
    }
}

#[test]
fn a_fork_leaves_the_cost_with_the_original() {
    let history = ["msg_a", "msg_b"].map(assistant);
    let copied = |session: &str| {
        history.clone().map(|line| line.set("/sessionId", session).set("/entrypoint", "sdk-cli"))
    };
    let from = json!({"messageUuid": "u-msg_a", "sessionId": "s1"});
    let marked = copied("a-fork").map(|line| line.set("/forkedFrom", from.clone()));
    let twin = copied("a-fork").map(|line| line.set("/session_id", "s1"));
    let own = assistant("msg_own").set("/sessionId", "a-fork");
    for (what, fork) in [("marked", marked), ("by its twin", twin), ("unmarked", copied("a-fork"))] {
        for fork_first in [true, false] {
            let disk = Disk::new();
            disk.write("-app/s1.jsonl", lines(&history));
            // Its path comes first: the file's age decides, not its name.
            write_later(&disk, "-app/a-fork.jsonl", &(lines(&fork) + &own.line()), "-app/s1.jsonl");
            let mut rig = Rig::new(&[disk.root("claude")]);
            let mut jobs = rig.jobs();
            jobs.sort_by_key(|job| job.path.ends_with("a-fork.jsonl") != fork_first);
            rig.read_jobs(&jobs);
            assert_eq!(rig.counts(), times(3), "{what}");
            let expected = [("a-fork".to_owned(), 1), ("s1".to_owned(), 2)];
            assert_eq!(rig.keys(By::Session), expected, "{what}, fork first: {fork_first}");
            rig.check_sums();
        }
    }
}

#[test]
fn a_fork_may_finish_what_the_original_did_not() {
    let partial = assistant("msg_a").output(3).unfinished();
    let whole =
        assistant("msg_a").output(500).set("/sessionId", "s2").set("/forkedFrom", json!({"sessionId": "s1"}));
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    for (path, line) in [("-app/s1.jsonl", partial), ("-app/s2.jsonl", whole)] {
        disk.write(path, line.line());
        rig.read();
    }
    assert_eq!(rig.counts(), [1, 1, 500, 300, 0, 4000]);
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 1)]);
    assert_eq!(rig.report(By::Day).totals.lower_bound_messages, 0);
}

#[test]
fn a_sidechain_replay_leaves_the_cost_with_the_main_thread() {
    for agent_first in [true, false] {
        let disk = Disk::new();
        disk.write("-app/s1.jsonl", assistant("msg_a").line());
        disk.write(
            "-app/s1/subagents/agent-x.jsonl",
            assistant("msg_a").agent("x").set("/requestId", "req_2").line(),
        );
        let mut rig = Rig::new(&[disk.root("claude")]);
        let mut jobs = rig.jobs();
        jobs.sort_by_key(|job| job.path.ends_with("agent-x.jsonl") != agent_first);
        rig.read_jobs(&jobs);
        assert_eq!((rig.counts(), rig.keys(By::Kind)), (ONE, vec![("main".to_owned(), 1)]));
        rig.check_sums();
    }
}

#[test]
fn an_old_resume_that_copied_its_history_counts_once() {
    let disk = Disk::new();
    let history = ["msg_a", "msg_b"].map(assistant);
    disk.write("-app/s1.jsonl", lines(&history));
    let resumed = lines(&history.map(|line| line.set("/sessionId", "s2")));
    write_later(
        &disk,
        "-app/s2.jsonl",
        &(resumed + &assistant("msg_c").set("/sessionId", "s2").line()),
        "-app/s1.jsonl",
    );
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(3));
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 2), ("s2".to_owned(), 1)]);
}

#[test]
fn history_outlives_its_files() {
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    assert_eq!((rig.read(), rig.counts()), (0, times(0)), "no folder yet");
    let path = disk.write("-app/s1.jsonl", lines(["msg_a", "msg_b"].map(assistant).iter()));
    rig.read();
    assert_eq!(rig.counts(), times(2));
    // Shorter, with another response: what was read stays.
    disk.write("-app/s1.jsonl", assistant("msg_c").line());
    rig.read();
    assert_eq!(rig.counts(), times(3));
    // Other bytes of the same length.
    disk.write("-app/s1.jsonl", assistant("msg_d").line());
    let older = fs::metadata(&path).unwrap().modified().unwrap() - std::time::Duration::from_secs(100);
    fs::File::options().write(true).open(&path).unwrap().set_modified(older).unwrap();
    rig.read();
    assert_eq!(rig.counts(), times(4));
    // Gone, and there again.
    fs::remove_file(&path).unwrap();
    assert_eq!((rig.read(), rig.counts()), (0, times(4)));
    disk.write("-app/s1.jsonl", lines(["msg_a", "msg_e"].map(assistant).iter()));
    rig.read();
    assert_eq!(rig.counts(), times(5));
    disk.write("-other/s2.jsonl", assistant("msg_f").line());
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(6), Vec::new()));
    rig.check_sums();
}

#[test]
fn a_replaced_file_keeps_the_faults_of_all_its_parts() {
    // More responses than are handed over at once, with a corrupt line at the beginning.
    let many: Vec<Line> = (0..1200).map(|index| assistant(&format!("msg_{index}"))).collect();
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    disk.write("-app/s1.jsonl", assistant("msg_0").line());
    rig.read();
    disk.write("-app/s1.jsonl", format!("no JSON\n{}", lines(&many)));
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(1200), vec![("corrupt".to_owned(), 1)]));
    rig.check_sums();
}

#[test]
#[cfg(unix)]
fn links_lead_to_transcripts_once() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new();
    let path = disk.write("-app/s1.jsonl", assistant("msg_a").line());
    fs::hard_link(&path, disk.at("-app/again.jsonl")).unwrap();
    fs::create_dir_all(disk.path().join("elsewhere/-far")).unwrap();
    fs::write(disk.path().join("elsewhere/-far/s2.jsonl"), assistant("msg_b").line()).unwrap();
    symlink(disk.path().join("elsewhere/-far"), disk.at("-linked")).unwrap();
    symlink(disk.path().join("gone"), disk.at("-broken")).unwrap();
    symlink(disk.path().join("gone.jsonl"), disk.at("-app/broken.jsonl")).unwrap();
    symlink(&path, disk.at("-app/link.jsonl")).unwrap();
    symlink(disk.root("claude"), disk.at("-app/loop")).unwrap();
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(2));
    // The root itself is a link.
    let root = disk.root("linked");
    fs::create_dir_all(root.parent().unwrap()).unwrap();
    symlink(disk.root("claude"), &root).unwrap();
    let mut linked = Rig::new(&[root]);
    linked.read();
    assert_eq!(linked.counts(), times(2));
}

#[test]
fn two_roots_with_the_same_content_count_once_together() {
    let disk = Disk::new();
    let roots = [disk.root("claude"), disk.root("copy")];
    let mut rig = Rig::new(&roots);
    let copy = |from: &str, to: &str| {
        let to = roots[1].join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(disk.at(from), to).unwrap();
    };
    disk.write("-app/s1.jsonl", lines(["msg_a", "msg_b"].map(assistant).iter()));
    copy("-app/s1.jsonl", "-app/s1.jsonl");
    rig.read();
    // One root learns more than the other, later.
    disk.append("-app/s1.jsonl", assistant("msg_c").line());
    rig.read();
    rig.check_sums();
    let [first, second] = [&roots[0], &roots[1]].map(|root| rig.bit(root));
    for by in [By::Day, By::Model, By::Session, By::Tool] {
        let messages = |roots| rig.report_of(by, roots).totals.messages;
        assert_eq!([first, second, first | second, ALL_ROOTS].map(messages), [3, 2, 3, 3], "{by:?}");
    }
    copy("-app/s1.jsonl", "-app/s1.jsonl");
    rig.read();
    for roots in [first, second, ALL_ROOTS] {
        let totals = rig.report_of(By::Session, roots).totals;
        assert_eq!((totals.messages, totals.sessions, totals.output_tokens), (3, 1, 60));
    }
}

#[test]
fn edits_are_counted_in_lines() {
    let call = |name: &str, id: &str| json!([{"type": "tool_use", "id": id, "name": name, "input": {"file_path": format!("/{id}")}}]);
    let patch = json!([{"lines": [" a", "+b", "+c", "-d"]}, {"lines": ["+e", null, 7]}]);
    let text = lines(&[
        prompt("go"),
        assistant("msg_a").set("/message/content", call("Edit", "t1")),
        tool_result("t1", json!({"filePath": "/t1", "structuredPatch": patch})),
        assistant("msg_b").set("/message/content", call("Write", "t2")),
        tool_result("t2", json!({"type": "create", "content": "x\ny\nz\n", "structuredPatch": []})),
        assistant("msg_c").set("/message/content", call("Edit", "t3")),
        tool_result("t3", json!("Error")).set("/message/content/0/is_error", true),
    ]);
    let rig = check("edits", text, times(3), &[]);
    let report = rig.report(By::Tool);
    let mut rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            let extra = row.extra.as_ref().unwrap();
            (
                row.key.as_str(),
                extra.uses,
                extra.failures,
                extra.lines_added,
                extra.lines_removed,
                extra.files_modified,
            )
        })
        .collect();
    rows.sort_unstable();
    assert_eq!(rows, [("Edit", Some(2), Some(1), 3, 1, 1), ("Write", Some(1), Some(0), 3, 0, 1)]);
}
