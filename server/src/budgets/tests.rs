use super::*;
use crate::time::{HOUR, MINUTE, Zone};
use chrono::Weekday;
use proptest::prelude::*;
use std::path::Path;

fn dollars(amount: i64) -> NanoUsd {
    NanoUsd(amount * NanoUsd::DOLLAR.0)
}

fn calendar(zone: &str, cycle_day: u32) -> Calendar {
    Calendar { zone: Zone::named(zone).unwrap(), week_start: Weekday::Mon, cycle_day }
}

fn at(text: &str) -> Millis {
    crate::time::parse_millis(text).unwrap()
}

#[test]
fn folders_hold_what_lies_below_them() {
    for (path, folder, expected) in [
        ("/home/a/app", "/home/a/app", true),
        ("/home/a/app/web", "/home/a/app", true),
        ("/home/a/app/web", "/home/a/app/", true),
        ("/home/a/app2", "/home/a/app", false),
        ("/home/a", "/home/a/app", false),
        ("/home", "/", true),
    ] {
        assert_eq!(lies_in(path, folder), expected, "{path} in {folder}");
    }
}

#[test]
fn folders_go_by_their_whole_path() {
    for (path, expected) in [
        ("/w/app", Some("/w/app")),
        ("/w/./x/../app/", Some("/w/app")),
        ("/", Some("/")),
        ("app", None),
        ("~/app", None),
        ("", None),
    ] {
        let expected = expected.map(|path| Scope::Project(path.to_owned()));
        assert_eq!(Scope::folder(Path::new(path)), expected, "{path}");
    }
}

#[test]
fn folders_of_one_name_are_told_apart() {
    let folders = ["/w/x/app", "/w/y/app", "/w/x/web", "/app", "/"].map(str::to_owned);
    let names: Vec<String> = folders.iter().map(|folder| told_apart(folder, &folders)).collect();
    assert_eq!(names, ["x/app", "y/app", "web", "app", "/"]);
    assert_eq!(told_apart("/w/x/app", &[]), "app");
}

