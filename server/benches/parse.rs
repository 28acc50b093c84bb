//! Benchmarks of the pure parts; `just bench` runs them. Figures are only comparable within one run.

use chrono::NaiveDate;
use costline::pricing::{PriceTable, Request};
use costline::tokens::Tokens;
use costline::transcript::{Filter, Interner, Parser, Place, State};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use std::fmt::Write as _;

fn main() {
    divan::main();
}

/// A megabyte of a transcript: three quarters tool results, one quarter responses, as in real ones.
fn transcript() -> String {
    let mut text = String::new();
    let result = "line of a file\\n\\tlet value = call(\\\"argument\\\");\\n".repeat(120);
    for number in 0..90 {
        let _ = writeln!(
            text,
            r#"{{"parentUuid":"p","isSidechain":false,"cwd":"/home/dev/app","sessionId":"s","version":"2.1.270","gitBranch":"main","type":"assistant","uuid":"u{number}","timestamp":"2026-09-14T15:16:40.361Z","requestId":"req_{number}","message":{{"model":"claude-opus-4-6","id":"msg_{number}","type":"message","role":"assistant","content":[{{"type":"tool_use","id":"toolu_{number}","name":"Read","input":{{"file_path":"/home/dev/app/src/a.rs","note":"{}"}}}}],"stop_reason":"tool_use","usage":{{"input_tokens":3,"cache_creation_input_tokens":900,"cache_read_input_tokens":42000,"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":900}},"output_tokens":310,"service_tier":"standard","inference_geo":"not_available","iterations":[],"speed":"standard"}}}}}}"#,
            &result[..2000]
        );
        let _ = writeln!(
            text,
            r#"{{"parentUuid":"p","isSidechain":false,"cwd":"/home/dev/app","sessionId":"s","version":"2.1.270","type":"user","message":{{"role":"user","content":[{{"tool_use_id":"toolu_{number}","type":"tool_result","content":"{result}","is_error":false}}]}},"uuid":"r{number}","timestamp":"2026-09-14T15:16:41.361Z","toolUseResult":{{"type":"text","file":{{"content":"{result}"}}}}}}"#
        );
    }
    text
}

#[divan::bench(args = [true, false])]
fn lines(bencher: Bencher<'_, '_>, filtered: bool) {
    let text = transcript();
    let place = Place::of("-home-dev-app/s.jsonl", 0);
    let filter = filtered.then(Filter::default);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut names = Interner::default();
        let mut parser = Parser::new(&place, State::default(), filter.as_ref(), &mut names);
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            parser.line(line.as_bytes(), offset, false);
            offset += line.len() as u64;
        }
        black_box(parser.take())
    });
}

#[divan::bench(args = ["claude-opus-4-6", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "gpt-unheard-of"])]
fn cost(bencher: Bencher<'_, '_>, model: &str) {
    let prices = PriceTable::builtin();
    let tokens =
        Tokens { input: 3, output: 310, cache_write_1h: 900, cache_read: 42_000, ..Tokens::default() };
    let at = NaiveDate::from_ymd_opt(2026, 9, 14).unwrap_or_default();
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let (fast, us_inference, batch) = (false, false, false);
        prices.cost(black_box(&Request { model, at, tokens, fast, us_inference, batch }))
    });
}
