//! Budgets: what may be spent, by whom and in which time, and how that stands.

mod configured;
mod pace;
mod period;
mod scope;

pub use configured::configured;
pub use pace::{Recent, exhausted_at};
pub use period::{Calendar, Period, Span};
pub use scope::{Scope, clean, counts_model, lies_in};

use crate::money::NanoUsd;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// The parts of a budget, in percent, at which a word is said where nobody chose others.
pub const THRESHOLDS: [u32; 3] = [50, 80, 100];
/// The greatest threshold.
pub const MOST_PERCENT: u32 = 1_000;
/// From this part on, in percent, a crossing is a warning; below it only colours.
const WARNS_FROM: u32 = 75;
/// All of a budget, in percent.
pub const WHOLE: u32 = 100;

/// What someone wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose spending counts.
    pub scope: Scope,
    /// In which time.
    pub period: Period,
    /// How much may be spent; more than nothing.
    #[serde(with = "crate::money::nanos")]
    pub limit: NanoUsd,
    /// Parts of it in percent, ascending.
    pub thresholds: Vec<u32>,
    /// Work stops when it is used up.
    pub hard: bool,
}

/// Where a budget was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By a command, of the command line or of an editor.
    Command,
    /// In the config file or the environment.
    Config,
}

impl Origin {
    /// Its name in the store and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Config => "config",
        }
    }
}

/// A budget that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its number.
    pub id: i64,
    /// What is wanted.
    pub terms: Terms,
    /// Where it was set.
    pub origin: Origin,
    /// When it was set.
    pub set_at: Millis,
    /// When it was removed or replaced; `None` where it is in force.
    pub removed_at: Option<Millis>,
}

/// How a budget stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The budget.
    pub budget: Budget,
    /// The period that runs; `None` where none does (no five-hour window), and for sessions, which have no end.
    pub span: Option<Span>,
    /// What was spent in it; of a session's budget the costliest session that is at work.
    pub spent: NanoUsd,
    /// How many responses in it have no known price: more was spent. Of a session's budget that is not told.
    pub unpriced: i64,
    /// When it is used up at the present rate, or was; `None` where that is not before its end, or nobody can tell.
    pub exhausted_at: Option<Millis>,
}

/// What is left of a standing for who only shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// What is wanted.
    pub terms: Terms,
    /// The period that runs, as in a standing.
    pub span: Option<Span>,
    /// What was spent in it, as in a standing.
    #[serde(with = "crate::money::nanos")]
    pub spent: NanoUsd,
    /// How many responses in it have no known price.
    pub unpriced: i64,
    /// When it is used up, as in a standing.
    pub exhausted_at: Option<Millis>,
}

impl From<Standing> for Spending {
    fn from(Standing { budget, span, spent, unpriced, exhausted_at }: Standing) -> Self {
        Self { terms: budget.terms, span, spent, unpriced, exhausted_at }
    }
}

/// How urgent something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Urgency {
    /// Nothing calls for attention.
    #[default]
    Ok,
    /// Worth a colour; never popped up.
    Info,
    /// Something will call for attention soon.
    Warning,
    /// Something does.
    Error,
}

