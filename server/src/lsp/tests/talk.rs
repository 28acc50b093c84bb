//! What is said and answered.

use super::rig::Rig;
use crate::lsp::{Client, Message, methods};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

/// Two greetings made by hand: one as bare as the protocol allows, one full of what no strict type would accept.
fn greetings() -> Vec<(String, Value)> {
    let bare = json!({"processId": null, "rootUri": null, "capabilities": {}});
    let odd = json!({
        "processId": 4_194_305, "clientInfo": {"name": "odd"}, "trace": "loud",
        "workspaceFolders": [{"uri": "file:///work/a b", "name": 3}],
        "capabilities": {
            "textDocument": {"foldingRange": {"foldingRangeKind": 9}, "completion": true},
            "workspace": {"workspaceEdit": {"resourceOperations": ["teleport"], "failureHandling": "shrug"}},
        },
    });
    vec![("bare".to_owned(), bare), ("odd".to_owned(), odd)]
}

/// Greetings recorded from real editors, where a checkout has them beside it.
fn recorded() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/initialize");
    let Ok(entries) = folder.read_dir() else {
        // Past the capture of a test's output: what is not tested should be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no recorded greetings in {}", folder.display());
        return Vec::new();
    };
    let paths =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension() == Some("json".as_ref()));
    paths
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn accepts_every_greeting() {
    for (name, params) in greetings().into_iter().chain(recorded()) {
        let mut rig = Rig::new();
        rig.ask(0, "initialize", params.clone()).await;
        let answer = rig.hear().await;
        assert_eq!(answer["result"]["serverInfo"]["name"], "costline", "{name}: {answer}");
        let Message::Hello(client) = rig.message().await else { panic!("{name}") };
        assert_eq!(client.process_id.map(u64::from), params["processId"].as_u64(), "{name}");
        assert_eq!(client.name.as_deref(), params["clientInfo"]["name"].as_str(), "{name}");
        assert_eq!(client.folders.len(), usize::from(name != "bare"), "{name}");
        rig.notify("initialized", json!({})).await;
        assert_eq!(rig.asked("costline/getStatus", json!({})).await["result"]["version"], 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn says_what_it_can_do() {
    let result = Rig::new().initialize(json!({"capabilities": {}})).await;
    let expected = json!({
        "capabilities": {
            "executeCommandProvider": {"commands": methods::COMMANDS},
            "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
        },
        "serverInfo": {"name": "costline", "version": env!("CARGO_PKG_VERSION")},
    });
    assert_eq!(result, expected);
}

#[tokio::test(start_paused = true)]
async fn passes_on_who_is_there() {
    let mut rig = Rig::new();
    let params = json!({"workspaceFolders": [{"uri": "file:///w", "name": "w"}], "initializationOptions": {"x": 1},
        "capabilities": {"experimental": {"costline": true}}});
    rig.ask(0, "initialize", params).await;
    let Message::Hello(client) = rig.message().await else { panic!() };
    let expected = Client {
        folders: vec!["/w".into()],
        extensions: true,
        options: json!({"x": 1}),
        ..Client::default()
    };
    assert_eq!(client, expected);
}

#[tokio::test(start_paused = true)]
async fn answers_in_order() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    for (id, method) in
        (1..).zip(["costline/getStatus", "no/such", "costline/getStatus", "shutdown", "costline/getStatus"])
    {
        rig.ask(id, method, json!(null)).await;
    }
    rig.answer().await;
    rig.answer().await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        let answer = rig.hear().await;
        answers.push((answer["id"].as_i64().unwrap(), answer["error"]["code"].as_i64()));
    }
    assert_eq!(answers, [(1, None), (2, Some(-32601)), (3, None), (4, None), (5, Some(-32600))]);
}

#[tokio::test(start_paused = true)]
async fn settings_come_bare_or_in_their_section() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    for settings in [json!({"costline": {"a": 1}, "other": 2}), json!({"a": 1})] {
        rig.notify("workspace/didChangeConfiguration", json!({"settings": settings})).await;
        let Message::Settings(settings) = rig.message().await else { panic!() };
        assert_eq!(settings, json!({"a": 1}));
    }
}

