use super::*;
use crate::budgets::{Period, Scope, Span, Spending, THRESHOLDS, Terms};
use crate::burn::Running;
use crate::limits::{PlanLimit, Source, Standing};
use crate::money::NanoUsd;
use crate::statusline::input::tests::{NOW, samples};
use crate::statusline::{PARTS, PRESETS, preset};
use crate::time::{HOUR, MINUTE, Millis};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn newest() -> Input {
    Input::read(samples().pop().unwrap().to_string().as_bytes())
}

fn known() -> Known {
    Known {
        now: NOW,
        session: Some(NanoUsd(3_420_000_000)),
        project: Some(NanoUsd(5_100_000_000)),
        today: Some(NanoUsd(20_310_000_000)),
        window: Some(window()),
        budgets: vec![budget(Scope::All, Period::Day, 20_310_000_000)],
        branch: Some("main".to_owned()),
        auto_compact: Some(96.7),
        ..Known::default()
    }
}

/// A window that has run for an hour and a half.
fn window() -> Running {
    Running {
        start: NOW - 90 * MINUTE,
        cost: NanoUsd(9_000_000_000),
        recent: NanoUsd(4_200_000_000),
        recent_tokens: 750_000,
    }
}

/// A budget of $25 that runs.
fn budget(scope: Scope, period: Period, spent: i64) -> Spending {
    let limit = NanoUsd(25_000_000_000);
    Spending {
        terms: Terms { scope, period, limit, thresholds: THRESHOLDS.to_vec(), hard: false },
        span: Some(Span { from: NOW - HOUR, to: NOW + HOUR }),
        spent: NanoUsd(spent),
        unpriced: 0,
        exhausted_at: None,
    }
}

fn text(template: &str, input: &Input, known: &Known) -> String {
    line(&Template::read(template), " · ", None, input, known).text()
}

#[test]
fn presets_show_what_they_promise() {
    for (name, expected) in [
        ("minimal", "Opus · $3.42 · ctx 8%"),
        ("standard", "Opus · $3.42 · $5.10 today · budget 81% · ctx 8% · 5h 24% · 7d 41%"),
        (
            "full",
            "web · main · Opus · $3.42 · $20.31 today · $9.00 block, 3h 30m left · $4.20/h · day 81% · ▓░░░░░░░░░ ctx 8% · 5h 24% in 2h 00m · 7d 41% in 5d 2h · cache 42m · +156 -23 · 45s",
        ),
        ("limits", "Opus · ctx 8% · 5h 24% in 2h 00m · 7d 41% in 5d 2h · spend 63%"),
    ] {
        assert_eq!(text(preset(name).unwrap(), &newest(), &known()), expected, "{name}");
    }
}

#[test]
fn without_a_database_there_is_still_a_line() {
    let alone = Known { now: NOW, ..Known::default() };
    assert_eq!(
        text(preset("standard").unwrap(), &newest(), &alone),
        "Opus · $0.01 · ctx 8% · 5h 24% · 7d 41%"
    );
    let nothing = Input::default();
    for (_, template) in PRESETS {
        assert_eq!(text(template, &nothing, &alone), "");
    }
    // What others told of limits stands where Claude Code says nothing, until it begins anew.
    let limit = PlanLimit {
        window: "fiveHour".to_owned(),
        used_basis_points: 8_200,
        resets_at: Some(NOW + HOUR),
        reported_at: NOW - HOUR,
        source: Source::ClaudeJson,
    };
    let told = Known { limits: vec![Standing { limit, exhausted_at: None }], ..alone };
    assert_eq!(text("{five_hour} | {seven_day}", &nothing, &told), "5h 82%");
    assert_eq!(text("{five_hour}", &nothing, &Known { now: NOW + HOUR, ..told }), "");
}

#[test]
fn sums_that_are_behind_say_so() {
    let behind = Known { behind: true, ..known() };
    let poor = Input { cost: None, ..newest() };
    // Claude's own count of the session is smaller here, and what was read is the least.
    assert_eq!(
        text("{session_cost} | {project_cost} | {today}", &newest(), &behind),
        "$3.42+ · $5.10+ · $20.31+"
    );
    assert_eq!(text("{session_cost}", &poor, &behind), "$3.42+");
    let rich = Input { cost: Some(NanoUsd(4_000_000_000)), ..newest() };
    assert_eq!(text("{session_cost}", &rich, &behind), "$4.00");
    assert_eq!(text("{session_cost}", &rich, &known()), "$3.42");
    // The session is read, and nobody knows what others spend.
    let alone = Known { unread: true, ..known() };
    assert_eq!(
        text("{session_cost} | {today} | {budget}", &newest(), &alone),
        "$3.42 · $20.31+ · budget 81%+"
    );
}

