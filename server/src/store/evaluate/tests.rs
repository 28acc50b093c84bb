//! Crossings, as each is found, kept and told.

mod rig;

use super::*;
use crate::alerts::Teller;
use crate::budgets::Scope;
use crate::store::reading::Reading;
use crate::store::{Mark, Whereabouts};
use crate::tail::{Cursor, Part};
use crate::time::{HOUR, MINUTE, Zone};
use crate::transcript::State;
use crate::transcript::record::{Batch, Name, Session};
use proptest::prelude::*;
use rig::*;

#[test]
fn a_crossing_is_one_row() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    for (cents, expected) in
        [(490, vec![]), (10, day(50)), (299, vec![]), (1, day(80)), (500, day(100)), (900, vec![])]
    {
        rig.spend(cents, NOON, NOON, APP);
        assert_eq!(rig.told(NOON), expected, "after {cents} more");
    }
    let rows: Vec<_> =
        rig.rows().iter().map(|alert| (alert.id, alert.threshold, alert.detail.spent_usd)).collect();
    let spent = |cents: i64| Some(NanoUsd(cents * 10_000_000));
    assert_eq!(
        rows.iter().map(|row| (row.1, row.2)).collect::<Vec<_>>(),
        [(50, spent(500)), (80, spent(800)), (100, spent(1300))]
    );
    assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(
        rig.rows()[1].message,
        "80 % of the daily budget of $10.00 is spent: $8.00, all by app ($8.00); it begins anew at 00:00 tomorrow"
    );
    // The next day is another matter.
    rig.spend(850, NOON + DAY, NOON + DAY, APP);
    assert_eq!(rig.told(NOON + DAY), day(80));
    assert_eq!(rig.rows().len(), 5);
}

#[test]
fn one_step_over_several_is_told_as_the_highest() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    rig.spend(1100, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(100));
    let rows: Vec<_> = rig.rows().iter().map(|alert| (alert.threshold, alert.told_with)).collect();
    let highest = rig.rows()[0].id;
    assert_eq!(rows, [(100, None), (80, Some(highest)), (50, Some(highest))]);
    // A threshold that is added below what was told is not told.
    let more = Terms { thresholds: vec![50, 80, 90, 100], ..terms(Scope::All, Period::Day, 10) };
    rig.ledger().set(&[more], &lookout("UTC").calendar, NOON).unwrap();
    rig.writer.tick(NOON).unwrap();
    assert_eq!((rig.told(NOON), rig.rows().len()), (vec![], 4));
}

#[test]
fn clocks_and_days() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    rig.spend(850, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(80));
    // Set ahead, back, and further back, and again: what was told stays told.
    for now in [NOON + DAY, NOON, NOON - DAY, NOON - 30 * DAY, NOON + 365 * DAY, NOON] {
        rig.writer.tick(now).unwrap();
        assert!(rig.told(now).is_empty(), "at {now}");
    }
    assert_eq!(rig.rows().len(), 2);
    // It goes on from there: no silence.
    rig.spend(200, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(100));
    // What a clock wrote that was ahead counts on its day.
    rig.writer.tick(NOON - DAY).unwrap();
    rig.spend(600, NOON - DAY, NOON - DAY, APP);
    assert_eq!(rig.told(NOON - DAY), day(50));

    // Berlin's day of 25 hours: 2026-10-25 ends at 23:00 in UTC.
    let (begin, end) = (1_792_879_200_000, 1_792_969_200_000);
    assert_eq!(end - begin, 25 * HOUR);
    let mut rig = Rig::at(&[terms(Scope::All, Period::Day, 10)], "Europe/Berlin", begin);
    rig.spend(500, begin, begin, APP);
    assert_eq!(rig.told(begin), day(50));
    rig.spend(300, end - 1, end - 1, APP);
    assert_eq!(rig.told(end - 1), day(80));
    rig.spend(500, end, end, APP);
    assert_eq!(rig.told(end), day(50));
    // Who leads next counts days in another zone: this day was told.
    rig.writer.look_out(lookout("UTC"), end + HOUR).unwrap();
    rig.writer.tick(end + HOUR).unwrap();
    assert!(rig.told(end + HOUR).is_empty(), "{:#?}", rig.rows());
}

