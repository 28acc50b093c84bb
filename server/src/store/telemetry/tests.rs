use super::*;
use crate::pricing::PriceTable;
use crate::sources::record::{Record, What};
use crate::store::Found;
use crate::tail::Cursor;
use proptest::prelude::*;
use std::path::Path;

const AT: Millis = 1_793_620_800_000;
const MODEL: &str = "claude-opus-4-6";

fn writer(folder: &Path) -> Writer {
    Writer::open(&folder.join("usage.db"), PriceTable::builtin().clone()).unwrap()
}

fn take(writer: &mut Writer, at: Millis, what: What) {
    let line = Record { id: "r".to_owned(), at, what }.line().into_bytes();
    writer.apply_lines("2026-11-02.jsonl", &[line], &Cursor::default()).unwrap();
}

/// A request of one prompt token, which costs $0.000005 (Opus 4.6: $5 a million).
fn requested(request: &str, kind: Kind) -> Requested {
    Requested {
        session: "s".to_owned(),
        request: request.to_owned(),
        event: if request.is_empty() { "an event".to_owned() } else { String::new() },
        model: MODEL.to_owned(),
        kind,
        counts: TokenCounts { input: 1, ..TokenCounts::default() },
        cost: Some(NanoUsd(5_000)),
        duration_ms: Some(1_200),
        ..Requested::default()
    }
}

/// What a transcript has of a request: ten prompt tokens, so that it can be told from the event.
fn response(request: &str) -> Response {
    Response {
        key: format!("msg_{request} {request}").into(),
        request: request.into(),
        model: MODEL.into(),
        tokens: Tokens { input: 10, ..Tokens::default() },
        at: AT,
        finished: true,
        owner: Owner {
            origin: Arc::new(Origin { session: "s".into(), ..Origin::default() }),
            ..Owner::default()
        },
        ..Response::default()
    }
}

fn read(writer: &mut Writer, response: &Response) {
    let root = writer.root("/c/projects").unwrap();
    let known = writer.connection.query_row("SELECT id FROM file", [], |row| row.get(0)).optional().unwrap();
    let register =
        |writer: &mut Writer| writer.register(&Found { root, path: "-p/s.jsonl".to_owned() }, 0).unwrap().id;
    let file = known.unwrap_or_else(|| register(writer));
    writer.begin().unwrap();
    writer.response(response, file, 1).unwrap();
}

