use super::*;
use crate::alerts::{Alert, Detail, Rule, Teller, consumers, heard, holds, late, matter};
use crate::alerts::{Consumer, wire::Warning};
use crate::budgets::{Budget, Origin, Period, Scope, Span, Terms, Urgency};
use crate::config::{AlertLevel, Alerts, Config};
use crate::context::Fill;
use crate::limits::Source;
use crate::money::NanoUsd;
use crate::time::{HOUR, MINUTE};

const DAY: Span = Span { from: 0, to: 24 * HOUR };
const NOON: Millis = 12 * HOUR;

fn dollars(amount: i64) -> NanoUsd {
    NanoUsd(amount * NanoUsd::DOLLAR.0)
}

fn facts(zone: &Zone) -> Facts<'_> {
    Facts {
        now: NOON,
        zone,
        standings: Vec::new(),
        limits: Vec::new(),
        limit_thresholds: &[80, 100],
        sessions: Vec::new(),
        usual: None,
        bursts: Vec::new(),
    }
}

fn utc() -> Zone {
    Zone::named("UTC").unwrap()
}

/// A budget of ten dollars.
fn stood(period: Period, span: Option<Span>, spent: i64, hard: bool) -> Stood {
    let terms = Terms { scope: Scope::All, period, limit: dollars(10), thresholds: vec![50, 80, 100], hard };
    let budget = Budget { id: 1, terms, origin: Origin::Command, set_at: 0, removed_at: None };
    let standing = Standing { budget, span, spent: dollars(spent), unpriced: 0, exhausted_at: None };
    Stood { standing, recent: Recent::default(), session: None }
}

#[test]
fn thresholds_that_are_reached() {
    let zone = utc();
    let ended = Span { from: -24 * HOUR, to: 0 };
    for (span, spent, expected) in [
        (DAY, 4, vec![]),
        (DAY, 5, vec![(50, Urgency::Info)]),
        (DAY, 8, vec![(50, Urgency::Info), (80, Urgency::Warning)]),
        (DAY, 12, vec![(50, Urgency::Info), (80, Urgency::Warning), (100, Urgency::Error)]),
        // One whose period is over says nothing any more.
        (ended, 12, vec![]),
    ] {
        let standings = vec![stood(Period::Day, Some(span), spent, false)];
        let found = thresholds(&Facts { standings, ..facts(&zone) });
        let found: Vec<_> = found.iter().map(|finding| (finding.threshold, finding.urgency)).collect();
        assert_eq!(found, expected, "{spent} of 10");
    }
    // No five-hour window runs, no session is at work.
    let standings = vec![stood(Period::Block, None, 0, false), stood(Period::Session, None, 12, false)];
    assert!(findings(&Facts { standings, ..facts(&zone) }).is_empty());
    let session = Stood {
        session: Some(("s1".to_owned(), "“Fix”".to_owned())),
        ..stood(Period::Session, None, 9, false)
    };
    let found = thresholds(&Facts { standings: vec![session], ..facts(&zone) });
    assert_eq!(found[1].subject, "session all s1");
    assert_eq!(found[1].message, "90 % of the session's budget of $10.00 is spent by “Fix”: $9.00");
}

#[test]
fn hard_limits_say_what_follows() {
    let zone = utc();
    for (spent, hard, expected) in [(10, true, 1), (9, true, 0), (10, false, 0)] {
        let standings = vec![stood(Period::Day, Some(DAY), spent, hard)];
        let found = hard_limits(&Facts { standings, ..facts(&zone) });
        assert_eq!(found.len(), expected, "{spent} {hard}");
        assert!(
            found.iter().all(|one| one.message.contains("until the budget begins anew at 00:00 tomorrow"))
        );
    }
}

