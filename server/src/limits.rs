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
#[derive(Clone, Debug, PartialEq, Eq)]
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
        now < self.holds_until() && self.reported_at <= now + SKEW
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
    for report in reports.into_iter().filter(|report| report.holds(now)) {
        let held = latest.entry((rank(&report.window), &report.window)).or_insert(report);
        let newness = |limit: &PlanLimit| (limit.reported_at, limit.source, limit.used_basis_points);
        if newness(report) > newness(held) {
            *held = report;
        }
    }
    latest.into_values().cloned().collect()
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

/// When a limit is used up if it goes on as it did lately: over the last hour of a five-hour window, the last day of a
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
    let from = now - look_back;
    let (at, used) = known().filter(|(at, _)| *at <= from).max().or_else(|| known().min())?;
    let (grown, took) = (i64::from(limit.used_basis_points - used), now - at);
    if grown == 0 || took < least {
        return None;
    }
    let left = i64::from(WHOLE - limit.used_basis_points);
    let hit = now + (i128::from(left) * i128::from(took) / i128::from(grown)) as i64;
    (hit < reset).then_some(hit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A report of the five-hour window that ends five hours after 0.
    fn told(minute: i64, percent: u32, source: Source) -> PlanLimit {
        PlanLimit {
            window: "fiveHour".to_owned(),
            used_basis_points: percent * 100,
            resets_at: Some(5 * HOUR),
            reported_at: minute * MINUTE,
            source,
        }
    }

    #[test]
    fn names_of_windows() {
        for (key, expected) in [
            ("five_hour", Some("fiveHour")),
            ("seven_day", Some("sevenDay")),
            ("seven_day_opus", Some("sevenDayOpus")),
            ("seven_day_overage_included", Some("sevenDayOverageIncluded")),
            ("spend_limit", Some("spend")),
            ("spend", Some("spend")),
            ("Seven Day", Some("sevenDay")),
            ("thirty_day", Some("thirtyDay")),
            ("", None),
            ("__", None),
            ("ümlaut", None),
            ("a\u{1b}[31m", None),
            ("a_name_that_is_so_long_that_nobody_wants_to_read_it_at_all", None),
        ] {
            assert_eq!(window_of(key).as_deref(), expected, "{key}");
        }
    }

    #[test]
    fn the_newest_report_counts_and_then_the_most_trusted() {
        use Source::{ClaudeJson, Statusline, Transcript};
        for (reports, expected) in [
            (vec![told(1, 20, Statusline), told(2, 30, ClaudeJson)], (30, ClaudeJson)),
            (vec![told(2, 30, ClaudeJson), told(1, 20, Statusline)], (30, ClaudeJson)),
            (vec![told(2, 30, ClaudeJson), told(2, 20, Statusline)], (20, Statusline)),
            (vec![told(2, 20, Statusline), told(2, 100, Transcript)], (20, Statusline)),
            (vec![told(2, 20, Statusline), told(3, 100, Transcript)], (100, Transcript)),
        ] {
            let merged = merged(&reports, 10 * MINUTE);
            let found: Vec<_> =
                merged.iter().map(|limit| (limit.used_basis_points / 100, limit.source)).collect();
            assert_eq!(found, [expected], "{reports:?}");
        }
    }

    #[test]
    fn beyond_its_reset_nothing_is_known() {
        let report = told(1, 20, Source::Statusline);
        assert!(report.holds(5 * HOUR - 1) && !report.holds(5 * HOUR));
        assert!(merged([&report], 5 * HOUR).is_empty());
        // Without a reset it holds as long as the window can be.
        let open = PlanLimit { resets_at: None, ..report.clone() };
        assert!(open.holds(5 * HOUR) && !open.holds(5 * HOUR + MINUTE));
        let spend = PlanLimit { window: "spend".to_owned(), ..open };
        assert!(spend.holds(30 * 24 * HOUR) && !spend.holds(32 * 24 * HOUR));
        // A report of the last window does not stand for this one.
        let next =
            PlanLimit { resets_at: Some(11 * HOUR), reported_at: 7 * HOUR, ..told(0, 5, Source::Statusline) };
        let merged = merged([&report, &next], 8 * HOUR);
        assert_eq!(merged, [next]);
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        let good = told(0, 20, Source::Statusline);
        assert!(good.clone().sound().is_some());
        assert!(PlanLimit { resets_at: None, ..good.clone() }.sound().is_some());
        for bad in [
            PlanLimit { window: String::new(), ..good.clone() },
            PlanLimit { window: "five hour".to_owned(), ..good.clone() },
            PlanLimit { used_basis_points: 100_001, ..good.clone() },
            PlanLimit { resets_at: Some(0), ..good.clone() },
            PlanLimit { resets_at: Some(5 * HOUR + 11 * MINUTE), ..good.clone() },
            PlanLimit { window: "spend".to_owned(), resets_at: Some(i64::MAX), ..good },
        ] {
            assert_eq!(bad.clone().sound(), None, "{bad:?}");
        }
    }

    #[test]
    fn windows_come_shortest_first() {
        let limit = |window: &str| PlanLimit { window: window.to_owned(), ..told(0, 1, Source::Statusline) };
        let reports = ["other", "spend", "sevenDayOpus", "sevenDay", "fiveHour"].map(limit);
        let names: Vec<String> = merged(&reports, 0).into_iter().map(|limit| limit.window).collect();
        assert_eq!(names, ["fiveHour", "sevenDay", "sevenDayOpus", "spend", "other"]);
    }

    #[test]
    fn forecasts() {
        let told = |minute, percent| told(minute, percent, Source::Statusline);
        let now = 180 * MINUTE;
        for (reports, expected) in [
            // 30 % in three hours: at the window's end it is 50 %.
            (vec![told(180, 30)], None),
            // 75 % in three hours: all of it in four.
            (vec![told(180, 75)], Some(240)),
            // The last hour counts where something is known of its beginning: 10 % in it, the rest takes two and a half.
            (vec![told(120, 65), told(180, 75)], None),
            // 30 % in it: the rest takes 50 minutes.
            (vec![told(120, 45), told(180, 75)], Some(230)),
            // What lies within the hour says less than its beginning.
            (vec![told(120, 45), told(170, 45), told(180, 75)], Some(230)),
            // Silence counts: nothing was used for half an hour.
            (vec![told(150, 75)], Some(240)),
            // It was full when that was first told.
            (vec![told(100, 100), told(180, 100)], Some(100)),
            (vec![told(180, 0)], None),
        ] {
            let limit = reports.last().unwrap();
            assert_eq!(forecast(limit, &reports, now), expected.map(|minute| minute * MINUTE), "{reports:?}");
        }
        // A window of unknown length has no known beginning.
        let spend = |minute, percent| PlanLimit {
            window: "spend".to_owned(),
            resets_at: Some(20 * 24 * HOUR),
            ..told(minute, percent)
        };
        let one = spend(1440, 50);
        assert_eq!(forecast(&one, std::slice::from_ref(&one), 24 * HOUR), None);
        // 20 % in a day: the other 50 % take two and a half.
        let reports = [spend(0, 30), one.clone()];
        assert_eq!(forecast(&one, &reports, 24 * HOUR), Some(84 * HOUR));
        // Without a reset nobody can tell what comes first.
        let open = PlanLimit { resets_at: None, ..one };
        assert_eq!(forecast(&open, &reports, 24 * HOUR), None);
    }

    #[test]
    fn percentages() {
        for (given, expected) in [
            (23.5, Some(2350)),
            (0.0, Some(0)),
            (100.0, Some(10_000)),
            (-0.1, None),
            (f64::NAN, None),
            (1e300, None),
        ] {
            assert_eq!(basis_points(given), expected, "{given}");
        }
        assert_eq!(percent(2350).to_string(), "23.5");
    }

    fn any_limit() -> impl Strategy<Value = PlanLimit> {
        let window = prop::sample::select(vec!["fiveHour", "sevenDay", "spend"]);
        let times = (0_i64..40 * 24 * HOUR, prop::option::of(0_i64..40 * 24 * HOUR));
        (window, 0_u32..=12_000, times, 0_usize..3).prop_map(|(window, used, (at, resets_at), source)| {
            PlanLimit {
                window: window.to_owned(),
                used_basis_points: used,
                resets_at,
                reported_at: at,
                source: Source::ALL[source],
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A forecast lies ahead and before the reset, and the order of reports makes no difference.
        #[test]
        fn forecasts_lie_between_now_and_the_reset(
            mut reports in prop::collection::vec(any_limit().prop_filter_map("sound", PlanLimit::sound), 1..20),
            now in 0_i64..40 * 24 * HOUR,
        ) {
            let standing = standing(&reports, now);
            for Standing { limit, exhausted_at } in &standing {
                prop_assert!(limit.holds(now));
                if let Some(at) = exhausted_at {
                    if limit.used_basis_points < WHOLE {
                        prop_assert!(*at >= now && limit.resets_at.is_some_and(|reset| *at < reset));
                    } else {
                        prop_assert!(*at <= limit.reported_at);
                    }
                }
            }
            reports.reverse();
            prop_assert_eq!(super::standing(&reports, now), standing);
        }
    }
}
