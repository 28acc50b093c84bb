//! Several processes on one state folder: one leads, all show the same; and what each answers is what a command prints.

use crate::editor::{Editor, at_noon, content};
use crate::home::TestHome;
use crate::lsp_client::LspClient;
use crate::process::{json, run};
use crate::transcript::{HAIKU, Usage, Voice, now};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

#[test]
fn two_servers_show_the_same() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut follower = Editor::of(&home);
    for index in 1..=5 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 0)));
        let wanted = |status: &Value| status["allTime"]["messages"] == index;
        let (one, other) = (leader.until(wanted), follower.until(wanted));
        assert_eq!(other["health"]["role"], "follower");
        assert_eq!(other["health"]["leaderPid"], leader.client.process());
        let alone = |status: &Value| {
            let mut content = content(status);
            content["health"]["role"] = Value::Null;
            content
        };
        assert_eq!(alone(&one), alone(&other));
    }
}

#[test]
fn one_revision_has_one_content() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editors = [Editor::of(&home), Editor::of(&home)];
    let mut asked = Vec::new();
    for index in 1..=4 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 0)));
        for editor in &mut editors {
            editor.until(|status| status["allTime"]["messages"] == index);
            asked.push(editor.client.request("costline/getStatus", json!({}))["result"].clone());
        }
    }
    consistent(asked.iter().chain(&editors[0].seen).chain(&editors[1].seen));
}

#[test]
fn a_follower_without_a_database_knows_its_folder_all_the_same() {
    let home = TestHome::new();
    std::fs::create_dir_all(home.path().join("state/costline")).unwrap();
    // A leader that makes no database: it hangs before it comes to that.
    let lock = std::fs::File::create(home.path().join("state/costline/leader.lock")).unwrap();
    lock.lock().unwrap();
    let mut follower = Editor::of(&home);
    let status = follower.until(|_| true);
    assert_eq!(status["workspace"]["project"], home.project().to_str().unwrap());
    assert_eq!((&status["severity"], &status["health"]["role"]), (&json!("stale"), &json!("follower")));
    assert!(status["health"]["problems"][0].as_str().unwrap().contains("no database yet"), "{status}");
    drop(lock);
    follower.until(|status| status["health"]["role"] == "leader" && status["severity"] == "ok");
}

#[test]
fn a_status_during_a_first_read_is_of_one_moment() {
    const FILES: i64 = 40;
    const RESPONSES: i64 = 400;
    let home = TestHome::new();
    let padding = "x".repeat(3_000);
    for file in 0..FILES {
        let session = format!("{SESSION}-{file}");
        let voice = Voice::new(&session, &home.project());
        let mut text = String::new();
        for index in 0..RESPONSES {
            text += &voice.response(&format!("{file}-{index}"), now() - 1_000, Usage::of(1_000, 0));
            text += "{\"type\":\"file-history-snapshot\",\"snapshot\":\"";
            text += &padding;
            text += "\"}\n";
        }
        home.append("-project", &session, &text);
    }
    let mut editor = LspClient::greeted(&home);
    let (mut before, mut steps) = (0, 0);
    while before < FILES * RESPONSES {
        let status = editor.request("costline/getStatus", json!({}))["result"].clone();
        let messages = status["allTime"]["messages"].as_i64().unwrap();
        assert!(messages >= before, "{messages} after {before}");
        assert_eq!(status["severity"], "ok", "{status}");
        assert_eq!(status["allTime"]["inputTokens"], messages * 1_000);
        steps += i64::from(messages > before);
        before = messages;
    }
    assert!(steps > 1, "no status was made in the midst of the first read");
}

#[test]
fn lines_that_say_nothing_change_nothing() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &voice.response("a", now(), Usage::of(1_000, 0)));
    let status = editor.until(|status| status["allTime"]["messages"] == 1);
    let nothing = "{\"type\":\"file-history-snapshot\",\"messageId\":\"x\",\"snapshot\":{}}\n";
    home.append("-project", SESSION, nothing);
    editor.client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    let asked = editor.client.request("costline/getStatus", json!({}))["result"].clone();
    consistent([status, asked].iter());
}

/// Checks that whoever shows a revision in the same role shows the same.
fn consistent<'a>(statuses: impl Iterator<Item = &'a Value>) {
    let mut known: BTreeMap<(i64, String), Value> = BTreeMap::new();
    for status in statuses {
        let revision = status["revision"].as_i64().unwrap();
        let role = status["health"]["role"].to_string();
        let content = content(status);
        let first = known.entry((revision, role)).or_insert_with(|| content.clone());
        assert_eq!(*first, content, "revision {revision}");
    }
}