#[test]
fn changed_budgets() {
    let set = |rig: &mut Rig, dollars: i64| {
        rig.ledger().set(&[terms(Scope::All, Period::Day, dollars)], &lookout("UTC").calendar, NOON).unwrap();
        rig.writer.tick(NOON).unwrap();
        rig.told(NOON)
    };
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    rig.spend(850, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(80));
    // Twice as much is another matter, of which nothing is reached yet.
    assert!(set(&mut rig, 20).is_empty());
    rig.spend(750, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(80));
    // Less: all of it is used in one step.
    assert_eq!(set(&mut rig, 15), day(100));
    // Back and forth: each was told.
    assert!(set(&mut rig, 20).is_empty());
    assert_eq!(set(&mut rig, 10), day(100));
    assert!(set(&mut rig, 15).is_empty());
    // Without a budget nothing holds, and nothing is kept from being told when there is one again.
    let standing = &Reading::open(&rig.path()).unwrap().standings().unwrap()[0];
    rig.ledger().remove(standing.budget.id, NOON).unwrap().unwrap();
    rig.writer.tick(NOON).unwrap();
    assert!(alerts::open(&rig.writer.connection, NOON).unwrap().iter().all(|alert| alert.rule != "budget"));
    assert_eq!(set(&mut rig, 16), day(100));
    let history = Reading::open(&rig.path()).unwrap().budget_history().unwrap();
    assert_eq!(history.len(), 7);
    assert!(history[1..].iter().all(|budget| budget.removed_at == Some(NOON)));
}

#[test]
fn late_data_and_new_prices() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10), terms(Scope::All, Period::Week, 40)]);
    rig.spend(500, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(50));
    // Yesterday's comes late: it is none of today's, but of the week's.
    rig.spend(1500, NOON - DAY, NOON, APP);
    assert_eq!(rig.told(NOON), [("week all".to_owned(), 50)]);
    // This morning's comes late.
    rig.spend(300, NOON - 8 * HOUR, NOON, APP);
    assert_eq!(rig.told(NOON), day(80));
    // Prices fall, and rise to what they were, and beyond.
    for (price, expected) in [("0.5", vec![]), ("1", vec![]), ("1.25", day(100))] {
        rig.writer.set_prices(table(price)).unwrap();
        rig.writer.tick(NOON).unwrap();
        assert_eq!(rig.told(NOON), expected, "at {price}");
    }
}

#[test]
fn a_session_that_moves_takes_its_costs_along() {
    let mut rig = Rig::new(&[terms(Scope::Project("/work/app".to_owned()), Period::Day, 10)]);
    rig.spend(500, NOON - 3 * HOUR, NOON, APP);
    rig.spend(100, NOON, NOON, APP);
    let spent = |rig: &Rig| Reading::open(&rig.path()).unwrap().standings().unwrap()[0].spent;
    assert_eq!(spent(&rig), NanoUsd(6 * NanoUsd::DOLLAR.0));
    // An earlier line of it says that it began elsewhere.
    let session = Name::from("session of /work/app");
    let earlier = NOON - 4 * HOUR;
    let facts = Session {
        started: Some(earlier),
        project: Some((false, earlier, "/work/web".into())),
        ..Session::default()
    };
    let batch = Batch { sessions: vec![(session, facts)].into_iter().collect(), ..Batch::default() };
    let (cursor, state) = (Cursor::default(), State::default());
    rig.writer
        .apply(&Part { file: rig.file, anew: false, from: 0, batch, cursor, state, last: true })
        .unwrap();
    rig.writer.commit(NOON).unwrap();
    assert_eq!(spent(&rig), NanoUsd::ZERO);
}

