//! Where the sums of the last hours are posted to, as the settings say.

use crate::config::Config;
use crate::display::{self, SLOT, latest_point};
use crate::time::{HOUR, MINUTE, Millis};
use toml::{Table, Value};

/// One address to post to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub url: String,
    /// The file that holds the token; a path as it was written.
    pub token_file: Option<String>,
    /// How often, in milliseconds.
    pub every: Millis,
    /// What this machine is called there; `None` is its own name.
    pub source: Option<String>,
    /// How many hours are summed.
    pub hours: u32,
}

/// How often where nobody says.
const USUAL: Millis = 5 * MINUTE;
/// The shortest and the longest time between two posts.
const SHORTEST: Millis = 1_000;
const LONGEST: Millis = 24 * HOUR;
/// Where a Costline takes what is posted.
const ROUTE: &str = "/metrics/claude";
/// The first wait after a failure; each is twice as long as the one before.
const FIRST_WAIT: Millis = 1_000;
/// After so many failures in a row it is a problem: a machine that sleeps, or is on its way, fails now and then.
pub const FAILURES: i64 = 3;

/// The addresses of the settings, and what is wrong with them, each in a sentence.
pub fn configured(config: &Config) -> (Vec<Target>, Vec<String>) {
    let mut targets: Vec<Target> = Vec::new();
    let mut problems = Vec::new();
    for (index, table) in config.push.iter().enumerate() {
        match target(table) {
            Ok(target) if targets.iter().any(|known| known.url == target.url) => {
                problems
                    .push(format!("push: {} is there twice; the second one is not posted to", target.url));
            }
            Ok(target) => targets.push(target),
            Err(problem) => problems.push(format!("push, entry {}: {problem}", index + 1)),
        }
    }
    (targets, problems)
}

