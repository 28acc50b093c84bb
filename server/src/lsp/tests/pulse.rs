//! The status text as progress that ends at once.

use super::rig::{Rig, status};
use crate::snapshot::wire::{Severity, Status};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_secs(10);

async fn helix() -> Rig {
    let mut rig = Rig::new();
    rig.greet_as("helix", json!({"workDoneProgress": true})).await;
    rig
}

/// Takes a whole pulse; returns its token and its text.
async fn pulse(rig: &mut Rig) -> (Value, String) {
    let token = rig.token().await;
    assert_eq!(rig.progress(&token).await, json!({"kind": "begin", "title": "Claude", "cancellable": false}));
    let end = rig.progress(&token).await;
    assert_eq!(end["kind"], "end", "{end}");
    (token, end["message"].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn begins_and_ends_under_a_new_token_when_the_text_changes() {
    let mut rig = helix().await;
    let mut tokens = Vec::new();
    for text in ["$1.00", "$2.00", "$3.00"] {
        rig.publish_text(text);
        let (token, said) = pulse(&mut rig).await;
        assert_eq!(said, text);
        assert!(!tokens.contains(&token), "{token} comes twice");
        tokens.push(token);
        // The rest of a status may change as it likes.
        let other = Status { text: text.to_owned(), ..status(9) };
        rig.statuses.send_replace(Some(Arc::new(other)));
        assert!(rig.is_silent().await);
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_after_each_pause() {
    let mut rig = helix().await;
    rig.publish_text("$0.000");
    let start = Instant::now();
    let statuses = rig.statuses.clone();
    let publishing = tokio::spawn(async move {
        sleep(Duration::from_millis(50)).await;
        for number in 1..=250 {
            let text = format!("$0.{number:03}");
            statuses.send_replace(Some(Arc::new(Status { text, ..status(1) })));
            sleep(Duration::from_millis(100)).await;
        }
    });
    let mut heard = Vec::new();
    for _ in 0..4 {
        let request = rig.hear().await;
        rig.reply(&request, Value::Null).await;
        rig.hear().await;
        heard.push((start.elapsed().as_millis(), rig.hear().await["params"]["value"]["message"].clone()));
        // What the rig listens for is over sooner than the pause.
        sleep(PAUSE / 2).await;
    }
    publishing.await.unwrap();
    // Half a second and ten seconds each, of texts that come every 100 ms from 50 on.
    let expected = [(500, "$0.005"), (10_500, "$0.105"), (20_500, "$0.205"), (30_500, "$0.250")];
    assert_eq!(heard, expected.map(|(at, text)| (at, json!(text))));
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn says_when_numbers_are_stale_and_nothing_for_no_text() {
    let mut rig = helix().await;
    rig.publish_text("");
    assert!(rig.is_silent().await);
    let stale = Status { severity: Severity::Stale, text: "$1.00".to_owned(), ..status(1) };
    rig.statuses.send_replace(Some(Arc::new(stale)));
    assert_eq!(pulse(&mut rig).await.1, "$1.00 (stale)");
}

#[tokio::test(start_paused = true)]
async fn only_for_clients_that_show_progress_and_nothing_else() {
    let progress = json!({"workDoneProgress": true});
    for (name, window, pulses) in [
        ("Neovim", progress.clone(), true),
        ("helix", json!({}), false),
        ("Eglot", Value::Null, false),
        ("ed", json!({"workDoneProgress": "maybe"}), false),
    ] {
        let mut rig = Rig::new();
        rig.greet_as(name, window).await;
        rig.publish_text("$1.00");
        if pulses {
            assert_eq!(pulse(&mut rig).await.1, "$1.00", "{name}");
        }
        assert!(rig.is_silent().await, "{name}");
    }
    let mut rig = Rig::new();
    let options = json!({"lsp": {"surface": "quiet"}});
    let window = json!({"window": progress});
    rig.initialize(json!({"capabilities": window, "initializationOptions": options})).await;
    rig.notify("initialized", json!({})).await;
    rig.publish_text("$1.00");
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_makes_no_token_hears_nothing_of_it() {
    for (code, tries_again) in [(-32603, true), (-32601, false)] {
        let mut rig = helix().await;
        rig.publish_text("$1.00");
        let request = rig.hear().await;
        rig.refuse(&request, code).await;
        assert!(rig.is_silent().await);
        rig.publish_text("$2.00");
        if tries_again {
            assert_eq!(pulse(&mut rig).await.1, "$2.00");
        }
        assert!(rig.is_silent().await);
    }
}

/// Helix turns its spinner from the request on: what it makes, however late, has to begin and end.
#[tokio::test(start_paused = true)]
async fn a_client_that_takes_its_time_holds_up_nothing_and_then_hears_the_newest() {
    let mut rig = helix().await;
    rig.publish_text("$1.00");
    let request = rig.hear().await;
    for text in ["$2.00", "$3.00"] {
        sleep(PAUSE * 10).await;
        rig.publish_text(text);
        assert!(rig.is_silent().await);
        assert!(rig.asked("costline/getStatus", json!({})).await["result"].is_object());
    }
    rig.reply(&request, Value::Null).await;
    let token = request["params"]["token"].clone();
    assert_eq!(rig.progress(&token).await["kind"], "begin");
    assert_eq!(rig.progress(&token).await["message"], "$3.00");
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_holds_up_nobody() {
    let mut rig = Rig::with_room_for(300);
    rig.greet_as("helix", json!({"workDoneProgress": true})).await;
    rig.publish_text(&"x".repeat(1000));
    let request = rig.hear().await;
    rig.reply(&request, Value::Null).await;
    for number in 0..50 {
        rig.publish_text(&number.to_string());
        sleep(PAUSE).await;
        rig.notify("workspace/didChangeConfiguration", json!({"settings": number})).await;
        rig.message().await;
    }
    let token = request["params"]["token"].clone();
    assert_eq!(rig.progress(&token).await["kind"], "begin");
    assert_eq!(rig.progress(&token).await["kind"], "end");
    assert_eq!(pulse(&mut rig).await.1, "49");
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn none_after_shutdown() {
    let mut rig = helix().await;
    rig.ask(1, "shutdown", Value::Null).await;
    assert_eq!(rig.hear().await["id"], 1);
    rig.publish_text("$1.00");
    assert!(rig.is_silent().await);
}
