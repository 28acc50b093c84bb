//! What the store works out, against what is worked out from all responses one by one.

use crate::blocks::LENGTH;
use crate::pricing::PriceTable;
use crate::reports::{Blocks, By, Days, Query};
use crate::store::reading::{Reading, Scope};
use crate::store::{ALL_ROOTS, Found, Roots, Writer};
use crate::tail::{Cursor, Part};
use crate::time::{HOUR, MINUTE, Millis, Zone};
use crate::tokens::Tokens;
use crate::transcript::State;
use crate::transcript::record::{Batch, Origin, Owner, Response};
use chrono::Weekday;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use tempfile::TempDir;

/// 2026-11-02, midnight UTC.
const START: Millis = 1_793_577_600_000;

/// A database, filled in pieces.
struct Filled {
    folder: TempDir,
    writer: Writer,
    files: [i64; 2],
}

impl Filled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prices = PriceTable::builtin().clone();
        let mut writer = Writer::open(&folder.path().join("usage.db"), prices).unwrap();
        let files = ["/a/projects", "/b/projects"].map(|root| {
            let root = writer.root(root).unwrap();
            writer.register(&Found { root, path: "-p/s.jsonl".to_owned() }, 0).unwrap().id
        });
        Self { folder, writer, files }
    }

    /// Takes in responses of one root, each of as many output tokens as its number says.
    fn take_in(&mut self, root: usize, responses: &[(usize, Millis)], now: Millis) {
        let response = |(number, at): &(usize, Millis)| Response {
            key: format!("msg_{number}").into(),
            model: "claude-haiku-4-5".into(),
            tokens: Tokens { output: *number as i64 + 1, ..Tokens::default() },
            at: *at,
            owner: Owner {
                origin: Arc::new(Origin { session: format!("s{}", number % 3).into(), ..Origin::default() }),
                ..Owner::default()
            },
            ..Response::default()
        };
        let batch = Batch { responses: responses.iter().map(response).collect(), ..Batch::default() };
        let (cursor, state) = (Cursor::default(), State::default());
        let part = Part { file: self.files[root], anew: false, from: 0, batch, cursor, state, last: true };
        self.writer.apply(&part).unwrap();
        self.writer.commit(now).unwrap();
    }

    fn reading(&self) -> Reading {
        Reading::open(&self.folder.path().join("usage.db")).unwrap()
    }

    fn blocks(&self, days: Days, roots: Roots, now: Millis) -> Blocks {
        let query =
            Query { by: By::Hour, split: None, days, project: None, limit: None, week_start: Weekday::Mon };
        self.reading().blocks(&query, &utc(), roots, now).unwrap()
    }
}

fn utc() -> Zone {
    Zone::named("UTC").unwrap()
}

/// The windows of these responses with their output tokens, most recent first, by walking through all of them.
fn naive(responses: &[(usize, Millis)]) -> Vec<(String, i64)> {
    let mut sorted = responses.to_vec();
    sorted.sort_by_key(|(_, at)| *at);
    let mut windows: Vec<(Millis, i64)> = Vec::new();
    for (number, at) in sorted {
        match windows.last_mut() {
            Some((start, output)) if at < *start + LENGTH => *output += number as i64 + 1,
            _ => windows.push((at, number as i64 + 1)),
        }
    }
    windows.into_iter().rev().map(|(start, output)| (utc().rfc3339(start), output)).collect()
}

fn found(blocks: &Blocks) -> Vec<(String, i64)> {
    blocks.rows.iter().map(|row| (row.key.clone(), row.totals.output_tokens)).collect()
}

