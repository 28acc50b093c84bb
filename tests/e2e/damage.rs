//! A database that is damaged, in many ways, and what is there afterwards.

use crate::editor::Editor;
use crate::home::TestHome;
use crate::process::{Ran, json, run, text};
use crate::transcript::{Usage, Voice, at, now};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

pub fn database(home: &TestHome) -> PathBuf {
    home.path().join("state/costline/usage.db")
}

/// Three sessions that are read and backed up, and one response more that is read alone.
fn home() -> TestHome {
    let home = TestHome::new();
    let start = at("2026-03-02T10:00:00Z");
    for number in 0..3 {
        let session = format!("session-{number}");
        let voice = Voice::new(&session, &home.project());
        let mut text = voice.prompt(&format!("p{number}"), start);
        for index in 0..60 {
            let id = format!("{number}-{index}");
            text += &voice.tools(&id, start + index * 1000, Usage::of(1_000 + index, index), &["Edit"]);
        }
        home.append("-project", &session, &text);
    }
    text(&home, &["ingest"]);
    text(&home, &["db", "backup"]);
    let voice = Voice::new("session-0", &home.project());
    home.append("-project", "session-0", &voice.response("late", start, Usage::of(1_000_000, 0)));
    text(&home, &["ingest"]);
    home
}

