//! A diagnostic while the status is grave.

use super::rig::{Rig, status};
use crate::snapshot::wire::{Severity, Status};
use serde_json::{Value, json};
use std::sync::Arc;

fn publish(rig: &Rig, severity: Severity, text: &str) {
    let status = Status { severity, text: text.to_owned(), ..status(1) };
    rig.statuses.send_replace(Some(Arc::new(status)));
}

async fn greeted(options: Value, experimental: Value) -> Rig {
    let mut rig = Rig::new();
    let params = json!({"clientInfo": {"name": "helix"}, "rootUri": "file:///p", "initializationOptions": options,
        "capabilities": {"experimental": experimental}});
    rig.initialize(params).await;
    rig.notify("initialized", json!({})).await;
    rig
}

#[tokio::test(start_paused = true)]
async fn comes_and_goes_with_what_is_grave() {
    let mut rig = greeted(json!({"lsp": {"marker": true}}), Value::Null).await;
    publish(&rig, Severity::Ok, "$1.00");
    assert!(rig.is_silent().await);
    for (severity, text, level) in [
        (Severity::Warning, "$8.00", Some(2)),
        (Severity::Error, "$11.00", Some(1)),
        (Severity::Ok, "$0.00", None),
    ] {
        publish(&rig, severity, text);
        let said = rig.hear().await;
        assert_eq!(said["method"], "textDocument/publishDiagnostics");
        assert_eq!(said["params"]["uri"], "file:///p/CLAUDE.md");
        let marks = said["params"]["diagnostics"].as_array().unwrap();
        assert_eq!(marks.first().map(|mark| mark["severity"].as_i64()), level.map(Some), "{said}");
        assert!(
            marks.iter().all(|mark| mark["message"] == text && mark["range"]["start"]["line"] == 0),
            "{said}"
        );
        publish(&rig, severity, text);
        assert!(rig.is_silent().await);
    }
}

#[tokio::test(start_paused = true)]
async fn none_unless_wanted() {
    for (options, experimental) in [
        (Value::Null, Value::Null),
        (json!({"lsp": {"marker": true, "surface": "quiet"}}), Value::Null),
        (json!({"lsp": {"marker": true}}), json!({"costline": {"version": 1}})),
    ] {
        let mut rig = greeted(options, experimental.clone()).await;
        publish(&rig, Severity::Error, "$11.00");
        if experimental != Value::Null {
            assert_eq!(rig.hear().await["method"], "costline/status");
        }
        assert!(rig.is_silent().await);
    }
}
