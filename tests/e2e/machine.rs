//! Faults of the machine under a leader: each is told, and when it clears the sums are right within seconds, by
//! themselves.

use crate::editor::{Editor, at_noon, nanos, total};
use crate::home::TestHome;
use crate::process::{json, run};
use crate::space::{also, can, inside, skip};
use crate::transcript::{Usage, Voice, now};
use rustix::process::{Resource, Rlimit, getrlimit, getuid, prlimit};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
/// A user who owns nothing.
const NOBODY: u32 = 65_534;

fn leads(status: &Value) -> bool {
    status["health"]["role"] == "leader"
}

fn append(home: &TestHome, id: usize) {
    let voice = Voice::new(SESSION, &home.project());
    home.append("-project", SESSION, &voice.response(&id.to_string(), now(), Usage::of(1_000, 0)));
}

/// Whether a status shows so many responses of 1,000 tokens for $0.003 each, and nothing is wrong.
fn sound(status: &Value, responses: usize) -> bool {
    status["allTime"]["inputTokens"] == responses * 1_000
        && nanos(&status["allTime"]["costUsd"]) == responses as u64 * 3_000_000
        && status["severity"] == "ok"
        && status["health"]["problems"] == json!([])
}

fn has_problem(status: &Value, words: &str) -> bool {
    status["health"]["problems"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains(words))
}

/// Sets how much a running process may have of a resource from now on; gives what it was.
fn limit(editor: &Editor, resource: Resource, current: Option<u64>) -> Option<u64> {
    // It has this one's upper limit.
    let new = Rlimit { current, maximum: getrlimit(resource).maximum };
    prlimit(Some(editor.client.pid()), resource, new).unwrap().current
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_full_disk() {
    if !can("mount -t tmpfs none /tmp") {
        return;
    }
    let home = TestHome::new();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    let mount = format!("mount -t tmpfs -o size=4m none '{}'", state.display());
    let mut editor = Editor::with(inside(&at_noon(&home, ["lsp"]), &mount), |_| {});
    append(&home, 0);
    editor.until(|status| leads(status) && sound(status, 1));
    let there = editor.client.process();
    let filler = state.join("filler");
    also(there, &format!("dd if=/dev/zero of='{}' bs=4k 2>/dev/null || true", filler.display()));
    let mut count = 1;
    while !editor.seen.last().is_some_and(|status| has_problem(status, "full")) {
        // The database's files have some room left in them.
        append(&home, count);
        count += 1;
        editor.until(|status| total(status) as usize == count || has_problem(status, "full"));
    }
    editor.client.wait_at_most(Duration::from_secs(30));
    let status = editor.until(|status| status["severity"] == "stale");
    assert!(has_problem(&status, "full"), "{status}");
    also(there, &format!("rm '{}'", filler.display()));
    editor.until(|status| sound(status, count));
}

#[test]
fn a_full_quota() {
    let home = TestHome::new();
    // Else the system ends a process that writes beyond the limit.
    let mut command = Command::new("/bin/sh");
    let server = at_noon(&home, ["lsp"]);
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(server.get_program()).args(server.get_args());
    command.env_clear().envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut editor =
        Editor::with(std::mem::replace(command.current_dir(home.path()), Command::new("")), |_| {});
    append(&home, 0);
    editor.until(|status| leads(status) && sound(status, 1));
    let before = limit(&editor, Resource::Fsize, Some(4_096));
    append(&home, 1);
    let status = editor.until(|status| has_problem(status, "the database failed"));
    assert_eq!(total(&status), 1);
    limit(&editor, Resource::Fsize, before);
    editor.until(|status| sound(status, 2));
}

#[test]
fn a_disk_that_may_only_be_read() {
    if !can("mount -t tmpfs none /tmp && mount -o remount,ro /tmp") {
        return;
    }
    let home = TestHome::new();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    let state = state.display();
    append(&home, 0);
    // Made by an earlier process, which ended.
    let script = format!(
        "mount -t tmpfs none '{state}'; mkdir -m 700 '{state}/costline'; mount -o remount,ro '{state}'"
    );
    let mut editor = Editor::with(inside(&at_noon(&home, ["lsp"]), &script), |_| {});
    let status = editor.until(|status| has_problem(status, "Read-only file system"));
    assert_eq!(status["severity"], "stale");
    let there = editor.client.process();
    also(there, &format!("mount -o remount,rw '{state}'"));
    editor.until(|status| leads(status) && sound(status, 1));
    // And while the database is open.
    append(&home, 1);
    editor.until(|status| sound(status, 2));
}

#[test]
fn reports_of_a_disk_that_may_only_be_read() {
    if !can("mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp") {
        return;
    }
    let home = TestHome::new();
    append(&home, 0);
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 1);
    append(&home, 1);
    let state = home.path().join("state");
    let state = state.display();
    let script = format!("mount --bind '{state}' '{state}'; mount -o remount,bind,ro '{state}'");
    let ran = run(inside(&home.command(["summary", "--json"]), &script));
    assert!(ran.err.contains("nothing new was read"), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["partial"], &report["totals"]["messages"]), (&json!(true), &json!(1)));
    assert_eq!(json(&home, &["summary"])["totals"]["messages"], 2);
}

