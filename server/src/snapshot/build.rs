//! From rows to a status.

use super::wire::{
    Block, Budget, Burn, Cache, Context, ContextSource, Health, Limit, Role, Session, SessionBrief, Severity,
    State, Status, Subagent, Totals, VERSION, Watch, Workspace,
};
use super::{ACTIVE_FOR, ENDED_AFTER, LeaderHealth};
use crate::alerts::wire::AlertNotice;
use crate::alerts::{self, Alert};
use crate::budgets::{Period, Scope, Standing, Urgency};
use crate::burn::Running;
use crate::config::Config;
use crate::limits::{self, PlanLimit};
use crate::money::NanoUsd;
use crate::pricing::{PriceTable, Request};
use crate::sums::Sums;
use crate::time::{Millis, Zone, utc_day};
use crate::tokens::Tokens;
use crate::wording::{Facts, status_text};
use crate::{blocks, context};

/// A sum, and how many sessions it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The sum.
    pub sums: Sums,
    /// Distinct sessions.
    pub sessions: i64,
}

/// A session as the store has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The project that it was started in; empty where it is not known.
    pub project: String,
    /// The model of its latest main-thread response; empty where there is none.
    pub model: String,
    /// Its branch; empty where it has none.
    pub branch: String,
    /// Claude Code's version.
    pub version: String,
    /// What it cost.
    pub cost: NanoUsd,
    /// Its first line's time.
    pub started: Option<Millis>,
    /// Its latest line's time.
    pub last: Option<Millis>,
    /// Its latest main-thread line's time.
    pub last_main: Option<Millis>,
    /// Tokens of its latest prompt; `None` where that is not known.
    pub context_tokens: Option<i64>,
    /// Its largest prompt.
    pub largest_prompt: i64,
    /// Claude Code says that it ran with a window of a million tokens.
    pub million: bool,
    /// When its transcript said how full the context is.
    pub context_at: Option<Millis>,
    /// Its subagents, most recent first.
    pub subagents: Vec<SubagentRow>,
    /// What Claude Code said of it by its status line and its hooks.
    pub reported: Option<ReportedRow>,
}

/// What Claude Code's status line and its hooks said of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportedRow {
    /// When the status line spoke last.
    pub at: Option<Millis>,
    /// The model at that time; empty where it was not said.
    pub model: String,
    /// Tokens in the context; `None` where that was not known.
    pub context_tokens: Option<i64>,
    /// The window in tokens.
    pub context_window: Option<i64>,
    /// Claude Code's own total.
    pub cost: Option<NanoUsd>,
    /// The prompt cache.
    pub cache: Option<CacheRow>,
    /// When the session ended.
    pub ended: Option<Millis>,
}

/// A session's prompt cache, as Claude Code tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRow {
    /// When it goes cold; `None` where nothing is cached.
    pub until: Option<Millis>,
    /// What is written to it is kept for an hour.
    pub hour: bool,
    /// The tokens that the next turn writes anew once it is cold.
    pub tokens: Option<i64>,
}

/// A subagent as the store has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubagentRow {
    /// Its id.
    pub id: String,
    /// Its type; empty where it is not known.
    pub kind: String,
    /// What it cost.
    pub cost: NanoUsd,
    /// Its latest response's time.
    pub last: Option<Millis>,
    /// Its parent was told that it is done.
    pub done: bool,
}