#[test]
fn when_the_leader_dies_the_follower_leads() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut follower = Editor::of(&home);
    for index in 0..50 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 1)));
    }
    leader.until(|status| status["allTime"]["messages"].as_i64() > Some(0));
    let start = Instant::now();
    leader.client.kill();
    for index in 50..60 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 1)));
    }
    let status = follower.until(|status| status["health"]["role"] == "leader");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(status["health"]["leaderPid"], follower.client.process());
    if status["allTime"]["messages"] != 60 {
        follower.until(|status| status["allTime"]["messages"] == 60);
    }
    home.append("-project", SESSION, &voice.response("last", now(), Usage::of(1_000, 1)));
    let status = follower.until(|status| status["allTime"]["messages"] == 61);
    // 61 × (1,000 × $3 + $15) a million.
    assert_eq!(status["workspace"]["todayUsd"], 0.183_915);
    let mut third = Editor::of(&home);
    let status = third.until(|status| status["allTime"]["messages"] == 61);
    assert_eq!(status["health"]["role"], "follower");
    assert_eq!(status["workspace"]["todayUsd"], 0.183_915);
}

#[test]
fn a_clean_end_hands_over_too() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut follower = Editor::of(&home);
    home.append("-project", SESSION, &voice.response("a", now(), Usage::of(1_000, 0)));
    leader.client.request("shutdown", Value::Null);
    leader.client.notify("exit", Value::Null);
    assert_eq!(leader.client.wait_exit(Duration::from_secs(5)), Some(0));
    let status =
        follower.until(|status| status["health"]["role"] == "leader" && status["allTime"]["messages"] == 1);
    assert_eq!(status["workspace"]["todayUsd"], 0.003);
}

/// Two projects, two models, tools, a subagent.
fn fill(home: &TestHome) {
    let voice = Voice::new(SESSION, &home.project());
    let lines = [
        voice.response("a", now() - 2_000, Usage::of(1_000, 500)),
        voice.tools("b", now() - 1_000, Usage::of(2_000, 500), &["Read", "mcp__files__list"]),
        voice.branch("fix").model(HAIKU).response("c", now(), Usage::of(500, 500)),
    ];
    home.append("-project", SESSION, &lines.concat());
    let agent = voice.subagent("a1").response("d", now(), Usage::of(700, 0));
    home.append(&format!("-project/{SESSION}/subagents"), "agent-a1", &agent);
    let other = "22222222-2222-4222-8222-222222222222";
    let voice = Voice::new(other, &home.path().join("other"));
    home.append("-other", other, &voice.response("e", now(), Usage::of(900, 0)));
}

