//! Sums worked out by hand from the price lists that the table names as its sources.

use super::*;
use crate::pricing::check::tests::{day, over};
use proptest::prelude::*;

/// Tokens of each class: input, output, cache reads, five-minute and one-hour writes.
fn tokens(input: i64, output: i64, read: i64, short: i64, long: i64) -> Tokens {
    Tokens { input, output, cache_write_5m: short, cache_write_1h: long, cache_read: read, web_searches: 0 }
}

/// A thousand tokens of input and of output.
fn thousand() -> Tokens {
    tokens(1_000, 1_000, 0, 0, 0)
}

fn plain<'a>(model: &'a str, at: &str, tokens: Tokens) -> Request<'a> {
    Request { model, at: day(at), tokens, fast: false, us_inference: false, batch: false }
}

fn fast<'a>(model: &'a str, at: &str, tokens: Tokens) -> Request<'a> {
    Request { fast: true, ..plain(model, at, tokens) }
}

fn expect(request: &Request<'_>, nano: i64) {
    assert_eq!(
        PriceTable::builtin().cost(request),
        Quote { cost: NanoUsd(nano), priced: true },
        "{request:?}"
    );
}

/// Thousandths of a dollar per million tokens: input, output, cache read, 5m write, 1h write. A thousand tokens
/// cost as many micro-dollars.
#[test]
fn every_list_price() {
    for (model, at, prices) in [
        ("claude-3-haiku", "2024-06-01", [250, 1_250, 30, 300, 500]),
        ("claude-3-sonnet", "2024-06-01", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-3-opus", "2024-06-01", [15_000, 75_000, 1_500, 18_750, 30_000]),
        ("claude-3-5-haiku", "2025-01-01", [800, 4_000, 80, 1_000, 1_600]),
        ("claude-3-5-sonnet", "2025-01-01", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-3-7-sonnet", "2025-03-01", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-opus-4", "2025-06-01", [15_000, 75_000, 1_500, 18_750, 30_000]),
        ("claude-opus-4-1", "2025-09-01", [15_000, 75_000, 1_500, 18_750, 30_000]),
        ("claude-sonnet-4", "2026-04-29", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-sonnet-4", "2026-04-30", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-sonnet-4-5", "2026-04-29", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-sonnet-4-5", "2026-04-30", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-haiku-4-5", "2026-01-01", [1_000, 5_000, 100, 1_250, 2_000]),
        ("claude-opus-4-5", "2026-01-01", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-opus-4-6", "2026-03-12", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-opus-4-6", "2026-03-13", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-sonnet-4-6", "2026-03-12", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-sonnet-4-6", "2026-03-13", [3_000, 15_000, 300, 3_750, 6_000]),
        ("claude-opus-4-7", "2026-05-01", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-opus-4-8", "2026-11-22", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-opus-5", "2026-11-22", [5_000, 25_000, 500, 6_250, 10_000]),
        ("claude-opus-5-5", "2026-11-22", [4_000, 20_000, 200, 5_000, 8_000]),
        ("claude-sonnet-5", "2026-11-22", [2_000, 10_000, 200, 2_500, 4_000]),
        ("claude-sonnet-5-5", "2026-10-06", [2_000, 10_000, 200, 2_500, 4_000]),
        ("claude-sonnet-5-5", "2026-10-07", [2_000, 10_000, 100, 2_500, 4_000]),
        ("claude-haiku-5-5", "2026-11-22", [100, 500, 10, 125, 200]),
        ("claude-fable-5", "2026-11-22", [10_000, 50_000, 1_000, 12_500, 20_000]),
        ("claude-fable-5-1", "2026-11-22", [10_000, 50_000, 250, 12_500, 20_000]),
        ("claude-fable-5-2", "2026-11-22", [8_000, 40_000, 200, 10_000, 16_000]),
        ("claude-mythos-5", "2026-11-22", [10_000, 50_000, 1_000, 12_500, 20_000]),
        ("claude-mythos-5-1", "2026-11-22", [10_000, 50_000, 250, 12_500, 20_000]),
        ("claude-mythos-5-2", "2026-11-22", [8_000, 40_000, 200, 10_000, 16_000]),
        ("claude-mythos-preview", "2026-05-01", [25_000, 125_000, 2_500, 31_250, 50_000]),
    ] {
        let classes = [
            tokens(1_000, 0, 0, 0, 0),
            tokens(0, 1_000, 0, 0, 0),
            tokens(0, 0, 1_000, 0, 0),
            tokens(0, 0, 0, 1_000, 0),
            tokens(0, 0, 0, 0, 1_000),
        ];
        for (used, price) in classes.into_iter().zip(prices) {
            expect(&plain(model, at, used), price * 1_000);
        }
    }
}

/// The same unit; input, cache read and writes of a prompt of a million tokens, and the output beside 300,000 of
/// input.
#[test]
fn every_price_of_long_prompts() {
    let sonnet = [6_000, 22_500, 600, 7_500, 12_000];
    for (model, at, prices) in [
        ("claude-sonnet-4", "2026-04-29", sonnet),
        ("claude-sonnet-4-5", "2026-04-29", sonnet),
        ("claude-sonnet-4-6", "2026-03-12", sonnet),
        ("claude-opus-4-6", "2026-03-12", [10_000, 37_500, 1_000, 12_500, 20_000]),
        ("claude-haiku-5-5", "2026-11-22", [500, 2_500, 50, 625, 1_000]),
    ] {
        let [input, output, read, short, long] = prices.map(|price| price * 1_000_000);
        let million = 1_000_000;
        expect(&plain(model, at, tokens(million, 0, 0, 0, 0)), input);
        expect(&plain(model, at, tokens(0, 0, million, 0, 0)), read);
        expect(&plain(model, at, tokens(0, 0, 0, million, 0)), short);
        expect(&plain(model, at, tokens(0, 0, 0, 0, million)), long);
        expect(&plain(model, at, tokens(300_000, million, 0, 0, 0)), input / 10 * 3 + output);
    }
}

/// A total that Claude Code 2.1.270 wrote itself: 368·$1 + 516·$5 + 106,786·$0.10 + 9,149·$2 a million = $0.0319246.
#[test]
fn agrees_with_claude_code() {
    let used = tokens(368, 516, 106_786, 0, 9_149);
    expect(&plain("claude-haiku-4-5-20251001", "2026-09-14", used), 31_924_600);
}

#[test]
fn one_token_over_the_threshold_reprices_all() {
    // 60,000·0.10 + 1,000·0.50 + 30,000·0.01 + 5,000·0.125 + 5,000·0.20 = 8,425 micro-dollars.
    let at_threshold = tokens(60_000, 1_000, 30_000, 5_000, 5_000);
    expect(&plain("claude-haiku-5-5", "2026-11-22", at_threshold), 8_425_000);
    // 60,001·0.50 + 1,000·2.50 + 30,000·0.05 + 5,000·0.625 + 5,000·1.00 = 42,125.5 micro-dollars.
    let over = tokens(60_001, 1_000, 30_000, 5_000, 5_000);
    expect(&plain("claude-haiku-5-5", "2026-11-22", over), 42_125_500);
}

#[test]
fn the_tier_of_sonnet_4_5_ends_in_april() {
    let over = tokens(1, 1_000, 200_000, 0, 0);
    // 6 + 22,500 + 120,000 micro-dollars, then 3 + 15,000 + 60,000; at the threshold 3 + 15,000 + 59,999.7.
    expect(&plain("claude-sonnet-4-5", "2026-04-29", over), 142_506_000);
    expect(&plain("claude-sonnet-4-5", "2026-04-30", over), 75_003_000);
    expect(&plain("claude-sonnet-4-5", "2026-04-29", tokens(1, 1_000, 199_999, 0, 0)), 75_002_700);
}

#[test]
fn fast_mode() {
    // A long prompt: 250,000·$30 + 1,000·$150 a million, and not six times the tier.
    let long = tokens(250_000, 1_000, 0, 0, 0);
    expect(&fast("claude-opus-4-6", "2026-03-12", long), 7_650_000_000);
    expect(&plain("claude-opus-4-6", "2026-03-12", long), 2_537_500_000);
    expect(&plain("claude-opus-4-6", "2026-03-13", long), 1_275_000_000);
    for (model, at, nano) in [
        ("claude-opus-4-7", "2026-07-23", 180_000_000),
        ("claude-opus-4-7", "2026-07-24", 30_000_000),
        ("claude-opus-4-8", "2026-11-29", 60_000_000),
        ("claude-opus-4-8", "2026-11-30", 30_000_000),
        ("claude-opus-5", "2026-11-30", 60_000_000),
        ("claude-opus-5-5", "2026-11-30", 48_000_000),
        ("claude-fable-5-2", "2026-11-30", 96_000_000),
        ("claude-mythos-5-2", "2026-11-30", 96_000_000),
        ("claude-opus-4-5", "2026-01-01", 30_000_000),
        ("claude-sonnet-5-5", "2026-11-30", 12_000_000),
    ] {
        expect(&fast(model, at, thousand()), nano);
    }
}

#[test]
fn us_inference_and_batch() {
    let at = "2026-11-22";
    for (model, us, batch) in [
        ("claude-opus-4-6", 33_000_000, 15_000_000),
        ("claude-sonnet-5-5", 13_200_000, 6_000_000),
        ("claude-haiku-4-5", 6_000_000, 3_000_000),
        ("claude-sonnet-4-5", 18_000_000, 9_000_000),
    ] {
        expect(&Request { us_inference: true, ..plain(model, at, thousand()) }, us);
        expect(&Request { batch: true, ..plain(model, at, thousand()) }, batch);
    }
}

#[test]
fn regional_endpoints() {
    for (model, nano) in [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 19_800_000),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            19_800_000,
        ),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 18_000_000),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 18_000_000),
        ("claude-sonnet-4-5@20250929", 18_000_000),
        ("eu.anthropic.claude-opus-4-6-v1:0", 33_000_000),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 6_600_000),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", 90_000_000),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", 18_000_000),
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", 4_800_000),
        ("apac.anthropic.claude-sonnet-4-20250514-v1:0", 18_000_000),
    ] {
        expect(&plain(model, "2026-05-01", thousand()), nano);
    }
}