impl Urgency {
    /// Its name in the store and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The one of a name; what is not known is the least that is said.
    pub fn named(name: &str) -> Self {
        match name {
            "ok" => Self::Ok,
            "warning" => Self::Warning,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// How urgent the crossing of a threshold is.
pub const fn urgency(threshold: u32) -> Urgency {
    match threshold {
        WHOLE.. => Urgency::Error,
        WARNS_FROM.. => Urgency::Warning,
        _ => Urgency::Info,
    }
}

/// Whether so much is at least that part of a limit.
pub fn reaches(spent: NanoUsd, limit: NanoUsd, percent: u32) -> bool {
    i128::from(spent.0) * 100 >= i128::from(limit.0) * i128::from(percent)
}

/// The used part of a limit in percent, to a hundredth; never rounded up to a threshold that is not reached.
#[allow(clippy::float_arithmetic, reason = "a percentage is no sum")]
pub fn used_percent(spent: NanoUsd, limit: NanoUsd) -> f64 {
    let points = i128::from(spent.0.max(0)) * 10_000 / i128::from(limit.0.max(1));
    points as f64 / 100.0
}

impl Terms {
    /// What tells this budget from others that hold at the same time: its period and its scope.
    pub fn subject(&self) -> String {
        match self.scope.name() {
            "" => format!("{} all", self.period.name()),
            name => format!("{} {} {name}", self.period.name(), self.scope.kind()),
        }
    }

    /// How urgent so much spending is: as the highest threshold that it reaches.
    pub fn urgency(&self, spent: NanoUsd) -> Urgency {
        let reached = self.thresholds.iter().chain([&WHOLE]).filter(|at| reaches(spent, self.limit, **at));
        reached.max().map_or(Urgency::Ok, |at| urgency(*at))
    }

    /// What is spent of it at a moment, where `spent` is what the leader found for `span`. Of a session's budget that is what the
    /// session cost, where that is known; of a period that ended since, nothing of the next one.
    pub fn spent_at(
        &self,
        now: Millis,
        span: Option<Span>,
        spent: NanoUsd,
        session: Option<NanoUsd>,
    ) -> Option<NanoUsd> {
        match self.period {
            Period::Session => session,
            _ if span.is_some_and(|span| span.holds(now)) => Some(spent),
            _ => Some(NanoUsd::ZERO),
        }
    }

    /// What people call it: `daily budget`, `weekly budget of branch main`.
    pub fn title(&self) -> String {
        let period = self.period.adjective();
        match &self.scope {
            Scope::All => format!("{period} budget"),
            Scope::Project(path) => format!("{period} budget of {}", last(path)),
            Scope::Model(model) => format!("{period} budget of {model}"),
            Scope::Branch(branch) => format!("{period} budget of branch {branch}"),
        }
    }

    /// What is wrong with it, in a sentence; nothing where it makes sense.
    ///
    /// # Errors
    /// That sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.limit <= NanoUsd::ZERO {
            return Err("a budget must be more than nothing; `costline budget remove` ends one".to_owned());
        }
        if self.scope != Scope::All && self.scope.name().trim().is_empty() {
            return Err(format!("a budget of a {} needs its name", self.scope.kind()));
        }
        if self.period == Period::Session && matches!(self.scope, Scope::Branch(_) | Scope::Model(_)) {
            return Err(format!(
                "a session's budget counts the whole session, so it cannot be of a {} alone",
                self.scope.kind()
            ));
        }
        let ascending = self.thresholds.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.thresholds.iter().any(|at| !(1..=MOST_PERCENT).contains(at)) {
            return Err(format!("thresholds must be percentages from 1 to {MOST_PERCENT}, each once"));
        }
        Ok(())
    }
}

/// The last part of a path, or the whole of what is none.
pub fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(path)
}

/// As much of the end of a path as tells it from the others: `app`, and `web/app` where there is another `app`.
pub fn told_apart(path: &str, others: &[String]) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.trim_end_matches('/').rsplit('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let own = parts(path);
    let alike = |other: &String| {
        let other = parts(other);
        let shared = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
        if other == own { 0 } else { shared }
    };
    let most = others.iter().map(alike).max().unwrap_or(0);
    let mut end: Vec<String> = own.iter().take(most + 1).cloned().collect();
    end.reverse();
    if end.is_empty() { path.to_owned() } else { end.join("/") }
}

/// The budgets that count: of those that are about the same, one that was set by a command stands above that of the config.
pub fn in_force(budgets: Vec<Budget>) -> Vec<Budget> {
    let budgets = budgets.into_iter().filter(|budget| budget.removed_at.is_none()).collect::<Vec<_>>();
    let commanded: Vec<String> = budgets
        .iter()
        .filter(|budget| budget.origin == Origin::Command)
        .map(|budget| budget.terms.subject())
        .collect();
    budgets
        .into_iter()
        .filter(|budget| budget.origin == Origin::Command || !commanded.contains(&budget.terms.subject()))
        .collect()
}

#[cfg(test)]
mod tests;