#[test]
fn where_the_pace_leads() {
    let zone = utc();
    let gone = Some(15 * HOUR + 40 * MINUTE);
    for (period, spent, exhausted_at, expected) in [
        (Period::Day, 6, gone, Some((Rule::Pace, true))),
        (Period::Block, 6, gone, Some((Rule::Window, true))),
        // So little is no rate yet, but keeps what was said from ending.
        (Period::Day, 2, gone, Some((Rule::Pace, false))),
        (Period::Day, 6, None, None),
        (Period::Day, 10, Some(11 * HOUR), None),
    ] {
        let mut stood = stood(period, Some(DAY), spent, false);
        stood.standing.exhausted_at = exhausted_at;
        let found = pace(&Facts { standings: vec![stood], ..facts(&zone) });
        assert_eq!(found.first().map(|one| (one.rule, one.raises)), expected, "{period:?} {spent}");
        if expected == Some((Rule::Pace, true)) {
            assert_eq!(
                found[0].message,
                "At this rate the daily budget of $10.00 is gone at 15:40; $6.00 is spent"
            );
        }
    }
}

#[test]
fn plan_limits_by_threshold() {
    let zone = utc();
    let limit = |used, resets_at| PlanLimit {
        window: "fiveHour".to_owned(),
        used_basis_points: used,
        resets_at,
        reported_at: NOON - MINUTE,
        source: Source::Statusline,
    };
    for (used, resets_at, expected) in [
        (7_999, Some(NOON + HOUR), vec![]),
        (8_000, Some(NOON + HOUR), vec![(80, Urgency::Warning)]),
        (10_000, Some(NOON + HOUR), vec![(80, Urgency::Warning), (100, Urgency::Error)]),
        // Beyond its reset nothing is known.
        (10_000, Some(NOON), vec![]),
    ] {
        let found = limits(&Facts { limits: vec![limit(used, resets_at)], ..facts(&zone) });
        let found: Vec<_> = found.iter().map(|finding| (finding.threshold, finding.urgency)).collect();
        assert_eq!(found, expected, "{used}");
    }
    let found = limits(&Facts { limits: vec![limit(8_150, Some(NOON + HOUR))], ..facts(&zone) });
    assert_eq!(
        format!("{}{}", found[0].message, found[0].rest),
        "81 % of the plan's limit 5h is used; it begins anew at 13:00"
    );
    assert_eq!(found[0].span, Some(Span { from: NOON - 4 * HOUR, to: NOON + HOUR }));
}

fn session(percent: f64, silent: Millis) -> SessionFacts {
    SessionFacts {
        id: "s1".to_owned(),
        name: "“Fix”".to_owned(),
        last: NOON - silent,
        fill: Fill { used: Some(1), window: Some(200_000), percent: Some(percent), auto_compact: Some(83.5) },
        cache: None,
        cold_cost: None,
    }
}

#[test]
fn contexts_nearly_full() {
    let zone = utc();
    for (percent, silent, expected) in [
        (73.4, 0, Some(false)),
        (73.5, 0, Some(true)),
        (100.0, 0, Some(true)),
        // Nobody works in it: it is not raised, and does not end.
        (80.0, 15 * MINUTE, Some(false)),
        (63.0, 0, None),
    ] {
        let found = contexts(&Facts { sessions: vec![session(percent, silent)], ..facts(&zone) });
        assert_eq!(found.first().map(|one| one.raises), expected, "{percent} after {silent}");
    }
    let unknown = SessionFacts {
        fill: Fill { used: None, window: None, percent: None, auto_compact: None },
        ..session(0.0, 0)
    };
    assert!(contexts(&Facts { sessions: vec![unknown], ..facts(&zone) }).is_empty());
}

