//! `/api/usage`: sums and events for dashboards that poll. They name projects and sessions, so each needs a token.

use super::back::UsageAsked;
use super::parameters::fill;
use super::refusal::Refusal;

use super::side::Side;
use super::who::Who;
use crate::reports::{UsageEvents, UsageStats};
use axum::extract::{RawQuery, State};
use axum::{Extension, Json};
use std::sync::Arc;

/// Sums by model, project and day.
pub(super) async fn stats(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Result<Json<UsageStats>, Refusal> {
    let asked = asked(who, query.as_deref())?;
    if asked.cursor.is_some() {
        return Err(Refusal::misuse("`cursor` belongs to /api/usage/events"));
    }
    side.ask(move |back| back.usage_stats(&asked)).await.map(Json)
}

/// What happened, a page at a time.
pub(super) async fn events(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Result<Json<UsageEvents>, Refusal> {
    let asked = asked(who, query.as_deref())?;
    side.ask(move |back| back.usage_events(&asked)).await.map(Json)
}

fn asked(who: Who, query: Option<&str>) -> Result<UsageAsked, Refusal> {
    who.may_see("the sums and events of projects and sessions")?;
    let mut asked = UsageAsked::default();
    let UsageAsked { since, until, project, model, limit, cursor } = &mut asked;
    fill(
        query,
        &mut [
            ("since", since),
            ("until", until),
            ("project", project),
            ("model", model),
            ("limit", limit),
            ("cursor", cursor),
        ],
    )?;
    Ok(asked)
}