#[tokio::test(start_paused = true)]
async fn follows_the_folders() {
    let mut rig = Rig::new();
    let folder = |path: &str| json!({"uri": format!("file://{path}"), "name": path});
    rig.initialize(json!({"capabilities": {}, "workspaceFolders": [folder("/a"), folder("/b")]})).await;
    let changes =
        [(folder("/c"), folder("/a/"), vec!["/b", "/c"]), (folder("/b"), folder("/x"), vec!["/b", "/c"])];
    for (added, removed, folders) in changes {
        let event =
            json!({"event": {"added": [added, {"uri": "untitled:x", "name": ""}], "removed": [removed]}});
        rig.notify("workspace/didChangeWorkspaceFolders", event).await;
        let Message::Folders(now) = rig.message().await else { panic!() };
        assert_eq!(now, folders.into_iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn commands_have_defaults() {
    let mut rig = Rig::new();
    rig.greet(true).await;
    for (params, result) in [
        (json!({"command": "costline.showBreakdown"}), json!({"by": "project", "limit": null})),
        (
            json!({"command": "costline.showSessions", "arguments": null}),
            json!({"by": "session", "limit": null}),
        ),
        (
            json!({"command": "costline.showSessions", "arguments": []}),
            json!({"by": "session", "limit": null}),
        ),
        (
            json!({"command": "costline.showBreakdown", "arguments": [{"by": "day", "limit": 3}]}),
            json!({"by": "day", "limit": 3}),
        ),
        (json!({"command": "costline.showReport"}), json!({"days": null, "limit": 10})),
        (
            json!({"command": "costline.showReport", "arguments": [{"days": 7, "limit": 2}]}),
            json!({"days": 7, "limit": 2}),
        ),
        (json!({"command": "costline.refresh"}), json!(null)),
    ] {
        let answer = rig.asked("workspace/executeCommand", params.clone()).await;
        assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 9, "result": result}), "{params}");
    }
    let answer = rig.asked("costline/breakdown", json!({"by": "model"})).await;
    assert_eq!(answer["result"]["by"], "model");
}

#[tokio::test(start_paused = true)]
async fn wrong_parameters_are_told() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    for (method, params, hints) in [
        ("costline/breakdown", json!({}), vec!["`by` is missing"]),
        ("costline/breakdown", json!({"by": "day", "limit": []}), vec!["`limit`"]),
        (
            "workspace/executeCommand",
            json!({"command": "costline.showSessions", "arguments": [1]}),
            vec!["object"],
        ),
        (
            "workspace/executeCommand",
            json!({"command": "costline.refresh", "arguments": [1, 2]}),
            vec!["one object"],
        ),
        (
            "workspace/executeCommand",
            json!({"command": "costline.dance"}),
            [&["costline.dance"], methods::COMMANDS.as_slice()].concat(),
        ),
    ] {
        rig.ask(5, method, params).await;
        let answer = rig.hear().await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        for hint in hints {
            assert!(answer["error"]["message"].as_str().unwrap().contains(hint), "{hint}: {answer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_told() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    rig.ask(1, "costline/breakdown", json!({"by": "mood"})).await;
    let Message::Report { reply, .. } = rig.message().await else { panic!() };
    reply.send(Err("there is no key `mood`".to_owned())).unwrap();
    assert_eq!(rig.hear().await["error"], json!({"code": -32803, "message": "there is no key `mood`"}));

    rig.ask(2, "costline/getStatus", json!({})).await;
    drop(rig.message().await);
    assert_eq!(rig.hear().await["error"], json!({"code": -32603, "message": "the server is ending"}));
}

#[tokio::test(start_paused = true)]
async fn lives_on_after_what_is_no_message() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    for (body, code) in
        [("{\"jsonrpc\":", -32700), ("[]", -32600), ("\u{fffd}", -32700), ("{\"id\":1,\"method\":2}", -32600)]
    {
        rig.say_raw(body).await;
        let answer = rig.hear().await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)), "{answer}");
    }
    for body in [
        "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":null}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\"}",
    ] {
        rig.say_raw(body).await;
    }
    assert!(rig.asked("costline/getStatus", json!({})).await["result"].is_object());
}

#[tokio::test(start_paused = true)]
async fn wants_to_be_initialized_once_and_first() {
    let mut rig = Rig::new();
    rig.ask(1, "costline/getStatus", json!({})).await;
    assert_eq!(rig.hear().await["error"]["code"], -32002);
    rig.greet(false).await;
    rig.ask(2, "initialize", json!({"capabilities": {}})).await;
    assert_eq!(rig.hear().await["error"]["code"], -32600);
    assert!(rig.asked("costline/getStatus", json!(null)).await["result"].is_object());
}
