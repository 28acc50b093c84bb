//! What is appended to transcripts shows in the editor, right and soon.

use crate::editor::{Editor, at_noon, total};
use crate::home::TestHome;
use crate::process::json;
use crate::transcript::{HAIKU, Usage, Voice, now};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// 1,000 × $3 + 2,000 × $15 + 81,000 × $0.30 a million; a prompt of 82,000 of 200,000 tokens.
const USAGE: Usage = Usage { input: 1_000, output: 2_000, write_5m: 0, write_1h: 0, read: 81_000 };
const COST: f64 = 0.0573;

#[test]
fn an_append_shows() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let began = now();
    let mut editor = Editor::of(&home);
    let empty = editor.until(|status| status["health"]["role"] == "leader");
    assert_eq!(empty["text"], "$0.00");
    assert_eq!(empty["workspace"]["session"], Value::Null);
    assert_eq!(empty["workspace"]["context"], Value::Null);
    assert_eq!(empty["burn"], json!({"usdPerHour": null, "tokensPerMinute": null, "block": null}));

    let lines = [
        voice.prompt("p", began - 3_000),
        voice.response("a", began - 1_000, USAGE),
        voice.titled("Mend the roof"),
    ];
    home.append("-project", SESSION, &lines.concat());
    let status = editor.until(|status| status["allTime"]["messages"] == 1);
    assert_eq!(status["text"], "$0.06 · ctx 41%");
    assert_eq!(status["severity"], "ok");
    let workspace = &status["workspace"];
    assert_eq!(workspace["project"], json!(home.project()));
    assert_eq!(workspace["todayUsd"], COST);
    let session = &workspace["session"];
    for (field, expected) in [
        ("id", json!(SESSION)),
        ("title", json!("Mend the roof")),
        ("model", json!("claude-sonnet-4-5")),
        ("costUsd", json!(COST)),
        ("active", json!(true)),
    ] {
        assert_eq!(session[field], expected, "{field}");
    }
    assert_eq!(millis(&session["startedAt"]), began - 3_000);
    assert_eq!(millis(&session["lastActivityAt"]), began - 1_000);
    // 200,000 less an answer of 20,000 and a margin of 13,000.
    let context = json!({"usedTokens": 82_000, "windowTokens": 200_000, "usedPercent": 41.0,
                         "autoCompactPercent": 83.5, "source": "inferred"});
    assert_eq!(workspace["context"], context);
    assert_eq!(status["sessions"][0]["branch"], "main");
    assert_eq!(status["sessions"][0]["state"], "active");
    let totals = json!({"costUsd": COST, "inputTokens": 1_000, "outputTokens": 2_000, "cacheWriteTokens": 0,
                        "cacheWrite1hTokens": 0, "cacheReadTokens": 81_000, "totalTokens": 84_000, "messages": 1,
                        "sessions": 1, "webSearches": 0, "unpricedMessages": 0, "lowerBoundMessages": 0});
    for period in ["today", "week", "month", "allTime"] {
        assert_eq!(status[period], totals, "{period}");
    }
    let block = &status["burn"]["block"];
    assert_eq!(millis(&block["startedAt"]), began - 1_000);
    assert_eq!(millis(&block["endsAt"]), began - 1_000 + 5 * 3_600_000);
    assert_eq!(block["costUsd"], COST);
    // A single response is no rate: it is taken over ten minutes at least, so 84,000 tokens are 8,400 a minute.
    assert_eq!(status["burn"]["tokensPerMinute"], 8_400.0);
    let health = &status["health"];
    assert_eq!((&health["leaderPid"], &health["watch"]), (&json!(editor.client.process()), &json!("events")));
    assert_eq!(health["problems"], json!([]));

    home.append("-project", SESSION, &voice.compacted(now(), 20_000));
    let status = editor.until(|status| status["workspace"]["context"]["usedTokens"] == 20_000);
    assert_eq!(status["text"], "$0.06 · ctx 10%");
}

