use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const OURS: &str = "costline statusline";

/// The file with our line, without options.
fn line_in(text: &str, command: &str) -> Result<String, Error> {
    with_statusline(text, command, &[])
}

fn command_of(text: &str) -> String {
    value(text)["statusLine"]["command"].as_str().unwrap().to_owned()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

#[test]
fn the_rest_of_the_file_stays_as_it_is_written() {
    let before = "{\n    \"model\": \"opus\",  \"zebra\": [1,2 , 3],\n    \"a\": {\"x\" :\t\"}\\\"{\"}\n}\n";
    let after = line_in(before, OURS).unwrap();
    assert_eq!(
        after,
        "{\n    \"model\": \"opus\",  \"zebra\": [1,2 , 3],\n    \"a\": {\"x\" :\t\"}\\\"{\"},\n    \"statusLine\": {\n        \"type\": \"command\",\n        \"command\": \"costline statusline\"\n    }\n}\n"
    );
    assert_eq!(without_statusline(&after).unwrap(), before);
    assert_eq!(line_in(&after, OURS).unwrap(), after, "twice is once");
}

#[test]
fn files_of_any_form() {
    let line = json!({"type": "command", "command": OURS});
    for (before, back) in [
        ("", "{}\n"),
        ("{}", "{}"),
        (" { } \n", " {} \n"),
        ("{\"a\":1}", "{\"a\":1}"),
        ("\u{feff}", "\u{feff}{}\n"),
        ("\u{feff}{\"a\":1}", "\u{feff}{\"a\":1}"),
        ("\u{feff}{\n\t\"a\": 1\n}", "\u{feff}{\n\t\"a\": 1\n}"),
        ("{\n\t\"a\": 1\n}", "{\n\t\"a\": 1\n}"),
    ] {
        let after = line_in(before, OURS).unwrap();
        assert_eq!(value(&after)["statusLine"], line, "{after}");
        assert_eq!(without_statusline(&after).unwrap(), back, "{before}");
        let hooked = with_hooks(before, "costline hook").unwrap();
        assert_eq!(
            value(&hooked)["hooks"]["PreToolUse"][0]["hooks"][0]["command"],
            "costline hook",
            "{hooked}"
        );
        assert_eq!(has_ours(&hooked), (false, true), "{before}");
        assert_eq!(without_hooks(&hooked).unwrap(), back, "{before}");
    }
    assert_eq!(
        line_in("{\n\t\"a\": 1\n}", OURS).unwrap().matches("\n\t\"statusLine\": {\n\t\t\"type\"").count(),
        1
    );
}

#[test]
fn a_status_line_that_is_there_runs_inside() {
    let before = json!({"statusLine": {"type": "command", "padding": 0, "command": "~/.claude/line.sh 'a b' \"$HOME\""}, "z": 1});
    let before = serde_json::to_string_pretty(&before).unwrap();
    let after = line_in(&before, OURS).unwrap();
    let command = value(&after)["statusLine"]["command"].as_str().unwrap().to_owned();
    assert_eq!(command, r#"costline statusline --wrap '~/.claude/line.sh '\''a b'\'' "$HOME"'"#);
    assert_eq!(value(&after)["statusLine"]["padding"], 0);
    assert_eq!(line_in(&after, OURS).unwrap(), after, "it does not run itself");
    assert_eq!(without_statusline(&after).unwrap(), before);
    // Whatever options were added by hand.
    let changed =
        after.replace("costline statusline", "/opt/bin/costline --color never statusline --preset full");
    assert_eq!(without_statusline(&changed).unwrap(), before);
    for other in
        ["{\"statusLine\": null}", "{\"statusLine\": {\"type\": \"command\"}}", "{\"statusLine\": \"x\"}"]
    {
        assert_eq!(value(&line_in(other, OURS).unwrap())["statusLine"]["command"], OURS, "{other}");
    }
    let foreign = "{\"statusLine\": {\"type\": \"command\", \"command\": \"my-costline statusline\"}}";
    assert_eq!(without_statusline(foreign).unwrap(), foreign);
}

#[test]
fn one_command_runs_inside_and_no_two() {
    let foreign = r#"{"statusLine": {"type": "command", "command": "npx mine"}}"#;
    let error = with_statusline(foreign, OURS, &[("--wrap", "other")]).unwrap_err();
    assert_eq!(error, Error::Inside("npx mine".to_owned()));
    assert!(error.to_string().ends_with("leave --wrap out"), "{error}");
    let installed = with_statusline(foreign, OURS, &[("--preset", "full")]).unwrap();
    assert_eq!(command_of(&installed), "costline statusline --preset full --wrap 'npx mine'");
    assert!(with_statusline(&installed, OURS, &[("--wrap", "other")]).is_err());
    let same = with_statusline(&installed, OURS, &[("--wrap", "npx mine")]).unwrap();
    assert_eq!(same, installed);
    // Where nothing runs inside, something may.
    let fresh = with_statusline("{}", OURS, &[("--wrap", "other one")]).unwrap();
    assert_eq!(command_of(&fresh), "costline statusline --wrap 'other one'");
    let later = with_statusline(&line_in("{}", OURS).unwrap(), OURS, &[("--wrap", "other one")]).unwrap();
    assert_eq!(later, fresh);
}

#[test]
fn options_change_a_line_of_ours() {
    let foreign = r#"{"statusLine": {"type": "command", "command": "npx mine"}}"#;
    let full = with_statusline(foreign, OURS, &[("--preset", "full")]).unwrap();
    assert_eq!(line_in(&full, OURS).unwrap(), full, "without options it stays");
    let minimal = with_statusline(&full, OURS, &[("--preset", "minimal"), ("--color", "never")]).unwrap();
    assert_eq!(command_of(&minimal), "costline statusline --color never --preset minimal --wrap 'npx mine'");
    assert_eq!(without_statusline(&minimal).unwrap(), foreign);
    let nice = r#"{"statusLine": {"command": "FOO=1 nice costline statusline"}}"#;
    assert_eq!(line_in(nice, OURS).unwrap(), nice, "it does not run inside itself");
    assert_eq!(without_statusline(nice).unwrap(), "{}");
}

#[test]
fn hooks_of_others_stay() {
    let before = "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\": \"Bash\", \"hooks\": [{\"type\": \"command\", \"command\": \"lint\"}]}\n    ],\n    \"Stop\": []\n  }\n}\n";
    let after = with_hooks(before, "costline hook").unwrap();
    let hooks = &value(&after)["hooks"];
    assert_eq!(hooks["PreToolUse"].as_array().unwrap().len(), 2);
    assert_eq!(hooks["PreToolUse"][0]["hooks"][0]["command"], "lint");
    assert_eq!(hooks["PostToolUse"][0]["hooks"][0]["async"], true);
    assert_eq!(hooks["UserPromptSubmit"][0]["hooks"][0].get("async"), None);
    assert_eq!(with_hooks(&after, "costline hook").unwrap(), after, "twice is once");
    assert_eq!(without_hooks(&after).unwrap(), before);
    assert_eq!(has_ours(&after), (false, true));
    assert_eq!(has_ours(before), (false, false));
    // One that shares a matcher with another.
    let shared = r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"lint"},{"command":"costline hook"}]}]}}"#;
    assert_eq!(
        without_hooks(shared).unwrap(),
        r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"lint"}]}]}}"#
    );
    let none = r#"{"hooks": {}}"#;
    assert_eq!(without_hooks(none).unwrap(), none);
}

