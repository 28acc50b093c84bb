//! Many processes on one state folder, and what can happen to them and to the folder's files.

use crate::editor::{Editor, at_noon, nanos, total};
use crate::home::TestHome;
use crate::process::{json, run, stop};
use crate::transcript::{Usage, Voice, now};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
/// What each response costs, in nano-dollars: $3 for a million tokens of input.
const EACH: u64 = 3_000_000;

/// Appends a response of 1,000 tokens.
fn append(home: &TestHome, id: usize) {
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response(&id.to_string(), now(), Usage::of(1_000, 0)));
}

fn leads(status: &Value) -> bool {
    status["health"]["role"] == "leader"
}

/// Checks the sums of so many responses.
fn sums(status: &Value, responses: usize) {
    assert_eq!(status["allTime"]["inputTokens"], responses * 1_000, "{status}");
    assert_eq!(nanos(&status["allTime"]["costUsd"]), EACH * responses as u64, "{status}");
}

fn has_problem(status: &Value, words: &str) -> bool {
    status["health"]["problems"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains(words))
}

/// Whether a status shows so many responses, and nothing is wrong.
fn sound(status: &Value, responses: usize) -> bool {
    total(status) as usize == responses
        && status["severity"] == "ok"
        && status["health"]["problems"] == json!([])
}

fn signal(editor: &Editor, signal: Signal) {
    kill_process(editor.client.pid(), signal).unwrap();
}

#[test]
fn one_of_many_followers_leads_next() {
    let home = TestHome::new();
    let mut editors = vec![Editor::of(&home)];
    editors[0].until(leads);
    editors.extend((0..4).map(|_| Editor::of(&home)));
    for editor in &mut editors[1..] {
        editor.until(|_| true);
    }
    let ends: [fn(&mut Editor); 4] = [
        |editor| signal(editor, Signal::KILL),
        |editor| signal(editor, Signal::TERM),
        // What a panic that aborts, or a failed allocation, comes to.
        |editor| signal(editor, Signal::ABORT),
        |editor| editor.client.close_stdin(),
    ];
    let mut leader = editors.remove(0);
    for (index, end) in ends.iter().enumerate() {
        append(&home, 2 * index);
        let start = Instant::now();
        end(&mut leader);
        append(&home, 2 * index + 1);
        let wanted = 2 * (index + 1);
        let process = leader.client.process();
        let settled = |status: &Value| {
            total(status) as usize == wanted && status["health"]["leaderPid"] != json!(process)
        };
        let statuses: Vec<Value> = editors.iter_mut().map(|editor| editor.until(settled)).collect();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        for status in &statuses {
            sums(status, wanted);
            assert_eq!(status["health"]["leaderPid"], statuses[0]["health"]["leaderPid"]);
        }
        let leading: Vec<usize> = (0..editors.len()).filter(|at| leads(&statuses[*at])).collect();
        assert_eq!(leading.len(), 1, "{statuses:?}");
        leader = editors.remove(leading[0]);
        assert_eq!(statuses[0]["health"]["leaderPid"], leader.client.process());
    }
}

#[test]
fn a_stopped_leader_is_told_and_goes_on() {
    let home = TestHome::new();
    append(&home, 0);
    let mut leader = Editor::of(&home);
    leader.until(|status| leads(status) && sound(status, 1));
    let mut follower = Editor::of(&home);
    follower.until(|status| sound(status, 1));
    let stopped = format!("the leading process {} is stopped", leader.client.process());

    stop(leader.client.pid());
    append(&home, 1);
    let status = follower.until(|status| has_problem(status, &stopped));
    assert_eq!(status["severity"], "ok", "bytes wait for a moment only: {status}");
    // A report waits for it, though not for long, and says what it is worth.
    let start = Instant::now();
    let ran = run(home.command(["summary", "--json"]));
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["partial"], &report["totals"]["messages"]), (&json!(true), &json!(1)));
    assert!(ran.err.contains(&stopped), "{}", ran.err);

    follower.client.wait_at_most(Duration::from_secs(30));
    let status = follower.until(|status| status["severity"] == "stale");
    assert!(has_problem(&status, &stopped), "{status}");
    signal(&leader, Signal::CONT);
    let status = follower.until(|status| sound(status, 2));
    sums(&status, 2);
    leader.until(|status| sound(status, 2));

    // One that ends while it is stopped hands over, too.
    stop(leader.client.pid());
    follower.until(|status| has_problem(status, &stopped));
    leader.client.kill();
    append(&home, 2);
    sums(&follower.until(|status| leads(status) && sound(status, 3)), 3);
}

