//! Records: what a process has to say, on one line of JSON.

use super::report::{Hooked, Reported};
use super::telemetry::{Metered, Requested};
use crate::time::{Millis, Zone, parse_millis};
use crate::tokens::Tokens;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, RandomState};

/// The version of the form that this program writes.
const VERSION: u32 = 1;
/// No response can use more of a class of tokens.
pub const MOST_TOKENS: i64 = 1_000_000_000;

/// Something that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What makes it one record, however often it is read.
    pub id: String,
    /// When it happened.
    pub at: Millis,
    /// What it says.
    pub what: What,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Tokens were used.
    Usage(Usage),
    /// The usage that was recorded with this id does not count.
    Undo(String),
    /// Claude Code's status line spoke.
    Reported(Reported),
    /// A hook of Claude Code spoke.
    Hooked(Hooked),
    /// Claude Code's telemetry told of a request.
    Requested(Requested),
    /// Claude Code's telemetry counted something.
    Metered(Metered),
}

impl What {
    /// Whether the record has to be kept by its id. What only states how things are is the same however often it is taken in.
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Undo(_))
    }
}

/// Usage that no transcript tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Who recorded it: `manual`.
    pub source: String,
    /// The model's id.
    pub model: String,
    /// The working directory that it belongs to.
    pub project: String,
    /// The session's id.
    pub session: String,
    /// What was used.
    #[serde(flatten)]
    pub counts: TokenCounts,
    /// More was used than is said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lower_bound: bool,
    /// What the user noted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Usage {
    fn is_sound(&self) -> bool {
        !self.source.is_empty() && !self.session.is_empty() && self.counts.is_sound()
    }
}

/// Tokens as other programs count them: for how long a cache keeps what is written they do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenCounts {
    /// Prompt tokens from no cache.
    pub input: i64,
    /// Generated tokens.
    pub output: i64,
    /// Prompt tokens read from a cache.
    pub cache_read: i64,
    /// Prompt tokens written to a cache.
    pub cache_write: i64,
}

impl TokenCounts {
    /// The counts by class, as if what is written were kept for five minutes.
    pub fn tokens(&self) -> Tokens {
        Tokens {
            input: self.input,
            output: self.output,
            cache_write_5m: self.cache_write,
            cache_read: self.cache_read,
            ..Tokens::default()
        }
    }

    /// Whether a response can have used so much.
    pub(super) fn is_sound(&self) -> bool {
        let counts = [self.input, self.output, self.cache_read, self.cache_write];
        counts.iter().all(|count| (0..=MOST_TOKENS).contains(count))
    }
}

/// What every record has, whatever its kind and version.
#[derive(Serialize, Deserialize)]
struct Envelope {
    v: u32,
    id: String,
    at: String,
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Undo {
    cancels: String,
}

#[derive(Serialize)]
struct Line<T> {
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(flatten)]
    body: T,
}

/// A line of the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The record's id.
    pub id: String,
    /// Its kind, as written.
    pub kind: String,
    /// What it says; `None` where a newer program may know.
    pub record: Option<Record>,
}

/// Reads a line; `None` where it is no record of any kind.
pub fn read(line: &[u8]) -> Option<Found> {
    let Envelope { v, id, at, kind } = serde_json::from_slice(line).ok()?;
    if id.is_empty() || id.len() > 64 {
        return None;
    }
    let what = match kind.as_str() {
        _ if v != VERSION => None,
        "usage" => serde_json::from_slice(line).ok().filter(Usage::is_sound).map(What::Usage),
        "undo" => serde_json::from_slice(line).ok().map(|Undo { cancels }| What::Undo(cancels)),
        "statusline" => serde_json::from_slice(line).ok().filter(Reported::is_sound).map(What::Reported),
        "hook" => serde_json::from_slice(line).ok().filter(Hooked::is_sound).map(What::Hooked),
        "request" => serde_json::from_slice(line).ok().filter(Requested::is_sound).map(What::Requested),
        "meter" => serde_json::from_slice(line).ok().filter(Metered::is_sound).map(What::Metered),
        _ => None,
    };
    let record = what.zip(parse_millis(&at)).map(|(what, at)| Record { id: id.clone(), at, what });
    Some(Found { id, kind, record })
}

impl Record {
    /// The record as a line of JSON, without its end.
    pub fn line(&self) -> String {
        let kind = match self.what {
            What::Usage(_) => "usage",
            What::Undo(_) => "undo",
            What::Reported(_) => "statusline",
            What::Hooked(_) => "hook",
            What::Requested(_) => "request",
            What::Metered(_) => "meter",
        };
        let envelope = Envelope {
            v: VERSION,
            id: self.id.clone(),
            at: Zone::Named(chrono_tz::UTC).rfc3339(self.at),
            kind: kind.to_owned(),
        };
        let line = match &self.what {
            What::Usage(usage) => serde_json::to_string(&Line { envelope, body: usage }),
            What::Undo(id) => serde_json::to_string(&Line { envelope, body: Undo { cancels: id.clone() } }),
            What::Reported(reported) => serde_json::to_string(&Line { envelope, body: reported }),
            What::Hooked(hooked) => serde_json::to_string(&Line { envelope, body: hooked }),
            What::Requested(requested) => serde_json::to_string(&Line { envelope, body: requested }),
            What::Metered(metered) => serde_json::to_string(&Line { envelope, body: metered }),
        };
        // Strings and integers always are JSON.
        line.unwrap_or_default()
    }
}