#[test]
fn multipliers_stack_and_round_once() {
    // $0.03 · 2 · 1.1 · 1.1 · 0.5.
    let all = Request {
        us_inference: true,
        batch: true,
        ..fast("us.anthropic.claude-opus-5", "2026-11-22", thousand())
    };
    expect(&all, 36_300_000);
    // A cache read of Haiku 5.5 is 10 nano-dollars: half of 11 is 5.5; with two of them nothing is left to round.
    let read = |count| Request {
        us_inference: true,
        batch: true,
        ..plain("claude-haiku-5-5", "2026-11-22", tokens(0, 0, count, 0, 0))
    };
    expect(&read(1), 6);
    expect(&read(2), 11);
    expect(&read(3), 17);
}

#[test]
fn web_searches() {
    let used = Tokens { web_searches: 3, ..thousand() };
    let unknown = PriceTable::builtin().cost(&plain("claude-opus-9", "2026-11-22", used));
    assert_eq!(unknown, Quote { cost: NanoUsd(30_000_000), priced: false });
    expect(&plain("claude-sonnet-5", "2026-11-22", used), 42_000_000);
    expect(&Request { batch: true, ..plain("claude-sonnet-5", "2026-11-22", used) }, 36_000_000);
}

#[test]
fn no_count_is_too_large_or_too_small() {
    let huge = i64::MAX;
    let request = Request {
        us_inference: true,
        ..fast("claude-opus-5", "2026-11-22", tokens(huge, huge, huge, huge, huge))
    };
    expect(&request, i64::MAX);
    expect(&plain("claude-opus-5", "2026-11-22", tokens(i64::MIN, -1, -5, -5, -5)), 0);
}

