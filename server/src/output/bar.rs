//! The status as one line for a panel of the desktop or a terminal multiplexer, in the panel's own language.

use super::budgets::{name, scopes};
use crate::snapshot::wire::{Severity, State, Status};
use crate::wording::{whole, window};
use serde_json::json;

/// How many sessions a tooltip lists.
const SESSIONS: usize = 5;

/// A line of JSON for Waybar's `custom` module with `return-type: json`: text and tooltip in Pango's markup, the severity as
/// class and as `alt`, and the greatest share of a budget that is used, else of the context, as percentage.
pub fn waybar(status: &Status) -> String {
    let severity = severity(status);
    let budget = status.budgets.iter().map(|budget| budget.used_percent).reduce(f64::max);
    let context = status.workspace.context.as_ref().and_then(|context| context.used_percent);
    let percentage = budget.or(context).map(|percent| percent.clamp(0.0, 100.0) as u8);
    json!({
        "text": pango(&status.text),
        "alt": severity,
        "tooltip": pango(&tooltip(status)),
        "class": severity,
        "percentage": percentage,
    })
    .to_string()
}

/// A line for tmux's status line, coloured by severity. A `#` would begin a command.
pub fn tmux(status: &Status) -> String {
    let text = status.text.replace('#', "##");
    match colour(status) {
        Some((name, _)) => format!("#[fg={name}]{text}#[default]"),
        None => text,
    }
}

/// A line for Polybar's `custom/script` module, coloured by severity. `%{` would begin a tag.
pub fn polybar(status: &Status) -> String {
    let text = status.text.replace("%{", "% {");
    match colour(status) {
        Some((_, code)) => format!("%{{F{code}}}{text}%{{F-}}"),
        None => text,
    }
}

fn severity(status: &Status) -> &'static str {
    match status.severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Stale => "stale",
    }
}

/// By name and as a code.
fn colour(status: &Status) -> Option<(&'static str, &'static str)> {
    match status.severity {
        Severity::Ok => None,
        Severity::Warning => Some(("yellow", "#e5c07b")),
        Severity::Error => Some(("red", "#e06c75")),
        Severity::Stale => Some(("brightblack", "#808080")),
    }
}

fn tooltip(status: &Status) -> String {
    let mut lines = Vec::new();
    for (name, totals) in [("Today", &status.today), ("Week", &status.week), ("Month", &status.month)] {
        lines.push(format!("{name}: {}", totals.cost_usd.short()));
    }
    if let Some(rate) = status.burn.usd_per_hour {
        lines.push(format!("Burn: ${rate:.2} an hour"));
    }
    let others = scopes(&status.budgets);
    for budget in &status.budgets {
        let name = name(&budget.period, &budget.scope, budget.name.as_deref(), &others);
        let (spent, limit) = (budget.spent_usd.short(), budget.limit_usd.short());
        lines.push(format!("Budget · {name}: {spent} of {limit} ({}%)", budget.used_percent as i64));
    }
    for limit in &status.limits {
        lines.push(format!("Limit · {}: {}%", window(&limit.window), whole(limit.used_percent)));
    }
    for session in status.sessions.iter().filter(|session| session.state == State::Active).take(SESSIONS) {
        let title = session.title.as_deref().unwrap_or(&session.id);
        lines.push(format!("{}  {title}", session.cost_usd.short()));
    }
    lines.extend(status.health.problems.iter().map(|problem| format!("! {problem}")));
    lines.join("\n")
}

/// A text that is no markup.
fn pango(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str, severity: Severity) -> Status {
        let (config, zone) = (crate::config::Config::default(), crate::time::Zone::System);
        let around = crate::snapshot::Surroundings {
            now: 0,
            role: crate::snapshot::wire::Role::Leader,
            watch: crate::snapshot::wire::Watch::Events,
            problems: Vec::new(),
            stale: false,
        };
        let rows = crate::snapshot::Rows::default();
        let prices = crate::pricing::PriceTable::builtin();
        let status = crate::snapshot::build(&rows, &around, &config, &zone, prices);
        Status { text: text.to_owned(), severity, ..status }
    }

    #[test]
    fn each_panel_in_its_own_language() {
        for (text, severity, tmux_line, polybar_line) in [
            ("$1.23", Severity::Ok, "$1.23", "$1.23"),
            ("#1 %{F}", Severity::Ok, "##1 %{F}", "#1 % {F}"),
            ("$9", Severity::Warning, "#[fg=yellow]$9#[default]", "%{F#e5c07b}$9%{F-}"),
            ("$9", Severity::Error, "#[fg=red]$9#[default]", "%{F#e06c75}$9%{F-}"),
            ("$9", Severity::Stale, "#[fg=brightblack]$9#[default]", "%{F#808080}$9%{F-}"),
        ] {
            let status = status(text, severity);
            assert_eq!((tmux(&status).as_str(), polybar(&status).as_str()), (tmux_line, polybar_line));
        }
        let line = waybar(&status("<b> & $1", Severity::Error));
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["text"], "&lt;b&gt; &amp; $1");
        assert_eq!((&line["class"], &line["alt"]), (&json!("error"), &json!("error")));
        assert!(line["tooltip"].as_str().unwrap().starts_with("Today: "));
    }

    #[test]
    fn a_tooltip_says_whose_budget_and_which_limit() {
        let budget = |scope: &str, name: Option<&str>| {
            let budget = json!({
                "id": 1, "scope": scope, "name": name, "period": "day", "limitUsd": 2, "spentUsd": 2.48, "usedPercent": 124.0,
                "severity": "error", "resetsAt": null, "exhaustedAt": null, "hard": true, "thresholds": [100], "source": "command",
            });
            serde_json::from_value(budget).unwrap()
        };
        let limit = json!({
            "window": "sevenDayOpus", "usedPercent": 72.6, "resetsAt": null, "reportedAt": "2026-11-23T12:00:00Z",
            "source": "statusline", "exhaustedAt": null,
        });
        let status = Status {
            budgets: vec![budget("all", None), budget("project", Some("/home/ada/app"))],
            limits: vec![serde_json::from_value(limit).unwrap()],
            ..status("", Severity::Ok)
        };
        let shown = tooltip(&status);
        let lines: Vec<&str> = shown.lines().skip(3).collect();
        let expected = [
            "Budget · Day: $2.48 of $2.00 (124%)",
            "Budget · Day, project app: $2.48 of $2.00 (124%)",
            "Limit · 7d opus: 73%",
        ];
        assert_eq!(lines, expected);
    }
}
