//! What `costline doctor` finds: values only. `app/doctor.rs` looks, `docs/troubleshooting.md` explains each by its name.

use serde::{Serialize, Serializer};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Something is missing from what Costline shows, or will be.
    Warning,
    /// Costline cannot do its work.
    Error,
}

/// Makes the enum and its names out of one list.
macro_rules! checks {
    ($( $(#[doc = $doc:literal])+ $check:ident = $name:literal, )*) => {
        /// What is looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check { $( $(#[doc = $doc])+ $check, )* }

        impl Check {
            /// All of them, in the order in which they are told.
            pub const ALL: &[Self] = &[$( Self::$check, )*];

            /// The name that a finding carries and the page explains.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$check => $name, )* }
            }
        }
    };
}

checks! {
    /// Whether Costline can start at all.
    Start = "start",
    /// The config file.
    ConfigFile = "config-file",
    /// What is wrong with the settings.
    Settings = "settings",
    /// The zone that days are counted in.
    TimeZone = "time-zone",
    /// One of Claude's folders.
    ClaudeFolder = "claude-folder",
    /// Whether there are transcripts at all, and whether they can be read.
    Transcripts = "transcripts",
    /// How changes of a folder are noticed.
    Watching = "watching",
    /// How many folders the system lets a user watch.
    WatchLimit = "watch-limit",
    /// The folder of the database.
    StateFolder = "state-folder",
    /// Room on its disk.
    DiskSpace = "disk-space",
    /// Its file system.
    FileSystem = "file-system",
    /// The log.
    Log = "log",
    /// The process that reads transcripts.
    Leader = "leader",
    /// What that process tells of itself.
    LeaderProblem = "leader-problem",
    /// The side for browsers, displays and other programs.
    Http = "http",
    /// The database.
    Database = "database",
    /// Copies of it.
    Backups = "backups",
    /// Posting to other machines.
    Push = "push",
    /// What waits to be read.
    Unread = "unread",
    /// Lines that could not be read as they stand.
    Faults = "faults",
    /// Models without a price.
    Unpriced = "unpriced",
    /// The price table.
    Prices = "prices",
    /// Responses whose output count no line finished.
    LowerBounds = "lower-bounds",
    /// The clock.
    Clock = "clock",
    /// The program that editors start.
    Program = "program",
    /// Filtered against unfiltered reading (`--deep`).
    Filter = "filter",
    /// The database against the transcripts (`--deep`).
    Sums = "sums",
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was looked at.
    pub name: Check,
    /// How much it matters.
    pub severity: Severity,
    /// What was seen, and on what.
    pub message: String,
    /// What to do; null where nothing has to be done.
    pub advice: Option<String>,
    /// The single cases.
    pub details: Vec<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(name: Check, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Ok, message)
    }

    /// Worth knowing.
    pub fn note(name: Check, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Note, message)
    }

    /// Something is missing, or will be.
    pub fn warning(name: Check, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Warning, message)
    }

    /// Something does not work.
    pub fn error(name: Check, message: impl Into<String>) -> Self {
        Self::new(name, Severity::Error, message)
    }

    fn new(name: Check, severity: Severity, message: impl Into<String>) -> Self {
        Self { name, severity, message: message.into(), advice: None, details: Vec::new() }
    }

    /// The same with what to do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same with the single cases.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// This program's version and commit.
    pub program: String,
    /// When it was looked.
    pub generated_at: String,
    /// The gravest severity.
    pub severity: Severity,
    /// In the order of [`Check::ALL`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Puts findings together.
    pub fn new(program: &str, generated_at: String, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.name);
        let severity = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
        Self { version: 1, program: program.to_owned(), generated_at, severity, findings }
    }

    /// Whether something has to be done.
    pub fn is_bad(&self) -> bool {
        self.severity >= Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_explains_every_finding_by_name() {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md")).unwrap();
        let headings: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
        let names: Vec<&str> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(headings, names);
    }

    #[test]
    fn the_gravest_counts_and_the_order_is_the_pages() {
        let findings = vec![
            Finding::note(Check::Prices, "p"),
            Finding::warning(Check::Settings, "one").advice("mend it"),
            Finding::ok(Check::ConfigFile, "c"),
            Finding::warning(Check::Settings, "two"),
        ];
        let report = Report::new("1", String::new(), findings);
        let messages: Vec<_> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["c", "one", "two", "p"]);
        assert!(report.is_bad());
        let value = serde_json::to_value(&report).unwrap();
        assert_eq!(
            (&value["severity"], &value["findings"][1]["name"]),
            (&"warning".into(), &"settings".into())
        );
        assert!(!Report::new("1", String::new(), vec![Finding::note(Check::Prices, "p")]).is_bad());
    }
}
