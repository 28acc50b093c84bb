//! What Claude Code tells of the plan's limits and of its context, by its status line, in transcripts and in its own file,
//! shows everywhere.

use crate::editor::{Editor, at_noon};
use crate::home::TestHome;
use crate::process::{Ran, hand, json, run, text};
use crate::transcript::{SONNET, Usage, Voice, now};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const HOUR: i64 = 3_600_000;

/// What Claude Code 2.1.330 hands to a status line in the home's project.
fn handed(home: &TestHome, used: f64, tokens: i64) -> Value {
    json!({
        "session_id": SESSION, "cwd": home.project(), "version": "2.1.330",
        "transcript_path": home.claude_dir().join("projects/-project").join(format!("{SESSION}.jsonl")),
        "model": {"id": SONNET, "display_name": "Sonnet"},
        "workspace": {"current_dir": home.project(), "project_dir": home.project()},
        "cost": {"total_cost_usd": 1.25, "total_duration_ms": 1},
        "context_window": {"context_window_size": 200_000, "current_usage": {"input_tokens": tokens}},
        "prompt_cache": {"ttl": "1h", "expires_at": (now() + HOUR) / 1_000, "recache_tokens_if_cold": 1_000_000},
        "rate_limits": {"five_hour": {"used_percentage": used, "resets_at": (now() + 2 * HOUR) / 1_000}},
    })
}

fn statusline(home: &TestHome, input: &Value, args: &[&str]) -> Ran {
    hand(at_noon(home, [&["statusline", "--color", "never"], args].concat()), input.to_string().as_bytes())
}

fn line(home: &TestHome, input: &Value) -> String {
    let ran = statusline(home, input, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    ran.out
}

fn recorded(home: &TestHome) -> usize {
    let files = fs::read_dir(home.path().join("state/costline/inbox")).into_iter().flatten();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().split_whitespace().count()).sum()
}

#[test]
fn what_the_status_line_tells_shows_everywhere() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut other = Editor::of(&home);
    // 1,000 tokens at $3 and 80,000 at $0.30 a million.
    let usage = Usage { read: 80_000, ..Usage::of(1_000, 0) };
    home.append("-project", SESSION, &voice.response("a", now() - 1_000, usage));
    let status = other.until(|status| status["allTime"]["messages"] == 1);
    assert_eq!(status["text"], "$0.03 · ctx 41%");
    assert_eq!((&status["limits"], &status["sessions"][0]["cache"]), (&json!([]), &Value::Null));

    let input = handed(&home, 23.5, 90_000);
    assert_eq!(line(&home, &input), "Sonnet · $0.03 · $0.03 today · ctx 45% · 5h 24%\n");
    for editor in [&mut leader, &mut other] {
        let status = editor.until(|status| status["limits"][0]["usedPercent"] == 23.5);
        assert_eq!(status["text"], "$0.03 · ctx 45% · 5h 24%");
        let context = json!({"usedTokens": 90_000, "windowTokens": 200_000, "usedPercent": 45.0,
                             "autoCompactPercent": 83.5, "source": "statusline"});
        assert_eq!(status["workspace"]["context"], context);
        assert_eq!(
            (&status["limits"][0]["window"], &status["limits"][0]["source"]),
            (&json!("fiveHour"), &json!("statusline"))
        );
        // A million tokens for an hour at twice $3.
        let cache = &status["sessions"][0]["cache"];
        assert_eq!((&cache["warm"], &cache["coldCostUsd"]), (&json!(true), &json!(6)));
    }
    // What says nothing new is not recorded.
    assert_eq!(recorded(&home), 1);
    line(&home, &input);
    let mut later = input;
    later["cost"]["total_duration_ms"] = json!(99_999);
    line(&home, &later);
    assert_eq!(recorded(&home), 1);
    // A later response counts until the status line speaks again; its window stays.
    home.append("-project", SESSION, &voice.response("b", now() + 1_000, Usage::of(50_000, 0)));
    let status = other.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(status["workspace"]["context"]["usedTokens"], 50_000);
    assert_eq!(status["workspace"]["context"]["source"], "inferred");
    let limits = json(&home, &["limits"]);
    assert_eq!(limits["limits"][0]["usedPercent"], 23.5);
    assert!(text(&home, &["limits"]).contains("ago, status line"));
}

