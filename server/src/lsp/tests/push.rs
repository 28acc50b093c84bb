//! Which statuses are pushed, and when.

use super::rig::{Rig, status};
use crate::lsp::Message;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn only_after_initialized() {
    let mut rig = Rig::new();
    rig.publish(1);
    rig.initialize(json!({"capabilities": {"experimental": {"costline": {}}}})).await;
    assert!(rig.is_silent().await);
    rig.notify("initialized", json!(null)).await;
    let status = rig.hear().await;
    assert_eq!((&status["method"], &status["params"]["revision"]), (&json!("costline/status"), &json!(1)));
    assert!(status.get("id").is_none());
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn only_to_a_client_that_understands() {
    let mut rig = Rig::new();
    rig.greet(false).await;
    rig.publish(1);
    rig.publish(2);
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn never_twice_the_same() {
    let mut rig = Rig::new();
    rig.greet(true).await;
    rig.publish(1);
    assert_eq!(rig.hear().await["params"]["revision"], 1);
    let mut later = status(1);
    later.generated_at = "2025-01-01T00:00:09Z".to_owned();
    rig.statuses.send_replace(Some(Arc::new(later)));
    assert!(rig.is_silent().await);
    rig.statuses.send_replace(None);
    rig.publish(1);
    assert!(rig.is_silent().await);
    let changed = crate::snapshot::wire::Status { text: "$1.00".to_owned(), ..status(1) };
    rig.statuses.send_replace(Some(Arc::new(changed)));
    assert_eq!(rig.hear().await["params"]["text"], "$1.00");
}

#[tokio::test(start_paused = true)]
async fn at_most_ten_a_second_and_the_first_at_once() {
    let mut rig = Rig::new();
    rig.greet(true).await;
    for pause in [0, 5_000] {
        sleep(Duration::from_millis(pause)).await;
        let start = Instant::now();
        let statuses = rig.statuses.clone();
        let publishing = tokio::spawn(async move {
            for revision in 1..=100 {
                statuses.send_replace(Some(Arc::new(status(revision))));
                sleep(Duration::from_millis(10)).await;
            }
        });
        let mut heard = Vec::new();
        while heard.last().is_none_or(|(_, revision)| *revision < 100) {
            let revision = rig.hear().await["params"]["revision"].as_i64().unwrap();
            heard.push((start.elapsed(), revision));
        }
        assert_eq!(heard[0], (Duration::ZERO, 1));
        assert!(heard.len() >= 9, "{heard:?}");
        for eleven in heard.windows(11) {
            assert!(eleven[10].0 >= eleven[0].0 + Duration::from_secs(1), "{heard:?}");
        }
        assert!(heard.iter().zip(&heard[1..]).all(|(one, next)| next.1 > one.1), "{heard:?}");
        publishing.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_holds_up_nobody() {
    let mut rig = Rig::with_room_for(512);
    rig.greet(true).await;
    for revision in 0..50 {
        rig.publish(revision);
        sleep(Duration::from_millis(150)).await;
    }
    for number in 0..500 {
        rig.notify("workspace/didChangeConfiguration", json!({"settings": number})).await;
        let Message::Settings(settings) = rig.message().await else { panic!() };
        assert_eq!(settings, number);
    }
    // Once it reads again it gets what was on its way, and then the newest.
    for revision in [0, 49] {
        assert_eq!(rig.hear().await["params"]["revision"], revision);
    }
    assert!(rig.is_silent().await);
}
