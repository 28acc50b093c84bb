//! The doctor, with each condition produced for real.

use crate::editor::Editor;
use crate::home::TestHome;
use crate::process::{Process, run};
use crate::transcript::{Usage, Voice, now};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, SystemTime};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

fn voice(home: &TestHome) -> Voice {
    Voice::new(SESSION, &home.project())
}

/// A home with a response that is read.
fn well() -> TestHome {
    let home = TestHome::new();
    home.append("-project", SESSION, &voice(&home).response("a", now(), Usage::of(1_000, 10)));
    ingest(&home);
    home
}

fn ingest(home: &TestHome) {
    assert_eq!(run(home.command(["ingest"])).code, Some(0));
}

/// What the doctor says, and how it exits.
fn examine(mut command: Command) -> (Option<i32>, Vec<Value>) {
    let ran = run(std::mem::replace(command.arg("--json"), Command::new("true")));
    assert_eq!(ran.err, "");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let findings = report["findings"].as_array().unwrap().clone();
    let gravest = ["ok", "note", "warning", "error"];
    let rank = |severity: &Value| gravest.iter().position(|name| severity == name).unwrap();
    let worst = findings.iter().map(|finding| rank(&finding["severity"])).max().unwrap();
    assert_eq!(rank(&report["severity"]), worst);
    assert_eq!(ran.code, Some(i32::from(worst > 1)), "{findings:#?}");
    (ran.code, findings)
}

fn doctor(home: &TestHome) -> Vec<Value> {
    examine(home.command(["doctor"])).1
}

/// The finding of this name that is the gravest.
fn of<'a>(findings: &'a [Value], name: &str) -> &'a Value {
    let all = findings.iter().filter(|finding| finding["name"] == name);
    let rank = |severity: &Value| ["error", "warning", "note", "ok"].iter().position(|name| severity == name);
    all.min_by_key(|finding| rank(&finding["severity"]))
        .unwrap_or_else(|| panic!("no {name} in {findings:#?}"))
}

/// Checks that a finding is as grave as this, and that its text says this.
fn says(findings: &[Value], name: &str, severity: &str, words: &[&str]) {
    let finding = of(findings, name);
    assert_eq!(finding["severity"], severity, "{finding:#}");
    for word in words {
        assert!(finding.to_string().contains(word), "{word:?} is not in {finding:#}");
    }
    assert!(
        severity == "ok"
            || severity == "note"
            || finding["advice"].is_string()
            || name == "settings"
            || name == "leader-problem"
            || name == "start"
            || name == "database",
        "{finding:#}"
    );
}

#[test]
fn a_healthy_home_is_well() {
    let home = well();
    let (code, findings) = examine(home.command(["doctor", "--deep"]));
    assert_eq!(code, Some(0));
    for name in [
        "config-file",
        "settings",
        "time-zone",
        "claude-folder",
        "transcripts",
        "watching",
        "state-folder",
        "disk-space",
        "file-system",
        "log",
        "leader",
        "unread",
        "faults",
        "unpriced",
        "prices",
        "lower-bounds",
        "clock",
        "filter",
        "sums",
    ] {
        // The disk is the machine's.
        if name != "disk-space" && name != "prices" {
            says(&findings, name, "ok", &[]);
        }
    }
    says(&findings, "database", "ok", &["1 response "]);
    says(&findings, "backups", "note", &["there is none"]);
    says(&findings, "program", "note", &["not on the PATH"]);
    let names: BTreeSet<&str> = findings.iter().map(|finding| finding["name"].as_str().unwrap()).collect();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md")).unwrap();
    for name in page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')) {
        assert!(names.contains(name) || ["start", "leader-problem"].contains(&name), "{name}");
    }
    let printed = run(home.command(["doctor"]));
    assert!(printed.out.ends_with("\nAll is well.\n"), "{}", printed.out);
    assert!(printed.out.lines().any(|line| line.starts_with("ok       settings        ")), "{}", printed.out);
}

