//! Windows of time, and the reports that take one thing apart.

use crate::corpus::shared;
use crate::home::TestHome;
use crate::process::{json, run, text};
use crate::rig::Rig;
use crate::transcript::{HAIKU, SONNET, Usage, Voice, at, noon_zone, now};
use costline::money::NanoUsd;
use costline::pricing::PriceTable;
use costline::reports::{By, Matched, explain, session};
use costline::store::ALL_ROOTS;
use costline::time::Zone;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "11112222-2222-4222-8222-222222222222";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Each row's key with one of its fields.
fn rows<'a>(report: &'a Value, rows: &str, field: &str) -> Vec<(&'a str, &'a Value)> {
    let rows = report[rows].as_array().unwrap().iter();
    rows.map(|row| (row["key"].as_str().unwrap(), &row[field])).collect()
}

fn keys(report: &Value) -> Vec<&str> {
    rows(report, "rows", "key").into_iter().map(|(key, _)| key).collect()
}

/// Responses of $0.015 each.
fn say(home: &TestHome, voice: &Voice, session: &str, times: &[(&str, i64)]) {
    let lines: String = times.iter().map(|(id, at)| voice.response(id, *at, Usage::of(0, 1_000))).collect();
    home.append("-project", session, &lines);
}

#[test]
fn windows_begin_with_the_first_response_after_the_last() {
    let home = TestHome::new();
    let (voice, web) = (Voice::new(SESSION, &home.project()), Voice::new(OTHER, &home.path().join("web")));
    say(
        &home,
        &voice,
        SESSION,
        &[
            ("a", at("2025-10-01T10:00:00.500Z")),
            ("b", at("2025-10-01T15:00:00.499Z")),
            ("c", at("2025-10-02T23:00:00Z")),
        ],
    );
    say(&home, &web, OTHER, &[("d", at("2025-10-01T15:00:00.500Z"))]);
    let (first, second, third) =
        ("2025-10-01T10:00:00.500Z", "2025-10-01T15:00:00.500Z", "2025-10-02T23:00:00.000Z");
    let report = json(&home, &["blocks"]);
    let costs = [(third, &json!(0.015)), (second, &json!(0.015)), (first, &json!(0.03))];
    assert_eq!(rows(&report, "rows", "costUsd"), costs);
    assert_eq!(report["rows"][0]["endsAt"], "2025-10-03T04:00:00.000Z");
    for field in ["usdPerHour", "tokensPerMinute", "projectedUsd", "remainingMs"] {
        assert_eq!((&report["rows"][0][field], &report["rows"][0]["active"]), (&Value::Null, &json!(false)));
    }
    assert_eq!((&report["since"], &report["until"]), (&json!("2025-10-01"), &json!("2025-10-02")));
    let day = json(&home, &["blocks", "--since", "2025-10-02", "--until", "2025-10-02"]);
    assert_eq!(keys(&day), [third]);
    let limited = json(&home, &["blocks", "--limit", "1"]);
    assert_eq!((keys(&limited), &limited["totals"]), (vec![third], &report["totals"]));
    // Windows are everybody's; a project has its share of them.
    let shares = json(&home, &["blocks", "--project", "web"]);
    assert_eq!(rows(&shares, "rows", "costUsd"), [(second, &json!(0.015))]);
    // What turns up late moves what came after it, up to the next pause.
    say(&home, &web, OTHER, &[("e", at("2025-10-01T09:59:00Z"))]);
    let moved = json(&home, &["blocks", "--timezone", "Asia/Kathmandu"]);
    let expected = [
        ("2025-10-03T04:45:00.000+05:45", &json!(0.015)),
        ("2025-10-01T20:45:00.499+05:45", &json!(0.03)),
        ("2025-10-01T15:44:00.000+05:45", &json!(0.03)),
    ];
    assert_eq!(rows(&moved, "rows", "costUsd"), expected);
    let said = text(&home, &["blocks"]);
    assert!(said.contains("2025-10-02 23:00 – 04:00 ") && !said.contains("left"), "{said}");
}

