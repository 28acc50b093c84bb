//! The older display protocol, and usage for dashboards that poll.

use crate::home::TestHome;
use crate::http_client::{Served, bearer};
use crate::process::json;
use crate::transcript::{HAIKU, Usage, Voice, noon_zone, now};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const HOUR: i64 = 3_600_000;

/// A home with a session that is at work, and one that ended yesterday.
fn home() -> TestHome {
    let home = TestHome::new();
    home.configure(&format!("timezone = \"{}\"\n", noon_zone()));
    let now = now();
    let voice = Voice::new(SESSION, &home.project());
    // $1.50, and $0.30 and $0.06 for what was written to caches and read from them.
    let usage = Usage { input: 0, output: 100_000, write_5m: 40_000, write_1h: 25_000, read: 200_000 };
    let lines = [
        voice.prompt("p", now - 3_000),
        voice.response("a", now - 2_000, usage),
        voice.tools("t", now - 1_900, Usage::of(0, 0), &["mcp__search__find", "mcp__search__open", "Read"]),
    ];
    home.append("-project", SESSION, &lines.concat());
    let voice = Voice::new(OTHER, &home.path().join("secret-place")).model(HAIKU);
    let lines = [
        voice.prompt("q", now - 30 * HOUR - 60_000),
        // $0.50.
        voice.response("b", now - 30 * HOUR, Usage::of(0, 100_000)),
        // $0.25, within the last day.
        voice.response("c", now - 23 * HOUR, Usage::of(250_000, 0)),
    ];
    home.append("-other", OTHER, &lines.concat());
    home
}

/// Waits until all of it is read.
fn serve(home: &TestHome, responses: i64) -> Served {
    let served = Served::start(home);
    served.listen(&[]).until("status", |status| status["allTime"]["messages"] == responses);
    served
}

#[test]
fn a_display_sees_the_last_hours() {
    let home = home();
    let served = serve(&home, 4);
    let day = served.get("/metrics/claude").json();
    let expected = json!({
        "window_hours": 24, "total_cost_usd": 2.11, "burn_rate_per_hour": 0.087_916_667,
        "input_tokens": 250_000, "output_tokens": 100_000, "cache_creation_tokens": 65_000, "cache_read_tokens": 200_000,
        "total_tokens": 615_000, "session_count": 2, "active_session_id": SESSION,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&day[name], value, "{name} of {day}");
    }
    let fields: BTreeSet<&str> = day.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "timestamp",
        "window_hours",
        "burn_rate_per_hour",
        "total_cost_usd",
        "input_tokens",
        "output_tokens",
        "cache_creation_tokens",
        "cache_read_tokens",
        "total_tokens",
        "session_count",
        "active_session_id",
        "last_activity",
        "source",
    ];
    assert_eq!(fields, BTreeSet::from(known));
    // All there is, which the command line has, too.
    let all = served.get("/metrics/claude?hours_back=48").json();
    let totals = &json(&home, &["breakdown"])["totals"];
    assert_eq!((&all["total_cost_usd"], &all["total_tokens"]), (&totals["costUsd"], &totals["totalTokens"]));
    assert_eq!(served.get("/metrics/claude?hours_back=1").json()["session_count"], 1);
    // Without a token the same, but for the session.
    let sums = served.ask("GET", "/metrics/claude", &[], "").json();
    assert_eq!((&sums["total_cost_usd"], &sums["active_session_id"]), (&json!(2.11), &Value::Null));

    // Five minutes' ends of the last day: the first ones know the other session's earlier response alone.
    let points = served.get("/metrics/claude/history").json();
    let points = points.as_array().unwrap();
    assert_eq!(points.len(), 288);
    assert_eq!((&points[0]["total_cost_usd"], &points[0]["session_count"]), (&json!(0.5), &json!(1)));
    let times: Vec<i64> =
        points.iter().map(|point| crate::transcript::at(point["timestamp"].as_str().unwrap())).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 300_000) && now() - times[287] < 600_000);
    for (path, word) in [
        ("/metrics/claude?hours_back=0", "hours_back"),
        ("/metrics/claude?hours_back=24h", "hours_back"),
        ("/metrics/claude?data_dir=%2Fetc", "data_dir"),
        ("/metrics/claude/history?hours_back=99999", "hours_back"),
    ] {
        let answer = served.get(path);
        assert!(answer.status == 400 && answer.error().contains(word), "{path}: {answer:?}");
    }
}

