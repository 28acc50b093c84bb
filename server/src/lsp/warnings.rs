//! Warnings: our own notifications to a client that understands them, one message each to any other.

use super::methods;
use super::voice::Voice;
use crate::alerts::wire::{AlertNotice, BudgetWarning, LimitWarning, Warning};
use crate::budgets::Urgency;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tower_lsp::ls_types::MessageType;
use tower_lsp::ls_types::notification::Notification;

enum BudgetCrossed {}

impl Notification for BudgetCrossed {
    type Params = BudgetWarning;
    const METHOD: &'static str = methods::BUDGET_WARNING;
}

enum LimitCrossed {}

impl Notification for LimitCrossed {
    type Params = LimitWarning;
    const METHOD: &'static str = methods::LIMIT_WARNING;
}

enum AlertRaised {}

impl Notification for AlertRaised {
    type Params = AlertNotice;
    const METHOD: &'static str = methods::ALERT;
}

/// Tells all warnings, in their order. What is only worth a colour is no message.
pub(super) async fn all(voice: &Voice<'_>, mut warnings: mpsc::UnboundedReceiver<Warning>) -> Infallible {
    let manners = voice.session.manners();
    while let Some(warning) = warnings.recv().await {
        voice.heard().await;
        if voice.session.leaves() {
            break;
        }
        if manners.pushes() {
            match warning {
                Warning::Budget(params) => voice.client.send_notification::<BudgetCrossed>(params).await,
                Warning::Limit(params) => voice.client.send_notification::<LimitCrossed>(params).await,
                Warning::Alert(params) => voice.client.send_notification::<AlertRaised>(params).await,
            }
        } else if manners.warns() && warning.urgency() > Urgency::Info {
            voice.message(MessageType::WARNING, format!("Costline: {}", warning.message())).await;
        }
    }
    std::future::pending().await
}
