//! A made-up history: several projects, weeks of days with sane hours, and a session that goes on. The same seed and the
//! same moment make the same history.

mod random;
mod session;

use crate::time::{HOUR, MINUTE, Millis, Zone};
use chrono::{Datelike as _, Weekday};
use random::Random;
pub use session::Session;
use session::Start;
use std::path::{Path, PathBuf};

/// How many days before now the history begins.
const DAYS: i64 = 35;
/// A day, give or take the hour of a change of clocks.
const DAY: Millis = 24 * HOUR;

/// A project, and what is worked on in it.
struct Project {
    name: &'static str,
    files: &'static [&'static str],
    branches: &'static [&'static str],
    titles: &'static [&'static str],
}

const PROJECTS: [Project; 4] = [
    Project {
        name: "harbor",
        files: &["src/main.rs", "src/tide.rs", "src/berth.rs", "tests/berth.rs", "README.md"],
        branches: &["main", "tides-by-hour", "fix-double-berth"],
        titles: &[
            "Predict tides by the hour",
            "Mend the double berth",
            "Berths in one query",
            "Read the tide tables",
        ],
    },
    Project {
        name: "lighthouse",
        files: &["app/page.tsx", "app/lamp.tsx", "lib/beam.ts", "lib/beam.test.ts"],
        branches: &["main", "lamp-settings", "darker-night"],
        titles: &[
            "A page for the lamp's settings",
            "Sweep the beam evenly",
            "Tests of the beam",
            "Night colours",
        ],
    },
    Project {
        name: "tidewater",
        files: &["model/train.py", "model/data.py", "notebooks/first_look.ipynb", "pyproject.toml"],
        branches: &["main", "more-features"],
        titles: &["Train on last year's water", "Find the missing gauge", "Faster loading"],
    },
    Project {
        name: "dotfiles",
        files: &["nvim/init.lua", "zsh/zshrc", "install.sh"],
        branches: &["main"],
        titles: &["Tidy up the shell", "A status line with costs"],
    },
];

/// A transcript: its path below the projects folder, and its text.
pub type Transcript = (PathBuf, String);

/// A history up to a moment, and the session that goes on from there.
pub struct History {
    /// All transcripts, that of the session that goes on among them.
    pub transcripts: Vec<Transcript>,
    /// How many sessions there are.
    pub sessions: usize,
    /// How many projects there are.
    pub projects: usize,
    /// How many days it goes back.
    pub days: i64,
    /// The session that goes on.
    pub live: Session,
}

impl History {
    /// Makes up a history. `live` is the folder of the project that is worked on now, where it is not a made-up one;
    /// `home` is where the others lie.
    pub fn new(seed: u64, now: Millis, zone: &Zone, home: &str, live: Option<&str>) -> Self {
        let mut random = Random::new(seed);
        let place = |index: usize| match live {
            Some(live) if index == 0 => live.to_owned(),
            _ => format!("{home}/{}", PROJECTS[index].name),
        };
        let mut history = Self {
            transcripts: Vec::new(),
            sessions: 0,
            projects: PROJECTS.len(),
            days: DAYS,
            live: Session::begin(
                &mut random,
                &PROJECTS[0],
                place(0),
                Start { at: now - 40 * MINUTE, number: 0 },
            ),
        };
        let mut number = 0;
        for back in (0..=DAYS).rev() {
            let day = zone.day(now - back * DAY);
            let free = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            let count = if free { random.below(2) } else { 2 + random.below(4) };
            for _ in 0..count {
                let hour = if free { 11 + random.below(9) } else { 9 + random.below(9) };
                let at = zone.start_of(day) + hour as Millis * HOUR + random.below(60) as Millis * MINUTE;
                let turns = 3 + random.below(9);
                // Most work is done in the first project.
                let index = random.below(7).saturating_sub(3) as usize;
                number += 1;
                let start = Start { at, number };
                let mut session = Session::begin(&mut random, &PROJECTS[index], place(index), start);
                for _ in 0..turns {
                    session.turn();
                }
                // What would end after the live session began is left out.
                if session.at() < now - HOUR {
                    history.transcripts.extend(session.take());
                }
            }
        }
        while history.live.go_on(now) {}
        history.transcripts.extend(history.live.take());
        // One whose context grew full went on as another.
        let is_main = |path: &Path| path.components().count() == 2;
        history.sessions = history.transcripts.iter().filter(|(path, _)| is_main(path)).count();
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Interner, Parser, Place, State};
    use chrono_tz::Europe::Berlin;
    use std::collections::BTreeSet;