#[test]
fn windows_that_began_earlier() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Block, 10)]);
    rig.spend(850, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), [("block all".to_owned(), 80)]);
    // A subagent's transcript is read late: the window began an hour before.
    rig.spend(10, NOON - HOUR, NOON, APP);
    assert!(rig.told(NOON).is_empty(), "{:#?}", rig.rows());
    rig.spend(200, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), [("block all".to_owned(), 100)]);
    // The next window is another one.
    rig.spend(850, NOON + 4 * HOUR, NOON + 4 * HOUR, APP);
    assert_eq!(rig.told(NOON + 4 * HOUR), [("block all".to_owned(), 80)]);
}

#[test]
fn sessions_have_each_their_own() {
    let web = Place("/work/web", "main", "claude-sonnet-4-5");
    let mut rig = Rig::new(&[terms(Scope::All, Period::Session, 1)]);
    rig.spend(80, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), [("session all session of /work/app".to_owned(), 80)]);
    rig.spend(50, NOON, NOON, web);
    assert_eq!(rig.told(NOON), [("session all session of /work/web".to_owned(), 50)]);
    rig.spend(20, NOON + DAY, NOON + DAY, APP);
    assert_eq!(rig.told(NOON + DAY), [("session all session of /work/app".to_owned(), 100)]);
}

#[test]
fn what_is_seen_or_snoozed_is_not_told() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    rig.spend(500, NOON, NOON, APP);
    assert_eq!(rig.told(NOON), day(50));
    let id = rig.rows()[0].id;
    assert!(rig.ledger().mark(id, Mark::Acknowledged, NOON).unwrap());
    let late = |rig: &Rig| {
        let alerts = Reading::open(&rig.path()).unwrap().alerts_since(0, NOON).unwrap();
        let mut teller = Teller::default();
        teller.news(&alerts, NOON).iter().filter(|alert| alert.rule == "budget").count()
    };
    assert_eq!(late(&rig), 0);
    // What comes after one that was seen is told, after one that was snoozed it is not.
    rig.spend(300, NOON, NOON, APP);
    assert_eq!((rig.told(NOON), late(&rig)), (day(80), 1));
    assert!(rig.ledger().mark(rig.rows()[1].id, Mark::Snoozed, NOON).unwrap());
    rig.spend(300, NOON, NOON, APP);
    assert_eq!((rig.told(NOON), late(&rig)), (vec![], 0));
    // The next day is another matter.
    rig.spend(900, NOON + DAY, NOON + DAY, APP);
    assert_eq!(rig.told(NOON + DAY), day(80));
    assert!(!rig.ledger().mark(999, Mark::Snoozed, NOON).unwrap());
}

#[test]
fn hard_limits_stop_work_where_they_apply() {
    let hard = |scope, period| Terms { hard: true, ..terms(scope, period, 10) };
    let mut rig = Rig::new(&[
        hard(Scope::Project("/work/app".to_owned()), Period::Day),
        hard(Scope::All, Period::Week),
        terms(Scope::All, Period::Month, 1),
    ]);
    let utc = Zone::named("UTC").unwrap();
    let stop = |rig: &Rig, now, place: Whereabouts<'_>| {
        Reading::open(&rig.path()).unwrap().hard_stop(now, &utc, &place).unwrap()
    };
    let (app, web) = (Some("/work/app/deep"), Some("/work/web"));
    let here = |project| Whereabouts { session: None, project };
    rig.spend(990, NOON, NOON, APP);
    assert_eq!(stop(&rig, NOON, here(app)), None);
    rig.spend(10, NOON, NOON - 1, Place("/work/web", "main", "claude-sonnet-4-5"));
    // $9.90 in the project, $10 in the week.
    let stopped = stop(&rig, NOON, here(web)).unwrap();
    assert_eq!(stopped.budget.terms.period, Period::Week);
    assert_eq!(
        stopped.message,
        "The weekly budget of $10.00 is used up: $10.00 was spent, and it begins anew at 00:00 on Monday. `costline budget override 30m` lets work go on for half an hour."
    );
    rig.ledger().remove(stopped.budget.id, NOON).unwrap();
    assert_eq!(stop(&rig, NOON, here(app)), None);
    rig.spend(10, NOON, NOON, APP);
    assert_eq!(stop(&rig, NOON, here(app)).unwrap().budget.terms.period, Period::Day);
    // The session tells where it is, too; elsewhere work goes on.
    let session = Whereabouts { session: Some("session of /work/app"), project: None };
    assert!(stop(&rig, NOON, session).is_some());
    assert_eq!(stop(&rig, NOON, here(web)), None);
    // Until it is lifted, or the day is over.
    rig.ledger().override_until(NOON + HOUR, NOON).unwrap();
    assert_eq!(stop(&rig, NOON + HOUR - 1, here(app)), None);
    assert!(stop(&rig, NOON + HOUR, here(app)).is_some());
    rig.ledger().override_until(NOON + 1, NOON + 1).unwrap();
    assert!(stop(&rig, NOON + 2, here(app)).is_some());
    assert_eq!(stop(&rig, NOON + DAY, here(app)), None);
}

