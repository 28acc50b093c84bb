//! The parts that a line can be made of.

use super::input::Input;
use super::line::Tone;
use crate::budgets::{Scope, Spending, Urgency, used_percent};
use crate::burn::Running;
use crate::limits::{PlanLimit, Source, Standing, WHOLE, merged, percent};
use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE, Millis};
use crate::tokens::compact;
use crate::wording::{whole, window};

/// What is known beside what Claude Code says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Now.
    pub now: Millis,
    /// What the session cost, its subagents included.
    pub session: Option<NanoUsd>,
    /// What the project cost today.
    pub project: Option<NanoUsd>,
    /// What everything cost today.
    pub today: Option<NanoUsd>,
    /// The five-hour window that runs.
    pub window: Option<Running>,
    /// Not all of the session was read yet: sums are the least that was spent.
    pub behind: bool,
    /// Nobody reads what other sessions spend.
    pub unread: bool,
    /// Nobody who leads knows of Claude's folder.
    pub unknown_root: bool,
    /// The limits that someone else told of.
    pub limits: Vec<Standing>,
    /// The budgets in force.
    pub budgets: Vec<Spending>,
    /// The git branch.
    pub branch: Option<String>,
    /// Where Claude Code compacts by itself, in percent of the window.
    pub auto_compact: Option<f64>,
}

/// A part's text, and how it is to show.
pub type Shown = (String, Tone);

/// A part: its name, what it shows, an example, and how it is made.
#[derive(Debug)]
pub struct Part {
    /// Its name in a template.
    pub name: &'static str,
    /// What it shows.
    pub doc: &'static str,
    make: fn(&Input, &Known) -> Option<Shown>,
}

/// The part of this name as it shows; `None` where there is no such part, or nothing is known.
pub fn part(name: &str, input: &Input, known: &Known) -> Option<Shown> {
    let part = PARTS.iter().find(|part| part.name == name)?;
    (part.make)(input, known).filter(|(text, _)| !text.is_empty())
}

macro_rules! parts {
    ($($name:literal, $doc:literal, $make:expr;)*) => {
        /// Every part, in the order of the documentation.
        pub static PARTS: &[Part] = &[$(Part { name: $name, doc: $doc, make: $make }),*];
    };
}