#[test]
fn what_others_post_is_kept_apart() {
    let home = home();
    let mut served = serve(&home, 4);
    let before = served.get("/metrics/claude").json();
    let post = |served: &Served, body: Value| served.post("/metrics/claude", &body);
    let first = post(
        &served,
        json!({"source": "laptop", "total_cost_usd": 99.5, "active_session_id": "secret-session"}),
    );
    assert_eq!(first.status, 200, "{first:?}");
    let second = post(&served, json!({"source": "laptop", "input_tokens": 7, "model": "not kept"}));
    assert_eq!((&second.json()["total_cost_usd"], &second.json()["input_tokens"]), (&json!(99.5), &json!(7)));
    let laptop = served.get("/metrics/claude?source=laptop").json();
    assert_eq!(
        (&laptop["source"], &laptop["total_cost_usd"], &laptop["output_tokens"]),
        (&json!("laptop"), &json!(99.5), &Value::Null)
    );
    assert_eq!(laptop["active_session_id"], "secret-session");
    let anyone = served.ask("GET", "/metrics/claude?source=laptop", &[], "").json();
    assert_eq!(anyone["active_session_id"], Value::Null);
    // Nothing of it is in anything local.
    let after = served.get("/metrics/claude").json();
    assert_eq!(
        (&after["total_cost_usd"], &after["session_count"]),
        (&before["total_cost_usd"], &before["session_count"])
    );
    assert_eq!(served.get("/v1/status").json()["allTime"]["costUsd"], 2.61);
    assert_eq!(served.get("/metrics/claude?source=nobody").status, 404);
    let own = before["source"].as_str().unwrap();
    assert_eq!(
        served.get(&format!("/metrics/claude?source={own}")).json()["total_cost_usd"],
        before["total_cost_usd"]
    );

    let kind = "Content-Type: application/json";
    let body = json!({"source": "x"}).to_string();
    for (fields, status) in [
        (vec![kind.to_owned()], 401),
        (vec![kind.to_owned(), bearer(&served.read)], 403),
        (vec!["Content-Type: text/plain".to_owned(), bearer(&served.write)], 415),
    ] {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        assert_eq!(served.ask("POST", "/metrics/claude", &fields, &body).status, status);
    }
    for (body, word) in [
        (json!({"source": "laptop", "input_tokens": -1}), "input_tokens"),
        (json!({"source": "laptop", "total_cost_usd": "1"}), "total_cost_usd"),
        (json!({"source": "x".repeat(65)}), "source"),
        (json!({"source": 1}), "source"),
        (json!([]), "object"),
    ] {
        let answer = post(&served, body.clone());
        assert!(answer.status == 400 && answer.error().contains(word), "{body}: {answer:?}");
    }
    // So many sources and no more.
    for number in 1..32 {
        assert_eq!(post(&served, json!({"source": format!("machine {number}")})).status, 200);
    }
    let refused = post(&served, json!({"source": "one too many"}));
    assert!(refused.status == 400 && refused.error().contains("32"), "{refused:?}");

    // It outlives the process, and a database that is made anew.
    served.process.signal(rustix::process::Signal::TERM);
    served.process.end();
    crate::process::text(&home, &["db", "rebuild"]);
    let served = serve(&home, 4);
    assert_eq!(served.get("/metrics/claude?source=laptop").json(), laptop);
    let points = served.get("/metrics/claude/history?source=laptop").json();
    let last = points.as_array().unwrap().last().unwrap().clone();
    assert_eq!((points.as_array().unwrap().len() <= 2, &last["input_tokens"]), (true, &json!(7)));
}

