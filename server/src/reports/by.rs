//! What reports group by.

/// What a report groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The model's id as written.
    Model,
    /// The working directory of the session's first main line.
    Project,
    /// The session's id.
    Session,
    /// The git branch.
    Branch,
    /// The type of subagent.
    Agent,
    /// The skill at work or started.
    Skill,
    /// The tools that a response used.
    Tool,
    /// The MCP servers whose tools a response used, or whose results it consumed.
    Mcp,
    /// The files that a response edited.
    File,
    /// The day, in the report's zone.
    Day,
    /// The week, by its first day.
    Week,
    /// The month.
    Month,
    /// The hour of the day, over all days.
    Hour,
    /// The day of the week, over all weeks: 1 is Monday, 7 Sunday.
    Weekday,
    /// The hour of one day. Where clocks are set back, the hour that comes twice is one.
    DayHour,
    /// Who spent it: `main`, `subagent`, `compaction`, `advisor`, `helper`.
    Kind,
    /// Where it is known from: `transcript`, `manual`.
    Source,
}

/// Every key of `--by` with what it means.
pub const KEYS: [(&str, By); 17] = [
    ("model", By::Model),
    ("project", By::Project),
    ("session", By::Session),
    ("branch", By::Branch),
    ("agent", By::Agent),
    ("skill", By::Skill),
    ("tool", By::Tool),
    ("mcp", By::Mcp),
    ("file", By::File),
    ("day", By::Day),
    ("week", By::Week),
    ("month", By::Month),
    ("hour", By::Hour),
    ("weekday", By::Weekday),
    ("day-hour", By::DayHour),
    ("kind", By::Kind),
    ("source", By::Source),
];

impl By {
    /// Looks a key up; the error says which there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        KEYS.iter().find(|(name, _)| *name == text).map(|(_, by)| *by).ok_or_else(|| {
            let names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
            format!("cannot break down by {text:?}; use one of {}", names.join(", "))
        })
    }

    /// The key's name.
    pub fn name(self) -> &'static str {
        KEYS.iter().find(|(_, by)| *by == self).map_or("", |(name, _)| name)
    }

    /// Looks the key of parts up, for rows of this one.
    pub fn parse_split(self, text: &str) -> Result<Self, String> {
        let split = Self::parse(text)?;
        if split == self {
            return Err(format!("cannot split {text} by {text}; name another key"));
        }
        Ok(split)
    }

    /// Whether it is a time.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Hour | Self::Weekday | Self::DayHour)
    }

    /// Whether the sums of quarter hours know it.
    pub const fn is_in_quarters(self) -> bool {
        self.is_time() || matches!(self, Self::Model | Self::Project | Self::Session)
    }

    /// Whether rows say how their cost changed against the range before.
    pub const fn tells_change(self) -> bool {
        matches!(self, Self::Agent | Self::Skill | Self::Tool | Self::Mcp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_told() {
        assert_eq!(By::parse("mcp"), Ok(By::Mcp));
        assert_eq!(By::Day.parse_split("model"), Ok(By::Model));
        assert!(By::Day.parse_split("day").unwrap_err().contains("another key"));
        assert!(By::parse("colour").unwrap_err().contains("use one of model, project"));
    }
}