#[test]
fn settings_and_places() {
    let home = well();
    home.configure("a = 1\nweek_strat = 'sunday'\n");
    let findings = doctor(&home);
    says(&findings, "settings", "warning", &["config.toml:1: unknown setting `a`"]);
    assert_eq!(findings.iter().filter(|finding| finding["name"] == "settings").count(), 2);
    let config = home.path().join("config/costline/config.toml");
    fs::remove_file(&config).unwrap();
    symlink("nowhere", &config).unwrap();
    says(&doctor(&home), "config-file", "warning", &["link"]);
    fs::remove_file(&config).unwrap();

    let with = |name: &str, value: &str| {
        let mut command = home.command(["doctor"]);
        command.env(name, value);
        examine(command).1
    };
    says(&with("TZ", "Mars/Base"), "time-zone", "warning", &["Mars/Base"]);
    says(&with("TZ", "Asia/Tokyo"), "time-zone", "ok", &["Asia/Tokyo", "TZ"]);
    says(&with("COSTLINE_TIMEZONE", "Asia/Tokyo"), "time-zone", "ok", &["environment COSTLINE_TIMEZONE"]);
    let missing = home.path().join("missing");
    says(
        &with("CLAUDE_CONFIG_DIR", missing.to_str().unwrap()),
        "claude-folder",
        "warning",
        &["is not there"],
    );
    says(&with("CLAUDE_CONFIG_DIR", missing.to_str().unwrap()), "transcripts", "note", &["costline demo"]);
    let inside = home.claude_dir().join("costline");
    says(
        &with("COSTLINE_STATE_DIR", inside.to_str().unwrap()),
        "state-folder",
        "warning",
        &["lies in Claude's folder"],
    );
    fs::write(home.path().join("file"), "").unwrap();
    let file = home.path().join("file");
    says(&with("COSTLINE_STATE_DIR", file.to_str().unwrap()), "start", "error", &["COSTLINE_STATE_DIR"]);
    says(&with("COSTLINE_WATCH_POLL", "1"), "watching", "ok", &["every 2 s"]);

    let bin = home.path().join("bin");
    fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_costline"), bin.join("costline")).unwrap();
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("costline"), "").unwrap();
    let (bin, other) = (bin.display(), other.display());
    says(&with("PATH", &bin.to_string()), "program", "ok", &[]);
    says(&with("PATH", &format!("{bin}:{other}")), "program", "note", &["1 other one"]);
    says(&with("PATH", &format!("{other}:{bin}")), "program", "note", &["first"]);

    let database = home.path().join("state/costline/usage.db");
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    says(&doctor(&home), "state-folder", "warning", &["usage.db", "644", "chmod"]);
    fs::create_dir(home.path().join("state/costline/backups")).unwrap();
    fs::write(home.path().join("state/costline/backups/usage.db"), "x").unwrap();
    says(&doctor(&home), "backups", "ok", &["1 file of 1 byte"]);

    fs::remove_dir_all(home.claude_dir().join("projects")).unwrap();
    fs::write(home.claude_dir().join("projects"), "").unwrap();
    says(&doctor(&home), "claude-folder", "error", &["cannot read the folder"]);
}

#[test]
fn what_transcripts_hold() {
    let home = TestHome::new();
    says(&doctor(&home), "database", "note", &["not there yet"]);
    let unheard = voice(&home).model("claude-unheard-9");
    let lines = [
        "{\"type\":\"assistant\",broken\n".repeat(2),
        unheard.response("u", now(), Usage::of(1_000, 0)),
        voice(&home)
            .response("b", now(), Usage::of(1, 1))
            .replace("\"stop_reason\":\"end_turn\"", "\"stop_reason\":null"),
        voice(&home).response("later", now() + 3_600_000, Usage::of(1_000, 0)),
    ];
    home.append("-project", SESSION, &lines.concat());
    ingest(&home);
    for index in 0..6 {
        home.append("-project", &format!("{index}"), "{\"broken\n{}\n");
    }
    ingest(&home);
    let findings = doctor(&home);
    says(&findings, "faults", "note", &["8 corrupt", "2 corrupt, the first at byte 0"]);
    says(
        &findings,
        "unpriced",
        "warning",
        &["1 response of 1 model", "claude-unheard-9", "[[prices.override]]"],
    );
    says(&findings, "lower-bounds", "note", &["1 of 3"]);
    says(&findings, "clock", "warning", &["1 response lie"]);
    let shown = |args: &[&str]| run(home.command(args)).out.matches("the first at byte").count();
    assert_eq!((shown(&["doctor"]), shown(&["doctor", "--verbose"])), (5, 7));
    home.append("-project", SESSION, &voice(&home).response("new", now(), Usage::of(1, 1)));
    says(&doctor(&home), "unread", "note", &["1 transcript", "next process"]);
}