#[test]
fn caches_that_go_cold() {
    let zone = utc();
    let five = 5 * MINUTE;
    for (left, lasts, cents, expected) in [
        (2 * MINUTE, five, 20, true),
        (2 * MINUTE + 1, five, 20, false),
        (5 * MINUTE, HOUR, 20, true),
        (5 * MINUTE + 1, HOUR, 20, false),
        // It is cold already.
        (0, five, 20, false),
        (MINUTE, five, 19, false),
    ] {
        let session = SessionFacts {
            cache: Some((NOON + left, lasts)),
            cold_cost: Some(NanoUsd(cents * 10_000_000)),
            ..session(0.0, 0)
        };
        let found = cold_caches(&Facts { sessions: vec![session], ..facts(&zone) });
        assert_eq!(!found.is_empty(), expected, "{left} of {lasts}, {cents} cents");
    }
    let unpriced = SessionFacts { cache: Some((NOON + MINUTE, five)), ..session(0.0, 0) };
    assert!(cold_caches(&Facts { sessions: vec![unpriced], ..facts(&zone) }).is_empty());
}

#[test]
fn hours_that_are_not_as_usual() {
    let zone = utc();
    let hour = Span { from: NOON, to: NOON + HOUR };
    for (cost, before, expected) in [
        (6, &[2, 2, 2][..], true),
        (5, &[2, 2, 2], false),
        // Hours without work do not make the usual one cheaper.
        (6, &[2, 0, 2, 0, 2, 0, 0, 0], true),
        (60, &[2, 2], false),
        (60, &[], false),
        (0, &[0, 0, 0], false),
    ] {
        let before = before.iter().map(|cost| dollars(*cost)).collect();
        let usual = Some(Usual { hour, cost: dollars(cost), before });
        let found = spike(&Facts { usual, ..facts(&zone) });
        assert_eq!(found.is_some(), expected, "{cost}");
    }
    // Three times next to nothing is still next to nothing.
    let little = Usual { hour, cost: NanoUsd(900_000_000), before: vec![NanoUsd(1_000_000); 8] };
    assert_eq!(spike(&Facts { usual: Some(little), ..facts(&zone) }), None);
}

#[test]
fn bursts_of_subagents() {
    let zone = utc();
    for (agents, cost, most, expected) in
        [(3, 3, 2, true), (2, 3, 2, false), (3, 2, 2, false), (3, 3, 0, false), (9, 0, 0, false)]
    {
        let burst = Burst {
            project: "/home/a/app".to_owned(),
            agents,
            quarter: Span { from: NOON, to: NOON + 15 * MINUTE },
            cost: dollars(cost),
            most: dollars(most),
        };
        let found = super::bursts(&Facts { bursts: vec![burst], ..facts(&zone) });
        assert_eq!(!found.is_empty(), expected, "{agents} {cost} {most}");
    }
}

#[test]
fn the_two_largest_are_named() {
    let consumer = |name: &str, cost| Consumer { name: name.to_owned(), cost: dollars(cost) };
    assert_eq!(consumers(&[]), "");
    assert_eq!(consumers(&[consumer("app", 5)]), ", all by app ($5.00)");
    let three = [consumer("app", 5), consumer("api", 2), consumer("web", 1)];
    assert_eq!(consumers(&three), ", most by app ($5.00) and api ($2.00)");
}

fn alert(id: i64, subject: &str, threshold: u32) -> Alert {
    Alert {
        id,
        rule: Rule::Budget.name().to_owned(),
        subject: subject.to_owned(),
        bound: 10,
        starts_at: DAY.from,
        threshold,
        urgency: crate::budgets::urgency(threshold),
        title: String::new(),
        message: String::new(),
        detail: Detail::default(),
        raised_at: NOON,
        resets_at: Some(DAY.to),
        ended_at: None,
        told_with: None,
        acknowledged_at: None,
        snoozed_until: None,
        desktop_told_at: None,
    }
}

fn told(teller: &mut Teller, alerts: &[Alert]) -> Vec<i64> {
    teller.news(alerts, NOON).iter().map(|alert| alert.id).collect()
}

