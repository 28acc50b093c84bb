//! Budgets and alerts, and the link that opens the page.

use super::body::Taken;
use super::parameters::one;
use super::refusal::Refusal;
use super::reports::json as written;
use super::side::Side;
use super::who::{Who, page_token};
use crate::alerts::wish::{Wish, budget, id};
use crate::http::back::{Asked, Denied};
use crate::time::Zone;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{Response, StatusCode};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};
use std::sync::Arc;

type Answer = Result<Response<Body>, Refusal>;

/// The budgets, and how they stand.
pub(super) async fn budgets(State(side): State<Arc<Side>>, Extension(who): Extension<Who>) -> Answer {
    who.may_see("budgets")?;
    side.ask(|back| back.report("budgets", &Asked::default())).await.map(written)
}

/// Sets one.
pub(super) async fn set_budget(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Taken(body): Taken,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    who.may_write()?;
    let terms = budget(&object(&body)?.into()).map_err(Refusal::misuse)?;
    let answer = side.ask(move |back| back.wish(Wish::SetBudget(terms))).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Ends one: `?id=`.
pub(super) async fn remove_budget(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Refusal> {
    who.may_write()?;
    let number = id(&json!({ "id": one(query.as_deref(), "id")? })).map_err(Refusal::misuse)?;
    side.ask(move |back| back.wish(Wish::RemoveBudget(number))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The latest alerts.
pub(super) async fn alerts(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Answer {
    who.may_see("alerts")?;
    let limit = one(query.as_deref(), "limit")?;
    side.ask(move |back| back.report("alerts", &Asked { limit, ..Asked::default() })).await.map(written)
}

/// Acknowledges or snoozes one.
pub(super) async fn alert(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Path(number): Path<String>,
    Taken(body): Taken,
) -> Result<StatusCode, Refusal> {
    who.may_write()?;
    let number = id(&json!({ "id": number })).map_err(Refusal::misuse)?;
    let wish = match object(&body)?.get("action").and_then(Value::as_str) {
        Some("acknowledge") => Wish::Acknowledge(number),
        Some("snooze") => Wish::Snooze(number),
        _ => return Err(Refusal::misuse("`action` must be \"acknowledge\" or \"snooze\"")),
    };
    side.ask(move |back| back.wish(wish)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the code of a one-time link for a token that the page keeps.
pub(super) async fn link(State(side): State<Arc<Side>>, Taken(body): Taken) -> Result<Json<Value>, Refusal> {
    let given = object(&body)?;
    let code = given
        .get("code")
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::misuse("`code` must be a string"))?
        .to_owned();
    let now = side.now();
    let made = side
        .ask(move |back| {
            let secret = back.secrets().write.filter(|_| back.redeem(&code));
            let nonce = || {
                let mut bytes = [0; 8];
                let _ = getrandom::fill(&mut bytes);
                format!("{:016x}", u64::from_le_bytes(bytes))
            };
            Ok::<_, Denied>(secret.map(|secret| page_token(&secret, &nonce(), now)))
        })
        .await?;
    let used =
        || Refusal::unauthorized("the link was used, or is too old; `costline dashboard` makes another one");
    let (token, until) = made.ok_or_else(used)?;
    Ok(Json(json!({ "token": token, "expiresAt": Zone::Named(chrono_tz::UTC).rfc3339(until) })))
}

/// The JSON object of a body.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::misuse("the body must be a JSON object")),
        Err(error) => Err(Refusal::misuse(format!("the body is no JSON: {error}"))),
    }
}
