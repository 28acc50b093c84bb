//! Real and generated transcripts, against an independent calculation.
//!
//! They lie beside the repository, in `shared`, or where `COSTLINE_SHARED` says.

use crate::home::TestHome;
use crate::rig::{Disk, Rig};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file or folder of the shared data; tells loudly where it is absent.
#[allow(clippy::disallowed_methods, reason = "where the data lies is no setting of the program")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let found = std::env::var_os("COSTLINE_SHARED").map_or_else(beside, PathBuf::from).join(path);
    if found.exists() {
        return Some(found);
    }
    say(&format!("{} is not there; set COSTLINE_SHARED to the folder of the shared data", found.display()));
    None
}

/// Says why a test checks nothing, past the capture of output: it passes, and is to be seen nevertheless.
pub fn say(reason: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
}

/// Runs one of the shared Python tools; `None`, loudly, where Python is missing.
fn python(tool: &Path, args: &[&str]) -> Option<String> {
    match Command::new("python3").arg(tool).args(args).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            say(&format!("python3 cannot be run: {error}"));
            None
        }
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A home whose transcripts are those of a folder.
fn home_over(projects: &Path) -> TestHome {
    let home = TestHome::new();
    let link = home.claude_dir().join("projects");
    fs::remove_dir(&link).unwrap();
    std::os::unix::fs::symlink(fs::canonicalize(projects).unwrap(), link).unwrap();
    home
}

