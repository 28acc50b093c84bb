//! How the types of fields are written in TOML.

use super::kind::{money, percents};
use crate::money::NanoUsd;
use chrono::Weekday;
use chrono_tz::Tz;
use toml::Value;

/// A type that a setting may have.
pub(super) trait Field: Sized {
    /// The value, where it is one of this type.
    fn from_toml(value: &Value) -> Option<Self>;
    /// How the value is written.
    fn to_toml(&self) -> Value;
}

/// A type of which a setting may have a list.
pub(super) trait Listed: Field {}

impl Listed for StatusPart {}
impl Listed for String {}
impl Listed for toml::Table {}

/// A part of the status text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPart {
    /// What the workspace cost today.
    Cost,
    /// How full the context window is.
    Context,
    /// How much of the plan's five-hour limit is used.
    FiveHour,
    /// How much of its seven-day limit is used.
    SevenDay,
    /// How much of the budget is used that is nearest to its limit.
    Budget,
}

impl StatusPart {
    /// How the parts are called, in the order of the variants.
    pub const NAMES: &[&str] = &["cost", "context", "five_hour", "seven_day", "budget"];
    const ALL: [Self; 5] = [Self::Cost, Self::Context, Self::FiveHour, Self::SevenDay, Self::Budget];

    /// How this part is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Context => "context",
            Self::FiveHour => "five_hour",
            Self::SevenDay => "seven_day",
            Self::Budget => "budget",
        }
    }
}

/// How the language server shows things to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// As the client's greeting suggests.
    Auto,
    /// By the notifications that are Costline's own.
    Rich,
    /// As it suits Helix.
    Helix,
    /// By what the protocol itself offers.
    Generic,
    /// Not unless asked.
    Quiet,
}

impl Surface {
    /// How they are called, in the order of the variants.
    pub const NAMES: &[&str] = &["auto", "rich", "helix", "generic", "quiet"];
    const ALL: [Self; 5] = [Self::Auto, Self::Rich, Self::Helix, Self::Generic, Self::Quiet];

    /// How this one is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Rich => "rich",
            Self::Helix => "helix",
            Self::Generic => "generic",
            Self::Quiet => "quiet",
        }
    }
}

/// The presets of Claude Code's status line.
pub const STATUSLINE_PRESETS: &[&str] = &["minimal", "standard", "full", "limits"];

/// How loud a rule of the alerts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertLevel {
    /// It does not look.
    Off,
    /// It shows in the status, and is never popped up.
    Status,
    /// It is told by a message, too.
    Tell,
}

impl AlertLevel {
    /// How they are called, in the order of the variants.
    pub const NAMES: &[&str] = &["off", "status", "tell"];
    const ALL: [Self; 3] = [Self::Off, Self::Status, Self::Tell];

    /// How this one is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Status => "status",
            Self::Tell => "tell",
        }
    }
}

/// The days of a week, as a setting names them.
pub(super) const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Field for StatusPart {
    fn from_toml(value: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|part| value.as_str() == Some(part.name()))
    }

    fn to_toml(&self) -> Value {
        self.name().into()
    }
}

impl Field for Surface {
    fn from_toml(value: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|surface| value.as_str() == Some(surface.name()))
    }

    fn to_toml(&self) -> Value {
        self.name().into()
    }
}

impl Field for AlertLevel {
    fn from_toml(value: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|level| value.as_str() == Some(level.name()))
    }

    fn to_toml(&self) -> Value {
        self.name().into()
    }
}

impl Field for NanoUsd {
    fn from_toml(value: &Value) -> Option<Self> {
        money(value)
    }

    fn to_toml(&self) -> Value {
        if self.0 % Self::DOLLAR.0 == 0 {
            Value::Integer(self.0 / Self::DOLLAR.0)
        } else {
            Value::Float(self.dollars())
        }
    }
}

impl Field for Vec<u32> {
    fn from_toml(value: &Value) -> Option<Self> {
        percents(value)
    }

    fn to_toml(&self) -> Value {
        Value::Array(self.iter().map(|percent| Value::Integer(i64::from(*percent))).collect())
    }
}

impl Field for Weekday {
    fn from_toml(value: &Value) -> Option<Self> {
        let index = WEEKDAYS.iter().position(|day| value.as_str() == Some(day))?;
        Self::try_from(u8::try_from(index).ok()?).ok()
    }

    fn to_toml(&self) -> Value {
        WEEKDAYS[self.num_days_from_monday() as usize].into()
    }
}

impl Field for Option<Tz> {
    fn from_toml(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "" => Some(None),
            name => name.parse().ok().map(Some),
        }
    }

    fn to_toml(&self) -> Value {
        self.map_or("", Tz::name).into()
    }
}

impl Field for bool {
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn to_toml(&self) -> Value {
        (*self).into()
    }
}

impl Field for usize {
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_integer().and_then(|number| number.try_into().ok())
    }

    fn to_toml(&self) -> Value {
        i64::try_from(*self).unwrap_or(i64::MAX).into()
    }
}

impl Field for String {
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn to_toml(&self) -> Value {
        self.as_str().into()
    }
}

impl Field for toml::Table {
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_table().cloned()
    }

    fn to_toml(&self) -> Value {
        Value::Table(self.clone())
    }
}

impl<T: Listed> Field for Vec<T> {
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_toml).collect()
    }

    fn to_toml(&self) -> Value {
        Value::Array(self.iter().map(T::to_toml).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variants_agree() {
        let names: Vec<_> = StatusPart::ALL.map(StatusPart::name).to_vec();
        assert_eq!(names, StatusPart::NAMES);
        assert_eq!(AlertLevel::ALL.map(AlertLevel::name).to_vec(), AlertLevel::NAMES);
        assert_eq!(Surface::ALL.map(Surface::name).to_vec(), Surface::NAMES);
        for (index, day) in WEEKDAYS.iter().enumerate() {
            let weekday = Weekday::from_toml(&(*day).into()).unwrap();
            assert_eq!(weekday.num_days_from_monday() as usize, index);
            assert_eq!(weekday.to_toml().as_str(), Some(*day));
        }
    }
}
