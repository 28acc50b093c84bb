//! A change of the config file is taken up by whatever runs: a leader, a follower, and a command that follows.

use crate::editor::{Editor, at_noon};
use crate::home::TestHome;
use crate::process::{Process, run};
use crate::transcript::{Usage, Voice, now};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
/// 1,000 × $3 + 2,000 × $15 + 81,000 × $0.30 a million; a prompt of 82,000 of 200,000 tokens.
const USAGE: Usage = Usage { input: 1_000, output: 2_000, write_5m: 0, write_1h: 0, read: 81_000 };

/// A leader, a follower, and `costline status --follow` in the project.
struct Everyone {
    leader: Editor,
    follower: Editor,
    command: Process,
}

impl Everyone {
    fn of(home: &TestHome) -> Self {
        Self::with_text(home, "$0.06 · ctx 41%")
    }

    fn with_text(home: &TestHome, text: &str) -> Self {
        fs::create_dir_all(home.project()).unwrap();
        let voice = Voice::new(SESSION, &home.project());
        home.append("-project", SESSION, &voice.response("a", now(), USAGE));
        let mut leader = Editor::of(home);
        leader.until(|status| status["health"]["role"] == "leader" && status["allTime"]["messages"] == 1);
        let mut follower = Editor::of(home);
        follower.until(|status| status["text"] == text);
        let mut command = at_noon(home, ["status", "--follow", "--format", "json"]);
        command.current_dir(home.project());
        Self { leader, follower, command: Process::start(command) }
    }

    /// Waits until all of them show what is wanted; gives the leader's and the follower's.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> [Value; 2] {
        let seen = [self.leader.until(&wanted), self.follower.until(&wanted)];
        self.command.line_where(|line| wanted(&serde_json::from_str(line).unwrap()));
        seen
    }

    fn until_text(&mut self, text: &str) {
        self.until(|status| status["text"] == text);
    }
}

fn config(home: &TestHome) -> PathBuf {
    home.path().join("config/costline/config.toml")
}

/// Saves a file as editors do that lose nothing: beside it, and then in its place.
fn replace(file: &Path, text: impl AsRef<[u8]>) {
    let beside = file.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, file).unwrap();
}

#[test]
fn however_the_file_is_saved() {
    let home = TestHome::new();
    // Neither the file nor its folder is there yet.
    let mut all = Everyone::of(&home);
    home.configure("status.parts = ['context']\n");
    all.until_text("ctx 41%");
    home.configure("status.separator = ' | '\n");
    all.until_text("$0.06 | ctx 41%");
    replace(&config(&home), "status.parts = ['cost']\n");
    all.until_text("$0.06");
    let elsewhere = home.path().join("dotfiles/costline.toml");
    fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
    fs::write(&elsewhere, "status.separator = ' / '\n").unwrap();
    fs::remove_file(config(&home)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, config(&home)).unwrap();
    all.until_text("$0.06 / ctx 41%");
    replace(&elsewhere, "status.separator = ' + '\n");
    all.until_text("$0.06 + ctx 41%");
    fs::write(&elsewhere, "status.separator = ' - '\n").unwrap();
    all.until_text("$0.06 - ctx 41%");
    fs::remove_dir_all(config(&home).parent().unwrap()).unwrap();
    all.until_text("$0.06 · ctx 41%");
}

#[test]
fn a_file_that_comes_in_the_midst_of_a_look_is_seen() {
    let home = TestHome::new();
    let mut editor = Editor::of(&home);
    editor.until(|status| status["health"]["role"] == "leader");
    // Something comes in the folder that is watched, then the first of the folders in which the file is to lie, then the
    // file: no look is due for a second after the first, and until then nobody watches where the file comes. Each wait
    // is long enough for the server to have seen what came, and short enough for that look not to be due.
    let wait = || (0..5).for_each(|_| drop(run(home.command(["config", "path"]))));
    fs::write(home.path().join("beside"), "").unwrap();
    wait();
    fs::create_dir(home.path().join("config")).unwrap();
    wait();
    home.configure("status.separator = 1\n");
    editor.until(|status| status["health"]["problems"] != json!([]));
}