/// What a status is built from: a bounded number of rows, whatever the length of history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// What a person should know about the database, each in a sentence.
    pub notices: Vec<String>,
    /// The content's revision.
    pub revision: i64,
    /// The moment that time-bound values are computed for.
    pub as_of: Millis,
    /// The leading process.
    pub leader: Option<i64>,
    /// What that process tells of itself.
    pub leader_health: Option<LeaderHealth>,
    /// When transcripts were last read.
    pub last_ingest: Option<Millis>,
    /// The client's first folder.
    pub project: Option<String>,
    /// Cost since midnight in the client's folders; `None` without a folder.
    pub workspace_today: Option<NanoUsd>,
    /// The latest sessions of the client's folders, most recent first.
    pub sessions: Vec<SessionRow>,
    /// Since midnight, of everything.
    pub today: Counted,
    /// Since the week began.
    pub week: Counted,
    /// Since the month began.
    pub month: Counted,
    /// All of it.
    pub all_time: Counted,
    /// The five-hour window that runs.
    pub window: Option<Running>,
    /// Reports of plan limits: those of now, and what a forecast needs.
    pub limits: Vec<PlanLimit>,
    /// The budgets in force.
    pub budgets: Vec<Standing>,
    /// Alerts that hold.
    pub alerts: Vec<Alert>,
}

/// What a process adds of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Now: when the copy is made.
    pub now: Millis,
    /// What the process does.
    pub role: Role,
    /// How changes are noticed.
    pub watch: Watch,
    /// What is not right.
    pub problems: Vec<String>,
    /// Nobody reads transcripts, or they wait unread.
    pub stale: bool,
}

/// Builds a status.
pub fn build(
    rows: &Rows,
    around: &Surroundings,
    config: &Config,
    zone: &Zone,
    prices: &PriceTable,
) -> Status {
    let time = |at: Option<Millis>| at.map(|at| zone.rfc3339(at));
    let sessions: Vec<Session> =
        rows.sessions.iter().map(|row| session(row, rows.as_of, zone, prices)).collect();
    let latest = rows.sessions.first().zip(sessions.first());
    let workspace = Workspace {
        project: rows.project.clone(),
        today_usd: rows.workspace_today,
        session: latest.map(|(row, session)| SessionBrief {
            id: session.id.clone(),
            title: session.title.clone(),
            model: session.model.clone(),
            cost_usd: session.cost_usd,
            started_at: time(row.started),
            last_activity_at: session.last_activity_at.clone(),
            active: session.state == State::Active,
        }),
        context: latest.map(|(_, session)| session.context.clone()),
    };
    let limits = limits::standing(&rows.limits, rows.as_of);
    let budgets: Vec<Budget> = rows.budgets.iter().map(|standing| budget(standing, rows, zone)).collect();
    let alerts = notices(&rows.alerts, rows.as_of, config, zone);
    let facts = Facts {
        budget: budgets.iter().map(|budget| budget.used_percent).max_by(f64::total_cmp),
        five_hours: limits.iter().find(|standing| standing.limit.window == "fiveHour").map(used_percent),
        seven_days: limits.iter().find(|standing| standing.limit.window == "sevenDay").map(used_percent),
        cost: Some(rows.workspace_today.unwrap_or(rows.today.sums.cost)),
        context: workspace.context.as_ref().and_then(|context| context.used_percent),
    };
    let totals = |counted: &Counted| Totals::new(&counted.sums, counted.sessions);
    // Who does not lead has the leader's troubles, too.
    let leader = rows.leader_health.as_ref().filter(|_| around.role == Role::Follower);
    let told = leader.into_iter().flat_map(|health| health.reported(rows.leader));
    Status {
        version: VERSION,
        revision: rows.revision,
        generated_at: zone.rfc3339(around.now),
        text: status_text(&facts, &config.status.parts, &config.status.separator),
        severity: if around.stale { Severity::Stale } else { severity(&budgets, &alerts) },
        workspace,
        sessions,
        today: totals(&rows.today),
        week: totals(&rows.week),
        month: totals(&rows.month),
        all_time: totals(&rows.all_time),
        budgets,
        alerts,
        limits: limits.iter().map(|standing| limit(standing, zone)).collect(),
        burn: rows.window.map(|window| present_rate(&window, rows.as_of, zone)).unwrap_or_default(),
        health: Health {
            leader_pid: rows.leader,
            role: around.role,
            watch: leader.map_or(around.watch, |health| health.watch),
            last_ingest_at: time(rows.last_ingest),
            problems: around.problems.iter().chain(&rows.notices).cloned().chain(told).collect(),
        },
    }
}