#[test]
fn a_leader_stopped_in_the_midst_of_writing_holds_up_no_reader() {
    const RESPONSES: usize = 12_000;
    let home = TestHome::new();
    append(&home, 0);
    let mut leader = Editor::of(&home);
    leader.until(|status| leads(status) && total(status) == 1);
    let mut follower = Editor::of(&home);
    follower.until(|status| total(status) == 1);

    for part in 0..4 {
        let session = format!("{SESSION}-{part}");
        let voice = Voice::new(&session, &home.project());
        let response = |index| voice.response(&format!("{part}-{index}"), now(), Usage::of(1_000, 0));
        let text: String = (0..RESPONSES / 4).map(response).collect();
        home.append("-project", &session, &text);
    }
    let database = rusqlite::Connection::open(home.path().join("state/costline/usage.db")).unwrap();
    let mut caught = false;
    for _ in 0..1_000 {
        stop(leader.client.pid());
        caught = database.busy_timeout(Duration::ZERO).is_ok()
            && database.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err();
        if caught {
            break;
        }
        signal(&leader, Signal::CONT);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(caught, "the leader was never seen to write");
    // What was committed before can be read, and belongs together.
    let status = follower.client.request("costline/getStatus", json!({}))["result"].clone();
    sums(&status, total(&status) as usize);
    let start = Instant::now();
    // A report of a folder that is new to the database has to wait with its wish.
    let other = home.path().join("other");
    fs::create_dir_all(other.join("projects/-p")).unwrap();
    fs::write(other.join("projects/-p/x.jsonl"), "{}\n").unwrap();
    for mut command in [home.command(["summary", "--json"]), home.command(["summary", "--json"])] {
        if start.elapsed() > Duration::from_millis(100) {
            command.arg("--claude-dir").arg(&other);
        }
        let ran = run(command);
        assert!(ran.err.contains("is stopped"), "{}", ran.err);
        assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["partial"], true);
    }
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    signal(&leader, Signal::CONT);
    sums(&follower.until(|status| sound(status, 1 + RESPONSES)), 1 + RESPONSES);
}

#[test]
fn a_stopped_process_group_does_not_stop_the_server() {
    let home = TestHome::new();
    // An editor that suspends itself stops its whole group.
    let mut group = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
    let id = Pid::from_child(&group);
    let mut command = at_noon(&home, ["lsp"]);
    command.process_group(id.as_raw_nonzero().get());
    let mut editor = Editor::with(command, |_| {});
    editor.until(leads);
    for (index, stop) in [Signal::TSTP, Signal::STOP].into_iter().enumerate() {
        kill_process_group(id, stop).unwrap();
        append(&home, index);
        sums(&editor.until(|status| sound(status, index + 1)), index + 1);
    }
    group.kill().unwrap();
    group.wait().unwrap();
}

/// The same where a database may have been lost, which is told as long as its leader lives.
fn well(status: &Value, responses: usize) -> bool {
    let problems = status["health"]["problems"].as_array().unwrap();
    total(status) as usize == responses
        && status["severity"] == "ok"
        && problems.iter().all(|problem| problem.as_str().unwrap().starts_with("the database was gone"))
}

/// Does something to the state folder under a leader and two followers; all of them have to get over it.
fn damaged(damage: impl Fn(&Path)) {
    let home = TestHome::new();
    let state = home.path().join("state/costline");
    append(&home, 0);
    let mut editors = vec![Editor::of(&home)];
    editors[0].until(|status| leads(status) && sound(status, 1));
    // What a person would restore: older than what comes now.
    let copy = home.path().join("copy.db");
    let database = rusqlite::Connection::open(state.join("usage.db")).unwrap();
    database.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    drop(database);
    append(&home, 1);
    editors.extend((0..2).map(|_| Editor::of(&home)));
    for editor in &mut editors {
        editor.until(|status| sound(status, 2));
    }
    damage(&state);
    append(&home, 2);
    let statuses: Vec<Value> =
        editors.iter_mut().map(|editor| editor.until(|status| well(status, 3))).collect();
    for status in &statuses {
        sums(status, 3);
    }
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 3);
    // Whoever leads is one, and holds the lock that others find.
    append(&home, 3);
    let mut leading = Vec::new();
    for (at, editor) in editors.iter_mut().enumerate() {
        editor.until(|status| well(status, 4));
        let status = editor.client.request("costline/getStatus", json!({}))["result"].clone();
        if leads(&status) {
            leading.push(at);
        }
    }
    assert_eq!(leading.len(), 1);
    let lock = fs::File::open(state.join("leader.lock")).unwrap();
    assert!(lock.try_lock().is_err(), "nobody holds the lock");
    editors.remove(leading[0]).client.kill();
    append(&home, 4);
    for editor in &mut editors {
        sums(&editor.until(|status| well(status, 5)), 5);
    }
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

#[test]
fn a_removed_database_is_made_anew() {
    damaged(|state| remove(&state.join("usage.db")));
    damaged(|state| {
        ["usage.db", "usage.db-wal", "usage.db-shm"].iter().for_each(|name| remove(&state.join(name)));
    });
}

