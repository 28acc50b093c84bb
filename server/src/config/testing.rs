//! What several tests of this module need.

use std::path::Path;

use super::{Config, Env};

/// Compares a file of the repository with what the code says, or writes it when `UPDATE_SCHEMAS` is set.
#[allow(clippy::disallowed_methods, reason = "the switch of a developer, not of the program")]
pub(super) fn checked_in(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "{path} is out of date; run the tests with UPDATE_SCHEMAS=1");
}

/// The settings of a config file with this text and of these variables, and the problems as text, where `FILE` is the file.
pub(super) fn load(file: &str, vars: &[(&str, &str)]) -> (Config, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, file).unwrap();
    let place = path.to_str().unwrap();
    let env = Env::from_vars(vars.iter().copied().chain([("COSTLINE_CONFIG", place)]));
    let (config, problems) = Config::load(&env);
    (config, problems.iter().map(|problem| problem.to_string().replace(place, "FILE")).collect())
}