/// A new id: 48 bits of time and 80 random ones as 26 letters and digits, so that ids sort by time.
pub fn new_id(now: Millis) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    // The standard library's hashers are seeded by the system.
    let random = || u128::from(RandomState::new().hash_one(now));
    let bits = ((now as u128 & 0xffff_ffff_ffff) << 80) | ((random() << 64 | random()) & ((1 << 80) - 1));
    (0..26).rev().map(|place| char::from(DIGITS[(bits >> (5 * place)) as usize & 31])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::NanoUsd;
    use crate::sources::report::{Cache, Filled, Used};

    fn usage() -> Usage {
        let text = |text: &str| text.to_owned();
        Usage {
            source: text("manual"),
            model: text("claude-opus-4-6"),
            project: text("/w"),
            session: text("s"),
            counts: TokenCounts { input: 1, output: 2, cache_read: 3, cache_write: 4 },
            lower_bound: false,
            note: text("a \"note\"\n"),
        }
    }

    fn reported() -> Reported {
        Reported {
            session: "s".to_owned(),
            model: "claude-opus-4-6".to_owned(),
            limits: vec![Used {
                window: "fiveHour".to_owned(),
                used: 2_350,
                resets_at: Some(1_793_630_000_000),
            }],
            context: Some(Filled { used: Some(15_500), window: 200_000 }),
            cost: Some(NanoUsd(12_340_000)),
            cache: Some(Cache { until: Some(1_793_624_400_000), hour: true, tokens: Some(45_000) }),
        }
    }

    fn hooked() -> Hooked {
        Hooked {
            session: "s".to_owned(),
            event: "PostToolUse".to_owned(),
            mode: "plan".to_owned(),
            tool_use: "toolu_1".to_owned(),
            duration_ms: Some(12),
            tokens: Some(34),
            ..Hooked::default()
        }
    }

    #[test]
    fn lines_are_read_as_written() {
        for what in [
            What::Usage(usage()),
            What::Undo("x".to_owned()),
            What::Reported(reported()),
            What::Reported(Reported { session: "s".to_owned(), ..Reported::default() }),
            What::Hooked(hooked()),
        ] {
            let record = Record { id: new_id(7), at: 1_793_620_800_123, what };
            let line = record.line();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(read(line.as_bytes()).unwrap().record, Some(record));
        }
        let found = read(br#"{"v":1,"id":"a","at":"2026-11-02T12:00:00Z","kind":"usage","source":"manual","session":"s","output":5,"new":[]}"#);
        let What::Usage(usage) = found.unwrap().record.unwrap().what else { panic!() };
        assert_eq!((usage.counts.input, usage.counts.output, usage.model.as_str()), (0, 5, ""));
    }

    #[test]
    fn what_a_newer_program_wrote_is_known_by_its_id() {
        for (v, kind, more) in [
            (2, "usage", r#","source":"manual","session":"s""#),
            (1, "limits", ""),
            (1, "usage", r#","source":"manual","session":"s","input":-1"#),
            (1, "usage", r#","source":"manual","session":"s","input":1000000001"#),
            (1, "usage", r#","source":"manual""#),
            (1, "undo", ""),
            (1, "statusline", ""),
            (1, "statusline", r#","session":"s","context":{"used":1,"window":0}"#),
            (1, "statusline", r#","session":"s","cost":-1"#),
            (1, "hook", r#","session":"s""#),
            (1, "hook", r#","session":"s","event":"Stop","durationMs":-1"#),
            (2, "hook", r#","session":"s","event":"Stop""#),
        ] {
            let line = format!(r#"{{"v":{v},"id":"a","at":"2026-11-02T12:00:00Z","kind":"{kind}"{more}}}"#);
            let found = read(line.as_bytes()).unwrap();
            assert_eq!((found.id.as_str(), found.kind.as_str(), found.record), ("a", kind, None), "{line}");
        }
        for line in
            ["", "{", "[]", r#"{"v":1,"at":"","kind":"usage"}"#, r#"{"v":1,"id":"","at":"","kind":"usage"}"#]
        {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn ids_sort_by_time_and_differ() {
        let ids: Vec<String> = (0..1_000).map(|at| new_id(1_793_620_800_000 + at)).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 26));
        let mut same: Vec<String> = (0..1_000).map(|_| new_id(1)).collect();
        same.sort();
        same.dedup();
        assert_eq!(same.len(), 1_000);
    }
}