#[test]
fn lines_of_yesterday_are_not_of_today() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    let day = 24 * 3_600_000;
    home.append("-project", SESSION, &voice.response("old", now() - day, Usage::of(100_000, 0)));
    home.append("-project", SESSION, &voice.response("new", now(), Usage::of(10_000, 0)));
    let status = editor.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(status["allTime"]["costUsd"], 0.33);
    assert_eq!(status["today"]["costUsd"], 0.03);
    assert_eq!(status["workspace"]["todayUsd"], 0.03);
    assert_eq!(status["workspace"]["session"]["costUsd"], 0.33);
    assert_eq!(status["text"], "$0.03 · ctx 5%");
}

#[test]
fn new_folders_show_with_their_first_file() {
    let home = TestHome::new();
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    let make = |index: usize| {
        let session = format!("{index:08}-1111-4111-8111-111111111111");
        let voice = Voice::new(&session, &home.project().join(index.to_string()));
        home.append(&format!("-p-{index}"), &session, &voice.response(&session, now(), Usage::of(1_000, 0)));
    };
    for index in 0..20 {
        make(index);
    }
    let status = editor.until(|status| status["allTime"]["messages"] == 20);
    assert_eq!(status["allTime"]["sessions"], 20);
    assert_eq!(status["workspace"]["todayUsd"], 0.06);
    for index in 20..25 {
        make(index);
        editor.until(|status| status["allTime"]["messages"] == index + 1);
    }
}

#[test]
fn new_sessions_and_subagents_show() {
    let home = TestHome::new();
    let first = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &first.response("a", now(), Usage::of(1_000, 0)));
    editor.until(|status| status["workspace"]["session"]["id"] == SESSION);

    let second = Voice::new(OTHER, &home.project());
    home.append("-project", OTHER, &second.response("b", now() + 1, Usage::of(2_000, 0)));
    let status = editor.until(|status| status["workspace"]["session"]["id"] == OTHER);
    assert_eq!(status["workspace"]["session"]["costUsd"], 0.006);

    let folder = home.claude_dir().join("projects/-project").join(OTHER).join("subagents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("agent-a1.meta.json"), r#"{"agentType":"Explore","description":"Look"}"#).unwrap();
    let agent = second.subagent("a1").model(HAIKU);
    home.append(
        &format!("-project/{OTHER}/subagents"),
        "agent-a1",
        &agent.response("c", now() + 2, Usage::of(4_000, 1_000)),
    );
    let status = editor.until(|status| status["allTime"]["messages"] == 3);
    let session = &status["sessions"][0];
    // 4,000 × $1 + 1,000 × $5 a million, and the main thread's.
    assert_eq!(session["costUsd"], 0.015);
    let expected = json!([{"id": "a1", "type": "Explore", "costUsd": 0.009, "state": "active"}]);
    assert_eq!(session["subagents"], expected);
    // The context is the main thread's.
    assert_eq!(session["context"]["usedTokens"], 2_000);
    assert_eq!(session["model"], "claude-sonnet-4-5");
    assert_eq!(status["allTime"]["sessions"], 2);
}

#[test]
fn a_subagents_description_may_come_late() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &voice.response("a", now(), Usage::of(1_000, 0)));
    let file = home.append(
        &format!("-project/{SESSION}/subagents"),
        "agent-a1",
        &voice.subagent("a1").response("b", now(), Usage::of(1_000, 0)),
    );
    let status = editor.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(status["sessions"][0]["subagents"][0]["type"], Value::Null);
    fs::write(file.with_extension("meta.json"), r#"{"agentType":"Explore"}"#).unwrap();
    editor.until(|status| status["sessions"][0]["subagents"][0]["type"] == "Explore");
}

#[test]
fn a_line_in_two_writes_counts_once() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &voice.response("a", now(), Usage::of(1_000, 0)));
    editor.until(|status| status["allTime"]["messages"] == 1);
    let line = voice.response("b", now(), USAGE);
    let (front, back) = line.split_at(line.len() - 20);
    home.append("-project", SESSION, front);
    // Another file's change shows that the half line was there to be read.
    let other = Voice::new(OTHER, &home.project());
    home.append("-project", OTHER, &other.response("c", now(), Usage::of(1_000, 0)));
    editor.client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    let status = editor.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(status["allTime"]["costUsd"], 0.006);
    home.append("-project", SESSION, back);
    let status = editor.until(|status| status["allTime"]["messages"] == 3);
    assert_eq!(status["allTime"]["costUsd"], 0.0633);
    let report = json(&home, &["summary"]);
    assert_eq!((&report["totals"]["messages"], &report["totals"]["costUsd"]), (&json!(3), &json!(0.0633)));
}

