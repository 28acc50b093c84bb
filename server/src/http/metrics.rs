//! `GET /metrics`: the status and the sums of all history for Prometheus, as OpenMetrics text.

use super::back::UsageAsked;
use super::refusal::Refusal;
use super::side::Side;
use super::who::Who;
use crate::reports::{UsageStats, UsageSums};
use crate::snapshot::wire::{Role, Severity, State, Status, Totals};
use axum::Extension;
use axum::body::Body;
use axum::extract::State as At;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use chrono::DateTime;
use std::fmt::{Display, Write as _};
use std::sync::Arc;

/// So many models, projects and budgets have a series of their own; the others are summed as `other`.
const MOST: usize = 20;

pub(super) async fn metrics(
    At(side): At<Arc<Side>>,
    Extension(who): Extension<Who>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let shown = side.newest().await?;
    let usage = side.all_usage(shown.status.revision).await?;
    let format = Format::of(&headers);
    let text = write(&shown.status, &usage, who >= Who::Reader, format);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.kind()));
    Ok(response)
}

impl Side {
    /// Sums over all history, worked out once for a revision.
    async fn all_usage(&self, revision: i64) -> Result<Arc<UsageStats>, Refusal> {
        let mut held = self.usage.lock().await;
        if let Some((of, usage)) = &*held
            && *of == revision
        {
            return Ok(Arc::clone(usage));
        }
        let usage = Arc::new(self.ask(|back| back.usage_stats(&UsageAsked::default())).await?);
        *held = Some((revision, Arc::clone(&usage)));
        Ok(usage)
    }
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    OpenMetrics,
    /// The text format from before it, for who takes nothing else.
    Plain,
}

impl Format {
    fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let accepted: String = accepted.collect::<Vec<_>>().join(",").to_ascii_lowercase();
        if accepted.contains("text/plain") && !accepted.contains("openmetrics") {
            Self::Plain
        } else {
            Self::OpenMetrics
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The text as far as it is written.
struct Text {
    written: String,
    format: Format,
    /// What samples of the family at hand are called.
    name: String,
}

impl Text {
    /// Begins a family of values that go up and down.
    fn gauge(&mut self, name: &str, help: &str) {
        self.family(name, "gauge", name, help);
    }

    /// Begins a family of sums.
    fn counter(&mut self, name: &str, help: &str) {
        let sample = format!("{name}_total");
        let family = if self.format == Format::OpenMetrics { name } else { &sample };
        self.family(family, "counter", &sample, help);
    }

    fn family(&mut self, family: &str, kind: &str, sample: &str, help: &str) {
        let _ = writeln!(self.written, "# HELP costline_{family} {help}\n# TYPE costline_{family} {kind}");
        sample.clone_into(&mut self.name);
    }

    /// A value; what is not known is left out.
    fn value(&mut self, labels: &[(&str, &str)], value: Option<impl Display>) {
        let Some(value) = value else { return };
        let _ = write!(self.written, "costline_{}", self.name);
        for (index, (name, label)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.written, "{open}{name}=\"{}\"", escaped(label));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.written, "{close} {value}");
    }
}

/// The text of a label as the format has it.
fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn seconds(time: Option<&str>) -> Option<i64> {
    time.and_then(|time| DateTime::parse_from_rfc3339(time).ok()).map(|time| time.timestamp())
}

/// All of it. `names`: it may tell of projects.
fn write(status: &Status, usage: &UsageStats, names: bool, format: Format) -> String {
    let mut out = Text { written: String::new(), format, name: String::new() };
    let kind = if format == Format::OpenMetrics { ("build", "info") } else { ("build_info", "gauge") };
    out.family(kind.0, kind.1, "build_info", "The program.");
    out.value(&[("version", env!("CARGO_PKG_VERSION"))], Some(1));
    history(&mut out, usage, names);
    periods(&mut out, status);
    present(&mut out, status);
    budgets(&mut out, status, names);
    limits(&mut out, status);
    health(&mut out, status);
    if format == Format::OpenMetrics {
        out.written.push_str("# EOF\n");
    }
    out.written
}

/// Sums over all history.
fn history(out: &mut Text, usage: &UsageStats, names: bool) {
    let models = usage.by_model.iter().map(|row| (row.model.as_deref().unwrap_or("unknown"), row.sums));
    let models = ranked(models);
    out.counter(
        "cost_usd",
        "Cost at list price, by model; it falls where prices change or history is archived.",
    );
    for (model, sums) in &models {
        out.value(&[("model", model)], Some(sums.cost_usd));
    }
    out.counter("tokens", "Tokens, by model and class.");
    for (model, sums) in &models {
        for (class, count) in classes(sums) {
            out.value(&[("model", model), ("class", class)], Some(count));
        }
    }
    out.counter("messages", "Responses, by model.");
    for (model, sums) in &models {
        out.value(&[("model", model)], Some(sums.messages));
    }
    out.counter("unpriced_messages", "Responses without a price: their cost is not known.");
    out.value(&[], Some(usage.total.unpriced_messages));
    if names {
        let projects =
            usage.by_project.iter().map(|row| (row.project_path.as_deref().unwrap_or("unknown"), row.sums));
        let projects = ranked(projects);
        out.counter("project_cost_usd", "Cost at list price, by project.");
        for (project, sums) in &projects {
            out.value(&[("project", project)], Some(sums.cost_usd));
        }
        out.counter("project_tokens", "Tokens of all classes, by project.");
        for (project, sums) in &projects {
            out.value(&[("project", project)], Some(sums.total_tokens));
        }
    }
}

/// The first rows, and the others as one.
fn ranked<'a>(rows: impl Iterator<Item = (&'a str, UsageSums)>) -> Vec<(&'a str, UsageSums)> {
    let mut rows: Vec<_> = rows.collect();
    if rows.len() > MOST {
        let mut other = UsageSums::default();
        for (_, sums) in rows.drain(MOST - 1..) {
            other.cost_usd += sums.cost_usd;
            other.input_tokens += sums.input_tokens;
            other.output_tokens += sums.output_tokens;
            other.cache_creation_input_tokens += sums.cache_creation_input_tokens;
            other.cache_read_input_tokens += sums.cache_read_input_tokens;
            other.total_tokens += sums.total_tokens;
            other.messages += sums.messages;
        }
        rows.push(("other", other));
    }
    rows
}

