//! Counters: what Claude Code counts of its sessions.
//!
//! Of usage only that of helpers is taken: no transcript has it, and it is all there is where events are not exported.

use super::Export;
use super::attributes::Attributes;
use super::events::speed;
use crate::money::NanoUsd;
use crate::sources::record::{Record, What, new_id};
use crate::sources::telemetry::{Counted, Kind, Metered};
use crate::time::Millis;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, NumberDataPoint};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

const COST: &str = "claude_code.cost.usage";
const TOKENS: &str = "claude_code.token.usage";
const ACTIVE: &str = "claude_code.active_time.total";
const COMMITS: &str = "claude_code.commit.count";
const PULL_REQUESTS: &str = "claude_code.pull_request.count";
const NAMES: [&str; 5] = [COST, TOKENS, ACTIVE, COMMITS, PULL_REQUESTS];

/// Points of one counter at one time: money and each class of tokens come apart. A counter is known by its attributes, and one
/// that is sent as a whole by when it began, too: each of its parts has begun at a time of its own, the first of which counts.
type Points = BTreeMap<(String, Millis), (u64, Metered)>;

pub(super) fn read(request: &ExportMetricsServiceRequest, now: Millis) -> Export {
    let (mut export, mut points) = (Export::default(), Points::new());
    for of_process in &request.resource_metrics {
        for metric in of_process.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
            if NAMES.contains(&metric.name.as_str()) {
                add(metric, of_process.resource.as_ref(), now, &mut points, &mut export);
            }
        }
    }
    for ((identity, at), (began, mut metered)) in points {
        metered.series = xxh3_64(format!("{identity}\0{began}").as_bytes()) as i64;
        let sound = metered.is_sound();
        let record = || Record { id: new_id(now), at, what: What::Metered(metered) };
        export.take(if sound { Ok(Some(record())) } else { Err("a point whose numbers cannot be") });
    }
    export
}

fn add(metric: &Metric, process: Option<&Resource>, now: Millis, points: &mut Points, export: &mut Export) {
    let Some(Data::Sum(sum)) = &metric.data else {
        return export.take(Err("a counter that is no sum"));
    };
    let cumulative = match AggregationTemporality::try_from(sum.aggregation_temporality) {
        Ok(AggregationTemporality::Delta) => false,
        Ok(AggregationTemporality::Cumulative) => true,
        _ => return export.take(Err("a counter of unknown temporality")),
    };
    for point in &sum.data_points {
        let attributes = Attributes::new(&point.attributes, process);
        if let Err(reason) = add_point(&metric.name, point, &attributes, cumulative, now, points) {
            export.take(Err(reason));
        }
    }
}

fn add_point(
    name: &str,
    point: &NumberDataPoint,
    attributes: &Attributes<'_>,
    cumulative: bool,
    now: Millis,
    points: &mut Points,
) -> Result<(), &'static str> {
    let value = match point.value {
        Some(Value::AsDouble(value)) if value.is_finite() => value,
        Some(Value::AsInt(value)) => value as f64,
        _ => return Err("a point without a value"),
    };
    let kind = attributes.text("type").unwrap_or_default();
    let counted = match (name, kind) {
        (COST | TOKENS, _) => match attributes.text("query_source").map(Kind::of) {
            Some(asked) if !asked.is_in_transcripts() => Counted::Usage,
            // Transcripts have it, or, of an old version, it cannot be told.
            _ => return Ok(()),
        },
        (ACTIVE, "user") => Counted::ActiveUser,
        (ACTIVE, "cli") => Counted::ActiveCli,
        (COMMITS, _) => Counted::Commits,
        (PULL_REQUESTS, _) => Counted::PullRequests,
        _ => return Ok(()),
    };
    let usage = counted == Counted::Usage;
    let session = attributes.text("session.id").ok_or("a point without a session.id")?;
    let millis = |nanos: u64| Millis::try_from(nanos / 1_000_000).ok().filter(|at| *at > 0);
    let at = millis(point.time_unix_nano).unwrap_or(now);
    let began = if cumulative { point.start_time_unix_nano } else { 0 };
    let identity = attributes.identity(if usage { "type" } else { "" });
    let identity = format!("{}\0{cumulative}\0{identity}", counted.name());
    let model = attributes.text("model").unwrap_or_default();
    if usage && model.is_empty() {
        return Err("usage without a model");
    }
    let fresh = || Metered { session: session.to_owned(), counted, cumulative, ..Metered::default() };
    let (first, metered) = points.entry((identity, at)).or_insert_with(|| (began, fresh()));
    *first = began.min(*first);
    let whole = value.round() as i64;
    match (name, kind) {
        (ACTIVE, _) => metered.amount = millis_of(value),
        (COMMITS | PULL_REQUESTS, _) => metered.amount = whole,
        (COST, _) => metered.cost = Some(NanoUsd::from_dollars(value)),
        (_, "input") => metered.counts.input = whole,
        (_, "output") => metered.counts.output = whole,
        (_, "cacheRead") => metered.counts.cache_read = whole,
        (_, "cacheCreation") => metered.counts.cache_write = whole,
        _ => {}
    }
    if usage {
        model.clone_into(&mut metered.model);
        metered.speed = speed(attributes);
    }
    Ok(())
}

/// Seconds as milliseconds.
#[allow(clippy::float_arithmetic, reason = "a duration, and no sum")]
fn millis_of(seconds: f64) -> i64 {
    (seconds * 1e3).round() as i64
}