/// A command that another user than the one who runs the tests runs, where that may be; else this one.
fn as_another(home: &TestHome, args: &[&str]) -> Command {
    let mut command = at_noon(home, args.iter().copied());
    if getuid().is_root() {
        // Its own copy: the other user may not look where it was built.
        let binary = home.path().join("costline");
        if !binary.exists() {
            fs::copy(env!("CARGO_BIN_EXE_costline"), &binary).unwrap();
        }
        let mut other = Command::new(binary);
        other.args(command.get_args()).env_clear().current_dir(home.path());
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        give(home.path());
        other.uid(NOBODY).gid(NOBODY);
        command = other;
    }
    command
}

/// Gives a folder and all in it to that other user.
fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path()));
    }
}

#[test]
fn a_state_folder_without_permission() {
    let home = TestHome::new();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    append(&home, 0);
    let command = as_another(&home, &["lsp"]);
    mode(&state, 0o500);
    let mut editor = Editor::with(command, |_| {});
    let status = editor.until(|status| has_problem(status, "Permission denied"));
    assert_eq!(status["severity"], "stale");
    let ran = run(as_another(&home, &["summary"]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("Permission denied") && ran.err.contains("state/costline"), "{}", ran.err);
    mode(&state, 0o700);
    editor.until(|status| leads(status) && sound(status, 1));
}

#[test]
fn transcripts_without_permission() {
    let home = TestHome::new();
    append(&home, 0);
    let mut editor = Editor::with(as_another(&home, &["lsp"]), |_| {});
    editor.until(|status| leads(status) && sound(status, 1));
    let voice = Voice::new("22222222-2222-4222-8222-222222222222", &home.project());
    let text = voice.response("secret", now(), Usage::of(1_000, 0));
    let path = home.path().join("claude/projects/-project/secret.jsonl");
    fs::write(path.with_extension("new"), text).unwrap();
    mode(&path.with_extension("new"), 0o000);
    fs::rename(path.with_extension("new"), &path).unwrap();
    editor.until(|status| has_problem(status, "secret.jsonl: Permission denied"));
    // The rest counts.
    append(&home, 1);
    editor.until(|status| total(status) == 2);
    mode(&path, 0o644);
    editor.until(|status| sound(status, 3));
    // A folder that may not be entered.
    let folder = home.path().join("claude/projects/-project");
    mode(&folder, 0o000);
    editor.until(|status| has_problem(status, "cannot read the folder"));
    mode(&folder, 0o755);
    editor.until(|status| sound(status, 3));
}

#[test]
fn too_many_open_files() {
    let home = TestHome::new();
    // It would hold files, and give them back.
    home.configure("[backup]\nkeep = 0\n");
    append(&home, 0);
    let mut editor = Editor::of(&home);
    editor.until(|status| leads(status) && sound(status, 1));
    // No number that is free is allowed: every further file fails.
    let taken = |number: &u64| Path::new(&format!("/proc/{}/fd/{number}", editor.client.process())).exists();
    let free = (0..10_000).find(|number| !taken(number)).unwrap();
    let before = limit(&editor, Resource::Nofile, Some(free));
    append(&home, 1);
    editor.until(|status| has_problem(status, "Too many open files"));
    limit(&editor, Resource::Nofile, before);
    editor.until(|status| sound(status, 2));
}

#[test]
fn no_more_threads() {
    let home = TestHome::new();
    append(&home, 0);
    let mut editor = Editor::with(as_another(&home, &["lsp"]), |_| {});
    editor.until(|status| leads(status) && sound(status, 1));
    // Only its own user may set its limits without being more than root.
    let limit = |process: u32, threads: &str| {
        let mut command = Command::new("prlimit");
        command.args(["--pid", &process.to_string(), &format!("--nproc={threads}:")]);
        if getuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.status().is_ok_and(|status| status.success())
    };
    if !limit(editor.client.process(), "0") {
        return skip("there is no `prlimit` to limit a running process with");
    }
    // A new folder is looked through by a thread.
    let voice = Voice::new("22222222-2222-4222-8222-222222222222", &home.project());
    home.append("-other", "b", &voice.response("b", now(), Usage::of(1_000, 0)));
    let process = editor.client.process();
    editor.until(|status| has_problem(status, "cannot start the thread"));
    assert!(limit(process, "1000"));
    editor.until(|status| sound(status, 2));
}

#[test]
fn limits_of_file_events() {
    let file = "/proc/sys/user/max_inotify_watches";
    if !can(&format!("echo 6 > {file}")) {
        return;
    }
    let home = TestHome::new();
    append(&home, 0);
    // The state folder, the inbox, the settings' folder, the projects and one of them; others are too many.
    let command = inside(&at_noon(&home, ["lsp"]), &format!("echo 5 > {file}"));
    let mut editor = Editor::with(command, |_| {});
    editor.until(|status| leads(status) && sound(status, 1) && status["health"]["watch"] == "events");
    let voice = Voice::new("22222222-2222-4222-8222-222222222222", &home.project());
    for folder in ["-other", "-another"] {
        fs::create_dir(home.claude_dir().join("projects").join(folder)).unwrap();
    }
    home.append("-other", "b", &voice.response("b", now(), Usage::of(1_000, 0)));
    let status = editor.until(|status| status["health"]["watch"] == "polling");
    assert!(has_problem(&status, "looking every 2 s instead"), "{status}");
    if total(&status) != 2 {
        editor.until(|status| total(status) == 2);
    }
    home.append("-other", "b", &voice.response("c", now(), Usage::of(1_000, 0)));
    editor.until(|status| total(status) == 3);
    also(editor.client.process(), &format!("echo 1000 > {file}"));
    editor.client.wait_at_most(Duration::from_secs(30));
    editor.until(|status| sound(status, 3) && status["health"]["watch"] == "events");
}

#[test]
fn no_file_events_at_all() {
    let file = "/proc/sys/user/max_inotify_instances";
    if !can(&format!("echo 0 > {file}")) {
        return;
    }
    let home = TestHome::new();
    append(&home, 0);
    let mut editor = Editor::with(inside(&at_noon(&home, ["lsp"]), &format!("echo 0 > {file}")), |_| {});
    let status = editor.until(|status| total(status) == 1 && status["health"]["watch"] == "polling");
    assert!(has_problem(&status, "no file events"), "{status}");
    let mut follower = Editor::of(&home);
    append(&home, 1);
    editor.until(|status| total(status) == 2);
    follower.until(|status| total(status) == 2);
    also(editor.client.process(), &format!("echo 10 > {file}"));
    editor.client.wait_at_most(Duration::from_secs(30));
    editor.until(|status| sound(status, 2) && status["health"]["watch"] == "events");
}

#[test]
fn a_root_without_events() {
    let home = TestHome::new();
    home.configure("[watch]\npoll = true\n");
    let mut editor = Editor::of(&home);
    for count in 0..3 {
        append(&home, count);
        editor.until(|status| sound(status, count + 1) && status["health"]["watch"] == "polling");
    }
}

#[test]
fn transcripts_that_are_not_only_appended_to() {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let line = |id: usize| voice.response(&format!("{id:06}"), now(), Usage::of(1_000, 0));
    let lines = |ids: std::ops::Range<usize>| ids.map(line).collect::<Vec<String>>();
    let mut text = lines(0..40);
    let path = home.append("-project", SESSION, &text.concat());
    let mut editor = Editor::of(&home);
    editor.until(|status| leads(status) && sound(status, 40));
    let size = text.concat().len();

    // In place and of the same size, far from both ends.
    text[20] = line(100);
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, text.concat().as_bytes()).unwrap();
    drop(file);
    assert_eq!(fs::metadata(&path).unwrap().len() as usize, size);
    // What was read of the line that is gone stays.
    editor.until(|status| sound(status, 41));

    // A larger one with the same beginning and the same end of what was read, renamed over it.
    text[10] = line(101);
    text[11] = line(102);
    text.push(line(103));
    let beside = path.with_extension("new");
    fs::write(&beside, text.concat()).unwrap();
    fs::rename(&beside, &path).unwrap();
    editor.until(|status| sound(status, 44));

    // Cut off, and going on from there.
    fs::write(&path, text[..5].concat()).unwrap();
    home.append("-project", SESSION, &line(104));
    editor.until(|status| sound(status, 45));
    // Gone, and there again.
    fs::remove_file(&path).unwrap();
    home.append("-project", SESSION, &lines(103..106).concat());
    editor.until(|status| sound(status, 46));
    // Touched: nothing is new.
    fs::File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    home.append("-project", SESSION, &line(106));
    editor.until(|status| sound(status, 47));
}

