//! `GET /v1/events`: changes as they happen. A listener that is slow gets the newest status, and holds up nobody.

use super::refusal::Refusal;
use super::shown::Shown;
use super::side::Side;
use super::status::face;
use super::who::{Who, who};
use crate::alerts::wire::Warning;
use crate::snapshot::{Change, Sessions};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use futures_util::stream::unfold;
use serde::Serialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// A line that means nothing comes so often, and shows both ends that the other is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a listener is to come back after the connection ended.
const COME_BACK: &str = "retry: 1000\n\n";

/// One listener.
struct Listener {
    side: Arc<Side>,
    headers: HeaderMap,
    who: Who,
    shown: watch::Receiver<Option<Arc<Shown>>>,
    warnings: broadcast::Receiver<Arc<Warning>>,
    sessions: Sessions,
    heartbeat: Interval,
    waiting: VecDeque<Bytes>,
    /// The tag of the status that was told last.
    told: String,
}

pub(super) async fn events(
    State(side): State<Arc<Side>>,
    Extension(who): Extension<Who>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let mut shown = side.shown.clone();
    shown.mark_changed();
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        warnings: side.warnings.subscribe(),
        sessions: Sessions::default(),
        waiting: VecDeque::from([Bytes::from_static(COME_BACK.as_bytes())]),
        told: String::new(),
        side,
        headers,
        who,
        shown,
        heartbeat,
    };
    let stream = unfold(listener, |mut listener| async {
        let bytes = listener.next().await?;
        Some((Ok::<_, Infallible>(bytes), listener))
    });
    let mut response = Response::new(Body::from_stream(stream));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Listener {
    /// What is sent next; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.waiting.pop_front() {
                return Some(bytes);
            }
            tokio::select! {
                changed = self.shown.changed() => {
                    changed.ok()?;
                    self.look();
                }
                warning = self.warnings.recv() => match warning {
                    Ok(warning) if self.who >= Who::Reader => self.waiting.push_back(warned(&warning)),
                    // What was missed holds still, and stands in the status.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => {
                    if !self.counts() {
                        return None;
                    }
                    return Some(Bytes::from_static(b": \n\n"));
                }
            }
        }
    }

    /// Whether the token still counts that was given at the beginning.
    fn counts(&self) -> bool {
        who(&self.headers, || self.side.secrets(), self.side.now()).is_ok_and(|now| now == self.who)
    }

    fn look(&mut self) {
        let Some(shown) = self.shown.borrow_and_update().clone() else { return };
        let face = face(&shown, self.who);
        // What is shown beside it may have changed alone.
        if face.tag == self.told {
            return;
        }
        self.told.clone_from(&face.tag);
        self.waiting.push_back(face.event.clone());
        if self.who < Who::Reader {
            return;
        }
        for change in self.sessions.changes(&shown.status) {
            self.waiting.push_back(match change {
                Change::Started { id, project } => {
                    event("sessionStarted", &json!({"id": id, "project": project}))
                }
                Change::Ended { id, project, cost_usd } => {
                    event("sessionEnded", &json!({"id": id, "project": project, "costUsd": cost_usd}))
                }
            });
        }
    }
}

fn warned(warning: &Warning) -> Bytes {
    match warning {
        Warning::Budget(warning) => event("budgetWarning", warning),
        Warning::Limit(warning) => event("limitWarning", warning),
        Warning::Alert(notice) => event("alert", notice),
    }
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}
