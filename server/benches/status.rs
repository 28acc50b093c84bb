//! Benchmark of a status beside short and long histories; `just bench` runs it. Its cost is to stay the same.

use costline::budgets::{self, Calendar, Period, THRESHOLDS, Terms};
use costline::money::NanoUsd;
use costline::pricing::PriceTable;
use costline::store::reading::{Reading, Scope};
use costline::store::{ALL_ROOTS, Ledger, Lookout, Writer};
use costline::time::Zone;
use divan::{Bencher, black_box};
use rusqlite::Connection;
use std::error::Error;
use std::path::Path;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// The moment of the benchmark, in milliseconds, and its quarter hour.
const NOW: i64 = 1_793_000_000_000;
const QUARTER: i64 = NOW / 900_000;
/// The quarter hours of three years.
const YEARS: i64 = 3 * 365 * 96;

/// A database whose sums are those of so many responses over three years, of 10 projects. Of today, and of the last
/// window, all have the same.
fn filled(path: &Path, responses: i64) -> Result<Writer, Box<dyn Error>> {
    drop(Writer::open(path, PriceTable::builtin().clone())?);
    let connection = Connection::open(path)?;
    let rows = (responses / 40).max(1);
    connection.execute_batch(&format!(
        "BEGIN;
         INSERT INTO root (id, path) VALUES (0, '/c/projects');
         INSERT INTO file (id, root_id, path, born) VALUES (1, 0, '-p/s.jsonl', 0);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
           INSERT INTO name (id, text) SELECT i, '/home/dev/project-' || i FROM n;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
           INSERT INTO session (id, uuid, project_id, started_at, last_at, last_main_at)
           SELECT i, 'session-' || i, 1 + i % 10, t, t, t FROM (SELECT i, {NOW} - 86400000 - i * {YEARS} / {rows} * 900000 AS t FROM n);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
           INSERT INTO rollup SELECT {QUARTER} - 96 - i * {YEARS} / {rows}, i, 1, 1, 40, 400, 4000, 0, 400, 40000, 0, 1000000, 0, 0 FROM n;
         INSERT INTO session_rollup SELECT session_id, 1, messages, input, output, cache_write_5m, cache_write_1h, cache_read,
           web_searches, cost, unpriced, lower_bound FROM rollup;
         INSERT INTO origin VALUES (1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
           INSERT INTO response SELECT i, 'msg_' || i, 0, '', {NOW} - i * 60000, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 10, 100, 0, 10, 1000, 0, 1000000, 0 FROM n;
         INSERT INTO rollup SELECT at / 900000, 1, 1, 1, COUNT(*), SUM(input), SUM(output), 0, SUM(cache_write_1h), SUM(cache_read),
           0, SUM(cost), 0, 0 FROM response GROUP BY 1;
         INSERT INTO lifetime SELECT 1, SUM(messages), SUM(input), SUM(output), 0, 0, 0, 0, SUM(cost), 0, 0 FROM rollup;
         INSERT INTO lifetime_session VALUES (1, {rows});
         COMMIT;"
    ))?;
    drop(connection);
    let mut writer = Writer::open(path, PriceTable::builtin().clone())?;
    writer.tick(NOW)?;
    Ok(writer)
}

#[divan::bench(args = [10_000, 10_000_000])]
fn status_after_a_commit(bencher: Bencher<'_, '_>, responses: i64) {
    measure(bencher, responses, &[]);
}

/// The same with budgets, which the commit works out.
#[divan::bench(args = [10_000, 10_000_000])]
fn status_with_five_budgets(bencher: Bencher<'_, '_>, responses: i64) {
    let terms = |scope: budgets::Scope, period| Terms {
        scope,
        period,
        limit: NanoUsd(1_000 * NanoUsd::DOLLAR.0),
        thresholds: THRESHOLDS.to_vec(),
        hard: false,
    };
    let five = [
        terms(budgets::Scope::All, Period::Day),
        terms(budgets::Scope::All, Period::Month),
        terms(budgets::Scope::Project("/home/dev/project-7".to_owned()), Period::Week),
        terms(budgets::Scope::Model("opus".to_owned()), Period::Month),
        terms(budgets::Scope::Branch("main".to_owned()), Period::Month),
    ];
    measure(bencher, responses, &five);
}

fn measure(bencher: Bencher<'_, '_>, responses: i64, budgets: &[Terms]) {
    let run = || -> Result<(), Box<dyn Error>> {
        let folder = TempDir::new()?;
        let path = folder.path().join("usage.db");
        let mut writer = filled(&path, responses)?;
        if !budgets.is_empty() {
            let zone = Zone::named("Europe/Berlin").unwrap_or(Zone::System);
            let calendar = Calendar { zone, week_start: chrono::Weekday::Mon, cycle_day: 1 };
            Ledger::open(&path)?.set(budgets, &calendar, NOW)?;
            let lookout =
                Lookout { calendar, limit_thresholds: vec![80, 100], configured: Vec::new(), is_whole: true };
            writer.look_out(lookout, NOW)?;
        }
        let mut reading = Reading::open(&path)?;
        let scope = Scope {
            everywhere: false,
            folders: vec!["/home/dev/project-7".to_owned()],
            roots: ALL_ROOTS,
            sessions: 20,
            zone: Zone::named("Europe/Berlin").unwrap_or(Zone::System),
            week_start: chrono::Weekday::Mon,
        };
        bencher.bench_local(|| {
            let _ = black_box(writer.tick(NOW));
            black_box(reading.rows(&scope).map(|rows| rows.revision).unwrap_or_default())
        });
        Ok(())
    };
    let outcome = run();
    assert!(outcome.is_ok(), "{outcome:?}");
}
