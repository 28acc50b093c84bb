//! What of history a report covers.

use super::Days;
use crate::time::{month_start, week_start};
use chrono::{NaiveDate, Weekday};

/// What a report covers where no range is given; each ends today.
#[derive(Clone, Copy, Debug)]
pub enum Usual {
    /// All history.
    All,
    /// So many days.
    Days(u64),
    /// So many weeks, this one included.
    Weeks(u64),
    /// So many months, this one included.
    Months(u32),
}

/// A range as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day, inclusive.
    pub until: Option<NaiveDate>,
    /// In place of the two: so many days, today included; 1 or more.
    pub days: Option<u32>,
}

impl Range {
    /// The days that are asked for, or the usual ones where none are.
    ///
    /// # Errors
    /// A sentence: the range is empty.
    pub fn days(&self, today: NaiveDate, first: Weekday, usual: Usual) -> Result<Days, String> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(format!("the range from {since} until {until} is empty; swap since and until"));
        }
        let since = match (self.days, usual) {
            (Some(count), _) => today.checked_sub_days(chrono::Days::new(u64::from(count).saturating_sub(1))),
            _ if self.since.is_some() || self.until.is_some() => {
                return Ok(Days { since: self.since, until: self.until });
            }
            (None, Usual::All) => return Ok(Days::default()),
            (None, Usual::Days(count)) => today.checked_sub_days(chrono::Days::new(count - 1)),
            (None, Usual::Weeks(count)) => {
                week_start(today, first).checked_sub_days(chrono::Days::new(7 * (count - 1)))
            }
            (None, Usual::Months(count)) => {
                month_start(today).checked_sub_months(chrono::Months::new(count - 1))
            }
        };
        Ok(Days { since, until: Some(today) })
    }
}

/// A day as people write it.
///
/// # Errors
/// What to write instead.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"))
        .map_err(|_| "give a day as YYYY-MM-DD".to_owned())
}
