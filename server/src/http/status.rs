//! `GET /v1/status` and `GET /healthz`.

use super::parameters::one;
use super::refusal::Refusal;
use super::shown::{Face, Shown};
use super::side::Side;
use super::who::Who;
use crate::snapshot::wire::{Role, Severity};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// The status of everything, or of one project.
pub(super) async fn status(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let project = one(query.as_deref(), "project")?.filter(|path| !path.is_empty());
    let Some(project) = project else {
        let shown = side.newest().await?;
        return Ok(answer(face(&shown, who), &headers));
    };
    who.may_see("single projects")?;
    let status = side.ask(move |back| back.status_of(&project)).await?;
    Ok(answer(&Face::new(&status), &headers))
}

/// What someone may see of a status.
pub(super) fn face(shown: &Shown, who: Who) -> &Face {
    if who >= Who::Reader { &shown.full } else { &shown.sums }
}

fn answer(face: &Face, headers: &HeaderMap) -> Response<Body> {
    tagged(&face.tag, headers, || face.body.clone().into())
}

/// Sends JSON with its tag, or says that who asks has it.
pub(super) fn tagged(tag: &str, headers: &HeaderMap, body: impl FnOnce() -> Body) -> Response<Body> {
    let has = has(headers, tag);
    let mut response = Response::new(if has { Body::empty() } else { body() });
    if has {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("authorization"));
    response
}

/// Whether who asks has what this tag stands for.
pub(super) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let mut given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

/// Whether all is well, for whoever looks after processes.
pub(super) async fn health(State(side): State<Arc<Side>>) -> Result<axum::Json<Value>, Refusal> {
    let shown = side.newest().await?;
    let status = &shown.status;
    Ok(axum::Json(json!({
        "status": if status.severity == Severity::Stale { "stale" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
        "leader": status.health.role == Role::Leader,
        "leaderPid": status.health.leader_pid,
        "revision": status.revision,
        "lastIngestAt": status.health.last_ingest_at,
        "problems": status.health.problems.len(),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_match_as_they_should() {
        for (given, expected) in [
            (&["\"a\""][..], true),
            (&["\"b\", \"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["W/\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in given {
                headers.append(header::IF_NONE_MATCH, value.parse().unwrap());
            }
            assert_eq!(has(&headers, "\"a\""), expected, "{given:?}");
        }
    }
}
