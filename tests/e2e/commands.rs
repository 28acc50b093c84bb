//! Commands as people and scripts run them: without data, wrongly, in pipes, beside each other.

use crate::home::TestHome;
use crate::process::{Process, Ran, json, run, text};
use crate::transcript::{Usage, Voice, at, now};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::{Duration, Instant};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const REPORTS: [&[&str]; 22] = [
    &["summary"],
    &["daily"],
    &["weekly"],
    &["monthly"],
    &["blocks"],
    &["sessions"],
    &["recent"],
    &["projects"],
    &["breakdown"],
    &["breakdown", "--by", "project"],
    &["breakdown", "--by", "session"],
    &["breakdown", "--by", "branch"],
    &["breakdown", "--by", "agent"],
    &["breakdown", "--by", "skill"],
    &["breakdown", "--by", "tool"],
    &["breakdown", "--by", "mcp"],
    &["breakdown", "--by", "file"],
    &["breakdown", "--by", "day"],
    &["breakdown", "--by", "week"],
    &["breakdown", "--by", "month"],
    &["breakdown", "--by", "hour"],
    &["breakdown", "--by", "kind"],
];

fn voice(home: &TestHome) -> Voice {
    Voice::new(SESSION, &home.project())
}

/// One response of $0.003.
fn respond(home: &TestHome, id: &str) {
    home.append("-project", SESSION, &voice(home).response(id, now(), Usage::of(1_000, 0)));
}

#[test]
fn without_data_everything_works() {
    let home = TestHome::new();
    for args in REPORTS {
        let said = text(&home, args);
        let ranged = ["daily", "weekly", "monthly"].contains(&args[0]);
        let words = if ranged { "Nothing was used from" } else { "No usage is known yet" };
        assert!(said.starts_with(words), "{args:?}: {said}");
        assert!(said.contains("`costline config path`"), "{args:?}: {said}");
        assert_eq!(said.lines().count(), if ranged { 2 } else { 1 }, "{args:?}: {said}");
        let report = json(&home, args);
        assert_eq!((&report["rows"], &report["timezone"]), (&json!([]), &json!("UTC")), "{args:?}");
        let totals = report["totals"].as_object().unwrap();
        assert_eq!(totals.len(), 12, "{args:?}");
        assert!(totals.values().all(|number| number.as_f64() == Some(0.0)), "{args:?}: {totals:?}");
    }
    assert_eq!(text(&home, &["ingest"]), "Read 0 bytes of 0 transcripts; there are 0.\n");
    let summary = json(&home, &["ingest"]);
    assert_eq!((&summary["files"], &summary["faults"]), (&json!(0), &json!({})));
    assert_eq!(text(&home, &["status", "--format", "plain"]), "$0.00\n");
    assert!(text(&home, &["status"]).starts_with("$0.00"));
    let status = json(&home, &["status"]);
    assert_eq!((&status["sessions"], &status["workspace"]["session"]), (&json!([]), &Value::Null));
    assert_eq!(status["workspace"]["project"], json!(home.path()));
    // Nobody leads once the command is done.
    assert_eq!(status["health"]["leaderPid"], Value::Null);
    assert_eq!(text(&home, &["config", "check"]), "The settings are in order.\n");
}

#[test]
fn every_command_has_help() {
    let home = TestHome::new();
    let listed = |args: &[&str]| {
        let help = text(&home, &[args, &["--help"]].concat());
        let usage = ["Usage: costline", &args.join(" ")].join(" ");
        assert!(help.contains(usage.trim_end()), "{help}");
        let commands = help.split_once("Commands:\n").map_or("", |(_, commands)| commands);
        let lines = commands.lines().take_while(|line| !line.is_empty());
        // A long description goes on below its beginning.
        let entries =
            lines.filter_map(|line| line.strip_prefix("  ").filter(|entry| !entry.starts_with(' ')));
        let names = entries.filter_map(|entry| entry.split_whitespace().next());
        let names: Vec<_> = names.filter(|name| *name != "help").map(str::to_owned).collect();
        names
    };
    let commands = listed(&[]);
    for command in
        ["lsp", "serve", "ingest", "status", "summary", "daily", "sessions", "breakdown", "config", "prices"]
    {
        assert!(commands.iter().any(|name| name == command), "{command} is not in {commands:?}");
    }
    for command in &commands {
        for inner in listed(&[command]) {
            listed(&[command, &inner]);
        }
    }
    assert!(text(&home, &["recent", "--help"]).contains("Usage: costline sessions"));
    let version = text(&home, &["--version"]);
    assert!(version.starts_with(&format!("costline {} (", env!("CARGO_PKG_VERSION"))), "{version}");
}

