//! What the server says to the client of its own accord. Each surface is a future of its own: one that waits for the
//! client holds up no other, and none holds up the answers or the app's loop.

use super::message::Backlog;
use super::session::{Phase, Session};
use super::stdio::{self, Flow};
use super::{marker, notices, present, pulse, push, reading, warnings};
use crate::alerts::wire::Warning;
use crate::snapshot::wire::Status;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::{mpsc, watch};
use tower_lsp::Client;
use tower_lsp::jsonrpc::ErrorCode;
use tower_lsp::ls_types::notification::{Progress, ShowMessage};
use tower_lsp::ls_types::request::WorkDoneProgressCreate;
use tower_lsp::ls_types::{
    MessageType, ProgressParams, ProgressParamsValue, ProgressToken, ShowMessageParams, WorkDoneProgress,
    WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

/// What there is to speak of.
pub(super) struct News {
    pub(super) statuses: watch::Receiver<Option<Arc<Status>>>,
    pub(super) backlog: watch::Receiver<Backlog>,
    pub(super) warnings: mpsc::UnboundedReceiver<Warning>,
    pub(super) presents: mpsc::UnboundedReceiver<present::Present>,
}

/// Says everything that this client is to hear, as long as it is polled.
pub(super) async fn speak(
    client: Client,
    session: &Session,
    news: News,
    outflow: watch::Receiver<Flow>,
) -> Infallible {
    session.reached(Phase::Ready).await;
    let News { statuses, backlog, warnings, presents } = news;
    let voice =
        Voice { client, session, outflow, tokens: AtomicU64::new(0), refused: AtomicBool::new(false) };
    let (never, ..) = tokio::join!(
        push::statuses(&voice, statuses.clone()),
        pulse::texts(&voice, statuses.clone()),
        marker::marks(&voice, statuses.clone()),
        notices::problems(&voice, statuses),
        reading::progress(&voice, backlog),
        warnings::all(&voice, warnings),
        present::all(&voice, presents),
    );
    never
}

/// The way to the client.
pub(super) struct Voice<'a> {
    pub(super) client: Client,
    pub(super) session: &'a Session,
    outflow: watch::Receiver<Flow>,
    /// How many tokens were made: none comes twice.
    tokens: AtomicU64,
    /// The client does not know how to show progress after all.
    refused: AtomicBool,
}

impl Voice<'_> {
    /// Waits until the client has taken what was said: more would only grow old in a buffer.
    pub(super) async fn heard(&self) {
        stdio::until(&mut self.outflow.clone(), Flow::Clear).await;
    }

    /// Shows a message.
    pub(super) async fn message(&self, kind: MessageType, message: String) {
        self.client.send_notification::<ShowMessage>(ShowMessageParams { typ: kind, message }).await;
    }

    /// Asks the client for a new token; `None` where it makes none, or leaves.
    ///
    /// However long the client takes, its answer is waited for, by the caller alone: Helix shows that something is going on
    /// from this request on, and would for ever if nothing followed.
    pub(super) async fn token(&self) -> Option<Token<'_>> {
        if self.refused.load(Ordering::Relaxed) {
            return None;
        }
        self.heard().await;
        if self.session.leaves() {
            return None;
        }
        let token =
            ProgressToken::String(format!("costline/{}", self.tokens.fetch_add(1, Ordering::Relaxed) + 1));
        let params = WorkDoneProgressCreateParams { token: token.clone() };
        if let Err(error) = self.client.send_request::<WorkDoneProgressCreate>(params).await {
            tracing::info!(%error, "the client makes no token for progress");
            self.refused.fetch_or(error.code == ErrorCode::MethodNotFound, Ordering::Relaxed);
            return None;
        }
        (!self.session.leaves()).then_some(Token { voice: self, token })
    }

    async fn progress(&self, token: ProgressToken, value: WorkDoneProgress) {
        let params = ProgressParams { token, value: ProgressParamsValue::WorkDone(value) };
        self.client.send_notification::<Progress>(params).await;
    }
}

/// A token that the client made, and for which nothing was said yet.
pub(super) struct Token<'a> {
    voice: &'a Voice<'a>,
    token: ProgressToken,
}

impl<'a> Token<'a> {
    /// Begins. With a percentage the client shows how far it is.
    pub(super) async fn begin(
        self,
        title: &str,
        message: Option<String>,
        percentage: Option<u32>,
    ) -> Open<'a> {
        let begin =
            WorkDoneProgressBegin { title: title.to_owned(), cancellable: Some(false), message, percentage };
        self.voice.session.token_opens();
        self.voice.progress(self.token.clone(), WorkDoneProgress::Begin(begin)).await;
        Open(self)
    }
}

/// A token that shows as something going on: it has to be ended.
#[must_use = "a token that is not ended shows for ever"]
pub(super) struct Open<'a>(Token<'a>);

impl Open<'_> {
    /// Says how far it is.
    pub(super) async fn report(&self, message: String, percentage: u32) {
        let report = WorkDoneProgressReport {
            cancellable: Some(false),
            message: Some(message),
            percentage: Some(percentage),
        };
        self.0.voice.progress(self.0.token.clone(), WorkDoneProgress::Report(report)).await;
    }

    /// Ends it; some clients go on showing the message.
    pub(super) async fn end(self, message: String) {
        let end = WorkDoneProgressEnd { message: Some(message) };
        self.0.voice.progress(self.0.token, WorkDoneProgress::End(end)).await;
        self.0.voice.session.token_closes();
    }
}
