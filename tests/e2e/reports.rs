//! Reports over handmade history, with sums worked out by hand.

use crate::home::TestHome;
use crate::process::{json, run, text};
use crate::transcript::{HAIKU, SONNET, Usage, Voice, at, noon_zone, now};
use serde_json::{Value, json};
use std::path::Path;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// Responses around two midnights, each with so much output that a sum tells which ones are in it.
fn around_midnight(home: &TestHome) {
    let voice = Voice::new(SESSION, &home.project());
    let times = [
        ("2025-10-01T18:14:59.999Z", 1),
        ("2025-10-01T18:15:00.000Z", 10),
        ("2025-10-01T23:59:59.999Z", 100),
        ("2025-10-02T00:00:00.000Z", 1_000),
        ("2025-10-02T23:59:59.999Z", 10_000),
        ("2025-10-03T00:00:00.000Z", 100_000),
    ];
    let lines = times.map(|(time, output)| voice.response(time, at(time), Usage::of(0, output)));
    home.append("-project", SESSION, &lines.concat());
}

/// Each row's key with one of its numbers.
fn rows(report: &Value, number: &str) -> Vec<(String, i64)> {
    let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row[number].as_i64().unwrap());
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

/// Each row's key with its cost in nano-dollars.
#[allow(clippy::float_arithmetic, reason = "back to the integer that it is")]
fn costs(report: &Value) -> Vec<(String, i64)> {
    let nano = |row: &Value| (row["costUsd"].as_f64().unwrap() * 1e9).round() as i64;
    let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), nano(row));
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

fn owned(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(key, number)| ((*key).to_owned(), *number)).collect()
}

#[test]
fn days_are_inclusive_to_the_millisecond() {
    let home = TestHome::new();
    around_midnight(&home);
    let (since, until) = ("--since", "--until");
    for (range, output, span) in [
        (&[][..], 111_111, ("2025-10-01", "2025-10-03")),
        (&[since, "2025-10-02", until, "2025-10-02"], 11_000, ("2025-10-02", "2025-10-02")),
        (&[since, "20251002"], 111_000, ("2025-10-02", "2025-10-03")),
        (&[until, "2025-10-01"], 111, ("2025-10-01", "2025-10-01")),
        (&[until, "2025-10-02"], 11_111, ("2025-10-01", "2025-10-02")),
    ] {
        // Sums of quarter hours and of responses one by one.
        for command in [&["breakdown", "--by", "day"][..], &["breakdown", "--by", "model"], &["summary"]] {
            let report = json(&home, &[command, range].concat());
            assert_eq!(report["totals"]["outputTokens"], output, "{command:?} {range:?}");
            assert_eq!((&report["since"], &report["until"]), (&json!(span.0), &json!(span.1)), "{range:?}");
            assert_eq!(report["timezone"], "UTC");
        }
    }
    let report = json(&home, &["daily", since, "2025-01-01"]);
    let expected = [("2025-10-03", 100_000), ("2025-10-02", 11_000), ("2025-10-01", 111)];
    assert_eq!(rows(&report, "outputTokens"), owned(&expected));
    assert_eq!(rows(&report, "sessions"), expected.map(|(day, _)| (day.to_owned(), 1)));
    let report = json(&home, &["breakdown", "--by", "hour"]);
    assert_eq!(rows(&report, "outputTokens"), owned(&[("23", 10_100), ("18", 11), ("00", 101_000)]));
}

#[test]
fn another_zone_moves_midnight() {
    let home = TestHome::new();
    around_midnight(&home);
    // 5:45 ahead of UTC: midnight is 18:15 there.
    let zone = ["--timezone", "Asia/Kathmandu"];
    let report = json(&home, &[&["daily", "--since", "2025-01-01"], &zone[..]].concat());
    let days = owned(&[("2025-10-03", 110_000), ("2025-10-02", 1_110), ("2025-10-01", 1)]);
    assert_eq!(rows(&report, "outputTokens"), days);
    assert_eq!(report["timezone"], "Asia/Kathmandu");
    let report = json(&home, &[&["breakdown", "--by", "hour"], &zone[..]].concat());
    assert_eq!(rows(&report, "outputTokens"), owned(&[("23", 1), ("05", 111_100), ("00", 10)]));
    let day = ["--since", "2025-10-02", "--until", "2025-10-02"];
    for command in [&["daily"][..], &["summary"], &["breakdown", "--by", "hour"]] {
        let report = json(&home, &[command, &day, &zone].concat());
        assert_eq!(report["totals"]["outputTokens"], 1_110, "{command:?}");
    }
    // The variable, the setting and the flag, from the weakest to the strongest.
    let first_day = |home: &TestHome, variable: &str, flags: &[&str]| {
        let args = ["daily", "--since", "2025-01-01", "--json"];
        let mut command = home.command([&args[..], flags].concat());
        command.env("TZ", variable);
        let report: Value = serde_json::from_str(&run(command).out).unwrap();
        report["rows"][0]["outputTokens"].as_i64().unwrap()
    };
    assert_eq!(first_day(&home, "Asia/Kathmandu", &[]), 110_000);
    home.configure("timezone = \"Asia/Kathmandu\"\n");
    assert_eq!(first_day(&home, "UTC", &[]), 110_000);
    assert_eq!(first_day(&home, "UTC", &["--timezone", "UTC"]), 100_000);
}

