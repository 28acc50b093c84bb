//! What the HTTP side asks of the house.

use super::{Event, Setup, answers, display, hooked, now, tokens, usage};
use crate::alerts::Wish;
use crate::display::Figures;
use crate::http::{Asked, Back, Denied, Exported, Secrets, UsageAsked};
use crate::lsp::Message;
use crate::reports::{UsageEvents, UsageStats};
use crate::snapshot::wire::Status;
use crate::sources::otlp::{self, Form, Signal};
use crate::sources::posted;
use crate::time::Millis;
use serde_json::{Map, Value};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The loop answers sooner, unless it is about to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The house, as it shows to threads that serve.
pub(super) struct House {
    setup: Mutex<Arc<Setup>>,
    events: Mutex<Sender<Event>>,
}

impl House {
    pub(super) fn new(setup: &Setup, events: Sender<Event>) -> Self {
        Self { setup: Mutex::new(Arc::new(setup.clone())), events: Mutex::new(events) }
    }

    /// Goes by these settings from now on.
    pub(super) fn set_up(&self, setup: &Setup) {
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup.clone());
    }

    fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the loop, and waits.
    fn ask<T>(&self, message: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Message) -> Result<T, Denied> {
        let (reply, mut answer) = tokio::sync::oneshot::channel();
        let ending = || Denied::Failed("this process is ending; ask again".to_owned());
        let sent =
            self.events.lock().unwrap_or_else(PoisonError::into_inner).send(Event::Client(message(reply)));
        sent.map_err(|_| ending())?;
        let waiting = async { tokio::time::timeout(PATIENCE, &mut answer).await };
        let answered = tokio::runtime::Handle::current().block_on(waiting);
        answered.ok().and_then(Result::ok).ok_or_else(ending)
    }
}

impl Back for House {
    fn now(&self) -> Millis {
        now()
    }

    fn secrets(&self) -> Secrets {
        tokens::secrets(&self.setup().state)
    }

    fn redeem(&self, code: &str) -> bool {
        tokens::redeem(&self.setup().state, code, now())
    }

    fn hours(&self) -> Result<[u64; 24], Denied> {
        answers::hours(&self.setup())
    }

    fn status_of(&self, project: &str) -> Result<Status, Denied> {
        answers::status(&self.setup(), project)
    }

    fn report(&self, name: &str, asked: &Asked) -> Result<String, Denied> {
        answers::report(&self.setup(), name, asked)
    }

    fn session(&self, id: &str) -> Result<String, Denied> {
        answers::session(&self.setup(), id)
    }

    fn record(&self, body: &[u8]) -> Result<usize, Denied> {
        let no_json = |error| Denied::Misuse(format!("the body is no JSON: {error}"));
        let value: Value = serde_json::from_slice(body).map_err(no_json)?;
        let records = posted::records(&value, now()).map_err(Denied::Misuse)?;
        hooked::record_all(&self.setup(), &records, true).map_err(Denied::Failed)?;
        Ok(records.len())
    }

    fn export(&self, what: Exported, body: &[u8]) -> Result<Vec<u8>, Denied> {
        let signal = if what.metrics { Signal::Metrics } else { Signal::Logs };
        let form = if what.protobuf { Form::Protobuf } else { Form::Json };
        let export = otlp::read(signal, form, body, now()).map_err(Denied::Misuse)?;
        if export.rejected > 0 {
            tracing::warn!(
                "telemetry: {} could not be taken in; the last was {}",
                export.rejected,
                export.reason
            );
        }
        hooked::record_all(&self.setup(), &export.records, true).map_err(Denied::Failed)?;
        Ok(otlp::answer(signal, form, &export))
    }

    fn hook(&self, event: &[u8]) -> Option<Value> {
        let hooked = hooked::hooked(&self.setup(), event);
        for note in hooked.notes {
            tracing::warn!("hook: {note}");
        }
        hooked.answer
    }

    fn wish(&self, wish: Wish) -> Result<Value, Denied> {
        self.ask(|reply| Message::Wish { wish, reply })?.map_err(Denied::Misuse)
    }

    fn display(&self, source: Option<&str>, hours: u32) -> Result<Figures, Denied> {
        display::shown(&self.setup(), source, hours)
    }

    fn display_history(&self, source: Option<&str>, hours: u32) -> Result<Vec<Figures>, Denied> {
        display::history(&self.setup(), source, hours)
    }

    fn keep_posted(&self, posted: &Map<String, Value>) -> Result<Figures, Denied> {
        display::keep(&self.setup(), posted)
    }

    fn usage_stats(&self, asked: &UsageAsked) -> Result<UsageStats, Denied> {
        usage::stats(&self.setup(), asked)
    }

    fn usage_events(&self, asked: &UsageAsked) -> Result<UsageEvents, Denied> {
        usage::events(&self.setup(), asked)
    }
}
