//! The time in which a budget counts.

use crate::time::{Millis, Zone, month_start, week_start};
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// The time in which a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the week's first day.
    Week,
    /// From the first of the month.
    Month,
    /// From the billing cycle's first day.
    Cycle,
    /// The five-hour window that runs.
    Block,
    /// Each session for itself.
    Session,
}

/// From one moment up to another, which does not belong to it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first moment.
    pub from: Millis,
    /// The first moment after it.
    pub to: Millis,
}

impl Span {
    /// Whether a moment lies in it.
    pub const fn holds(&self, at: Millis) -> bool {
        self.from <= at && at < self.to
    }
}

/// How days are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The zone of days.
    pub zone: Zone,
    /// The first day of a week.
    pub week_start: Weekday,
    /// The first day of a billing cycle, from 1 to 31; in a month that has no such day, its last one.
    pub cycle_day: u32,
}

impl Period {
    /// All of them, the shortest by the clock first.
    pub const ALL: [Self; 6] = [Self::Day, Self::Week, Self::Month, Self::Cycle, Self::Block, Self::Session];

    /// Its name in the store and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Cycle => "cycle",
            Self::Block => "block",
            Self::Session => "session",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// Its name where there is little room.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Block => "5h",
            other => other.name(),
        }
    }

    /// What people call a budget of it.
    pub const fn adjective(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
            Self::Cycle => "billing cycle's",
            Self::Block => "5-hour",
            Self::Session => "session's",
        }
    }

    /// The period that holds a moment, where the calendar says it.
    pub fn span(self, calendar: &Calendar, now: Millis) -> Option<Span> {
        let day = calendar.zone.day(now);
        let (first, next) = match self {
            Self::Day => (day, day.checked_add_days(Days::new(1))?),
            Self::Week => {
                let first = week_start(day, calendar.week_start);
                (first, first.checked_add_days(Days::new(7))?)
            }
            Self::Month => {
                let first = month_start(day);
                (first, first.checked_add_months(Months::new(1))?)
            }
            Self::Cycle => cycle(day, calendar.cycle_day)?,
            Self::Block | Self::Session => return None,
        };
        Some(Span { from: calendar.zone.start_of(first), to: calendar.zone.start_of(next) })
    }
}

/// The first days of the billing cycle that holds a day, and of the next one.
fn cycle(day: NaiveDate, first: u32) -> Option<(NaiveDate, NaiveDate)> {
    let in_month = |month: NaiveDate| {
        (28..=first.clamp(1, 31)).rev().chain([first.clamp(1, 28)]).find_map(|day| month.with_day(day))
    };
    let month = month_start(day);
    let own = in_month(month)?;
    if own <= day {
        return Some((own, in_month(month.checked_add_months(Months::new(1))?)?));
    }
    Some((in_month(month.checked_sub_months(Months::new(1))?)?, own))
}