/// A breakdown by the real binary.
fn breakdown(home: &TestHome, by: &str) -> Value {
    let output = home.command(["breakdown", "--by", by, "--json", "--timezone", "UTC"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// One pair of names for each count: the oracle's, and how a report says the same.
fn check_counts(what: &str, expected: &Value, found: &Value) {
    let number = |value: &Value, key: &str| {
        value[key].as_i64().unwrap_or_else(|| panic!("{what}: no {key} in {value}"))
    };
    let written = number(expected, "cache_write_5m") + number(expected, "cache_write_1h");
    let pairs = [
        ("messages", number(expected, "messages"), "messages"),
        ("input", number(expected, "input"), "inputTokens"),
        ("output", number(expected, "output"), "outputTokens"),
        ("cache_read", number(expected, "cache_read"), "cacheReadTokens"),
        ("cache writes", written, "cacheWriteTokens"),
        ("cache_write_1h", number(expected, "cache_write_1h"), "cacheWrite1hTokens"),
        // The generator makes no web searches and does not count them.
        ("web_search", expected.get("web_search").and_then(Value::as_i64).unwrap_or(0), "webSearches"),
    ];
    for (name, expected, key) in pairs {
        assert_eq!(number(found, key), expected, "{what}: {name}");
    }
    check_cost(what, expected, found);
}

/// The oracle rounds to a millionth of a dollar, and the generator adds up floating-point numbers.
#[allow(clippy::float_arithmetic, reason = "the expected costs are floating-point numbers")]
fn check_cost(what: &str, expected: &Value, found: &Value) {
    let [expected, found] = [&expected["cost_usd"], &found["costUsd"]].map(|cost| cost.as_f64().unwrap());
    assert!((expected - found).abs() <= 0.5e-6 + 1e-9, "{what}: {expected} expected, {found} found");
}

/// Every row of a report against its row of the oracle, and no row more or less.
fn check_rows(by: &str, expected: &Map<String, Value>, report: &Value) {
    let rows: BTreeMap<&str, &Value> =
        report["rows"].as_array().unwrap().iter().map(|row| (row["key"].as_str().unwrap(), row)).collect();
    // A session without a response is no row of the oracle's sums.
    let wanted: BTreeSet<&str> =
        expected.iter().filter(|(_, row)| row["messages"] != 0).map(|(key, _)| key.as_str()).collect();
    assert_eq!(rows.keys().copied().collect::<BTreeSet<_>>(), wanted, "rows by {by}");
    for (key, row) in rows {
        check_counts(&format!("{by} {key}"), &expected[key], row);
    }
}

/// All that the oracle says of a folder, against the real binary and the library.
fn check_oracle(folder: &Path, oracle: &Value) {
    let home = home_over(folder);
    for (by, key) in
        [("day", "per_day"), ("model", "per_model"), ("session", "per_session"), ("project", "per_project")]
    {
        let report = breakdown(&home, by);
        check_counts(&format!("totals by {by}"), &oracle["total"], &report["totals"]);
        // What no line finished: its output is a lower bound.
        let unfinished = oracle["stats"]["unfinal_output"].as_i64().unwrap_or(0);
        assert_eq!(report["totals"]["lowerBoundMessages"], unfinished, "lower bounds by {by}");
        let unpriced: i64 =
            oracle["unpriced_models"].as_object().unwrap().values().filter_map(Value::as_i64).sum();
        assert_eq!(report["totals"]["unpricedMessages"], unpriced, "unpriced by {by}");
        check_rows(by, oracle[key].as_object().unwrap(), &report);
    }
    check_contexts(folder, oracle);
}

/// The context that each session ends with.
fn check_contexts(folder: &Path, oracle: &Value) {
    let mut rig = Rig::new(&[folder.to_owned()]);
    rig.read();
    let sessions: BTreeMap<_, _> = rig.sessions("/").into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut checked = 0;
    for (id, session) in oracle["per_session"].as_object().unwrap() {
        let Some(contexts) = session.get("final_context").and_then(Value::as_object) else { continue };
        let [context] = contexts.values().collect::<Vec<_>>()[..] else {
            // The session lies in several files: which of them is last, the oracle does not say.
            continue;
        };
        let row = sessions.get(id).unwrap_or_else(|| panic!("no session {id}"));
        assert_eq!(row.context_tokens, context["tokens"].as_i64(), "context of {id}");
        if let Some(model) = context["model"].as_str() {
            assert_eq!(row.model, model, "model of {id}");
        }
        checked += 1;
    }
    assert!(checked > 0, "no session has a context");
}

#[test]
fn real_transcripts_as_expected() {
    let (Some(folder), Some(expected)) = (shared("corpus/real"), shared("corpus/expected-real.json")) else {
        return;
    };
    check_oracle(&folder, &json_of(&expected));
}

#[test]
fn real_transcripts_as_the_oracle_finds_them_now() {
    let Some(tool) = shared("tools/oracle.py") else { return };
    for corpus in ["corpus/real", "corpus/excerpts"] {
        let Some(folder) = shared(corpus) else { continue };
        let Some(oracle) = python(&tool, &[folder.to_str().unwrap()]) else { return };
        check_oracle(&folder, &serde_json::from_str(&oracle).unwrap());
    }
}

/// Generates a corpus, and checks it against the truth that the generator kept; gives its `projects` folder.
fn generated(disk: &Disk, seed: &str) -> Option<PathBuf> {
    let tool = shared("tools/gen_corpus.py")?;
    let out = disk.path().join(seed);
    python(&tool, &["--mb", "8", "--files", "40", "--seed", seed, "--out", out.to_str().unwrap()])?;
    Some(out.join(".claude/projects"))
}

#[test]
fn generated_transcripts_to_the_digit() {
    let disk = Disk::new();
    for seed in ["7", "20261122"] {
        let Some(projects) = generated(&disk, seed) else { return };
        let truth = json_of(&disk.path().join(seed).join("truth.json"));
        let home = home_over(&projects);
        check_counts("totals", &truth["totals"], &breakdown(&home, "model")["totals"]);
        check_counts("totals", &truth["totals"], &breakdown(&home, "day")["totals"]);
        for (key, expected) in truth["by_day_model"].as_object().unwrap() {
            let (day, model) = key.split_once('|').unwrap();
            let report = ranged(&home, &["--by", "model", "--since", day, "--until", day]);
            check_counts(key, expected, row(&report, model));
        }
        for (key, expected) in truth["by_project_model"].as_object().unwrap() {
            let (slug, model) = key.split_once('|').unwrap();
            let project = slug.replacen("-home-dev-src-", "/home/dev/src/", 1);
            let report = ranged(&home, &["--by", "model", "--project", &project]);
            check_counts(key, expected, row(&report, model));
        }
    }
}

/// A breakdown of what is read already.
fn ranged(home: &TestHome, args: &[&str]) -> Value {
    let common = ["breakdown", "--json", "--timezone", "UTC", "--no-ingest"];
    let output = home.command(common.iter().chain(args)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn row<'a>(report: &'a Value, key: &str) -> &'a Value {
    report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["key"] == key)
        .unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn generated_transcripts_as_the_oracle_finds_them() {
    let disk = Disk::new();
    let (Some(projects), Some(tool)) = (generated(&disk, "3"), shared("tools/oracle.py")) else { return };
    let Some(oracle) = python(&tool, &[projects.to_str().unwrap()]) else { return };
    check_oracle(&projects, &serde_json::from_str(&oracle).unwrap());
}

/// The states of each growing transcript, oldest first.
fn growth() -> Vec<Vec<Vec<u8>>> {
    let Some(folder) = shared("corpus/growth") else { return Vec::new() };
    let sorted = |folder: &Path| {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let files = sorted(&folder);
    let states = files
        .iter()
        .map(|file| sorted(file).iter().map(|state| fs::read(state).unwrap()).collect())
        .collect();
    assert!(files.len() >= 2, "{files:?}");
    states
}

#[test]
fn growing_transcripts_end_as_if_read_once() {
    for states in growth() {
        let (replaced, appended, last) = (Disk::new(), Disk::new(), Disk::new());
        let mut rigs = [&replaced, &appended].map(|disk| Rig::new(&[disk.root("claude")]));
        let mut length = 0;
        for state in &states {
            replaced.write("-app/s.jsonl", state);
            appended.append("-app/s.jsonl", &state[length..]);
            length = state.len();
            for rig in &mut rigs {
                assert_eq!(rig.read(), 1);
                rig.check_sums();
            }
        }
        last.write("-app/s.jsonl", states.last().unwrap());
        let once = Rig::of(&last);
        assert!(once.counts()[0] > 0);
        for rig in &rigs {
            assert_eq!(rig.reports(), once.reports());
        }
    }
}
