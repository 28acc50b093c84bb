//! The demo: what it shows, and that nothing of it stays.

use crate::home::TestHome;
use crate::http_client::address_in;
use crate::lsp_client::LspClient;
use crate::process::{Process, run};
use rustix::process::Signal;
use serde_json::json;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The demo with a folder for temporary files of its own.
fn demo(home: &TestHome, args: &[&str]) -> (Command, PathBuf) {
    let temp = home.path().join("temp");
    fs::create_dir_all(&temp).unwrap();
    let mut command = home.command([&["demo"], args].concat());
    command.env("TMPDIR", &temp);
    (command, temp)
}

fn is_empty(folder: &PathBuf) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// Everything in the home, but for temporary files.
fn files(home: &TestHome) -> Vec<PathBuf> {
    let mut open = vec![home.path().to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.clone());
            if path.is_dir() && !path.ends_with("temp") {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn reports_of_what_was_made_up() {
    let home = TestHome::new();
    let (mut command, temp) = demo(&home, &["--once", "--seed", "7"]);
    // What would count in a real home does not here.
    command.env("COSTLINE_TIMEZONE", "Mars/Base");
    let before = files(&home);
    let ran = run(command);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    for part in ["Made up ", "All time", "Sessions here", "active", "`costline daily", "`costline sessions"] {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
    let made_up: usize = ran.out.split(' ').nth(2).unwrap().parse().unwrap();
    let all_time = ran.out.lines().find(|line| line.starts_with("All time")).unwrap();
    assert!(all_time.ends_with(&format!(" {made_up} sessions")), "{all_time}: {made_up}");
    assert!(is_empty(&temp));
    assert_eq!(files(&home), before);
}

#[test]
fn it_goes_on_until_told_to_end() {
    for (args, signal) in
        [(&[][..], Signal::TERM), (&[], Signal::INT), (&[], Signal::HUP), (&["--serve"], Signal::TERM)]
    {
        let home = TestHome::new();
        let before = files(&home).len();
        let (command, temp) = demo(&home, args);
        let mut process = Process::start(command);
        assert!(process.line().starts_with("Made up "));
        assert!(!is_empty(&temp));
        if args.is_empty() {
            let first = process.line_where(|line| line.starts_with('$'));
            process.line_where(|line| line.starts_with('$') && line != first);
        }
        if args == ["--serve"] {
            // The dashboard is served, of what was made up alone.
            let line = process.line_where(|line| line.contains("costline dashboard"));
            let state = line.trim().strip_prefix("COSTLINE_STATE_DIR=").unwrap().split(' ').next().unwrap();
            let url = address_in(Path::new(state));
            assert!(TcpStream::connect(&url).is_ok() && !url.ends_with(":8377"), "{url}");
        }
        process.signal(signal);
        assert_eq!(process.end(), Some(0), "{args:?}");
        assert!(is_empty(&temp), "{args:?}");
        assert_eq!(files(&home).len(), before + 1, "{args:?}");
    }
}

#[test]
fn who_stops_reading_ends_it() {
    let home = TestHome::new();
    let (command, temp) = demo(&home, &[]);
    let mut process = Process::start(command);
    process.line();
    process.close();
    assert_eq!(process.end(), Some(0));
    assert!(is_empty(&temp));
}

#[test]
fn an_editor_sees_a_session_that_grows() {
    for ends in
        [LspClient::close_stdin, LspClient::close_stdout, LspClient::terminate] as [fn(&mut LspClient); 3]
    {
        let home = TestHome::new();
        let (command, temp) = demo(&home, &["--lsp", "--stdio"]);
        let mut client = LspClient::run(command);
        client.initialize(json!({
            "workspaceFolders": [{"uri": format!("file://{}", home.path().display()), "name": "home"}],
            "capabilities": {"experimental": {"costline": {"version": 1}}},
        }));
        let cost = |status: &serde_json::Value| status["params"]["workspace"]["session"]["costUsd"].as_f64();
        let first =
            client.wait_for(|message| message["method"] == "costline/status" && cost(message).is_some());
        assert_eq!(first["params"]["workspace"]["session"]["active"], true, "{first}");
        client.wait_for(|message| message["method"] == "costline/status" && cost(message) > cost(&first));
        assert!(!is_empty(&temp));
        ends(&mut client);
        client.wait_exit(Duration::from_secs(10));
        assert!(is_empty(&temp));
    }
}