fn classes(sums: &UsageSums) -> [(&'static str, i64); 4] {
    [
        ("input", sums.input_tokens),
        ("output", sums.output_tokens),
        ("cache_write", sums.cache_creation_input_tokens),
        ("cache_read", sums.cache_read_input_tokens),
    ]
}

fn periods(out: &mut Text, status: &Status) {
    let periods = [("today", &status.today), ("week", &status.week), ("month", &status.month)];
    let mut each = |name: &str, help: &str, value: &dyn Fn(&Totals) -> String| {
        out.gauge(name, help);
        for (period, totals) in periods {
            out.value(&[("period", period)], Some(value(totals)));
        }
    };
    each("period_cost_usd", "Cost since the period began.", &|totals| totals.cost_usd.to_string());
    each("period_messages", "Responses since the period began.", &|totals| totals.messages.to_string());
    each("period_sessions", "Sessions with a response since the period began.", &|totals| {
        totals.sessions.to_string()
    });
    out.gauge("period_tokens", "Tokens since the period began, by class.");
    for (period, totals) in periods {
        for (class, count) in [
            ("input", totals.input_tokens),
            ("output", totals.output_tokens),
            ("cache_write", totals.cache_write_tokens),
            ("cache_read", totals.cache_read_tokens),
        ] {
            out.value(&[("period", period), ("class", class)], Some(count));
        }
    }
}

fn present(out: &mut Text, status: &Status) {
    out.gauge("sessions", "Sessions at work, and those that fell silent.");
    for (state, name) in [(State::Active, "active"), (State::Idle, "idle")] {
        let count = status.sessions.iter().filter(|session| session.state == state).count();
        out.value(&[("state", name)], Some(count));
    }
    let latest = status.sessions.first().filter(|session| session.state != State::Ended);
    let context = latest.map(|session| &session.context);
    out.gauge("context_used_percent", "How full the context of the latest session is.");
    out.value(&[], context.and_then(|context| context.used_percent));
    out.gauge("context_used_tokens", "Tokens of that context.");
    out.value(&[], context.and_then(|context| context.used_tokens));
    out.gauge("context_window_tokens", "Tokens that fit into it.");
    out.value(&[], context.and_then(|context| context.window_tokens));
    out.gauge("burn_usd_per_hour", "Dollars an hour over the last hour; absent where nothing was spent.");
    out.value(&[], status.burn.usd_per_hour);
    out.gauge("burn_tokens_per_minute", "Tokens a minute over the last hour.");
    out.value(&[], status.burn.tokens_per_minute);
    let block = status.burn.block.as_ref();
    out.gauge("block_cost_usd", "Cost of the five-hour window that runs.");
    out.value(&[], block.map(|block| block.cost_usd));
    out.gauge("block_projected_usd", "Its cost at its end, at the present rate.");
    out.value(&[], block.map(|block| block.projected_usd));
    out.gauge("block_end_timestamp_seconds", "When it ends.");
    out.value(&[], seconds(block.map(|block| block.ends_at.as_str())));
}

fn budgets(out: &mut Text, status: &Status, names: bool) {
    let told = |scope: &str| names || matches!(scope, "all" | "model");
    let budgets: Vec<_> = status.budgets.iter().filter(|budget| told(&budget.scope)).take(MOST).collect();
    let ids: Vec<String> = budgets.iter().map(|budget| budget.id.to_string()).collect();
    let mut each = |name: &str,
                    help: &str,
                    value: &dyn Fn(&crate::snapshot::wire::Budget) -> Option<String>| {
        out.gauge(name, help);
        for (budget, id) in budgets.iter().zip(&ids) {
            let about = budget.name.as_deref().unwrap_or_default();
            let labels =
                [("id", id.as_str()), ("scope", &budget.scope), ("name", about), ("period", &budget.period)];
            out.value(&labels, value(budget));
        }
    };
    each("budget_limit_usd", "How much may be spent.", &|budget| Some(budget.limit_usd.to_string()));
    each("budget_spent_usd", "How much was.", &|budget| Some(budget.spent_usd.to_string()));
    each("budget_used_percent", "The used part.", &|budget| Some(budget.used_percent.to_string()));
    each("budget_resets_timestamp_seconds", "When it begins anew.", &|budget| {
        seconds(budget.resets_at.as_deref()).map(|at| at.to_string())
    });
}

fn limits(out: &mut Text, status: &Status) {
    out.gauge("limit_used_percent", "The used part of a limit of the plan, as last reported.");
    for limit in status.limits.iter().take(MOST) {
        out.value(&[("window", &limit.window)], Some(limit.used_percent));
    }
    out.gauge("limit_resets_timestamp_seconds", "When the limit begins anew.");
    for limit in status.limits.iter().take(MOST) {
        out.value(&[("window", &limit.window)], seconds(limit.resets_at.as_deref()));
    }
    out.gauge("limit_reported_timestamp_seconds", "When that was reported.");
    for limit in status.limits.iter().take(MOST) {
        out.value(&[("window", &limit.window)], seconds(Some(&limit.reported_at)));
    }
}

fn health(out: &mut Text, status: &Status) {
    let health = &status.health;
    for (name, help, value) in [
        ("alerts", "Warnings that hold and that nobody acknowledged.", status.alerts.len()),
        ("stale", "1 where the numbers are old.", usize::from(status.severity == Severity::Stale)),
        ("problems", "What is not right with Costline.", health.problems.len()),
        ("leader", "1 where this process reads the transcripts.", usize::from(health.role == Role::Leader)),
    ] {
        out.gauge(name, help);
        out.value(&[], Some(value));
    }
    out.gauge("last_ingest_timestamp_seconds", "When transcripts were last read into the database.");
    out.value(&[], seconds(health.last_ingest_at.as_deref()));
    out.gauge("revision", "Grows with every change.");
    out.value(&[], Some(status.revision));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut out = Text { written: String::new(), format: Format::OpenMetrics, name: String::new() };
        out.counter("cost_usd", "Cost.");
        out.value(&[("project", "a\"b\\c\nd"), ("x", "")], Some(1.5));
        out.value(&[], None::<i64>);
        assert_eq!(
            out.written,
            "# HELP costline_cost_usd Cost.\n# TYPE costline_cost_usd counter\n\
             costline_cost_usd_total{project=\"a\\\"b\\\\c\\nd\",x=\"\"} 1.5\n"
        );
    }

    #[test]
    fn few_series_and_the_rest_as_one() {
        let names: Vec<String> = (0..25).map(|number| number.to_string()).collect();
        let row = |name: &String| UsageSums { messages: name.len() as i64, ..UsageSums::default() };
        let rows = |count: usize| ranked(names[..count].iter().map(|name| (name.as_str(), row(name))));
        assert_eq!(rows(20).len(), 20);
        assert_eq!(rows(20)[19].0, "19");
        let many = rows(25);
        assert_eq!((many.len(), many[18].0, many[19].0, many[19].1.messages), (20, "18", "other", 12));
    }

    #[test]
    fn who_takes_plain_text_alone_gets_it() {
        for (accept, expected) in [
            (None, Format::OpenMetrics),
            (Some("*/*"), Format::OpenMetrics),
            (
                Some(
                    "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                ),
                Format::OpenMetrics,
            ),
            (Some("text/plain;version=0.0.4"), Format::Plain),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Format::of(&headers), expected, "{accept:?}");
        }
    }
}