#[test]
fn the_running_window_is_the_status() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let now = now();
    say(
        &home,
        &voice,
        SESSION,
        &[("old", now - 30 * HOUR), ("a", now - 2 * HOUR), ("b", now - 20 * MINUTE), ("c", now - MINUTE)],
    );
    text(&home, &["ingest"]);
    let status = json(&home, &["status", "--no-ingest"]);
    let report = json(&home, &["blocks", "--no-ingest"]);
    let row = &report["rows"][0];
    assert_eq!((&row["active"], &row["costUsd"]), (&json!(true), &json!(0.045)));
    let (burn, block) = (&status["burn"], &status["burn"]["block"]);
    for field in ["startedAt", "endsAt", "costUsd", "projectedUsd"] {
        assert_eq!(row[field], block[field], "{field}");
    }
    assert_eq!(row["startedAt"].as_str().map(at), Some(now - 2 * HOUR));
    for field in ["usdPerHour", "tokensPerMinute"] {
        assert_eq!(row[field], burn[field], "{field}");
    }
    // Two responses in the last hour.
    assert_eq!(row["usdPerHour"], 0.03);
    let left = row["remainingMs"].as_i64().unwrap();
    assert!((0..=3 * HOUR).contains(&left), "{left}");
    assert_eq!(json(&home, &["current", "--no-ingest"])["block"], *row);
    assert!(text(&home, &["blocks"]).contains("* The window runs until"));
    assert!(text(&home, &["current"]).contains("The 5-hour window cost $0.05 so far and runs until"));
}

#[test]
fn weeks_begin_when_the_settings_say() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    // A Saturday, a Sunday and a Monday.
    let days = ["2025-11-01", "2025-11-02", "2025-11-03"];
    let times = days.map(|day| (day, at(&format!("{day}T12:00:00Z"))));
    say(&home, &voice, SESSION, &times);
    let weekly = ["weekly", "--since", "2025-01-01"];
    assert_eq!(keys(&json(&home, &weekly)), ["2025-11-03", "2025-10-27"]);
    home.configure("week_start = \"sunday\"\n");
    assert_eq!(keys(&json(&home, &weekly)), ["2025-11-02", "2025-10-26"]);
    assert_eq!(keys(&json(&home, &["breakdown", "--by", "week"])), ["2025-11-02", "2025-10-26"]);
    assert_eq!(keys(&json(&home, &["monthly", "--since", "2025-01-01"])), ["2025-11"]);
    // What is long ago is in no usual range.
    for command in ["weekly", "monthly"] {
        assert_eq!(keys(&json(&home, &[command])), Vec::<&str>::new(), "{command}");
    }
    assert!(text(&home, &weekly).contains("Week of"));
}

#[test]
fn what_is_current() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let zone = noon_zone();
    say(&home, &voice, SESSION, &[("a", now()), ("b", now())]);
    say(&home, &voice.model(HAIKU), SESSION, &[("c", now()), ("old", now() - 400 * 24 * HOUR)]);
    let report = json(&home, &["current", "--timezone", &zone]);
    for period in ["today", "week", "month"] {
        let period = &report[period];
        // Two of $0.015 and one of $0.005.
        assert_eq!((&period["totals"]["costUsd"], &period["totals"]["messages"]), (&json!(0.035), &json!(3)));
        assert_eq!((&period["peakHour"], &period["peakHourUsd"]), (&json!("12"), &json!(0.035)));
        let day = |name: &str| period[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        let days = (day("until") - day("since")).num_days() + 1;
        let average = NanoUsd(35_000_000 / days);
        let found: NanoUsd = serde_json::from_value(period["dailyAverageUsd"].clone()).unwrap();
        assert!((found.0 - average.0).abs() <= 1, "{found} for {days} days");
    }
    let models = report["top"]["models"].as_array().unwrap();
    let top: Vec<_> = models.iter().map(|row| (row["key"].as_str().unwrap(), &row["todayUsd"])).collect();
    assert_eq!(top, [(SONNET, &json!(0.03)), (HAIKU, &json!(0.005))]);
    assert_eq!(report["top"]["projects"][0]["key"], json!(home.project()));
    let limited = json(&home, &["current", "--timezone", &zone, "--limit", "1"]);
    assert_eq!(limited["top"]["models"].as_array().unwrap().len(), 1);
    let elsewhere = json(&home, &["current", "--project", "elsewhere"]);
    assert_eq!((&elsewhere["month"]["totals"]["messages"], &elsewhere["block"]), (&json!(0), &Value::Null));
    assert!(text(&home, &["current", "--project", "elsewhere"]).starts_with("Nothing was used in "));
}