#[test]
fn the_last_days_end_today() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let day = 24 * 3_600_000;
    for (back, output) in [(0, 1), (1, 10), (2, 100), (29, 1_000), (30, 10_000)] {
        let id = format!("d{back}");
        home.append("-project", SESSION, &voice.response(&id, now() - back * day, Usage::of(0, output)));
    }
    let zone = noon_zone();
    for (args, output) in [
        (&["summary", "--days", "1"][..], 1),
        (&["summary", "--days", "2"], 11),
        (&["breakdown", "--by", "hour", "--days", "2"], 11),
        (&["summary", "--days", "3"], 111),
        (&["daily"], 1_111),
        (&["summary"], 11_111),
    ] {
        let report = json(&home, &[args, &["--timezone", &zone]].concat());
        assert_eq!(report["totals"]["outputTokens"], output, "{args:?}");
    }
}

/// Two projects, two models, a subagent; each row's cost in the comments.
fn two_projects(home: &TestHome) {
    let alpha = Voice::new(SESSION, &home.path().join("alpha"));
    let beta = Voice::new(OTHER, &home.path().join("beta"));
    let lines = [
        // $0.003 + $0.015.
        alpha.response("a", at("2025-10-01T10:00:00Z"), Usage::of(1_000, 1_000)),
        // $0.001 + $0.005.
        alpha.branch("fix").model(HAIKU).response("b", at("2025-10-01T11:00:00Z"), Usage::of(1_000, 1_000)),
    ];
    home.append("-alpha", SESSION, &lines.concat());
    // $0.0001 × 2: a write for an hour costs twice the input.
    let agent = alpha.subagent("a1").model(HAIKU);
    let usage = Usage { write_1h: 100, ..Usage::default() };
    let line = agent.response("c", at("2025-10-01T11:30:00Z"), usage);
    home.append(&format!("-alpha/{SESSION}/subagents"), "agent-a1", &line);
    // $0.030, $0.00375 for five minutes, $0.0003 from the cache.
    let usage = Usage { output: 2_000, write_5m: 1_000, read: 1_000, ..Usage::default() };
    home.append("-beta", OTHER, &beta.response("d", at("2025-10-01T10:30:00Z"), usage));
}

#[test]
fn rows_sum_to_totals_in_their_order() {
    let home = TestHome::new();
    two_projects(&home);
    let (alpha, beta) = (home.path().join("alpha"), home.path().join("beta"));
    let (alpha, beta) = (alpha.to_str().unwrap(), beta.to_str().unwrap());
    let of = |by: &str| json(&home, &["breakdown", "--by", by]);
    let expected: [(&str, &[(&str, i64)]); 9] = [
        ("project", &[(beta, 34_050_000), (alpha, 24_200_000)]),
        ("model", &[(SONNET, 52_050_000), (HAIKU, 6_200_000)]),
        ("session", &[(SESSION, 24_200_000), (OTHER, 34_050_000)]),
        ("branch", &[("main", 52_250_000), ("fix", 6_000_000)]),
        ("kind", &[("main", 58_050_000), ("subagent", 200_000)]),
        ("agent", &[("", 58_050_000), ("unknown", 200_000)]),
        ("tool", &[("", 58_250_000)]),
        ("day", &[("2025-10-01", 58_250_000)]),
        ("hour", &[("11", 6_200_000), ("10", 52_050_000)]),
    ];
    for (by, expected) in expected {
        let report = of(by);
        assert_eq!(costs(&report), owned(expected), "{by}");
        let totals = json!({"costUsd": 0.05825, "inputTokens": 2_000, "outputTokens": 4_000, "cacheWriteTokens": 1_100,
                            "cacheWrite1hTokens": 100, "cacheReadTokens": 1_000, "totalTokens": 8_100, "messages": 4,
                            "sessions": 2, "webSearches": 0, "unpricedMessages": 0, "lowerBoundMessages": 0});
        assert_eq!(report["totals"], totals, "{by}");
    }
    assert_eq!(json(&home, &["projects"]), of("project"));
    assert_eq!(json(&home, &["summary"]), of("project"));
    assert_eq!(json(&home, &["sessions"]), of("session"));
    assert_eq!(json(&home, &["recent"]), of("session"));
    let session = &of("session")["rows"][0];
    assert_eq!(session["startedAt"].as_str().map(at), Some(at("2025-10-01T10:00:00Z")));
    assert_eq!(session["lastActivityAt"].as_str().map(at), Some(at("2025-10-01T11:30:00Z")));
    assert_eq!(session["durationMs"], 90 * 60_000);
}