#[test]
fn wrong_usage_is_told_in_a_sentence() {
    let home = TestHome::new();
    for (args, about) in [
        (&["nonsense"][..], "nonsense"),
        (&["summary", "--bogus"], "--bogus"),
        (&["daily", "--days", "many"], "many"),
        (&["daily", "--days", "0"], "--days"),
        (&["daily", "--days", "3", "--since", "2025-10-01"], "--since"),
        (&["summary", "--limit", "-1"], "-1"),
        (&["summary", "--since", "yesterday"], "YYYY-MM-DD"),
        (&["summary", "--since", "2025-10-02", "--until", "2025-10-01"], "--until"),
        (&["summary", "--timezone", "Mars/Base"], "Mars/Base"),
        (&["breakdown", "--by", "colour"], "colour"),
        (&["status", "--format", "xml"], "xml"),
        (&["status", "--follow", "--no-ingest"], "--follow"),
        (&["--color", "blue", "summary"], "blue"),
        (&["config"], "config"),
    ] {
        let ran = run(home.command(args));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(about), "{args:?}: {}", ran.err);
        if args != ["config"] {
            assert_eq!(ran.err.lines().count(), 1, "{args:?}: {}", ran.err);
            assert!(ran.err.starts_with("costline: "), "{args:?}: {}", ran.err);
        }
    }
    let bare = run(home.command([""; 0]));
    assert_eq!((bare.code, bare.out.as_str()), (Some(2), ""));
    assert!(bare.err.contains("Usage: costline"), "{}", bare.err);
}

#[test]
fn failures_are_told_in_a_sentence() {
    let home = TestHome::new();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut command = home.command(["summary"]);
    command.env("COSTLINE_STATE_DIR", file.join("state"));
    let ran = run(command);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.starts_with("costline: ") && ran.err.contains("file/state"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    let ran = run(home.command(["summary", "--no-ingest"]));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "there is no database yet");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn who_stops_reading_is_not_told() {
    let home = TestHome::new();
    let lines = (0..1_500).map(|index| {
        let voice = voice(&home).branch(&format!("{index:04}-{}", "x".repeat(90)));
        voice.response(&index.to_string(), at("2025-10-01T10:00:00Z"), Usage::of(1, 0))
    });
    home.append("-project", SESSION, &lines.collect::<String>());
    json(&home, &["ingest"]);
    for args in [
        &["breakdown", "--by", "branch", "--no-ingest"][..],
        &["breakdown", "--by", "branch", "--no-ingest", "--json"],
    ] {
        let mut command = home.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::with_capacity(16, child.stdout.take().unwrap());
        assert!(stdout.fill_buf().unwrap().len() <= 16);
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    }
    let whole = text(&home, &["breakdown", "--by", "branch", "--no-ingest"]);
    assert!(whole.len() > 2 * 65_536, "a pipe would hold it all");
}

#[test]
fn colours_can_be_chosen() {
    let home = TestHome::new();
    respond(&home, "a");
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = home.command(args);
        command.envs(variables.iter().copied());
        let Ran { code, out, err } = run(command);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        out.contains('\u{1b}')
    };
    let force = ("CLICOLOR_FORCE", "1");
    for command in ["summary", "status"] {
        assert!(!colored(&[command], &[]), "{command} into a pipe");
        assert!(colored(&[command], &[force]), "{command}");
        assert!(!colored(&[command], &[force, ("NO_COLOR", "1")]), "{command}");
        assert!(!colored(&[command, "--color", "never"], &[force]), "{command}");
        assert!(colored(&[command, "--color", "always"], &[("NO_COLOR", "1")]), "{command}");
        assert!(!colored(&[command, "--color", "always", "--json"], &[]), "JSON of {command}");
    }
}

#[test]
fn a_status_has_three_forms() {
    let home = TestHome::new();
    respond(&home, "a");
    let of = |format: &str| {
        let mut command = home.command(["status", "--format", format]);
        std::fs::create_dir_all(home.project()).unwrap();
        command.current_dir(home.project());
        let ran = run(command);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        ran.out
    };
    // 1,000 of 200,000 tokens, rounded.
    assert_eq!(of("plain"), "<$0.01 · ctx 1%\n");
    let whole = of("text");
    for words in
        ["<$0.01 · ctx 1%", "Today", "This week", "This month", "All time", "Burn", "active", SESSION]
    {
        assert!(whole.contains(words), "{words}: {whole}");
    }
    let status: Value = serde_json::from_str(&of("json")).unwrap();
    assert_eq!((&status["version"], &status["text"]), (&json!(1), &json!("<$0.01 · ctx 1%")));
    assert_eq!(status["workspace"]["todayUsd"], 0.003);
}