#[test]
fn notices_and_claudes_own_file_fill_the_gaps() {
    let home = TestHome::new();
    let at = now();
    let kept = json!({"oauthAccount": {"emailAddress": "ada@example.org"}, "cachedUsageUtilization": {"fetchedAtMs": at - HOUR,
        "utilization": {"seven_day": {"utilization": 41, "resets_at": rfc3339(at + 48 * HOUR)},
                        "five_hour": {"utilization": 60, "resets_at": rfc3339(at + 2 * HOUR)},
                        // It began anew.
                        "seven_day_opus": {"utilization": 99, "resets_at": rfc3339(at - 1_000)}}}});
    let file = home.claude_dir().join(".claude.json");
    fs::write(&file, kept.to_string()).unwrap();
    let mut editor = Editor::of(&home);
    let status = editor.until(|status| status["limits"].as_array().unwrap().len() == 2);
    let of = |status: &Value, index: usize| {
        let limit = &status["limits"][index];
        (limit["window"].clone(), limit["usedPercent"].as_f64().unwrap().to_string(), limit["source"].clone())
    };
    assert_eq!(of(&status, 0), (json!("fiveHour"), "60".to_owned(), json!("claudeJson")));
    assert_eq!(of(&status, 1), (json!("sevenDay"), "41".to_owned(), json!("claudeJson")));
    // A notice in a transcript is newer.
    let notice = json!({"type": "assistant", "uuid": "u", "sessionId": SESSION, "timestamp": rfc3339(at),
        "cwd": home.project(), "message": {"model": "<synthetic>", "role": "assistant", "content": []},
        "quotaLimits": {"status": "rejected", "resetsAt": (at + 2 * HOUR) / 1_000, "rateLimitType": "five_hour"},
        "error": "rate_limit", "isApiErrorMessage": true});
    home.append("-project", SESSION, &format!("{notice}\n"));
    let status = editor.until(|status| status["limits"][0]["source"] == "transcript");
    assert_eq!(of(&status, 0), (json!("fiveHour"), "100".to_owned(), json!("transcript")));
    assert_eq!(status["limits"][0]["exhaustedAt"], status["limits"][0]["reportedAt"]);
    assert_eq!(status["allTime"]["messages"], 0);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        kept.to_string(),
        "Claude's file is read and never written"
    );
    // Nothing else of that file is kept.
    let database = fs::read(home.path().join("state/costline/usage.db")).unwrap();
    assert!(!database.windows(15).any(|bytes| bytes == b"ada@example.org"));
}

/// Every client hears once that a limit nears its end; one that comes late hears what still holds.
#[test]
fn a_limit_that_nears_its_end_is_told_once_to_everyone() {
    let home = TestHome::new();
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut other = Editor::of(&home);
    other.until(|status| status["health"]["role"] == "follower");
    line(&home, &handed(&home, 82.0, 1_000));
    let warned = |editor: &mut Editor| {
        let warning = editor.client.wait_for(|message| message["method"] == "costline/limitWarning");
        let params = &warning["params"];
        assert_eq!((&params["window"], &params["usedPercent"]), (&json!("fiveHour"), &json!(82.0)));
        assert_eq!(params["thresholdPercent"], 80.0);
        assert_ne!(params["resetsAt"], Value::Null);
        params["id"].clone()
    };
    let id = warned(&mut leader);
    assert_eq!(warned(&mut other), id);
    // More of the same is no news.
    line(&home, &handed(&home, 84.0, 2_000));
    for editor in [&mut leader, &mut other] {
        editor.until(|status| status["limits"][0]["usedPercent"] == 84.0);
        editor.client.request("costline/getStatus", json!({}));
        let told =
            editor.client.passed().iter().filter(|message| message["method"] == "costline/limitWarning");
        assert_eq!(told.count(), 0);
    }
    let mut late = Editor::of(&home);
    assert_eq!(warned(&mut late), id);
}

