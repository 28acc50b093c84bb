//! The ways to leave, each also while a request is being answered.

use super::rig::Rig;
use crate::lsp::lifeline::Ending;
use crate::lsp::{Message, frame};
use serde_json::{Value, json};
use std::time::Duration;

/// Greets and, if wanted, leaves requests unanswered; what it returns has to be held as long.
async fn greeted(busy: bool) -> (Rig, Option<Message>) {
    let mut rig = Rig::new();
    rig.greet(true).await;
    let mut held = None;
    if busy {
        for id in 1..10 {
            rig.ask(id, "costline/getStatus", json!({})).await;
        }
        held = Some(rig.message().await);
    }
    (rig, held)
}

/// What the loop got after what the rig has already taken ends with a goodbye, and there is but one.
fn goodbyes(rig: &mut Rig) -> usize {
    let mut count = 0;
    while let Ok(message) = rig.messages.try_recv() {
        assert!(count == 0 || matches!(message, Message::Goodbye), "{message:?}");
        count += usize::from(matches!(message, Message::Goodbye));
    }
    count
}

async fn check(busy: bool, leave: impl AsyncFn(&mut Rig), code: i32) {
    let (mut rig, _held) = greeted(busy).await;
    leave(&mut rig).await;
    let (left, after) = rig.left().await;
    assert_eq!(left, code);
    assert!(after <= Duration::from_millis(if busy { 320 } else { 0 }), "{after:?}");
    assert_eq!(goodbyes(&mut rig), 1);
}

#[tokio::test(start_paused = true)]
async fn by_exit_after_shutdown() {
    for busy in [false, true] {
        let leave = async |rig: &mut Rig| {
            rig.ask(90, "shutdown", json!({})).await;
            while rig.hear().await["id"] != 90 {}
            rig.notify("exit", json!(null)).await;
        };
        check(busy, leave, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn by_exit_without_waiting_for_the_answer() {
    for busy in [false, true] {
        let leave = async |rig: &mut Rig| {
            rig.ask(90, "shutdown", Value::Null).await;
            rig.notify("exit", json!(null)).await;
        };
        check(busy, leave, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn by_exit_alone() {
    for busy in [false, true] {
        check(busy, async |rig| rig.notify("exit", json!(null)).await, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn by_the_end_of_input() {
    for busy in [false, true] {
        check(busy, async |rig| drop(rig.input.take()), 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn by_a_closed_output() {
    for busy in [false, true] {
        let leave = async |rig: &mut Rig| {
            rig.output = None;
            rig.publish(1);
        };
        check(busy, leave, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn by_the_death_of_the_client() {
    for ending in [Ending::ProcessGone, Ending::StdoutClosed] {
        for busy in [false, true] {
            check(busy, async |rig| rig.told.send(ending).unwrap(), 1).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn not_for_nothing() {
    let (mut rig, _) = greeted(false).await;
    rig.told.send(Ending::Nothing).unwrap();
    assert!(rig.is_silent().await);
    assert!(rig.asked("costline/getStatus", json!({})).await["result"].is_object());
}

#[tokio::test(start_paused = true)]
async fn before_a_greeting() {
    let mut rig = Rig::new();
    rig.notify("exit", json!(null)).await;
    assert_eq!(rig.left().await.0, 1);
    let mut rig = Rig::new();
    rig.ask(1, "shutdown", json!(null)).await;
    assert_eq!(rig.hear().await["error"]["code"], -32002);
    rig.input = None;
    assert_eq!(rig.left().await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_client_can_leave() {
    let mut rig = Rig::with_room_for(64);
    rig.say_raw(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}}).to_string()).await;
    for id in 1..200 {
        rig.ask(id, "no/such", json!({})).await;
    }
    rig.notify("exit", json!(null)).await;
    let (code, after) = rig.left().await;
    assert_eq!(code, 1);
    assert!(after < Duration::from_millis(400), "{after:?}");
}

/// As in `printf … | costline lsp`: everything at once, then the end.
#[tokio::test(start_paused = true)]
async fn what_was_asked_before_the_end_is_answered() {
    let mut rig = Rig::new();
    rig.ask(1, "initialize", json!({"capabilities": {}})).await;
    rig.notify("initialized", json!({})).await;
    rig.ask(2, "costline/getStatus", json!(null)).await;
    rig.ask(3, "shutdown", json!(null)).await;
    rig.notify("exit", json!(null)).await;
    rig.input = None;
    assert!(matches!(rig.message().await, Message::Hello(_)));
    rig.answer().await;
    assert_eq!(rig.left().await.0, 0);
    for id in 1..=3 {
        let body = frame::read(rig.output.as_mut().unwrap()).await.unwrap().unwrap().unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&answer["id"], answer.get("error")), (&json!(id), None), "{answer}");
    }
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn no_status_after_shutdown() {
    let (mut rig, _) = greeted(false).await;
    rig.ask(1, "shutdown", json!(null)).await;
    assert_eq!(rig.hear().await["id"], 1);
    rig.publish(1);
    assert!(rig.is_silent().await);
}