#[test]
fn following_prints_what_changes_until_it_is_told_to_stop() {
    for signal in [Signal::INT, Signal::TERM] {
        let home = TestHome::new();
        let mut follow = Process::start(home.command(["status", "--follow", "--format", "plain"]));
        assert_eq!(follow.line(), "$0.00");
        // The project lies below the folder that is followed.
        home.append("-project", SESSION, &voice(&home).response("a", now(), Usage::of(10_000, 0)));
        assert_eq!(follow.line(), "$0.03 · ctx 5%");
        home.append("-project", SESSION, &voice(&home).response("b", now(), Usage::of(20_000, 0)));
        assert_eq!(follow.line(), "$0.09 · ctx 10%");
        follow.signal(signal);
        assert_eq!(follow.end(), Some(0), "{signal:?}");
    }
    // Who read leaves while nothing changes that would be written.
    let home = TestHome::new();
    let own = home.command([""; 0]);
    let mut piped = Command::new("sh");
    piped.args(["-c", "\"$0\" status --follow --format plain | head -n 1"]).arg(own.get_program());
    piped.env_clear().env("PATH", "/usr/bin:/bin").current_dir(home.path());
    piped.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut follow = Process::start(piped);
    assert_eq!((follow.line().as_str(), follow.end()), ("$0.00", Some(0)));
    let home = TestHome::new();
    let mut follow = Process::start(home.command(["status", "--follow", "--json"]));
    let parse = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
    respond(&home, "a");
    follow.line_where(|line| parse(line)["allTime"]["messages"] == 1);
    // Nobody reads any more.
    follow.close();
    for index in 0.. {
        if follow.has_ended() {
            break;
        }
        assert!(index < 100, "it goes on without a reader");
        respond(&home, &format!("after-{index}"));
        // Whoever leads, the response counts.
        assert_eq!(json(&home, &["summary"])["totals"]["messages"], index + 2);
    }
    assert_eq!(follow.end(), Some(0));
}

/// `costline serve` that said that it is ready, as systemd hears it.
fn serve(home: &TestHome) -> Process {
    let socket = home.path().join("run/notify");
    let ready = UnixDatagram::bind(&socket).unwrap();
    ready.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut command = home.command(["serve"]);
    command.env("NOTIFY_SOCKET", &socket).env("COSTLINE_LOG", "error");
    let serve = Process::start(command);
    let mut message = [0; 64];
    let length = ready.recv(&mut message).unwrap();
    assert!(message[..length].starts_with(b"READY=1"), "{message:?}");
    serve
}

#[test]
fn reports_beside_a_leader_show_what_was_just_appended() {
    let home = TestHome::new();
    let mut serve = serve(&home);
    for index in 1..=10 {
        respond(&home, &index.to_string());
        let report = json(&home, if index % 2 == 0 { &["summary"] } else { &["status"] });
        let totals = if index % 2 == 0 { &report["totals"] } else { &report["allTime"] };
        assert_eq!(totals["messages"], index);
        assert_eq!(report.get("partial"), None);
    }
    let said = text(&home, &["ingest"]);
    assert!(said.starts_with("Another Costline process is reading already"), "{said}");
    assert_eq!(json(&home, &["status"])["health"]["role"], "follower");
    serve.signal(Signal::TERM);
    assert_eq!(serve.end(), Some(0));
    // What it read is there without it.
    assert_eq!(json(&home, &["summary", "--no-ingest"])["totals"]["messages"], 10);
    assert_eq!(json(&home, &["status"])["health"]["leaderPid"], Value::Null);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_does_not_wait_for_the_dead() {
    let home = TestHome::new();
    respond(&home, "a");
    let mut serve = serve(&home);
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 1);
    serve.stop();
    respond(&home, "b");
    let ran = run(home.command(["summary", "--json"]));
    assert_eq!((ran.code, ran.err.lines().count()), (Some(0), 1), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["partial"], &report["totals"]["messages"]), (&json!(true), &json!(1)));

    let summary = Process::start(home.command(["summary", "--json"]));
    // With the database open it waits, since it does not lead.
    let start = Instant::now();
    while !summary.has_open("usage.db") {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not wait");
    }
    serve.signal(Signal::KILL);
    serve.end();
    let report: Value = serde_json::from_str(&summary.line()).unwrap();
    assert_eq!((report.get("partial"), &report["totals"]["messages"]), (None, &json!(2)));
}

