//! `GET /v1/mirror`: the frame for displays, held until it changes where that is wanted.

use super::parameters::one;
use super::refusal::Refusal;
use super::side::Side;
use super::status::{has, tagged};
use super::who::Who;
use crate::money::NanoUsd;
use crate::snapshot::wire::{self, Severity, State, Status};
use crate::wording;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State as At};
use axum::http::{HeaderMap, Response};
use chrono::DateTime;
use display_core::frame::{
    Alert, Block, Budget, Context, Frame, Limit, ROWS, Session, Severity as Level, hour_letters,
};
use display_core::text::Text;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A request is held for no longer, whatever it asks for.
const LONGEST: u64 = 60;
/// How often a display asks that cannot have its request held.
const POLL_SECONDS: u16 = 15;

pub(super) async fn mirror(
    At(side): At<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let wait = one(query.as_deref(), "wait")?.map_or(Ok(0), |text| {
        let wanted = || Refusal::misuse(format!("wait is {text:?}; give a whole number of seconds"));
        text.parse::<u64>().map(|seconds| seconds.min(LONGEST)).map_err(|_| wanted())
    })?;
    let until = Instant::now() + Duration::from_secs(wait);
    let mut shown = side.shown.clone();
    loop {
        shown.mark_unchanged();
        let newest = side.newest().await?;
        let image = &newest.frames[usize::from(who < Who::Reader)];
        let changed = tokio::time::timeout_at(until, shown.changed());
        if wait == 0 || !has(&headers, &image.tag) || changed.await.is_err() {
            return Ok(tagged(&image.tag, &headers, || image.body.clone().into()));
        }
        if shown.has_changed().is_err() {
            // This process ends: the display asks again, whoever serves then.
            return Ok(tagged(&image.tag, &headers, || image.body.clone().into()));
        }
    }
}

/// What a display shows of a status. `titles`: it may tell what sessions are about.
pub(super) fn frame(status: &Status, hours: Option<&[u64; 24]>, titles: bool) -> Frame {
    let made = DateTime::parse_from_rfc3339(&status.generated_at).ok();
    let mut budgets: Vec<&wire::Budget> =
        status.budgets.iter().filter(|budget| titles || budget.scope == "all").collect();
    budgets.sort_by(|a, b| b.used_percent.total_cmp(&a.used_percent));
    let exceeded = budgets.iter().any(|budget| budget.spent_usd >= budget.limit_usd);
    let reached = status.limits.iter().any(|limit| limit.used_percent >= 100.0);
    let latest = status.sessions.first().filter(|session| session.state != State::Ended);
    let living = status.sessions.iter().filter(|session| titles && session.state != State::Ended);
    Frame {
        at: made.map_or(0, |made| clamp(made.timestamp())),
        utc_offset_min: made.map_or(0, |made| (made.offset().local_minus_utc() / 60) as i16),
        poll_seconds: POLL_SECONDS,
        stale: status.severity == Severity::Stale,
        severity: match status.severity {
            Severity::Ok | Severity::Stale => Level::Ok,
            Severity::Warning => Level::Warning,
            Severity::Error => Level::Error,
        },
        alert: match (exceeded, reached) {
            (true, _) => Alert::BudgetExceeded,
            (_, true) => Alert::LimitReached,
            _ => Alert::None,
        },
        text: Text::new(&status.text),
        today: Some(cents(status.today.cost_usd)),
        week: Some(cents(status.week.cost_usd)),
        month: Some(cents(status.month.cost_usd)),
        tokens: u64::try_from(status.today.total_tokens).ok(),
        burn: status.burn.usd_per_hour.map(|rate| cents(NanoUsd::from_dollars(rate))),
        block: status.burn.block.as_ref().map(|block| Block {
            spent: cents(block.cost_usd),
            projected: Some(cents(block.projected_usd)),
            end: moment(&block.ends_at).unwrap_or_default(),
        }),
        context: latest.map(|session| context(&session.context)),
        title: latest
            .and_then(|session| session.title.as_deref())
            .filter(|_| titles)
            .map_or(Text::EMPTY, Text::new),
        model: latest
            .and_then(|session| session.model.as_deref())
            .map_or(Text::EMPTY, |model| Text::new(&wording::model(model))),
        hours: hours.map_or(Text::EMPTY, hour_letters),
        budgets: rows(budgets.into_iter().map(|budget| Budget {
            label: Text::new(&label(budget)),
            spent: cents(budget.spent_usd),
            limit: cents(budget.limit_usd),
            reset: budget.resets_at.as_deref().and_then(moment),
        })),
        limits: rows(status.limits.iter().map(|limit| Limit {
            name: Text::new(&wording::window(&limit.window)),
            percent: percent(limit.used_percent),
            reset: limit.resets_at.as_deref().and_then(moment),
        })),
        sessions: rows(living.map(|session| Session {
            name: Text::new(session.title.as_deref().unwrap_or_default()),
            cost: cents(session.cost_usd),
            context: session.context.used_percent.map(percent),
            active: session.state == State::Active,
        })),
    }
}

fn rows<T: Copy>(all: impl Iterator<Item = T>) -> [Option<T>; ROWS] {
    let mut rows = [None; ROWS];
    for (row, value) in rows.iter_mut().zip(all) {
        *row = Some(value);
    }
    rows
}

fn context(context: &wire::Context) -> Context {
    let tokens = |count: i64| clamp(count);
    Context {
        percent: context.used_percent.map(percent),
        used: context.used_tokens.map(tokens),
        window: context.window_tokens.map(tokens),
    }
}

/// The period, and what it is about where that is not everything.
fn label(budget: &wire::Budget) -> String {
    // A session's has no end of its own, as a total has none.
    let period = if budget.period == "session" { "total" } else { &budget.period };
    let about =
        budget.name.as_deref().map(|name| name.trim_end_matches('/').rsplit('/').next().unwrap_or(name));
    match about {
        Some(about) => format!("{period} {about}"),
        None => period.to_owned(),
    }
}

/// Rounded down: 100 means all of it.
fn percent(percent: f64) -> u16 {
    percent.clamp(0.0, 999.0) as u16
}

/// Whole cents, rounded half up.
fn cents(amount: NanoUsd) -> u32 {
    const CENT: i64 = NanoUsd::DOLLAR.0 / 100;
    clamp(amount.0.max(0).saturating_add(CENT / 2) / CENT)
}

fn clamp(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// Unix seconds of a time as the status writes it.
fn moment(text: &str) -> Option<u32> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| clamp(at.timestamp()))
}