    /// Monday, 2026-11-16, 14:00 in Berlin.
    const NOW: Millis = 1_794_834_000_000;

    fn history(seed: u64) -> History {
        History::new(seed, NOW, &Zone::Named(Berlin), "/home/ada", None)
    }

    #[test]
    fn the_same_seed_makes_the_same() {
        assert_eq!(history(1).transcripts, history(1).transcripts);
        assert_ne!(history(1).transcripts, history(2).transcripts);
    }

    #[test]
    fn it_is_whole_and_looks_like_work() {
        for seed in 0..10 {
            let history = history(seed);
            let zone = Zone::Named(Berlin);
            let (mut models, mut days, mut projects) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            let (mut keys, mut agents, mut edits) = (BTreeSet::new(), 0, 0);
            let mut last = 0;
            for (path, text) in &history.transcripts {
                let (place, mut names) = (Place::of(path.to_str().unwrap(), 0), Interner::default());
                let mut parser = Parser::new(&place, State::default(), None, &mut names);
                text.split_inclusive('\n').for_each(|line| parser.line(line.as_bytes(), 0, false));
                let (batch, _) = parser.take();
                assert_eq!(batch.faults, [], "{path:?}");
                agents += usize::from(!place.agent.is_empty());
                edits += batch.outcomes.iter().filter(|outcome| outcome.lines_added > 0).count();
                projects.extend(
                    batch
                        .sessions
                        .values()
                        .filter_map(|session| session.project.clone())
                        .map(|(.., name)| name),
                );
                for response in &batch.responses {
                    assert!(keys.insert(response.key.clone()), "{} comes twice", response.key);
                    assert!(response.at <= NOW && response.at > NOW - (DAYS + 1) * DAY, "{}", response.at);
                    assert!(response.tokens.cache_read < 200_000, "{:?}", response.tokens);
                    let hour = (response.at - zone.start_of(zone.day(response.at))) / HOUR;
                    assert!((8..24).contains(&hour), "at {hour} o'clock");
                    models.insert(response.model.to_string());
                    days.insert(zone.day(response.at));
                    last = last.max(response.at);
                }
            }
            assert!(NOW - last < 10 * MINUTE, "nobody works now");
            assert_eq!(projects.len(), PROJECTS.len());
            assert!((500..20_000).contains(&keys.len()), "{} responses", keys.len());
            assert!(
                days.len() > 20 && models.len() >= 3 && agents > 5 && edits > 50,
                "{days:?} {models:?} {agents} {edits}"
            );
            let priced = |model: &String| crate::pricing::PriceTable::builtin().resolve(model).is_some();
            assert!(models.iter().all(priced), "{models:?}");
        }
    }

    #[test]
    fn a_session_goes_on_for_ever() {
        let mut live = history(3).live;
        let (mut at, mut seen) = (NOW, BTreeSet::new());
        for _ in 0..3_000 {
            at += 2_000;
            for (path, text) in live.step(at) {
                seen.insert(path);
                assert!(text.ends_with('\n') && !text.is_empty());
            }
        }
        // A context that is full begins anew: another session.
        assert!(seen.iter().filter(|path| path.components().count() == 2).count() > 1, "{seen:?}");
    }
}
