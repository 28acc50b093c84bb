//! What a request brings: JSON, not too much of it, and not too slowly.

use super::refusal::Refusal;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use std::time::Duration;

/// So large may a body be,
const MOST: usize = 64 * 1024;
/// and so long may it take.
const WITHIN: Duration = Duration::from_secs(10);

/// The body of a request that says it is JSON.
pub(super) struct Taken(pub(super) Bytes);

impl<S: Sync> FromRequest<S> for Taken {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            let message = "the body must be JSON: Content-Type: application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let too_large =
            || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {MOST} bytes"));
        if length(&parts.headers).is_some_and(|length| length > MOST as u64) {
            return Err(too_large());
        }
        let taken = tokio::time::timeout(WITHIN, to_bytes(body, MOST)).await;
        let slow = || Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
        taken.map_err(|_| slow())?.map(Self).map_err(|_| too_large())
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
