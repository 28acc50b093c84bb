//! The HTTP side: what it says, to whom, and what becomes of it when a process ends.

use crate::home::TestHome;
use crate::http_client::{Answer, Events, Served, address, bearer, state};
use crate::process::{Process, json, run, text};
use crate::transcript::{HAIKU, Usage, Voice, noon_zone, now};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::{Duration, Instant};

pub const SESSION: &str = "11111111-1111-4111-8111-111111111111";
pub const OTHER: &str = "22222222-2222-4222-8222-222222222222";
/// $1.50: 100,000 tokens of output at $15 a million.
const USAGE: Usage = Usage { input: 0, output: 100_000, write_5m: 0, write_1h: 0, read: 0 };

/// A home with two sessions, of $1.50 and $0.50, in a zone in which it is noon.
pub fn home() -> TestHome {
    let home = TestHome::new();
    home.configure(&format!("timezone = \"{}\"\n", noon_zone()));
    let voice = Voice::new(SESSION, &home.project());
    let lines = [
        voice.prompt("p", now() - 3_000),
        voice.response("a", now() - 2_000, USAGE),
        voice.titled("Mend the roof"),
    ];
    home.append("-project", SESSION, &lines.concat());
    let voice = Voice::new(OTHER, &home.path().join("secret-place")).model(HAIKU);
    let lines = [voice.prompt("q", now() - 1_000), voice.response("b", now() - 1_000, USAGE)];
    home.append("-other", OTHER, &lines.concat());
    home
}

/// What a command prints, but for whether all was read: this side shows what is.
fn printed(home: &TestHome, arguments: &[&str]) -> Value {
    let mut printed = json(home, arguments);
    printed.as_object_mut().unwrap().remove("partial");
    printed
}

pub fn status_of(events: &mut Events, cost: f64) -> Value {
    events.until("status", |status| status["today"]["costUsd"] == cost)
}

#[test]
fn reports_are_those_of_the_command_line() {
    let home = home();
    let served = Served::start(&home);
    status_of(&mut served.listen(&[]), 2.0);
    let project = home.project().to_string_lossy().into_owned();
    for (path, arguments) in [
        ("daily", vec!["daily"]),
        ("weekly?limit=1", vec!["weekly", "--limit", "1"]),
        ("monthly", vec!["monthly"]),
        ("summary", vec!["summary"]),
        ("projects?days=1", vec!["projects", "--days", "1"]),
        ("sessions", vec!["sessions"]),
        ("blocks", vec!["blocks"]),
        ("breakdown?by=tool", vec!["breakdown", "--by", "tool"]),
        (
            "breakdown?timezone=Asia%2FTokyo&by=hour",
            vec!["breakdown", "--by", "hour", "--timezone", "Asia/Tokyo"],
        ),
        ("limits", vec!["limits"]),
    ] {
        let answer = served.get(&format!("/v1/reports/{path}"));
        assert_eq!((answer.status, answer.json()), (200, printed(&home, &arguments)), "{path}");
    }
    let narrowed =
        served.get(&format!("/v1/reports/breakdown?by=model&project={}", project.replace('/', "%2F")));
    assert_eq!(narrowed.json(), json(&home, &["breakdown", "--by", "model", "--project", &project]));
    let answer = served.get(&format!("/v1/sessions/{}", &SESSION[..8]));
    assert_eq!(answer.json(), json(&home, &["session", SESSION]));

    for (path, status, word) in [
        ("/v1/reports/yearly", 404, "yearly"),
        ("/v1/reports/breakdown?by=shoe", 400, "shoe"),
        ("/v1/reports/daily?by=model", 400, "breakdown"),
        ("/v1/reports/daily?since=tomorrow", 400, "YYYY-MM-DD"),
        ("/v1/reports/daily?since=2026-02-02&until=2026-02-01", 400, "empty"),
        ("/v1/reports/daily?days=0", 400, "days"),
        ("/v1/reports/daily?limit=-1", 400, "limit"),
        ("/v1/reports/daily?timezone=Mars", 400, "Mars"),
        ("/v1/reports/daily?colour=red", 400, "colour"),
        ("/v1/sessions/ffff", 404, "ffff"),
        ("/v1/nothing", 404, "nothing here"),
    ] {
        let answer = served.get(path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.error().contains(word), "{path}: {}", answer.error());
    }
}

