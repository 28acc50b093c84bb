//! Hooks of Claude Code: work goes on unless a hard limit is passed, whatever becomes of Costline.

use crate::editor::{Editor, at_noon, total};
use crate::home::TestHome;
use crate::process::{hand, json, run};
use crate::transcript::{Usage, Voice, now};
use serde_json::{Value, json};
use std::fs;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// What the hook answers; nothing where it lets work go on.
fn answer(home: &TestHome, event: &str, more: Value) -> Option<Value> {
    let mut input = json!({"session_id": SESSION, "transcript_path": "/t", "cwd": home.project(), "hook_event_name": event});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let ran = hand(at_noon(home, ["hook"]), input.to_string().as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{event}");
    (!ran.out.is_empty()).then(|| serde_json::from_str(&ran.out).unwrap())
}

/// A command of budgets that has to succeed. Nobody leads: what it says counts at once.
fn budget(home: &TestHome, args: &[&str]) {
    let ran = run(at_noon(home, ["budget"].into_iter().chain(args.iter().copied())));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
}

#[test]
fn work_stops_at_a_hard_limit_and_nowhere_else() {
    let home = TestHome::new();
    assert_eq!(answer(&home, "UserPromptSubmit", json!({"prompt": "x"})), None, "without a database");
    // Eight times 100,000 tokens at $15 a million.
    let voice = Voice::new(SESSION, &home.project());
    for index in 0..8 {
        let line = voice.response(&index.to_string(), now() - 1_000, Usage::of(0, 100_000));
        home.append("-project", SESSION, &line);
    }
    assert_eq!(run(at_noon(&home, ["ingest"])).code, Some(0));
    assert_eq!(answer(&home, "UserPromptSubmit", json!({"prompt": "x"})), None, "without a budget");
    budget(&home, &["set", "--daily", "10"]);
    assert_eq!(answer(&home, "UserPromptSubmit", json!({"prompt": "x"})), None, "it is no hard limit");
    budget(&home, &["set", "--daily", "10", "--hard"]);
    let blocked = answer(&home, "UserPromptSubmit", json!({"prompt": "x"})).unwrap();
    assert_eq!(blocked["decision"], "block");
    let reason = blocked["reason"].as_str().unwrap();
    for part in ["$10.00", "$12.00", "begins anew", "costline budget override 30m"] {
        assert!(reason.contains(part), "{reason}");
    }
    let denied =
        answer(&home, "PreToolUse", json!({"tool_name": "Bash", "tool_input": {"command": "ls"}})).unwrap();
    assert_eq!(denied["hookSpecificOutput"]["permissionDecision"], "deny");
    assert_eq!(denied["stopReason"], reason);
    for event in ["PostToolUse", "Stop", "SessionStart", "SessionEnd", "SomethingNew"] {
        assert_eq!(answer(&home, event, json!({})), None, "{event}");
    }
    let checked = run(at_noon(&home, ["budget", "status", "--check", "--no-ingest"]));
    assert_eq!(checked.code, Some(3), "{}", checked.out);
    // Whoever needs to go on may.
    budget(&home, &["override", "30m"]);
    assert_eq!(answer(&home, "UserPromptSubmit", json!({})), None, "lifted");
    budget(&home, &["override", "--off"]);
    assert!(answer(&home, "UserPromptSubmit", json!({})).is_some());
    // Somebody has the database for himself: work goes on, at once.
    let database = rusqlite::Connection::open(home.path().join("state/costline/usage.db")).unwrap();
    database.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    assert_eq!(answer(&home, "UserPromptSubmit", json!({})), None, "a locked database");
    drop(database);
    fs::write(home.path().join("state/costline/usage.db"), "no database".repeat(999)).unwrap();
    assert_eq!(answer(&home, "UserPromptSubmit", json!({})), None, "a damaged database");
    let log = home.path().join("state/costline/log/costline.log");
    assert!(fs::read_to_string(log).unwrap().contains("work goes on: the database is"));
}

/// Where an answer cannot be written, or nobody says where home is.
#[test]
fn a_limit_holds_or_work_goes_on() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("a", now() - 1_000, Usage::of(0, 1_000_000)));
    assert_eq!(run(at_noon(&home, ["ingest"])).code, Some(0));
    budget(&home, &["set", "--daily", "10", "--hard"]);
    // An emoji that was cut in the middle.
    let input = format!(
        "{{\"hook_event_name\":\"UserPromptSubmit\",\"session_id\":\"{SESSION}\",\"prompt\":\"\\ud83d\"}}"
    );
    let blocked = hand(at_noon(&home, ["hook"]), input.as_bytes());
    assert!(blocked.out.contains("block"), "{}", blocked.out);
    let mut nowhere = at_noon(&home, ["hook"]);
    nowhere.env("HOME", "").env("COSTLINE_STATE_DIR", home.path().join("state/costline"));
    let blocked = hand(nowhere, input.as_bytes());
    assert!(blocked.out.contains("block"), "{} {}", blocked.out, blocked.err);
    if !fs::exists("/dev/full").unwrap() {
        eprintln!("SKIPPED: there is no /dev/full here to write an answer to");
        return;
    }
    let mut full = at_noon(&home, ["hook"]);
    full.stdout(fs::File::options().write(true).open("/dev/full").unwrap())
        .stdin(std::process::Stdio::piped());
    let mut child = full.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let log = home.path().join("state/costline/log/costline.log");
    assert!(fs::read_to_string(log).unwrap().contains("the answer could not be written"));
}

