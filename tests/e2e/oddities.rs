//! What transcripts look like when something went wrong or was done in another way. Every expected value is worked out
//! by hand from the lines above it.

use crate::lines::{Line, assistant, lines, tool_result};
use crate::rig::{Disk, Rig};
use costline::reports::By;
use serde_json::{Value, json};

/// What one plain response counts: see [`assistant`].
pub const ONE: [i64; 6] = [1, 1, 20, 300, 0, 4000];

/// That many plain responses.
pub fn times(count: i64) -> [i64; 6] {
    ONE.map(|one| one * count)
}

/// Reads one file of these bytes, and checks the sums and the faults.
pub fn check(what: &str, bytes: impl AsRef<[u8]>, counts: [i64; 6], faults: &[(&str, i64)]) -> Rig {
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
    let bad = |line: &Line, text: &[u8]| {
        let mut bytes = line.line().into_bytes();
        let at = bytes.windows(text.len()).position(|found| found == text).unwrap();
        bytes[at] = 0xe9;
        bytes
    };
    // Texts are passed over: what is in them is no fault. A name that is kept is read as far as it can be.
    check("invalid UTF-8 in a text", [bad(&a, b"OK"), bad(&b, b"OK")].concat(), times(2), &[]);
    let named = |line: &Line| bad(&line.clone().set("/gitBranch", "main"), b"main");
    check("invalid UTF-8 in a name", [named(&a), named(&b)].concat(), times(2), &[("encoding", 2)]);
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