#[test]
fn a_burst_ends_in_the_exact_sum() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    let before = editor.seen.len();
    let start = Instant::now();
    for index in 0..200 {
        let line = voice.response(&index.to_string(), now(), Usage::of(1_000, index));
        home.append("-project", SESSION, &line);
        // Each answer lets the server read what was appended meanwhile.
        editor.client.request("costline/getStatus", json!({}));
    }
    let status = editor.until(|status| status["allTime"]["messages"] == 200);
    let tenths = usize::try_from(start.elapsed().as_millis() / 100).unwrap();
    let pushed = editor.seen.len() - before;
    assert!((2..=tenths + 2).contains(&pushed), "{pushed} statuses in {tenths} tenths of a second");
    // 200 × 1,000 × $3 and (0 + … + 199) × $15 a million.
    assert_eq!(status["allTime"]["costUsd"], 0.8985);
    assert_eq!(status["workspace"]["todayUsd"], 0.8985);
    assert_eq!(status["allTime"]["outputTokens"], 19_900);
}

#[test]
fn claude_may_be_installed_later() {
    let home = TestHome::new();
    fs::remove_dir_all(home.claude_dir()).unwrap();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    let status = editor.until(|status| status["health"]["role"] == "leader");
    assert_eq!((&status["text"], &status["severity"]), (&json!("$0.00"), &json!("ok")));
    assert_eq!(status["health"]["problems"], json!([]));
    home.append("-project", SESSION, &voice.response("a", now(), USAGE));
    editor.until(|status| status["workspace"]["todayUsd"] == COST);
    home.append("-project", SESSION, &voice.response("b", now(), USAGE));
    editor.until(|status| status["workspace"]["todayUsd"] == 2.0 * COST);
}

#[test]
fn a_folder_that_went_and_came_back_is_followed() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut editor = Editor::of(&home);
    home.append("-project", SESSION, &voice.response("a", now(), USAGE));
    editor.until(|status| status["workspace"]["todayUsd"] == COST);
    fs::remove_dir_all(home.claude_dir()).unwrap();
    editor.client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    for (session, messages) in [(SESSION, 2), (OTHER, 3)] {
        let voice = Voice::new(session, &home.project());
        home.append("-project", session, &voice.response(&messages.to_string(), now(), USAGE));
        let status = editor.until(|status| status["allTime"]["messages"] == messages);
        assert_eq!(status["allTime"]["sessions"], messages - 1);
    }
}

