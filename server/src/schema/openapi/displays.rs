//! The routes for displays, for dashboards that poll and for Prometheus.

use super::{For, Operation, file, of, operation, query};
use serde_json::{Map, Value, json};

pub(super) fn operations() -> Vec<Operation> {
    let hours = || {
        let schema = json!({"type": "integer", "minimum": 1, "maximum": crate::display::MOST_HOURS});
        query("hours_back", "The hours that are summed; 24 unless given.", schema)
    };
    let source = || query("source", "Another machine, by the name that it posts.", json!({"type": "string"}));
    vec![
        operation("get", "/metrics", For::Anyone, "OpenMetrics for Prometheus").answers(
            200,
            "The text.",
            Some(file("application/openmetrics-text")),
        ),
        operation(
            "get",
            "/metrics/claude",
            For::Anyone,
            "The sums of the last hours, as older displays know them",
        )
        .asks(source())
        .asks(hours())
        .answers(200, "They.", Some(of("Figures")))
        .refuses(404, "Nothing was posted by this source."),
        operation("post", "/metrics/claude", For::Writer, "Keep what another machine posts of itself")
            .takes(of("Posted"))
            .answers(200, "What is known of it then.", Some(of("Figures"))),
        operation(
            "get",
            "/metrics/claude/history",
            For::Anyone,
            "The same at the end of each five minutes of the last day",
        )
        .asks(source())
        .asks(hours())
        .answers(
            200,
            "They, oldest first.",
            Some(json!({"type": "array", "maxItems": 288, "items": of("Figures")})),
        )
        .refuses(404, "Nothing was posted by this source."),
        usage(operation("get", "/api/usage/stats", For::Reader, "Sums by model, project and day"))
            .asks(query(
                "limit",
                "How many rows of each list at most.",
                json!({"type": "integer", "minimum": 0}),
            ))
            .answers(200, "They.", Some(of("UsageStats"))),
        usage(operation(
            "get",
            "/api/usage/events",
            For::Reader,
            "What happened, the latest first, a page at a time",
        ))
        .asks(query(
            "limit",
            "How many events a page has.",
            json!({"type": "integer", "minimum": 1, "maximum": crate::reports::MOST_EVENTS}),
        ))
        .asks(query("cursor", "The `next_cursor` of the page before.", json!({"type": "string"})))
        .answers(200, "A page.", Some(of("UsageEvents"))),
    ]
}

fn usage(operation: Operation) -> Operation {
    let text = || json!({"type": "string"});
    operation
        .asks(query("since", "The first day, or the first moment in RFC 3339.", text()))
        .asks(query("until", "The last one.", text()))
        .asks(query("project", "The one project that counts, by its path.", text()))
        .asks(query("model", "The one model that counts.", text()))
}

/// An object of exactly these fields.
fn exactly(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "required": names, "properties": properties, "additionalProperties": false})
}

pub(super) fn components(all: &mut Map<String, Value>) {
    let count = || json!({"type": ["integer", "null"], "minimum": 0});
    let money = || json!({"type": ["number", "null"], "minimum": 0, "maximum": 1_000_000_000});
    let text = || json!({"type": ["string", "null"], "maxLength": 128});
    let figures = [
        ("timestamp", text()),
        ("window_hours", json!({"type": ["number", "null"], "exclusiveMinimum": 0})),
        ("burn_rate_per_hour", money()),
        ("total_cost_usd", money()),
        ("input_tokens", count()),
        ("output_tokens", count()),
        ("cache_creation_tokens", count()),
        ("cache_read_tokens", count()),
        ("total_tokens", count()),
        ("session_count", count()),
        ("active_session_id", text()),
        ("last_activity", text()),
        ("source", json!({"type": ["string", "null"], "minLength": 1, "maxLength": 64})),
    ];
    all.insert("Figures".to_owned(), exactly(&figures));
    let backfill = json!({
        "type": ["boolean", "null"],
        "description": "The figures are those of `timestamp`, a moment of the last 24 hours with its offset: they fill a gap of the history.",
    });
    let posted = [figures.as_slice(), &[("backfill", backfill)]].concat();
    all.insert("Posted".to_owned(), json!({"type": "object", "properties": exactly(&posted)["properties"]}));

    let number = || json!({"type": "integer", "minimum": 0});
    let name = || json!({"type": ["string", "null"]});
    let sums = [
        ("cost_usd", json!({"type": "number", "minimum": 0})),
        ("input_tokens", number()),
        ("output_tokens", number()),
        ("cache_creation_input_tokens", number()),
        ("cache_read_input_tokens", number()),
        ("total_tokens", number()),
        ("messages", number()),
        ("sessions", number()),
        ("unpriced_messages", number()),
    ];
    let rows = |key: &'static str, schema: Value| {
        let fields: Vec<_> = [(key, schema)].into_iter().chain(sums.clone()).collect();
        json!({"type": "array", "items": exactly(&fields)})
    };
    let stats = [
        ("since", name()),
        ("until", name()),
        ("timezone", json!({"type": "string"})),
        ("total", exactly(&sums)),
        ("by_model", rows("model", name())),
        ("by_project", rows("project_path", name())),
        ("by_day", rows("date", json!({"type": "string", "format": "date"}))),
    ];
    all.insert("UsageStats".to_owned(), exactly(&stats));
    let event = [
        ("id", json!({"type": "string"})),
        ("type", json!({"enum": ["session_start", "api_call", "session_end"]})),
        ("timestamp", json!({"type": "string", "format": "date-time"})),
        ("session_id", json!({"type": "string"})),
        ("model", name()),
        ("cost_usd", money()),
        ("input_tokens", count()),
        ("output_tokens", count()),
        ("cache_creation_input_tokens", count()),
        ("cache_read_input_tokens", count()),
        ("project_path", name()),
        ("permission_mode", name()),
        ("mcp_servers", json!({"type": ["array", "null"], "items": {"type": "string"}})),
        ("duration_ms", count()),
    ];
    let events = [("events", json!({"type": "array", "items": exactly(&event)})), ("next_cursor", name())];
    all.insert("UsageEvents".to_owned(), exactly(&events));
}