parts! {
    "model", "the model's name", |input, _| {
        let name = input.model_name.as_ref().or(input.model.as_ref())?;
        Some((name.clone(), Tone::Strong))
    };
    "session_cost", "what the session cost, its subagents included; `+` follows where more may have been spent", |input, known| {
        let (ours, theirs) = (known.session, input.cost);
        // Claude's own total is there at once; ours is exact once everything is read.
        match ours {
            Some(ours) if !known.behind => plain(ours.short()),
            Some(ours) => match theirs.filter(|theirs| *theirs > ours) {
                Some(theirs) => plain(theirs.short()),
                None => plain(format!("{}+", ours.short())),
            },
            None => plain(theirs?.short()),
        }
    };
    "claude_cost", "the session's cost by Claude Code's own count", |input, _| plain(input.cost?.short());
    "project_cost", "what this project cost today", |_, known| money(known.project, known);
    "today", "what everything cost today", |_, known| money(known.today, known);
    "block", "what everything cost in the five-hour window that runs", |_, known| money(Some(known.window?.cost), known);
    "block_left", "how long that still runs: `2h 05m left`", |_, known| {
        Some((format!("{} left", span(known.window?.left(known.now))), Tone::Quiet))
    };
    "block_projected", "what it will have cost at its end, at the rate of the last hour", |_, known| {
        money(Some(known.window?.projected(known.now)), known)
    };
    "burn", "what everything costs an hour, by the last one: `$4.20/h`", |_, known| {
        let rate = NanoUsd::from_dollars(known.window?.usd_per_hour(known.now));
        plain(format!("{}/h{}", rate.short(), more(known)))
    };
    "burn_tokens", "tokens a minute in the last hour: `12.5K/min`", |_, known| {
        let rate = known.window?.tokens_per_minute(known.now).round();
        plain(format!("{}/min{}", compact(rate as i64), more(known)))
    };
    "budget", "used part of the budget that is nearest to its limit, of those that count what is spent here: `budget 85%`", |input, known| {
        let (_, part, tone) = budgets(input, known).max_by(|(_, a, _), (_, b, _)| a.percent.total_cmp(&b.percent))?;
        Some((format!("budget {}", part.text(known)), tone))
    };
    "budgets", "used part of each of them: `day 85% week 40%`", |input, known| {
        let all: Vec<_> = budgets(input, known).collect();
        let tone = all.iter().map(|(.., tone)| *tone).max()?;
        let words: Vec<String> = all.iter().map(|(name, part, _)| format!("{name} {}", part.text(known))).collect();
        Some((words.join(" "), tone))
    };
    "context", "how full the context is: `ctx 41%`", |input, known| {
        let used = filled(input)?;
        Some((format!("ctx {}%", whole(used)), context_tone(used, known)))
    };
    "context_bar", "the same as a bar", |input, known| {
        let used = filled(input)?;
        let cells = (whole(used).clamp(0, 100) as usize + 5) / 10;
        Some((format!("{}{}", "▓".repeat(cells), "░".repeat(10 - cells)), context_tone(used, known)))
    };
    "context_tokens", "the same in tokens: `82.0K/200.0K`", |input, _| {
        plain(format!("{}/{}", compact(input.used?), compact(input.window?)))
    };
    "five_hour", "used part of the plan's five-hour limit: `5h 23%`", |input, known| limit(input, known, "fiveHour");
    "five_hour_reset", "when that begins anew: `in 2h 05m`", |input, known| reset(input, known, "fiveHour");
    "seven_day", "used part of the seven-day limit: `7d 41%`", |input, known| limit(input, known, "sevenDay");
    "seven_day_reset", "when that begins anew: `in 3d 4h`", |input, known| reset(input, known, "sevenDay");
    "limits", "used part of every limit that is known", |input, known| limits(&standing(input, known));
    "other_limits", "the same without the five-hour and the seven-day limit: of models, and of spending beyond the plan", |input, known| {
        let mut standing = standing(input, known);
        standing.retain(|standing| !["fiveHour", "sevenDay"].contains(&standing.limit.window.as_str()));
        limits(&standing)
    };
    "cache", "how long the prompt cache stays warm: `cache 42m`, or `cache cold`", |input, known| {
        let left = input.cache?.until? - known.now;
        if left <= 0 {
            return Some(("cache cold".to_owned(), Tone::Warning));
        }
        let tone = if left < 5 * MINUTE { Tone::Warning } else { Tone::Plain };
        Some((format!("cache {}", span(left)), tone))
    };
    "cache_tokens", "the tokens that the next turn writes anew once the cache is cold", |input, _| {
        plain(compact(input.cache?.tokens?))
    };
    "dir", "the working directory's name", |input, _| plain(last(input.cwd.as_ref()?));
    "project", "the name of the directory that the session was started in", |input, _| plain(last(input.project.as_ref()?));
    "branch", "the git branch", |input, known| {
        let branch = known.branch.as_ref().or(input.branch.as_ref())?;
        Some((branch.clone(), Tone::Quiet))
    };
    "worktree", "the git worktree's name", |input, _| plain(input.worktree.clone()?);
    "pr", "the pull request: `#12`", |input, _| plain(format!("#{}", input.pull_request?));
    "title", "the session's name, where it was given one", |input, _| plain(input.title.clone()?);
    "lines", "lines added and removed: `+156 -23`", |input, _| {
        let (added, removed) = input.lines.filter(|lines| *lines != (0, 0))?;
        plain(format!("+{added} -{removed}"))
    };
    "duration", "how long the session has run", |input, _| plain(span(input.duration?));
    "api_duration", "how long the API was waited for", |input, _| plain(span(input.api_duration?));
    "effort", "the level of effort", |input, _| plain(input.effort.clone()?);
    "fast", "`fast` in fast mode", |input, _| input.fast.then(|| ("fast".to_owned(), Tone::Warning));
    "thinking", "`thinking` where that is on", |input, _| input.thinking.then(|| ("thinking".to_owned(), Tone::Plain));
    "style", "the style of the output, where it is not the default", |input, _| {
        plain(input.style.clone().filter(|style| style != "default")?)
    };
    "agent", "the agent that the session runs as", |input, _| plain(input.agent.clone()?);
    "vim", "the mode of vim's keys", |input, _| plain(input.vim.clone()?);
    "version", "Claude Code's version", |input, _| {
        Some((input.version.clone()?, Tone::Quiet))
    };
}

#[allow(clippy::unnecessary_wraps, reason = "what a part is")]
fn plain(text: String) -> Option<Shown> {
    Some((text, Tone::Plain))
}

fn money(cost: Option<NanoUsd>, known: &Known) -> Option<Shown> {
    plain(format!("{}{}", cost?.short(), more(known)))
}

/// What follows the least that is known.
fn more(known: &Known) -> &'static str {
    if known.behind || known.unread { "+" } else { "" }
}

/// Used part of the context in percent.
#[allow(clippy::float_arithmetic, reason = "a percentage is no sum")]
fn filled(input: &Input) -> Option<f64> {
    let own = input.used.zip(input.window).map(|(used, window)| used as f64 * 100.0 / window as f64);
    own.or(input.used_percent)
}

