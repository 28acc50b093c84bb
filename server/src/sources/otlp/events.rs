//! Events: Claude Code tells of each request to the API.

use super::Export;
use super::attributes::Attributes;
use crate::money::NanoUsd;
use crate::sources::record::{Record, TokenCounts, What, new_id};
use crate::sources::telemetry::{Kind, Requested};
use crate::time::{Millis, parse_millis};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use xxhash_rust::xxh3::xxh3_128;

/// What events' names begin with.
const OURS: &str = "claude_code.";
/// The event of a request.
const REQUEST: &str = "api_request";
/// A millionth of a dollar in nano-dollars.
const MICRO: i64 = 1_000;

pub(super) fn read(request: &ExportLogsServiceRequest, now: Millis) -> Export {
    let mut export = Export::default();
    for of_process in &request.resource_logs {
        for event in of_process.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            export.take(record(event, of_process.resource.as_ref(), now));
        }
    }
    export
}

fn record(
    event: &LogRecord,
    process: Option<&Resource>,
    now: Millis,
) -> Result<Option<Record>, &'static str> {
    let attributes = Attributes::new(&event.attributes, process);
    if name(event, &attributes).is_none_or(|name| name.strip_prefix(OURS).unwrap_or(name) != REQUEST) {
        return Ok(None);
    }
    let count = |name: &str| attributes.whole(name).unwrap_or(0);
    let at = time(event, &attributes).unwrap_or(now);
    let cost = match attributes.number("cost_usd") {
        Some(dollars) => Some(NanoUsd::from_dollars(dollars)),
        None => attributes.whole("cost_usd_micros").map(|micros| NanoUsd(micros.saturating_mul(MICRO))),
    };
    let session = attributes.text("session.id").ok_or("an api_request without a session.id")?;
    let requested = Requested {
        session: session.to_owned(),
        request: attributes.text_or_none("request_id"),
        event: identity(event, &attributes, session, at),
        model: attributes.text("model").ok_or("an api_request without a model")?.to_owned(),
        kind: Kind::of(attributes.text("query_source").unwrap_or_default()),
        skill: attributes.text_or_none("skill.name"),
        mcp_server: attributes.text_or_none("mcp_server.name"),
        speed: speed(&attributes),
        entrypoint: attributes.text_or_none("app.entrypoint"),
        version: attributes
            .text("app.version")
            .or(attributes.text("service.version"))
            .unwrap_or_default()
            .to_owned(),
        counts: TokenCounts {
            input: count("input_tokens"),
            output: count("output_tokens"),
            cache_read: count("cache_read_tokens"),
            cache_write: count("cache_creation_tokens"),
        },
        cost,
        duration_ms: attributes.whole("duration_ms"),
    };
    if !requested.is_sound() {
        return Err("an api_request whose numbers cannot be");
    }
    Ok(Some(Record { id: new_id(now), at, what: What::Requested(requested) }))
}

/// An event's name: where it stands has changed with versions of the protocol and of Claude Code.
fn name<'a>(event: &'a LogRecord, attributes: &Attributes<'a>) -> Option<&'a str> {
    let body = || match event.body.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.as_str()),
        _ => None,
    };
    let said = Some(event.event_name.as_str()).filter(|name| !name.is_empty());
    said.or_else(|| attributes.text("event.name")).or_else(body)
}

fn time(event: &LogRecord, attributes: &Attributes<'_>) -> Option<Millis> {
    let given = |nanos: u64| Millis::try_from(nanos / 1_000_000).ok().filter(|at| *at > 0);
    given(event.time_unix_nano)
        .or_else(|| attributes.text("event.timestamp").and_then(parse_millis))
        .or_else(|| given(event.observed_time_unix_nano))
}

/// In transcripts a speed that is not `fast` is `standard`.
pub(super) fn speed(attributes: &Attributes<'_>) -> String {
    match attributes.text("speed") {
        Some("normal") => "standard".to_owned(),
        other => other.unwrap_or_default().to_owned(),
    }
}

/// What makes an event one where its request has no id; an exporter that gets no answer sends it again.
fn identity(event: &LogRecord, attributes: &Attributes<'_>, session: &str, at: Millis) -> String {
    if attributes.text("request_id").is_some() {
        return String::new();
    }
    if let Some(id) = attributes.text("client_request_id") {
        return id.to_owned();
    }
    let sequence = attributes.whole("event.sequence").unwrap_or(-1);
    let text = format!("{session}\0{at}\0{sequence}\0{}\0{}", event.time_unix_nano, attributes.identity(""));
    format!("{:032x}", xxh3_128(text.as_bytes()))
}