#[test]
fn a_limit_cuts_rows_alone() {
    let home = TestHome::new();
    two_projects(&home);
    for by in ["project", "model", "session", "branch", "kind", "hour"] {
        let whole = json(&home, &["breakdown", "--by", by]);
        let cut = json(&home, &["breakdown", "--by", by, "--limit", "1"]);
        assert_eq!(cut["totals"], whole["totals"], "{by}");
        assert_eq!(cut["rows"].as_array().unwrap().len(), 1, "{by}");
        assert_eq!(cut["rows"][0], whole["rows"][0], "{by}");
    }
}

#[test]
fn a_project_is_named_in_many_ways() {
    let home = TestHome::new();
    two_projects(&home);
    let alpha = home.path().join("alpha");
    std::fs::create_dir_all(alpha.join("src")).unwrap();
    for (cwd, path) in [
        ("", alpha.to_str().unwrap()),
        ("", "alpha"),
        ("", "./alpha/"),
        ("", "beta/../alpha"),
        ("alpha", "."),
        ("alpha/src", ".."),
    ] {
        for by in ["model", "day", "session"] {
            let mut command = home.command(["breakdown", "--by", by, "--project", path, "--json"]);
            command.current_dir(home.path().join(cwd));
            let report: Value = serde_json::from_str(&run(command).out).unwrap();
            assert_eq!(report["totals"]["costUsd"], 0.0242, "{path} in {cwd} by {by}");
        }
    }
    let report = json(&home, &["summary", "--project", "elsewhere"]);
    assert_eq!((&report["totals"]["messages"], &report["rows"]), (&json!(0), &json!([])));
    let said = text(&home, &["summary", "--project", "elsewhere"]);
    assert!(said.contains("elsewhere"), "{said}");
}

#[test]
fn tools_share_a_response_to_the_nano_dollar() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project()).model("claude-haiku-5-5");
    // 10 × $0.1 + 1 × $0.125 a million: 1,125 billionths, an odd number.
    let usage = Usage { input: 10, write_5m: 1, ..Usage::default() };
    let when = at("2025-10-01T10:00:00Z");
    home.append("-project", SESSION, &voice.tools("a", when, usage, &["Read", "mcp__files__list"]));
    // 20 × $0.1 a million, and one tool twice.
    home.append("-project", SESSION, &voice.tools("b", when, Usage::of(20, 0), &["Read", "Read"]));
    let report = json(&home, &["breakdown", "--by", "tool"]);
    assert_eq!(report["totals"]["costUsd"], json!(0.000_003_125));
    let rows = costs(&report);
    let of = |name: &str| rows.iter().find(|(key, _)| key == name).unwrap().1;
    assert_eq!(of("Read") + of("mcp__files__list"), 3_125);
    assert!([562, 563].contains(&of("mcp__files__list")), "{rows:?}");
    let uses = |name: &str| {
        let row = report["rows"].as_array().unwrap().iter().find(|row| row["key"] == name);
        row.unwrap()["uses"].as_i64().unwrap()
    };
    assert_eq!((uses("Read"), uses("mcp__files__list")), (3, 1));
    // A response counts once in the totals, whoever shares it.
    assert_eq!(report["totals"]["messages"], 2);
    assert_eq!(costs(&json(&home, &["breakdown", "--by", "mcp"]))[1].0, "files");
}

#[test]
fn own_prices_reprice_history_and_back() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let when = at("2025-10-01T10:00:00Z");
    home.append("-project", SESSION, &voice.response("a", when, Usage::of(1_000, 1_000)));
    let cost = |by: &str| json(&home, &["breakdown", "--by", by])["totals"]["costUsd"].clone();
    let both = |expected: Value| {
        for by in ["model", "day"] {
            assert_eq!(cost(by), expected, "{by}");
        }
        assert_eq!(json(&home, &["status"])["allTime"]["costUsd"], expected);
    };
    both(json!(0.018));
    home.configure("[[prices.override]]\nmodel = \"claude-sonnet-4-5\"\ninput = 30\noutput = 1.5\n");
    both(json!(0.0315));
    let said = text(&home, &["prices", "check"]);
    assert!(said.contains("claude-sonnet-4-5: an override replaces the known price"), "{said}");
    // From the day after on, the old price holds before it.
    home.configure(
        "[[prices.override]]\nmodel = \"claude-sonnet-4-5\"\nfrom_date = 2025-10-02\ninput = 30\noutput = 1.5\n",
    );
    both(json!(0.018));
    home.configure("");
    both(json!(0.018));
}

