//! The database, and what is in it.

use super::reading::Transcripts;
use super::{Setup, age, now, plural, shown, size, span};
use crate::doctor::{Check, Finding};
use crate::pricing::Finding as Priced;
use crate::push::{FAILURES, Target, configured};
use crate::store::reading::Reading;
use crate::store::{Error, FaultRow, Inventory, SCHEMA_VERSION};
use crate::time::{MINUTE, utc_day};
use crate::tokens::{compact, grouped};
use std::collections::BTreeMap;

/// What a leader has not read after so long, it does not read.
const LATE: i64 = 10_000;
/// Clocks differ by so much without anyone's fault.
const TOLERANCE: i64 = 5 * MINUTE;

pub(super) fn look(setup: &Setup, seen: &Transcripts, leads: bool, found: &mut Vec<Finding>) {
    found.extend(prices(setup));
    found.push(backups(setup));
    let path = setup.database();
    let inventory = Reading::open(&path).and_then(|reading| {
        let inventory = reading.inventory(now() + TOLERANCE)?;
        Ok((reading.fault_list()?, reading, inventory))
    });
    match inventory {
        Ok((faults, reading, inventory)) => {
            found.push(database(setup, &inventory));
            found.extend(pushes(setup, &reading, leads));
            found.push(unread(&reading, seen, leads));
            found.push(faulty(&faults));
            found.push(unpriced(&inventory));
            found.push(lower_bounds(&inventory));
            found.push(clock(setup, Some(&inventory)));
            return;
        }
        Err(Error::Missing(_)) => found.push(
            Finding::note(Check::Database, format!("{} is not there yet", shown(&path)))
                .advice("any report makes it; `costline ingest` does nothing else"),
        ),
        Err(error @ Error::Newer { .. }) => found.push(Finding::error(Check::Database, error.to_string())),
        Err(error) => found.push(
            Finding::error(Check::Database, format!("cannot read {}: {error}", shown(&path))).advice(DAMAGED),
        ),
    }
    found.push(clock(setup, None));
}

/// What to do about a damaged database.
const DAMAGED: &str = "run `costline ingest`: whoever leads sets a damaged database aside and makes up for it from the newest \
                       backup and the transcripts; `costline db rebuild` makes it anew whatever it holds";

fn database(setup: &Setup, inventory: &Inventory) -> Finding {
    let path = setup.database();
    let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    let last = inventory
        .last_ingest
        .map_or_else(String::new, |at| format!(", last written to {} ago", span(now() - at)));
    let message = format!(
        "{} has {} and {} (schema {}){last}",
        shown(&path),
        size(bytes),
        plural(inventory.responses.unsigned_abs(), "response"),
        inventory.schema
    );
    if !inventory.damage.is_empty() {
        return Finding::error(Check::Database, format!("{} is damaged", shown(&path)))
            .advice(DAMAGED)
            .details(inventory.damage.clone());
    }
    if inventory.schema > SCHEMA_VERSION {
        let message =
            format!("{message} is a newer Costline's: this one (schema {SCHEMA_VERSION}) only reads it");
        return Finding::warning(Check::Database, message).advice("update this program");
    }
    if inventory.schema < SCHEMA_VERSION {
        let message = format!("{message}; this program brings it to schema {SCHEMA_VERSION} when it leads");
        return Finding::note(Check::Database, message);
    }
    Finding::ok(Check::Database, message)
}

fn backups(setup: &Setup) -> Finding {
    let folder = setup.state.join("backups");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let files: Vec<_> =
        files.filter_map(|entry| entry.metadata().ok()).filter(std::fs::Metadata::is_file).collect();
    let newest = files.iter().filter_map(|meta| meta.modified().ok()).max();
    match newest {
        Some(newest) => {
            let (count, bytes) = (files.len() as u64, files.iter().map(std::fs::Metadata::len).sum());
            let message = format!(
                "{} has {} of {}, the latest {} old",
                shown(&folder),
                plural(count, "file"),
                size(bytes),
                span(age(newest))
            );
            Finding::ok(Check::Backups, message)
        }
        None => Finding::note(Check::Backups, format!("there is none in {}", shown(&folder)))
            .advice("without one, a lost database has only what the transcripts still say"),
    }
}

/// How posting to each address of the settings goes.
fn pushes(setup: &Setup, reading: &Reading, leads: bool) -> Vec<Finding> {
    let states = reading.push_states().unwrap_or_default();
    let (targets, _) = configured(&setup.config);
    if targets.is_empty() {
        return vec![Finding::ok(Check::Push, "nothing is to be posted to other machines")];
    }
    let of = |target: &Target| {
        let url = &target.url;
        let state = states.iter().find(|state| state.url == *url);
        let done = state.and_then(|state| state.done);
        let ago = done.map_or_else(|| "never yet".to_owned(), |at| format!("{} ago", span(now() - at)));
        match state {
            Some(state) if state.failures > 0 => {
                let times = plural(state.failures.unsigned_abs(), "time");
                let reason = state.error.as_deref().unwrap_or_default();
                let message = format!("posting failed {times} in a row, and last worked {ago}: {reason}");
                let finding = if state.failures >= FAILURES { Finding::warning } else { Finding::note };
                finding(Check::Push, message).advice(
                    "see whether the address is right and someone listens there, and whether the token may write; it is tried again by itself, and what is missed until then is posted then",
                )
            }
            Some(_) => Finding::ok(Check::Push, format!("posted to {url} {ago}")),
            None if leads => Finding::note(Check::Push, format!("nothing was posted to {url} yet")),
            None => Finding::note(Check::Push, format!("nothing was posted to {url} yet"))
                .advice("a living process posts: `costline serve`, or an editor's server"),
        }
    };
    targets.iter().map(of).collect()
}

