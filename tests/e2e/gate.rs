//! Who is let in over HTTP, and what becomes of who is not.

use crate::home::TestHome;
use crate::http::{OTHER, SESSION, home, status_of};
use crate::http_client::{Served, bearer};
use crate::process::text;
use crate::transcript::{Usage, Voice, now};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

#[test]
fn without_a_token_there_are_sums_alone() {
    let home = home();
    let served = Served::start(&home);
    let mut events = served.listen(&[]);
    status_of(&mut events, 2.0);
    let secrets = [SESSION, OTHER, "secret-place", "Mend the roof", &home.path().to_string_lossy()];
    let tells = |body: &[u8]| {
        let text = String::from_utf8_lossy(body).into_owned();
        secrets.iter().find(|secret| text.contains(**secret)).map(|secret| (*secret).to_owned())
    };
    for path in
        ["/v1/status", "/v1/mirror", "/v1/reports/daily", "/v1/reports/breakdown?by=model", "/healthz", "/"]
    {
        let answer = served.ask("GET", path, &[], "");
        assert_eq!((answer.status, tells(&answer.body)), (200, None), "{path}");
    }
    assert_eq!(served.ask("GET", "/v1/status", &[], "").json()["today"]["costUsd"], 2.0);
    for path in [
        "/v1/reports/projects",
        "/v1/reports/sessions",
        "/v1/reports/current",
        "/v1/reports/breakdown?by=branch",
        "/v1/reports/daily?project=%2Fp",
        "/v1/status?project=%2Fp",
        "/v1/sessions/1111",
        "/v1/budgets",
        "/v1/alerts",
    ] {
        let answer = served.ask("GET", path, &[], "");
        assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some("Bearer")), "{path}");
        assert!(answer.error().contains("costline token show"), "{path}");
    }
    // Whoever may read may not write, and a token that does not count is refused wherever it is shown.
    let budget = json!({"period": "day", "limitUsd": 1}).to_string();
    let kind = "Content-Type: application/json";
    for (fields, status) in [
        (vec![kind.to_owned()], 401),
        (vec![kind.to_owned(), bearer(&served.read)], 403),
        (vec![kind.to_owned(), bearer("wrong")], 401),
        (vec![kind.to_owned(), bearer(&served.write)], 201),
    ] {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        assert_eq!(served.ask("POST", "/v1/budgets", &fields, &budget).status, status, "{fields:?}");
    }
    assert_eq!(served.ask("GET", "/healthz", &[&bearer("wrong")], "").status, 401);

    // Another token counts at once, and whoever listens by the old one is heard no more.
    let old = served.write.clone();
    let new = text(&home, &["token", "rotate"]).trim().to_owned();
    assert_eq!(served.ask("GET", "/v1/budgets", &[&bearer(&old)], "").status, 401);
    assert_eq!(served.ask("GET", "/v1/budgets", &[&bearer(&new)], "").status, 200);
    assert_eq!(text(&home, &["token", "show"]).trim(), new);
    assert_eq!(text(&home, &["token", "show", "--read"]).trim(), served.read);
}