#[test]
fn a_model_without_a_price_is_told() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let when = at("2025-10-01T10:00:00Z");
    let lines = [
        voice.response("a", when, Usage::of(1_000, 0)),
        voice.model("mystery-9").response("b", when, Usage::of(7_000, 0)),
    ];
    home.append("-project", SESSION, &lines.concat());
    let report = json(&home, &["breakdown", "--by", "model"]);
    assert_eq!(rows(&report, "unpricedMessages"), owned(&[(SONNET, 0), ("mystery-9", 1)]));
    assert_eq!(report["totals"]["costUsd"], 0.003);
    assert_eq!(report["totals"]["inputTokens"], 8_000);
    assert_eq!(report["totals"]["unpricedMessages"], 1);
    let said = text(&home, &["summary"]);
    assert!(said.contains("<$0.01+?"), "{said}");
    assert!(said.contains("1 response of a model without a price is not in the cost"), "{said}");
    assert!(text(&home, &["status"]).contains("<$0.01+?"));
    home.configure("[[prices.override]]\nmodel = \"mystery-9\"\ninput = 1\noutput = 1\n");
    let report = json(&home, &["summary"]);
    assert_eq!(
        (&report["totals"]["costUsd"], &report["totals"]["unpricedMessages"]),
        (&json!(0.01), &json!(0))
    );
}

#[test]
fn ingesting_again_reads_nothing() {
    let home = TestHome::new();
    two_projects(&home);
    let bytes: u64 = files(&home.claude_dir()).iter().map(|path| path.metadata().unwrap().len()).sum();
    let first = json(&home, &["ingest"]);
    assert_eq!(
        (&first["files"], &first["filesRead"], &first["bytesRead"]),
        (&json!(3), &json!(3), &json!(bytes))
    );
    let second = json(&home, &["ingest"]);
    assert_eq!(
        (&second["files"], &second["filesRead"], &second["bytesRead"]),
        (&json!(3), &json!(0), &json!(0))
    );
    assert_eq!(text(&home, &["ingest"]), "Read 0 bytes of 0 transcripts; there are 3.\n");
    let line = Voice::new(OTHER, &home.path().join("beta")).response("z", now(), Usage::of(1, 1));
    home.append("-beta", OTHER, &line);
    let third = json(&home, &["ingest"]);
    assert_eq!((&third["filesRead"], &third["bytesRead"]), (&json!(1), &json!(line.len())));
    // Without reading, a report says what was known.
    home.append("-beta", OTHER, &line.replace("msg_z", "msg_y"));
    assert_eq!(json(&home, &["summary", "--no-ingest"])["totals"]["messages"], 5);
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 6);
}

#[test]
fn reading_and_reporting_leave_claudes_files_alone() {
    let home = TestHome::new();
    two_projects(&home);
    home.append("-alpha", SESSION, "{\"type\":\"assist");
    let state = |home: &TestHome| {
        let look = |path: &std::path::PathBuf| {
            let modified = path.metadata().unwrap().modified().unwrap();
            (path.clone(), modified, std::fs::read(path).ok())
        };
        let mut all = files(&home.claude_dir());
        all.extend(folders(&home.claude_dir()));
        all.sort();
        all.iter().map(look).collect::<Vec<_>>()
    };
    let before = state(&home);
    for args in [&["ingest"][..], &["summary"], &["status"], &["config", "show"], &["prices", "list"]] {
        assert_eq!(run(home.command(args)).code, Some(0), "{args:?}");
    }
    let mut editor = crate::editor::Editor::of(&home);
    editor.until(|status| status["allTime"]["messages"] == 4);
    editor.client.close_stdin();
    editor.client.wait_exit(std::time::Duration::from_secs(5));
    assert_eq!(state(&home), before);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let below = |folder: std::path::PathBuf| if folder.is_dir() { files(&folder) } else { vec![folder] };
    std::fs::read_dir(folder).unwrap().flat_map(|entry| below(entry.unwrap().path())).collect()
}

/// A folder and all below it.
fn folders(folder: &Path) -> Vec<std::path::PathBuf> {
    let inner = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below: Vec<_> = inner.filter(|path| path.is_dir()).flat_map(|path| folders(&path)).collect();
    [vec![folder.to_owned()], below].concat()
}