/// What lies on disk and is not in the database.
fn unread(reading: &Reading, seen: &Transcripts, leads: bool) -> Finding {
    let known = match reading.files_by_root() {
        Ok(known) => known,
        Err(error) => return Finding::error(Check::Unread, error.to_string()),
    };
    let (mut bytes, mut late) = (0, Vec::new());
    let mut files = 0;
    for (root, seen) in seen {
        for file in seen {
            let cursor = known.get(&(root.clone(), file.path.clone()));
            if cursor.is_some_and(|cursor| cursor.is_current(&file.meta)) {
                continue;
            }
            let read = cursor.map_or(0, |cursor| cursor.size);
            let waits = file.meta.len().saturating_sub(read);
            (files, bytes) = (files + 1, bytes + waits);
            if file.meta.modified().is_ok_and(|at| age(at) > LATE) {
                late.push(format!("{root}/{}: {}", file.path, size(waits)));
            }
        }
    }
    let message = format!("{} wait in {}", size(bytes), plural(files, "transcript"));
    match (files, leads, late.is_empty()) {
        (0, ..) => Finding::ok(Check::Unread, "nothing waits"),
        (_, false, _) => {
            Finding::note(Check::Unread, format!("{message} for the next process that reads")).details(late)
        }
        (_, true, true) => Finding::ok(Check::Unread, format!("{message}, just written")),
        (_, true, false) => Finding::warning(Check::Unread, format!("{message} though a process leads"))
            .advice("it may be in the midst of a first read; if this stays, restart it, and look at the log")
            .details(late),
    }
}

fn faulty(faults: &[FaultRow]) -> Finding {
    let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
    for fault in faults {
        *kinds.entry(&fault.kind).or_default() += fault.count;
    }
    if kinds.is_empty() {
        return Finding::ok(Check::Faults, "every line could be read");
    }
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{} {kind}", grouped(count.unsigned_abs()))).collect();
    let message = format!("lines that could not be read as they stand: {}", kinds.join(", "));
    let of = |fault: &FaultRow| {
        let count = grouped(fault.count.unsigned_abs());
        format!("{}: {count} {}, the first at byte {}", fault.file, fault.kind, fault.offset)
    };
    Finding::note(Check::Faults, message)
        .advice("what could be read of them counts; nothing has to be done")
        .details(faults.iter().map(of))
}

fn unpriced(inventory: &Inventory) -> Finding {
    let models = &inventory.unpriced;
    let Some((first, _)) = models.first() else {
        return Finding::ok(Check::Unpriced, "every response has a price");
    };
    let count: i64 = models.iter().map(|(_, count)| count).sum();
    let message = format!(
        "{} of {} have no price, and are missing from all costs",
        plural(count.unsigned_abs(), "response"),
        plural(models.len() as u64, "model")
    );
    let advice = format!(
        "update Costline, or put the price per million tokens into the config file: \
         [[prices.override]] model = {first:?}, input = …, output = …, cache_read = …, cache_write_5m = …, cache_write_1h = …"
    );
    let of = |(model, count): &(String, i64)| {
        let model = if model.is_empty() { "no model" } else { model };
        format!("{model}: {}", plural(count.unsigned_abs(), "response"))
    };
    Finding::warning(Check::Unpriced, message).advice(advice).details(models.iter().map(of))
}

fn prices(setup: &Setup) -> Vec<Finding> {
    let (prices, today) = (setup.prices(), utc_day(now()));
    let known = prices.check(today);
    let days = (today - prices.made()).num_days();
    let ago = plural(days.unsigned_abs(), "day");
    let message = format!("revision {}, gathered on {} ({ago} ago)", prices.revision(), prices.made());
    let old = known.iter().find(|finding| matches!(finding, Priced::Old { .. }));
    let main = match old {
        Some(old) => Finding::warning(Check::Prices, old.to_string()).advice("update Costline"),
        None => Finding::ok(Check::Prices, message),
    };
    let others = known.iter().filter(|finding| !matches!(finding, Priced::Old { .. }));
    let others: Vec<String> = others.map(ToString::to_string).collect();
    let count = plural(others.len() as u64, "thing");
    let worth =
        Finding::note(Check::Prices, format!("{count} worth knowing, as `costline prices check` says"));
    std::iter::once(main).chain((!others.is_empty()).then(|| worth.details(others))).collect()
}

fn lower_bounds(inventory: &Inventory) -> Finding {
    let (some, all) = (inventory.lower_bounds, inventory.responses);
    if some == 0 {
        return Finding::ok(Check::LowerBounds, "every response's output count is final");
    }
    Finding::note(
        Check::LowerBounds,
        format!(
            "{} of {} responses cost at least what is shown: no line has their final output count",
            compact(some),
            compact(all)
        ),
    )
    .advice("some versions of Claude Code never write it; nothing has to be done")
}

fn clock(setup: &Setup, inventory: Option<&Inventory>) -> Finding {
    let today = utc_day(now());
    if today < setup.prices().made() {
        let message = format!("the clock says {today}, before this program was made");
        return Finding::error(Check::Clock, message).advice("set the system's clock");
    }
    match inventory.map_or((0, None), |inventory| inventory.later) {
        (0, _) => Finding::ok(Check::Clock, format!("it says {}", setup.zone.rfc3339(now()))),
        (count, last) => {
            let last = last.map(|at| format!(", the last at {}", setup.zone.rfc3339(at))).unwrap_or_default();
            let message = format!("{} lie in the future{last}", plural(count.unsigned_abs(), "response"));
            Finding::warning(Check::Clock, message).advice(
                "set the clock of this machine, or of the one that wrote them; they count on their own day",
            )
        }
    }
}
