use super::*;
use crate::budgets::{Calendar, Period, Scope, Terms};
use crate::limits::Source;
use crate::pricing::PriceTable;
use crate::store::reading::Reading;
use crate::store::{Found, Ledger, Lookout};
use crate::tail::{Cursor, Part};
use crate::time::MINUTE;
use crate::tokens::Tokens;
use crate::transcript::State;
use crate::transcript::record::{Batch, ContextMark, Origin, Owner, Response, Session};
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// 2026-11-02, noon UTC.
const NOON: Millis = 1_793_620_800_000;
const ROOTS: [&str; 2] = ["/a/projects", "/b/projects"];
/// Sessions work in these folders in turn.
const FOLDERS: [&str; 3] = ["/home/ada/app", "/home/ada/app/web", "/home/ada/other"];

/// A database, its files' paths, and where the sums lie.
struct Filled {
    _folder: TempDir,
    database: PathBuf,
    sums: PathBuf,
    writer: Writer,
    files: Vec<i64>,
}

/// A response: which one, of which root and session, and when.
type Told = (usize, usize, usize, Millis);

impl Filled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database, sums) = (folder.path().join("usage.db"), folder.path().join("sums"));
        let mut writer = Writer::open(&database, PriceTable::builtin().clone()).unwrap();
        let mut files = Vec::new();
        for root in ROOTS {
            let root = writer.root(root).unwrap();
            for session in 0..FOLDERS.len() {
                let path = format!("-p/s{session}.jsonl");
                files.push(writer.register(&Found { root, path }, 0).unwrap().id);
            }
        }
        Self { _folder: folder, database, sums, writer, files }
    }

    /// Takes in a response of as many output tokens as its number says, and one.
    fn take_in(&mut self, told: Told) {
        self.apply(told);
        self.writer.commit(told.3).unwrap();
    }

    fn apply(&mut self, (number, root, session, at): Told) {
        let id = format!("s{session}");
        let response = Response {
            key: format!("msg_{number}").into(),
            model: "claude-haiku-4-5".into(),
            tokens: Tokens { output: number as i64 + 1, ..Tokens::default() },
            at,
            owner: Owner {
                origin: Arc::new(Origin { session: id.as_str().into(), ..Origin::default() }),
                ..Owner::default()
            },
            ..Response::default()
        };
        let facts = Session {
            project: Some((false, at, FOLDERS[session].into())),
            last: Some(at),
            context: Some(ContextMark {
                at,
                file: format!("-p/{id}.jsonl").into(),
                offset: number as u64,
                tokens: Some(1),
                model: "claude-haiku-4-5".into(),
            }),
            ..Session::default()
        };
        let mut batch = Batch { responses: vec![response], ..Batch::default() };
        batch.sessions.insert(id.as_str().into(), facts);
        let cursor = Cursor { size: 100 * (number as u64 + 1), ..Cursor::default() };
        let file = self.files[root * FOLDERS.len() + session];
        let part = Part { file, anew: false, from: 0, batch, cursor, state: State::default(), last: true };
        self.writer.apply(&part).unwrap();
    }

    fn limit(&mut self, resets: Millis, at: Millis) {
        let limit = PlanLimit {
            window: "fiveHour".to_owned(),
            used_basis_points: 2_350,
            resets_at: Some(resets),
            reported_at: at,
            source: Source::Statusline,
        };
        self.writer.apply_limits(&[limit]).unwrap();
        self.writer.commit(at).unwrap();
    }

    /// Sets budgets and looks at them.
    fn budgets(&mut self, of: &[(Period, usize)]) {
        let scopes =
            ["all", "project", "branch", "model"].map(|kind| Scope::of(kind, "/home/ada/app").unwrap());
        let terms: Vec<Terms> = of
            .iter()
            .map(|(period, scope)| Terms {
                scope: scopes[*scope].clone(),
                period: *period,
                // More than what a double keeps to the last digit.
                limit: NanoUsd(9_007_199_254_740_993),
                thresholds: vec![80],
                hard: false,
            })
            .collect();
        let calendar = Calendar { zone: utc(), week_start: chrono::Weekday::Mon, cycle_day: 1 };
        Ledger::open(&self.database).unwrap().set(&terms, &calendar, NOON).unwrap();
        let lookout =
            Lookout { calendar, limit_thresholds: Vec::new(), configured: Vec::new(), is_whole: true };
        self.writer.look_out(lookout, NOON).unwrap();
    }

    /// Makes sums ready, in a later step of the files' clock.
    fn make_ready(&mut self, now: Millis) {
        let made = self.writer.make_ready(&self.database, &self.sums, &utc(), now).unwrap().unwrap();
        assert_eq!(made, Some(Stamp::of(&self.database)));
        self.written_after(Duration::from_secs(1));
    }

    /// Has the sums be written so long after the database.
    fn written_after(&self, time: Duration) {
        let last = UNIX_EPOCH + Duration::from_nanos(Stamp::of(&self.database).last());
        fs::File::options().write(true).open(&self.sums).unwrap().set_modified(last + time).unwrap();
    }

    fn load(&self) -> Option<Ready> {
        Ready::load(&self.sums, &self.database)
    }

    fn asked_of_the_database(&self, asked: &Asked<'_>) -> Glance {
        Reading::open_at_once(&self.database).unwrap().glance(asked).unwrap()
    }
}