/// How urgent a status is: as its most urgent budget or alert.
fn severity(budgets: &[Budget], alerts: &[AlertNotice]) -> Severity {
    let budgets = budgets.iter().map(|budget| budget.severity);
    match budgets.chain(alerts.iter().map(|alert| alert.severity)).max() {
        Some(Urgency::Error) => Severity::Error,
        Some(Urgency::Warning) => Severity::Warning,
        _ => Severity::Ok,
    }
}

/// The alerts that someone with these settings wants to see: of each matter the gravest.
fn notices(alerts: &[Alert], now: Millis, config: &Config, zone: &Zone) -> Vec<AlertNotice> {
    let heard = alerts::late(alerts, now).into_iter();
    heard
        .filter_map(|alert| {
            alerts::heard(alert, &config.alerts).map(|urgency| AlertNotice::of(alert, urgency, zone))
        })
        .collect()
}

/// A budget as a status shows it.
fn budget(standing: &Standing, rows: &Rows, zone: &Zone) -> Budget {
    let Standing { budget, span, spent, unpriced, exhausted_at } = standing;
    let terms = &budget.terms;
    let spent = match (terms.period, &terms.scope, rows.sessions.first()) {
        // The one that the client looks at.
        (Period::Session, Scope::All, Some(row)) => {
            let at_work = state(row.last_main.or(row.last), rows.as_of, has_ended(row)) == State::Active;
            if at_work { row.cost } else { NanoUsd::ZERO }
        }
        _ => *spent,
    };
    let (budget, span, unpriced) = (budget.clone(), *span, *unpriced);
    self::standing(&Standing { budget, span, spent, unpriced, exhausted_at: *exhausted_at }, zone)
}

/// A budget as it goes over the wire.
pub fn standing(standing: &Standing, zone: &Zone) -> Budget {
    let Standing { budget, span, spent, unpriced, exhausted_at } = standing;
    let terms = &budget.terms;
    Budget {
        id: budget.id,
        scope: terms.scope.kind().to_owned(),
        name: Some(terms.scope.name().to_owned()).filter(|name| !name.is_empty()),
        period: terms.period.name().to_owned(),
        limit_usd: terms.limit,
        spent_usd: *spent,
        unpriced_messages: *unpriced,
        used_percent: crate::budgets::used_percent(*spent, terms.limit),
        severity: terms.urgency(*spent),
        resets_at: span.map(|span| zone.rfc3339(span.to)),
        exhausted_at: exhausted_at.map(|at| zone.rfc3339(at)),
        hard: terms.hard,
        thresholds: terms.thresholds.clone(),
        source: budget.origin.name().to_owned(),
    }
}

fn used_percent(standing: &limits::Standing) -> f64 {
    limits::percent(standing.limit.used_basis_points)
}

/// A plan limit as a status shows it.
pub fn limit(standing: &limits::Standing, zone: &Zone) -> Limit {
    let limits::Standing { limit, exhausted_at } = standing;
    Limit {
        window: limit.window.clone(),
        used_percent: used_percent(standing),
        resets_at: limit.resets_at.map(|at| zone.rfc3339(at)),
        reported_at: zone.rfc3339(limit.reported_at),
        source: limit.source,
        exhausted_at: exhausted_at.map(|at| zone.rfc3339(at)),
    }
}

fn present_rate(window: &Running, now: Millis, zone: &Zone) -> Burn {
    Burn {
        usd_per_hour: Some(window.usd_per_hour(now)),
        tokens_per_minute: Some(window.tokens_per_minute(now)),
        block: Some(Block {
            started_at: zone.rfc3339(window.start),
            ends_at: zone.rfc3339(window.start + blocks::LENGTH),
            cost_usd: window.cost,
            projected_usd: window.projected(now),
        }),
    }
}