#[test]
fn other_folders_make_another_workspace() {
    let home = TestHome::new();
    let elsewhere = home.path().join("elsewhere");
    home.append("-project", SESSION, &Voice::new(SESSION, &home.project()).response("a", now(), USAGE));
    let voice = Voice::new(OTHER, &elsewhere.join("deep"));
    home.append("-elsewhere-deep", OTHER, &voice.response("b", now(), Usage::of(1_000_000, 0)));
    let mut editor = Editor::of(&home);
    let status = editor.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!((&status["text"], total(&status)), (&json!("$0.06 · ctx 41%"), 2));
    let folder = |path: &Path| json!({"uri": format!("file://{}", path.display()), "name": "x"});
    let event = json!({"added": [folder(&elsewhere)], "removed": [folder(&home.project())]});
    editor.client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    let status = editor.until(|status| status["workspace"]["project"] == json!(elsewhere));
    assert_eq!(status["workspace"]["todayUsd"], 3.0);
    assert_eq!(status["workspace"]["session"]["id"], OTHER);
    assert_eq!(status["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(total(&status), 2);
    let event = json!({"added": [folder(&home.project())], "removed": []});
    editor.client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    let status = editor.until(|status| status["workspace"]["todayUsd"] == 3.0573);
    assert_eq!(status["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn worktrees_of_a_repository_are_one_workspace() {
    let home = TestHome::new();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(args).current_dir(home.path()).env("HOME", home.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.output().is_ok_and(|output| output.status.success())
    };
    if !git(&["--version"]) {
        return;
    }
    let commit = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-C", "project", "commit", "-q"];
    assert!(git(&["init", "-q", "project"]));
    assert!(git(&[&commit[..], &["--allow-empty", "-m", "Begin"]].concat()));
    assert!(git(&["-C", "project", "worktree", "add", "-q", "-b", "fix", "../fix"]));
    let fix = home.path().join("fix");
    let mut editor = Editor::of(&home);
    home.append("-fix", SESSION, &Voice::new(SESSION, &fix).branch("fix").response("a", now(), USAGE));
    let status = editor.until(|status| status["allTime"]["messages"] == 1);
    assert_eq!(status["workspace"]["project"], json!(home.project()));
    assert_eq!(status["workspace"]["todayUsd"], COST);
    assert_eq!(status["workspace"]["session"]["id"], SESSION);
    assert_eq!(status["sessions"][0]["branch"], "fix");
    // A neighbour that is no worktree is none of it.
    let other = Voice::new(OTHER, &home.path().join("fix2"));
    home.append("-fix2", OTHER, &other.response("b", now(), USAGE));
    let status = editor.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(status["workspace"]["todayUsd"], COST);
}

#[test]
fn the_editor_sets_how_things_look() {
    let home = TestHome::new();
    let zone = at_noon(&home, ["lsp"]);
    home.append("-project", SESSION, &Voice::new(SESSION, &home.project()).response("a", now(), USAGE));
    let mut editor = Editor::with(zone, |params| {
        params["initializationOptions"] =
            json!({"status": {"parts": ["context", "cost"], "separator": " | "}});
    });
    editor.until(|status| status["text"] == "ctx 41% | $0.06");
    for (settings, text) in [
        (json!({"costline": {"status": {"parts": ["cost"]}}}), "$0.06"),
        (json!({"costline": {"status.parts": ["context"]}}), "ctx 41%"),
        (json!({"costline": {"status": {"parts": []}}}), ""),
        (json!({"costline": {}}), "$0.06 · ctx 41%"),
    ] {
        editor.client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
        editor.until(|status| status["text"] == text);
    }
    let settings = json!({"costline": {"timezone": "Pacific/Kiritimati", "lsp": {"max_sessions": 1}}});
    editor.client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    editor.until(|status| status["generatedAt"].as_str().unwrap().ends_with("+14:00"));
    editor.client.notify("workspace/didChangeConfiguration", json!({"settings": {"costline": {}}}));
    editor.until(|status| !status["generatedAt"].as_str().unwrap().ends_with("+14:00"));
}

#[test]
fn problems_of_settings_are_told() {
    let home = TestHome::new();
    home.configure("[status]\npart = [\"cost\"]\n\n[lsp]\nmax_sessions = \"many\"\n");
    let zone = at_noon(&home, ["lsp"]);
    let mut editor = Editor::with(zone, |params| {
        params["initializationOptions"] = json!({"claude": {"config_dirs": ["/somewhere"]}});
    });
    let status = editor.until(|status| status["health"]["problems"].as_array().unwrap().len() == 3);
    let told = |index: usize| status["health"]["problems"][index].as_str().unwrap();
    assert!(told(0).contains("config.toml:2: unknown setting `status.part`"), "{}", told(0));
    assert!(told(0).contains("did you mean `status.parts`?"), "{}", told(0));
    assert!(told(1).contains("config.toml:5: `lsp.max_sessions` must be a whole number"), "{}", told(1));
    assert!(told(2).contains("editor setting `claude.config_dirs` is ignored"), "{}", told(2));
    // The rest counts.
    home.append("-project", SESSION, &Voice::new(SESSION, &home.project()).response("a", now(), USAGE));
    editor.until(|status| status["text"] == "$0.06 · ctx 41%");
}

fn millis(time: &Value) -> i64 {
    crate::transcript::at(time.as_str().unwrap())
}