fn utc() -> Zone {
    Zone::named("UTC").unwrap()
}

fn names(roots: &[&str]) -> Vec<String> {
    roots.iter().map(|root| (*root).to_owned()).collect()
}

/// Asks for what is about no session and no folder.
fn asked<'a>(roots: &'a [String], zone: &'a Zone, now: Millis) -> Asked<'a> {
    Asked { session: "", transcript: None, folders: &[], window: true, roots, zone, now }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever is asked says the same.
    #[test]
    fn what_lies_ready_is_what_the_database_says(
        told in prop::collection::vec((0..9_usize, 0..2_usize, 0..3_usize, -30..12_i64), 1..20),
        limits in prop::collection::vec((1..5_i64, -3..1_i64), 0..3),
        budgets in prop::collection::btree_set((prop::sample::select(Period::ALL.to_vec()), 0..4_usize), 0..4),
        roots in prop::sample::subsequence(&ROOTS[..], 1..=2),
        folder in prop::sample::select(vec!["/home/ada/app", "/home/ada/app/web", "/home/ada", "/none", "/"]),
        size in 0..1_000_u64,
        window in prop::bool::ANY,
        later in 0..11_i64,
    ) {
        let mut filled = Filled::new();
        for (number, root, session, hours) in told {
            filled.take_in((number, root, session, NOON + hours * HOUR));
        }
        for (resets, at) in limits {
            filled.limit(NOON + resets * HOUR, NOON + at * HOUR);
        }
        filled.budgets(&budgets.into_iter().collect::<Vec<_>>());
        filled.make_ready(NOON);
        let (roots, folders, zone) = (names(&roots), [folder.to_owned()], utc());
        for session in ["", "s0", "s1", "s2", "unknown"] {
            let path = format!("/x/-p/{session}.jsonl");
            for transcript in [None, Some((path.as_str(), size))] {
                let now = NOON + later * HOUR;
                let asked = Asked { session, transcript, folders: &folders, window, roots: &roots, zone: &zone, now };
                let glance = filled.load().unwrap().glance(&asked);
                if let Some(glance) = &glance {
                    prop_assert_eq!(glance, &filled.asked_of_the_database(&asked), "{:?}", asked);
                }
                // Only what is long past or was never heard of has to be asked for; and windows of a part of the roots, or
                // after what came later.
                prop_assert!(glance.is_some() || window || (session, transcript) != ("", None));
            }
        }
    }
}

#[test]
fn an_active_session_is_known_with_its_transcript() {
    let mut filled = Filled::new();
    filled.take_in((4, 0, 1, NOON));
    filled.make_ready(NOON + 1);
    let (roots, folders, zone) = (names(&ROOTS), ["/home/ada/app".to_owned()], utc());
    let mut asked = Asked {
        session: "s1",
        transcript: Some(("/x/-p/s1.jsonl", 500)),
        folders: &folders,
        window: true,
        roots: &roots,
        zone: &zone,
        now: NOON + 2,
    };
    // Five output tokens of Haiku 4.5 at $5 a million.
    let cost = Some(NanoUsd(25_000));
    let window = Running { start: NOON, cost: NanoUsd(25_000), recent: NanoUsd(25_000), recent_tokens: 5 };
    let expected =
        Glance { session: cost, project: cost, today: cost, window: Some(window), ..Glance::default() };
    assert_eq!(filled.load().unwrap().glance(&asked), Some(expected.clone()));
    asked.transcript = Some(("/x/-p/s1.jsonl", 501));
    assert_eq!(filled.load().unwrap().glance(&asked), Some(Glance { behind: true, ..expected }));
}