fn rfc3339(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339()
}

/// Whatever is wrong with the rest, there is a line, and Claude Code is told of no error.
#[test]
fn a_line_is_always_printed() {
    let home = TestHome::new();
    let input = handed(&home, 23.5, 90_000);
    let alone = "Sonnet · $1.25 · ctx 45% · 5h 24%\n";
    assert_eq!(line(&home, &input), alone, "without a database");
    json(&home, &["ingest"]);
    let state = home.path().join("state/costline");
    // Somebody holds the database for himself.
    let holder = rusqlite::Connection::open(state.join("usage.db")).unwrap();
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    assert!(line(&home, &input).starts_with("Sonnet · $1.25"));
    drop(holder);
    // What a folder cost that nobody read is not known, and not nothing.
    let mut elsewhere = at_noon(&home, ["statusline", "--color", "never"]);
    elsewhere.env("CLAUDE_CONFIG_DIR", home.path().join("elsewhere"));
    assert_eq!(hand(elsewhere, input.to_string().as_bytes()).out, alone);
    fs::write(state.join("usage.db"), "this is no database, whatever its name says".repeat(99)).unwrap();
    assert_eq!(line(&home, &input), alone, "beside a damaged database");
    fs::remove_dir_all(&state).unwrap();
    fs::create_dir_all(state.parent().unwrap()).unwrap();
    fs::write(&state, "").unwrap();
    assert_eq!(line(&home, &input), alone, "without a state folder");
    fs::remove_file(&state).unwrap();
    home.configure("[statusline]\npreset = 'nonsense'\nseparator = ' | '\n");
    assert_eq!(line(&home, &input), alone.replace('·', "|"), "with settings that are wrong");
    for bytes in [&b""[..], b"{", b"\xff\xfe", b"[1]"] {
        let ran = hand(home.command(["statusline"]), bytes);
        assert_eq!((ran.code, ran.out.lines().count(), ran.err.as_str()), (Some(0), 1, ""), "{bytes:?}");
    }
    let mut nowhere = home.command(["statusline", "--color", "never"]);
    nowhere.env_clear();
    assert_eq!(hand(nowhere, input.to_string().as_bytes()).out.lines().count(), 1);
}

#[test]
fn what_is_shown_can_be_chosen() {
    let home = TestHome::new();
    let input = handed(&home, 82.0, 90_000);
    assert_eq!(statusline(&home, &input, &["--preset", "minimal"]).out, "Sonnet · $1.25 · ctx 45%\n");
    assert_eq!(
        statusline(&home, &input, &["--template", "{dir}: {context_tokens}|{pr}|x"]).out,
        "project: 90.0K/200.0K · x\n"
    );
    home.configure("[statusline]\ntemplate = '{five_hour} | {model}'\n");
    let mut narrow = home.command(["statusline", "--color", "never"]);
    narrow.env("COLUMNS", "8");
    assert_eq!(hand(narrow, input.to_string().as_bytes()).out, "5h 82%\n");
    let colored = |name: &str, value: &str| {
        let mut command = home.command(["statusline"]);
        command.env(name, value);
        hand(command, input.to_string().as_bytes()).out
    };
    assert_eq!(
        colored("TERM", "xterm"),
        "\u{1b}[33m5h 82%\u{1b}[0m\u{1b}[2m · \u{1b}[0m\u{1b}[1mSonnet\u{1b}[0m\n"
    );
    assert_eq!(colored("NO_COLOR", "1"), "5h 82% · Sonnet\n");
    // Another command inside, one that fails, and one that never ends of itself.
    let inside = |command: &str| statusline(&home, &input, &["--wrap", command]).out;
    assert_eq!(
        inside("read -r all; echo \"old ${#all}\" | cut -c1-3; echo more"),
        "old · 5h 82% · Sonnet\nmore\n"
    );
    assert_eq!(inside("exit 3"), "5h 82% · Sonnet\n");
    assert_eq!(inside("costline-is-not-there"), "5h 82% · Sonnet\n");
    let mut nested = home.command(["statusline", "--color", "never", "--wrap", "echo again"]);
    nested.env("COSTLINE_INSIDE", "1");
    assert_eq!(hand(nested, input.to_string().as_bytes()).out, "5h 82% · Sonnet\n");
    let preview = run(home.command(["statusline", "--preview", "--template", "{modle}"]));
    assert_eq!(preview.err, "costline: there is no part {modle}; did you mean {model}?\n");
    assert!(
        preview
            .out
            .contains("standard   Opus 5.5 · $3.42 · $5.10 today · budget 81% · ctx 41% · 5h 24% · 7d 81%"),
        "{}",
        preview.out
    );
}

