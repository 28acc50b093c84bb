//! Desktop notifications.

use super::Warning;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use zbus::Connection;
use zbus::zvariant::Variant;

/// The desktop's own service.
#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[allow(clippy::too_many_arguments, reason = "the desktop's specification has so many")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Variant<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;
}

/// Let the desktop say how long.
const AS_USUAL: i32 = -1;

/// The notifications that were shown.
pub(super) struct Popups {
    desktop: NotificationsProxy<'static>,
    chosen: ActionInvokedStream,
    /// Their numbers, by what they are about: the next about the same takes the place of the last.
    shown: HashMap<(String, String), u32>,
    /// The desktop did not answer the last one in time.
    silent: bool,
}

impl Popups {
    pub(super) async fn new(connection: &Connection) -> zbus::Result<Self> {
        let desktop = NotificationsProxy::builder(connection)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        let chosen = desktop.receive_action_invoked().await?;
        Ok(Self { desktop, chosen, shown: HashMap::new(), silent: false })
    }

    /// Shows warnings, one after the other, and says when someone acts on one; ends with the way to it. A desktop that does
    /// not answer in time is not waited for: it has the warning by then, and may show it when it goes on.
    pub(super) async fn attend(
        &mut self,
        warnings: &mut mpsc::UnboundedReceiver<Warning>,
        patience: Duration,
        acted: impl Fn(),
    ) {
        loop {
            tokio::select! {
                warning = warnings.recv() => {
                    let Some(warning) = warning else { return };
                    match tokio::time::timeout(patience, self.show(&warning)).await {
                        Ok(Ok(())) => self.silent = false,
                        // A desktop without notifications has its panels all the same.
                        Ok(Err(error)) => {
                            tracing::info!("the desktop shows no notification: {error}");
                            if !matches!(error, zbus::Error::MethodError(..)) {
                                self.gone(patience).await;
                            }
                        }
                        Err(_) if self.silent => {}
                        Err(_) => {
                            self.silent = true;
                            tracing::warn!(
                                "the desktop's notification service does not answer: \"{}\" shows when it goes on, \
                                 or not at all; restart it",
                                warning.title
                            );
                        }
                    }
                }
                id = self.chosen() => if self.is_ours(id) { acted() },
            }
        }
    }

    /// Nobody answered for the desktop: where the connection closes, the rest is left for the next one.
    async fn gone(&self, patience: Duration) {
        let connection = self.desktop.inner().connection();
        if tokio::time::timeout(patience, connection.closed()).await.is_ok() {
            // That is seen elsewhere.
            std::future::pending::<()>().await;
        }
    }

    /// Shows a warning.
    async fn show(&mut self, warning: &Warning) -> zbus::Result<()> {
        let about = (warning.rule.clone(), warning.subject.clone());
        let replaces = self.shown.get(&about).copied().unwrap_or(0);
        let urgency: u8 = if warning.severity == "error" { 2 } else { 1 };
        let hints = HashMap::from([
            ("urgency", Variant::from(urgency)),
            ("desktop-entry", Variant::from("costline")),
            ("category", Variant::from("x-costline.warning")),
        ]);
        let id = self
            .desktop
            .notify(
                "Costline",
                replaces,
                "",
                &warning.title,
                &plain(&warning.body),
                &["default", "Show breakdown"],
                hints,
                AS_USUAL,
            )
            .await?;
        self.shown.insert(about, id);
        Ok(())
    }

    /// Waits until someone acts on a notification; gives its number.
    async fn chosen(&mut self) -> u32 {
        loop {
            match super::next(&mut self.chosen).await {
                Some(signal) => {
                    if let Ok(arguments) = signal.args() {
                        return arguments.id;
                    }
                }
                // The connection is closed, which is seen elsewhere.
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Whether a notification of this number is one of these.
    fn is_ours(&self, id: u32) -> bool {
        self.shown.values().any(|shown| *shown == id)
    }
}

/// A text without markup, as the desktop reads it.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