#[test]
fn requests_answer_what_commands_print() {
    let home = TestHome::new();
    fill(&home);
    let mut editor = Editor::with(home.command(["lsp"]), |_| {});
    editor.until(|status| status["allTime"]["messages"] == 5);
    for by in
        ["model", "project", "session", "branch", "agent", "skill", "tool", "mcp", "day", "hour", "kind"]
    {
        let answer = editor.client.request("costline/breakdown", json!({"by": by}));
        let printed = json(&home, &["breakdown", "--by", by, "--no-ingest"]);
        assert_eq!(answer["result"], printed, "{by}");
        assert_eq!(printed["totals"]["messages"], 5, "{by}");
    }
    let project = home.project();
    let params = json!({"by": "model", "project": project, "limit": 1, "since": "2025-01-01"});
    let answer = editor.client.request("costline/breakdown", params);
    let args = ["breakdown", "--project", "project", "--limit", "1", "--since", "2025-01-01", "--no-ingest"];
    assert_eq!(answer["result"], json(&home, &args));
    assert_eq!(answer["result"]["totals"]["messages"], 4);

    let mut execute = |command: &str, arguments: Value| {
        editor.client.request("workspace/executeCommand", json!({"command": command, "arguments": arguments}))
    };
    for (command, arguments, args) in [
        ("costline.showBreakdown", json!([]), vec!["projects"]),
        ("costline.showBreakdown", json!([{"by": "tool"}]), vec!["breakdown", "--by", "tool"]),
        ("costline.showSessions", json!([{"limit": 1}]), vec!["sessions", "--limit", "1"]),
    ] {
        let printed = json(&home, &[&args[..], &["--no-ingest"]].concat());
        assert_eq!(execute(command, arguments)["result"], printed, "{command}");
    }
    let month = execute("costline.showReport", json!([]))["result"].clone();
    let since = month["current"]["month"]["since"].as_str().unwrap();
    let until = month["current"]["month"]["until"].as_str().unwrap();
    let days = ["--since", since, "--until", until, "--limit", "10", "--no-ingest"];
    assert_eq!(month["projects"], json(&home, &[&["projects"], &days[..]].concat()));
    assert_eq!(month["models"], json(&home, &[&["breakdown", "--by", "model"], &days[..]].concat()));
    assert_eq!(month["current"], json(&home, &["current", "--no-ingest"]));
    assert_eq!((&month["budgets"], &month["limits"]), (&json!([]), &json!([])));
    let budget = execute("costline.setBudget", json!([{"period": "month", "limitUsd": 10}]));
    assert!(budget["result"]["id"].is_number(), "{budget}");
    let text = execute("costline.showReport", json!([{"format": "markdown", "project": project}]));
    let text = text["result"].as_str().unwrap();
    for part in ["# What Claude Code cost\n\nProject: ", "| Cost ", "| Model ", "- Month: ", "## Plan limits"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(execute("costline.refresh", json!([]))["result"], Value::Null);
    let error = execute("costline.unheard", json!([]));
    assert!(error["error"]["message"].as_str().unwrap().contains("costline.showSessions"), "{error}");
    let error = editor.client.request("costline/breakdown", json!({"by": "colour"}));
    assert!(error["error"]["message"].as_str().unwrap().contains("model, project"), "{error}");
}

#[test]
fn a_status_can_be_asked_for() {
    let home = TestHome::new();
    fill(&home);
    let mut editor = Editor::of(&home);
    let pushed = editor.until(|status| status["allTime"]["messages"] == 5);
    let asked = editor.client.request("costline/getStatus", json!({}))["result"].clone();
    if asked["revision"] == pushed["revision"] {
        assert_eq!(content(&asked), content(&pushed));
    }
    // The command runs in the project, as the editor does.
    let mut command = at_noon(&home, ["status", "--format", "json"]);
    std::fs::create_dir_all(home.project()).unwrap();
    let ran = run(std::mem::replace(command.current_dir(home.project()), home.command(["--version"])));
    let printed: Value = serde_json::from_str(&ran.out).unwrap();
    for field in ["text", "workspace", "sessions", "today", "week", "month", "allTime"] {
        assert_eq!(printed[field], asked[field], "{field}");
    }
    assert_eq!(printed["health"]["role"], "follower");
    assert_eq!(printed["health"]["leaderPid"], editor.client.process());
}

#[test]
fn refreshing_shows_what_was_appended_before() {
    let home = TestHome::new();
    home.configure("[watch]\npoll = true\n");
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    let status = editor.until(|status| status["health"]["role"] == "leader");
    assert_eq!(status["health"]["watch"], "polling");
    for index in 1..=5 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 0)));
        editor.client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
        let status = editor.client.request("costline/getStatus", json!({}));
        assert_eq!(status["result"]["allTime"]["messages"], index);
    }
}

#[test]
fn who_does_not_know_the_extensions_hears_nothing_of_them() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut plain = LspClient::start(&home);
    let folder = format!("file://{}", home.project().display());
    let capabilities =
        plain.initialize(json!({"capabilities": {}, "rootUri": folder}))["capabilities"].clone();
    for silent in ["textDocumentSync", "codeLensProvider", "hoverProvider", "completionProvider"] {
        assert_eq!(capabilities.get(silent), None, "{silent}");
    }
    let mut editor = Editor::with(home.command(["lsp"]), |_| {});
    home.append("-project", SESSION, &voice.response("a", now(), Usage::of(1_000, 0)));
    editor.until(|status| status["allTime"]["messages"] == 1);
    plain.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    let status = plain.request("costline/getStatus", json!({}));
    assert_eq!(status["result"]["allTime"]["messages"], 1);
    plain.request("shutdown", Value::Null);
    let heard = plain.passed().iter().filter_map(|message| message["method"].as_str());
    let told: Vec<_> = heard.filter(|method| method.starts_with("costline/")).collect();
    assert_eq!(told, [""; 0]);
}
