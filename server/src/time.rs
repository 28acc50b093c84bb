//! Instants, days and the zone they are counted in.
//!
//! Instants are UTC milliseconds since the epoch. A day, a week, a month and an hour belong to a zone; the quarter
//! hours that the store sums by belong to UTC, and every zone in use is a whole number of them away from it.

mod pace;

pub use pace::Pace;

use chrono::{
    DateTime, Datelike, Days, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// One minute in milliseconds.
pub const MINUTE: Millis = 60_000;
/// One hour in milliseconds.
pub const HOUR: Millis = 60 * MINUTE;
/// One quarter of an hour in milliseconds: the grain of the stored sums.
pub const QUARTER: Millis = 15 * MINUTE;
/// The latest instant that is taken for a time (year 9999).
const LATEST: Millis = 253_402_300_799_999;

/// Reads an RFC 3339 timestamp as transcripts carry it (`2026-09-14T15:16:40.361Z`); any offset is understood.
pub fn parse_millis(text: &str) -> Option<Millis> {
    let at = fixed_form(text.as_bytes())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()))?;
    (0..=LATEST).contains(&at).then_some(at)
}

/// The one form that Claude Code writes, without a general parser's cost.
fn fixed_form(text: &[u8]) -> Option<Millis> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        mo1,
        mo2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
        b'.',
        f1,
        f2,
        f3,
        b'Z',
    ] = text
    else {
        return None;
    };
    let number = |digits: &[&u8]| -> Option<u32> {
        digits
            .iter()
            .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(**digit - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(number(&[y1, y2, y3, y4])?).ok()?,
        number(&[mo1, mo2])?,
        number(&[d1, d2])?,
    )?;
    let at = date.and_hms_milli_opt(
        number(&[h1, h2])?,
        number(&[mi1, mi2])?,
        number(&[s1, s2])?,
        number(&[f1, f2, f3])?,
    )?;
    Some(at.and_utc().timestamp_millis())
}

/// The UTC day of an instant: what dated prices go by.
pub fn utc_day(at: Millis) -> NaiveDate {
    DateTime::from_timestamp_millis(at).unwrap_or_default().date_naive()
}

/// The number of the quarter hour (UTC) that holds an instant.
pub const fn quarter_of(at: Millis) -> i64 {
    at.div_euclid(QUARTER)
}

/// The zone that days are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A zone of the time zone database.
    Named(Tz),
    /// What the operating system says, where it has no name for its zone.
    System,
}

impl Zone {
    /// Looks a zone up by its name (`Europe/Berlin`, `UTC`).
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_prefix(':').unwrap_or(name);
        name.parse::<Tz>().ok().map(Self::Named)
    }

    /// The zone's name, as reports give it.
    pub fn name(&self) -> String {
        match self {
            Self::Named(zone) => zone.name().to_owned(),
            Self::System => "local".to_owned(),
        }
    }

    /// The instant with this zone's offset.
    pub fn at(&self, at: Millis) -> DateTime<FixedOffset> {
        let utc = DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default();
        match self {
            Self::Named(zone) => {
                let local = utc.with_timezone(zone);
                let offset = local.offset().fix();
                local.with_timezone(&offset)
            }
            Self::System => utc.with_timezone(&Local).fixed_offset(),
        }
    }

    /// RFC 3339 with this zone's offset, to the millisecond.
    pub fn rfc3339(&self, at: Millis) -> String {
        self.at(at).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }

    /// The day of this zone that holds an instant.
    pub fn day(&self, at: Millis) -> NaiveDate {
        self.at(at).date_naive()
    }

    /// The one instant at which clocks of this zone show this; `None` where a leap makes it none or two.
    pub fn instant(&self, local: NaiveDateTime) -> Option<Millis> {
        match self {
            Self::Named(zone) => zone.from_local_datetime(&local).single().map(|at| at.timestamp_millis()),
            Self::System => Local.from_local_datetime(&local).single().map(|at| at.timestamp_millis()),
        }
    }

    /// The first instant of a day: midnight, or where a leap of the clock skips it, the first moment after.
    pub fn start_of(&self, day: NaiveDate) -> Millis {
        let midnight = day.and_time(NaiveTime::MIN);
        let earliest = |minutes: i64| {
            let local = midnight.checked_add_signed(chrono::TimeDelta::minutes(minutes))?;
            match self {
                Self::Named(zone) => {
                    zone.from_local_datetime(&local).earliest().map(|at| at.timestamp_millis())
                }
                Self::System => Local.from_local_datetime(&local).earliest().map(|at| at.timestamp_millis()),
            }
        };
        // A leap is at most a day (Samoa skipped one) and on a quarter of an hour; a day that never was starts with the next.
        (0..=96)
            .find_map(|quarter| earliest(quarter * 15))
            .unwrap_or_else(|| midnight.and_utc().timestamp_millis())
    }

    /// The first instant after a day.
    pub fn end_of(&self, day: NaiveDate) -> Millis {
        self.start_of(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }
}

