//! Alerts as they go over the wire: `docs/protocol.md`.

use super::{Alert, Rule};
use crate::budgets::Urgency;
use crate::money::NanoUsd;
use crate::time::Zone;
use serde::{Deserialize, Serialize};

/// What a client is told: one of three shapes.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// A threshold of a budget was crossed.
    Budget(BudgetWarning),
    /// A threshold of a plan limit was crossed.
    Limit(LimitWarning),
    /// Everything else.
    Alert(AlertNotice),
}

/// The parameters of `costline/budgetWarning`: a threshold of a budget was crossed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BudgetWarning {
    /// The alert's number, for `costline.acknowledgeAlert` and `costline.snoozeAlert`.
    #[cfg_attr(test, ts(type = "number"))]
    pub id: i64,
    /// `all`, `project`, `model` or `branch`.
    pub scope: String,
    /// Which project, model or branch; `null` for all.
    pub name: Option<String>,
    /// `day`, `week`, `month`, `cycle`, `block` or `session`.
    pub period: String,
    /// How urgent it is; `info` is never popped up.
    pub severity: Urgency,
    /// The budget.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub limit_usd: NanoUsd,
    /// What was spent of it when that was found.
    #[cfg_attr(test, ts(type = "number"), schemars(with = "f64"))]
    pub spent_usd: NanoUsd,
    /// The same in percent.
    pub used_percent: f64,
    /// The threshold.
    pub threshold_percent: u32,
    /// When the period ends; `null` for a session's budget.
    pub resets_at: Option<String>,
    /// The session, of a session's budget.
    pub session: Option<String>,
    /// All of that in a sentence, with the two largest consumers.
    pub message: String,
}

/// The parameters of `costline/limitWarning`: a threshold of a plan limit was crossed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LimitWarning {
    /// The alert's number.
    #[cfg_attr(test, ts(type = "number"))]
    pub id: i64,
    /// The window: `fiveHour`, `sevenDay` …
    pub window: String,
    /// How urgent it is; `info` is never popped up.
    pub severity: Urgency,
    /// The used part when that was reported.
    pub used_percent: f64,
    /// The threshold.
    pub threshold_percent: u32,
    /// When the window begins anew.
    pub resets_at: Option<String>,
    /// All of that in a sentence.
    pub message: String,
}

/// The parameters of `costline/alert`: any other warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AlertNotice {
    /// The alert's number.
    #[cfg_attr(test, ts(type = "number"))]
    pub id: i64,
    /// What was found: `hardLimit`, `pace`, `window`, `spike`, `context`, `coldCache`, `subagents`; in a status also
    /// `budget` and `limit`.
    pub rule: String,
    /// How urgent it is; `info` is never popped up.
    pub severity: Urgency,
    /// What it is called, in a few words.
    pub title: String,
    /// What it says, in a sentence.
    pub message: String,
    /// What can be done about it: commands for `workspace/executeCommand`.
    pub actions: Vec<Action>,
    /// The session that it is about; `null` where it is about none.
    pub session: Option<String>,
    /// When it ends by itself; `null` where that is not known.
    pub resets_at: Option<String>,
    /// When it was raised.
    pub raised_at: String,
}

/// Something that can be done about an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// What a button says.
    pub title: String,
    /// The command.
    pub command: String,
    /// Its arguments.
    #[cfg_attr(test, ts(type = "Array<unknown>"))]
    pub arguments: Vec<serde_json::Value>,
}

impl Warning {
    /// What a client is told of an alert that is so urgent to it.
    pub fn of(alert: &Alert, urgency: Urgency, zone: &Zone) -> Self {
        let resets_at = alert.resets_at.map(|at| zone.rfc3339(at));
        let detail = alert.detail.clone();
        match Rule::named(&alert.rule) {
            Some(Rule::Budget) => Self::Budget(BudgetWarning {
                id: alert.id,
                scope: detail.scope.unwrap_or_default(),
                name: detail.name,
                period: detail.period.unwrap_or_default(),
                severity: urgency,
                limit_usd: detail.limit_usd.unwrap_or_default(),
                spent_usd: detail.spent_usd.unwrap_or_default(),
                used_percent: detail.used_percent.unwrap_or_default(),
                threshold_percent: alert.threshold,
                resets_at,
                session: detail.session,
                message: alert.message.clone(),
            }),
            Some(Rule::Limit) => Self::Limit(LimitWarning {
                id: alert.id,
                window: detail.window.unwrap_or_default(),
                severity: urgency,
                used_percent: detail.used_percent.unwrap_or_default(),
                threshold_percent: alert.threshold,
                resets_at,
                message: alert.message.clone(),
            }),
            _ => Self::Alert(AlertNotice::of(alert, urgency, zone)),
        }
    }

    /// How urgent it is.
    pub const fn urgency(&self) -> Urgency {
        match self {
            Self::Budget(warning) => warning.severity,
            Self::Limit(warning) => warning.severity,
            Self::Alert(notice) => notice.severity,
        }
    }

    /// What it says.
    pub fn message(&self) -> &str {
        match self {
            Self::Budget(warning) => &warning.message,
            Self::Limit(warning) => &warning.message,
            Self::Alert(notice) => &notice.message,
        }
    }
}

impl AlertNotice {
    /// An alert that is so urgent to whoever reads it.
    pub fn of(alert: &Alert, urgency: Urgency, zone: &Zone) -> Self {
        Self {
            id: alert.id,
            rule: alert.rule.clone(),
            severity: urgency,
            title: alert.title.clone(),
            message: alert.message.clone(),
            actions: actions(alert),
            session: alert.detail.session.clone(),
            resets_at: alert.resets_at.map(|at| zone.rfc3339(at)),
            raised_at: zone.rfc3339(alert.raised_at),
        }
    }
}

fn actions(alert: &Alert) -> Vec<Action> {
    let action = |title: &str, command: &str, argument: serde_json::Value| Action {
        title: title.to_owned(),
        command: command.to_owned(),
        arguments: vec![argument],
    };
    let show = match (&alert.detail.session, &alert.detail.project) {
        (Some(_), _) => ("Show sessions", "costline.showSessions", serde_json::json!({})),
        (None, Some(project)) => (
            "Show what was spent",
            "costline.showBreakdown",
            serde_json::json!({"by": "agent", "project": project}),
        ),
        (None, None) => {
            ("Show what was spent", "costline.showBreakdown", serde_json::json!({"by": "project"}))
        }
    };
    vec![
        action(show.0, show.1, show.2),
        action("Acknowledge", "costline.acknowledgeAlert", serde_json::json!({"id": alert.id})),
        action("Snooze", "costline.snoozeAlert", serde_json::json!({"id": alert.id})),
    ]
}
