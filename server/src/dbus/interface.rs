//! What others see of Costline on the bus.

use super::Heard;
use crate::snapshot::wire::{Severity, Status};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;
use zbus::names::InterfaceName;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Variant;

/// The name on the bus.
pub const NAME: &str = "io.github.costline.Status1";
/// The interface.
pub(super) const INTERFACE: &str = "io.github.costline.Status1";
/// The object.
pub(super) const PATH: &str = "/io/github/costline/Status1";

/// A number that stands for one that is not known, or for none.
const NONE: f64 = -1.0;

/// The properties' values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Properties {
    text: String,
    severity: &'static str,
    today_usd: f64,
    week_usd: f64,
    month_usd: f64,
    context_percent: f64,
    burn_usd_per_hour: f64,
    budget_percent: f64,
}

impl Properties {
    /// Those of a status; before the first one nothing is known.
    pub(super) fn of(status: Option<&Status>) -> Self {
        let Some(status) = status else {
            return Self {
                text: String::new(),
                severity: "stale",
                today_usd: 0.0,
                week_usd: 0.0,
                month_usd: 0.0,
                context_percent: NONE,
                burn_usd_per_hour: NONE,
                budget_percent: NONE,
            };
        };
        let context = status.workspace.context.as_ref().and_then(|context| context.used_percent);
        let budget = status.budgets.iter().map(|budget| budget.used_percent).reduce(f64::max);
        Self {
            text: status.text.clone(),
            severity: match status.severity {
                Severity::Ok => "ok",
                Severity::Warning => "warning",
                Severity::Error => "error",
                Severity::Stale => "stale",
            },
            today_usd: status.today.cost_usd.dollars(),
            week_usd: status.week.cost_usd.dollars(),
            month_usd: status.month.cost_usd.dollars(),
            context_percent: context.unwrap_or(NONE),
            burn_usd_per_hour: status.burn.usd_per_hour.unwrap_or(NONE),
            budget_percent: budget.unwrap_or(NONE),
        }
    }

    fn values(&self) -> [(&'static str, Variant<'_>); 8] {
        [
            ("Text", Variant::from(self.text.as_str())),
            ("Severity", Variant::from(self.severity)),
            ("TodayUsd", Variant::from(self.today_usd)),
            ("WeekUsd", Variant::from(self.week_usd)),
            ("MonthUsd", Variant::from(self.month_usd)),
            ("ContextPercent", Variant::from(self.context_percent)),
            ("BurnUsdPerHour", Variant::from(self.burn_usd_per_hour)),
            ("BudgetPercent", Variant::from(self.budget_percent)),
        ]
    }

    /// Tells what differs from what was told last, all in one signal.
    pub(super) async fn tell(&self, emitter: &SignalEmitter<'_>, before: &Self) -> zbus::Result<()> {
        let changed: HashMap<&str, Variant<'_>> = self
            .values()
            .into_iter()
            .zip(before.values())
            .filter(|(now, before)| now != before)
            .map(|(now, _)| now)
            .collect();
        let interface = InterfaceName::from_static_str(super::INTERFACE)?;
        zbus::fdo::Properties::properties_changed(emitter, interface, changed, Cow::Borrowed(&[])).await
    }
}

/// The object.
pub(super) struct Desk {
    statuses: watch::Receiver<Option<Arc<Status>>>,
    hear: Arc<dyn Fn(Heard) + Send + Sync>,
}

impl Desk {
    pub(super) fn new(
        statuses: watch::Receiver<Option<Arc<Status>>>,
        hear: Arc<dyn Fn(Heard) + Send + Sync>,
    ) -> Self {
        Self { statuses, hear }
    }

    fn now(&self) -> Properties {
        Properties::of(self.statuses.borrow().as_deref())
    }
}

#[zbus::interface(name = "io.github.costline.Status1")]
impl Desk {
    #[zbus(property)]
    fn text(&self) -> String {
        self.now().text
    }

    #[zbus(property)]
    fn severity(&self) -> String {
        self.now().severity.to_owned()
    }

    #[zbus(property)]
    fn today_usd(&self) -> f64 {
        self.now().today_usd
    }

    #[zbus(property)]
    fn week_usd(&self) -> f64 {
        self.now().week_usd
    }

    #[zbus(property)]
    fn month_usd(&self) -> f64 {
        self.now().month_usd
    }

    #[zbus(property)]
    fn context_percent(&self) -> f64 {
        self.now().context_percent
    }

    #[zbus(property)]
    fn burn_usd_per_hour(&self) -> f64 {
        self.now().burn_usd_per_hour
    }

    #[zbus(property)]
    fn budget_percent(&self) -> f64 {
        self.now().budget_percent
    }

    #[zbus(property(emits_changed_signal = "const"))]
    #[allow(clippy::unused_self, reason = "properties have one shape")]
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    /// The whole status as JSON.
    fn get_status(&self) -> zbus::fdo::Result<String> {
        let status = self.statuses.borrow().clone();
        let status = status.ok_or_else(|| {
            zbus::fdo::Error::Failed(
                "there is no status yet; ask again when StatusChanged is heard".to_owned(),
            )
        })?;
        serde_json::to_string(&*status).map_err(|error| zbus::fdo::Error::Failed(error.to_string()))
    }

    /// Has all transcripts looked at.
    fn refresh(&self) {
        (self.hear)(Heard::Refresh);
    }

    #[zbus(signal)]
    pub(super) async fn status_changed(
        emitter: &SignalEmitter<'_>,
        revision: u64,
        json: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn budget_warning(
        emitter: &SignalEmitter<'_>,
        id: &str,
        rule: &str,
        severity: &str,
        title: &str,
        body: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn limit_warning(
        emitter: &SignalEmitter<'_>,
        id: &str,
        rule: &str,
        severity: &str,
        title: &str,
        body: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn alert(
        emitter: &SignalEmitter<'_>,
        id: &str,
        rule: &str,
        severity: &str,
        title: &str,
        body: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn session_started(
        emitter: &SignalEmitter<'_>,
        id: &str,
        project: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn session_ended(
        emitter: &SignalEmitter<'_>,
        id: &str,
        project: &str,
        cost_usd: f64,
    ) -> zbus::Result<()>;
}