fn totals(home: &TestHome) -> (Value, Ran) {
    let ran = run(home.command(["summary", "--json"]));
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error} in {ran:?}"));
    (report["totals"].clone(), ran)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn cut(path: &Path, length: u64) {
    File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

/// Leaves a log behind, as a process does that was killed: a copy of what lay there while it was open.
fn with_log(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'revision'", []).unwrap();
    let copies = ["", "-wal"].map(|part| fs::read(format!("{}{part}", path.display())).unwrap());
    drop(connection);
    for (part, bytes) in ["", "-wal"].iter().zip(copies) {
        fs::write(format!("{}{part}", path.display()), bytes).unwrap();
    }
}

type Damage = (&'static str, fn(&Path));

/// What is done to the file; all of it has to be noticed.
const NOTICED: [Damage; 14] = [
    ("not a database", |path| fs::write(path, "these are not the pages you are looking for").unwrap()),
    ("nothing but zeros", |path| fs::write(path, vec![0; 40_960]).unwrap()),
    ("no bytes", |path| cut(path, 0)),
    ("gone", |path| fs::remove_file(path).unwrap()),
    ("one byte", |path| cut(path, 1)),
    ("half a header", |path| cut(path, 50)),
    ("one page", |path| cut(path, 4096)),
    ("half of its pages", |path| cut(path, fs::metadata(path).unwrap().len() / 2 / 4096 * 4096)),
    ("half a page less", |path| cut(path, fs::metadata(path).unwrap().len() - 2048)),
    ("garbage for a header", |path| overwrite(path, 0, &[0xa5; 100])),
    ("garbage for its list of tables", |path| overwrite(path, 100, &[0xa5; 1000])),
    ("garbage for all pages but the first", |path| {
        let length = fs::metadata(path).unwrap().len() as usize;
        overwrite(path, 4096, &vec![0xa5; length - 4096]);
    }),
    ("garbage for some pages, after a kill", |path| {
        let length = fs::metadata(path).unwrap().len() as usize / 4096;
        with_log(path);
        for page in (2..length).step_by(5) {
            overwrite(path, page as u64 * 4096, &[0xa5; 4096]);
        }
    }),
    ("sums that are not those of its responses, after a kill", |path| {
        Connection::open(path).unwrap().execute("UPDATE rollup SET cost = cost + 1", []).unwrap();
        with_log(path);
    }),
];

/// What harms nobody: SQLite knows which part of a log is whole.
const HARMLESS: [Damage; 4] = [
    ("a log of garbage", |path| fs::write(path.with_extension("db-wal"), [0xa5; 9000]).unwrap()),
    ("a log of no bytes", |path| fs::write(path.with_extension("db-wal"), "").unwrap()),
    ("a log that is cut", |path| {
        with_log(path);
        let log = path.with_extension("db-wal");
        cut(&log, fs::metadata(&log).unwrap().len() - 7);
    }),
    ("a memory of garbage", |path| fs::write(path.with_extension("db-shm"), [0xa5; 32_768]).unwrap()),
];

/// Each damage, one after the other, to the same database; what came after its backup is known by the sums.
fn suffer(damages: &[(Damage, bool)], gone: bool) {
    let home = home();
    let path = database(&home);
    let (state, saved) = (path.parent().unwrap(), home.path().join("saved"));
    let (whole, _) = totals(&home);
    assert_eq!(whole["messages"], 181);
    copy_folder(state, &saved);
    if gone {
        fs::remove_dir_all(home.claude_dir().join("projects")).unwrap();
    }
    // What came after the backup, a million tokens in one long prompt at $6, is gone with its transcript.
    let mut backed_up = whole.clone();
    for (name, less) in [("messages", 1), ("inputTokens", 1_000_000), ("totalTokens", 1_000_000)] {
        backed_up[name] = json!(whole[name].as_i64().unwrap() - less);
    }
    // 180 × 1,000 and 3 × (0 + … + 59) × $3 a million, 3 × (0 + … + 59) × $15.
    assert_eq!(whole["costUsd"], 6.635_58);
    backed_up["costUsd"] = json!(0.635_58);
    for ((what, damage), noticed) in damages {
        fs::remove_dir_all(state).unwrap();
        copy_folder(&saved, state);
        damage(&path);
        let (found, ran) = totals(&home);
        assert_eq!(&found, if *noticed && gone { &backed_up } else { &whole }, "{what}");
        assert_eq!(ran.code, Some(0), "{what}");
        assert_eq!(ran.err.contains("the database was"), *noticed, "{what}: {}", ran.err);
        if *noticed {
            let told = ran.err.contains("the backup usage-20") && ran.err.contains("took its place");
            assert!(told, "{what}: {}", ran.err);
            // Followers and later commands hear of it as well.
            let status = json(&home, &["status", "--no-ingest"]);
            let problems = status["health"]["problems"].to_string();
            assert!(problems.contains("the database was"), "{what}: {problems}");
            let aside = fs::read_dir(path.with_file_name("quarantine")).map_or(0, Iterator::count);
            assert_eq!(aside > 0, !matches!(*what, "no bytes" | "gone"), "{what}");
        }
        // Once is enough.
        assert_eq!(text(&home, &["db", "check"]), "The database is in order.\n", "{what}");
        let again = totals(&home);
        assert_eq!((again.0, again.1.err.as_str()), (found, ""), "{what}, later");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn transcripts_make_up_for_any_damage() {
    suffer(&NOTICED.map(|damage| (damage, true)), false);
}

#[test]
fn the_backup_makes_up_for_any_damage_where_transcripts_expired() {
    suffer(&NOTICED.map(|damage| (damage, true)), true);
    suffer(&HARMLESS.map(|damage| (damage, false)), true);
}

#[test]
fn damaged_backups_are_passed_over() {
    let home = home();
    let path = database(&home);
    let folder = path.with_file_name("backups");
    let backup = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(home.claude_dir().join("projects")).unwrap();
    // A newer one that is cut, one of a newer schema, one that is none.
    let bytes = fs::read(&backup).unwrap();
    fs::write(folder.join("usage-2026-12-30.db"), &bytes[..bytes.len() / 2]).unwrap();
    let newer = folder.join("usage-2026-12-31.db");
    fs::write(&newer, &bytes).unwrap();
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    fs::write(folder.join("usage-before-schema-7.db"), "").unwrap();
    fs::write(&path, "no database").unwrap();
    let (found, ran) = totals(&home);
    assert_eq!(found["messages"], 180, "{}", ran.err);
    let name = backup.file_name().unwrap().to_string_lossy().into_owned();
    assert!(ran.err.contains(&format!("the backup {name} took its place")), "{}", ran.err);
}

#[test]
fn without_a_backup_the_transcripts_are_read_anew() {
    let home = home();
    let (whole, _) = totals(&home);
    fs::remove_dir_all(database(&home).with_file_name("backups")).unwrap();
    fs::write(database(&home), "no database").unwrap();
    let (found, ran) = totals(&home);
    assert_eq!(found, whole);
    assert!(ran.err.contains("there is no backup, so it was made anew"), "{}", ran.err);
}

#[test]
fn damage_under_a_leader_is_set_right_while_it_runs() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    for index in 0..200 {
        home.append("-project", SESSION, &voice.response(&index.to_string(), now(), Usage::of(1_000, 0)));
    }
    let mut leader = Editor::of(&home);
    leader.until(|status| status["allTime"]["messages"] == 200);
    let mut follower = Editor::of(&home);
    let before = follower.until(|status| status["health"]["role"] == "follower");
    let path = database(&home);
    {
        let connection = Connection::open(&path).unwrap();
        let _: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        let length = fs::metadata(&path).unwrap().len() as usize;
        overwrite(&path, 4096, &vec![0xa5; length - 4096]);
        // Another process writes to the first page: what others hold of the rest counts no more.
        connection.pragma_update(None, "application_id", 7).unwrap();
    }
    home.append("-project", SESSION, &voice.response("late", now(), Usage::of(1_000_000, 0)));
    for editor in [&mut leader, &mut follower] {
        let status = editor.until(|status| {
            status["allTime"]["messages"] == 201
                && status["health"]["problems"].to_string().contains("the database was damaged")
        });
        assert_eq!(status["allTime"]["costUsd"], 3.6);
        assert_eq!(status["severity"], "ok");
        assert!(status["revision"].as_i64() > before["revision"].as_i64());
    }
    // And on from there.
    home.append("-project", SESSION, &voice.response("later", now(), Usage::of(1_000, 0)));
    leader.until(|status| status["allTime"]["messages"] == 202);
    follower.until(|status| status["allTime"]["messages"] == 202);
}