#[test]
fn a_database_that_is_no_good() {
    let home = well();
    let path = home.path().join("state/costline/usage.db");
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    // The schema's number, as SQLite's header has it.
    let mut schema = [0; 4];
    file.read_exact_at(&mut schema, 60).unwrap();
    file.write_all_at(&99_u32.to_be_bytes(), 60).unwrap();
    says(&doctor(&home), "database", "warning", &["newer Costline", "schema 99"]);
    file.write_all_at(&schema, 60).unwrap();
    says(&doctor(&home), "database", "ok", &[]);
    // The middle of the file, but neither its header nor its schema.
    let length = file.metadata().unwrap().len();
    file.write_all_at(&vec![0x5a; (length / 2) as usize], length / 2).unwrap();
    says(&doctor(&home), "database", "error", &["usage.db", "costline ingest"]);
    fs::write(&path, "this is no database at all").unwrap();
    says(&doctor(&home), "database", "error", &["usage.db", "costline ingest"]);
}

#[test]
fn transcripts_that_were_changed_in_place() {
    let home = well();
    let path = home.claude_dir().join(format!("projects/-project/{SESSION}.jsonl"));
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"input_tokens\":1000", "\"input_tokens\":9000")).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    let findings = examine(home.command(["doctor", "--deep"])).1;
    says(&findings, "sums", "error", &[SESSION, "1 response with other counts"]);
    says(&findings, "filter", "ok", &["1 transcript"]);
    says(&findings, "unread", "ok", &[]);
}

#[test]
fn a_transcript_that_is_gone_is_no_difference() {
    let home = well();
    fs::remove_file(home.claude_dir().join(format!("projects/-project/{SESSION}.jsonl"))).unwrap();
    home.append("-project", "other", &voice(&home).response("b", now(), Usage::of(1, 1)));
    let findings = examine(home.command(["doctor", "--deep"])).1;
    says(&findings, "sums", "ok", &[]);
}

#[test]
#[cfg(target_os = "linux")]
fn who_leads() {
    let home = well();
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    let pid = format!("process {} (", editor.client.process());
    says(&doctor(&home), "leader", "ok", &[&pid, "told by events"]);
    says(&doctor(&home), "log", "ok", &["filtered by"]);
    // A leader can be asked, too, and finds itself.
    let answer = editor.client.request("workspace/executeCommand", json!({"command": "costline.doctor"}));
    says(answer["result"]["findings"].as_array().unwrap(), "leader", "ok", &[&pid]);
    fs::write(home.path().join("broken"), "").unwrap();
    home.configure(&format!(
        "claude.config_dirs = [{:?}, {:?}]\n",
        home.claude_dir(),
        home.path().join("broken")
    ));
    editor.until(|status| status["health"]["problems"] != json!([]));
    says(&doctor(&home), "leader-problem", "warning", &["cannot read the folder"]);
    drop(editor);

    let home = well();
    let serve = Process::start(home.command(["serve"]));
    let leads = || of(&doctor(&home), "leader")["message"].as_str().unwrap().starts_with("process");
    while !leads() {}
    serve.stop();
    let path = home.append("-project", SESSION, &voice(&home).response("b", now(), Usage::of(1, 1)));
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis((now() - 60_000).unsigned_abs()))
        .unwrap();
    let findings = doctor(&home);
    says(&findings, "leader", "error", &["is stopped", "kill -CONT"]);
    says(&findings, "unread", "warning", &["though a process leads"]);
    serve.signal(Signal::CONT);
}
