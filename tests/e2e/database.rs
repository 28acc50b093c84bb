//! Looking after the database: backups, other versions, locks of strangers, archives, questions.

use crate::damage::database;
use crate::editor::Editor;
use crate::home::TestHome;
use crate::process::{json, run, text};
use crate::transcript::{HAIKU, Usage, Voice, at, now};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// Two sessions, in March and in May.
fn fill(home: &TestHome) {
    let march = Voice::new(SESSION, &home.project());
    let text: String = (0..10)
        .map(|index| {
            let time = at("2026-03-02T10:00:00Z") + index * 1000;
            march.tools(&format!("m{index}"), time, Usage::of(1_000, index), &["Edit", "Read"])
        })
        .collect();
    let prompt = march.prompt("p", at("2026-03-02T09:59:00Z"));
    home.append("-project", SESSION, &(prompt + &text));
    let may = Voice::new(OTHER, &home.path().join("other")).model(HAIKU);
    let text: String = (0..5)
        .map(|index| {
            may.response(&format!("y{index}"), at("2026-05-04T10:00:00Z") + index * 1000, Usage::of(500, 7))
        })
        .collect();
    home.append("-other", OTHER, &text);
}

fn backups(home: &TestHome) -> Vec<String> {
    let entries = fs::read_dir(database(home).with_file_name("backups")).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn wait(mut until: impl FnMut() -> bool) {
    let start = Instant::now();
    while !until() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_leader_backs_up_once_a_day_and_keeps_a_few() {
    let home = TestHome::new();
    home.configure("[backup]\nkeep = 3\n");
    fill(&home);
    let folder = database(&home).with_file_name("backups");
    fs::create_dir_all(&folder).unwrap();
    for day in 1..=5 {
        let path = folder.join(format!("usage-2025-01-0{day}.db"));
        fs::write(&path, "old").unwrap();
        let time = std::time::UNIX_EPOCH + Duration::from_hours(482_000 + day);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let mut editor = Editor::of(&home);
    editor.until(|status| status["allTime"]["messages"] == 15);
    wait(|| backups(&home).len() == 3 && backups(&home)[2].starts_with("usage-2026"));
    let names = backups(&home);
    assert_eq!(names[..2], ["usage-2025-01-04.db", "usage-2025-01-05.db"]);
    let path = folder.join(&names[2]);
    let held: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT SUM(messages) FROM lifetime", [], |row| row.get(0))
        .unwrap();
    assert_eq!(held, 15);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_backup_that_fails_is_a_problem_and_nothing_else() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    fs::write(database(&home).with_file_name("backups"), "in the way").unwrap();
    let mut editor = Editor::of(&home);
    let status = editor
        .until(|status| status["health"]["problems"].to_string().contains("cannot back up the database to"));
    assert_eq!((&status["allTime"]["messages"], &status["severity"]), (&json!(15), &json!("ok")));
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("more", now(), Usage::of(1_000, 0)));
    editor.until(|status| status["allTime"]["messages"] == 16);
}

#[test]
fn backups_by_hand() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    let printed = text(&home, &["db", "backup"]);
    assert!(PathBuf::from(printed.trim_end()).is_file(), "{printed}");
    assert_eq!(text(&home, &["db", "backup"]), "Nothing changed since the newest backup.\n");
    text(&home, &["db", "backup", "copy.db"]);
    let there = run(home.command(["db", "backup", "copy.db"]));
    assert_eq!(there.code, Some(1));
    assert!(there.err.contains("copy.db: it is there already; name another file"), "{}", there.err);
    let asked = text(
        &home,
        &["db", "query", "--database", "copy.db", "--csv", "SELECT SUM(is_message) AS n FROM messages"],
    );
    assert_eq!(asked, "n\n15\n");
    // The day's first report backs up as well, but not the one that reads everything first.
    fs::remove_dir_all(database(&home).with_file_name("backups")).unwrap();
    text(&home, &["summary"]);
    assert_eq!(backups(&home).len(), 1);
    fs::remove_dir_all(home.path().join("state")).unwrap();
    text(&home, &["summary"]);
    assert_eq!(backups(&home).len(), 0);
}

fn set_schema(home: &TestHome, version: i64, reads_from: Option<i64>) {
    let connection = Connection::open(database(home)).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.execute("DELETE FROM meta WHERE name = 'reads_from'", []).unwrap();
    if let Some(oldest) = reads_from {
        connection.execute("INSERT INTO meta (name, value) VALUES ('reads_from', ?1)", [oldest]).unwrap();
    }
}

#[test]
fn an_older_program_reads_what_a_newer_one_wrote_and_lets_it_lead() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    for (reads_from, readable) in [(Some(1), true), (None, false)] {
        set_schema(&home, 99, reads_from);
        let written = run(home.command(["ingest"]));
        assert_eq!(written.code, Some(1));
        assert!(written.err.contains("written by a newer Costline (schema 99"), "{}", written.err);
        let read = run(home.command(["summary", "--json"]));
        assert!(read.err.contains("written by a newer Costline (schema 99"), "{}", read.err);
        assert_eq!(read.code, Some(i32::from(!readable)), "{}", read.err);
        if readable {
            let report: Value = serde_json::from_str(&read.out).unwrap();
            assert_eq!((&report["totals"]["messages"], &report["partial"]), (&json!(15), &json!(true)));
        }
        let mut editor = Editor::of(&home);
        let status = editor
            .until(|status| status["health"]["problems"].to_string().contains("written by a newer Costline"));
        assert_eq!((&status["health"]["role"], &status["severity"]), (&json!("follower"), &json!("stale")));
        if readable {
            assert_eq!(status["allTime"]["messages"], 15);
        }
        // The lock is there for a newer program to take.
        let lock =
            fs::File::options().write(true).open(database(&home).with_file_name("leader.lock")).unwrap();
        wait(|| lock.try_lock().is_ok());
    }
    let version: i64 = Connection::open(database(&home))
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_strangers_lock_is_told_and_waited_for() {
    let home = TestHome::new();
    fill(&home);
    let mut editor = Editor::of(&home);
    editor.until(|status| status["allTime"]["messages"] == 15);
    let stranger = Connection::open(database(&home)).unwrap();
    stranger.busy_timeout(Duration::from_secs(10)).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response("late", now(), Usage::of(1_000_000, 0)));
    let status =
        editor.until(|status| status["health"]["problems"].to_string().contains("locked by another program"));
    assert_eq!(status["allTime"]["messages"], 15);
    // The editor is answered all the same.
    let start = Instant::now();
    editor.client.request("costline/getStatus", json!({}));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    stranger.execute_batch("ROLLBACK").unwrap();
    let status = editor.until(|status| status["allTime"]["messages"] == 16);
    assert_eq!(status["health"]["problems"], json!([]));
}