/// A library that lets a test set the clock of a process; `None`, loudly, where it cannot be made.
pub fn clock(home: &TestHome) -> Option<PathBuf> {
    let library = home.path().join("clock.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/clock.c");
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    if made.is_ok_and(|made| made.success()) {
        return Some(library);
    }
    skip("there is no C compiler with which to make a clock that can be set");
    None
}

/// A server with its clock set so many seconds ahead, in this zone; and the file that says so.
fn with_clock(home: &TestHome, zone: &str, ahead: i64) -> Option<(Editor, PathBuf)> {
    let (library, file) = (clock(home)?, home.path().join("ahead"));
    fs::write(&file, ahead.to_string()).unwrap();
    let mut command = home.command(["lsp"]);
    command.env("TZ", zone).env("LD_PRELOAD", library).env("TEST_CLOCK", &file);
    Some((Editor::with(command, |_| {}), file))
}

pub fn set_clock(file: &Path, ahead: i64) {
    fs::write(file.with_extension("new"), ahead.to_string()).unwrap();
    fs::rename(file.with_extension("new"), file).unwrap();
}

#[test]
fn a_clock_that_jumps() {
    const DAY: i64 = 24 * 3_600;
    let home = TestHome::new();
    let zone = crate::transcript::noon_zone();
    append(&home, 0);
    let Some((mut editor, file)) = with_clock(&home, &zone, 0) else { return };
    let today = |status: &Value| status["today"]["messages"].as_i64().unwrap();
    editor.until(|status| leads(status) && sound(status, 1) && today(status) == 1);
    set_clock(&file, DAY);
    editor.until(|status| sound(status, 1) && today(status) == 0);
    set_clock(&file, 0);
    editor.until(|status| sound(status, 1) && today(status) == 1);
    // What was written meanwhile by a clock that was ahead is of a later day, and counts.
    set_clock(&file, -DAY);
    editor.until(|status| sound(status, 1) && today(status) == 0);
    append(&home, 1);
    editor.until(|status| sound(status, 2) && today(status) == 0);
    set_clock(&file, 0);
    editor.until(|status| sound(status, 2) && today(status) == 2);
}