#[test]
fn an_appended_response_is_told_to_whoever_listens() {
    let home = home();
    let served = Served::start(&home);
    let mut events = served.listen(&[&bearer(&served.read)]);
    let first = status_of(&mut events, 2.0);
    assert_eq!(first["sessions"].as_array().unwrap().len(), 2);

    let before = served.get("/v1/status");
    let tag = before.field("etag").unwrap().to_owned();
    let again =
        served.ask("GET", "/v1/status", &[&bearer(&served.write), &format!("If-None-Match: {tag}")], "");
    assert_eq!((again.status, again.body.len(), again.field("etag")), (304, 0, Some(tag.as_str())));

    // A display waits for what changes.
    let mirror = served.get("/v1/mirror");
    assert_eq!(mirror.json()["today"], 200);
    let length: usize = mirror.field("content-length").unwrap().parse().unwrap();
    assert!(length == mirror.body.len() && mirror.field("date").is_some());
    let same = format!("If-None-Match: {}", mirror.field("etag").unwrap());
    assert_eq!(served.ask("GET", "/v1/mirror", &[&bearer(&served.write), &same], "").status, 304);
    let held = served.begin("GET", "/v1/mirror?wait=25", &[&bearer(&served.write), &same]);
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("c", now(), USAGE));
    let waiting = Answer::read(held);
    assert_eq!((waiting.status, waiting.json()["today"].clone()), (200, json!(350)));
    status_of(&mut events, 3.5);
    let after =
        served.ask("GET", "/v1/status", &[&bearer(&served.write), &format!("If-None-Match: {tag}")], "");
    assert_eq!((after.status, after.json()["today"]["costUsd"].clone()), (200, json!(3.5)));

    // A session begins.
    let third = "33333333-3333-4333-8333-333333333333";
    let voice = Voice::new(third, &home.project());
    home.append("-project", third, &[voice.prompt("r", now()), voice.response("d", now(), USAGE)].concat());
    let began = events.until("sessionStarted", |_| true);
    assert_eq!(began, json!({"id": third, "project": home.project()}));
}

