//! What other programs hand over: usage, and events of Claude Code.

use super::body::{Taken, TakenExport};
use super::ledger::object;
use super::refusal::Refusal;
use super::side::Side;
use super::who::Who;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use prost::Message as _;
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

/// Takes in what Claude Code tells of its requests.
pub(super) async fn logs(State(side): State<Arc<Side>>, taken: Result<TakenExport, Refusal>) -> Response {
    export(&side, taken, false).await
}

/// Takes in what Claude Code counts.
pub(super) async fn metrics(State(side): State<Arc<Side>>, taken: Result<TakenExport, Refusal>) -> Response {
    export(&side, taken, true).await
}

/// What an exporter that speaks protocol buffers is told of an error: `google.rpc.Status`, as the protocol has it.
#[derive(prost::Message)]
struct Failure {
    #[prost(string, tag = "2")]
    message: String,
}

async fn export(side: &Side, taken: Result<TakenExport, Refusal>, metrics: bool) -> Response {
    let taken = match taken {
        Ok(taken) => taken,
        Err(refusal) => return refusal.into_response(),
    };
    let what = taken.exported(metrics);
    let media_type = if what.protobuf { "application/x-protobuf" } else { "application/json" };
    let answered = side.ask(move |back| back.export(what, &taken.body)).await;
    match answered {
        Ok(body) => ([(header::CONTENT_TYPE, media_type)], body).into_response(),
        Err(refusal) if what.protobuf => {
            let body = Failure { message: refusal.message }.encode_to_vec();
            (refusal.status, [(header::CONTENT_TYPE, media_type)], body).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}