#[test]
fn turns_sum_to_their_session() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let t = |minute: i64| at("2025-10-01T10:00:00Z") + minute * MINUTE;
    let lines = [
        voice.response("before", t(0), Usage::of(0, 1_000)),
        voice.prompt("one", t(1)),
        voice.tools("a", t(2), Usage::of(0, 2_000), &["Read", "Task"]),
        voice.response("b", t(9), Usage::of(0, 1_000)),
        voice.prompt("two", t(10)),
        voice.prompt("unanswered", t(11)),
        voice.prompt("three", t(12)),
        voice.response("c", t(15), Usage::of(1, 1_000)),
    ];
    home.append("-project", SESSION, &lines.concat());
    // It goes on while the third prompt is answered, and belongs to the first.
    let agent = voice.subagent("a1").model(HAIKU);
    let lines = [agent.response("d", t(3), Usage::of(0, 200)), agent.response("e", t(14), Usage::of(0, 200))];
    home.append(&format!("-project/{SESSION}/subagents"), "agent-a1", &lines.concat());
    let report = json(&home, &["session", "1111"]);
    let turns = report["turns"].as_array().unwrap();
    let found: Vec<_> = turns
        .iter()
        .map(|turn| (turn["key"].as_str().unwrap(), &turn["costUsd"], &turn["runningUsd"], &turn["messages"]))
        .collect();
    let expected = [
        ("", &json!(0.015), &json!(0.015), &json!(1)),
        ("uuid-one", &json!(0.047), &json!(0.062), &json!(4)),
        ("uuid-three", &json!(0.015_003), &json!(0.077_003), &json!(1)),
    ];
    assert_eq!(found, expected);
    assert_eq!((&turns[1]["durationMs"], &turns[1]["subagents"]), (&json!(13 * MINUTE), &json!(1)));
    assert_eq!(turns[1]["models"], json!([HAIKU, SONNET]));
    assert_eq!(turns[1]["tools"], json!([{"name": "Read", "uses": 1}, {"name": "Task", "uses": 1}]));
    let whole = &json(&home, &["sessions"])["rows"][0];
    assert_eq!(
        (&report["totals"]["costUsd"], &report["durationMs"]),
        (&json!(0.077_003), &whole["durationMs"])
    );
    assert_eq!(report["models"], json(&home, &["breakdown", "--by", "model"])["rows"]);
    assert_eq!(report["tools"], json(&home, &["breakdown", "--by", "tool"])["rows"]);
    assert_eq!(report["context"]["usedTokens"], 1);
    let said = text(&home, &["session", SESSION, "--limit", "1"]);
    assert!(said.contains("2 turns before these"), "{said}");
}

#[test]
fn an_id_stands_for_one_thing() {
    let home = TestHome::new();
    let (voice, other) = (Voice::new(SESSION, &home.project()), Voice::new(OTHER, &home.project()));
    let when = at("2025-10-01T10:00:00Z");
    say(&home, &voice, SESSION, &[("a", when)]);
    home.append(
        "-project",
        OTHER,
        &(other.response("b", when, Usage::of(0, 1_000)) + &other.titled("Fix it")),
    );
    for command in ["session", "explain"] {
        assert_eq!(json(&home, &[command, "11111"])["id"], SESSION);
        let several = run(home.command([command, "1111"]));
        assert_eq!((several.code, several.out.as_str()), (Some(1), ""));
        assert!(
            several.err.contains(SESSION) && several.err.contains(&format!("{OTHER} (Fix it)")),
            "{}",
            several.err
        );
        let nothing = run(home.command([command, "zz"]));
        assert_eq!(nothing.code, Some(1));
        assert!(nothing.err.contains("\"zz\"") && nothing.err.lines().count() == 1, "{}", nothing.err);
    }
}

