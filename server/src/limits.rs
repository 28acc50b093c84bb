//! Plan limits: how much of each window of a plan is used, as Claude Code tells it, and when it will be used up.
//!
//! Parts of a limit are basis points: hundredths of a percent, so 10,000 are the whole.

use crate::time::{HOUR, MINUTE, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All of a limit, in basis points.
pub const WHOLE: u32 = 10_000;
/// More than ten times a limit is no part of one.
const MOST: u32 = 100_000;
/// Two reports of a window speak of the same stretch of it where their resets lie no further apart.
const SAME_RESET: Millis = 10 * MINUTE;
/// A clock may be wrong by so much.
const SKEW: Millis = 10 * MINUTE;
/// What is not known to be shorter is a month at most.
const LONGEST: Millis = 31 * 24 * HOUR;

/// Who told of a limit. Of reports of the same moment the later one here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// What Claude Code keeps in `.claude.json`.
    ClaudeJson,
    /// A notice in a transcript that a limit was reached.
    Transcript,
    /// Claude Code's status line.
    Statusline,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClaudeJson, Self::Transcript, Self::Statusline];

    /// The name in the store and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeJson => "claudeJson",
            Self::Transcript => "transcript",
            Self::Statusline => "statusline",
        }
    }

    /// The source of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// How much of a window was used when someone told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLimit {
    /// The window's name: `fiveHour`, `sevenDay`, `sevenDayOpus`, `spend`, or whatever Claude reports.
    pub window: String,
    /// Used part in hundredths of a percent; it may be more than the whole.
    pub used_basis_points: u32,
    /// When the window ends; `None` where nobody said.
    pub resets_at: Option<Millis>,
    /// When that was so.
    pub reported_at: Millis,
    /// Who said so.
    pub source: Source,
}

impl PlanLimit {
    /// A limit as it was reported; `None` where it says what cannot be: no part of a limit, or an end that is past or
    /// further away than the window is long.
    pub fn sound(self) -> Option<Self> {
        let length = length(&self.window).unwrap_or(LONGEST);
        let ends =
            self.resets_at.is_none_or(|at| at > self.reported_at && at - self.reported_at <= length + SKEW);
        (is_window(&self.window) && self.used_basis_points <= MOST && ends).then_some(self)
    }

    /// Until when it can be true.
    pub fn holds_until(&self) -> Millis {
        self.resets_at.unwrap_or_else(|| self.reported_at + length(&self.window).unwrap_or(LONGEST))
    }

    /// Whether it still says something: beyond its reset it is not known how much is used.
    pub fn holds(&self, now: Millis) -> bool {
        now < self.holds_until() && self.is_of(now)
    }

    /// Whether it was made by now, as far as clocks agree.
    const fn is_of(&self, now: Millis) -> bool {
        self.reported_at <= now + SKEW
    }

    /// Whether the other one is about the same stretch of the same window.
    fn is_same_stretch(&self, other: &Self) -> bool {
        self.window == other.window
            && match (self.resets_at, other.resets_at) {
                (Some(a), Some(b)) => (a - b).abs() <= SAME_RESET,
                _ => self.holds_until().min(other.holds_until()) > self.reported_at.max(other.reported_at),
            }
    }
}

/// A limit as it stands, with what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The latest that is known of it.
    pub limit: PlanLimit,
    /// When it is used up at the present rate, or was; `None` where it is not before its reset, or nobody can tell.
    pub exhausted_at: Option<Millis>,
}

/// How long a window is, where its name says so.
pub fn length(window: &str) -> Option<Millis> {
    match window {
        "fiveHour" => Some(5 * HOUR),
        _ if window.starts_with("sevenDay") => Some(7 * 24 * HOUR),
        _ => None,
    }
}

/// The name of a window as Claude Code's keys have it: `five_hour` is `fiveHour`, `spend_limit` is `spend`; `None` for what
/// is no name.
pub fn window_of(key: &str) -> Option<String> {
    let key = if key == "spend_limit" { "spend" } else { key };
    let mut name = String::with_capacity(key.len());
    for (index, word) in key.split(['_', '-', ' ', '.']).filter(|word| !word.is_empty()).enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => name.extend(first.to_uppercase()),
            Some(first) => name.extend(first.to_lowercase()),
            None => {}
        }
        name.push_str(letters.as_str());
    }
    is_window(&name).then_some(name)
}

