//! A server that stays behind its editor holds locks and memory for nothing: each way to leave ends the process.

use crate::home::TestHome;
use crate::lsp_client::LspClient;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const GUARD: Duration = Duration::from_secs(5);

/// Checks that leaving so ends the process with this code, right away and in the middle of requests.
fn check(code: i32, leave: impl Fn(&mut LspClient)) {
    for requests in [0, 50] {
        let home = TestHome::new();
        let mut client = LspClient::greeted(&home);
        for _ in 0..requests {
            client.ask("costline/breakdown", json!({"by": "project"}));
        }
        leave(&mut client);
        let start = Instant::now();
        assert_eq!(client.wait_exit(GUARD), Some(code), "with {requests} requests");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?} with {requests} requests", start.elapsed());
    }
}

#[test]
fn shutdown_and_exit() {
    check(0, |client| {
        assert_eq!(client.request("shutdown", Value::Null)["result"], Value::Null);
        client.notify("exit", Value::Null);
    });
}

#[test]
fn exit_alone() {
    check(1, |client| client.notify("exit", Value::Null));
}

#[test]
fn end_of_input() {
    check(1, LspClient::close_stdin);
}

#[test]
fn closed_output() {
    check(1, LspClient::close_stdout);
}

#[test]
fn closed_output_before_a_greeting() {
    let home = TestHome::new();
    let mut client = LspClient::start(&home);
    client.close_stdout();
    assert_eq!(client.wait_exit(GUARD), Some(1));
}

#[test]
fn death_of_the_editor() {
    for requests in [0, 50] {
        let home = TestHome::new();
        let mut editor =
            Command::new("sleep").arg("60").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut client = LspClient::start(&home);
        client.initialize(json!({"processId": editor.id(), "capabilities": {}}));
        assert!(client.request("costline/getStatus", json!({}))["result"].is_object());
        for _ in 0..requests {
            client.ask("costline/breakdown", json!({"by": "project"}));
        }
        editor.kill().unwrap();
        // Not reaped yet, as by a parent that takes its time.
        assert_eq!(client.wait_exit(GUARD), Some(1), "with {requests} requests");
        editor.wait().unwrap();
    }
}

#[test]
fn an_editor_that_cannot_be_seen_is_no_reason() {
    let home = TestHome::new();
    let mut editor = Command::new("true").spawn().unwrap();
    editor.wait().unwrap();
    let mut client = LspClient::start(&home);
    client.initialize(json!({"processId": editor.id(), "capabilities": {}}));
    for _ in 0..3 {
        assert!(client.request("costline/getStatus", json!({}))["result"].is_object());
    }
    client.close_stdin();
    assert_eq!(client.wait_exit(GUARD), Some(1));
}