#[test]
fn who_is_not_meant_is_refused() {
    let home = home();
    let served = Served::start(&home);
    let host = &served.address;
    let port = host.rsplit_once(':').unwrap().1;
    let get = |head: &str| served.say(format!("GET /v1/status HTTP/1.1\r\n{head}\r\n").as_bytes()).status;
    let own = format!("Host: {host}\r\nConnection: close\r\n");
    for (head, status) in [
        (own.clone(), 200),
        (format!("Host: localhost:{port}\r\nConnection: close\r\n"), 200),
        // A name that leads here, as in DNS rebinding.
        (format!("Host: evil.example:{port}\r\nConnection: close\r\n"), 421),
        ("Connection: close\r\n".to_owned(), 421),
        (format!("{own}Host: evil.example\r\n"), 400),
        // A page of another site, or of another port.
        (format!("{own}Origin: http://evil.example\r\n"), 403),
        (format!("{own}Origin: http://localhost:1\r\n"), 403),
        (format!("{own}Origin: null\r\n"), 403),
        (format!("{own}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), 403),
        (format!("{own}Origin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n"), 200),
        (format!("Host: {host}\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n"), 400),
        // What is too much.
        (format!("{own}X: {}\r\n", "x".repeat(20_000)), 431),
        (format!("{own}{}", "X: y\r\n".repeat(100)), 431),
    ] {
        assert_eq!(get(&head), status, "{}", &head[..head.len().min(120)]);
    }
    // A page that opens this one does not get hold of it.
    let opened = |site: &str| {
        let head =
            format!("GET / HTTP/1.1\r\n{own}Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: navigate\r\n\r\n");
        let answer = served.say(head.as_bytes());
        (answer.status, answer.field("cross-origin-opener-policy").map(str::to_owned))
    };
    assert_eq!(opened("none"), (200, None));
    for foreign in ["cross-site", "same-site"] {
        assert_eq!(opened(foreign), (200, Some("same-origin".to_owned())), "{foreign}");
    }
    assert_eq!(
        served.say(format!("GET http://evil.example/v1/status HTTP/1.1\r\n{own}\r\n").as_bytes()).status,
        421
    );
    for path in
        ["/../token", "/%2e%2e/token", "/..%2ftoken", "/app.js/../../token", "//etc/passwd", "/v1/../token"]
    {
        assert_eq!(served.get(path).status, 404, "{path}");
    }
    let long = format!("/{}", "a".repeat(30_000));
    assert!([414, 431].contains(&served.get(&long).status));
    assert_eq!(served.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").status, 400);

    let token = bearer(&served.write);
    let set = |fields: &[&str], body: &str| served.ask("POST", "/v1/budgets", fields, body).status;
    let budget = json!({"period": "day", "limitUsd": 1}).to_string();
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/jsonx",
    ] {
        assert_eq!(set(&[&token, &format!("Content-Type: {kind}")], &budget), 415, "{kind}");
    }
    assert_eq!(set(&[&token], &budget), 415);
    let json_kind = "Content-Type: application/json";
    assert_eq!(set(&[&token, json_kind], "{\"period\""), 400);
    assert_eq!(set(&[&token, json_kind], &format!("{{\"x\": \"{}\"}}", "x".repeat(70_000))), 413);
    // The same without saying how long it will be.
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let head = format!(
        "POST /v1/budgets HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{token}\r\n{json_kind}\r\n"
    );
    let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    assert_eq!(served.say(endless.as_bytes()).status, 413);
    // What a question brings along is not read, and not taken for another request.
    let two = "GET /v1/budgets HTTP/1.1\r\n\r\n";
    assert_eq!(served.ask("GET", "/v1/status", &[], two).status, 200);
    for (method, path) in [("PUT", "/v1/budgets"), ("POST", "/v1/status"), ("DELETE", "/v1/alerts/1")] {
        let answer =
            served.ask(method, path, &[&token, json_kind], if method == "DELETE" { "" } else { "{}" });
        assert!(answer.status == 405 && answer.field("allow").is_some(), "{method} {path}: {answer:?}");
    }
    assert_eq!(served.get("/v1/status").field("access-control-allow-origin"), None);
}

#[test]
fn who_only_costs_is_left() {
    let home = TestHome::new();
    let served = Served::start(&home);
    // A head that never ends, a body that never comes, nothing at all: each is left after its time.
    let began = Instant::now();
    let mut head = served.open();
    write!(head, "GET /v1/status HTTP/1.1\r\nHost: {}\r\nX: ", served.address).unwrap();
    let mut body = served.open();
    write!(
        body,
        "POST /v1/budgets HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        served.address
    )
    .unwrap();
    let mut nothing = served.open();
    // Many of them keep nobody else out.
    let crowd: Vec<_> = (0..500).map(|_| served.open()).collect();
    assert_eq!(served.get("/v1/status").status, 200);
    for stream in [&mut head, &mut body, &mut nothing] {
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    assert!(began.elapsed() >= Duration::from_secs(5), "they were given some time");
    drop(crowd);
}

#[cfg(target_os = "linux")]
#[test]
fn who_does_not_read_is_left() {
    const REPORTS: usize = 20;
    const LISTENERS: usize = 80;
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let lines = (0..300).map(|index| {
        voice.branch(&format!("branch-{index}")).response(&index.to_string(), now(), Usage::of(1_000, 0))
    });
    home.append("-project", SESSION, &lines.collect::<String>());
    for session in 0..20 {
        let id = format!("{session:08}-0000-4000-8000-000000000000");
        let voice = Voice::new(&id, &home.path().join("other"));
        let text = voice.response(&format!("other-{session}"), now(), Usage::of(1, 0))
            + &voice.titled(&"long ".repeat(50));
        home.append("-other", &id, &text);
    }
    let served = Served::start(&home);
    let token = bearer(&served.write);
    let mut attentive = served.listen(&[&token]);
    let mut count = 320;
    attentive.until("status", |status| status["allTime"]["messages"] == count);
    let sockets = served.process.sockets();
    let path = "/v1/reports/breakdown?by=branch";
    assert!(served.get(path).body.len() > 100_000, "more than waits in the system");
    let memory = served.process.memory();

    // They ask for much, and read nothing of it.
    let began = Instant::now();
    let keep = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{token}\r\n\r\n", served.address);
    let crowd = |count: usize, asked: String| -> Vec<_> {
        let open = |_| {
            let mut stream = served.open();
            stream.write_all(asked.as_bytes()).unwrap();
            stream
        };
        (0..count).map(open).collect()
    };
    let reports = crowd(REPORTS, keep(path).repeat(5));
    let listeners = crowd(LISTENERS, keep("/page.js") + &keep("/v1/events"));
    while served.process.sockets() < sockets + REPORTS + LISTENERS {
        assert!(began.elapsed() < Duration::from_secs(20), "they are not let in");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut most = 0;
    loop {
        let left = served.process.sockets() <= sockets;
        most = most.max(served.process.memory());
        if left {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(90),
            "{} are still held",
            served.process.sockets() - sockets
        );
        // Nobody else waits for them.
        home.append("-project", SESSION, &voice.response(&format!("more-{count}"), now(), Usage::of(1, 0)));
        count += 1;
        attentive.until("status", |status| status["allTime"]["messages"] == count);
        assert_eq!(served.get("/v1/mirror").status, 200);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(began.elapsed() >= Duration::from_secs(25), "they were given some time");
    let grown = most.saturating_sub(memory);
    assert!(grown < 32 * 1024, "{grown} KiB for them");
    drop((reports, listeners));
}
