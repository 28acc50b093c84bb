//! `/api/usage`: sums and events for dashboards that poll. They name projects and sessions, so each needs a token.

use super::back::UsageAsked;
use super::refusal::Refusal;
use super::reports::pairs;
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
    if who < Who::Reader {
        return Err(Refusal::unauthorized(
            "usage names projects and sessions, so it needs a token; `costline token show --read` prints one",
        ));
    }
    let mut asked = UsageAsked::default();
    for (name, value) in pairs(query) {
        let field = match name.as_str() {
            "since" => &mut asked.since,
            "until" => &mut asked.until,
            "project" => &mut asked.project,
            "model" => &mut asked.model,
            "limit" => &mut asked.limit,
            "cursor" => &mut asked.cursor,
            other => {
                return Err(Refusal::misuse(format!(
                    "there is no parameter `{other}`; there are since, until, project, model, limit and cursor"
                )));
            }
        };
        if field.replace(value).is_some() {
            return Err(Refusal::misuse(format!("the parameter `{name}` is given twice")));
        }
    }
    Ok(asked)
}
