//! `GET /v1/reports/NAME` and `GET /v1/sessions/ID`: the command line's reports.

use super::back::Asked;
use super::parameters::fill;
use super::refusal::Refusal;
use super::side::Side;
use super::who::Who;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, Response, header};
use std::sync::Arc;

/// Keys of which the rows tell nothing but sums.
const PLAIN_KEYS: [&str; 9] =
    ["model", "hour", "weekday", "day-hour", "day", "week", "month", "kind", "source"];
/// Reports of which the same is true.
const PLAIN: [&str; 5] = ["daily", "weekly", "monthly", "blocks", "limits"];

pub(super) async fn report(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Refusal> {
    let asked = asked(query.as_deref())?;
    if !is_plain(&name, &asked) {
        who.may_see("reports that name projects or sessions")?;
    }
    side.ask(move |back| back.report(&name, &asked)).await.map(json)
}

pub(super) async fn session(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Result<Response<Body>, Refusal> {
    if who < Who::Reader {
        return Err(Refusal::unauthorized(
            "a session needs a token; `costline token show --read` prints one",
        ));
    }
    side.ask(move |back| back.session(&id)).await.map(json)
}

/// An answer of JSON that was written already.
pub(super) fn json(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Whether a report tells sums alone.
fn is_plain(name: &str, asked: &Asked) -> bool {
    let plain = |key: &Option<String>| key.as_deref().is_none_or(|key| PLAIN_KEYS.contains(&key));
    asked.project.is_none()
        && (PLAIN.contains(&name)
            || name == "breakdown" && asked.by.is_some() && plain(&asked.by) && plain(&asked.split))
}

fn asked(query: Option<&str>) -> Result<Asked, Refusal> {
    let mut asked = Asked::default();
    let Asked { by, split, since, until, days, limit, project, timezone } = &mut asked;
    fill(
        query,
        &mut [
            ("by", by),
            ("split", split),
            ("since", since),
            ("until", until),
            ("days", days),
            ("limit", limit),
            ("project", project),
            ("timezone", timezone),
        ],
    )?;
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_token_sums_alone() {
        let by = |by: &str| Asked { by: Some(by.into()), ..Asked::default() };
        for (name, asked, expected) in [
            ("daily", Asked::default(), true),
            ("daily", Asked { project: Some("/p".into()), ..Asked::default() }, false),
            ("breakdown", by("model"), true),
            ("breakdown", by("project"), false),
            ("breakdown", Asked { split: Some("hour".into()), ..by("weekday") }, true),
            ("breakdown", Asked { split: Some("project".into()), ..by("day") }, false),
            ("breakdown", by("branch"), false),
            ("breakdown", Asked::default(), false),
            ("projects", by("model"), false),
            ("sessions", Asked::default(), false),
            ("current", Asked::default(), false),
            ("alerts", Asked::default(), false),
        ] {
            assert_eq!(is_plain(name, &asked), expected, "{name} {asked:?}");
        }
    }
}
