//! The description of the HTTP side, which it serves itself: `server/assets/openapi.json`.

#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better where it is not borrowed")]

mod displays;

use super::{checked_in, larger_reports, read, report, status};
use serde_json::{Map, Value, json};

/// Who may ask.
#[derive(Clone, Copy)]
enum For {
    /// Anyone; who has a token is told more.
    Anyone,
    /// Who has a token.
    Reader,
    /// Who has the token that may write.
    Writer,
}

struct Operation {
    method: &'static str,
    path: &'static str,
    about: &'static str,
    who: For,
    parameters: Vec<Value>,
    /// The schema of the body.
    body: Option<Value>,
    /// The body may be in protocol buffers, too.
    exports: bool,
    /// Status, and what is answered with it.
    answers: Vec<(u16, &'static str, Option<Value>)>,
}

fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn query(name: &str, about: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": about, "schema": schema})
}

fn in_path(name: &str, schema: Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn operation(method: &'static str, path: &'static str, who: For, about: &'static str) -> Operation {
    Operation {
        method,
        path,
        about,
        who,
        parameters: Vec::new(),
        body: None,
        exports: false,
        answers: Vec::new(),
    }
}

impl Operation {
    fn asks(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self
    }

    fn takes(mut self, schema: Value) -> Self {
        self.body = Some(schema);
        self.refuses(415, "The body is no JSON by its Content-Type.")
            .refuses(413, "The body is larger than 64 KiB.")
    }

    /// Takes an export of telemetry, in either of its forms.
    fn takes_export(mut self) -> Self {
        self.body = Some(json!({"type": "object"}));
        self.exports = true;
        self.refuses(415, "It is neither JSON nor protocol buffers, or packed in another way than by gzip.")
            .refuses(413, "It is larger than 4 MiB, packed or unpacked.")
    }

    fn answers(mut self, status: u16, about: &'static str, schema: Option<Value>) -> Self {
        self.answers.push((status, about, schema));
        self
    }

    fn refuses(self, status: u16, about: &'static str) -> Self {
        self.answers(status, about, Some(of("Error")))
    }

    fn written(&self) -> Value {
        let mut answers = Map::new();
        let common = [
            (400, "It was asked in the wrong way."),
            (401, "A token is needed, or the one given does not count."),
            (403, "The token may not write, or a page of another site sent it."),
            (421, "It was called by a name that is not its own."),
            (503, "It cannot be answered now."),
        ];
        let common = common.map(|(status, about)| (status, about, Some(of("Error"))));
        for (status, about, schema) in self.answers.iter().cloned().chain(common) {
            let mut answer = json!({ "description": about });
            if let Some(schema) = schema {
                let kind = schema["x-kind"].as_str().unwrap_or("application/json").to_owned();
                answer["content"][kind] = json!({ "schema": schema });
            }
            answers.entry(status.to_string()).or_insert(answer);
        }
        let mut written = json!({
            "summary": self.about,
            "operationId": format!("{}{}", self.method, self.path.replace(['/', '{', '}', '.'], "_")),
            "responses": answers,
            "security": match self.who {
                For::Anyone => json!([{}, {"token": []}]),
                For::Reader | For::Writer => json!([{"token": []}]),
            },
        });
        if !self.parameters.is_empty() {
            written["parameters"] = json!(self.parameters);
        }
        if let Some(body) = &self.body {
            let mut content = json!({"application/json": {"schema": body}});
            if self.exports {
                content["application/x-protobuf"] = json!({"schema": {"type": "string", "format": "binary"}});
            }
            written["requestBody"] = json!({"required": true, "content": content});
        }
        written
    }
}

/// What the parameters of a report are.
fn range(operation: Operation) -> Operation {
    let day = || json!({"type": "string", "format": "date"});
    operation
        .asks(query("since", "The first day.", day()))
        .asks(query("until", "The last day.", day()))
        .asks(query(
            "days",
            "In place of the two: so many days, today included.",
            json!({"type": "integer", "minimum": 1, "maximum": 36_500}),
        ))
        .asks(query(
            "limit",
            "How many rows at most; totals are over all of them.",
            json!({"type": "integer", "minimum": 0}),
        ))
        .asks(query("project", "The one project that counts, by its path.", json!({"type": "string"})))
        .asks(query(
            "timezone",
            "The zone that days are counted in, as in Europe/Berlin.",
            json!({"type": "string"}),
        ))
}

fn file(kind: &str) -> Value {
    json!({"type": "string", "x-kind": kind})
}

fn operations() -> Vec<Operation> {
    use For::{Anyone, Reader, Writer};
    let object = || json!({"type": "object"});
    let number = || json!({"type": "integer", "minimum": 1, "maximum": i64::MAX});
    let text = || json!({"type": "string"});
    let keys: Vec<&str> = crate::reports::KEYS.iter().map(|(name, _)| *name).collect();
    let key = || json!({"type": "string", "enum": keys});
    let names = [
        "daily",
        "weekly",
        "monthly",
        "summary",
        "projects",
        "project",
        "sessions",
        "breakdown",
        "blocks",
        "current",
        "limits",
    ];
    vec![
        operation("get", "/v1/status", Anyone, "The status of everything, or of one project")
            .asks(query("project", "The project, by its path.", text()))
            .answers(200, "The status.", Some(of("Status")))
            .answers(304, "It is the one of `If-None-Match`.", None),
        operation("get", "/v1/events", Anyone, "Changes as they happen: server-sent events without end")
            .answers(200, "The stream.", Some(file("text/event-stream"))),
        operation("get", "/v1/mirror", Anyone, "The frame for small displays")
            .asks(query("wait", "Hold the request until something changes, for so many seconds; 60 at most.", json!({"type": "integer", "minimum": 0})))
            .answers(200, "The frame.", Some(of("Frame")))
            .answers(304, "It is the one of `If-None-Match`.", None),
        range(operation("get", "/v1/reports/{name}", Anyone, "What the command of this name prints with --json"))
            .asks(in_path("name", json!({"type": "string", "enum": names})))
            .asks(query("by", "Of `breakdown`: the key to sum by.", key()))
            .asks(query("split", "Of `breakdown`: the key of each row's parts.", key()))
            .answers(200, "The report.", Some(json!({"anyOf": [of("Report"), of("Blocks"), of("Current"), of("Project"), object()]})))
            .refuses(404, "There is no such report."),
        operation("get", "/v1/sessions/{id}", Reader, "What `costline session` prints with --json")
            .asks(in_path("id", json!({"type": "string", "minLength": 1})))
            .answers(200, "The session.", Some(of("Session")))
            .refuses(404, "There is no such session."),
        operation("get", "/v1/budgets", Reader, "The budgets, and how they stand").answers(200, "They.", Some(object())),
        operation("post", "/v1/budgets", Writer, "Set a budget, in the place of the one that is about the same")
            .takes(of("NewBudget"))
            .answers(201, "The budget.", Some(object())),
        operation("delete", "/v1/budgets", Writer, "End a budget")
            .asks(json!({"name": "id", "in": "query", "required": true, "description": "Its number.", "schema": number()}))
            .answers(204, "It is ended.", None),
        operation("get", "/v1/alerts", Reader, "The latest alerts")
            .asks(query("limit", "How many at most.", json!({"type": "integer", "minimum": 0})))
            .answers(200, "They.", Some(object())),
        operation("post", "/v1/alerts/{id}", Writer, "Acknowledge or snooze an alert")
            .asks(in_path("id", number()))
            .takes(json!({"type": "object", "required": ["action"], "properties": {"action": {"enum": ["acknowledge", "snooze"]}}}))
            .answers(204, "It is done.", None),
        operation("post", "/v1/usage", Writer, "Record usage that no transcript tells of; each record once by its id")
            .takes(json!({"anyOf": [
                of("Usage"),
                {"type": "array", "maxItems": 500, "items": of("Usage")},
                {"type": "object", "required": ["records"], "properties": {"records": {"type": "array", "maxItems": 500, "items": of("Usage")}}},
            ]}))
            .answers(202, "How many were taken.", Some(json!({"type": "object", "required": ["accepted"], "properties": {"accepted": {"type": "integer"}}}))),
        operation("post", "/v1/hook", Writer, "Answer an event of Claude Code as `costline hook` does")
            .takes(object())
            .answers(200, "The answer; `{}` lets work go on.", Some(object())),
        operation("post", "/v1/logs", Writer, "Take in events by OpenTelemetry's protocol: `ExportLogsServiceRequest`")
            .takes_export()
            .answers(200, "`ExportLogsServiceResponse`, in the form of the request.", Some(object())),
        operation("post", "/v1/metrics", Writer, "Take in counters by OpenTelemetry's protocol: `ExportMetricsServiceRequest`")
            .takes_export()
            .answers(200, "`ExportMetricsServiceResponse`, in the form of the request.", Some(object())),
        operation("post", "/v1/link", Anyone, "Take the code of a one-time link for a page's token")
            .takes(json!({"type": "object", "required": ["code"], "properties": {"code": text()}}))
            .answers(200, "The token.", Some(json!({"type": "object", "required": ["token", "expiresAt"], "properties": {"token": text(), "expiresAt": {"type": "string", "format": "date-time"}}}))),
        operation("get", "/v1/openapi.json", Anyone, "This description").answers(200, "It.", Some(object())),
        operation("get", "/healthz", Anyone, "Whether all is well").answers(200, "It is served.", Some(object())),
        operation("get", "/", Anyone, "The dashboard").answers(200, "The page.", Some(file("text/html"))),
        operation("get", "/app.js", Anyone, "What begins the dashboard").answers(200, "The script.", Some(file("text/javascript"))),
        operation("get", "/page.js", Anyone, "What the dashboard does").answers(200, "The script.", Some(file("text/javascript"))),
        operation("get", "/app.css", Anyone, "How the dashboard looks").answers(200, "The style.", Some(file("text/css"))),
        operation("get", "/icon.svg", Anyone, "The dashboard's icon").answers(200, "The icon.", Some(file("image/svg+xml"))),
    ]
}

fn all_operations() -> Vec<Operation> {
    operations().into_iter().chain(displays::operations()).collect()
}

/// A schema as a part of the description: what it defines comes beside it.
fn component(name: &str, mut schema: Value, all: &mut Map<String, Value>) {
    if let Some(Value::Object(inner)) = schema.as_object_mut().and_then(|own| own.remove("$defs")) {
        for (name, schema) in inner {
            all.entry(name).or_insert(schema);
        }
    }
    if let Some(own) = schema.as_object_mut() {
        own.remove("$schema");
    }
    all.insert(name.to_owned(), schema);
}

fn components() -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in larger_reports() {
        let capital: String = name[..1].to_uppercase() + &name[1..];
        // The status has a session, too, which is another thing.
        if capital != "Session" && capital != "Explanation" {
            component(&capital, schema, &mut all);
        }
    }
    component("Report", report(), &mut all);
    component("Status", status(), &mut all);
    displays::components(&mut all);
    all.insert("Frame".to_owned(), json!({
        "type": "object",
        "required": ["v", "at"],
        "properties": {"v": {"const": 1}, "at": {"type": "integer", "minimum": 0}},
        "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[ -~]*$", "maxLength": 24}]},
    }));
    all.insert("Error".to_owned(), json!({
        "type": "object", "required": ["error"],
        "properties": {"error": {"type": "string", "description": "One sentence: what is wrong, and what to do."}},
    }));
    let periods: Vec<&str> = crate::budgets::Period::ALL.map(crate::budgets::Period::name).to_vec();
    let name = || json!({"type": ["string", "null"], "minLength": 1});
    all.insert("NewBudget".to_owned(), json!({
        "type": "object",
        "required": ["period", "limitUsd"],
        "properties": {
            "period": {"enum": periods},
            "limitUsd": {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000},
            "project": name(), "model": name(), "branch": name(),
            "hard": {"type": ["boolean", "null"]},
            "thresholds": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 1, "maximum": 1000}},
        },
    }));
    let count = || json!({"type": ["integer", "null"], "minimum": 0, "maximum": 1_000_000_000});
    let needed = || json!({"type": "string", "minLength": 1, "maxLength": 200});
    let short = || json!({"type": ["string", "null"], "minLength": 1, "maxLength": 200});
    all.insert("Usage".to_owned(), json!({
        "type": "object",
        "required": ["id", "model"],
        "properties": {
            "id": needed(), "model": needed(), "source": short(), "project": short(), "session": short(), "note": short(),
            "at": {"type": ["string", "null"], "format": "date-time"},
            "inputTokens": count(), "outputTokens": count(), "cacheReadTokens": count(), "cacheWriteTokens": count(),
        },
    }));
    all
}

