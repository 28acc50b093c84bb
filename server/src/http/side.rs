//! What every handler has at hand.

use super::back::{Back, Denied};
use super::refusal::Refusal;
use super::shown::Shown;
use super::{Parts, Secrets};
use crate::alerts::wire::Warning;
use crate::reports::UsageStats;
use axum::http::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast, watch};

/// So many questions are put to the database at a time.
const AT_A_TIME: usize = 2;
/// A question that waits for longer is not put.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Side {
    pub(super) shown: watch::Receiver<Option<Arc<Shown>>>,
    pub(super) warnings: broadcast::Sender<Arc<Warning>>,
    pub(super) open: bool,
    /// Sums over all history, and the revision that they are of.
    pub(super) usage: tokio::sync::Mutex<Option<(i64, Arc<UsageStats>)>>,
    back: Arc<dyn Back>,
    turns: Semaphore,
}

impl Side {
    pub(super) fn new(parts: Parts, shown: watch::Receiver<Option<Arc<Shown>>>) -> Self {
        let Parts { warnings, back, open, .. } = parts;
        Self {
            shown,
            warnings,
            open,
            back,
            usage: tokio::sync::Mutex::default(),
            turns: Semaphore::new(AT_A_TIME),
        }
    }

    /// The newest status; waits for the first.
    pub(super) async fn newest(&self) -> Result<Arc<Shown>, Refusal> {
        let mut shown = self.shown.clone();
        let first = tokio::time::timeout(PATIENCE, shown.wait_for(Option::is_some)).await;
        let newest = first.ok().and_then(Result::ok).and_then(|shown| shown.clone());
        newest.ok_or_else(|| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "there is no status yet"))
    }

    /// Asks the house something that may take its time.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Back) -> Result<T, Denied> + Send + 'static,
    ) -> Result<T, Refusal> {
        let busy =
            || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too much is asked at once; try again later");
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or_else(busy)?;
        let back = Arc::clone(&self.back);
        let answer = tokio::task::spawn_blocking(move || question(&*back)).await;
        let failed =
            || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "it could not be worked out; see the log");
        Ok(answer.map_err(|_| failed())??)
    }

    /// The tokens that count now.
    pub(super) fn secrets(&self) -> Secrets {
        self.back.secrets()
    }

    /// Now.
    pub(super) fn now(&self) -> crate::time::Millis {
        self.back.now()
    }
}
