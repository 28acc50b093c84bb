//! The older display protocol: what it shows of this machine, and of others that post.

use super::answers::{failed, open};
use super::{Setup, now};
use crate::display::{self, Figures};
use crate::http::Denied;
use crate::snapshot::Surroundings;
use crate::snapshot::build;
use crate::snapshot::wire::{Role, State, Watch};
use crate::store::reading::{Reading, Scope};
use crate::store::{Error, Ledger, Roots};
use serde_json::{Map, Value};

/// A source that does not say how it is called.
const UNNAMED: &str = "other";

/// What this machine is called.
pub fn machine(setup: &Setup) -> String {
    #[cfg(unix)]
    let name = {
        let _ = setup;
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    };
    #[cfg(not(unix))]
    let name =
        setup.env.get("COMPUTERNAME").map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if display::check_source(&name).is_ok() { name } else { "local".to_owned() }
}

/// The sums of the last hours.
///
/// # Errors
/// The database cannot be read.
pub fn figures(
    setup: &Setup,
    reading: &mut Reading,
    roots: Roots,
    hours: u32,
    source: &str,
) -> Result<Figures, Error> {
    let now = now();
    let spent = reading.spent_within(now, hours, roots)?;
    let rows = reading.rows(&Scope {
        folders: Vec::new(),
        everywhere: true,
        roots,
        sessions: 1,
        zone: setup.zone.clone(),
        week_start: setup.config.week_start,
    })?;
    let around =
        Surroundings { now, role: Role::Follower, watch: Watch::Events, problems: Vec::new(), stale: false };
    let latest =
        build(&rows, &around, &setup.config, &setup.zone, setup.prices()).sessions.into_iter().next();
    let mut figures = Figures::new(&spent, now, hours, source, &setup.zone);
    if let Some(latest) = latest {
        figures.last_activity = latest.last_activity_at.or(figures.last_activity);
        figures.active_session_id = Some(latest.id).filter(|_| latest.state == State::Active);
    }
    Ok(figures)
}

fn unknown(source: &str) -> Denied {
    Denied::Missing(format!("nothing was posted by a source called {source:?}"))
}

/// Those of this machine, or what another one posted.
pub(super) fn shown(setup: &Setup, source: Option<&str>, hours: u32) -> Result<Figures, Denied> {
    let (mut reading, roots) = open(setup)?;
    let own = machine(setup);
    if let Some(source) = source {
        match reading.posted(source).map_err(failed)? {
            Some(posted) => return Ok(posted),
            None if source != own => return Err(unknown(source)),
            None => {}
        }
    }
    figures(setup, &mut reading, roots, hours, &own).map_err(failed)
}

/// The course of the last day.
pub(super) fn history(setup: &Setup, source: Option<&str>, hours: u32) -> Result<Vec<Figures>, Denied> {
    let (reading, roots) = open(setup)?;
    let own = machine(setup);
    if let Some(source) = source {
        match reading.posted_history(source, now()).map_err(failed)? {
            Some(points) => return Ok(points),
            None if source != own => return Err(unknown(source)),
            None => {}
        }
    }
    let now = now();
    let (buckets, begun) = reading.display_buckets(now, hours, roots).map_err(failed)?;
    Ok(display::history(&buckets, begun, now, hours, &own, &setup.zone))
}

/// Keeps what a source posts.
pub(super) fn keep(setup: &Setup, posted: &Map<String, Value>) -> Result<Figures, Denied> {
    let source = match posted.get("source") {
        None | Some(Value::Null) => UNNAMED,
        Some(Value::String(name)) => name,
        Some(_) => return Err(Denied::Misuse("`source` must be text".to_owned())),
    };
    display::check_source(source).map_err(Denied::Misuse)?;
    let now = now();
    let mut ledger = Ledger::open(&setup.database()).map_err(failed)?;
    if let Some(at) = display::backfilled(posted, now).map_err(Denied::Misuse)? {
        let figures = display::merged(None, posted, source, at, &setup.zone).map_err(Denied::Misuse)?;
        return ledger.backfill(source, at, now, figures).map_err(failed)?.map_err(Denied::Misuse);
    }
    let kept =
        ledger.keep_posted(source, now, |kept| display::merged(kept, posted, source, now, &setup.zone));
    kept.map_err(failed)?.map_err(Denied::Misuse)
}