#[test]
fn days_of_23_and_of_25_hours() {
    use crate::transcript::at;
    // In 2025 Berlin had 23 hours on March 30th and 25 on October 26th.
    for (start, end) in
        [("2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"), ("2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z")]
    {
        let home = TestHome::new();
        let voice = Voice::new(SESSION, &home.project());
        let mut id = 0;
        let mut line = |at: i64, tokens: i64| {
            id += 1;
            voice.response(&id.to_string(), at, Usage::of(tokens, 0))
        };
        let (start, end) = (at(start), at(end));
        // One second before the day and at its beginning, at each hour, one second before its end and after it.
        let mut text = line(start - 1_000, 1) + &line(start, 10);
        let mut hour = start + 3_600_000;
        while hour < end {
            text += &line(hour, 10);
            hour += 3_600_000;
        }
        text += &line(end - 1_000, 1_000);
        text += &line(end, 100_000);
        home.append("-project", SESSION, &text);
        let hours = (end - start) / 3_600_000;
        let range = ["daily", "--since", "2025-01-01", "--timezone", "Europe/Berlin"];
        let report = json(&home, &range);
        let tokens: Vec<i64> = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["inputTokens"].as_i64().unwrap())
            .collect();
        assert_eq!(tokens, [100_000, hours * 10 + 1_000, 1]);

        // A server that lives across the end of that day.
        let before = (end - now()) / 1_000 - 20;
        let Some((mut editor, file)) = with_clock(&home, "Europe/Berlin", before) else { return };
        let today = |status: &Value| status["today"]["inputTokens"].as_i64().unwrap();
        editor.until(|status| leads(status) && today(status) == hours * 10 + 1_000);
        set_clock(&file, before + 30);
        let status = editor.until(|status| today(status) == 100_000);
        assert_eq!(status["workspace"]["todayUsd"], 0.3);
    }
}
