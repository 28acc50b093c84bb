//! What commands show to clients that would drop their results.

use super::rig::Rig;
use crate::lsp::{Message, Shown};
use serde_json::{Value, json};

async fn client(name: &str, window: Value) -> Rig {
    let mut rig = Rig::new();
    rig.greet_as(name, window).await;
    rig
}

/// Has a command done, and returns the answer.
async fn command(rig: &mut Rig, command: &str, argument: Value) -> Value {
    rig.asked("workspace/executeCommand", json!({"command": command, "arguments": [argument]})).await
}

fn message(text: &str) -> Value {
    json!({"jsonrpc": "2.0", "method": "window/showMessage", "params": {"type": 3, "message": text}})
}

/// The answer and what the server says beside it, in whichever order they came.
async fn answered(rig: &mut Rig, first: Value) -> (Value, Value) {
    let second = rig.hear().await;
    if first.get("method").is_none() { (first, second) } else { (second, first) }
}

#[tokio::test(start_paused = true)]
async fn a_document_where_the_client_shows_documents() {
    // Helix 25.07 shows them, though it does not say so.
    for (name, window) in
        [("helix", json!({"workDoneProgress": true})), ("ed", json!({"showDocument": {"support": true}}))]
    {
        let mut rig = client(name, window).await;
        let first = command(&mut rig, "costline.showBreakdown", json!({"by": "day"})).await;
        let (answer, shown) = answered(&mut rig, first).await;
        assert_eq!(answer["result"]["by"], "day");
        assert_eq!(shown["method"], "window/showDocument", "{name}: {shown}");
        let expected = json!({"uri": "file:///reports/1.md", "external": false, "takeFocus": true});
        assert_eq!(shown["params"], expected);
        rig.reply(&shown, json!({"success": true})).await;
        let first = command(&mut rig, "costline.showReport", json!({"days": 7})).await;
        let (answer, shown) = answered(&mut rig, first).await;
        assert_eq!(answer["result"]["days"], 7);
        assert_eq!(shown["params"]["uri"], "file:///reports/2.md");
        rig.reply(&shown, json!({"success": true})).await;
        assert!(rig.is_silent().await);
    }
}

#[tokio::test(start_paused = true)]
async fn its_path_where_the_client_does_not() {
    let path = message("Costline wrote /reports/1.md");
    let mut rig = client("ed", json!({})).await;
    let first = command(&mut rig, "costline.showSessions", json!({})).await;
    assert_eq!(answered(&mut rig, first).await.1, path);
    for reply in ["refuses", "fails", "is silent"] {
        let mut rig = client("helix", json!({})).await;
        let first = command(&mut rig, "costline.showSessions", json!({})).await;
        let request = answered(&mut rig, first).await.1;
        match reply {
            "refuses" => rig.reply(&request, json!({"success": false})).await,
            "fails" => rig.refuse(&request, -32601).await,
            _ => {
                // Everything else goes on meanwhile.
                assert!(rig.asked("costline/getStatus", json!({})).await["result"].is_object());
            }
        }
        assert_eq!(rig.hear().await, path, "{reply}");
        assert!(rig.is_silent().await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_told() {
    let mut rig = client("helix", json!({})).await;
    rig.ask(9, "workspace/executeCommand", json!({"command": "costline.showSessions"})).await;
    let Message::Report { reply, .. } = rig.message().await else { panic!() };
    let document = Some(Err("the disk is full".to_owned()));
    reply.send(Ok(Shown { data: json!({"rows": []}), document })).unwrap();
    let first = rig.hear().await;
    let (answer, shown) = answered(&mut rig, first).await;
    assert_eq!(answer["result"], json!({"rows": []}));
    assert_eq!(shown, message("Costline: the disk is full"));
}

#[tokio::test(start_paused = true)]
async fn the_status_as_a_sentence() {
    let mut rig = client("helix", json!({})).await;
    let sentence = "$0.00; everywhere: $0.00 today, $0.00 this week, $0.00 this month";
    let first = command(&mut rig, "costline.showStatus", json!({})).await;
    let (answer, shown) = answered(&mut rig, first).await;
    assert_eq!(answer["result"], sentence);
    assert_eq!(shown, message(sentence));
}

#[tokio::test(start_paused = true)]
async fn nothing_where_it_is_not_wanted() {
    let quiet = json!({"present": false});
    let mut helix = client("helix", json!({})).await;
    let mut rich = Rig::new();
    rich.greet(true).await;
    let loud = json!({"present": true});
    for (helpless, argument) in [(true, quiet), (false, json!({})), (false, loud)] {
        let rig = if helpless { &mut helix } else { &mut rich };
        for name in ["costline.showBreakdown", "costline.showStatus"] {
            assert!(command(rig, name, argument.clone()).await["result"] != Value::Null);
            assert!(rig.is_silent().await);
        }
    }
    // Our own request is for the data alone.
    let answer = helix.asked("costline/breakdown", json!({"by": "day", "present": true})).await;
    assert_eq!(answer["result"]["by"], "day");
    assert!(helix.is_silent().await);
}