#[test]
fn a_dashboard_polls_sums() {
    let home = home();
    let served = serve(&home, 4);
    let stats = served.get("/api/usage/stats").json();
    let totals = &json(&home, &["breakdown"])["totals"];
    for (own, other) in [
        ("cost_usd", "costUsd"),
        ("input_tokens", "inputTokens"),
        ("output_tokens", "outputTokens"),
        ("cache_creation_input_tokens", "cacheWriteTokens"),
        ("cache_read_input_tokens", "cacheReadTokens"),
        ("total_tokens", "totalTokens"),
        ("messages", "messages"),
        ("sessions", "sessions"),
    ] {
        assert_eq!(stats["total"][own], totals[other], "{own}");
    }
    for (list, key, arguments) in [
        ("by_model", "model", vec!["breakdown", "--by", "model"]),
        ("by_project", "project_path", vec!["projects"]),
        ("by_day", "date", vec!["daily"]),
    ] {
        let rows = json(&home, &arguments)["rows"].clone();
        let pairs = |rows: &Value, key: &str, cost: &str| -> Vec<(Value, Value)> {
            rows.as_array().unwrap().iter().map(|row| (row[key].clone(), row[cost].clone())).collect()
        };
        assert_eq!(pairs(&stats[list], key, "cost_usd"), pairs(&rows, "key", "costUsd"), "{list}");
    }
    let project = home.project().to_string_lossy().replace('/', "%2F");
    assert_eq!(served.get(&format!("/api/usage/stats?project={project}")).json()["total"]["cost_usd"], 1.86);
    let haiku = served.get(&format!("/api/usage/stats?model={HAIKU}&limit=1")).json();
    assert_eq!((&haiku["total"]["cost_usd"], haiku["by_day"].as_array().unwrap().len()), (&json!(0.75), 1));
    // A moment amid a quarter of an hour.
    let since = chrono::DateTime::from_timestamp_millis(now() - 25 * HOUR).unwrap();
    let since = since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    assert_eq!(served.get(&format!("/api/usage/stats?since={since}")).json()["total"]["cost_usd"], 2.11);
    assert_eq!(served.get("/api/usage/stats?model=unknown").json()["total"]["messages"], 0);
    for path in ["/api/usage/stats", "/api/usage/events"] {
        assert_eq!(served.ask("GET", path, &[], "").status, 401);
    }
    for (path, word) in [
        ("/api/usage/stats?cursor=1", "cursor"),
        ("/api/usage/stats?since=soon", "YYYY-MM-DD"),
        ("/api/usage/events?limit=0", "limit"),
        ("/api/usage/events?limit=1001", "limit"),
        ("/api/usage/events?cursor=x", "cursor"),
        ("/api/usage/events?colour=red", "colour"),
    ] {
        let answer = served.get(path);
        assert!(answer.status == 400 && answer.error().contains(word), "{path}: {answer:?}");
    }
}