/// The first day of the week that holds a day.
pub fn week_start(day: NaiveDate, first: Weekday) -> NaiveDate {
    day.week(first).checked_first_day().unwrap_or(day)
}

/// The first day of the month that holds a day.
pub fn month_start(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn reads_timestamps() {
        for (text, expected) in [
            ("2026-09-14T15:16:40.361Z", Some(1_789_399_000_361)),
            ("2026-09-14T17:16:40.361+02:00", Some(1_789_399_000_361)),
            ("2026-09-14T15:16:40Z", Some(1_789_399_000_000)),
            ("2026-13-14T15:16:40.361Z", None),
            ("2026-09-14", None),
            ("", None),
            ("1969-12-31T23:59:59.999Z", None),
        ] {
            assert_eq!(parse_millis(text), expected, "{text}");
        }
    }

    #[test]
    fn days_of_zones_with_leaps() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        // 2026-03-29 has 23 hours there, 2026-10-25 has 25.
        for (day, hours) in [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)] {
            let day = date(day);
            assert_eq!(berlin.end_of(day) - berlin.start_of(day), hours * HOUR, "{day}");
        }
        // Lebanon leaps at midnight: the day begins at 01:00.
        let beirut = Zone::named("Asia/Beirut").unwrap();
        let start = beirut.start_of(date("2026-03-29"));
        assert_eq!(beirut.rfc3339(start), "2026-03-29T01:00:00.000+03:00");
        // Samoa had no 30 December 2011.
        let apia = Zone::named("Pacific/Apia").unwrap();
        assert_eq!(apia.start_of(date("2011-12-30")), apia.start_of(date("2011-12-31")));
        assert!(Zone::named("Mars/Olympus").is_none());
        // On 2026-03-29 there is no half past two, on 2026-10-25 there are two.
        for (day, expected) in
            [("2026-03-28", Some(1_774_661_400_000)), ("2026-03-29", None), ("2026-10-25", None)]
        {
            assert_eq!(berlin.instant(date(day).and_hms_opt(2, 30, 0).unwrap()), expected, "{day}");
        }
    }

    #[test]
    fn weeks_and_months() {
        assert_eq!(week_start(date("2026-11-22"), Weekday::Mon), date("2026-11-16"));
        assert_eq!(week_start(date("2026-11-22"), Weekday::Sun), date("2026-11-22"));
        assert_eq!(month_start(date("2026-11-22")), date("2026-11-01"));
    }

    proptest! {
        #[test]
        fn the_fixed_form_agrees_with_the_general_parser(at in 0..LATEST) {
            let text = Zone::Named(Tz::UTC).rfc3339(at);
            prop_assert_eq!(fixed_form(text.as_bytes()), Some(at));
        }

        #[test]
        fn every_instant_lies_in_its_day(at in 0..LATEST, zone in prop::sample::select(vec!["Asia/Kolkata", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "UTC"])) {
            let zone = Zone::named(zone).unwrap();
            let day = zone.day(at);
            prop_assert!(zone.start_of(day) <= at && at < zone.end_of(day), "{day}");
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            parse_millis(&text);
        }
    }
}
