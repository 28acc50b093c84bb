//! A warning with something to do about it: a question where the client can ask it, a plain message elsewhere.

use super::message::Message;
use super::session::Session;
use super::voice::Voice;
use tokio::sync::{mpsc, oneshot};
use tower_lsp::Client;
use tower_lsp::jsonrpc::ErrorCode;
use tower_lsp::ls_types::notification::ShowMessage;
use tower_lsp::ls_types::request::ShowMessageRequest;
use tower_lsp::ls_types::{MessageActionItem, MessageType, ShowMessageParams, ShowMessageRequestParams};

/// What a warning offers to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Look at the transcripts at once.
    LookAgain,
}

impl Offer {
    fn title(self) -> &'static str {
        match self {
            Self::LookAgain => "Look again",
        }
    }

    /// Does it.
    pub(super) fn carry_out(self, session: &Session) {
        match self {
            // That it was done shows in the next status.
            Self::LookAgain => session.send(Message::Refresh(oneshot::channel().0)),
        }
    }
}

/// Shows a warning; what the person chooses comes through `chosen`. The answer, which may take for ever, is not waited for
/// here.
pub(super) async fn warn(
    voice: &Voice<'_>,
    message: String,
    offers: &'static [Offer],
    chosen: &mpsc::UnboundedSender<Offer>,
) {
    if !voice.session.manners().actions || offers.is_empty() {
        return voice.message(MessageType::WARNING, message).await;
    }
    tokio::spawn(ask(voice.client.clone(), message, offers, chosen.clone()));
}

async fn ask(
    client: Client,
    message: String,
    offers: &'static [Offer],
    chosen: mpsc::UnboundedSender<Offer>,
) {
    let item = |offer: &Offer| MessageActionItem { title: offer.title().to_owned(), properties: [].into() };
    let actions = Some(offers.iter().map(item).collect());
    let params = ShowMessageRequestParams { typ: MessageType::WARNING, message: message.clone(), actions };
    match client.send_request::<ShowMessageRequest>(params).await {
        Ok(choice) => {
            let offer = |item: MessageActionItem| offers.iter().find(|offer| offer.title() == item.title);
            if let Some(offer) = choice.and_then(offer) {
                // Nobody carries out anything only when the session is over.
                let _ = chosen.send(*offer);
            }
        }
        // It says that it can ask, and cannot.
        Err(error) if error.code == ErrorCode::MethodNotFound => {
            let params = ShowMessageParams { typ: MessageType::WARNING, message };
            client.send_notification::<ShowMessage>(params).await;
        }
        Err(error) => tracing::info!(%error, "the client does not ask"),
    }
}