#[test]
fn the_config_files_budgets_are_taken_up() {
    let mut rig = Rig::new(&[]);
    let standing = |rig: &Rig| {
        let standings = Reading::open(&rig.path()).unwrap().standings().unwrap();
        standings.iter().map(|standing| standing.budget.terms.limit.0 / NanoUsd::DOLLAR.0).collect::<Vec<_>>()
    };
    let with = |budgets: &[Terms]| Lookout { configured: budgets.to_vec(), ..lookout("UTC") };
    let configured = [terms(Scope::All, Period::Day, 10), terms(Scope::All, Period::Week, 40)];
    rig.writer.look_out(with(&configured), NOON).unwrap();
    assert_eq!(standing(&rig), [10, 40]);
    // A command's stands above; without it the file's counts again.
    let set =
        rig.ledger().set(&[terms(Scope::All, Period::Day, 20)], &lookout("UTC").calendar, NOON).unwrap();
    assert_eq!(standing(&rig), [40, 20]);
    rig.ledger().remove(set[0].id, NOON).unwrap();
    assert_eq!(standing(&rig), [10, 40]);
    let kept = rig.ledger().remove(1, NOON).unwrap().unwrap();
    assert_eq!((kept.origin, standing(&rig)), (crate::budgets::Origin::Config, vec![10, 40]));
    rig.writer.look_out(with(&configured[1..]), NOON).unwrap();
    assert_eq!(standing(&rig), [40]);
    let revision = rig.writer.commit(NOON).unwrap().revision;
    assert_eq!(rig.writer.look_out(with(&configured[1..]), NOON).unwrap().revision, revision);
    // A file that does not make sense as a whole sets, and takes nothing away.
    let torn = |budgets: &[Terms]| Lookout { is_whole: false, ..with(budgets) };
    rig.writer.look_out(torn(&configured[..1]), NOON).unwrap();
    assert_eq!(standing(&rig), [40, 10]);
    rig.writer.look_out(torn(&[terms(Scope::All, Period::Day, 30)]), NOON).unwrap();
    assert_eq!(standing(&rig), [40, 30]);
    rig.writer.look_out(with(&[]), NOON).unwrap();
    assert!(standing(&rig).is_empty());
}

/// Who opens the database next may count days in another way, and nothing else be new.
#[test]
fn another_calendar_is_another_look() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Cycle, 10)]);
    rig.spend(300, NOON - 20 * DAY, NOON, APP);
    rig.spend(200, NOON, NOON, APP);
    let spent = |rig: &Rig| Reading::open(&rig.path()).unwrap().standings().unwrap()[0].spent.0 / 10_000_000;
    // It is the 14th of October, and the cycle began on the first.
    assert_eq!(spent(&rig), 200);
    for (day, expected) in [(20, 500), (28, 200), (24, 500), (1, 200)] {
        let calendar = Calendar { cycle_day: day, ..lookout("UTC").calendar };
        let mut writer = Writer::open(&rig.path(), table("1")).unwrap();
        writer.look_out(Lookout { calendar, ..lookout("UTC") }, NOON).unwrap();
        assert_eq!(spent(&rig), expected, "since the {day}th");
    }
}