#[test]
fn a_removed_log_of_the_database_loses_nothing() {
    damaged(|state| remove(&state.join("usage.db-wal")));
    damaged(|state| remove(&state.join("usage.db-shm")));
}

#[test]
fn a_database_that_is_moved_over_is_read_on_from_where_it_stands() {
    damaged(|state| fs::rename(state.join("../../copy.db"), state.join("usage.db")).unwrap());
}

#[test]
fn a_state_folder_that_is_removed_or_moved_is_made_anew() {
    // What is made anew in the midst of it has to go again.
    damaged(
        |state| while fs::remove_dir_all(state).is_err_and(|error| error.kind() != ErrorKind::NotFound) {},
    );
    damaged(|state| fs::rename(state, state.with_extension("old")).unwrap());
}

#[test]
fn a_removed_lock_makes_no_second_leader() {
    damaged(|state| remove(&state.join("leader.lock")));
}

#[test]
fn who_comes_after_the_lock_was_removed_is_the_one_leader_or_none() {
    let home = TestHome::new();
    let mut first = Editor::of(&home);
    first.until(leads);
    for index in 0..5 {
        remove(&home.path().join("state/costline/leader.lock"));
        let mut second = Editor::of(&home);
        append(&home, index);
        let statuses =
            [&mut first, &mut second].map(|editor| editor.until(|status| sound(status, index + 1)));
        sums(&statuses[0], index + 1);
        let asked = [&mut first, &mut second]
            .map(|editor| editor.client.request("costline/getStatus", json!({}))["result"].clone());
        assert_eq!(asked.iter().filter(|status| leads(status)).count(), 1, "{asked:?}");
    }
}

#[test]
fn each_process_sees_its_own_roots_and_the_leader_reads_them_all() {
    let home = TestHome::new();
    append(&home, 0);
    let mut leader = Editor::of(&home);
    leader.until(|status| leads(status) && total(status) == 1);
    let other = home.path().join("other");
    let folder = other.join("projects/-project");
    let transcript = folder.join(format!("{SESSION}.jsonl"));
    let voice = Voice::new("22222222-2222-4222-8222-222222222222", &home.project());
    let write = |ids: std::ops::Range<usize>| {
        fs::create_dir_all(&folder).unwrap();
        let response = |id| voice.response(&format!("other-{id}"), now(), Usage::of(2_000, 0));
        fs::write(&transcript, ids.map(response).collect::<String>()).unwrap();
    };
    write(0..1);
    let mut command = at_noon(&home, ["lsp"]);
    command.env("CLAUDE_CONFIG_DIR", &other);
    let mut follower = Editor::with(command, |_| {});
    let status = follower.until(|status| total(status) == 1);
    assert_eq!(
        (&status["health"]["role"], &status["allTime"]["inputTokens"]),
        (&json!("follower"), &json!(2_000))
    );
    // The root goes, and comes back with more.
    fs::remove_dir_all(&other).unwrap();
    append(&home, 1);
    leader.until(|status| total(status) == 2);
    write(0..2);
    let status = follower.until(|status| total(status) == 2);
    assert_eq!(status["allTime"]["inputTokens"], 4_000);
    write(0..3);
    follower.until(|status| total(status) == 3);
    let both = ["summary", "--claude-dir", "claude", "--claude-dir", "other"];
    assert_eq!(json(&home, &both)["totals"]["inputTokens"], 8_000);
    let status = leader.client.request("costline/getStatus", json!({}))["result"].clone();
    sums(&status, 2);
}

#[test]
fn state_folders_of_any_name_on_any_disk() {
    let memory = Path::new("/dev/shm");
    let memory = if memory.is_dir() { tempfile::tempdir_in(memory).ok() } else { None };
    if memory.is_none() {
        crate::space::skip("there is no disk in memory here");
    }
    let home = TestHome::new();
    append(&home, 0);
    let real = home.path().join("real");
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, home.path().join("link")).unwrap();
    let long = home.path().join(vec!["x".repeat(100); 3].join("/"));
    let odd = home.path().join("with spaces, 'quotes' & ümläute 状態?#%20");
    let folders = [odd, long, home.path().join("link"), home.path().join("link/below")];
    for state in folders.into_iter().chain(memory.as_ref().map(|memory| memory.path().join("state"))) {
        let start = |home: &TestHome| {
            let mut command = at_noon(home, ["lsp"]);
            command.env("COSTLINE_STATE_DIR", &state);
            Editor::with(command, |_| {})
        };
        let responses =
            fs::read_to_string(home.claude_dir().join(format!("projects/-project/{SESSION}.jsonl")));
        let responses = responses.unwrap().lines().count();
        let mut leader = start(&home);
        leader.until(|status| leads(status) && sound(status, responses));
        let mut follower = start(&home);
        follower.until(|status| sound(status, responses));
        append(&home, responses);
        follower.until(|status| sound(status, responses + 1));
        leader.client.kill();
        follower.until(leads);
        assert!(state.join("usage.db").is_file());
    }
}
