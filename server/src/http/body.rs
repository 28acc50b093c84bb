//! What a request brings: JSON or an export of telemetry, not too much of it, and not too slowly.

use super::back::Exported;
use super::refusal::Refusal;
use super::who::Who;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use flate2::bufread::GzDecoder;
use std::io::Read as _;
use std::time::Duration;

/// So large may a body be,
const MOST: usize = 64 * 1024;
/// an export of telemetry, as it comes and unpacked,
const MOST_EXPORTED: usize = 4 * 1024 * 1024;
/// and so long may it take.
const WITHIN: Duration = Duration::from_secs(10);

/// The body of a request that says it is JSON.
pub(super) struct Taken(pub(super) Bytes);

impl<S: Sync> FromRequest<S> for Taken {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        if !is(&parts.headers, "application/json") {
            let message = "the body must be JSON: Content-Type: application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        Ok(Self(whole(&parts.headers, body, MOST).await?))
    }
}

/// The body of an export: in protocol buffers or JSON, and packed by gzip or not.
pub(super) struct TakenExport {
    pub(super) protobuf: bool,
    pub(super) body: Vec<u8>,
}

impl<S: Sync> FromRequest<S> for TakenExport {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        // It may be large: of nobody else's is more than the head looked at.
        parts.extensions.get::<Who>().copied().unwrap_or(Who::Anyone).may_write()?;
        let unsupported = |message: &str| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
        let protobuf = is(&parts.headers, "application/x-protobuf");
        if !protobuf && !is(&parts.headers, "application/json") {
            return Err(unsupported(
                "exports come by HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json",
            ));
        }
        let coding =
            parts.headers.get(header::CONTENT_ENCODING).map(|coding| coding.to_str().unwrap_or_default());
        let packed = match coding.map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "identity") => false,
            Some("gzip") => true,
            Some(_) => return Err(unsupported("an export is packed by gzip or not at all")),
        };
        let body = whole(&parts.headers, body, MOST_EXPORTED).await?;
        Ok(Self { protobuf, body: if packed { unpacked(&body)? } else { body.into() } })
    }
}

impl TakenExport {
    pub(super) const fn exported(&self, metrics: bool) -> Exported {
        Exported { metrics, protobuf: self.protobuf }
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    let read = GzDecoder::new(packed).take(MOST_EXPORTED as u64 + 1).read_to_end(&mut body);
    read.map_err(|error| Refusal::misuse(format!("the body is not packed by gzip: {error}")))?;
    if body.len() > MOST_EXPORTED { Err(too_large(MOST_EXPORTED)) } else { Ok(body) }
}

/// All of a body, where it is no larger than this.
async fn whole(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Refusal> {
    if length(headers).is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    let taken = tokio::time::timeout(WITHIN, to_bytes(body, most)).await;
    let slow = || Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    taken.map_err(|_| slow())?.map_err(|_| too_large(most))
}

fn too_large(most: usize) -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {most} bytes"))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(media_type))
}