#[test]
fn warnings_are_told_and_answered() {
    let home = home();
    let served = Served::start(&home);
    let mut events = served.listen(&[&bearer(&served.write)]);
    status_of(&mut events, 2.0);
    let set = served.post("/v1/budgets", &json!({"period": "day", "limitUsd": 2.5, "hard": false}));
    assert_eq!((set.status, set.json()["limitUsd"].clone()), (201, json!(2.5)));
    // $2.00 of $2.50.
    let warning = events.until("budgetWarning", |_| true);
    assert_eq!((&warning["thresholdPercent"], &warning["usedPercent"]), (&json!(80), &json!(80.0)));
    // Each look works out anew when they will be used up: compare where there was none in between.
    let start = Instant::now();
    loop {
        let (before, printed) = (served.get("/v1/budgets").json(), printed(&home, &["budget", "status"]));
        if served.get("/v1/budgets").json() == before {
            assert_eq!(before, printed);
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the budgets never rest");
    }

    let alerts = served.get("/v1/alerts").json();
    assert_eq!(alerts, json(&home, &["alerts"]));
    let id = warning["id"].as_i64().unwrap();
    let answer = served.post(&format!("/v1/alerts/{id}"), &json!({"action": "acknowledge"}));
    assert_eq!(answer.status, 204);
    let seen = served.get("/v1/alerts").json()["alerts"].as_array().unwrap().clone();
    let seen = seen.iter().find(|alert| alert["id"] == id).unwrap().clone();
    assert!(seen["acknowledgedAt"].is_string(), "{seen}");

    let number = set.json()["id"].as_i64().unwrap();
    let remove = |number: i64| {
        served.ask("DELETE", &format!("/v1/budgets?id={number}"), &[&bearer(&served.write)], "")
    };
    assert_eq!(remove(number).status, 204);
    assert_eq!(served.get("/v1/budgets").json()["budgets"], json!([]));
    assert!(remove(number).error().contains("there is no budget"));
    for (body, word) in [
        (json!({"period": "day"}), "limitUsd"),
        (json!({"period": "year", "limitUsd": 1}), "period"),
        (json!([1]), "object"),
    ] {
        let answer = served.post("/v1/budgets", &body);
        assert!(answer.status == 400 && answer.error().contains(word), "{body}: {answer:?}");
    }
    assert_eq!(served.post(&format!("/v1/alerts/{id}"), &json!({"action": "forget"})).status, 400);
}

#[test]
fn a_link_opens_the_page_once() {
    let home = home();
    let served = Served::start(&home);
    let link = text(&home, &["dashboard", "--print"]);
    let (url, code) = link.trim().split_once("/#code=").unwrap();
    assert_eq!(url, format!("http://{}", served.address));
    let open = |code: &str| {
        served.ask(
            "POST",
            "/v1/link",
            &["Content-Type: application/json"],
            &json!({ "code": code }).to_string(),
        )
    };
    assert_eq!(open("wrong").status, 401);
    let opened = open(code);
    assert_eq!(opened.status, 200, "{opened:?}");
    let token = opened.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(open(code).status, 401, "a link works once");
    assert_eq!(served.ask("GET", "/v1/budgets", &[&bearer(&token)], "").status, 200);
    let page = served.ask("GET", "/", &[], "");
    let policy = page.field("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(page.field("content-type").unwrap().starts_with("text/html"));

    // Where nobody serves, the command does until it is told to end.
    let alone = TestHome::new();
    let mut process = Process::start(alone.command(["dashboard", "--print"]));
    let link = process.line();
    let (url, _) = link.split_once("/#code=").unwrap();
    assert_eq!(url, format!("http://{}", address(&alone)));
    process.signal(Signal::TERM);
    assert_eq!(process.end(), Some(0));
    assert!(!state(&alone).join("http").exists(), "it says no more where it is served");
}

/// A port that nobody has now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn another_process_takes_over() {
    let home = home();
    let port = free_port();
    let serve = || {
        let mut command = home.command(["serve"]);
        command.env("COSTLINE_HTTP_BIND", format!("127.0.0.1:{port}"));
        Process::start(command)
    };
    let mut first = Served::of(&home, serve());
    status_of(&mut first.listen(&[]), 2.0);
    let (_, code) = {
        let link = text(&home, &["dashboard", "--print"]);
        let (url, code) = link.trim().split_once("/#code=").unwrap();
        (url.to_owned(), code.to_owned())
    };
    let opened = first.ask(
        "POST",
        "/v1/link",
        &["Content-Type: application/json"],
        &json!({ "code": code }).to_string(),
    );
    let page = bearer(opened.json()["token"].as_str().unwrap());
    let mirror = first.get("/v1/mirror");
    let held = first.listen(&[]);
    let second = serve();
    // The first one goes without a word.
    first.process.signal(Signal::KILL);
    first.process.end();
    drop(held);
    let second = Served::of(&home, second);
    assert_eq!(second.address, first.address);
    assert_eq!(second.ask("GET", "/v1/budgets", &[&page], "").status, 200, "an open page goes on");
    status_of(&mut second.listen(&[]), 2.0);
    let same = format!("If-None-Match: {}", mirror.field("etag").unwrap());
    let again = second.ask("GET", "/v1/mirror", &[&bearer(&second.write), &same], "");
    assert_eq!(again.status, 304, "a display sees no change where there is none: {again:?}");
}

/// Waits until the status names a problem with this word.
fn until_told(home: &TestHome, word: &str) {
    let start = Instant::now();
    loop {
        // There may be no database yet.
        let ran = run(home.command(["status", "--no-ingest", "--json"]));
        if ran.code == Some(0) {
            let status: Value = serde_json::from_str(&ran.out).unwrap();
            if status["health"]["problems"].to_string().contains(word) {
                return;
            }
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{word:?} is not told: {ran:?}");
    }
}

#[test]
fn an_address_that_cannot_be_had_is_told() {
    let home = home();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = listener.local_addr().unwrap().to_string();
    let serve = |bind: &str| {
        let mut command = home.command(["serve"]);
        command.env("COSTLINE_HTTP_BIND", bind);
        Process::start(command)
    };
    let process = serve(&bind);
    until_told(&home, "http.bind");
    // As soon as it is free it is taken.
    drop(listener);
    assert_eq!(address(&home), bind);
    drop(process);

    // Other machines are let in only with a token.
    let other = TestHome::new();
    let mut command = other.command(["serve"]);
    command.env("COSTLINE_HTTP_BIND", "0.0.0.0:0");
    let process = Process::start(command);
    until_told(&other, "costline token show");
    assert!(!state(&other).join("http").exists());
    let token = text(&other, &["token", "show"]).trim().to_owned();
    let port = address(&other);
    let served = Served { process, address: port, write: token.clone(), read: token };
    assert_eq!(served.ask("GET", "/v1/status", &[], "").status, 401);
    assert_eq!(served.ask("GET", "/healthz", &[], "").status, 200);
    assert_eq!(served.get("/v1/status").status, 200);
}

#[test]
fn an_editor_serves_where_it_is_told_to() {
    let home = TestHome::new();
    let mut editor = crate::editor::Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    assert!(!state(&home).join("http").exists(), "nobody asked for it");
    home.configure("[http]\nenabled = true\n");
    let url = address(&home);
    home.configure("[http]\nenabled = false\n");
    let start = Instant::now();
    while std::net::TcpStream::connect(&url).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(20), "it is still served");
    }
    let ran = run(home.command(["config", "check"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn what_other_programs_post_counts_once() {
    let home = home();
    let served = Served::start(&home);
    let mut events = served.listen(&[]);
    status_of(&mut events, 2.0);
    // $0.75: 50,000 tokens of output at $15 a million, twice.
    let record = |id: &str| {
        json!({"id": id, "source": "voice", "session": "call-1", "project": "/calls", "model": "claude-sonnet-4-5",
               "outputTokens": 50_000})
    };
    let posted = served.post("/v1/usage", &json!([record("1"), record("2")]));
    assert_eq!((posted.status, posted.json()), (202, json!({"accepted": 2})));
    status_of(&mut events, 3.5);
    assert_eq!(served.post("/v1/usage", &json!({"records": [record("2"), record("1")]})).status, 202);
    assert_eq!(served.post("/v1/usage", &record("3")).status, 202);
    status_of(&mut events, 4.25);
    let sources = json(&home, &["breakdown", "--by", "source"]);
    let voice = sources["rows"].as_array().unwrap().iter().find(|row| row["key"] == "voice").unwrap();
    assert_eq!((&voice["messages"], &voice["costUsd"]), (&json!(3), &json!(2.25)));
    let refused = served.post("/v1/usage", &json!([record("4"), {"id": "5"}]));
    assert!(refused.status == 400 && refused.error().contains("record 1: `model`"), "{refused:?}");

    // Claude Code's events: answered as the command does.
    let prompt = json!({"hook_event_name": "UserPromptSubmit", "session_id": SESSION, "cwd": home.project(), "prompt": "hello"});
    assert_eq!(served.post("/v1/hook", &prompt).json(), json!({}));
    assert_eq!(
        served.post("/v1/budgets", &json!({"period": "day", "limitUsd": 4, "hard": true})).status,
        201
    );
    events.until("status", |status| status["budgets"][0]["usedPercent"].as_f64() >= Some(100.0));
    let answer = served.post("/v1/hook", &prompt).json();
    assert_eq!(answer["decision"], "block");
    assert!(answer["reason"].as_str().unwrap().contains("costline budget override"), "{answer}");
}
