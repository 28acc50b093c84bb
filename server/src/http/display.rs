//! `/metrics/claude`: the older display protocol.

use super::body::Taken;
use super::ledger::{object, writes};
use super::refusal::Refusal;
use super::reports::pairs;
use super::side::Side;
use super::who::Who;
use crate::display::{self, Figures, USUAL_HOURS};
use axum::extract::{RawQuery, State};
use axum::{Extension, Json};
use serde_json::Value;
use std::sync::Arc;

/// The sums of this machine, or what another one posted.
pub(super) async fn shown(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Result<Json<Figures>, Refusal> {
    let (source, hours) = asked(query.as_deref())?;
    let figures = side.ask(move |back| back.display(source.as_deref(), hours)).await?;
    Ok(Json(seen_by(who, figures)))
}

/// The course of the last day.
pub(super) async fn history(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<Figures>>, Refusal> {
    let (source, hours) = asked(query.as_deref())?;
    let points = side.ask(move |back| back.display_history(source.as_deref(), hours)).await?;
    Ok(Json(points.into_iter().map(|point| seen_by(who, point)).collect()))
}

/// Takes what another machine posts.
pub(super) async fn post(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Taken(body): Taken,
) -> Result<Json<Figures>, Refusal> {
    writes(who)?;
    let Value::Object(posted) = object(&body)? else {
        return Err(Refusal::misuse("the body must be a JSON object"));
    };
    side.ask(move |back| back.keep_posted(&posted)).await.map(Json)
}

fn seen_by(who: Who, figures: Figures) -> Figures {
    if who >= Who::Reader { figures } else { figures.sums() }
}

/// `?source=` and `?hours_back=`.
fn asked(query: Option<&str>) -> Result<(Option<String>, u32), Refusal> {
    let (mut source, mut hours) = (None, USUAL_HOURS);
    for (name, value) in pairs(query) {
        match name.as_str() {
            "source" => source = Some(value),
            "hours_back" => hours = display::hours(&value).map_err(Refusal::misuse)?,
            other => {
                return Err(Refusal::misuse(format!(
                    "there is no parameter `{other}`; there are `source` and `hours_back`"
                )));
            }
        }
    }
    Ok((source, hours))
}