/// A session that spent $0.30, a leader that has read so, and what Claude Code hands over.
fn after_thirty_cents(home: &TestHome) -> (Voice, Editor, Value) {
    let voice = Voice::new(SESSION, &home.project());
    let mut leader = Editor::of(home);
    home.append("-project", SESSION, &voice.response("a", now() - 1_000, Usage::of(100_000, 0)));
    leader.until(|status| status["allTime"]["messages"] == 1);
    (voice, leader, handed(home, 23.5, 90_000))
}

/// Budgets show where they count, from what lies ready, from the database, and without a leader.
#[test]
fn the_status_line_shows_budgets() {
    let home = TestHome::new();
    let (voice, mut leader, input) = after_thirty_cents(&home);
    let shown = |part: &str| {
        let ran = statusline(&home, &input, &["--template", part]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        ran.out.trim_end().to_owned()
    };
    assert_eq!(shown("{budget}"), "");
    // $0.30 was spent.
    text(&home, &["budget", "set", "--daily", "0.5", "--weekly", "1"]);
    text(&home, &["budget", "set", "--daily", "0.1", "--project", "/elsewhere"]);
    assert_eq!(shown("{budget} | {budgets}"), "budget 60% · day 60% week 30%");
    assert_eq!(shown("{project_cost} | {budget}"), "$0.30 · budget 60%");
    home.append("-project", SESSION, &voice.response("b", now(), Usage::of(50_000, 0)));
    leader.until(|status| status["budgets"][0]["usedPercent"] == 90.0);
    assert_eq!(shown("{budgets}"), "day 90% week 45%");
    // Nobody reads what others spend from here on.
    leader.client.kill();
    assert_eq!(shown("{budgets}"), "day 90%+ week 45%+");
    home.append("-project", SESSION, &voice.response("c", now(), Usage::of(50_000, 0)));
    assert_eq!(shown("{budget}"), "budget 90%+");
}

/// The sums that the leader keeps ready are those that a status line shows, and no longer than they hold.
#[test]
fn what_lies_ready_is_shown_and_nothing_old() {
    let home = TestHome::new();
    let (voice, mut leader, input) = after_thirty_cents(&home);
    let told =
        |session: &str, today: &str| format!("Sonnet · {session} · {today} today · ctx 45% · 5h 24%\n");
    assert_eq!(line(&home, &input), told("$0.30", "$0.30"));

    // Nobody but a test puts other sums there: they show that it is read.
    let ready = home.path().join("state/costline/statusline/sums");
    let begin = Instant::now();
    loop {
        let bytes = fs::read(&ready).unwrap_or_default();
        if let Some((_, text)) = bytes.split_at_checked(8)
            && let Ok(mut sums) = serde_json::from_slice::<Value>(text)
        {
            sums["projects"][0][1][0][1] = json!(7_000_000_000_i64);
            let text = sums.to_string().into_bytes();
            fs::write(&ready, [&xxh3_64(&text).to_le_bytes(), &*text].concat()).unwrap();
            if line(&home, &input) == told("$0.30", "$7.00") {
                break;
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "what lies ready is not shown");
    }
    // What is new shows with the status that tells of it, whatever lies there; and without a leader.
    home.append("-project", SESSION, &voice.response("b", now(), Usage::of(100_000, 0)));
    leader.until(|status| status["allTime"]["messages"] == 2);
    assert_eq!(line(&home, &input), told("$0.60", "$0.60"));
    leader.client.kill();
    assert_eq!(line(&home, &input), told("$0.60", "$0.60+"));
}