#[test]
fn each_is_told_once_to_whoever_listens() {
    let mut early = Teller::default();
    assert!(told(&mut early, &[]).is_empty());
    let fifty = alert(1, "day all", 50);
    assert_eq!(told(&mut early, std::slice::from_ref(&fifty)), [1]);
    assert!(told(&mut early, std::slice::from_ref(&fifty)).is_empty());
    // One step over two thresholds is told as the graver one, which was kept first.
    let step =
        [fifty.clone(), alert(2, "day all", 100), Alert { told_with: Some(2), ..alert(3, "day all", 80) }];
    assert_eq!(told(&mut early, &step), [2]);
    assert!(told(&mut early, &step).is_empty());
    // A database that was made anew counts from one: what was told stays told, and what is new is news.
    let anew = [alert(1, "day all", 100), alert(2, "week all", 50)];
    assert_eq!(told(&mut early, &anew), [2]);
    // Who comes late hears of each matter the gravest that holds.
    let ended = Alert { ended_at: Some(1), ..alert(4, "month all", 100) };
    let late = [&step[..], &[ended, alert(5, "month all", 50), alert(6, "week all", 50)]].concat();
    let mut teller = Teller::default();
    assert_eq!(told(&mut teller, &late), [2, 5, 6]);
    assert!(told(&mut teller, &late).is_empty());
}

#[test]
fn what_nobody_wants_to_hear_is_not_told() {
    let seen = Alert { acknowledged_at: Some(1), ..alert(1, "a", 80) };
    let snoozed = Alert { snoozed_until: Some(DAY.to), ..alert(2, "b", 80) };
    let over = Alert { resets_at: Some(NOON), ..alert(3, "c", 80) };
    let all = [seen, snoozed, over, alert(4, "d", 80)];
    assert_eq!(told(&mut Teller::default(), &all), [4]);
    let mut early = Teller::default();
    told(&mut early, &[]);
    assert_eq!(told(&mut early, &all), [4]);
    // A clock that was set back does not bring up what lies ahead.
    assert!(!holds(&alert(1, "a", 80), DAY.from - 1));
    assert!(late(&all, DAY.from - 1).is_empty());
}

#[test]
fn how_loud_is_a_setting() {
    let settings = |level| Alerts { budget: level, ..Config::default().alerts };
    let eighty = alert(1, "a", 80);
    for (level, expected) in [
        (AlertLevel::Off, None),
        (AlertLevel::Status, Some(Urgency::Info)),
        (AlertLevel::Tell, Some(Urgency::Warning)),
    ] {
        assert_eq!(heard(&eighty, &settings(level)), expected);
    }
    for rule in Rule::ALL {
        assert_eq!(Rule::named(rule.name()), Some(rule));
        let calm = !matches!(rule, Rule::Budget | Rule::HardLimit | Rule::Limit);
        let expected = if calm { AlertLevel::Status } else { AlertLevel::Tell };
        assert_eq!(rule.level(&Config::default().alerts), expected, "{rule:?}");
    }
    // What a newer program found is told.
    let newer = Alert { rule: "weather".to_owned(), ..eighty };
    assert_eq!(heard(&newer, &settings(AlertLevel::Off)), Some(Urgency::Warning));
    assert!(matches!(Warning::of(&newer, Urgency::Warning, &utc()), Warning::Alert(_)));
}

#[test]
fn periods_whose_ends_moved_are_the_same() {
    for (found, raised, expected) in [
        ((0, 24), (0, 24), true),
        // Another zone.
        ((2, 26), (0, 24), true),
        ((24, 48), (0, 24), false),
        ((26, 50), (0, 24), false),
        // A window that began earlier than was known.
        ((0, 5), (1, 6), true),
        ((5, 10), (0, 5), false),
        // A cycle with another end.
        ((0, 31), (0, 5), true),
    ] {
        let span = |(from, to): (i64, i64)| Span { from: from * HOUR, to: to * HOUR };
        assert_eq!(matter(span(found), span(raised)), expected, "{found:?} {raised:?}");
    }
}
