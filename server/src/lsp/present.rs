//! Shows what a command was asked to show, to a client that would drop its result.

use super::voice::Voice;
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tower_lsp::ls_types::request::ShowDocument;
use tower_lsp::ls_types::{MessageType, ShowDocumentParams, Uri};

/// A client that shows documents has done so by then; else it is told where the document lies.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something to show.
pub(super) enum Present {
    /// A document of ours.
    Document(PathBuf),
    /// A page of ours, for the browser.
    Page(String),
    /// A sentence or two.
    Text(String),
}

/// Shows everything, in order.
pub(super) async fn all(voice: &Voice<'_>, mut presents: mpsc::UnboundedReceiver<Present>) -> Infallible {
    loop {
        let Some(present) = presents.recv().await else { return std::future::pending().await };
        if voice.session.leaves() {
            continue;
        }
        match present {
            Present::Text(text) => voice.message(MessageType::INFO, text).await,
            Present::Page(url) => {
                if !shown(voice, url.parse().ok(), true).await {
                    voice.message(MessageType::INFO, format!("The dashboard is at {url}")).await;
                }
            }
            Present::Document(path) => {
                if !shown(voice, Uri::from_file_path(&path), false).await {
                    let text = format!("Costline wrote {}", path.display());
                    voice.message(MessageType::INFO, text).await;
                }
            }
        }
    }
}

/// Has the client show a document, or a page outside; says whether it did.
async fn shown(voice: &Voice<'_>, uri: Option<Uri>, outside: bool) -> bool {
    let Some(uri) = uri.filter(|_| voice.session.manners().documents) else { return false };
    let params = ShowDocumentParams { uri, external: Some(outside), take_focus: Some(true), selection: None };
    let asking = voice.client.send_request::<ShowDocument>(params);
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(result)) => result.success,
        Ok(Err(error)) => {
            tracing::info!(%error, "the client does not show documents");
            false
        }
        Err(_) => false,
    }
}
