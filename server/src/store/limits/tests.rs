use super::*;
use crate::limits::merged;
use crate::pricing::PriceTable;
use crate::sources::record::{Record, What};
use crate::sources::report::{Cache, Filled, Used};
use crate::tail::Cursor;
use proptest::prelude::*;
use std::path::Path;

const AT: Millis = 1_793_620_800_000;

fn writer(folder: &Path) -> Writer {
    Writer::open(&folder.join("usage.db"), PriceTable::builtin().clone()).unwrap()
}

fn reported(minute: i64, used: u32) -> Reported {
    let used = Used { window: "fiveHour".to_owned(), used, resets_at: Some(AT + 5 * HOUR) };
    Reported {
        session: "s".to_owned(),
        model: "claude-opus-4-6".to_owned(),
        limits: vec![used],
        context: Some(Filled { used: Some(1_000 * minute), window: 200_000 }),
        ..Reported::default()
    }
}

fn take(writer: &mut Writer, records: &[(i64, What)]) -> bool {
    let line = |(minute, what): &(i64, What)| {
        Record { id: format!("r{minute}"), at: AT + minute * MINUTE, what: what.clone() }.line().into_bytes()
    };
    let lines: Vec<Vec<u8>> = records.iter().map(line).collect();
    writer.apply_lines("2026-11-02.jsonl", &lines, &Cursor::default()).unwrap();
    writer.commit(AT).unwrap().changed
}

fn held(writer: &Writer) -> Vec<(i64, u32)> {
    let limits = limits(&writer.connection, AT).unwrap();
    limits.iter().map(|limit| ((limit.reported_at - AT) / MINUTE, limit.used_basis_points)).collect()
}

#[test]
fn what_a_forecast_needs_is_kept_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    // One a minute, full in the end.
    let records: Vec<(i64, What)> = (0..=23)
        .map(|minute| (minute, What::Reported(reported(minute, (minute as u32 * 500).min(10_000)))))
        .collect();
    assert!(take(&mut writer, &records));
    let kept = [(0, 0), (5, 2_500), (10, 5_000), (15, 7_500), (20, 10_000), (23, 10_000)];
    assert_eq!(held(&writer), kept);
    // Read again, nothing is another.
    take(&mut writer, &records);
    assert_eq!(held(&writer), kept);
    // No record is kept by its id, and no session is made up.
    for table in ["record", "session"] {
        let count: i64 = writer
            .connection
            .query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
    // A window later they are gone, and one of before comes too late.
    let late = 24 + 5 * 60;
    let mut later = reported(late, 100);
    later.limits[0].resets_at = None;
    take(&mut writer, &[(late, What::Reported(later))]);
    assert_eq!(held(&writer), [(late, 100)]);
    take(&mut writer, &records[..9]);
    assert_eq!(held(&writer), [(late, 100)]);
}

#[test]
fn the_latest_word_on_a_session_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let cache = Cache { until: Some(AT + HOUR), hour: true, tokens: Some(9) };
    let first = Reported { cache: Some(cache), cost: Some(NanoUsd(5)), ..reported(1, 1) };
    let hook = |event: &str| Hooked {
        session: "s".to_owned(),
        event: event.to_owned(),
        reason: "other".to_owned(),
        ..Hooked::default()
    };
    take(&mut writer, &[(1, What::Reported(first)), (3, What::Reported(reported(3, 3)))]);
    take(&mut writer, &[(2, What::Reported(reported(2, 2))), (4, What::Hooked(hook("SessionEnd")))]);
    let row = || of_session(&writer.connection, "s").unwrap().unwrap();
    let expected = ReportedRow {
        at: Some(AT + 3 * MINUTE),
        model: "claude-opus-4-6".to_owned(),
        context_tokens: Some(3_000),
        context_window: Some(200_000),
        // What a later word does not say stays as it was.
        cost: Some(NanoUsd(5)),
        cache: Some(CacheRow { until: Some(AT + HOUR), hour: true, tokens: Some(9) }),
        ended: Some(AT + 4 * MINUTE),
    };
    assert_eq!(row(), expected);
    // Whoever goes on has not ended, and what comes late does not end it again.
    take(&mut writer, &[(6, What::Hooked(hook("SessionStart"))), (5, What::Hooked(hook("SessionEnd")))]);
    assert_eq!(of_session(&writer.connection, "s").unwrap().unwrap().ended, None);
    assert_eq!(of_session(&writer.connection, "t").unwrap(), None);
}

#[test]
fn what_a_hook_measured_belongs_to_the_use_of_a_tool() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let measured = |duration_ms, tokens| {
        What::Hooked(Hooked {
            session: "s".to_owned(),
            event: "PostToolUse".to_owned(),
            tool_use: "toolu_1".to_owned(),
            duration_ms,
            tokens,
            ..Hooked::default()
        })
    };
    take(&mut writer, &[(1, measured(Some(12), None)), (2, measured(None, Some(34)))]);
    let found: (i64, i64, i64) = writer
        .connection
        .query_row("SELECT id, duration_ms, estimated_tokens FROM tool_use", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(found, (tool_use_id("toolu_1"), 12, 34));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Whatever is thinned out, in whatever order it came: the newest report of each source is there, and few others.
    #[test]
    fn the_newest_is_never_thinned_out(mut reports in prop::collection::vec((0_i64..300, 0_u32..11_000, 0_usize..3), 1..80)) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        reports.sort_by_key(|(minute, _, source)| (*minute, *source));
        reports.dedup_by_key(|(minute, _, source)| (*minute, *source));
        let limits: Vec<PlanLimit> = reports
            .iter()
            .map(|(minute, used, source)| PlanLimit {
                window: "fiveHour".to_owned(),
                used_basis_points: *used,
                resets_at: Some(AT + 5 * HOUR),
                reported_at: AT + minute * MINUTE,
                source: Source::ALL[*source],
            })
            .collect();
        let mut mixed = limits.clone();
        mixed.sort_by_key(|limit| limit.used_basis_points);
        writer.apply_limits(&mixed).unwrap();
        writer.commit(AT).unwrap();
        let now = AT + 299 * MINUTE;
        let held = super::limits(&writer.connection, now).unwrap();
        prop_assert_eq!(merged(&held, now), merged(&limits, now));
        writer.apply_limits(&limits).unwrap();
        writer.commit(AT).unwrap();
        prop_assert_eq!(merged(&super::limits(&writer.connection, now).unwrap(), now), merged(&limits, now));
    }
}