#[test]
fn where_it_does_not_speak_of_now_the_database_is_asked() {
    let mut filled = Filled::new();
    filled.take_in((4, 0, 1, NOON));
    filled.make_ready(NOON + 1);
    let (roots, zone, other) = (names(&ROOTS), utc(), Zone::named("Asia/Tokyo").unwrap());
    let asked = Asked { window: false, ..asked(&roots, &zone, NOON + 2) };
    let glance = |asked: &Asked<'_>| filled.load().unwrap().glance(asked);
    assert!(glance(&asked).is_some());
    assert!(glance(&Asked { now: NOON + 12 * HOUR, ..asked.clone() }).is_none(), "another day");
    assert!(glance(&Asked { zone: &other, ..asked.clone() }).is_none(), "days of another zone");
    assert!(glance(&Asked { now: NOON, ..asked.clone() }).is_none(), "a clock that was set back");
    assert!(glance(&Asked { roots: &names(&["/c/projects"]), ..asked.clone() }).is_none(), "another root");
    assert!(glance(&Asked { session: "s2", ..asked.clone() }).is_none(), "a session that is not known");
    // It was written in the same step of the files' clock as the last commit that it knows: there may be a later one.
    filled.written_after(Duration::ZERO);
    assert!(filled.load().is_none());
    filled.written_after(Duration::from_millis(1));
    assert!(filled.load().is_some());
    // What is no such file, or half of one.
    let text = fs::read(&filled.sums).unwrap();
    let mut torn = text.clone();
    *torn.iter_mut().rev().find(|byte| **byte == b'2').unwrap() = b'3';
    for (bytes, sound) in [
        (&b"{}"[..], false),
        (&text[..text.len() / 2], false),
        (&torn, false),
        (b"", false),
        (&text[..], true),
    ] {
        fs::write(&filled.sums, bytes).unwrap();
        filled.written_after(Duration::from_secs(1));
        assert_eq!(filled.load().is_some(), sound);
    }
    // Another commit, of whatever.
    filled.take_in((4, 0, 2, NOON + 1));
    filled.written_after(Duration::from_secs(1));
    assert!(filled.load().is_none());
}

/// The window goes on without a commit: its rate falls, it ends, and what a clock that was ahead told of begins another.
#[test]
fn the_window_is_that_of_the_moment() {
    let mut filled = Filled::new();
    for (number, minutes) in [(1, -90), (2, -30), (3, -10), (4, 400)] {
        filled.take_in((number, 0, 0, NOON + minutes * MINUTE));
    }
    filled.make_ready(NOON);
    let (roots, zone) = (names(&ROOTS), utc());
    let mut asked = asked(&roots, &zone, 0);
    let mut at = |minutes: i64| {
        asked.now = NOON + minutes * MINUTE;
        let glance = filled.load().unwrap().glance(&asked);
        if let Some(glance) = &glance {
            assert_eq!(*glance, filled.asked_of_the_database(&asked), "{minutes}");
        }
        glance.map(|glance| glance.window.map(|window| (window.start, window.cost.0, window.recent.0)))
    };
    // Two, three and four output tokens of Haiku 4.5 at $5 a million.
    let start = NOON - 90 * MINUTE;
    for (minutes, expected) in [
        (0, Some(Some((start, 45_000, 35_000)))),
        (30, Some(Some((start, 45_000, 35_000)))),
        (31, Some(Some((start, 45_000, 20_000)))),
        (50, Some(Some((start, 45_000, 20_000)))),
        (51, Some(Some((start, 45_000, 0)))),
        (209, Some(Some((start, 45_000, 0)))),
        (210, Some(None)),
        (399, Some(None)),
        (400, None),
    ] {
        assert_eq!(at(minutes), expected, "{minutes} minutes later");
    }
    // A part of the roots may have windows of its own.
    let some = names(&ROOTS[..1]);
    let asked = Asked { roots: &some, now: NOON, ..asked };
    assert!(filled.load().unwrap().glance(&asked).is_none());
    assert!(filled.load().unwrap().glance(&Asked { window: false, ..asked }).is_some());
}

#[test]
fn a_busy_hour_is_left_to_the_database() {
    let mut filled = Filled::new();
    let (roots, zone) = (names(&ROOTS), utc());
    let asked = asked(&roots, &zone, NOON + MINUTE);
    for (count, ready) in [(MOST_RESPONSES, true), (MOST_RESPONSES + 1, false)] {
        for number in 0..count {
            filled.apply((number, 0, 0, NOON));
        }
        filled.writer.commit(NOON).unwrap();
        filled.make_ready(NOON + MINUTE);
        assert_eq!(filled.load().unwrap().glance(&asked).is_some(), ready, "{count}");
    }
    let window = filled.asked_of_the_database(&asked).window.unwrap();
    assert_eq!(window.recent, NanoUsd(5_000 * (1..=MOST_RESPONSES as i64 + 1).sum::<i64>()));
}
