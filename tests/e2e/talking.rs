//! What an editor says to the real server, and hears.

use crate::home::TestHome;
use crate::lsp_client::LspClient;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn greets_and_pushes_a_status() {
    let home = TestHome::new();
    let mut client = LspClient::start(&home);
    let result = client.initialize(json!({"capabilities": {"experimental": {"costline": {"version": 1}}}}));
    assert_eq!(result["serverInfo"], json!({"name": "costline", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(result["capabilities"].get("textDocumentSync"), None);
    let status = client.wait_for(|message| message["method"] == "costline/status");
    assert_eq!(status["params"]["version"], 1);
}

#[test]
fn lives_on_after_what_is_no_message() {
    let home = TestHome::new();
    let mut client = LspClient::greeted(&home);
    client.send_raw("{\"jsonrpc\"");
    let error = client.wait_for(|message| message.get("error").is_some());
    assert_eq!((&error["id"], &error["error"]["code"]), (&Value::Null, &json!(-32700)));
    assert!(client.request("costline/getStatus", json!({}))["result"].is_object());
}

#[test]
fn answers_a_script_that_says_everything_at_once() {
    let home = TestHome::new();
    let mut child =
        home.command(["lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for message in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        json!({"jsonrpc": "2.0", "method": "initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "costline/getStatus"}),
        json!({"jsonrpc": "2.0", "id": 3, "method": "shutdown"}),
        json!({"jsonrpc": "2.0", "method": "exit"}),
    ] {
        let body = message.to_string();
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for id in 1..=3 {
        assert!(text.contains(&format!("\"id\":{id}")), "{id}: {text}");
    }
    assert!(!text.contains("\"error\""), "{text}");
}

#[test]
fn leaves_the_transcripts_alone() {
    let home = TestHome::new();
    home.append("-work", "00000000-0000-4000-8000-000000000001", "{\"type\":\"summary\"}\n");
    let path = home.append("-work", "00000000-0000-4000-8000-000000000001", "{\"type\":");
    let mut client = LspClient::greeted(&home);
    client.request("workspace/executeCommand", json!({"command": "costline.refresh"}));
    assert!(client.request("costline/getStatus", json!({}))["result"].is_object());
    client.close_stdin();
    client.wait_exit(Duration::from_secs(5));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "{\"type\":\"summary\"}\n{\"type\":");
}