fn context_tone(used: f64, known: &Known) -> Tone {
    match known.auto_compact.unwrap_or(90.0) {
        full if used >= full => Tone::Error,
        _ if used >= 70.0 => Tone::Warning,
        _ => Tone::Plain,
    }
}

/// The limits as they stand: what Claude Code says now, and what others told.
fn standing(input: &Input, known: &Known) -> Vec<Standing> {
    let now = input.limits.iter().filter_map(|limit| {
        let limit = PlanLimit {
            window: limit.window.clone(),
            used_basis_points: limit.used,
            resets_at: limit.resets_at,
            reported_at: known.now,
            source: Source::Statusline,
        };
        limit.sound()
    });
    let reports: Vec<PlanLimit> =
        now.chain(known.limits.iter().map(|standing| standing.limit.clone())).collect();
    let forecast = |limit: PlanLimit| {
        let held = known.limits.iter().find(|held| held.limit.window == limit.window);
        Standing { exhausted_at: held.and_then(|held| held.exhausted_at), limit }
    };
    merged(&reports, known.now).into_iter().map(forecast).collect()
}

fn limits(standing: &[Standing]) -> Option<Shown> {
    let tone = standing.iter().map(limit_tone).max()?;
    let words: Vec<String> = standing.iter().map(words).collect();
    Some((words.join(" "), tone))
}

/// The budgets that count what is spent here: what each is called, its used part, and how that is to show.
fn budgets<'a>(input: &'a Input, known: &'a Known) -> impl Iterator<Item = (String, Share, Tone)> + 'a {
    let project = input.project.as_deref().or(input.cwd.as_deref()).unwrap_or_default();
    let branch = known.branch.as_deref().or(input.branch.as_deref()).unwrap_or_default();
    let model = input.model.as_deref().unwrap_or_default();
    let here = move |budget: &&Spending| budget.terms.scope.counts(project, branch, model);
    known.budgets.iter().filter(here).filter_map(|budget| {
        let Spending { terms, span, spent, unpriced, exhausted_at } = budget;
        let spent = terms.spent_at(known.now, *span, *spent, known.session.or(input.cost))?;
        let runs = span.is_some_and(|span| span.holds(known.now));
        let tone = match terms.urgency(spent) {
            Urgency::Error => Tone::Error,
            Urgency::Warning => Tone::Warning,
            _ if runs && exhausted_at.is_some() => Tone::Warning,
            _ => Tone::Plain,
        };
        let name = match &terms.scope {
            Scope::All => terms.period.short().to_owned(),
            scope => format!("{} {}", last(scope.name()), terms.period.short()),
        };
        let unpriced = runs && *unpriced > 0;
        Some((name, Share { percent: used_percent(spent, terms.limit), unpriced }, tone))
    })
}

/// A used part.
struct Share {
    percent: f64,
    /// Some of it has no known price.
    unpriced: bool,
}

impl Share {
    /// In percent, never rounded up to a threshold; the least where not everything was read, or something has no price.
    fn text(&self, known: &Known) -> String {
        let more = if self.unpriced { "+?" } else { more(known) };
        format!("{}%{more}", self.percent.trunc() as i64)
    }
}

fn words(standing: &Standing) -> String {
    format!("{} {}%", window(&standing.limit.window), whole(percent(standing.limit.used_basis_points)))
}

fn limit_tone(standing: &Standing) -> Tone {
    match standing.limit.used_basis_points {
        WHOLE.. => Tone::Error,
        8_000.. => Tone::Warning,
        _ if standing.exhausted_at.is_some() => Tone::Warning,
        _ => Tone::Plain,
    }
}

fn limit(input: &Input, known: &Known, name: &str) -> Option<Shown> {
    let standing = standing(input, known).into_iter().find(|standing| standing.limit.window == name)?;
    Some((words(&standing), limit_tone(&standing)))
}

fn reset(input: &Input, known: &Known, name: &str) -> Option<Shown> {
    let standing = standing(input, known).into_iter().find(|standing| standing.limit.window == name)?;
    Some((format!("in {}", span(standing.limit.resets_at? - known.now)), Tone::Quiet))
}

/// The last name of a path.
fn last(path: &str) -> String {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// `3d 4h`, `2h 05m`, `42m`, `12s`.
fn span(millis: Millis) -> String {
    const DAY: Millis = 24 * HOUR;
    match millis.max(0) {
        long @ DAY.. => format!("{}d {}h", long / DAY, long % DAY / HOUR),
        hours @ HOUR.. => format!("{}h {:02}m", hours / HOUR, hours % HOUR / MINUTE),
        minutes @ MINUTE.. => format!("{}m", minutes / MINUTE),
        short => format!("{}s", short / 1_000),
    }
}
