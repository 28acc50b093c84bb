//! Usage for dashboards that poll, out of the database as it stands.

use super::answers::{failed, open};
use super::{Setup, now};
use crate::http::{Denied, UsageAsked};
use crate::reports::{MOST_EVENTS, Mark, USUAL_EVENTS, UsageEvents, UsageQuery, UsageStats, parse_day};
use crate::time::{Millis, Zone, parse_millis};

/// Sums by model, project and day.
pub(super) fn stats(setup: &Setup, asked: &UsageAsked) -> Result<UsageStats, Denied> {
    let query = query(asked, &setup.zone, usize::MAX)?;
    let (reading, roots) = open(setup)?;
    reading.usage_stats(&query, &setup.zone, roots).map_err(failed)
}

/// A page of events.
pub(super) fn events(setup: &Setup, asked: &UsageAsked) -> Result<UsageEvents, Denied> {
    let query = query(asked, &setup.zone, USUAL_EVENTS)?;
    if !(1..=MOST_EVENTS).contains(&query.limit) {
        return Err(Denied::Misuse(format!(
            "limit is {:?}; give a whole number from 1 to {MOST_EVENTS}",
            asked.limit.as_deref().unwrap_or_default()
        )));
    }
    let (reading, roots) = open(setup)?;
    reading.usage_events(&query, &setup.zone, roots, now()).map_err(failed)
}

fn query(asked: &UsageAsked, zone: &Zone, usual: usize) -> Result<UsageQuery, Denied> {
    let limit = asked.limit.as_deref().map_or(Ok(usual), |text| {
        text.parse().map_err(|_| Denied::Misuse(format!("limit is {text:?}; give a whole number")))
    })?;
    let after = asked.cursor.as_deref().map(|text| {
        let wanted =
            || Denied::Misuse(format!("cursor is {text:?}; give the `next_cursor` of the page before"));
        Mark::parse(text).ok_or_else(wanted)
    });
    let from =
        asked.since.as_deref().map_or(Ok(0), |text| bound("since", text, zone).map(|(from, _)| from))?;
    let to = asked
        .until
        .as_deref()
        .map_or(Ok(Millis::MAX), |text| bound("until", text, zone).map(|(_, to)| to))?;
    if from >= to {
        return Err(Denied::Misuse("the range from `since` until `until` is empty; swap the two".to_owned()));
    }
    Ok(UsageQuery {
        from,
        to,
        project: asked.project.clone(),
        model: asked.model.clone(),
        limit,
        after: after.transpose()?,
    })
}

/// The first instant of a day or of a moment, and the first one after it.
fn bound(name: &str, text: &str, zone: &Zone) -> Result<(Millis, Millis), Denied> {
    if let Ok(day) = parse_day(text) {
        return Ok((zone.start_of(day), zone.end_of(day)));
    }
    // In an address a plus sign that was not escaped is a space.
    let at = parse_millis(text).or_else(|| parse_millis(&text.replace(' ', "+")));
    let wanted = || {
        Denied::Misuse(format!(
            "{name} is {text:?}; give a day as YYYY-MM-DD, or a time like 2026-01-31T12:00:00Z"
        ))
    };
    at.map(|at| (at, at + 1)).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_days_or_moments() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let start = parse_millis("2026-01-30T23:00:00.000Z").unwrap();
        assert_eq!(bound("since", "2026-01-31", &zone).unwrap(), (start, start + 86_400_000));
        for text in ["2026-01-31T00:00:00+01:00", "2026-01-31T00:00:00 01:00", "2026-01-30T23:00:00.000Z"] {
            assert_eq!(bound("since", text, &zone).unwrap(), (start, start + 1), "{text}");
        }
        assert!(bound("since", "yesterday", &zone).is_err());
        let asked = |since: &str, until: &str| UsageAsked {
            since: Some(since.into()),
            until: Some(until.into()),
            ..UsageAsked::default()
        };
        assert!(query(&asked("2026-01-31", "2026-01-31"), &zone, 1).is_ok());
        assert!(query(&asked("2026-01-31", "2026-01-30"), &zone, 1).is_err());
    }
}
