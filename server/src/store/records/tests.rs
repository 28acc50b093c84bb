use crate::pricing::PriceTable;
use crate::sources::record::{Record, TokenCounts, Usage, What};
use crate::store::Writer;
use crate::tail::Cursor;
use proptest::prelude::*;
use rusqlite::types::Value;
use std::path::Path;

const AT: i64 = 1_793_620_800_000;

fn writer(folder: &Path) -> Writer {
    Writer::open(&folder.join("usage.db"), PriceTable::builtin().clone()).unwrap()
}

fn usage(id: &str, input: i64, session: &str, project: &str) -> String {
    let usage = Usage {
        source: "manual".to_owned(),
        model: "claude-opus-4-6".to_owned(),
        project: project.to_owned(),
        session: session.to_owned(),
        counts: TokenCounts { input, output: 10, ..TokenCounts::default() },
        ..Usage::default()
    };
    Record { id: id.to_owned(), at: AT + input, what: What::Usage(usage) }.line()
}

fn undo(id: &str, of: &str) -> String {
    Record { id: id.to_owned(), at: AT, what: What::Undo(of.to_owned()) }.line()
}

fn take(writer: &mut Writer, lines: &[String]) -> usize {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.clone().into_bytes()).collect();
    writer.apply_lines("2026-11-02.jsonl", &lines, &Cursor::default()).unwrap()
}

fn all(writer: &Writer, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = writer.connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|index| row.get(index)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

fn numbers(writer: &Writer, sql: &str) -> Vec<i64> {
    let rows = all(writer, sql).into_iter().flatten();
    rows.map(|value| if let Value::Integer(number) = value { number } else { -1 }).collect()
}

const SUMS: &str =
    "SELECT quarter, messages, input, output, cost FROM rollup WHERE messages > 0 ORDER BY 1, 3";

#[test]
fn usage_counts_until_it_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    assert_eq!(take(&mut writer, &[usage("a", 1_000, "s", "/w"), usage("b", 2_000, "s", "/w")]), 2);
    writer.commit(AT).unwrap();
    // Opus 4.6 costs $5 and $25 a million: 3,000 and 20 tokens.
    let lifetime =
        "SELECT (SELECT sessions FROM lifetime_session), messages, input, output, cost FROM lifetime";
    assert_eq!(numbers(&writer, lifetime), [1, 2, 3_000, 20, 15_500_000]);
    assert_eq!(take(&mut writer, &[usage("b", 2_000, "s", "/w"), undo("c", "a"), undo("d", "none")]), 2);
    assert!(writer.commit(AT).unwrap().changed);
    assert_eq!(numbers(&writer, lifetime), [1, 1, 2_000, 10, 10_250_000]);
    take(&mut writer, &[undo("e", "b"), undo("f", "b")]);
    writer.commit(AT).unwrap();
    assert_eq!(numbers(&writer, lifetime), [0, 0, 0, 0, 0]);
    assert_eq!(numbers(&writer, "SELECT COUNT(*) FROM response"), [0]);
    assert_eq!(numbers(&writer, "SELECT COUNT(*) FROM record"), [6], "nothing is forgotten");
}

#[test]
fn a_transcript_knows_the_project_better() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    take(&mut writer, &[usage("a", 5, "s", "/later"), usage("b", 1, "s", "/earlier")]);
    let project = "SELECT n.text FROM session s JOIN name n ON n.id = s.project_id";
    assert_eq!(all(&writer, project), [[Value::Text("/earlier".to_owned())]]);
    let mut facts = crate::transcript::record::Session::default();
    facts.offer_project((true, AT + 99, "/transcript".into()));
    writer.session_facts(&"s".into(), &facts, 0).unwrap();
    take(&mut writer, &[usage("c", 0, "s", "/earliest")]);
    assert_eq!(all(&writer, project), [[Value::Text("/transcript".to_owned())]]);
}

#[test]
fn what_nobody_knows_yet_is_kept_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let newer = r#"{"v":9,"id":"n","at":"2026-11-02T12:00:00Z","kind":"usage","tokens":{}}"#.to_owned();
    take(&mut writer, &[newer, "{\"torn".to_owned(), usage("a", 1, "s", "/w")]);
    writer.commit(AT).unwrap();
    let faults: Vec<(String, i64)> = writer.faults().unwrap().into_iter().collect();
    assert_eq!(faults, [("record".to_owned(), 1), ("record of a newer version".to_owned(), 1)]);
    // An older program kept these two.
    writer
        .connection
        .execute(
            "INSERT INTO record (id, kind, taken, body) VALUES ('o', 'usage', 0, ?1)",
            [usage("o", 7, "s", "/w")],
        )
        .unwrap();
    writer
        .connection
        .execute("INSERT INTO record (id, kind, taken, body) VALUES ('u', 'undo', 0, ?1)", [undo("u", "a")])
        .unwrap();
    writer.apply_kept().unwrap();
    writer.commit(AT).unwrap();
    assert_eq!(numbers(&writer, "SELECT messages, input FROM lifetime"), [1, 7]);
    assert_eq!(numbers(&writer, "SELECT COUNT(*) FROM record WHERE taken = 0"), [1]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Any order and repetition of the same records, cut into any transactions, leaves the same sums; they are those of the
    /// responses that are left.
    #[test]
    fn order_and_repetition_make_no_difference(
        order in prop::collection::vec((0_usize..12, any::<bool>()), 0..40),
    ) {
        let mut lines: Vec<String> = (0..8)
            .map(|index| usage(&format!("u{index}"), 1 + index * 400_000, &format!("s{}", index % 3), &format!("/w{}", index % 2)))
            .collect();
        lines.extend((0..4).map(|index| undo(&format!("x{index}"), &format!("u{}", index * 2 % 5))));
        let (once, often) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut once, mut often) = (writer(once.path()), writer(often.path()));
        take(&mut once, &lines);
        once.commit(AT).unwrap();
        for (index, ends) in order {
            take(&mut often, &lines[index..=index]);
            if ends {
                often.commit(AT).unwrap();
            }
        }
        lines.reverse();
        take(&mut often, &lines);
        often.commit(AT).unwrap();
        prop_assert_eq!(all(&often, SUMS), all(&once, SUMS));
        let projects = "SELECT s.uuid, n.text FROM session s JOIN name n ON n.id = s.project_id ORDER BY 1";
        prop_assert_eq!(all(&often, projects), all(&once, projects));
        for writer in [&once, &often] {
            let kept = numbers(writer, "SELECT SUM(messages), SUM(input), SUM(cost) FROM rollup");
            let lifetime = numbers(writer, "SELECT messages, input, cost FROM lifetime");
            prop_assert_eq!(&kept, &numbers(writer, "SELECT COUNT(*), SUM(input), SUM(cost) FROM response"));
            prop_assert_eq!(&kept, &lifetime);
            prop_assert_eq!(numbers(writer, "SELECT sessions FROM lifetime_session"), numbers(writer, "SELECT COUNT(DISTINCT o.session_id) FROM response r JOIN origin o ON o.id = r.origin_id"));
        }
    }
}
