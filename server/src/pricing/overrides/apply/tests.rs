use super::*;
use crate::pricing::PriceTable;
use crate::pricing::check::tests::{day, over};

fn table(overrides: &[Override]) -> PriceTable {
    PriceTable::builtin().with_overrides(overrides).unwrap()
}

/// Input, output, cache read, 5m and 1h writes on a day, as text.
fn rates_on(table: &PriceTable, model: &str, date: &str) -> Option<[String; 5]> {
    let rates = table.resolve(model)?.model.period(day(date))?.rates;
    Some(
        [rates.input, rates.output, rates.cache_read, rates.cache_write_5m, rates.cache_write_1h]
            .map(|price| price.to_string()),
    )
}

fn expect(table: &PriceTable, model: &str, date: &str, rates: [&str; 5]) {
    assert_eq!(rates_on(table, model, date), Some(rates.map(str::to_owned)), "{model} on {date}");
}

#[test]
fn a_known_model_keeps_what_is_not_stated() {
    let table = table(&[over("model = 'claude-sonnet-5-5'\ninput = 1")]);
    expect(&table, "claude-sonnet-5-5", "2026-10-06", ["1", "10", "0.2", "2.5", "4"]);
    expect(&table, "claude-sonnet-5-5", "2026-10-07", ["1", "10", "0.1", "2.5", "4"]);
}

#[test]
fn a_dated_override_begins_on_its_day_and_outlasts_later_builtin_prices() {
    let table = table(&[over("model = 'claude-sonnet-5.5'\nfrom_date = 2026-10-01\ncache_read = 0.15")]);
    expect(&table, "claude-sonnet-5-5", "2026-09-30", ["2", "10", "0.2", "2.5", "4"]);
    expect(&table, "claude-sonnet-5-5", "2026-10-01", ["2", "10", "0.15", "2.5", "4"]);
    expect(&table, "claude-sonnet-5-5", "2026-10-07", ["2", "10", "0.15", "2.5", "4"]);
}

#[test]
fn overrides_of_one_model_apply_by_date() {
    let late = over("model = 'claude-opus-5'\nfrom_date = 2026-12-01\ninput = 3");
    let always = over("model = 'claude-opus-5'\ninput = 4\noutput = 24");
    let table = table(&[late, always]);
    expect(&table, "claude-opus-5", "2026-11-30", ["4", "24", "0.5", "6.25", "10"]);
    expect(&table, "claude-opus-5", "2026-12-01", ["3", "24", "0.5", "6.25", "10"]);
}

#[test]
fn a_new_model_follows_the_cache_rules() {
    let table = table(&[
        over(
            "model = 'Acme/House-1'\naliases = ['gw/house:free']\ninput = 4\noutput = 8\n\
         context_window = 64000\nmax_output = 8000",
        ),
        over("model = 'house-1'\nfrom_date = 2027-01-01\ninput = 2"),
    ]);
    expect(&table, "house-1", "2026-01-01", ["4", "8", "0.4", "5", "8"]);
    expect(&table, "gw/house:free", "2026-01-01", ["4", "8", "0.4", "5", "8"]);
    expect(&table, "HOUSE-1[1m]", "2027-01-01", ["2", "8", "0.4", "5", "8"]);
    let window = table
        .window("house-1")
        .map(|window| (window.tokens, window.max_output, window.one_million_on_request));
    assert_eq!(window, Some((64_000, Some(8_000), false)));
}

#[test]
fn a_new_model_has_no_price_before_its_date() {
    let table = table(&[over("model = 'house-1'\nfrom_date = 2026-12-01\ninput = 4\noutput = 8")]);
    assert_eq!(rates_on(&table, "house-1", "2026-11-30"), None);
    expect(&table, "house-1", "2026-12-01", ["4", "8", "0.4", "5", "8"]);
}

#[test]
fn long_prompts_may_be_repriced_added_and_dropped() {
    let tier = |text: &str, model: &str| {
        let table = table(&[over(text)]);
        let tier = table.resolve(model)?.model.period(day("2026-11-01"))?.long_prompt?;
        Some((tier.over_prompt_tokens, tier.rates.input.to_string(), tier.rates.cache_write_1h.to_string()))
    };
    let expected = |over: i64, input: &str, write: &str| Some((over, input.to_owned(), write.to_owned()));
    let haiku = "model = 'claude-haiku-5-5'\n";
    assert_eq!(
        tier(&format!("{haiku}long_prompt = {{ input = 0.4 }}"), "claude-haiku-5-5"),
        expected(100_000, "0.4", "1")
    );
    assert_eq!(tier(&format!("{haiku}long_prompt = {{ over_prompt_tokens = 0 }}"), "claude-haiku-5-5"), None);
    let opus =
        "model = 'claude-opus-5'\nlong_prompt = { over_prompt_tokens = 300000, input = 7, output = 30 }";
    assert_eq!(tier(opus, "claude-opus-5"), expected(300_000, "7", "14"));
}

#[test]
fn says_what_is_wrong_and_what_to_do() {
    for (text, said) in [
        ("model = ' '\ninput = 1", "blank name"),
        ("model = 'x'\naliases = ['']\ninput = 1\noutput = 1", "blank name"),
        ("model = 'claude-opus-5'\ninput = -1", "input = -1, below zero: use 0"),
        ("model = 'claude-opus-5'\nlong_prompt = { output = -2.5 }", "long_prompt.output = -2.5"),
        ("model = 'claude-opus-5'\ninput = 3000000", "dollars per million tokens"),
        ("model = 'claude-opus-5'\nfast_multiplier = 0", "a multiplier above 0"),
        ("model = 'claude-opus-5'\nbatch_multiplier = 1001", "at most 1000"),
        ("model = 'claude-opus-5'\ncontext_window = 0", "give a number of tokens"),
        ("model = 'house-1'", "add `input`"),
        ("model = 'house-1'\ninput = 1", "add `output`"),
        ("model = 'house-1'\ninput = 1\noutput = 1\nmax_output = 5", "add `context_window`"),
        ("model = 'claude-opus-4-5'\nfast_removed = 2027-01-01", "add `fast_multiplier`"),
        ("model = 'claude-opus-5'\nlong_prompt = { input = 1 }", "add `long_prompt.over_prompt_tokens`"),
        (
            "model = 'claude-opus-5'\nlong_prompt = { over_prompt_tokens = 9, input = 1 }",
            "add `long_prompt.output`",
        ),
        (
            "model = 'claude-opus-5'\naliases = ['claude-opus-4.8']",
            "claude-opus-4.8, which is claude-opus-4-8",
        ),
    ] {
        let error = PriceTable::builtin().with_overrides(&[over(text)]).err().map(|error| error.to_string());
        assert!(error.as_deref().is_some_and(|error| error.contains(said)), "{text}: {error:?}");
    }
}
