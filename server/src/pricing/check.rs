//! What a person should know about the prices in effect.

use super::table::PriceTable;
use chrono::{NaiveDate, TimeDelta};
use std::fmt;

/// How long before its end a fast mode is told of.
const SOON: TimeDelta = TimeDelta::days(30);
/// How old the built-in prices may be before it is told.
const OLD: TimeDelta = TimeDelta::days(120);

/// One thing to know about the prices in effect. Its text names the model and, where there is one, the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An override that changes prices which were there before.
    Shadows {
        /// The model.
        model: String,
        /// The override's first day.
        from: Option<NaiveDate>,
    },
    /// An override that changes nothing.
    SameAsBefore {
        /// The model.
        model: String,
        /// The override's first day.
        from: Option<NaiveDate>,
    },
    /// A fast mode about to end: such requests cost the list price afterwards.
    FastEnds {
        /// The model.
        model: String,
        /// The first day without it.
        on: NaiveDate,
    },
    /// Other prices about to begin.
    Changes {
        /// The model.
        model: String,
        /// Their first day.
        on: NaiveDate,
    },
    /// A figure on which the sources differ or are thin.
    Uncertain {
        /// The models.
        models: Vec<String>,
        /// What is uncertain.
        note: String,
    },
    /// Built-in prices that are old.
    Old {
        /// The day on which they were gathered.
        made: NaiveDate,
        /// Days since.
        days: i64,
    },
}

impl Finding {
    pub(super) fn of_override(model: &str, from: Option<NaiveDate>, changed: bool) -> Self {
        let model = model.to_owned();
        if changed { Self::Shadows { model, from } } else { Self::SameAsBefore { model, from } }
    }
}

impl PriceTable {
    /// What to know of the table on a day: overrides first, then what comes soon, then what is uncertain or old.
    pub fn check(&self, today: NaiveDate) -> Vec<Finding> {
        let mut findings = self.override_findings().to_vec();
        findings.extend(self.changes_soon(today));
        findings.extend(self.fast_ends_soon(today));
        findings.extend(
            self.uncertain()
                .iter()
                .map(|doubt| Finding::Uncertain { models: doubt.models.clone(), note: doubt.note.clone() }),
        );
        let age = today.signed_duration_since(self.made());
        if age > OLD {
            findings.push(Finding::Old { made: self.made(), days: age.num_days() });
        }
        findings
    }

    fn changes_soon(&self, today: NaiveDate) -> impl Iterator<Item = Finding> {
        self.rows().filter_map(move |(model, period)| {
            let on = period.from.filter(|from| soon(today, *from))?;
            Some(Finding::Changes { model: model.name.clone(), on })
        })
    }

    fn fast_ends_soon(&self, today: NaiveDate) -> impl Iterator<Item = Finding> {
        self.models().iter().filter_map(move |model| {
            let removed = model.periods.last()?.fast?.removed;
            let on = removed.filter(|removed| soon(today, *removed))?;
            Some(Finding::FastEnds { model: model.name.clone(), on })
        })
    }
}

fn soon(today: NaiveDate, day: NaiveDate) -> bool {
    day > today && day.signed_duration_since(today) <= SOON
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shadows { model, from } => {
                write!(f, "{model}: an override replaces the known price{}", Since(*from))
            }
            Self::SameAsBefore { model, from } => {
                write!(f, "{model}: the override{} changes nothing and can be removed", Since(*from))
            }
            Self::FastEnds { model, on } => write!(f, "{model}: fast mode ends, no fast price from {on}"),
            Self::Changes { model, on } => write!(f, "{model}: other prices from {on}"),
            Self::Uncertain { models, note } => write!(f, "{}: uncertain: {note}", models.join(", ")),
            Self::Old { made, days } => {
                write!(
                    f,
                    "the built-in prices are {days} days old ({made}): update Costline, or add overrides"
                )
            }
        }
    }
}

/// ` from 2026-10-07`, or nothing.
struct Since(Option<NaiveDate>);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |day| write!(f, " from {day}"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pricing::Override;

    pub(in crate::pricing) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub(in crate::pricing) fn over(toml: &str) -> Override {
        toml::from_str(toml).unwrap()
    }

    fn told(overrides: &[Override], today: &str) -> Vec<String> {
        let table = PriceTable::builtin().with_overrides(overrides).unwrap();
        table
            .check(day(today))
            .iter()
            .map(ToString::to_string)
            .filter(|text| !text.contains("uncertain:"))
            .collect()
    }

    #[test]
    fn tells_of_a_fast_mode_that_ends() {
        let said = "claude-opus-4-8: fast mode ends, no fast price from 2026-11-30";
        assert_eq!(told(&[], "2026-10-30"), [""; 0]);
        assert_eq!(told(&[], "2026-10-31"), [said]);
        assert_eq!(told(&[], "2026-11-29"), [said]);
        assert_eq!(told(&[], "2026-11-30"), [""; 0]);
    }

    #[test]
    fn tells_of_a_price_that_changes_and_of_old_prices() {
        let said = "claude-sonnet-5-5: other prices from 2026-10-07";
        assert_eq!(told(&[], "2026-10-06"), [said]);
        assert_eq!(told(&[], "2026-10-07"), [""; 0]);
        // 2026-11-22 and 121 days.
        let old = "the built-in prices are 121 days old (2026-11-22): update Costline, or add overrides";
        assert_eq!(told(&[], "2027-03-22"), [""; 0]);
        assert_eq!(told(&[], "2027-03-23"), [old]);
    }

    #[test]
    fn tells_what_overrides_do() {
        let overrides = [
            over("model = 'claude-opus-5'\ninput = 4"),
            over("model = 'claude-fable-5'\nfrom_date = 2026-01-01\noutput = 50.00"),
            over("model = 'claude-haiku-4-5'\naliases = ['small']"),
            over("model = 'house-1'\ninput = 1\noutput = 1"),
        ];
        assert_eq!(
            told(&overrides, "2026-09-01"),
            [
                "claude-opus-5: an override replaces the known price",
                "claude-fable-5: the override from 2026-01-01 changes nothing and can be removed",
            ]
        );
    }

    #[test]
    fn tells_what_is_uncertain() {
        let texts: Vec<String> =
            PriceTable::builtin().check(day("2026-09-01")).iter().map(ToString::to_string).collect();
        for model in [
            "claude-opus-4-6, claude-opus-4-7",
            "claude-opus-4-8",
            "claude-sonnet-4",
            "claude-mythos-preview",
        ] {
            let start = format!("{model}: uncertain: ");
            assert!(texts.iter().any(|text| text.starts_with(&start)), "{model}");
        }
    }
}