#[test]
fn the_config_files_folders_are_those_of_sessions() {
    let budget = |project: &str| {
        let text = format!("[[budgets.scoped]]\nlimit = 1\nproject = {project:?}\n");
        let (config, problems) = crate::config::Config::of_file(text.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        configured(&config, &|path| {
            path.strip_prefix("~").ok().map(|below| Path::new("/home/ada").join(below))
        })
    };
    let (terms, problems) = budget("~/app/");
    assert_eq!((&terms[0].scope, problems.len()), (&Scope::Project("/home/ada/app".to_owned()), 0));
    let (terms, problems) = budget("work/app");
    assert!(terms.is_empty() && problems[0].contains("a whole path"), "{problems:?}");
}

#[test]
fn names_of_models_mean_their_versions() {
    for (name, id, expected) in [
        ("opus", "claude-opus-4-5-20251101", true),
        ("Opus", "claude-opus-4-5", true),
        ("claude-opus-4-5", "claude-opus-4-5-20251101", true),
        ("claude-opus-4-5", "eu.anthropic.claude-opus-4-5-v1:0", true),
        ("claude-opus-4", "claude-opus-4-20250514", true),
        ("claude-opus-4", "claude-opus-4-5", false),
        ("opus", "claude-sonnet-4-5", false),
        ("son", "claude-sonnet-4-5", false),
        ("", "claude-sonnet-4-5", false),
        ("opus", "", false),
    ] {
        assert_eq!(counts_model(name, id), expected, "{name} of {id}");
    }
}

#[test]
fn periods_of_a_calendar() {
    let now = "2026-02-11T22:30:00Z";
    for (period, zone, cycle, from, to) in [
        (Period::Day, "UTC", 1, "2026-02-11T00:00:00Z", "2026-02-12T00:00:00Z"),
        (Period::Day, "Asia/Kolkata", 1, "2026-02-11T18:30:00Z", "2026-02-12T18:30:00Z"),
        (Period::Week, "UTC", 1, "2026-02-09T00:00:00Z", "2026-02-16T00:00:00Z"),
        (Period::Month, "UTC", 1, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        (Period::Cycle, "UTC", 1, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        (Period::Cycle, "UTC", 11, "2026-02-11T00:00:00Z", "2026-03-11T00:00:00Z"),
        (Period::Cycle, "UTC", 12, "2026-01-12T00:00:00Z", "2026-02-12T00:00:00Z"),
        // February ends before its 31st, January does not.
        (Period::Cycle, "UTC", 31, "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
    ] {
        let span = period.span(&calendar(zone, cycle), at(now));
        assert_eq!(span, Some(Span { from: at(from), to: at(to) }), "{period:?} in {zone} from {cycle}");
    }
    // Berlin's days of 23 and of 25 hours.
    for (noon, hours) in [("2026-03-29T10:00:00Z", 23), ("2026-10-25T11:00:00Z", 25)] {
        let span = Period::Day.span(&calendar("Europe/Berlin", 1), at(noon)).unwrap();
        assert_eq!(span.to - span.from, hours * HOUR);
    }
    assert_eq!(Period::Block.span(&calendar("UTC", 1), 0), None);
}

proptest! {
    #[test]
    fn every_moment_lies_in_its_period_and_periods_follow_each_other(
        now in 0..4_000_000_000_000_i64, day in 1..=31_u32,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
    ) {
        for period in [Period::Day, Period::Week, Period::Month, Period::Cycle] {
            let calendar = calendar(zone, day);
            let span = period.span(&calendar, now).unwrap();
            prop_assert!(span.holds(now), "{period:?}");
            let (before, after) = (period.span(&calendar, span.from - 1).unwrap(), period.span(&calendar, span.to).unwrap());
            prop_assert_eq!((before.to, after.from), (span.from, span.to));
        }
    }

    #[test]
    fn a_threshold_shows_as_reached_exactly_where_it_is(spent in 0..30_000_000_000_i64, limit in 1..20_000_000_000_i64, at in 1..200_u32) {
        let (spent, limit) = (NanoUsd(spent), NanoUsd(limit));
        prop_assert_eq!(used_percent(spent, limit) >= f64::from(at), reaches(spent, limit, at));
    }
}

#[test]
fn urgency_follows_the_thresholds() {
    let terms = |thresholds: &[u32]| Terms {
        scope: Scope::All,
        period: Period::Day,
        limit: dollars(10),
        thresholds: thresholds.to_vec(),
        hard: false,
    };
    for (thresholds, spent, expected) in [
        (&[50, 80, 100][..], 4, Urgency::Ok),
        (&[50, 80, 100], 5, Urgency::Info),
        (&[50, 80, 100], 8, Urgency::Warning),
        (&[50, 80, 100], 10, Urgency::Error),
        (&[50], 9, Urgency::Info),
        (&[], 9, Urgency::Ok),
        (&[], 10, Urgency::Error),
        (&[120], 11, Urgency::Error),
    ] {
        assert_eq!(terms(thresholds).urgency(dollars(spent)), expected, "{thresholds:?} {spent}");
    }
}

#[test]
fn where_a_rate_leads() {
    let day = Span { from: 0, to: 24 * HOUR };
    let month = Span { from: 0, to: 30 * 24 * HOUR };
    let recent = |cost: i64, since: Millis| Recent { cost: dollars(cost), since };
    for (period, span, spent, recent, now, expected) in [
        // $2 in the last hour: the other $4 are gone in two.
        (Period::Day, day, 6, recent(2, 11 * HOUR), 12 * HOUR, Some(14 * HOUR)),
        // Not before midnight.
        (Period::Day, day, 6, recent(2, 21 * HOUR), 22 * HOUR, None),
        (Period::Day, day, 6, recent(0, 11 * HOUR), 12 * HOUR, None),
        (Period::Day, day, 10, recent(2, 11 * HOUR), 12 * HOUR, None),
        // A single response is no rate: it is taken over ten minutes at least.
        (Period::Day, day, 1, recent(1, 0), MINUTE, Some(91 * MINUTE)),
        // A month goes by its whole course, not by the last hour: $6 in six days.
        (Period::Month, month, 6, recent(6, 143 * HOUR), 144 * HOUR, Some(240 * HOUR)),
        // And by three days at least: else its first hour would always be alarming.
        (Period::Month, month, 1, recent(1, 0), HOUR, Some(HOUR + 648 * HOUR)),
        (Period::Month, month, 0, recent(0, 0), HOUR, None),
    ] {
        let found = exhausted_at(period, Some(span), dollars(10), dollars(spent), recent, now);
        assert_eq!(found, expected, "{period:?} {spent} {recent:?}");
    }
}

#[test]
fn terms_that_make_no_sense_are_told() {
    let good = Terms {
        scope: Scope::All,
        period: Period::Day,
        limit: dollars(1),
        thresholds: THRESHOLDS.to_vec(),
        hard: false,
    };
    assert_eq!(good.check(), Ok(()));
    for (bad, words) in [
        (Terms { limit: NanoUsd::ZERO, ..good.clone() }, "more than nothing"),
        (Terms { scope: Scope::Branch(" ".to_owned()), ..good.clone() }, "needs its name"),
        (Terms { thresholds: vec![80, 50], ..good.clone() }, "thresholds"),
        (Terms { thresholds: vec![0], ..good.clone() }, "thresholds"),
        (
            Terms { scope: Scope::Model("opus".to_owned()), period: Period::Session, ..good },
            "cannot be of a model",
        ),
    ] {
        let told = bad.check().unwrap_err();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_commands_budget_stands_above_that_of_the_config() {
    let budget = |id, period, origin, removed_at| {
        let terms =
            Terms { scope: Scope::All, period, limit: dollars(1), thresholds: Vec::new(), hard: false };
        Budget { id, terms, origin, set_at: 0, removed_at }
    };
    let all = vec![
        budget(1, Period::Day, Origin::Config, None),
        budget(2, Period::Week, Origin::Config, None),
        budget(3, Period::Day, Origin::Command, None),
        budget(4, Period::Month, Origin::Command, Some(5)),
    ];
    let ids: Vec<i64> = in_force(all).iter().map(|budget| budget.id).collect();
    assert_eq!(ids, [2, 3]);
}
