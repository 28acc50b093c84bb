//! What other programs hand over: usage, and events of Claude Code.

use super::body::Taken;
use super::ledger::object;
use super::refusal::Refusal;
use super::side::Side;
use super::who::Who;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// Takes usage in; what was taken counts once, however often it is posted.
pub(super) async fn usage(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Taken(body): Taken,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    who.may_write()?;
    let accepted = side.ask(move |back| back.record(&body)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": accepted }))))
}

/// Answers an event of Claude Code as `costline hook` does.
pub(super) async fn hook(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Taken(body): Taken,
) -> Result<Json<Value>, Refusal> {
    who.may_write()?;
    object(&body)?;
    let answer = side.ask(move |back| Ok(back.hook(&body))).await?;
    Ok(Json(answer.unwrap_or_else(|| json!({}))))
}