/// Times that are often close to the ends of windows and of quarter hours.
fn times() -> impl Strategy<Value = Vec<Millis>> {
    let step = prop_oneof![
        3 => 0..20 * MINUTE,
        2 => (0_i64..24).prop_map(|quarter| quarter * 15 * MINUTE),
        2 => (-2_i64..3).prop_map(|near| LENGTH + near),
        1 => 0..40 * HOUR,
    ];
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let mut at = START;
        steps
            .into_iter()
            .map(|step| {
                at += step;
                at
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn windows_are_those_of_all_responses(
        (times, order) in times().prop_flat_map(|times| {
            let order: Vec<usize> = (0..times.len()).collect();
            (Just(times), Just(order).prop_shuffle())
        }),
        pieces in 1_usize..5,
        now in 0_i64..200,
        day in 0_i64..4,
    ) {
        let responses: Vec<(usize, Millis)> = times.iter().copied().enumerate().collect();
        let arriving: Vec<(usize, Millis)> = order.iter().map(|index| responses[*index]).collect();
        let now = START + now * HOUR / 2;
        let mut filled = Filled::new();
        let size = arriving.len().div_ceil(pieces);
        for (index, piece) in arriving.chunks(size).enumerate() {
            filled.take_in(index % 2, piece, now);
            // What is not all there yet is right, too.
            let so_far = &arriving[..arriving.len().min((index + 1) * size)];
            prop_assert_eq!(found(&filled.blocks(Days::default(), ALL_ROOTS, now)), naive(so_far));
        }
        let all = naive(&responses);
        // One root alone has windows of its own.
        let first: Vec<_> = arriving.chunks(size).step_by(2).flatten().copied().collect();
        prop_assert_eq!(found(&filled.blocks(Days::default(), 1, now)), naive(&first));
        // A range lists those that began in it.
        let since = utc().day(START + day * 24 * HOUR);
        let days = Days { since: Some(since), until: since.succ_opt() };
        let (from, to) = days.instants(&utc());
        let within = |key: &String| (from..to).contains(&crate::time::parse_millis(key).unwrap());
        let expected: Vec<_> = all.iter().filter(|(key, _)| within(key)).cloned().collect();
        prop_assert_eq!(found(&filled.blocks(days, ALL_ROOTS, now)), expected);
        // The one that runs is the status's.
        let blocks = filled.blocks(Days::default(), ALL_ROOTS, now);
        let active: Vec<_> = blocks.rows.iter().filter(|row| row.active).collect();
        let scope = Scope { everywhere: false, folders: Vec::new(), roots: ALL_ROOTS, sessions: 1, zone: utc(), week_start: Weekday::Mon };
        let window = filled.reading().rows(&scope).unwrap().window;
        prop_assert_eq!(active.iter().map(|row| (row.key.clone(), row.totals.cost_usd)).collect::<Vec<_>>(),
            window.iter().map(|window| (utc().rfc3339(window.start), window.cost)).collect::<Vec<_>>());
    }
}

#[test]
fn a_year_without_a_pause_is_one_chain() {
    let mut filled = Filled::new();
    let responses: Vec<(usize, Millis)> =
        (0..4_000).map(|number| (number, START + number as Millis * 131 * MINUTE)).collect();
    let now = responses.last().unwrap().1;
    filled.take_in(0, &responses, now);
    assert_eq!(found(&filled.blocks(Days::default(), ALL_ROOTS, now)), naive(&responses));
    let last = naive(&responses).remove(0);
    let today = Days { since: Some(utc().day(now - LENGTH)), until: None };
    assert_eq!(found(&filled.blocks(today, ALL_ROOTS, now))[0], last);
}

#[test]
fn weeks_and_months_sum_their_days() {
    let mut filled = Filled::new();
    // Sunday 2026-11-01 to Tuesday 2026-12-01, one response a day.
    let responses: Vec<(usize, Millis)> =
        (0..31).map(|day| (day, START - 12 * HOUR + day as Millis * 24 * HOUR)).collect();
    filled.take_in(0, &responses, START);
    let rows = |by: By, week_start: Weekday| {
        let query = Query { by, split: None, days: Days::default(), project: None, limit: None, week_start };
        let report = filled.reading().report(&query, &utc(), ALL_ROOTS).unwrap();
        report.rows.into_iter().map(|row| (row.key, row.totals.messages)).collect::<BTreeMap<_, _>>()
    };
    let map = |rows: &[(&str, i64)]| rows.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
    let mondays = [
        ("2026-10-26", 1),
        ("2026-11-02", 7),
        ("2026-11-09", 7),
        ("2026-11-16", 7),
        ("2026-11-23", 7),
        ("2026-11-30", 2),
    ];
    assert_eq!(rows(By::Week, Weekday::Mon), map(&mondays));
    let sundays =
        [("2026-11-01", 7), ("2026-11-08", 7), ("2026-11-15", 7), ("2026-11-22", 7), ("2026-11-29", 3)];
    assert_eq!(rows(By::Week, Weekday::Sun), map(&sundays));
    assert_eq!(rows(By::Month, Weekday::Mon), map(&[("2026-11", 30), ("2026-12", 1)]));
}