/// A session as a status shows it.
pub fn session(row: &SessionRow, now: Millis, zone: &Zone, prices: &PriceTable) -> Session {
    Session {
        id: row.id.clone(),
        title: row.title.clone(),
        project: known(&row.project),
        model: known(&row.model),
        branch: known(&row.branch),
        cost_usd: row.cost,
        context: context_of(row, prices),
        last_activity_at: row.last.map(|at| zone.rfc3339(at)),
        state: state(row.last_main.or(row.last), now, has_ended(row)),
        cache: row
            .reported
            .as_ref()
            .and_then(|reported| cache(reported.cache.as_ref()?, row, now, zone, prices)),
        subagents: row.subagents.iter().map(|agent| subagent(agent, now)).collect(),
    }
}

fn subagent(row: &SubagentRow, now: Millis) -> Subagent {
    Subagent {
        id: row.id.clone(),
        r#type: known(&row.kind),
        cost_usd: row.cost,
        state: state(row.last, now, row.done),
    }
}

fn state(last: Option<Millis>, now: Millis, done: bool) -> State {
    match last {
        Some(last) if !done && now - last < ACTIVE_FOR => State::Active,
        Some(last) if !done && now - last < ENDED_AFTER => State::Idle,
        _ => State::Ended,
    }
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether Claude Code said that the session ended, and nothing was said in it since.
fn has_ended(row: &SessionRow) -> bool {
    let ended = row.reported.as_ref().and_then(|reported| reported.ended);
    ended.is_some_and(|ended| row.last_main.or(row.last).is_none_or(|last| last <= ended))
}

fn cache(cache: &CacheRow, row: &SessionRow, now: Millis, zone: &Zone, prices: &PriceTable) -> Option<Cache> {
    let until = cache.until?;
    let cold = cache.tokens.and_then(|tokens| {
        let tokens = if cache.hour {
            Tokens { cache_write_1h: tokens, ..Tokens::default() }
        } else {
            Tokens { cache_write_5m: tokens, ..Tokens::default() }
        };
        let at = utc_day(now);
        let request =
            Request { model: &row.model, at, tokens, fast: false, us_inference: false, batch: false };
        let quote = prices.cost(&request);
        quote.priced.then_some(quote.cost)
    });
    Some(Cache { warm: now < until, expires_at: zone.rfc3339(until), cold_cost_usd: cold })
}

/// What Claude Code reported of a context, where the transcript does not say anything later.
fn latest_report(row: &SessionRow) -> Option<&ReportedRow> {
    let reported = row.reported.as_ref().filter(|reported| reported.context_window.is_some());
    reported.filter(|reported| reported.at >= row.context_at)
}

/// How full a session's context is. The window that Claude Code reported holds as long as the model stays.
pub fn fill_of(row: &SessionRow, prices: &PriceTable) -> context::Fill {
    let reported = row.reported.as_ref().filter(|reported| reported.context_window.is_some());
    let latest = latest_report(row);
    // The status line marks a larger window in the model's id, a transcript does not.
    let same = |reported: &&ReportedRow| {
        row.model.is_empty() || reported.model.trim_end_matches("[1m]") == row.model
    };
    let window = latest.or_else(|| reported.filter(same)).and_then(|reported| reported.context_window);
    context::fill(context::Evidence {
        used: latest.map_or(row.context_tokens, |reported| reported.context_tokens),
        window: known(&row.model).and_then(|model| prices.window(&model)),
        reported: window,
        largest_prompt: row.largest_prompt,
        million: row.million,
        version: &row.version,
    })
}

fn context_of(row: &SessionRow, prices: &PriceTable) -> Context {
    let fill = fill_of(row, prices);
    let latest = latest_report(row);
    let anything = fill.used.is_some() || fill.window.is_some();
    Context {
        used_tokens: fill.used,
        window_tokens: fill.window,
        used_percent: fill.percent,
        auto_compact_percent: fill.auto_compact,
        source: match latest {
            Some(_) => ContextSource::Statusline,
            None if anything => ContextSource::Inferred,
            None => ContextSource::Unknown,
        },
    }
}