#[test]
fn what_is_kept_is_nobody_elses_to_read() {
    let home = TestHome::new();
    respond(&home, "a");
    let mut serve = serve(&home);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let state = home.path().join("state/costline");
    json(&home, &["summary"]);
    assert_eq!(mode(&state), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        if names.last().unwrap().starts_with("usage.db") {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
    assert!(names.iter().any(|name| name == "usage.db"), "{names:?}");
    serve.signal(Signal::INT);
    assert_eq!(serve.end(), Some(0));
}

#[test]
fn settings_are_shown_and_checked() {
    let home = TestHome::new();
    home.configure("timezone = \"Europe/Berlin\"\n[lsp]\nmax_sessions = 3\n");
    let show = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("COSTLINE_WEEK_START", "sunday").env_remove("TZ");
        let ran = run(command);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        ran.out
    };
    let rows: Value = serde_json::from_str(&show(&["config", "show", "--json"])).unwrap();
    let row = |key: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
        (row["value"].as_str().unwrap().to_owned(), row["origin"].as_str().unwrap().to_owned())
    };
    let file = home.path().join("config/costline/config.toml").display().to_string();
    assert_eq!(row("timezone"), ("\"Europe/Berlin\"".to_owned(), format!("file {file}:1")));
    assert_eq!(row("lsp.max_sessions"), ("3".to_owned(), format!("file {file}:3")));
    assert_eq!(row("week_start").1, "environment COSTLINE_WEEK_START");
    assert_eq!(row("watch.poll"), ("false".to_owned(), "default".to_owned()));
    assert!(show(&["config", "show"]).contains("lsp.max_sessions"));

    let places: Value = serde_json::from_str(&show(&["config", "path", "--json"])).unwrap();
    let place = |what: &str| {
        let place = places.as_array().unwrap().iter().find(|place| place["what"] == what).unwrap();
        (place["path"].clone(), place["exists"].clone())
    };
    assert_eq!(place("config"), (json!(file), json!(true)));
    assert_eq!(place("database"), (json!(home.path().join("state/costline/usage.db")), json!(false)));
    assert_eq!(place("transcripts"), (json!(home.claude_dir().join("projects")), json!(true)));
    assert!(show(&["config", "path"]).contains(&file));
    assert_eq!(show(&["config", "check"]), "The settings are in order.\n");
}

#[test]
fn problems_of_settings_go_to_standard_error() {
    let home = TestHome::new();
    respond(&home, "a");
    home.configure("[status]\nparts = [\"prize\"]\n[lps]\nmax_sessions = 3\n");
    let check = run(home.command(["config", "check"]));
    assert_eq!(check.code, Some(1));
    let told: Vec<_> = check.out.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("config.toml:2: ") && told[0].contains("status.parts"), "{told:?}");
    assert!(told[1].contains("config.toml:3: ") && told[1].contains("`lsp`"), "{told:?}");
    for args in [
        &["summary", "--json"][..],
        &["daily", "--json"],
        &["status", "--json"],
        &["ingest", "--json"],
        &["config", "show", "--json"],
        &["prices", "list", "--json"],
        &["prices", "check", "--json"],
    ] {
        let ran = run(home.command(args));
        assert_eq!(ran.code, Some(0), "{args:?}");
        let parsed: Result<Value, _> = serde_json::from_str(&ran.out);
        assert!(parsed.is_ok(), "{args:?}: {}", ran.out);
        assert_eq!(ran.err.lines().count(), 2, "{args:?}: {}", ran.err);
        for problem in &told {
            assert!(ran.err.contains(problem), "{args:?}: {}", ran.err);
        }
    }
}

#[test]
fn prices_are_listed() {
    let home = TestHome::new();
    let table = json(&home, &["prices", "list"]);
    let rows = table["rows"].as_array().unwrap();
    let sonnet = rows.iter().find(|row| row["model"] == "claude-sonnet-4-5").unwrap();
    assert_eq!(
        (&sonnet["prices"]["rates"]["input"], &sonnet["prices"]["rates"]["output"]),
        (&json!(3), &json!(15))
    );
    assert_eq!(sonnet["source"], "builtin");
    assert!(text(&home, &["prices", "list"]).contains("claude-sonnet-4-5"));
    home.configure("[[prices.override]]\nmodel = \"house-1\"\ninput = 1\noutput = 2\n");
    let table = json(&home, &["prices", "list"]);
    let house = table["rows"].as_array().unwrap().iter().find(|row| row["model"] == "house-1").unwrap();
    assert_eq!(
        (&house["source"], &house["prices"]["rates"]["cache_read"]),
        (&json!("override"), &json!(0.1))
    );
    let findings = json(&home, &["prices", "check"]);
    let said = text(&home, &["prices", "check"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(findings["findings"], json!(lines));
}

#[test]
fn a_server_says_nothing_on_standard_error() {
    let home = TestHome::new();
    let output = home.command(["lsp"]).stdin(Stdio::null()).stdout(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
