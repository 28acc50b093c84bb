//! What fuzzers and the tests feed with any bytes: one function for each target. Each panics when something does not hold.
//!
//! No part of the program: it is built for tests and fuzzers alone. `server/fuzz` has the fuzzers, the seeds and what they
//! found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a finding is a panic"
)]

mod mirror;
mod records;
mod statusline;
mod tail;

pub use crate::lsp::fuzz::lsp;
pub use mirror::mirror;
pub use records::{inbox, line, shorten};
pub use statusline::statusline;
pub use tail::tail;

use crate::config::{Config, SETTINGS, Setting};
use crate::paths::Env;
use crate::pricing::{ModelId, PriceTable, Request};
use crate::tokens::Tokens;
use std::path::Path;

/// A target: any bytes, and a folder for files of its own.
pub type Target = fn(&[u8], &Path);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 9] = [
    ("line", |bytes, _| line(bytes)),
    ("shorten", |bytes, _| shorten(bytes)),
    ("tail", tail),
    ("inbox", inbox),
    ("statusline", |bytes, _| statusline(bytes)),
    ("config", |bytes, _| config(bytes)),
    ("lsp", |bytes, _| lsp(bytes)),
    ("prices", |bytes, _| prices(bytes)),
    ("mirror", |bytes, _| mirror(bytes)),
];

/// Any bytes as a config file, as an editor's options, and as the variable of each setting, leave settings that can be used.
pub fn config(bytes: &[u8]) {
    let usable = |config: &Config| {
        for setting in SETTINGS {
            assert_eq!(setting.kind.check(&(setting.get)(config)), Ok(()), "{}", setting.key);
        }
        assert_eq!(config.show().len(), SETTINGS.len());
    };
    let (config, problems) = Config::of_file(bytes);
    usable(&config);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(problems.iter().all(|problem| problem.line.is_none_or(|line| line <= lines)), "{problems:?}");
    if let Ok(options) = serde_json::from_slice(bytes) {
        usable(&config.with_editor_options(&options).0);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let variables: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
        let nowhere = [("COSTLINE_CONFIG", "/dev/null/none")];
        let all = variables.iter().map(|variable| (variable.as_str(), text)).chain(nowhere);
        usable(&Config::load(&Env::from_vars(all)).0);
    }
}

/// Any text as a model's id has a price or none; capital letters mean nothing, and more tokens never cost less.
pub fn prices(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let id = ModelId::parse(&text);
    assert_eq!(id, ModelId::parse(&text.to_ascii_uppercase()));
    let table = PriceTable::builtin();
    let cost = |input: i64| {
        let tokens = Tokens { input, output: 7, cache_read: 9, ..Tokens::default() };
        let day = crate::time::utc_day(1_793_620_800_000);
        table.cost(&Request { model: &text, at: day, tokens, fast: false, us_inference: false, batch: false })
    };
    let (few, many) = (cost(10), cost(300_000));
    assert!(few.priced == many.priced && few.cost <= many.cost && few.cost.0 >= 0, "{few:?} {many:?}");
    assert_eq!(few.priced, table.resolve(&text).is_some());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/fuzz").join(kind).join(target);
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// What fuzzers begin with, and what they once found, holds.
    #[test]
    fn seeds_and_findings_hold() {
        for (name, target) in TARGETS {
            let seeds = inputs("seeds", name);
            assert!(!seeds.is_empty(), "{name} has no seeds");
            for file in seeds.into_iter().chain(inputs("findings", name)) {
                let folder = tempfile::tempdir().unwrap();
                let bytes = fs::read(&file).unwrap();
                let outcome = std::panic::catch_unwind(|| target(&bytes, folder.path()));
                assert!(outcome.is_ok(), "{} does not hold", file.display());
            }
        }
    }

    /// A target without a fuzzer is never fuzzed.
    #[test]
    fn every_target_has_a_fuzzer() {
        let manifest =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("server/fuzz/Cargo.toml")).unwrap();
        let fuzzers: BTreeSet<&str> = manifest
            .split("[[bin]]")
            .skip(1)
            .filter_map(|bin| bin.trim().strip_prefix("name = \"")?.split('"').next())
            .collect();
        assert_eq!(fuzzers, TARGETS.iter().map(|(name, _)| *name).collect());
    }
}