fn one<T: rusqlite::types::FromSql>(writer: &Writer, sql: &str) -> T {
    writer.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn sums(writer: &mut Writer) -> (i64, i64, i64) {
    writer.commit(AT).unwrap();
    writer
        .connection
        .query_row("SELECT SUM(messages), SUM(input), SUM(cost) FROM lifetime", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap()
}

/// What comes to the store.
#[derive(Clone, Debug)]
enum Step {
    Event(&'static str, Kind),
    Line(&'static str),
    Commit,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let all = vec![
        Step::Event("a", Kind::Main),
        Step::Event("a", Kind::Main),
        Step::Line("a"),
        Step::Line("a"),
        Step::Event("b", Kind::Subagent),
        Step::Line("b"),
        Step::Line("c"),
        Step::Event("h", Kind::Helper),
        Step::Event("h", Kind::Helper),
        Step::Event("far", Kind::Main),
        Step::Event("k", Kind::Compaction),
        Step::Event("", Kind::Helper),
        Step::Event("", Kind::Helper),
        Step::Commit,
        Step::Commit,
        Step::Reopen,
    ];
    Just(all).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In whatever order, and however often: three responses of transcripts, one of another machine, and three that no
    /// transcript has.
    #[test]
    fn a_request_counts_once(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        for step in steps {
            match step {
                Step::Event(request, kind) => {
                    take(&mut writer, AT + 3_000, What::Requested(requested(request, kind)));
                }
                Step::Line(request) => read(&mut writer, &response(request)),
                Step::Commit => drop(writer.commit(AT).unwrap()),
                Step::Reopen => {
                    writer.commit(AT).unwrap();
                    drop(writer);
                    writer = self::writer(folder.path());
                }
            }
        }
        // 3 × 10 tokens, and one for each of four; $5 a million.
        prop_assert_eq!(sums(&mut writer), (4, 34, 34 * 5_000));
        let took: i64 = one(&writer, "SELECT COUNT(*) FROM response WHERE duration_ms = 1200 AND own_cost = 5000");
        prop_assert_eq!(took, 6, "all but `c`, of which no event told");
        let told: i64 = one(&writer, "SELECT COUNT(*) FROM response WHERE source_id != 0");
        prop_assert_eq!(told, 4);
        crate::store::reprice::rebuild_sums(&writer.connection).unwrap();
        prop_assert_eq!(sums(&mut writer), (4, 34, 34 * 5_000));
    }
}

#[test]
fn it_costs_its_price_or_what_claude_code_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let event = |request: &str, model: &str, cache_write: i64, cost: Option<i64>| {
        let counts = TokenCounts { input: 1_000, cache_write, ..TokenCounts::default() };
        Requested {
            model: model.to_owned(),
            counts,
            cost: cost.map(NanoUsd),
            ..requested(request, Kind::Helper)
        }
    };
    // $5 a million in; $6.25 to write for five minutes, $10 for an hour.
    for (request, model, write, said, cost, kept_for_an_hour, flags) in [
        ("plain", MODEL, 0, Some(5_000_000), 5_000_000, 0, 1),
        ("rounded", MODEL, 1, Some(5_006_000), 5_006_250, 0, 1),
        ("five minutes", MODEL, 1_000, Some(11_250_000), 11_250_000, 0, 1),
        ("an hour", MODEL, 1_000, Some(15_000_000), 15_000_000, 1_000, 1),
        ("unsaid", MODEL, 0, None, 5_000_000, 0, 1),
        ("dearer", MODEL, 0, Some(7_000_000), 7_000_000, 0, 17),
        ("unknown", "other-1", 0, Some(3_000_000), 3_000_000, 0, 17),
        ("unknown and unsaid", "other-1", 0, None, 0, 0, 9),
    ] {
        take(&mut writer, AT, What::Requested(event(request, model, write, said)));
        writer.commit(AT).unwrap();
        let found: (i64, i64, i64) = writer
            .connection
            .query_row(
                "SELECT cost, cache_write_1h, flags FROM response WHERE request = ?1",
                [request],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(found, (cost, kept_for_an_hour, flags), "{request}");
    }
    let before = sums(&mut writer);
    super::super::reprice::reprice_responses(&writer.connection, PriceTable::builtin()).unwrap();
    super::super::reprice::rebuild_sums(&writer.connection).unwrap();
    assert_eq!(sums(&mut writer), before, "what it is said to cost is no price of ours");
}

#[test]
fn of_the_main_thread_without_a_request_nothing_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    for kind in [Kind::Main, Kind::Subagent] {
        take(&mut writer, AT, What::Requested(requested("", kind)));
    }
    writer.commit(AT).unwrap();
    assert_eq!(one::<i64>(&writer, "SELECT COUNT(*) FROM response"), 0);
}

/// A point of a counter of helpers: so many prompt tokens at $5 a million.
fn point(series: i64, cumulative: bool, input: i64) -> What {
    What::Metered(Metered {
        session: "s".to_owned(),
        series,
        cumulative,
        model: MODEL.to_owned(),
        counts: TokenCounts { input, ..TokenCounts::default() },
        cost: Some(NanoUsd(input * 5_000)),
        ..Metered::default()
    })
}

#[test]
fn counters_count_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let minute = |minute: i64| AT + minute * 60_000;
    for (at, what) in [
        (1, point(1, false, 100)),
        (2, point(1, false, 50)),
        (2, point(1, false, 50)), // sent again
        (1, point(1, false, 100)),
        (20, point(1, false, 7)),
        (1, point(2, true, 1_000)),
        (2, point(2, true, 1_500)),
        (2, point(2, true, 1_500)),
        (3, point(2, true, 1_500)),
        (4, point(2, true, 1_400)), // it cannot go back
    ] {
        take(&mut writer, minute(at), what);
        writer.commit(AT).unwrap();
    }
    assert_eq!(sums(&mut writer), (0, 1_657, 1_657 * 5_000));
    // 100 and 50 are of one quarter hour, 7 of another; 1,500 of the other counter.
    let rows: String =
        one(&writer, "SELECT group_concat(input) FROM (SELECT input FROM response ORDER BY input)");
    assert_eq!(rows, "7,150,1500");

    // From the first event on these say it, and said it.
    take(&mut writer, minute(21), What::Requested(requested("h", Kind::Helper)));
    take(&mut writer, minute(22), point(1, false, 9));
    assert_eq!(sums(&mut writer), (0, 1, 5_000));
    // Another session's counters are its own.
    let What::Metered(other) = point(3, false, 4) else { panic!() };
    take(&mut writer, minute(22), What::Metered(Metered { session: "t".to_owned(), ..other }));
    assert_eq!(sums(&mut writer), (0, 5, 25_000));
}

#[test]
fn sessions_know_what_was_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let counted = |counted: Counted, series: i64, amount: i64| {
        What::Metered(Metered { session: "s".to_owned(), series, counted, amount, ..Metered::default() })
    };
    for (minute, what) in [
        (1, counted(Counted::ActiveUser, 1, 4_000)),
        (1, counted(Counted::ActiveCli, 2, 60_000)),
        (2, counted(Counted::ActiveCli, 2, 30_000)),
        (2, counted(Counted::ActiveCli, 3, 5_000)), // of another start of the program
        (2, counted(Counted::Commits, 4, 2)),
    ] {
        take(&mut writer, AT + minute * 60_000, what);
    }
    writer.commit(AT).unwrap();
    let found = counters(&writer.connection, "s").unwrap();
    let expected =
        Counters { user_ms: Some(4_000), work_ms: Some(95_000), commits: Some(2), pull_requests: None };
    assert_eq!(found, expected);
    assert_eq!(counters(&writer.connection, "t").unwrap(), Counters::default());
}
