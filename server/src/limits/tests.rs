use super::*;
use proptest::prelude::*;

/// A report of the five-hour window that ends five hours after 0.
fn told(minute: i64, percent: u32, source: Source) -> PlanLimit {
    PlanLimit {
        window: "fiveHour".to_owned(),
        used_basis_points: percent * 100,
        resets_at: Some(5 * HOUR),
        reported_at: minute * MINUTE,
        source,
    }
}

#[test]
fn names_of_windows() {
    for (key, expected) in [
        ("five_hour", Some("fiveHour")),
        ("seven_day", Some("sevenDay")),
        ("seven_day_opus", Some("sevenDayOpus")),
        ("seven_day_overage_included", Some("sevenDayOverageIncluded")),
        ("spend_limit", Some("spend")),
        ("spend", Some("spend")),
        ("Seven Day", Some("sevenDay")),
        ("thirty_day", Some("thirtyDay")),
        ("", None),
        ("__", None),
        ("ümlaut", None),
        ("a\u{1b}[31m", None),
        ("a_name_that_is_so_long_that_nobody_wants_to_read_it_at_all", None),
    ] {
        assert_eq!(window_of(key).as_deref(), expected, "{key}");
    }
}

#[test]
fn the_newest_report_counts_and_then_the_most_trusted() {
    use Source::{ClaudeJson, Statusline, Transcript};
    for (reports, expected) in [
        (vec![told(1, 20, Statusline), told(2, 30, ClaudeJson)], (30, ClaudeJson)),
        (vec![told(2, 30, ClaudeJson), told(1, 20, Statusline)], (30, ClaudeJson)),
        (vec![told(2, 30, ClaudeJson), told(2, 20, Statusline)], (20, Statusline)),
        (vec![told(2, 20, Statusline), told(2, 100, Transcript)], (20, Statusline)),
        (vec![told(2, 20, Statusline), told(3, 100, Transcript)], (100, Transcript)),
    ] {
        let merged = merged(&reports, 10 * MINUTE);
        let found: Vec<_> =
            merged.iter().map(|limit| (limit.used_basis_points / 100, limit.source)).collect();
        assert_eq!(found, [expected], "{reports:?}");
    }
}

#[test]
fn beyond_its_reset_nothing_is_known() {
    let report = told(1, 20, Source::Statusline);
    assert!(report.holds(5 * HOUR - 1) && !report.holds(5 * HOUR));
    assert!(merged([&report], 5 * HOUR).is_empty());
    // Without a reset it holds as long as the window can be.
    let open = PlanLimit { resets_at: None, ..report.clone() };
    assert!(open.holds(5 * HOUR) && !open.holds(5 * HOUR + MINUTE));
    let spend = PlanLimit { window: "spend".to_owned(), ..open };
    assert!(spend.holds(30 * 24 * HOUR) && !spend.holds(32 * 24 * HOUR));
    // A report of the last window does not stand for this one.
    let next =
        PlanLimit { resets_at: Some(11 * HOUR), reported_at: 7 * HOUR, ..told(0, 5, Source::Statusline) };
    assert_eq!(merged([&report, &next], 8 * HOUR), [next]);
    // Nor does one that was told before the newest, and would last longer.
    let short = PlanLimit { resets_at: Some(3 * HOUR), ..told(30, 12, Source::Statusline) };
    assert_eq!(merged([&report, &short], 2 * HOUR), std::slice::from_ref(&short));
    assert!(merged([&report, &short], 3 * HOUR).is_empty());
}

#[test]
fn what_cannot_be_is_not_believed() {
    let good = told(0, 20, Source::Statusline);
    assert!(good.clone().sound().is_some());
    assert!(PlanLimit { resets_at: None, ..good.clone() }.sound().is_some());
    for bad in [
        PlanLimit { window: String::new(), ..good.clone() },
        PlanLimit { window: "five hour".to_owned(), ..good.clone() },
        PlanLimit { used_basis_points: 100_001, ..good.clone() },
        PlanLimit { resets_at: Some(0), ..good.clone() },
        PlanLimit { resets_at: Some(5 * HOUR + 11 * MINUTE), ..good.clone() },
        PlanLimit { window: "spend".to_owned(), resets_at: Some(i64::MAX), ..good },
    ] {
        assert_eq!(bad.clone().sound(), None, "{bad:?}");
    }
}

