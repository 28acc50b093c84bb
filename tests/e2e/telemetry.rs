//! Telemetry of Claude Code: what comes in over HTTP, what becomes of it, and that each request counts once.

use crate::home::TestHome;
use crate::http::{OTHER, SESSION, home, status_of};
use crate::http_client::{Answer, Served, bearer};
use crate::process::{json, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpListener;

/// An export of one request; helpers use a thousand tokens of output at $5 a million (Haiku 4.5).
fn logs(session: &str, request: &str, source: &str, took: i64) -> Value {
    let text = |name: &str, value: &str| json!({"key": name, "value": {"stringValue": value}});
    let number = |name: &str, value: i64| json!({"key": name, "value": {"intValue": value.to_string()}});
    let at = (crate::transcript::now() * 1_000_000).to_string();
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "timeUnixNano": at,
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": [
            text("event.name", "api_request"), text("session.id", session), text("request_id", request),
            text("model", "claude-haiku-4-5"), text("query_source", source), text("user.email", "someone@example.org"),
            number("output_tokens", 1_000), number("duration_ms", took),
            {"key": "cost_usd", "value": {"doubleValue": 0.005}},
        ],
    }]}]}]})
}

fn export(served: &Served, body: &Value) -> Answer {
    let answer = served.post("/v1/logs", body);
    assert_eq!((answer.status, answer.json()), (200, json!({"partialSuccess": null})), "{answer:?}");
    answer
}

fn kinds(home: &TestHome) -> Vec<(String, f64)> {
    let report = json(home, &["breakdown", "--by", "kind"]);
    let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["costUsd"].as_f64().unwrap());
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_request_counts_once_and_helpers_count() {
    let home = home();
    let mut served = Served::start(&home);
    let mut events = served.listen(&[]);
    status_of(&mut events, 2.0);
    // Of the transcript's response `a` (see `home`), twice, and of a helper, twice.
    for _ in 0..2 {
        export(&served, &logs(SESSION, "req_a", "repl_main_thread", 2_500));
        export(&served, &logs(SESSION, "req_title", "generate_session_title", 400));
    }
    status_of(&mut events, 2.005);
    assert_eq!(kinds(&home), [("main".to_owned(), 2.0), ("helper".to_owned(), 0.005)]);
    let session = json(&home, &["session", SESSION]);
    assert_eq!((&session["responseMsP50"], &session["responseMsP95"]), (&json!(400), &json!(2_500)));
    assert_eq!(session["totals"]["messages"], 1);
    let explained = json(&home, &["explain", "msg_a"]);
    assert_eq!(
        (&explained["records"][0]["source"], &explained["records"][0]["durationMs"]),
        (&json!("transcript"), &json!(2_500))
    );
    let explained = json(&home, &["explain", "req_titl"]);
    assert_eq!(
        (&explained["records"][0]["source"], &explained["records"][0]["part"]),
        (&json!("otel"), &json!("helper"))
    );
    let shown = run(home.command(["session", SESSION]));
    assert!(shown.out.contains("half of the responses within 0.4s, 95% within 2.5s"), "{}", shown.out);
    let rows = json(&home, &["breakdown", "--by", "source"]);
    let sources: Vec<&Value> = rows["rows"].as_array().unwrap().iter().map(|row| &row["key"]).collect();
    assert_eq!(sources, ["transcript", "otel"]);
    let calls = served.get("/api/usage/events?limit=50").json();
    let took = calls["events"].as_array().unwrap().iter().filter_map(|event| event["duration_ms"].as_i64());
    assert!(took.eq([400, 2_500]), "{calls}");

    // One that a transcript tells of only later.
    export(&served, &logs(OTHER, "req_late", "sdk", 900));
    status_of(&mut events, 2.01);
    let voice = crate::transcript::Voice::new(OTHER, &home.path().join("secret-place"))
        .model(crate::transcript::HAIKU);
    let usage = crate::transcript::Usage { input: 0, output: 2_000, write_5m: 0, write_1h: 0, read: 0 };
    home.append("-other", OTHER, &voice.response("late", crate::transcript::now(), usage));
    status_of(&mut events, 2.015);
    drop(events);
    served.process.signal(Signal::TERM);
    assert_eq!(served.process.end(), Some(0));

    // None of it is in a transcript, and yet it is there after all is read anew.
    let rebuilt = run(home.command(["db", "rebuild"]));
    assert_eq!(rebuilt.code, Some(0), "{}", rebuilt.err);
    assert_eq!(kinds(&home), [("main".to_owned(), 2.01), ("helper".to_owned(), 0.005)]);
    let session = json(&home, &["session", SESSION]);
    assert_eq!((&session["responseMsP50"], &session["responseMsP95"]), (&json!(400), &json!(2_500)));
}

#[test]
fn exports_are_let_in_by_token_form_and_size() {
    let home = home();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let occupied = TcpListener::bind(&free).unwrap();
    home.configure(&format!("[otlp]\nbind = \"{free}\"\n"));
    let served = Served::start(&home);
    let mut events = served.listen(&[&bearer(&served.write)]);
    let problem = |status: &Value| {
        let problems = status["health"]["problems"].as_array().unwrap();
        problems.iter().any(|problem| {
            problem.as_str().unwrap().starts_with(&format!("cannot take in telemetry at {free}"))
        })
    };
    events.until("status", problem);
    drop(occupied);
    events.until("status", |status| !problem(status));

    let body = logs(SESSION, "req_title", "generate_session_title", 400).to_string();
    let (json_type, token) = ("Content-Type: application/json", bearer(&served.write));
    let ask = |fields: &[&str], body: &str| served.ask("POST", "/v1/logs", fields, body).status;
    assert_eq!(ask(&[json_type], &body), 401);
    assert_eq!(ask(&[json_type, &bearer(&served.read)], &body), 403);
    assert_eq!(ask(&["Content-Type: text/plain", &token], &body), 415);
    assert_eq!(ask(&["Content-Type: application/grpc", &token], &body), 415);
    assert_eq!(ask(&[json_type, "Content-Encoding: br", &token], &body), 415);
    assert_eq!(ask(&[json_type, "Content-Encoding: gzip", &token], &body), 400);
    assert_eq!(ask(&[json_type, &token], "{"), 400);
    assert_eq!(ask(&["Content-Type: application/x-protobuf", &token], "no such message"), 400);
    assert_eq!(ask(&[json_type, &token], &" ".repeat(5 * 1024 * 1024)), 413);

    let packed = |bytes: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let say = |address: &str, path: &str, body: &[u8]| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{json_type}\r\n{token}\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        Answer::read(stream).status
    };
    // A bomb: a little that would be much.
    assert_eq!(say(&served.address, "/v1/logs", &packed(&vec![b' '; 64 * 1024 * 1024])), 413);
    // At its own address there is this, and nothing else.
    assert_eq!(say(&free, "/v1/logs", &packed(body.as_bytes())), 200);
    assert_eq!(say(&free, "/v1/status", &packed(body.as_bytes())), 404);
    events.until("status", |status| status["today"]["costUsd"] == 2.005);
}
