//! Looks at everything that could be wrong. It writes nothing but the lock file that every process opens.

mod data;
mod deep;
mod places;
mod reading;

use super::{Setup, VERSION, now};
use crate::doctor::{Finding, Report};
use crate::time::Millis;
use std::path::Path;
use std::time::SystemTime;

pub use deep::Progress;

/// Whether to read all transcripts, and whom to tell how far it is.
pub type Deep<'a> = Option<&'a mut dyn Progress>;

/// Looks at everything that a process with this setup works with.
pub fn examine(setup: &Setup, deep: Deep<'_>) -> Report {
    let mut findings = places::look(setup);
    let seen = reading::transcripts(setup, &mut findings);
    reading::watching(setup, &mut findings);
    let leads = reading::leader(setup, &mut findings);
    data::look(setup, &seen, leads, &mut findings);
    if let Some(progress) = deep {
        deep::look(setup, progress, &mut findings);
    }
    Report::new(VERSION, setup.zone.rfc3339(now()), findings)
}

/// What is left to say where a process cannot even start.
pub fn unable(error: &anyhow::Error) -> Report {
    let finding = Finding::error(crate::doctor::Check::Start, format!("{error:#}"));
    Report::new(VERSION, crate::time::Zone::System.rfc3339(now()), vec![finding])
}

/// `3 minutes`, of milliseconds.
fn span(millis: Millis) -> String {
    let seconds = millis.max(0) / 1000;
    let (number, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    plural(number.unsigned_abs(), unit)
}

/// `1 file`, `1,234 files`.
fn plural(count: u64, what: &str) -> String {
    format!("{} {what}{}", crate::tokens::grouped(count), if count == 1 { "" } else { "s" })
}

/// `1.2 MB`, rounded down.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => plural(bytes, "byte"),
    }
}

/// How long ago a file was written to.
fn age(at: SystemTime) -> Millis {
    let at = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as Millis);
    now() - at
}

fn shown(path: &Path) -> std::path::Display<'_> {
    path.display()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        for (millis, text) in [
            (-5, "0 seconds"),
            (1_000, "1 second"),
            (119_999, "119 seconds"),
            (120_000, "2 minutes"),
            (7_200_000, "2 hours"),
            (172_800_000, "2 days"),
        ] {
            assert_eq!(span(millis), text);
        }
        for (bytes, text) in
            [(1, "1 byte"), (999, "999 bytes"), (1_990, "1.9 KB"), (49_070_000_000, "49.0 GB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