#[test]
fn windows_come_shortest_first() {
    let limit = |window: &str| PlanLimit { window: window.to_owned(), ..told(0, 1, Source::Statusline) };
    let reports = ["other", "spend", "sevenDayOpus", "sevenDay", "fiveHour"].map(limit);
    let names: Vec<String> = merged(&reports, 0).into_iter().map(|limit| limit.window).collect();
    assert_eq!(names, ["fiveHour", "sevenDay", "sevenDayOpus", "spend", "other"]);
}

#[test]
fn forecasts() {
    let told = |minute, percent| told(minute, percent, Source::Statusline);
    let now = 180 * MINUTE;
    for (reports, expected) in [
        // 30 % in three hours: at the window's end it is 50 %.
        (vec![told(180, 30)], None),
        // 75 % in three hours: all of it in four.
        (vec![told(180, 75)], Some(240)),
        // The last hour counts where something is known of its beginning: 10 % in it, the rest takes two and a half.
        (vec![told(120, 65), told(180, 75)], None),
        // 30 % in it: the rest takes 50 minutes.
        (vec![told(120, 45), told(180, 75)], Some(230)),
        // What is known of half an hour says more about the last one than the two and a half before: 60 % in it.
        (vec![told(150, 30), told(180, 90)], Some(185)),
        // What lies within the hour says less than its beginning.
        (vec![told(120, 45), told(170, 45), told(180, 75)], Some(230)),
        // Silence counts: nothing was used for half an hour.
        (vec![told(150, 75)], Some(240)),
        // It was full when that was first told.
        (vec![told(100, 100), told(180, 100)], Some(100)),
        (vec![told(180, 0)], None),
    ] {
        let limit = reports.last().unwrap();
        assert_eq!(forecast(limit, &reports, now), expected.map(|minute| minute * MINUTE), "{reports:?}");
    }
    // A window of unknown length has no known beginning.
    let spend = |minute, percent| PlanLimit {
        window: "spend".to_owned(),
        resets_at: Some(20 * 24 * HOUR),
        ..told(minute, percent)
    };
    let one = spend(1440, 50);
    assert_eq!(forecast(&one, std::slice::from_ref(&one), 24 * HOUR), None);
    // 20 % in a day: the other 50 % take two and a half.
    let reports = [spend(0, 30), one.clone()];
    assert_eq!(forecast(&one, &reports, 24 * HOUR), Some(84 * HOUR));
    // Without a reset nobody can tell what comes first.
    let open = PlanLimit { resets_at: None, ..one };
    assert_eq!(forecast(&open, &reports, 24 * HOUR), None);
}

#[test]
fn percentages() {
    for (given, expected) in [
        (23.5, Some(2350)),
        (0.0, Some(0)),
        (100.0, Some(10_000)),
        (-0.1, None),
        (f64::NAN, None),
        (1e300, None),
    ] {
        assert_eq!(basis_points(given), expected, "{given}");
    }
    assert_eq!(percent(2350).to_string(), "23.5");
}

fn any_limit() -> impl Strategy<Value = PlanLimit> {
    let window = prop::sample::select(vec!["fiveHour", "sevenDay", "spend"]);
    let times = (0_i64..40 * 24 * HOUR, prop::option::of(0_i64..40 * 24 * HOUR));
    (window, 0_u32..=12_000, times, 0_usize..3).prop_map(|(window, used, (at, resets_at), source)| {
        PlanLimit {
            window: window.to_owned(),
            used_basis_points: used,
            resets_at,
            reported_at: at,
            source: Source::ALL[source],
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A forecast lies ahead and before the reset, and the order of reports makes no difference.
    #[test]
    fn forecasts_lie_between_now_and_the_reset(
        mut reports in prop::collection::vec(any_limit().prop_filter_map("sound", PlanLimit::sound), 1..20),
        now in 0_i64..40 * 24 * HOUR,
    ) {
        let standing = standing(&reports, now);
        for Standing { limit, exhausted_at } in &standing {
            prop_assert!(limit.holds(now));
            if let Some(at) = exhausted_at {
                if limit.used_basis_points < WHOLE {
                    prop_assert!(*at >= now && limit.resets_at.is_some_and(|reset| *at < reset));
                } else {
                    prop_assert!(*at <= limit.reported_at);
                }
            }
        }
        reports.reverse();
        prop_assert_eq!(super::standing(&reports, now), standing);
    }
}
