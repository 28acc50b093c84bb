use super::*;
use proptest::prelude::*;

fn record(model: &str, tokens: Tokens) -> Record {
    let mut record = Record {
        model: model.to_owned(),
        tokens,
        finished: true,
        // 2026-11-01.
        at: 1_793_491_200_000,
        ..Record::default()
    };
    let quote = PriceTable::builtin().cost(&request(&record));
    (record.cost, record.unpriced) = (quote.cost, !quote.priced);
    record
}

fn explained(records: Vec<Record>) -> Explanation {
    let subject = Subject { kind: Explained::Day, id: String::new(), records };
    explain(subject, &Zone::named("UTC").unwrap(), PriceTable::builtin())
}

/// A decimal text in units of 10^-24.
fn units(text: &str) -> i128 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    sign * format!("{whole}{rest:0<24}").parse::<i128>().unwrap()
}

#[test]
fn a_response_by_hand() {
    // 1,001 x $3 and 7 x $15 a million, 1.1 times: $0.00341880; and two searches.
    let tokens = Tokens { input: 1_001, output: 7, web_searches: 2, ..Tokens::default() };
    let mut us = record("claude-sonnet-4-5", tokens);
    us.geo = "us".to_owned();
    let found = explained(vec![us]);
    let group = &found.prices[0];
    let parts: Vec<_> = group.parts.iter().map(|part| (part.tokens, part.exact.as_str())).collect();
    assert_eq!(parts, [(1_001, "0.003003"), (7, "0.000105"), (0, "0"), (0, "0"), (0, "0")]);
    assert_eq!((group.subtotal.as_str(), group.web_search_usd), ("0.003108", NanoUsd(20_000_000)));
    assert_eq!(group.priced_as.as_deref(), Some("claude-sonnet-4-5"));
    assert!(found.agrees);
}

#[test]
fn what_has_no_price_is_told() {
    let found = explained(vec![record("mystery-9", Tokens { input: 5, ..Tokens::default() })]);
    let group = &found.prices[0];
    assert_eq!((&group.priced_as, group.totals.unpriced_messages), (&None, 1));
    assert!(group.parts.is_empty() && found.agrees);
}

#[test]
fn another_table_is_told() {
    let mut odd = record("claude-sonnet-4-5", Tokens { input: 1_000, ..Tokens::default() });
    odd.cost = NanoUsd(1);
    assert!(!explained(vec![odd]).agrees);
}

proptest! {
    #[test]
    fn parts_sum_to_the_cost(
        counts in prop::collection::vec((0_i64..400_000, 0_i64..100_000, 0_i64..300_000, 0_usize..6, 0_usize..8), 1..12),
    ) {
        let models = ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-4-5", "claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1:0", "mystery"];
        let records: Vec<Record> = counts.iter().map(|(input, output, read, model, flags)| {
            let tokens = Tokens { input: *input, output: *output, cache_read: *read, cache_write_5m: read / 3, cache_write_1h: input / 7, web_searches: output % 3 };
            let mut record = record(models[*model], tokens);
            for (flag, field, word) in [(1, &mut record.speed, "fast"), (2, &mut record.geo, "us"), (4, &mut record.tier, "batch")] {
                if flags & flag != 0 {
                    word.clone_into(field);
                }
            }
            record.cost = PriceTable::builtin().cost(&request(&record)).cost;
            record
        }).collect();
        let whole: NanoUsd = records.iter().map(|record| record.cost).sum();
        let found = explained(records);
        prop_assert!(found.agrees);
        prop_assert_eq!(found.totals.cost_usd, whole);
        for group in &found.prices {
            let parts: i128 = group.parts.iter().map(|part| units(&part.exact)).sum();
            prop_assert_eq!(parts, units(&group.subtotal));
            let product = group.multipliers.iter().fold(units(&group.subtotal), |sum, by| sum / 1_000 * i128::from(by.factor.thousandths()));
            prop_assert_eq!(product, units(&group.exact));
            let cost = product + units(&group.rounding) + units(&group.web_search_usd.to_string());
            prop_assert_eq!(cost, units(&group.totals.cost_usd.to_string()));
        }
        let groups: NanoUsd = found.prices.iter().map(|group| group.totals.cost_usd).sum();
        prop_assert_eq!(groups, whole);
    }
}
