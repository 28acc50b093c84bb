//! The older collector's JSON, and posting it elsewhere.

use crate::home::TestHome;
use crate::http_client::{Served, state};
use crate::process::{Process, run, text};
use crate::transcript::{Usage, Voice, now};
use rustix::process::Signal;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
/// $1.50: 100,000 tokens of output at $15 a million.
const USAGE: Usage = Usage { input: 0, output: 100_000, write_5m: 0, write_1h: 0, read: 0 };

fn home() -> TestHome {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("a", now() - 2_000, USAGE));
    home
}

fn collected(home: &TestHome, arguments: &[&str]) -> Value {
    serde_json::from_str(&text(home, &[&["collect"], arguments].concat())).unwrap()
}

/// Asks until this holds.
fn until<T>(what: &str, mut ask: impl FnMut() -> T, holds: impl Fn(&T) -> bool) -> T {
    let start = Instant::now();
    loop {
        let answer = ask();
        if holds(&answer) {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn collecting_prints_what_a_display_is_shown() {
    let home = home();
    let printed = collected(&home, &[]);
    let expected = json!({
        "window_hours": 24, "total_cost_usd": 1.5, "burn_rate_per_hour": 0.0625, "output_tokens": 100_000,
        "session_count": 1, "active_session_id": SESSION,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&printed[name], value, "{name}");
    }
    let served = Served::start(&home);
    served.listen(&[]).until("status", |status| status["allTime"]["messages"] == 1);
    let mut shown = served.get("/metrics/claude").json();
    shown["timestamp"] = printed["timestamp"].clone();
    assert_eq!(shown, printed);

    // By flag, and by the file of the older collector, below flags.
    let other = TestHome::new();
    let folder = home.claude_dir().to_string_lossy().into_owned();
    assert_eq!(collected(&other, &[])["total_cost_usd"], 0);
    assert_eq!(collected(&other, &["--data-dir", &folder, "--source", "old"])["total_cost_usd"], 1.5);
    let file = other.path().join("metrics.json");
    std::fs::write(&file, json!({"data_dir": folder, "hours_back": 12}).to_string()).unwrap();
    let by_file = |arguments: &[&str]| {
        let mut command = other.command([&["collect"], arguments].concat());
        command.env("CLAUDE_METRICS_CONFIG", &file);
        run(command)
    };
    let printed: Value = serde_json::from_str(&by_file(&[]).out).unwrap();
    assert_eq!((&printed["window_hours"], &printed["total_cost_usd"]), (&json!(12), &json!(1.5)));
    let printed: Value = serde_json::from_str(&by_file(&["--hours-back", "3"]).out).unwrap();
    assert_eq!(printed["window_hours"], 3);
    std::fs::write(&file, "{\"hours_back\": \"a day\"}").unwrap();
    let refused = by_file(&[]);
    assert!(refused.code == Some(2) && refused.err.contains("hours_back"), "{refused:?}");
}

#[test]
fn what_is_posted_arrives_however_the_other_end_comes_and_goes() {
    let desk = TestHome::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let bind = format!("127.0.0.1:{port}");
    let serve = || {
        let mut command = desk.command(["serve"]);
        command.env("COSTLINE_HTTP_BIND", &bind);
        Served::of(&desk, Process::start(command))
    };
    let mut served = serve();
    let token = state(&desk).join("token");

    let laptop = home();
    laptop.configure(&format!(
        "[[push]]\nurl = \"http://{bind}\"\ntoken_file = \"{}\"\nevery = \"1s\"\nsource = \"laptop\"\n",
        token.display()
    ));
    let posting = Served::start(&laptop);
    let arrived = |served: &Served, cost: f64| {
        let ask = || served.get("/metrics/claude?source=laptop").json();
        until("it does not arrive", ask, |shown| shown["total_cost_usd"] == cost)
    };
    let shown = arrived(&served, 1.5);
    assert_eq!((&shown["source"], &shown["active_session_id"]), (&json!("laptop"), &json!(SESSION)));
    assert_eq!(served.get("/metrics/claude").json()["total_cost_usd"], 0);
    let posted = format!("posted to http://{bind}/metrics/claude");
    until("the doctor does not tell", || run(laptop.command(["doctor"])).out, |said| said.contains(&posted));

    // Nobody is there for a while: that is told once it has failed for the third time, and what comes later is the newest.
    served.process.signal(Signal::KILL);
    served.process.end();
    let voice = Voice::new(SESSION, &laptop.project());
    laptop.append("-project", SESSION, &voice.response("b", now(), USAGE));
    let problems = |posting: &Served| posting.get("/v1/status").json()["health"]["problems"].to_string();
    until("no problem is told", || problems(&posting), |told| told.contains("cannot post"));
    until(
        "the doctor does not tell",
        || run(laptop.command(["doctor"])).out,
        |said| said.contains("in a row"),
    );
    let served = serve();
    arrived(&served, 3.0);
    until("the problem stays", || problems(&posting), |told| told == "[]");

    // By hand.
    let url = format!("http://{bind}");
    let said =
        text(&laptop, &["push", "--url", &url, "--token-file", &token.to_string_lossy(), "--source", "hand"]);
    assert_eq!(said, format!("Posted $3.00 of the last 24 hours to {url}/metrics/claude as hand.\n"));
    assert_eq!(served.get("/metrics/claude?source=hand").json()["total_cost_usd"], 3);
    for (arguments, code, word) in [
        (vec!["push", "--url", &url], 1, "401"),
        (vec!["push", "--url", &url, "--token-file", "/no/such/file"], 1, "/no/such/file"),
        (vec!["push", "--url", "desk:1"], 2, "http://"),
        (vec!["push", "--url", "http://127.0.0.1:1"], 1, "cannot post"),
    ] {
        let ran = run(laptop.command(&arguments));
        assert!(ran.code == Some(code) && ran.err.contains(word), "{arguments:?}: {ran:?}");
    }
    // Settings that are not right are told, and the others count.
    laptop.configure("[[push]]\nurl = \"desk\"\n");
    until("no problem is told", || problems(&posting), |told| told.contains("push, entry 1"));
}

/// An address that was away for two hours, while no process of the laptop ran either, gets the course of these two hours.
#[test]
fn what_an_address_missed_takes_its_place_there() {
    let (desk, laptop) = (TestHome::new(), TestHome::new());
    let served = Served::start(&desk);
    let voice = Voice::new(SESSION, &laptop.project());
    let minutes = |ago: i64| now() - ago * 60_000;
    laptop.append("-project", SESSION, &voice.response("a", minutes(150), USAGE));
    laptop.configure(&format!(
        "[[push]]\nurl = \"http://{}\"\ntoken_file = \"{}\"\nevery = \"1s\"\nsource = \"laptop\"\n",
        served.address,
        state(&desk).join("token").display()
    ));
    let mut posting = Served::start(&laptop);
    let latest = || served.get("/metrics/claude?source=laptop").json();
    let arrived = |cost: f64| until("it does not arrive", latest, |shown| shown["total_cost_usd"] == cost);
    arrived(1.5);
    let course = |served: &Served, source: &str| -> Vec<(i64, Value, Value)> {
        let points = served.get(&format!("/metrics/claude/history{source}")).json();
        let told =
            |point: &Value| (at(point), point["total_cost_usd"].clone(), point["session_count"].clone());
        points.as_array().unwrap().iter().map(told).collect()
    };
    posting.process.signal(Signal::TERM);
    posting.process.end();

    // Two hours later.
    let database = rusqlite::Connection::open(state(&laptop).join("usage.db")).unwrap();
    assert_eq!(database.execute("UPDATE push_state SET done_at = done_at - 7200000", []).unwrap(), 1);
    drop(database);
    laptop.append("-project", SESSION, &voice.response("b", minutes(60), USAGE));
    let posting = Served::start(&laptop);
    arrived(3.0);
    let missed = |point: &(i64, Value, Value)| point.0 > minutes(119);
    let own: Vec<_> = course(&posting, "").into_iter().filter(missed).collect();
    let there = course(&served, "?source=laptop");
    assert!(own.len() >= 23, "{own:?}");
    for point in &own {
        assert!(there.contains(point), "{point:?} is not in {there:?}");
    }
    assert!(own.iter().any(|point| point.1 == 1.5) && own.iter().any(|point| point.1 == 3.0), "{own:?}");
    assert!(there.iter().map(|point| point.0).is_sorted(), "{there:?}");

    // What is late is not how things are; and it has to say when it was.
    let late = at_text(minutes(30));
    let body = json!({"source": "laptop", "total_cost_usd": 9, "timestamp": late, "backfill": true});
    assert_eq!(served.post("/metrics/claude", &body).status, 200);
    assert_eq!(latest()["total_cost_usd"], 3.0);
    assert!(course(&served, "?source=laptop").iter().any(|point| point.1 == 9));
    let refused = served.post("/metrics/claude", &json!({"source": "laptop", "backfill": true}));
    assert!(
        refused.status == 400 && refused.json()["error"].as_str().unwrap().contains("timestamp"),
        "{refused:?}"
    );
}

/// Posts go over TLS to whom the system trusts, and to nobody else.
#[test]
fn posts_are_encrypted_to_whom_the_system_trusts() {
    let home = home();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusted = home.path().join("trusted.pem");
    std::fs::write(&trusted, cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("localhost:0").unwrap();
    let url = format!("https://localhost:{}/desk", listener.local_addr().unwrap().port());
    let token = home.path().join("desk-token");
    std::fs::write(&token, "a-token\n").unwrap();
    let push = |bundle: &Path| {
        let mut command = home.command([
            "push",
            "--url",
            &url,
            "--token-file",
            &token.to_string_lossy(),
            "--source",
            "laptop",
        ]);
        command.env("SSL_CERT_FILE", bundle);
        run(command)
    };
    // One connection each: what was asked there, as far as it was heard.
    let (tell, told) = std::sync::mpsc::channel();
    #[allow(clippy::disallowed_methods, reason = "the other end of the line is here")]
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream =
                StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            let mut text = String::new();
            let whole = |text: &str| text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.ends_with('}'));
            let mut bytes = [0; 4096];
            while !whole(&text) {
                let Ok(read @ 1..) = stream.read(&mut bytes) else { break };
                text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            stream.conn.send_close_notify();
            let _ = stream.flush();
            if tell.send(text).is_err() {
                return;
            }
        }
    });
    let posted = push(&trusted);
    assert_eq!((posted.code, posted.err.as_str()), (Some(0), ""));
    assert_eq!(posted.out, format!("Posted $1.50 of the last 24 hours to {url} as laptop.\n"));
    let text = told.recv_timeout(Duration::from_secs(30)).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /desk HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("\r\nauthorization: bearer a-token"), "{head}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap()["total_cost_usd"], 1.5);

    // Someone else's name on the way, or someone whom nobody knows.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let unknown = home.path().join("other.pem");
    std::fs::write(&unknown, other.cert.pem()).unwrap();
    let refused = push(&unknown);
    assert!(refused.code == Some(1) && refused.err.contains("certificate"), "{refused:?}");
    assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap(), "");
}

/// When a point was.
fn at(point: &Value) -> i64 {
    let text = point["timestamp"].as_str().unwrap();
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

fn at_text(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339()
}
