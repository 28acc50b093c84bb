//! Rows with parts by a second key: over handmade history, and against the database itself over real transcripts.

use crate::corpus::shared;
use crate::home::TestHome;
use crate::lsp_client::LspClient;
use crate::process::{json, run, text};
use crate::rig::Rig;
use crate::transcript::{HAIKU, SONNET, Usage, Voice, at};
use costline::money::NanoUsd;
use costline::reports::{By, KEYS, Report};
use rusqlite::types::Value as Cell;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// A week and a day: two models, on a Wednesday, on the Thursday after it, and on the next Wednesday.
fn a_week(home: &TestHome) {
    for (session, model, responses) in [
        (
            SESSION,
            HAIKU,
            [("2025-10-01T18:10:00Z", 1), ("2025-10-02T07:00:00Z", 10), ("2025-10-08T18:50:00Z", 100)],
        ),
        (
            OTHER,
            SONNET,
            [
                ("2025-10-01T18:20:00Z", 1_000),
                ("2025-10-01T23:59:59Z", 10_000),
                ("2025-10-08T00:00:00Z", 100_000),
            ],
        ),
    ] {
        let voice = Voice::new(session, &home.project()).model(model);
        let lines = responses.map(|(time, output)| voice.response(time, at(time), Usage::of(0, output)));
        home.append("-project", session, &lines.concat());
    }
}

type Parts = Vec<(String, i64, Vec<(String, i64)>)>;

/// Key and output tokens of each row, and of each of its parts.
fn parts(report: &Value) -> Parts {
    let pair = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["outputTokens"].as_i64().unwrap());
    let row = |row: &Value| {
        let (key, output) = pair(row);
        (key, output, row["parts"].as_array().unwrap().iter().map(pair).collect())
    };
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

/// A row as a table of cases has it: its key, its cost, its parts.
type Case<'a> = (&'a str, i64, &'a [(&'a str, i64)]);

fn owned(rows: &[Case]) -> Parts {
    let row = |(key, output, parts): &(&str, i64, &[(&str, i64)])| {
        let parts = parts.iter().map(|(key, output)| ((*key).to_owned(), *output)).collect();
        ((*key).to_owned(), *output, parts)
    };
    rows.iter().map(row).collect()
}

#[test]
fn each_row_has_its_parts() {
    let home = TestHome::new();
    a_week(&home);
    let split = |by: &str, split: &str| parts(&json(&home, &["breakdown", "--by", by, "--split", split]));
    // Wednesday is the third day, and stands before the fourth; hours stand as in a report by hour.
    let wednesday: &[_] = &[("23", 10_000), ("18", 1_101), ("00", 100_000)];
    let week = [("3", 111_101, wednesday), ("4", 10, &[("07", 10)])];
    assert_eq!(split("weekday", "hour"), owned(&week));
    let days = [
        ("2025-10-08", 100_100, &[(SONNET, 100_000), (HAIKU, 100)][..]),
        ("2025-10-02", 10, &[(HAIKU, 10)]),
        ("2025-10-01", 11_001, &[(SONNET, 11_000), (HAIKU, 1)]),
    ];
    assert_eq!(split("day", "model"), owned(&days));
    let hours = [
        ("2025-10-08T18", 100, &[(SESSION, 100)][..]),
        ("2025-10-08T00", 100_000, &[(OTHER, 100_000)]),
        ("2025-10-02T07", 10, &[(SESSION, 10)]),
        ("2025-10-01T23", 10_000, &[(OTHER, 10_000)]),
        // Within one hour the session that is known to be the latest stands first.
        ("2025-10-01T18", 1_001, &[(OTHER, 1_000), (SESSION, 1)]),
    ];
    assert_eq!(split("day-hour", "session"), owned(&hours));
    // Rows that are not times are made of responses one by one.
    let models = [(SONNET, 111_000, &[("3", 111_000)][..]), (HAIKU, 111, &[("3", 101), ("4", 10)])];
    assert_eq!(split("model", "weekday"), owned(&models));
    // A limit is on rows alone; what is not asked for is not there.
    let one = json(&home, &["breakdown", "--by", "weekday", "--split", "hour", "--limit", "1"]);
    assert_eq!(parts(&one), owned(&week[..1]));
    assert!(json(&home, &["breakdown", "--by", "weekday"])["rows"][0].get("parts").is_none());
}