fn description() -> Value {
    let mut paths = Map::new();
    for operation in all_operations() {
        paths.entry(operation.path).or_insert_with(|| json!({}))[operation.method] = operation.written();
    }
    let mut components = components();
    let session = larger_reports().into_iter().find(|(name, _)| *name == "session").unwrap().1;
    // By a name of its own, since it defines what others define, too.
    component("SessionReport", session, &mut components);
    let text = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Costline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What Claude Code costs, over HTTP. docs/http-api.md says who may see what.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8377"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "`costline token show`"}},
        },
    })
    .to_string();
    let text = text.replace("\"#/components/schemas/Session\"", "\"#/components/schemas/SessionReport\"");
    serde_json::from_str(&text.replace("#/$defs/", "#/components/schemas/")).unwrap()
}

#[test]
fn the_description_is_current() {
    checked_in("server/assets/openapi.json", &(serde_json::to_string_pretty(&description()).unwrap() + "\n"));
}

/// Every route is described and explained, and nothing else.
#[test]
fn the_description_has_every_route() {
    let (routes, page) = (read("server/src/http/routes.rs"), read("docs/http-api.md"));
    let named =
        routes.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    let mut served: Vec<String> = named.chain(crate::http::page_paths().map(str::to_owned)).collect();
    let described = all_operations();
    let mut described: Vec<&str> = described.iter().map(|operation| operation.path).collect();
    served.sort_unstable();
    served.dedup();
    described.sort_unstable();
    described.dedup();
    assert_eq!(served, described);
    for path in described.iter().filter(|path| path.starts_with("/v1") || path.starts_with("/m")) {
        let said = path.replace("{name}", "NAME").replace("{id}", "ID");
        assert!(page.contains(&said), "docs/http-api.md does not say what {said} is");
    }
}