#[test]
fn a_database_that_is_locked_whole_is_told_and_waited_for() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    let stranger = Connection::open(database(&home)).unwrap();
    stranger.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let ran = run(home.command(["summary"]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the database is locked by another program"), "{}", ran.err);
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["problems"].to_string().contains("locked by another program"));
    drop(stranger);
    let status = editor.until(|status| status["health"]["role"] == "leader");
    assert_eq!((&status["allTime"]["messages"], &status["health"]["problems"]), (&json!(15), &json!([])));
}

#[test]
fn a_rebuilt_database_holds_the_same() {
    let home = TestHome::new();
    fill(&home);
    let keys = ["model", "project", "session", "tool", "day", "kind"];
    let reports = |home: &TestHome| keys.map(|key| json(home, &["breakdown", "--by", key]));
    let before = reports(&home);
    let printed = text(&home, &["db", "rebuild"]);
    assert!(
        printed.contains("15 responses in 2 sessions") && printed.contains("Read 2 transcripts"),
        "{printed}"
    );
    assert_eq!(reports(&home), before);
    // One transcript expires, of the other the last lines: both stay as they were.
    fs::remove_dir_all(home.claude_dir().join("projects/-project")).unwrap();
    let other = home.claude_dir().join(format!("projects/-other/{OTHER}.jsonl"));
    let lines = fs::read_to_string(&other).unwrap();
    fs::write(&other, lines.split_inclusive('\n').take(2).collect::<String>()).unwrap();
    let rebuilt = json(&home, &["db", "rebuild"]);
    assert_eq!((&rebuilt["takenOver"], &rebuilt["before"]), (&json!(13), &rebuilt["after"]), "{rebuilt}");
    assert_eq!(reports(&home), before);
    assert_eq!(text(&home, &["db", "check"]), "The database is in order.\n");
    // A response that its transcript never had does not come over.
    let connection = Connection::open(database(&home)).unwrap();
    connection
        .execute_batch(
            "UPDATE response SET key = 'made up', cost = cost + 1 WHERE key = (SELECT key FROM response r JOIN file f
             ON f.id = r.file_id WHERE f.modified != -1 ORDER BY r.\"offset\" LIMIT 1)",
        )
        .unwrap();
    drop(connection);
    let check = run(home.command(["db", "check"]));
    assert_eq!(check.code, Some(1));
    assert!(check.out.contains("cost of sessions add up to"), "{}", check.out);
    text(&home, &["db", "rebuild"]);
    assert_eq!(reports(&home), before);
    // While another process leads it is left alone.
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    let refused = run(home.command(["db", "rebuild"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("another Costline process reads transcripts"), "{}", refused.err);
}

#[test]
fn what_goes_to_an_archive_does_not_come_back() {
    let home = TestHome::new();
    fill(&home);
    let whole = json(&home, &["summary"])["totals"].clone();
    let args = ["db", "prune", "--archive", "old/2026.db", "--before", "2026-04-01"];
    let moved = json(&home, &args);
    // 10 × 1,000 × $3 and (0 + … + 9) × $15 a million.
    assert_eq!((&moved["responses"], &moved["costUsd"]), (&json!(10), &json!(0.030_675)), "{moved}");
    assert_eq!(json(&home, &args)["responses"], 0, "a second time");
    let sum = |args: &[&str]| {
        let sql = "SELECT SUM(cost_nano_usd) AS cost, SUM(is_message) AS messages FROM messages";
        json(&home, &[&["db", "query", sql], args].concat())[0].clone()
    };
    let archive = sum(&["--database", "old/2026.db"]);
    assert_eq!(archive, json!({"cost": 30_675_000, "messages": 10}));
    let rest = json!({"cost": 2_675_000, "messages": 5});
    let check = |what: &str| {
        assert_eq!(sum(&[]), rest, "{what}");
        assert_eq!(text(&home, &["db", "check"]), "The database is in order.\n", "{what}");
    };
    check("pruned");
    assert_eq!(text(&home, &["db", "check"]), "The database is in order.\n");
    // A report that reaches back says what it leaves out.
    let report = run(home.command(["summary", "--json"]));
    assert!(report.err.contains("what is older than 2026-04-01 is not counted"), "{}", report.err);
    assert_eq!(run(home.command(["summary", "--since", "2026-05-01"])).err, "");
    // Rewritten, copied, read anew, damaged: it stays where it is.
    let path = home.claude_dir().join(format!("projects/-project/{SESSION}.jsonl"));
    let lines = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{{\"type\":\"summary\"}}\n{lines}")).unwrap();
    home.append("-copy", OTHER, &lines);
    text(&home, &["ingest"]);
    check("rewritten");
    text(&home, &["db", "rebuild"]);
    check("rebuilt");
    fs::write(database(&home), "no database").unwrap();
    assert_eq!(run(home.command(["ingest"])).code, Some(0));
    check("damaged");
    // Together they are what there was.
    assert_eq!((&whole["costUsd"], &whole["messages"]), (&json!(0.033_35), &json!(15)));
    for (file, told) in
        [("notes.txt", "not an archive of Costline"), ("state/costline/usage.db", "the database itself")]
    {
        if file == "notes.txt" {
            fs::write(home.path().join(file), "mine").unwrap();
        }
        let refused = run(home.command(["db", "prune", "--archive", file, "--before", "2026-06-01"]));
        assert_eq!(refused.code, Some(1));
        assert!(refused.err.contains(told), "{}", refused.err);
        check(file);
    }
}

#[test]
fn the_examples_of_the_page_are_answered() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sql.md")).unwrap();
    let examples: Vec<&str> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 8, "{}", examples.len());
    for sql in &examples {
        for form in ["--json", "--csv"] {
            let ran = run(home.command(["db", "query", sql, form]));
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{sql}");
        }
    }
    let days = json(&home, &["db", "query", examples[0]]);
    // 5 × (500 × $1 + 7 × $5) a million, and what March cost.
    let expected = json!([{"day": "2026-05-04", "messages": 5, "usd": 0.0}, {"day": "2026-03-02", "messages": 10, "usd": 0.03}]);
    assert_eq!(days, expected);
    let tools = json(&home, &["db", "query", "SELECT tool, uses FROM tools ORDER BY tool"]);
    assert_eq!(tools, json!([{"tool": "Edit", "uses": 10}, {"tool": "Read", "uses": 10}]));
}

