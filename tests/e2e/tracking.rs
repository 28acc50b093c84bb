//! Usage by hand: recorded by many processes, taken in by whoever leads, shown at once, taken back.

use crate::editor::{Editor, at_noon, total};
use crate::home::TestHome;
use crate::process::{Process, Ran, json, run, text};
use crate::transcript::{Usage, Voice, now};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Stdio};

const MODEL: &str = "claude-sonnet-4-5";
const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// Records usage in the home's project; gives what is printed.
fn track(home: &TestHome, args: &[&str]) -> Ran {
    fs::create_dir_all(home.project()).unwrap();
    let mut command = at_noon(home, [&["track"], args].concat());
    command.current_dir(home.project());
    run(command)
}

fn tracked(home: &TestHome, args: &[&str]) -> Value {
    let ran = track(home, &[args, &["--json"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    serde_json::from_str(&ran.out).unwrap()
}

fn refused(home: &TestHome, args: &[&str]) -> (Option<i32>, String) {
    let ran = track(home, args);
    assert_eq!(ran.out, "", "{args:?}");
    (ran.code, ran.err)
}

#[test]
fn usage_by_hand_shows_at_once_and_goes_when_it_is_undone() {
    let home = TestHome::new();
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    // 1,000 × $3 + 2,000 × $15 + 10,000 × $0.30 + 4,000 × $3.75 a million.
    let record = tracked(&home, &["1000", "2k", "10000", "4,000", "--model", MODEL, "--note", "by phone"]);
    assert_eq!((&record["costUsd"], &record["note"]), (&json!(0.051), &json!("by phone")));
    let status = editor.until(|status| total(status) == 1);
    assert_eq!(status["text"], "$0.05");
    assert_eq!(status["workspace"]["todayUsd"], 0.051);
    assert_eq!(status["today"]["totalTokens"], 17_000);
    // It is no session that someone works in.
    assert_eq!((&status["workspace"]["session"], &status["sessions"]), (&Value::Null, &json!([])));

    let id = record["id"].as_str().unwrap();
    let undone = tracked(&home, &["--undo"]);
    assert_eq!((&undone["id"], &undone["undone"]), (&json!(id), &json!(true)));
    let status = editor.until(|status| total(status) == 0);
    assert_eq!((&status["text"], &status["allTime"]["sessions"]), (&json!("$0.00"), &json!(0)));
    let (code, error) = refused(&home, &["--undo", id]);
    assert_eq!((code, error), (Some(1), format!("costline: the record {id} was taken back before\n")));
    let listed = json(&home, &["track", "list"]);
    assert_eq!((&listed["records"][0]["id"], &listed["records"][0]["undone"]), (&json!(id), &json!(true)));
    assert!(text(&home, &["track", "list"]).contains("undone"));
}

#[test]
fn reports_tell_it_from_transcripts() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("a", now() - 60_000, Usage::of(1_000_000, 0)));
    json(&home, &["ingest"]);
    // The latest model here is taken, and the beginning of an id is enough.
    let record = tracked(&home, &["100k", "0", "--session", &SESSION[..8], "--at", "2026-01-02T10:00:00Z"]);
    assert_eq!((&record["model"], &record["session"]), (&json!(MODEL), &json!(SESSION)));
    let other = home.path().join("other");
    tracked(&home, &["0", "1m", "--project", other.to_str().unwrap()]);
    let costs = |by: &str| {
        let report = json(&home, &["breakdown", "--by", by]);
        let rows = report["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["costUsd"].as_f64().unwrap()))
            .collect::<Vec<_>>()
    };
    let name = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    assert_eq!(costs("source"), [("manual".to_owned(), 15.3), ("transcript".to_owned(), 3.0)]);
    assert_eq!(costs("project"), [(name(other), 15.0), (name(home.project()), 3.3)]);
    let of_session = costs("session").into_iter().find(|(key, _)| key == SESSION).unwrap();
    assert!((of_session.1 - 3.3).abs() < 1e-9);
    let day = json(&home, &["daily", "--since", "2026-01-02", "--until", "2026-01-02"]);
    assert_eq!(day["totals"]["costUsd"], 0.3);
    // Whatever folders are looked at.
    let elsewhere = json(&home, &["breakdown", "--by", "source", "--claude-dir", "none"]);
    assert_eq!(elsewhere["totals"]["costUsd"], 15.3);
}

#[test]
fn what_makes_no_sense_is_not_recorded() {
    let home = TestHome::new();
    let long = "x".repeat(5_000);
    for (args, code, said) in [
        (&["5"][..], 2, "1 numbers are not two to four; give the tokens as IN OUT"),
        (&["1", "2"], 2, "no model is known here yet; name it with --model"),
        (&["1", "-2", "--model", "m"], 2, "unexpected argument '-2' found"),
        (&["1", "two", "--model", "m"], 2, "\"two\" is no count of tokens"),
        (&["1", "2", "--model", "m", "--at", "soon"], 2, "\"soon\" is no time; give one like"),
        (&["1", "2", "--model", "m", "--at", "2999-01-01"], 2, "is yet to come"),
        (
            &["1", "2", "--model", "m", "--note", &long],
            1,
            "4094 at most can be recorded at once; shorten its note",
        ),
        (&[], 2, "nothing to record; give the tokens as IN OUT"),
        (&["--undo"], 1, "there is no such record to take back"),
        (&["--undo", "--model", "m"], 2, "cannot be used with"),
    ] {
        let (found, error) = refused(&home, args);
        assert_eq!((found, error.lines().count()), (Some(code), 1), "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
    }
    assert_eq!(json(&home, &["track", "list"]), json!({"records": []}));
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 0);
}

#[test]
fn a_pasted_line_is_the_least_that_was_used() {
    let home = TestHome::new();
    let ran = track(&home, &["Token usage: 5420/200000; 194580 remaining", "--model", MODEL]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains(": at least 5,420 input"), "{}", ran.out);
    assert!(ran.err.contains("how full the context is"), "{}", ran.err);
    // Nobody has read it yet, and its model is known.
    assert_eq!(tracked(&home, &["1", "2"])["model"], MODEL);
    tracked(&home, &["--undo"]);
    let totals = &json(&home, &["summary"])["totals"];
    assert_eq!((&totals["inputTokens"], &totals["lowerBoundMessages"]), (&json!(5_420), &json!(1)));
    let unpriced = track(&home, &["1", "2", "--model", "gpt-9"]);
    assert!(unpriced.out.contains("its cost is not known"), "{}", unpriced.out);
    let totals = &json(&home, &["summary"])["totals"];
    assert_eq!((&totals["messages"], &totals["unpricedMessages"]), (&json!(2), &json!(1)));
}

#[cfg(unix)]
#[test]
fn where_nothing_can_be_written_the_error_says_where() {
    use std::os::unix::fs::symlink;
    let home = TestHome::new();
    let inbox = home.path().join("state/costline/inbox");
    fs::create_dir_all(&inbox).unwrap();
    // A full disk, whoever runs the tests.
    let day = chrono::DateTime::from_timestamp_millis(now()).unwrap().format("%Y-%m-%d");
    symlink("/dev/full", inbox.join(format!("{day}.jsonl"))).unwrap();
    let (code, error) = refused(&home, &["1", "2", "--model", MODEL]);
    assert_eq!((code, error.lines().count()), (Some(1), 1));
    assert!(
        error.starts_with("costline: cannot record in ")
            && error.contains(&format!("{day}.jsonl: No space left")),
        "{error}"
    );
    fs::remove_dir_all(&inbox).unwrap();
    fs::write(&inbox, "").unwrap();
    let (code, error) = refused(&home, &["1", "2", "--model", MODEL]);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("costline: cannot create the folder"), "{error}");
}

/// Many processes record at once while the one that leads is killed and the next takes over: each record counts once.
#[test]
fn each_record_counts_once_whoever_leads() {
    const ROUNDS: usize = 6;
    const AT_ONCE: usize = 6;
    let home = TestHome::new();
    let reader = || Process::start(home.command(["status", "--follow", "--format", "json"]));
    let mut leaders = vec![reader()];
    leaders[0].line();
    for round in 0..ROUNDS {
        let start = |index: usize| -> Child {
            let input = (1 + round * AT_ONCE + index).to_string();
            let args = ["track", &input, "0", "--model", MODEL, "--project", "/w"];
            home.command(args).stdout(Stdio::null()).spawn().unwrap()
        };
        let mut recording: Vec<Child> = (0..AT_ONCE).map(start).collect();
        leaders.push(reader());
        // Dies in the midst of reading, or before, or behind.
        recording[round % AT_ONCE].wait().unwrap();
        leaders.remove(0).signal(Signal::KILL);
        for mut process in recording {
            assert!(process.wait().unwrap().success());
        }
    }
    let count = ROUNDS * AT_ONCE;
    let last = leaders.pop().unwrap();
    last.line_where(|line| serde_json::from_str::<Value>(line).unwrap()["allTime"]["messages"] == count);
    drop(last);
    let totals = &json(&home, &["summary"])["totals"];
    assert_eq!(
        (&totals["messages"], &totals["inputTokens"]),
        (&json!(count), &json!(count * (count + 1) / 2))
    );
    assert_eq!(json(&home, &["track", "list", "--limit", "99"])["records"].as_array().unwrap().len(), count);
}

#[test]
fn old_files_of_the_inbox_go_once_they_are_read() {
    let home = TestHome::new();
    tracked(&home, &["1", "2", "--model", MODEL]);
    let inbox = home.path().join("state/costline/inbox");
    let today = fs::read_dir(&inbox).unwrap().next().unwrap().unwrap().path();
    let line = fs::read_to_string(&today).unwrap().replace("\"id\":\"", "\"id\":\"OLD");
    // The last line of a process that was cut off counts if it is whole.
    let old = inbox.join("2026-01-01.jsonl");
    let torn = line.trim().replace("OLD", "OLDER");
    fs::write(&old, format!("{line}{torn}")).unwrap();
    fs::write(inbox.join("2026-01-02.jsonl"), "{\"v\":1,\"id\":\"torn").unwrap();
    let summary = json(&home, &["ingest"]);
    assert_eq!((&summary["recordsRead"], &summary["faults"]), (&json!(3), &json!({"record": 1})));
    assert!(old.exists(), "what is not committed yet stays");
    let summary = json(&home, &["ingest"]);
    assert_eq!((&summary["recordsRead"], &summary["problems"]), (&json!(0), &json!([])));
    let left: Vec<_> = fs::read_dir(&inbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [today]);
    // Should it come back, it is known.
    fs::write(&old, line).unwrap();
    assert_eq!(json(&home, &["ingest"])["recordsRead"], 0);
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 3);
}