#[test]
fn what_is_wrong_is_told_and_the_rest_counts() {
    let home = TestHome::new();
    home.configure("status.separator = ' | '\n");
    let mut all = Everyone::with_text(&home, "$0.06 | ctx 41%");
    home.configure("status.separator = ' / '\n[lsp]\nmax_session = 3\n");
    let problem = format!(
        "{}:3: unknown setting `lsp.max_session`; did you mean `lsp.max_sessions`?",
        config(&home).display()
    );
    for status in all.until(|status| status["text"] == "$0.06 / ctx 41%") {
        assert_eq!(status["health"]["problems"], json!([problem]));
    }
    // What is no text at all changes nothing but that it is told.
    replace(&config(&home), b"status.separator = '\xff'\n");
    for status in all.until(|status| status["health"]["problems"] != json!([problem])) {
        let problem = status["health"]["problems"][0].as_str().unwrap();
        assert!(problem.contains("config.toml:1: the config file is not valid UTF-8"), "{problem}");
        assert_eq!(status["text"], "$0.06 / ctx 41%");
    }
    fs::remove_file(config(&home)).unwrap();
    for status in all.until(|status| status["text"] == "$0.06 · ctx 41%") {
        assert_eq!(status["health"]["problems"], json!([]));
    }
}

#[test]
fn prices_zone_folders_and_watching_follow() {
    let home = TestHome::new();
    let mut all = Everyone::of(&home);
    // Ten times the usual price: $10 × 1,000 + $0 for the rest.
    home.configure(
        "[[prices.override]]\nmodel = 'claude-sonnet-4-5'\ninput = 10\noutput = 0\ncache_read = 0\n\
         cache_write_5m = 0\ncache_write_1h = 0\n",
    );
    for status in all.until(|status| status["workspace"]["todayUsd"] == 0.01) {
        assert_eq!(status["allTime"]["costUsd"], 0.01);
    }
    home.configure("timezone = 'Asia/Kolkata'\n");
    // The follower may be in the new zone before the leader has priced anew.
    all.until(|status| {
        status["generatedAt"].as_str().unwrap().ends_with("+05:30") && status["allTime"]["costUsd"] == 0.0573
    });
    let more = home.path().join("more");
    let other = "22222222-2222-4222-8222-222222222222";
    fs::create_dir_all(more.join("projects/-project")).unwrap();
    let line = Voice::new(other, &home.project()).response("b", now(), Usage::of(1_000, 0));
    fs::write(more.join(format!("projects/-project/{other}.jsonl")), line).unwrap();
    home.configure(&format!("claude.config_dirs = [{:?}, {:?}]\n", home.claude_dir(), more));
    all.until(|status| status["allTime"]["messages"] == 2);
    home.configure(&format!("claude.config_dirs = [{more:?}]\n"));
    all.until(|status| status["allTime"]["messages"] == 1 && status["allTime"]["costUsd"] == 0.003);
    home.configure("watch.poll = true\n");
    all.until(|status| status["health"]["watch"] == "polling");
    home.append(
        "-project",
        SESSION,
        &Voice::new(SESSION, &home.project()).response("c", now(), Usage::of(1_000, 0)),
    );
    all.until(|status| status["allTime"]["messages"] == 2 && status["health"]["watch"] == "polling");
    home.configure("watch.poll = false\n");
    all.until(|status| status["health"]["watch"] == "events");
}

#[test]
fn an_editors_options_stand_above_a_changed_file() {
    let home = TestHome::new();
    let mut editor = Editor::with(at_noon(&home, ["lsp"]), |params| {
        params["initializationOptions"] = json!({"status": {"separator": " # "}});
    });
    let line = Voice::new(SESSION, &home.project()).response("a", now(), USAGE);
    home.append("-project", SESSION, &line);
    editor.until(|status| status["text"] == "$0.06 # ctx 41%");
    home.configure("[status]\nseparator = ' | '\nparts = ['context', 'cost']\n");
    editor.until(|status| status["text"] == "ctx 41% # $0.06");
}

#[test]
fn a_follower_tells_the_leaders_troubles() {
    let home = TestHome::new();
    let mut all = Everyone::of(&home);
    // A folder of transcripts that is none.
    let broken = home.path().join("broken");
    fs::create_dir_all(&broken).unwrap();
    fs::write(broken.join("projects"), "").unwrap();
    home.configure(&format!("claude.config_dirs = [{:?}, {broken:?}]\n", home.claude_dir()));
    let troubled = |status: &Value| {
        let problems = status["health"]["problems"].as_array().unwrap();
        problems.iter().any(|problem| problem.as_str().unwrap().contains("read the folder"))
    };
    let [leader, follower] = all.until(troubled);
    let pid = all.leader.client.process();
    let told = format!(
        "the leading process (pid {pid}) cannot read the folder {}",
        broken.join("projects").display()
    );
    assert!(follower["health"]["problems"][0].as_str().unwrap().starts_with(&told), "{follower}");
    assert!(
        leader["health"]["problems"][0].as_str().unwrap().starts_with("cannot read the folder"),
        "{leader}"
    );
    assert_eq!(leader["revision"], follower["revision"]);
    fs::remove_file(broken.join("projects")).unwrap();
    all.leader.client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    for status in all.until(|status| !troubled(status)) {
        assert_eq!(status["health"]["problems"], json!([]));
    }
}