#[test]
fn a_table_shows_parts_below_their_row() {
    let home = TestHome::new();
    a_week(&home);
    let table = text(&home, &["breakdown", "--by", "weekday", "--split", "day-hour"]);
    let names: Vec<&str> =
        table.lines().filter_map(|line| line.split("  ").find(|text| !text.trim().is_empty())).collect();
    let expected = [
        "Weekday",
        "Wednesday",
        "2025-10-08 18:00",
        "2025-10-08 00:00",
        "2025-10-01 23:00",
        "2025-10-01 18:00",
        "Thursday",
        "2025-10-02 07:00",
        "Total 2025-10-01 – 2025-10-08",
    ];
    assert_eq!(
        names.iter().map(|name| name.trim()).take(expected.len()).collect::<Vec<_>>(),
        expected,
        "{table}"
    );
    let twice = run(home.command(["breakdown", "--by", "day", "--split", "day"]));
    assert_eq!(twice.code, Some(2), "{twice:?}");
    assert!(twice.err.contains("name another with --split"), "{twice:?}");
}

#[test]
fn an_editor_is_told_the_same() {
    let home = TestHome::new();
    a_week(&home);
    let printed = json(&home, &["breakdown", "--by", "weekday", "--split", "model"]);
    let mut client = LspClient::greeted(&home);
    let mut ask =
        |split: &str| client.request("costline/breakdown", value!({"by": "weekday", "split": split}));
    assert_eq!(ask("model")["result"], printed);
    let refused = ask("weekday")["error"]["message"].clone();
    assert!(refused.as_str().unwrap().contains("name another key"), "{refused}");
}

/// Sums of a report's rows by key.
fn by_key<'a>(rows: impl Iterator<Item = (&'a str, NanoUsd)>) -> BTreeMap<&'a str, NanoUsd> {
    let mut sums = BTreeMap::new();
    for (key, cost) in rows {
        *sums.entry(key).or_default() += cost;
    }
    sums
}

fn costs(report: &Report) -> BTreeMap<&str, NanoUsd> {
    by_key(report.rows.iter().map(|row| (row.key.as_str(), row.totals.cost_usd)))
}

/// Every pair of keys that a page or a person is likely to ask for, over real transcripts: parts sum to their row, and where
/// a response belongs to one row alone, over all rows to the report by the second key.
#[test]
fn parts_sum_to_their_rows() {
    let Some(folder) = shared("corpus/real") else { return };
    let mut rig = Rig::new(&[folder]);
    rig.read();
    let shared_out = |by: By| matches!(by, By::Tool | By::File | By::Skill | By::Mcp);
    for split in [By::Model, By::Project, By::Hour, By::Tool, By::Agent] {
        let whole = rig.report(split);
        for (name, by) in KEYS.into_iter().filter(|(_, by)| *by != split) {
            let report = rig.split(by, Some(split));
            assert_eq!(costs(&report), costs(&rig.report(by)), "rows by {name}");
            for row in &report.rows {
                let parts = row.parts.as_ref().unwrap();
                let cost: NanoUsd = parts.iter().map(|part| part.totals.cost_usd).sum();
                let tokens: i64 = parts.iter().map(|part| part.totals.total_tokens).sum();
                assert_eq!(
                    (cost, tokens),
                    (row.totals.cost_usd, row.totals.total_tokens),
                    "{name} {}",
                    row.key
                );
            }
            if !shared_out(by) {
                let parts = report.rows.iter().flat_map(|row| row.parts.iter().flatten());
                let sums = by_key(parts.map(|part| (part.key.as_str(), part.totals.cost_usd)));
                assert_eq!(sums, costs(&whole), "{split:?} within {name}");
            }
        }
    }
    // The same from the database, without any of our code.
    let cells = rig.query(
        "SELECT CAST((strftime('%w', at / 1000, 'unixepoch') + 6) % 7 + 1 AS TEXT), strftime('%H', at / 1000, 'unixepoch'),
           SUM(cost) FROM response GROUP BY 1, 2",
    );
    let expected: BTreeMap<(String, String), i64> = cells
        .into_iter()
        .map(|row| match <[Cell; 3]>::try_from(row).unwrap() {
            [Cell::Text(day), Cell::Text(hour), Cell::Integer(cost)] => ((day, hour), cost),
            other => panic!("{other:?}"),
        })
        .collect();
    let report = rig.split(By::Weekday, Some(By::Hour));
    let found = report.rows.iter().flat_map(|row| {
        row.parts.iter().flatten().map(|part| ((row.key.clone(), part.key.clone()), part.totals.cost_usd.0))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}
