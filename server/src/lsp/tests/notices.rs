//! Messages about what is wrong.

use super::rig::{Rig, status};
use crate::lsp::Message;
use crate::snapshot::wire::{Health, Severity, Status};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

fn publish(rig: &Rig, severity: Severity, problems: &[&str]) {
    let problems = problems.iter().map(|problem| (*problem).to_owned()).collect();
    let plain = status(1);
    let status = Status { severity, health: Health { problems, ..plain.health.clone() }, ..plain };
    rig.statuses.send_replace(Some(Arc::new(status)));
}

fn warning(text: &str) -> Value {
    json!({"jsonrpc": "2.0", "method": "window/showMessage", "params": {"type": 2, "message": text}})
}

#[tokio::test(start_paused = true)]
async fn one_about_each_problem_that_makes_numbers_stale() {
    let mut rig = Rig::new();
    rig.greet_as("Eglot", Value::Null).await;
    publish(&rig, Severity::Ok, &["harmless"]);
    assert!(rig.is_silent().await);
    publish(&rig, Severity::Stale, &["harmless", "no lock", "no disk"]);
    for text in ["Costline: no lock", "Costline: no disk"] {
        assert_eq!(rig.hear().await, warning(text));
    }
    assert!(rig.is_silent().await);
    publish(&rig, Severity::Ok, &[]);
    assert!(rig.is_silent().await);
    publish(&rig, Severity::Stale, &["no lock", "no air"]);
    assert_eq!(rig.hear().await, warning("Costline: no air"));
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn none_about_what_rights_itself() {
    let mut rig = Rig::new();
    rig.greet_as("helix", Value::Null).await;
    for _ in 0..3 {
        publish(&rig, Severity::Stale, &["locked"]);
        sleep(Duration::from_millis(1900)).await;
        publish(&rig, Severity::Ok, &[]);
        sleep(Duration::from_millis(1900)).await;
    }
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn none_to_a_client_that_shows_the_status_itself() {
    let mut rig = Rig::new();
    rig.greet(true).await;
    publish(&rig, Severity::Stale, &["no lock"]);
    assert_eq!(rig.hear().await["method"], "costline/status");
    assert!(rig.is_silent().await);
}

fn asking() -> Value {
    json!({"showMessage": {"messageActionItem": {"additionalPropertiesSupport": false}}})
}

#[tokio::test(start_paused = true)]
async fn a_client_that_can_ask_offers_to_look_again() {
    let mut rig = Rig::new();
    rig.greet_as("helix", asking()).await;
    publish(&rig, Severity::Stale, &["no lock"]);
    let request = rig.hear().await;
    assert_eq!(request["method"], "window/showMessageRequest");
    let params = json!({"type": 2, "message": "Costline: no lock", "actions": [{"title": "Look again"}]});
    assert_eq!(request["params"], params);
    // While nobody answers, the next warning comes all the same.
    publish(&rig, Severity::Stale, &["no lock", "no disk"]);
    let other = rig.hear().await;
    assert_eq!(other["params"]["message"], "Costline: no disk");
    rig.reply(&other, Value::Null).await;
    rig.reply(&request, json!({"title": "Look again"})).await;
    assert!(matches!(rig.message().await, Message::Refresh(_)));
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cannot_ask_after_all_is_told() {
    let mut rig = Rig::new();
    rig.greet_as("helix", asking()).await;
    publish(&rig, Severity::Stale, &["no lock"]);
    let request = rig.hear().await;
    rig.refuse(&request, -32601).await;
    assert_eq!(rig.hear().await, warning("Costline: no lock"));
    assert!(rig.is_silent().await);
}