fn is_window(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A percentage as basis points; `None` for what is no part of a limit.
#[allow(clippy::float_arithmetic, reason = "a percentage is no sum")]
pub fn basis_points(percent: f64) -> Option<u32> {
    let points = (percent * 100.0).round();
    (0.0..=f64::from(MOST)).contains(&points).then_some(points as u32)
}

/// Basis points as a percentage.
#[allow(clippy::float_arithmetic, reason = "a percentage is no sum")]
pub fn percent(points: u32) -> f64 {
    f64::from(points) / 100.0
}

/// What is known of each window: of several reports the newest, of the same moment the most trusted one. What is past its
/// reset is left out. The order is that of [`rank`].
pub fn merged<'a>(reports: impl IntoIterator<Item = &'a PlanLimit>, now: Millis) -> Vec<PlanLimit> {
    let mut latest: BTreeMap<(u8, &str), &PlanLimit> = BTreeMap::new();
    for report in reports.into_iter().filter(|report| report.is_of(now)) {
        let held = latest.entry((rank(&report.window), &report.window)).or_insert(report);
        let newness = |limit: &PlanLimit| (limit.reported_at, limit.source, limit.used_basis_points);
        if newness(report) > newness(held) {
            *held = report;
        }
    }
    // Once the newest is past its reset nobody knows more: an older one that lasts longer spoke of something else.
    latest.into_values().filter(|report| report.holds(now)).cloned().collect()
}

/// The same with the forecast that the reports give.
pub fn standing(reports: &[PlanLimit], now: Millis) -> Vec<Standing> {
    let with_forecast = |limit: PlanLimit| Standing { exhausted_at: forecast(&limit, reports, now), limit };
    merged(reports, now).into_iter().map(with_forecast).collect()
}

/// Which windows come first: the shortest, then the week's, then the others.
pub fn rank(window: &str) -> u8 {
    match window {
        "fiveHour" => 0,
        "sevenDay" => 1,
        _ if window.starts_with("sevenDay") => 2,
        "spend" => 3,
        _ => 4,
    }
}

/// When a limit is used up if it goes on as it did lately: over about the last hour of a five-hour window, the last day of a
/// longer one. `None` where that is after its reset, where nothing was used, or where too little is known. A limit that is
/// used up was so when that was first reported.
pub fn forecast(limit: &PlanLimit, reports: &[PlanLimit], now: Millis) -> Option<Millis> {
    let stretch = reports.iter().filter(|report| report.is_same_stretch(limit));
    if limit.used_basis_points >= WHOLE {
        let full = stretch.filter(|report| report.used_basis_points >= WHOLE);
        return full.map(|report| report.reported_at).chain([limit.reported_at]).min();
    }
    let reset = limit.resets_at?;
    let (look_back, least) = match length(&limit.window) {
        Some(length) if length <= 5 * HOUR => (HOUR, 10 * MINUTE),
        _ => (24 * HOUR, 2 * HOUR),
    };
    // A window begins with nothing used.
    let beginning = length(&limit.window).map(|length| (reset - length, 0));
    let known = || {
        let told = stretch.clone().map(|report| (report.reported_at, report.used_basis_points));
        told.chain(beginning).filter(|(at, used)| *at < limit.reported_at && *used <= limit.used_basis_points)
    };
    // What was known at a moment that is nearest to so long ago; a shorter time than the least says nothing.
    let far = |at: &Millis| (now - look_back - at).abs();
    let (at, used) = known().filter(|(at, _)| now - at >= least).min_by_key(|(at, used)| (far(at), *used))?;
    let (grown, took) = (i64::from(limit.used_basis_points - used), now - at);
    if grown == 0 {
        return None;
    }
    let left = i64::from(WHOLE - limit.used_basis_points);
    let hit = now + (i128::from(left) * i128::from(took) / i128::from(grown)) as i64;
    (hit < reset).then_some(hit)
}

#[cfg(test)]
mod tests;