#[test]
fn a_program_is_run_once_for_each() {
    let mut rig = Rig::new(&[terms(Scope::All, Period::Day, 10)]);
    rig.spend(850, NOON, NOON, APP);
    let mut taken = rig.writer.take_for_command(NOON).unwrap();
    taken.retain(|alert| alert.rule == "budget");
    assert_eq!(taken.iter().map(|alert| alert.threshold).collect::<Vec<_>>(), [80]);
    assert!(rig.writer.take_for_command(NOON).unwrap().is_empty());
    // So it is with the desktop.
    let reading = Reading::open(&rig.path()).unwrap();
    let mut untold = reading.untold_on_desktop(NOON).unwrap();
    untold.retain(|alert| alert.rule == "budget");
    assert_eq!(untold.len(), 1);
    rig.ledger().told_on_desktop(&[untold[0].id], NOON).unwrap();
    assert!(reading.untold_on_desktop(NOON).unwrap().iter().all(|alert| alert.rule != "budget"));
}

/// A step: the minutes that pass, and what is spent then: cents, minutes ago, project, branch, model.
type Step = (i64, Vec<(i64, i64, usize, usize, usize)>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let back = prop_oneof![4 => 0..20_i64, 1 => 0..3 * 24 * 60_i64];
    let spent = prop::collection::vec((1..300_i64, back, 0..3_usize, 0..2_usize, 0..3_usize), 0..3);
    prop::collection::vec((prop_oneof![3 => 0..10_i64, 1 => 0..900_i64, 1 => -100..0_i64], spent), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn spent_is_the_sum_of_the_responses(steps in steps()) {
        let projects = ["/work/app", "/work/app/web", "/work/other"];
        let models = ["claude-sonnet-4-5", "claude-sonnet-4-6", "claude-of-no-price-9"];
        let scopes = [
            Scope::All,
            Scope::Project("/work/app".to_owned()),
            Scope::Model("sonnet-4-5".to_owned()),
            Scope::Branch("main".to_owned()),
        ];
        let all: Vec<Terms> = scopes.iter().flat_map(|scope| {
            [Period::Day, Period::Week, Period::Month, Period::Block].map(|period| terms(scope.clone(), period, 5))
        }).collect();
        let mut rig = Rig::at(&all, "Asia/Kathmandu", NOON);
        let mut now = NOON;
        for (minutes, spent) in steps {
            now += minutes * MINUTE;
            for (cents, back, project, branch, model) in spent {
                let place = Place(projects[project], ["main", "fix"][branch], models[model]);
                rig.spend(cents, now - back * MINUTE, now, place);
            }
            rig.writer.tick(now).unwrap();
            let standings = Reading::open(&rig.path()).unwrap().standings().unwrap();
            prop_assert_eq!(standings.len(), all.len());
            for Standing { budget, span, spent, unpriced, .. } in standings {
                let Some(Span { from, to }) = span else { prop_assert_eq!((spent, unpriced), (NanoUsd::ZERO, 0)); continue };
                let condition = match &budget.terms.scope {
                    Scope::All => "1",
                    Scope::Project(_) => "p.text IN ('/work/app', '/work/app/web')",
                    Scope::Model(_) => "m.text = 'claude-sonnet-4-5'",
                    Scope::Branch(_) => "b.text = 'main'",
                };
                let sql = format!("SELECT IFNULL(SUM(r.cost), 0), COUNT(IIF(m.text = 'claude-of-no-price-9', 1, NULL)) FROM response r JOIN origin o ON o.id = r.origin_id
                    JOIN session s ON s.id = o.session_id JOIN name p ON p.id = s.project_id
                    JOIN name m ON m.id = r.model_id JOIN name b ON b.id = o.branch_id
                    WHERE r.at >= ?1 AND r.at < ?2 AND {condition}");
                let expected = rig.writer.connection.query_row(&sql, [from, to], |row| Ok((NanoUsd(row.get(0)?), row.get(1)?))).unwrap();
                prop_assert_eq!((spent, unpriced), expected, "{} {:?}", budget.terms.subject(), span);
            }
        }
    }
}
