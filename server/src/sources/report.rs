//! What Claude Code reports of itself, as records: its status line and its hooks.

use crate::limits::{PlanLimit, Source};
use crate::money::{NanoUsd, nanos};
use crate::sources::record::MOST_TOKENS;
use crate::statusline::{self, Input};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Names that are longer are none of Claude Code's.
pub(super) const LONGEST_NAME: usize = 200;
/// More windows than any plan has.
pub const MOST_WINDOWS: usize = 16;
/// No session costs more: a million dollars.
pub(super) const MOST_COST: NanoUsd = NanoUsd(1_000_000_000_000_000);
/// No tool runs for longer: a month.
pub(super) const LONGEST_MS: i64 = 31 * 24 * 3_600_000;

/// What the status line said of a session, and of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reported {
    /// The session's id.
    pub session: String,
    /// The model's id; empty where it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// How much of the plan is used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Used>,
    /// How full the context is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Filled>,
    /// Claude Code's own total of the session.
    #[serde(skip_serializing_if = "Option::is_none", with = "nanos::option")]
    pub cost: Option<NanoUsd>,
    /// The prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
}

/// How much of a window is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Used {
    /// Its name, as [`PlanLimit::window`].
    pub window: String,
    /// Hundredths of a percent.
    pub used: u32,
    /// When it ends, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Millis>,
}

impl Used {
    fn of(limit: &statusline::Limit) -> Self {
        Self { window: limit.window.clone(), used: limit.used, resets_at: limit.resets_at }
    }
}

/// How full a context is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filled {
    /// Tokens; `None` after a compaction, until the next response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    /// The window in tokens.
    pub window: i64,
}

/// The prompt cache of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cache {
    /// When it goes cold, in milliseconds; `None` where nothing is cached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// What is written to it is kept for an hour.
    pub hour: bool,
    /// The tokens that the next turn writes anew once it is cold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<i64>,
}

impl Reported {
    /// What is to be recorded of what the status line was handed; `None` where it names no session, or says nothing of it. What
    /// cannot be is left out.
    pub fn of(input: &Input, now: Millis) -> Option<Self> {
        let session = input.session.clone().filter(|session| is_name(session))?;
        let sound = |limit: &&statusline::Limit| {
            let Used { window, used, resets_at } = Used::of(limit);
            let (used_basis_points, source) = (used, Source::Statusline);
            PlanLimit { window, used_basis_points, resets_at, reported_at: now, source }.sound().is_some()
        };
        let reported = Self {
            session,
            model: input.model.clone().filter(|model| is_name(model)).unwrap_or_default(),
            limits: input.limits.iter().filter(sound).take(MOST_WINDOWS).map(Used::of).collect(),
            context: input.window.map(|window| Filled { used: input.used, window }),
            cost: input.cost,
            cache: input.cache.map(|cache| Cache {
                until: cache.until,
                hour: cache.hour,
                tokens: cache.tokens,
            }),
        };
        let says = !reported.limits.is_empty()
            || reported.context.is_some()
            || reported.cost.is_some()
            || reported.cache.is_some();
        (says && reported.is_sound()).then_some(reported)
    }

    /// Whether it says anything, and of whom.
    pub(super) fn is_sound(&self) -> bool {
        let tokens = |count: &Option<i64>| count.is_none_or(|count| (0..=MOST_TOKENS).contains(&count));
        is_name(&self.session)
            && self.model.len() <= LONGEST_NAME
            && self.limits.len() <= MOST_WINDOWS
            && self
                .context
                .is_none_or(|context| tokens(&context.used) && (1..=MOST_TOKENS).contains(&context.window))
            && self.cost.is_none_or(|cost| (NanoUsd::ZERO..=MOST_COST).contains(&cost))
            && self.cache.is_none_or(|cache| tokens(&cache.tokens) && cache.until.is_none_or(|at| at >= 0))
    }

    /// The limits, as far as they can be.
    pub fn plan_limits(&self, at: Millis) -> impl Iterator<Item = PlanLimit> {
        self.limits.iter().filter_map(move |used| {
            let limit = PlanLimit {
                window: used.window.clone(),
                used_basis_points: used.used,
                resets_at: used.resets_at,
                reported_at: at,
                source: Source::Statusline,
            };
            limit.sound()
        })
    }
}

/// What a hook said of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Hooked {
    /// The session's id.
    pub session: String,
    /// The event's name, as Claude Code has it.
    pub event: String,
    /// The permission mode in force; empty where the event does not say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Why the session began or ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The id of a tool's use.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tool_use: String,
    /// How long the tool ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// About how many tokens went into the tool and came out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<i64>,
}

impl Hooked {
    pub(super) fn is_sound(&self) -> bool {
        let names = [&self.mode, &self.reason, &self.tool_use];
        is_name(&self.session)
            && is_name(&self.event)
            && names.into_iter().all(|name| name.len() <= LONGEST_NAME)
            && self.duration_ms.is_none_or(|ms| (0..=LONGEST_MS).contains(&ms))
            && self.tokens.is_none_or(|tokens| (0..=MOST_TOKENS).contains(&tokens))
    }
}

/// Whether a text can be an id or a name.
pub fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len()) && !text.contains(char::is_control)
}