#[test]
fn a_dashboard_polls_events() {
    let home = home();
    let served = serve(&home, 4);
    let all = served.get("/api/usage/events").json();
    assert_eq!(all["next_cursor"], Value::Null);
    let told: Vec<(&str, &str)> = all["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["session_id"].as_str().unwrap()))
        .collect();
    let (call, start, end) = ("api_call", "session_start", "session_end");
    let expected = [
        (call, SESSION),
        (call, SESSION),
        (start, SESSION),
        (end, OTHER),
        (call, OTHER),
        (call, OTHER),
        (start, OTHER),
    ];
    assert_eq!(told, expected);
    let events = all["events"].as_array().unwrap();
    assert_eq!(events[0]["mcp_servers"], json!(["search"]));
    for (name, value) in [
        ("model", json!(HAIKU)),
        ("cost_usd", json!(0.25)),
        ("input_tokens", json!(250_000)),
        ("output_tokens", json!(0)),
        ("cache_creation_input_tokens", json!(0)),
        ("cache_read_input_tokens", json!(0)),
        ("project_path", json!(home.path().join("secret-place"))),
        ("permission_mode", Value::Null),
        ("mcp_servers", json!([])),
        ("duration_ms", Value::Null),
    ] {
        assert_eq!(events[4][name], value, "{name}");
    }
    assert_eq!(events[3]["duration_ms"], 7 * HOUR + 60_000);
    assert_eq!(
        served.get(&format!("/api/usage/events?model={HAIKU}")).json()["events"].as_array().unwrap().len(),
        2
    );

    // Page by page, while responses arrive: none is lost, none comes twice.
    let voice = Voice::new(SESSION, &home.project());
    let same_time = now() - 1_000;
    let many: String =
        (0..40).map(|number| voice.response(&format!("m{number}"), same_time, Usage::of(1, 1))).collect();
    home.append("-project", SESSION, &many);
    served.listen(&[]).until("status", |status| status["allTime"]["messages"] == 44);
    let ids = |page: &Value| -> Vec<String> {
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let there: BTreeSet<String> =
        ids(&served.get("/api/usage/events?limit=1000").json()).into_iter().collect();
    assert_eq!(there.len(), 47);
    let (mut seen, mut cursor, mut round) = (Vec::new(), String::new(), 0);
    loop {
        let page = served.get(&format!("/api/usage/events?limit=7{cursor}")).json();
        seen.extend(ids(&page));
        round += 1;
        // One that is newer than all, and one that is as old as those of the first pages.
        let late =
            [now(), same_time].map(|at| voice.response(&format!("late{round}{at}"), at, Usage::of(1, 1)));
        home.append("-project", SESSION, &late.concat());
        served.listen(&[]).until("status", |status| status["allTime"]["messages"] == 44 + 2 * round);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "an event came twice");
    assert!(there.is_subset(&once), "lost: {:?}", there.difference(&once));
}

/// The samples of a text of metrics, by what they are called and labelled.
fn samples(text: &str) -> std::collections::BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.rsplit_once(' ').expect(line));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn prometheus_reads_the_same_numbers() {
    let home = home();
    let strange = home.path().join("a\"b\\c\nd");
    let voice = Voice::new("33333333-3333-4333-8333-333333333333", &strange).model("no-such-model");
    home.append(
        "-strange",
        "33333333-3333-4333-8333-333333333333",
        &voice.response("s", now(), Usage::of(5, 6)),
    );
    let served = serve(&home, 5);
    served.post("/v1/budgets", &json!({"period": "day", "limitUsd": 100}));
    served.listen(&[]).until("status", |status| status["budgets"][0]["limitUsd"] == 100);
    let answer = served.get("/metrics");
    assert_eq!(
        answer.field("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1);
    let found = samples(&text);
    let of = |name: &str| -> Value {
        let value = found.get(name).unwrap_or_else(|| panic!("{name} is not in {text}"));
        serde_json::from_str(value).unwrap()
    };
    // Each family is announced once, before its samples.
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (family, kind) = line.split_once(' ').unwrap();
        assert_eq!(text.matches(&format!("# TYPE {family} ")).count(), 1, "{family}");
        assert!(["gauge", "counter", "info"].contains(&kind));
    }
    let rows = json(&home, &["breakdown", "--by", "model"])["rows"].clone();
    for row in rows.as_array().unwrap() {
        let model = row["key"].as_str().unwrap();
        assert_eq!(of(&format!("costline_cost_usd_total{{model=\"{model}\"}}")), row["costUsd"]);
        assert_eq!(of(&format!("costline_messages_total{{model=\"{model}\"}}")), row["messages"]);
        for (class, key) in [
            ("input", "inputTokens"),
            ("output", "outputTokens"),
            ("cache_write", "cacheWriteTokens"),
            ("cache_read", "cacheReadTokens"),
        ] {
            assert_eq!(
                of(&format!("costline_tokens_total{{model=\"{model}\",class=\"{class}\"}}")),
                row[key],
                "{class}"
            );
        }
    }
    let status = json(&home, &["status"]);
    for (period, key) in [("today", "today"), ("week", "week"), ("month", "month")] {
        assert_eq!(
            of(&format!("costline_period_cost_usd{{period=\"{period}\"}}")),
            status[key]["costUsd"],
            "{period}"
        );
    }
    assert_eq!(of("costline_unpriced_messages_total"), 1);
    assert_eq!(of("costline_budget_limit_usd{id=\"1\",scope=\"all\",name=\"\",period=\"day\"}"), 100);
    assert_eq!(of("costline_sessions{state=\"active\"}"), 2);
    assert_eq!(of("costline_leader"), 1);
    let escaped = home.path().join("a\\\"b\\\\c\\nd");
    assert_eq!(of(&format!("costline_project_cost_usd_total{{project=\"{}\"}}", escaped.display())), 0);
    assert_eq!(
        of(&format!("costline_project_cost_usd_total{{project=\"{}\"}}", home.project().display())),
        1.86
    );

    // Without a token nothing is named; who takes plain text alone gets it.
    let anyone = served.ask("GET", "/metrics", &[], "");
    let text = String::from_utf8(anyone.body).unwrap();
    assert!(!text.contains("project=") && !text.contains(&*home.path().to_string_lossy()), "{text}");
    assert_eq!(
        samples(&text)["costline_period_cost_usd{period=\"today\"}"],
        found["costline_period_cost_usd{period=\"today\"}"]
    );
    let plain = served.ask("GET", "/metrics", &["Accept: text/plain;version=0.0.4"], "");
    assert_eq!(plain.field("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let plain = String::from_utf8(plain.body).unwrap();
    assert!(plain.contains("# TYPE costline_cost_usd_total counter\n") && !plain.contains("EOF"));
}
