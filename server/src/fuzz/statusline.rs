//! What Claude Code hands over.

use crate::claude_settings::{has_ours, with_hooks, with_statusline, without_hooks, without_statusline};
use crate::sources::claude_json;
use crate::sources::hook::Event;
use crate::sources::record::{self, Record, What};
use crate::sources::report::Reported;
use crate::statusline::{Input, Known, PRESETS, Template, line};
use serde_json::Value;

/// 2025-02-01 14:00 UTC.
const NOW: i64 = 1_738_418_400_000;

/// Any bytes as what Claude Code hands to a status line or a hook, as its own file, as a template, and as its settings: there is
/// a line and one line, what is recorded can be and is read as it was written, and what goes into settings comes out again.
pub fn statusline(bytes: &[u8]) {
    let input = Input::read(bytes);
    let known = Known { now: NOW, ..Known::default() };
    let own = String::from_utf8_lossy(bytes);
    for template in PRESETS.iter().map(|(_, template)| *template).chain([own.as_ref()]) {
        for width in [None, Some(7), Some(80)] {
            let text = line(&Template::read(template), " · ", width, &input, &known).text();
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
    if let Some(reported) = Reported::of(&input, NOW) {
        assert_eq!(reported.plan_limits(NOW).count(), reported.limits.len());
        recorded(What::Reported(reported));
    }
    if let Some(event) = Event::read(bytes) {
        assert_eq!(event.stop("why").is_some(), event.awaits_answer());
        if let Some(hooked) = event.record() {
            recorded(What::Hooked(hooked));
        }
    }
    for limit in claude_json::limits(bytes) {
        assert_eq!(limit.clone().sound(), Some(limit));
    }
    settings(&own);
}

fn recorded(what: What) {
    let record = Record { id: "id".to_owned(), at: NOW, what };
    let line = record.line();
    assert!(!line.contains('\n'), "{line}");
    assert_eq!(record::read(line.as_bytes()).and_then(|found| found.record), Some(record));
}

fn settings(before: &str) {
    // Of members with the same key only the last one counts, and it alone is put back.
    let plain = serde_json::from_str::<Value>(before).ok().filter(|value| {
        value
            .as_object()
            .is_some_and(|fields| !fields.contains_key("statusLine") && !fields.contains_key("hooks"))
    });
    let with = with_statusline(before, "costline statusline", &[]);
    let both = with.as_ref().map(|with| with_hooks(with, "costline hook"));
    if let (Some(value), Ok(with), Ok(Ok(both))) = (plain, &with, &both) {
        assert_eq!(has_ours(both), (true, true));
        assert_eq!(without_hooks(both).unwrap(), *with);
        let after = without_statusline(with).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), value);
        assert!(after == before || value.as_object().is_some_and(serde_json::Map::is_empty));
    }
    let _ = (without_statusline(before), without_hooks(before));
}