#[test]
fn the_five_hour_window_shows_while_it_runs() {
    let all = "{block} | {block_left} | {block_projected} | {burn} | {burn_tokens}";
    let shown = |known: &Known| text(all, &newest(), known);
    // Three and a half hours more at $4.20.
    assert_eq!(shown(&known()), "$9.00 · 3h 30m left · $23.70 · $4.20/h · 12.5K/min");
    let behind = Known { behind: true, ..known() };
    assert_eq!(shown(&behind), "$9.00+ · 3h 30m left · $23.70+ · $4.20/h+ · 12.5K/min+");
    // A single response is no rate: ten minutes are the least.
    let begun = Running {
        start: NOW - MINUTE,
        cost: NanoUsd(700_000_000),
        recent: NanoUsd(700_000_000),
        recent_tokens: 90,
    };
    let known = Known { window: Some(begun), ..known() };
    assert_eq!(shown(&known), "$0.70 · 4h 59m left · $21.63 · $4.20/h · 9/min");
    let none = Known { window: None, ..known.clone() };
    assert_eq!(shown(&none), "");
    // Who does not ask for it is spared looking for it.
    for part in PARTS {
        let template = Template::read(&format!("{{{}}}", part.name));
        let differs =
            line(&template, "", None, &newest(), &known) != line(&template, "", None, &newest(), &none);
        assert_eq!(template.asks_for_window(), differs, "{}", part.name);
    }
}

#[test]
fn budgets_show_where_they_count() {
    let shown = |budgets: Vec<Spending>, rest: Known| {
        let known = Known { budgets, ..rest };
        text("{budget} | {budgets}", &newest(), &known)
    };
    let (day, week) =
        (budget(Scope::All, Period::Day, 10_000_000_000), budget(Scope::All, Period::Week, 24_999_999_999));
    // The nearest to its limit, and no threshold before it is reached.
    assert_eq!(shown(vec![day.clone(), week.clone()], known()), "budget 99% · day 40% week 99%");
    assert_eq!(shown(Vec::new(), known()), "");
    let behind = Known { behind: true, ..known() };
    assert_eq!(shown(vec![day], behind), "budget 40%+ · day 40%+");
    // Its period ended, and the leader has not looked since.
    let ended = Spending { span: Some(Span { from: NOW - HOUR, to: NOW }), ..week };
    assert_eq!(shown(vec![ended], known()), "budget 0% · week 0%");
    // What has no known price is more, too.
    let unpriced = Spending { unpriced: 1, ..budget(Scope::All, Period::Day, 10_000_000_000) };
    assert_eq!(shown(vec![unpriced], known()), "budget 40%+? · day 40%+?");
    // A session's is this session's, whatever another one spent; where that is not known, neither is this.
    let session = Spending { span: None, ..budget(Scope::All, Period::Session, 20_000_000_000) };
    assert_eq!(shown(vec![session.clone()], known()), "budget 13% · session 13%");
    let own = Known { session: None, ..known() };
    assert_eq!(
        shown(vec![session.clone()], own.clone()),
        "budget 0% · session 0%",
        "Claude Code's own count"
    );
    let nobody = Input { cost: None, ..newest() };
    assert_eq!(text("{budget}", &nobody, &Known { budgets: vec![session], ..own }), "");
    for (scope, name) in [
        (Scope::Project("/w".to_owned()), "w 5h 40%"),
        (Scope::Branch("main".to_owned()), "main 5h 40%"),
        (Scope::Model("opus".to_owned()), "opus 5h 40%"),
        (Scope::Project("/w/application".to_owned()), ""),
        (Scope::Branch("mai".to_owned()), ""),
        (Scope::Model("sonnet".to_owned()), ""),
    ] {
        let known = Known { budgets: vec![budget(scope, Period::Block, 10_000_000_000)], ..known() };
        assert_eq!(text("{budgets}", &newest(), &known), name);
    }
}