#[test]
fn explains_itself() {
    let long = tokens(200_001, 1, 0, 0, 0);
    let table = PriceTable::builtin().with_overrides(&[over("model = 'claude-opus-5'\ninput = 4")]).unwrap();
    let basis = table.explain(&plain("us.anthropic.claude-opus-4-6-v1:0", "2026-03-12", long)).unwrap();
    assert_eq!((basis.model, basis.from, basis.source), ("claude-opus-4-6", None, Source::Builtin));
    assert_eq!((basis.over_prompt_tokens, basis.fast), (Some(200_000), None));
    assert_eq!(basis.regional, Some(Factor::from_thousandths(1_100)));
    let basis = table.explain(&fast("claude-opus-4-6", "2026-03-14", long)).unwrap();
    assert_eq!((basis.from, basis.over_prompt_tokens), (Some(day("2026-03-13")), None));
    assert_eq!(basis.multipliers().collect::<Vec<_>>(), [Factor::from_thousandths(6_000)]);
    let basis = table.explain(&plain("claude-opus-5", "2026-03-14", long)).unwrap();
    assert_eq!((basis.source, basis.rates.input.to_string().as_str()), (Source::Override, "4"));
}

fn any_tokens() -> impl Strategy<Value = Tokens> {
    let count = || prop_oneof![0..10_i64, 0..300_000_i64, 0..=1_000_000_000_000_i64];
    (count(), count(), count(), count(), count(), 0..1_000_i64).prop_map(
        |(input, output, read, short, long, web_searches)| Tokens {
            web_searches,
            ..tokens(input, output, read, short, long)
        },
    )
}

