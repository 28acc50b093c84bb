//! What is done at an event of Claude Code, however it comes here.

use super::{Setup, now};
use crate::paths;
use crate::sources::hook::Event;
use crate::sources::inbox;
use crate::sources::record::{Record, What, new_id};
use crate::store::Whereabouts;
use crate::store::reading::Reading;
use crate::time::{Millis, utc_day};
use serde_json::Value;

/// What came of an event.
#[derive(Debug, Default)]
pub struct Hooked {
    /// What Claude Code is answered, where work is to stop.
    pub answer: Option<Value>,
    /// What is worth a line of the log.
    pub notes: Vec<String>,
    /// Nobody who leads knows of Claude's folder.
    pub unknown_root: bool,
}

/// Has whoever leads read Claude's folders of this process, too. Who cannot say so now does at its next run.
pub fn register_roots(setup: &Setup) {
    if let Err(error) = crate::store::register_roots(&setup.database(), &setup.root_names()) {
        tracing::debug!("cannot register Claude's folders: {error}");
    }
}

/// Answers an event, and records what is worth it. Where Costline itself does not work, work goes on.
pub fn hooked(setup: &Setup, bytes: &[u8]) -> Hooked {
    let mut hooked = Hooked::default();
    let Some(event) = Event::read(bytes) else {
        hooked.notes.push("what Claude Code handed over was no event that can be read".to_owned());
        return hooked;
    };
    let now = now();
    if event.awaits_answer() {
        let reason = stop(setup, &event, now, &mut hooked);
        hooked.answer = reason.and_then(|reason| event.stop(&reason));
    }
    if !event.is_known() {
        hooked.notes.push(format!("there is no event {:?} that this version knows", event.name));
    }
    if let Some(record) = event.record() {
        let record = Record { id: new_id(now), at: now, what: What::Hooked(record) };
        hooked.notes.extend(record_all(setup, &[record], false).err());
    }
    hooked
}

/// Records these, in the inbox; with `synced` they are on the disk when this returns.
///
/// # Errors
/// A sentence: not all of them could be recorded.
pub fn record_all(setup: &Setup, records: &[Record], synced: bool) -> Result<(), String> {
    let folder = paths::inbox(&setup.state);
    paths::ensure_private_dir(&folder).map_err(|error| error.to_string())?;
    let day = utc_day(now());
    for (at, record) in records.iter().enumerate() {
        // They lie in one file: the last one brings the others.
        let last = at + 1 == records.len();
        inbox::append(&folder, day, &record.line(), synced && last).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Why work is to stop. Where that cannot be told, it goes on.
fn stop(setup: &Setup, event: &Event, now: Millis, hooked: &mut Hooked) -> Option<String> {
    let place = Whereabouts { session: event.session.as_deref(), project: event.cwd.as_deref() };
    let found = Reading::open_at_once(&setup.database()).and_then(|reading| {
        hooked.unknown_root = !reading.roots(&setup.root_names())?.1;
        reading.hard_stop(now, &setup.zone, &place)
    });
    match found {
        Ok(stop) => stop.map(|stop| stop.message),
        Err(crate::store::Error::Missing(_)) => None,
        Err(error) => {
            hooked.notes.push(format!("budgets were not looked at, and work goes on: {error}"));
            None
        }
    }
}