#[test]
fn a_project_has_its_subfolders() {
    let home = TestHome::new();
    let when = at("2025-10-01T10:00:00Z");
    let app = home.path().join("app");
    std::fs::create_dir_all(&app).unwrap();
    for (index, folder) in ["app", "app/web", "app2"].into_iter().enumerate() {
        let session = format!("{index}{}", &SESSION[1..]);
        let voice = Voice::new(&session, &home.path().join(folder));
        home.append(folder, &session, &voice.response(folder, when, Usage::of(0, 1_000)));
    }
    let report = json(&home, &["project", "app"]);
    assert_eq!((&report["totals"]["costUsd"], &report["project"]), (&json!(0.03), &json!(app)));
    assert_eq!(rows(&report, "days", "sessions"), [("2025-10-01", &json!(2))]);
    assert_eq!(rows(&report, "sessions", "costUsd").len(), 2);
    assert_eq!(rows(&report, "models", "messages"), [(SONNET, &json!(2))]);
    let mut here = home.command(["project", "--json"]);
    here.current_dir(&app);
    assert_eq!(serde_json::from_str::<Value>(&run(here).out).unwrap()["totals"], report["totals"]);
    let none = json(&home, &["project", "app", "--until", "2025-09-30"]);
    assert_eq!((&none["totals"]["messages"], &none["days"]), (&json!(0), &json!([])));
    assert!(text(&home, &["project", "elsewhere"]).starts_with("Nothing is known to be used in"));
}

#[test]
fn a_cost_is_explained() {
    let home = TestHome::new();
    let (voice, fork) = (Voice::new(SESSION, &home.project()), Voice::new(OTHER, &home.project()));
    let when = at("2025-10-01T10:00:00Z");
    let usage = Usage { input: 7, output: 3, write_1h: 11, read: 5, ..Usage::default() };
    let original = home.append("-project", SESSION, &voice.response("a", when, usage));
    home.append("-project", OTHER, &fork.response("a", when, usage));
    home.append("-project", OTHER, &fork.model("mystery-9").response("b", when, Usage::of(9, 0)));
    let key = "msg_a";
    let report = json(&home, &["explain", key]);
    // 7 × $3 + 3 × $15 + 5 × $0.30 + 11 × $6, a million.
    assert_eq!((&report["totals"]["costUsd"], &report["agrees"]), (&json!(0.000_133_5), &json!(true)));
    let price = &report["prices"][0];
    let parts: Vec<_> =
        price["parts"].as_array().unwrap().iter().map(|part| part["exact"].as_str().unwrap()).collect();
    assert_eq!(parts, ["0.000021", "0.000045", "0.0000015", "0", "0.000066"]);
    assert_eq!((&price["exact"], &price["rounding"]), (&json!("0.0001335"), &json!("0")));
    // The copy counts for nothing, and is told.
    let lines = report["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!((&lines[0]["owns"], &lines[0]["file"]), (&json!(true), &report["records"][0]["file"]));
    assert!([original.to_str(), lines[1]["file"].as_str()].contains(&lines[0]["file"].as_str()));
    assert_eq!(lines[1]["owns"], false);
    let said = text(&home, &["explain", key]);
    assert!(said.contains("Its id is in 2 lines") && said.contains("(owns it)"), "{said}");
    let day = json(&home, &["explain", "2025-10-01"]);
    assert_eq!((&day["kind"], &day["totals"]["unpricedMessages"]), (&json!("day"), &json!(1)));
    let priced: Vec<_> = day["prices"].as_array().unwrap().iter().map(|price| &price["pricedAs"]).collect();
    assert_eq!(priced, [&json!(SONNET), &Value::Null]);
    assert!(text(&home, &["explain", "2025-10-01"]).contains("has no price on that day"));
    // Other prices than those in the database are told.
    home.configure("[[prices.override]]\nmodel = \"claude-sonnet-4-5\"\ninput = 30\n");
    let stale = json(&home, &["explain", key, "--no-ingest"]);
    assert_eq!((&stale["agrees"], &stale["prices"][0]["source"]), (&json!(false), &json!("override")));
    assert_eq!(json(&home, &["explain", key])["agrees"], true);
}

#[test]
fn a_change_is_against_the_range_before() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let used = |id: &str, day: &str, tool: &str, output: i64| {
        voice.tools(id, at(&format!("{day}T10:00:00Z")), Usage::of(0, output), &[tool])
    };
    let lines = [
        used("a", "2025-10-01", "Read", 9_000),
        used("b", "2025-10-02", "Read", 1_000),
        used("c", "2025-10-04", "Read", 1_500),
        used("d", "2025-10-05", "Grep", 1_000),
    ];
    home.append("-project", SESSION, &lines.concat());
    let range = ["--since", "2025-10-04", "--until", "2025-10-05"];
    let report = json(&home, &[&["breakdown", "--by", "tool"], &range[..]].concat());
    // The two days before are the second and the third.
    assert_eq!(rows(&report, "rows", "changePercent"), [("Read", &json!(50.0)), ("Grep", &Value::Null)]);
    for args in [&["breakdown", "--by", "tool"][..], &["breakdown", "--by", "tool", "--since", "2025-10-04"]]
    {
        assert_eq!(json(&home, args)["rows"][0]["changePercent"], Value::Null);
    }
}

