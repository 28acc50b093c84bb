//! Alerts: what is worth a word, found by pure rules and kept so that each is told once.

mod ledger;
pub mod rules;
mod teller;
pub mod wire;
pub mod wish;
mod words;

pub use ledger::{Alert, Key, heard, holds, late, matter};
pub use teller::Teller;
pub use wish::Wish;
pub use words::consumers;

use crate::budgets::{Scope, Span, Urgency};
use crate::config::{AlertLevel, Alerts};
use crate::money::NanoUsd;
use serde::{Deserialize, Serialize};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A threshold of a budget is crossed.
    Budget,
    /// A hard limit is used up: work stops.
    HardLimit,
    /// A threshold of a plan limit is crossed.
    Limit,
    /// A budget will be used up before its period ends.
    Pace,
    /// The five-hour window will cost more than its budget.
    Window,
    /// An hour costs several times what it usually does.
    Spike,
    /// A context is about to be compacted.
    Context,
    /// A prompt cache is about to go cold.
    ColdCache,
    /// Subagents spend faster than ever.
    Subagents,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Budget,
        Self::HardLimit,
        Self::Limit,
        Self::Pace,
        Self::Window,
        Self::Spike,
        Self::Context,
        Self::ColdCache,
        Self::Subagents,
    ];

    /// Its name in the store and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::HardLimit => "hardLimit",
            Self::Limit => "limit",
            Self::Pace => "pace",
            Self::Window => "window",
            Self::Spike => "spike",
            Self::Context => "context",
            Self::ColdCache => "coldCache",
            Self::Subagents => "subagents",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// How loud it is to be.
    pub const fn level(self, settings: &Alerts) -> AlertLevel {
        match self {
            Self::Budget | Self::HardLimit => settings.budget,
            Self::Limit => settings.limit,
            Self::Pace => settings.pace,
            Self::Window => settings.window,
            Self::Spike => settings.spike,
            Self::Context => settings.context,
            Self::ColdCache => settings.cold_cache,
            Self::Subagents => settings.subagents,
        }
    }
}

/// What a rule found: it holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What it is about: a budget's period and scope, a limit's window, a session.
    pub subject: String,
    /// The budget's amount: another one is another matter. 0 where there is none.
    pub bound: NanoUsd,
    /// The time in which it counts as one; `None` from when it is found until it ends.
    pub span: Option<Span>,
    /// The threshold in percent; 0 where there is none.
    pub threshold: u32,
    /// How urgent it is.
    pub urgency: Urgency,
    /// It is enough to raise an alert; else it only keeps one that was raised from ending.
    pub raises: bool,
    /// What it is called.
    pub title: String,
    /// What it says: the beginning of a sentence, behind which the largest consumers are named,
    pub message: String,
    /// and its end.
    pub rest: String,
    /// What it says for programs.
    pub detail: Detail,
    /// Whose spending led to it: the largest consumers are named.
    pub of: Option<(Scope, Span)>,
}

/// What an alert says for programs, as far as it applies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Detail {
    /// A budget's scope: `all`, `project`, `model`, `branch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The scope's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A budget's period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// A budget's amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_usd: Option<NanoUsd>,
    /// What was spent of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent_usd: Option<NanoUsd>,
    /// The used part in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_percent: Option<f64>,
    /// A plan limit's window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// A session's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// A project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// What one part of a scope spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// What it is called.
    pub name: String,
    /// So much.
    pub cost: NanoUsd,
}
