//! What there is, and what holds for all of it.

use super::connection::Local;
use super::gate::check;
use super::page::{FILES, POLICY};
use super::refusal::Refusal;
use super::side::Side;
use super::who::{Who, who};
use super::{events, inlet, ledger, mirror, reports, status};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;

/// What there is, for programs.
const DESCRIPTION: &str = include_str!("../../assets/openapi.json");
/// So large may a body be,
const BODY: usize = 64 * 1024;
/// and so long may it take.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// All routes, behind the gate.
pub(super) fn router(side: Arc<Side>) -> Router {
    let mut router = Router::new()
        .route("/v1/status", get(status::status))
        .route("/v1/mirror", get(mirror::mirror))
        .route("/v1/events", get(events::events))
        .route("/v1/reports/{name}", get(reports::report))
        .route("/v1/sessions/{id}", get(reports::session))
        .route("/v1/budgets", get(ledger::budgets).post(ledger::set_budget).delete(ledger::remove_budget))
        .route("/v1/alerts", get(ledger::alerts))
        .route("/v1/alerts/{id}", post(ledger::alert))
        .route("/v1/usage", post(inlet::usage))
        .route("/v1/hook", post(inlet::hook))
        .route("/v1/link", post(ledger::link))
        .route("/v1/openapi.json", get(|| async { reports::json(DESCRIPTION.to_owned()) }))
        .route("/healthz", get(status::health));
    for file in FILES {
        router = router.route(file.path, get(move |headers: HeaderMap| async move { file.answer(&headers) }));
    }
    router
        .fallback(|| async {
            Refusal::new(StatusCode::NOT_FOUND, "there is nothing here; docs/http-api.md lists what there is")
        })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this takes other methods, which `Allow` lists")
        })
        .layer(from_fn_with_state(Arc::clone(&side), pass))
        .with_state(side)
}

/// Lets a request through, or not, and says with the answer what a browser may do with it.
async fn pass(State(side): State<Arc<Side>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&side, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let fields = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    if !fields.contains_key(header::CACHE_CONTROL) {
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Checks a request, finds out who asks, and takes its body in.
async fn admit(side: &Side, request: Request) -> Result<Request, Refusal> {
    let (mut parts, body) = request.into_parts();
    let local = parts.extensions.get::<Local>().map(|local| local.0);
    let local = local.ok_or_else(|| Refusal::misuse("there is no connection"))?;
    check(&parts, &side.hosts, local)?;
    let who = who(&parts.headers, || side.secrets(), side.now())?;
    if who == Who::Anyone && !side.open && !is_for_anyone(parts.uri.path()) {
        return Err(Refusal::unauthorized(
            "this is served to other machines, so everything needs a token; `costline token show --read` prints one",
        ));
    }
    parts.extensions.insert(who);
    let length =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let has_body =
        length.is_some_and(|length| length > 0) || parts.headers.contains_key(header::TRANSFER_ENCODING);
    if parts.method != Method::POST {
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE);
        // A body that nobody reads would be left in the way of the next request.
        return if reads && has_body {
            Err(Refusal::misuse("this takes no body"))
        } else {
            Ok(Request::from_parts(parts, Body::empty()))
        };
    }
    if !is_json(&parts.headers) {
        let message = "the body must be JSON: Content-Type: application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let too_large =
        || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {BODY} bytes"));
    if length.is_some_and(|length| length > BODY as u64) {
        return Err(too_large());
    }
    let taken = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY)).await;
    let slow = || Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    let bytes = taken.map_err(|_| slow())?.map_err(|_| too_large())?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// What needs no token wherever it is served: whether all is well, and the page, which tells nothing by itself.
fn is_for_anyone(path: &str) -> bool {
    path == "/healthz"
        || path == "/v1/openapi.json"
        || path == "/v1/link"
        || FILES.iter().any(|file| file.path == path)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