/// Every session's turns, every response and every day of real transcripts.
#[test]
fn real_sessions_and_days_are_explained() {
    let Some(folder) = shared("corpus/real") else { return };
    let mut rig = Rig::new(&[folder]);
    rig.read();
    let (reading, zone, prices) = (rig.reading(), Zone::named("UTC").unwrap(), PriceTable::builtin());
    let mut turns = 0;
    for row in rig.report(By::Session).rows {
        let Matched::One(facts) = reading.session(&row.key, &zone, ALL_ROOTS).unwrap() else { panic!() };
        let report = session(facts, 0, &zone, prices);
        assert_eq!(report.totals, row.totals, "{}", row.key);
        let sum: NanoUsd = report.turns.iter().map(|turn| turn.totals.cost_usd).sum();
        let messages: i64 = report.turns.iter().map(|turn| turn.totals.messages).sum();
        assert_eq!((sum, messages), (row.totals.cost_usd, row.totals.messages), "turns of {}", row.key);
        assert_eq!(report.turns.last().map(|turn| turn.running_usd), Some(sum));
        for part in [
            &report.models,
            &report.branches,
            &report.agents,
            &report.skills,
            &report.tools,
            &report.mcp,
            &report.files,
        ] {
            let sum: NanoUsd = part.iter().map(|row| row.totals.cost_usd).sum();
            assert_eq!(sum, row.totals.cost_usd, "parts of {}", row.key);
        }
        turns += report.turns.len();
    }
    assert!(turns > 50, "{turns} turns");
    let keys = rig.query("SELECT key FROM response WHERE part = 0").into_iter().flatten();
    let days = rig.report(By::Day).rows.into_iter().map(|row| Cell::Text(row.key));
    let sessions = rig.report(By::Session).rows.into_iter().map(|row| Cell::Text(row.key));
    for subject in keys.chain(days).chain(sessions) {
        let Cell::Text(id) = subject else { panic!() };
        let Matched::One(subject) = reading.subject(&id, &zone, ALL_ROOTS).unwrap() else { panic!("{id}") };
        let explanation = explain(subject, &zone, prices);
        assert!(explanation.agrees && !explanation.prices.is_empty(), "{id}");
        let sum: NanoUsd = explanation.prices.iter().map(|price| price.totals.cost_usd).sum();
        assert_eq!(sum, explanation.totals.cost_usd, "{id}");
    }
}