#[test]
fn colours_say_what_matters() {
    let tone = |template: &str, input: &Input, known: &Known| {
        line(&Template::read(template), " · ", None, input, known).0[0].1
    };
    let at = |used: i64| Input { used: Some(used * 2_000), window: Some(200_000), ..newest() };
    let usual = Known { auto_compact: None, ..known() };
    for (used, expected) in [(69, Tone::Plain), (70, Tone::Warning), (89, Tone::Warning), (90, Tone::Error)] {
        assert_eq!(tone("{context}", &at(used), &usual), expected, "{used}");
    }
    assert_eq!(tone("{context}", &at(96), &known()), Tone::Warning);
    let limited = |used: u32| {
        let mut input = newest();
        input.limits[0].used = used;
        input
    };
    for (used, expected) in [(7_999, Tone::Plain), (8_000, Tone::Warning), (10_000, Tone::Error)] {
        assert_eq!(tone("{five_hour}", &limited(used), &known()), expected, "{used}");
        assert_eq!(tone("{limits}", &limited(used), &known()), expected, "{used}");
    }
    let spent = |cents: i64, exhausted_at: Option<Millis>| {
        let budget = Spending { exhausted_at, ..budget(Scope::All, Period::Day, cents * 10_000_000) };
        Known { budgets: vec![budget], ..known() }
    };
    for (cents, expected) in
        [(1_999, Tone::Plain), (2_000, Tone::Warning), (2_499, Tone::Warning), (2_500, Tone::Error)]
    {
        assert_eq!(tone("{budget}", &newest(), &spent(cents, None)), expected, "{cents}");
        assert_eq!(tone("{budgets}", &newest(), &spent(cents, None)), expected, "{cents}");
    }
    assert_eq!(tone("{budget}", &newest(), &spent(1, Some(NOW + MINUTE))), Tone::Warning);
    for (left, expected) in [(6, Tone::Plain), (4, Tone::Warning), (-1, Tone::Warning)] {
        let mut input = newest();
        input.cache.as_mut().unwrap().until = Some(NOW + left * MINUTE);
        assert_eq!(tone("{cache}", &input, &known()), expected, "{left}");
    }
}

#[test]
fn where_there_is_no_room_cells_go_from_the_end() {
    let template = Template::read(preset("standard").unwrap());
    let at = |width| line(&template, " · ", Some(width), &newest(), &known()).text();
    assert_eq!(at(66), "Opus · $3.42 · $5.10 today · budget 81% · ctx 8% · 5h 24% · 7d 41%");
    assert_eq!(at(65), "Opus · $3.42 · $5.10 today · budget 81% · ctx 8% · 5h 24%");
    assert_eq!(at(12), "Opus · $3.42");
    assert_eq!(at(4), "Opus");
    assert_eq!(at(3), "Op…");
    assert_eq!(at(1), "…");
    // Wide letters take two columns.
    let wide = Input { title: Some("屋根を直す".to_owned()), ..Input::default() };
    let cut = |width| line(&Template::read("{title}"), "", Some(width), &wide, &known()).text();
    assert_eq!(
        (cut(10), cut(9), cut(4)),
        ("屋根を直す".to_owned(), "屋根を直…".to_owned(), "屋…".to_owned())
    );
}

#[test]
fn every_part_has_an_example_and_every_preset_parts() {
    let names: BTreeSet<&str> = PARTS.iter().map(|part| part.name).collect();
    assert_eq!(names.len(), PARTS.len());
    let mut input = newest();
    input.style = Some("learning".to_owned());
    for name in &names {
        assert!(part(name, &input, &known()).is_some(), "{name} says nothing of the newest version");
    }
    assert_eq!(PRESETS.map(|(name, _)| name), crate::config::STATUSLINE_PRESETS);
    for (preset, template) in PRESETS {
        let unknown: Vec<String> = Template::read(template)
            .parts()
            .filter(|part| !names.contains(part))
            .map(str::to_owned)
            .collect();
        assert!(unknown.is_empty(), "{preset} has {unknown:?}");
    }
}

#[test]
fn the_page_describes_every_part_and_preset() {
    let page = include_str!("../../../../docs/statusline.md");
    for part in PARTS {
        assert!(
            page.contains(&format!("| `{}` | {} |", part.name, part.doc)),
            "docs/statusline.md lacks {}",
            part.name
        );
    }
    for (name, template) in PRESETS {
        assert!(
            page.contains(&format!("| `{name}` | `{}` |", template.replace('|', "\\|"))),
            "docs/statusline.md lacks {name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is asked for and however wide: one line, and no wider.
    #[test]
    fn one_line_and_no_wider(template in "[a-z {}|\\\\\n屋]{0,40}", width in 1_usize..60, fill in "\\PC{0,20}") {
        let input = Input { title: Some(fill), ..newest() };
        let shown = line(&Template::read(&template), " · ", Some(width), &input, &known());
        prop_assert!(shown.width() <= width, "{:?}", shown);
        prop_assert!(!shown.text().contains(char::is_control));
    }
}
