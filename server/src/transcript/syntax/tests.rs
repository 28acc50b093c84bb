use super::*;
use crate::transcript::line::Line;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

fn ours(bytes: &[u8]) -> Option<Value> {
    crate::transcript::value(bytes)
}

fn passed_over(bytes: &[u8]) -> bool {
    let mut source = Source::new(bytes);
    matches!(source.next::<IgnoredAny>(), Some(Ok(_))) && source.is_at_end()
}

fn json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
    ];
    let text = prop_oneof!["\\PC{0,40}", "[a\\\\\"\\n\\t\\u{1f600}\\u{0}é]{0,60}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

#[test]
fn takes_and_refuses_what_serde_json_does() {
    let long = format!("\"{}\\n{}\"", "x".repeat(40), "é".repeat(40));
    let deep = format!("{}{}", "[{\"a\":".repeat(60) + "1", "}]".repeat(60));
    for text in [
        "{}",
        "[]",
        " [ ] ",
        "{\"a\":1}",
        "{\"a\" : [1, 2.5, -3e2] , \"b\":null}",
        "true",
        "false",
        "null",
        "0",
        "-1",
        "1.0",
        "1e5",
        "1E+5",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "\"\"",
        "\"a\\u00e9\\ud83d\\ude00\\/\\b\"",
        "\"0123456789abcdef\"",
        "\"0123456789abcde\\\"\"",
        &long,
        &deep,
        // None of these is JSON.
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{1:1}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "tru",
        "truee",
        "nul",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"a\tb\"",
        "\"0123456789abcdefghij\u{1}k\"",
        "\"0123456789abcdefghij",
        "1 2",
        "{} {}",
        "NaN",
    ] {
        let theirs: Option<Value> = serde_json::from_str(text).ok();
        assert_eq!(passed_over(text.as_bytes()), theirs.is_some(), "{text}");
        assert_eq!(ours(text.as_bytes()), theirs, "{text}");
    }
}

#[test]
fn reads_numbers_exactly() {
    for (text, expected) in [
        ("-0", Value::from(0)),
        ("0.1", Value::from(0.1)),
        ("2.1100246685576158e+215", Value::from(2.110_024_668_557_615_8e215)),
        ("9007199254740993", Value::from(9_007_199_254_740_993_u64)),
    ] {
        assert_eq!(ours(text.as_bytes()), Some(expected), "{text}");
    }
}

#[test]
fn is_kinder_than_serde_json_where_it_costs_nothing() {
    for (text, expected) in [
        (r#""\ud83d""#, Value::from("\u{fffd}")),
        (r#""a\ude00b""#, Value::from("a\u{fffd}b")),
        (r#""\ud83d\u0041""#, Value::from("\u{fffd}A")),
    ] {
        assert_eq!(ours(text.as_bytes()), Some(expected), "{text}");
    }
    assert!(passed_over(b"{\"\xff\":\"\xfe\"}"));
    assert_eq!(ours(b"\"\xff\""), None);
    assert_eq!(ours(b"1e999"), None);
}

#[test]
fn depth_is_bounded_where_it_is_kept_and_only_there() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(ours(nested(128).as_bytes()).is_some());
    assert!(ours(nested(129).as_bytes()).is_none());
    assert!(passed_over(nested(100_000).as_bytes()));
    assert!(!passed_over(nested(1_000).replacen(']', "}", 1).as_bytes()));
    let line = format!("{}{}", "{\"data\":{\"message\":".repeat(50_000), "1");
    assert!(Source::new(line.as_bytes()).next::<Line<'_>>().is_some_and(|line| line.is_err()));
}

#[test]
fn values_in_a_row_are_told_apart() {
    let mut source = Source::new(b"{\"type\":\"a\"}{\"type\":\"b\"} \n{\"type\":");
    for (kind, offset) in [("a", 12), ("b", 24)] {
        let line: Line<'_> = source.next().unwrap().unwrap();
        assert!(line.kind.is(kind));
        assert_eq!(source.offset(), offset);
    }
    assert!(source.next::<Line<'_>>().unwrap().is_err());
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in json()) {
        let text = value.to_string();
        prop_assert_eq!(ours(text.as_bytes()), Some(value));
        prop_assert!(passed_over(text.as_bytes()));
    }

    #[test]
    fn a_changed_byte_is_taken_or_refused_by_both(value in json(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let theirs = serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
        prop_assert_eq!(passed_over(&bytes), theirs, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_bytes_are_taken_or_refused_by_both(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\0129-+.eEtrufalsn \n\x00x".to_vec()), 0..40)) {
        let theirs = serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
        prop_assert_eq!(passed_over(&bytes), theirs, "{}", String::from_utf8_lossy(&bytes));
    }
}