#[test]
fn questions_change_nothing() {
    let home = TestHome::new();
    fill(&home);
    text(&home, &["ingest"]);
    for (sql, told) in [
        ("DELETE FROM response", "only a statement that reads"),
        ("UPDATE meta SET value = 0", "only a statement that reads"),
        ("VACUUM INTO 'copy.db'", "only a statement that reads"),
        ("ATTACH 'copy.db' AS copy", "only a statement that reads"),
        ("PRAGMA user_version = 99", "cannot answer"),
        ("PRAGMA journal_mode = DELETE", "cannot answer"),
        ("DELETE FROM response RETURNING id", "only a statement that reads"),
        ("SELECT 1; DELETE FROM response", "one statement at a time"),
        ("SELECT nope FROM messages", "no such column: nope"),
        ("", "cannot answer"),
    ] {
        let ran = run(home.command(["db", "query", sql]));
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{sql}");
        assert!(ran.err.contains(told), "{sql}: {}", ran.err);
    }
    assert!(!home.path().join("copy.db").exists());
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 15);
    let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n";
    let ran = run(home.command(["db", "query", endless, "--timeout", "1"]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the time was up"), "{}", ran.err);
    let csv = text(&home, &["db", "query", "--csv", "SELECT 'a,\"b\"' AS \"x y\", NULL AS n, 1.5 AS r"]);
    assert_eq!(csv, "x y,n,r\n\"a,\"\"b\"\"\",,1.5\n");
    assert_eq!(json(&home, &["db", "query", "SELECT 1 AS one WHERE 0"]), json!([]));
}