/// No transcript brings back what was recorded: it comes from the old database, and old records go to archives, too.
#[test]
fn a_rebuilt_database_and_an_archive_hold_what_was_recorded() {
    let home = TestHome::new();
    tracked(&home, &["1000", "2", "--model", MODEL, "--at", "2026-01-02T10:00:00Z"]);
    tracked(&home, &["300", "4", "--model", MODEL]);
    tracked(&home, &["50", "6", "--model", MODEL]);
    tracked(&home, &["--undo"]);
    let before = json(&home, &["breakdown", "--by", "source"]);
    assert_eq!(before["totals"]["inputTokens"], 1_300);
    // Its lines are long gone.
    fs::remove_dir_all(home.path().join("state/costline/inbox")).unwrap();
    text(&home, &["db", "rebuild"]);
    assert_eq!(json(&home, &["breakdown", "--by", "source"]), before);
    assert_eq!(json(&home, &["track", "list"])["records"].as_array().unwrap().len(), 3);

    let archive = home.path().join("archive.db");
    text(&home, &["db", "prune", "--archive", archive.to_str().unwrap(), "--before", "2026-02-01"]);
    let left = run(home.command(["breakdown", "--by", "source", "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&left.out).unwrap()["totals"]["inputTokens"], 300);
    text(&home, &["db", "rebuild"]);
    let left = run(home.command(["breakdown", "--by", "source", "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&left.out).unwrap()["totals"]["inputTokens"], 300);
    let archived = rusqlite::Connection::open(archive).unwrap();
    let row: (i64, String) = archived
        .query_row("SELECT input_tokens, source FROM messages", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(row, (1_000, "manual".to_owned()));
}
