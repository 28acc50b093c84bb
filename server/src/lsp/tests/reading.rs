//! A backlog as work-done progress.

use super::rig::Rig;
use crate::lsp::Backlog;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

const fn backlog(files_read: usize, percent: u64) -> Backlog {
    Backlog { files: 2000, files_read, bytes: 5000, bytes_read: percent * 50 }
}

const DONE: Backlog = backlog(2000, 100);

/// A client that shows progress, with a backlog that shows.
async fn reading(rich: bool) -> (Rig, Value) {
    let mut rig = Rig::new();
    let experimental = if rich { json!({"costline": {"version": 1}}) } else { Value::Null };
    let window = json!({"workDoneProgress": true});
    rig.initialize(json!({"capabilities": {"experimental": experimental, "window": window}})).await;
    rig.notify("initialized", json!({})).await;
    rig.backlog.send_replace(backlog(0, 0));
    let token = rig.token().await;
    let begin = json!({"kind": "begin", "title": "Costline", "message": "reading transcripts", "percentage": 0,
        "cancellable": false});
    assert_eq!(rig.progress(&token).await, begin);
    (rig, token)
}

fn report(message: &str, percentage: u32) -> Value {
    json!({"kind": "report", "message": message, "percentage": percentage, "cancellable": false})
}

#[tokio::test(start_paused = true)]
async fn begins_reports_and_ends() {
    for rich in [true, false] {
        let (mut rig, token) = reading(rich).await;
        assert_eq!(rig.progress(&token).await, report("0 of 2,000 files", 0));
        rig.backlog.send_replace(backlog(1204, 60));
        assert_eq!(rig.progress(&token).await, report("1,204 of 2,000 files", 60));
        // More came to wait: what was shown does not fall.
        rig.backlog.send_replace(backlog(1300, 50));
        assert_eq!(rig.progress(&token).await, report("1,300 of 2,000 files", 60));
        rig.backlog.send_replace(DONE);
        assert_eq!(rig.progress(&token).await, json!({"kind": "end", "message": "2,000 of 2,000 files"}));
        assert!(rig.is_silent().await);
        // The next one is another.
        rig.backlog.send_replace(backlog(1, 1));
        assert_ne!(rig.token().await, token);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_quickly_read_does_not_show() {
    let mut rig = Rig::new();
    rig.greet_as("helix", json!({"workDoneProgress": true})).await;
    for _ in 0..3 {
        rig.backlog.send_replace(backlog(0, 0));
        sleep(Duration::from_millis(299)).await;
        rig.backlog.send_replace(DONE);
        sleep(Duration::from_millis(299)).await;
    }
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn reports_a_few_times_a_second() {
    let (mut rig, token) = reading(false).await;
    let tell = rig.backlog.clone();
    let publishing = tokio::spawn(async move {
        for read in 1..2000 {
            tell.send_replace(backlog(read, 10));
            sleep(Duration::from_millis(1)).await;
        }
        tell.send_replace(DONE);
    });
    let mut reports = 0;
    while rig.progress(&token).await["kind"] == "report" {
        reports += 1;
    }
    publishing.await.unwrap();
    assert!((7..=9).contains(&reports), "{reports} in two seconds");
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn ends_whatever_becomes_of_the_reading() {
    // The lead is lost, or the loop ends.
    for gone in [false, true] {
        let (mut rig, token) = reading(false).await;
        rig.progress(&token).await;
        if gone {
            rig.backlog = tokio::sync::watch::Sender::default();
        } else {
            rig.backlog.send_replace(Backlog::default());
        }
        assert_eq!(rig.progress(&token).await["kind"], "end");
        assert!(rig.is_silent().await);
        assert!(rig.asked("costline/getStatus", json!({})).await["result"].is_object());
    }
}

#[tokio::test(start_paused = true)]
async fn ends_before_the_client_leaves() {
    for way in ["shutdown", "exit", "end"] {
        let (mut rig, token) = reading(false).await;
        rig.progress(&token).await;
        match way {
            "shutdown" => rig.ask(1, "shutdown", Value::Null).await,
            "exit" => rig.notify("exit", Value::Null).await,
            _ => rig.input = None,
        }
        let mut heard = vec![rig.hear().await];
        if way == "shutdown" {
            heard.push(rig.hear().await);
        }
        let ended =
            |said: &Value| said["params"]["token"] == token && said["params"]["value"]["kind"] == "end";
        assert!(heard.iter().any(ended), "{way}: {heard:?}");
        rig.input = None;
        let (code, after) = rig.left().await;
        assert_eq!(code, i32::from(way != "shutdown"));
        assert_eq!(after, Duration::ZERO, "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_makes_no_token_hears_nothing_of_it() {
    let mut rig = Rig::new();
    rig.greet_as("helix", json!({"workDoneProgress": true})).await;
    rig.backlog.send_replace(backlog(0, 0));
    let request = rig.hear().await;
    rig.refuse(&request, -32603).await;
    rig.backlog.send_replace(backlog(9, 9));
    assert!(rig.is_silent().await);
    rig.backlog.send_replace(DONE);
    assert!(rig.is_silent().await);
}
