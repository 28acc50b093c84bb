//! What there is, and what holds for all of it.

use super::connection::Called;
use super::gate::{check, is_of_the_person};
use super::page::{FILES, POLICY};
use super::refusal::Refusal;
use super::side::Side;
use super::who::{Who, who};
use super::{display, events, inlet, ledger, metrics, mirror, reports, stats, status};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// What there is, for programs.
const DESCRIPTION: &str = include_str!("../../assets/openapi.json");

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
        .route("/v1/logs", post(inlet::logs))
        .route("/v1/metrics", post(inlet::metrics))
        .route("/v1/link", post(ledger::link))
        .route("/v1/openapi.json", get(|| async { reports::json(DESCRIPTION.to_owned()) }))
        .route("/metrics", get(metrics::metrics))
        .route("/metrics/claude", get(display::shown).post(display::post))
        .route("/metrics/claude/history", get(display::history))
        .route("/api/usage/stats", get(stats::stats))
        .route("/api/usage/events", get(stats::events))
        .route("/healthz", get(status::health));
    for file in FILES {
        router = router.route(file.path, get(move |headers: HeaderMap| async move { file.answer(&headers) }));
    }
    gated(router, side)
}

/// The routes for those who export telemetry, where these have an address of their own.
pub(super) fn telemetry(side: Arc<Side>) -> Router {
    let router =
        Router::new().route("/v1/logs", post(inlet::logs)).route("/v1/metrics", post(inlet::metrics));
    gated(router, side)
}

fn gated(router: Router<Arc<Side>>, side: Arc<Side>) -> Router {
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
    let alone = is_of_the_person(request.headers());
    let mut response = match admit(&side, request) {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let fields = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    if !alone {
        // A page that opened this one is not to have it in its hands. A browser starts another process for that, which
        // takes longer than all the rest, so it is left out where there is no such page.
        fields.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    }
    if !fields.contains_key(header::CACHE_CONTROL) {
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Checks a request, and finds out who asks.
fn admit(side: &Side, request: Request) -> Result<Request, Refusal> {
    let (mut parts, body) = request.into_parts();
    let called = parts.extensions.get::<Called>();
    let called = called.ok_or_else(|| Refusal::misuse("there is no connection"))?;
    check(&parts, &called.hosts, called.local)?;
    let who = who(&parts.headers, || side.secrets(), side.now())?;
    if who == Who::Anyone && !side.open && !is_for_anyone(parts.uri.path()) {
        return Err(Refusal::unauthorized(
            "this is served to other machines, so everything needs a token; `costline token show --read` prints one",
        ));
    }
    parts.extensions.insert(who);
    Ok(Request::from_parts(parts, body))
}

/// What needs no token wherever it is served: whether all is well, and the page, which tells nothing by itself.
fn is_for_anyone(path: &str) -> bool {
    path == "/healthz"
        || path == "/v1/openapi.json"
        || path == "/v1/link"
        || FILES.iter().any(|file| file.path == path)
}
