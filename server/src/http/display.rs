//! `/metrics/claude`: the older display protocol.

use super::body::Taken;
use super::ledger::object;
use super::parameters::fill;
use super::refusal::Refusal;
use super::side::Side;
use super::who::Who;
use crate::display::{self, Figures, USUAL_HOURS};
use axum::extract::{RawQuery, State};
use axum::{Extension, Json};
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
    who.may_write()?;
    let posted = object(&body)?;
    side.ask(move |back| back.keep_posted(&posted)).await.map(Json)
}

fn seen_by(who: Who, figures: Figures) -> Figures {
    if who >= Who::Reader { figures } else { figures.sums() }
}

/// `?source=` and `?hours_back=`.
fn asked(query: Option<&str>) -> Result<(Option<String>, u32), Refusal> {
    let (mut source, mut hours) = (None, None);
    fill(query, &mut [("source", &mut source), ("hours_back", &mut hours)])?;
    let hours = hours.map_or(Ok(USUAL_HOURS), |text| display::hours(&text).map_err(Refusal::misuse))?;
    Ok((source, hours))
}
