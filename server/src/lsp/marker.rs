//! A warning that stays, for a client without our extensions: a diagnostic of `CLAUDE.md` in the first folder, while the
//! status is grave. Helix counts it in its status line.

use super::voice::Voice;
use crate::snapshot::wire::{Severity, Status};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;
use tower_lsp::ls_types::notification::PublishDiagnostics;
use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity, PublishDiagnosticsParams, Uri};

/// Marks what is grave and takes the mark away, where the setting `lsp.marker` wants it.
pub(super) async fn marks(
    voice: &Voice<'_>,
    mut statuses: watch::Receiver<Option<Arc<Status>>>,
) -> Infallible {
    let folder = voice.session.client().and_then(|client| client.folders.first());
    let uri = folder.and_then(|folder| Uri::from_file_path(folder.join("CLAUDE.md")));
    let Some(uri) = uri.filter(|_| voice.session.manners().marks) else {
        return std::future::pending().await;
    };
    let mut told = None;
    loop {
        let mark = statuses.borrow_and_update().as_deref().and_then(mark);
        if mark != told {
            voice.heard().await;
            if voice.session.leaves() {
                return std::future::pending().await;
            }
            let diagnostics = mark.iter().cloned().collect();
            let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version: None };
            voice.client.send_notification::<PublishDiagnostics>(params).await;
            told = mark;
        }
        if statuses.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// The mark of a status, if it is grave. What is not up to date is told otherwise.
fn mark(status: &Status) -> Option<Diagnostic> {
    let severity = match status.severity {
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Ok | Severity::Stale => return None,
    };
    Some(Diagnostic {
        severity: Some(severity),
        source: Some("costline".to_owned()),
        message: status.text.clone(),
        ..Diagnostic::default()
    })
}