/// Whoever leads reads a folder of Claude's that hooks and status lines alone know.
#[test]
fn a_folder_that_only_claude_knows_is_read() {
    let home = TestHome::new();
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    budget(&home, &["set", "--daily", "10"]);
    let other = home.path().join("other");
    let transcript = other.join("projects/-project").join(format!("{SESSION}.jsonl"));
    fs::create_dir_all(transcript.parent().unwrap()).unwrap();
    let voice = Voice::new(SESSION, &home.project());
    fs::write(&transcript, voice.response("a", now() - 1_000, Usage::of(0, 1_000))).unwrap();
    for command in [&["hook"][..], &["statusline"]] {
        let folder = other.join(command[0]);
        fs::create_dir_all(folder.join("projects")).unwrap();
        let input =
            json!({"hook_event_name": "UserPromptSubmit", "session_id": SESSION, "model": {"id": "opus"}});
        let mut command = at_noon(&home, command.iter().copied());
        command.env("CLAUDE_CONFIG_DIR", format!("{},{}", other.display(), folder.display()));
        assert_eq!(hand(command, input.to_string().as_bytes()).code, Some(0));
        let known = json(&home, &["db", "query", "SELECT path FROM root"]).to_string();
        assert!(known.contains(folder.to_str().unwrap()), "{known}");
    }
    // What that folder's transcripts cost counts in budgets; the editor's own sums are of its own folder.
    let status = editor.until(|status| status["budgets"][0]["spentUsd"] == 0.015);
    assert_eq!(total(&status), 0);
}

#[test]
fn nothing_holds_claude_up() {
    let home = TestHome::new();
    for bytes in [&b""[..], b"{", b"\xff", b"[]", br#"{"hook_event_name":"New","x":1}"#] {
        let ran = hand(home.command(["hook"]), bytes);
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{bytes:?}");
    }
    for args in [&["hook", "--new-flag"][..], &["hook", "extra"], &["--color", "no-such", "hook"]] {
        let ran = hand(home.command(args), br#"{"hook_event_name":"UserPromptSubmit","session_id":"s"}"#);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{args:?}");
    }
    let log = fs::read_to_string(home.path().join("state/costline/log/costline.log")).unwrap();
    for said in ["\"New\"", "--new-flag", "no event that can be read"] {
        assert!(log.contains(said), "{said} is not in {log}");
    }
    // A person who changes Claude's settings is told.
    for (args, said) in [
        (["hook", "--install", "--uninstall"], "cannot be used with"),
        (["hook", "--install", "--new-flag"], "--new-flag"),
    ] {
        let ran = run(home.command(args));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(2), "", 1), "{args:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let help = hand(home.command(["hook", "--help"]), b"");
    assert!(help.code == Some(0) && help.out.contains("--install"));
}

#[test]
fn a_session_ends_when_a_hook_says_so() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &voice.tools("a", now() - 1_000, Usage::of(1_000, 0), &["Bash"]));
    editor.until(|status| status["sessions"][0]["state"] == "active");
    answer(&home, "SessionEnd", json!({"reason": "prompt_input_exit"}));
    let status = editor.until(|status| status["sessions"][0]["state"] == "ended");
    assert_eq!(status["workspace"]["session"]["active"], false);
    answer(&home, "SessionStart", json!({"source": "resume", "permission_mode": "plan"}));
    editor.until(|status| status["sessions"][0]["state"] == "active");
    // What a tool took is kept with its use.
    answer(
        &home,
        "PostToolUse",
        json!({"tool_use_id": "toolu_a_0", "duration_ms": 12, "tool_input": {"a": "b c d"}}),
    );
    answer(&home, "SessionEnd", json!({"reason": "other"}));
    editor.until(|status| status["sessions"][0]["state"] == "ended");
    let sql = "SELECT tool, duration_ms, estimated_tokens FROM tool_uses";
    let asked = json(&home, &["db", "query", sql]);
    assert_eq!(asked, json!([{"tool": "Bash", "duration_ms": 12, "estimated_tokens": 2}]));
}