fn target(table: &Table) -> Result<Target, String> {
    const KEYS: [&str; 5] = ["url", "token_file", "every", "source", "hours_back"];
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key `{unknown}`; there are {}", KEYS.join(", ")));
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` must be text")),
    };
    let url = text("url")?.ok_or("`url` is missing, such as \"http://desk.example:8377\"")?;
    let source = text("source")?;
    if let Some(source) = &source {
        display::check_source(source)?;
    }
    let hours = match table.get("hours_back") {
        None => display::USUAL_HOURS,
        Some(value) => display::hours(&value.to_string())?,
    };
    let every = text("every")?.map_or(Ok(USUAL), |every| span(&every))?;
    Ok(Target { url: address(&url)?, token_file: text("token_file")?, every, source, hours })
}

/// An address to post to: one without a path is a Costline's.
///
/// # Errors
/// What to write instead.
pub fn address(url: &str) -> Result<String, String> {
    let wanted =
        || format!("url is {url:?}; give an address such as \"http://desk.example:8377\", or one with https");
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or_else(wanted)?;
    let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    let strange = |text: &str| text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if host.is_empty() || host.contains('@') || strange(rest) {
        return Err(wanted());
    }
    let whole = |host: &str| format!("{}{host}", &url[..url.len() - rest.len()]);
    Ok(if path.is_empty() { whole(host) + ROUTE } else { url.to_owned() })
}

/// `30s`, `5m`, `1h` in milliseconds.
fn span(text: &str) -> Result<Millis, String> {
    let wanted = || format!("`every` is {text:?}; give a time from 1s to 24h, such as \"5m\"");
    let unit = match text.chars().last() {
        Some('s') => 1_000,
        Some('m') => MINUTE,
        Some('h') => HOUR,
        _ => return Err(wanted()),
    };
    let number: Millis = text[..text.len() - 1].parse().map_err(|_| wanted())?;
    let span = number.checked_mul(unit).filter(|span| (SHORTEST..=LONGEST).contains(span));
    span.ok_or_else(wanted)
}

/// Which points of the last day an address misses, oldest first, where something came there at `last`: those since then, as far apart
/// as posts are. Nothing while posts come as they should. `count` is how many points there are, the latest of them now.
pub fn missed(last: Millis, now: Millis, every: Millis, count: usize) -> Vec<(usize, Millis)> {
    if now - last <= SLOT.max(2 * every) {
        return Vec::new();
    }
    let (latest, _) = latest_point(now);
    let step = (every / SLOT).max(1);
    let end = |index: usize| (index, latest - (count - 1 - index) as Millis * SLOT);
    (0..count).map(end).filter(|(_, end)| *end > last && (end / SLOT) % step == 0).collect()
}

/// How long to wait after so many failures in a row.
pub fn wait(failures: i64, every: Millis) -> Millis {
    if failures == 0 {
        return every;
    }
    let doubled = FIRST_WAIT << (failures - 1).clamp(0, 20);
    // An address that is gone for long is tried as often as one that is there.
    doubled.min(every.max(FIRST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_the_route_where_they_have_none() {
        for (url, expected) in [
            ("http://desk:8377", Some("http://desk:8377/metrics/claude")),
            ("https://desk.example/", Some("https://desk.example/metrics/claude")),
            ("http://[::1]:8377", Some("http://[::1]:8377/metrics/claude")),
            ("http://desk/other?x=1", Some("http://desk/other?x=1")),
            ("desk:8377", None),
            ("ftp://desk", None),
            ("http://", None),
            ("http:///x", None),
            ("http://user:secret@desk", None),
            ("http://de sk", None),
            ("http://desk\r\nX: y", None),
        ] {
            assert_eq!(address(url).ok().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn entries_are_checked() {
        let read = |text: &str| target(&text.parse::<Table>().unwrap());
        assert_eq!(
            read("url = 'http://desk'\ntoken_file = '~/t'\nevery = '30s'\nsource = 'lap'\nhours_back = 12")
                .unwrap(),
            Target {
                url: "http://desk/metrics/claude".into(),
                token_file: Some("~/t".into()),
                every: 30_000,
                source: Some("lap".into()),
                hours: 12,
            }
        );
        let usual = read("url = 'http://desk'").unwrap();
        assert_eq!((usual.every, usual.hours, usual.source), (300_000, 24, None));
        for (text, word) in [
            ("", "`url` is missing"),
            ("url = 1", "`url` must be text"),
            ("url = 'http://desk'\nevery = '5'", "every"),
            ("url = 'http://desk'\nevery = '0s'", "every"),
            ("url = 'http://desk'\nevery = '25h'", "every"),
            ("url = 'http://desk'\nevery = 'ü'", "every"),
            ("url = 'http://desk'\nhours_back = 0", "hours_back"),
            ("url = 'http://desk'\nsource = ''", "source"),
            ("url = 'http://desk'\ntoken = 'x'", "unknown key `token`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn what_was_missed_is_since_the_last_one() {
        // Two minutes past noon, with a day's points.
        let (noon, now) = (1_793_620_800_000, 1_793_620_920_000);
        let ends = |ago: Millis, every: Millis, count: usize| -> Vec<Millis> {
            let missed = missed(now - ago, now, every, count);
            assert!(missed.iter().all(|(index, end)| *end == noon - (count - 1 - index) as Millis * SLOT));
            missed.iter().map(|(_, end)| (noon - end) / MINUTE).collect()
        };
        assert_eq!(ends(13 * MINUTE, 1_000, 288), [10, 5, 0]);
        assert_eq!(ends(12 * MINUTE, 1_000, 288), [5, 0]);
        // Posts come as they should.
        assert!(ends(5 * MINUTE, 5 * MINUTE, 288).is_empty());
        assert!(ends(20 * MINUTE, 10 * MINUTE, 288).is_empty());
        // As far apart as posts are.
        assert_eq!(ends(3 * HOUR, HOUR, 288), [120, 60, 0]);
        assert_eq!(ends(36 * MINUTE, 10 * MINUTE, 288), [30, 20, 10, 0]);
        // No more than there are.
        assert_eq!(ends(100 * HOUR, 1_000, 288).len(), 288);
        assert_eq!(ends(100 * HOUR, 1_000, 2), [5, 0]);
        assert!(ends(100 * HOUR, 1_000, 0).is_empty());
    }

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<Millis> = (0..12).map(|failures| wait(failures, 300_000)).collect();
        assert_eq!(waits[..5], [300_000, 1_000, 2_000, 4_000, 8_000]);
        assert_eq!((waits[9], waits[11], wait(i64::MAX, 300_000)), (256_000, 300_000, 300_000));
        assert_eq!(wait(5, 1_000), 1_000);
    }
}