fn any_model() -> impl Strategy<Value = String> {
    let names: Vec<String> = PriceTable::builtin().models().iter().map(|model| model.name.clone()).collect();
    let spelled = ("(us\\.anthropic\\.|global\\.anthropic\\.|)", prop::sample::select(names));
    prop_oneof![4 => spelled.prop_map(|(prefix, name)| prefix + &name), 1 => any::<String>()]
}

prop_compose! {
    fn any_flags()(days in 0..1_500_i32, fast: bool, us_inference: bool, batch: bool) -> Request<'static> {
        let at = NaiveDate::from_num_days_from_ce_opt(739_000 + days).unwrap_or_default();
        Request { model: "", at, tokens: Tokens::default(), fast, us_inference, batch }
    }
}

proptest! {
    /// Class by class a response costs what it costs as a whole, up to half a nano-dollar of rounding each.
    #[test]
    fn additive(model in any_model(), used in any_tokens(), flags in any_flags()) {
        let request = Request { model: &model, tokens: used, ..flags };
        let cost = PriceTable::builtin().cost(&request).cost;
        if let Some(basis) = PriceTable::builtin().explain(&request) {
            let classes = [
                tokens(used.input, 0, 0, 0, 0),
                tokens(0, used.output, 0, 0, 0),
                tokens(0, 0, used.cache_read, 0, 0),
                tokens(0, 0, 0, used.cache_write_5m, 0),
                tokens(0, 0, 0, 0, used.cache_write_1h),
            ];
            let parts: i64 = classes.iter().map(|class| basis.cost(class).0).sum();
            prop_assert!((parts + used.web_searches * 10_000_000).abs_diff(cost.0) <= 3);
        } else {
            prop_assert_eq!(cost.0, used.web_searches * 10_000_000);
        }
    }

    /// More tokens never cost less.
    #[test]
    fn monotone(model in any_model(), used in any_tokens(), more in any_tokens(), flags in any_flags()) {
        let table = PriceTable::builtin();
        let less = table.cost(&Request { model: &model, tokens: used, ..flags });
        let more = table.cost(&Request { model: &model, tokens: used + more, ..flags });
        prop_assert!(less.cost <= more.cost && less.priced == more.priced && less.cost >= NanoUsd::ZERO);
    }

    #[test]
    fn never_panics(model: String, counts: [i64; 6], flags in any_flags()) {
        let [input, output, read, short, long, web_searches] = counts;
        let used = Tokens { web_searches, ..tokens(input, output, read, short, long) };
        PriceTable::builtin().cost(&Request { model: &model, tokens: used, ..flags });
        PriceTable::builtin().cost(&Request { model: "claude-haiku-5-5", tokens: used, ..flags });
        PriceTable::builtin().window(&model);
    }
}