#[test]
fn a_hook_for_some_tools_is_none_for_all() {
    let limited = |matcher: &str| {
        format!(r#"{{"hooks":{{"PreToolUse":[{{{matcher}"hooks":[{{"command":"costline hook"}}]}}]}}}}"#)
    };
    for (matcher, count) in
        [("", 1), (r#""matcher":"","#, 1), (r#""matcher":"*","#, 1), (r#""matcher":"Bash","#, 2)]
    {
        let before = limited(matcher);
        let after = with_hooks(&before, "costline hook").unwrap();
        let hooks = value(&after)["hooks"]["PreToolUse"].as_array().unwrap().clone();
        assert_eq!(hooks.len(), count, "{matcher}");
        assert!(count == 1 || hooks[1].get("matcher").is_none(), "{after}");
        assert_eq!(with_hooks(&after, "costline hook").unwrap(), after, "twice is once");
        assert_eq!(without_hooks(&after).unwrap(), "{}", "{matcher}");
    }
}

#[test]
fn what_is_no_settings_file_is_left_alone() {
    for (text, said) in [
        ("[]", "it holds no JSON object"),
        ("\u{feff}5", "it holds no JSON object"),
        ("\u{feff}\u{feff}{}", "it is not valid JSON ("),
        ("{\"a\": 1,}", "it is not valid JSON (trailing comma"),
        ("// mine\n{}", "it is not valid JSON ("),
    ] {
        let error = line_in(text, OURS).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    for text in ["{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}", "{\"hooks\": 5}"] {
        assert!(with_hooks(text, "costline hook").is_err(), "{text}");
    }
}

#[test]
fn differences_show_what_changes() {
    let lines = difference("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nX\ne\n");
    let text: Vec<String> = lines.into_iter().map(|(sign, line)| format!("{sign}{line}")).collect();
    assert_eq!(text, [" b", " c", " d", "+X", " e"]);
    assert!(difference("a\n", "a\n").iter().all(|(sign, _)| *sign == ' '));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,6}|[\"\\\\{}\\[\\],:]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"{\\\\]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// What is put in comes out again, to the byte, whatever else the file holds.
    #[test]
    fn what_goes_in_comes_out(fields in prop::collection::btree_map("[a-z\"{]{1,5}", any_json(), 1..5), pretty in any::<bool>()) {
        let whole = Value::Object(fields.into_iter().collect());
        let before = if pretty { serde_json::to_string_pretty(&whole).unwrap() } else { whole.to_string() };
        let lined = line_in(&before, OURS).unwrap();
        let both = with_hooks(&lined, "costline hook").unwrap();
        prop_assert_eq!(has_ours(&both), (true, true));
        let mut rest = value(&both);
        rest.as_object_mut().unwrap().retain(|key, _| key != "statusLine" && key != "hooks");
        prop_assert_eq!(rest, whole);
        prop_assert_eq!(without_hooks(&both).unwrap(), &lined[..]);
        prop_assert_eq!(without_statusline(&lined).unwrap(), before);
    }
}
