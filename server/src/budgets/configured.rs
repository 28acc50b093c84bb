//! Budgets of the config file.

use super::{Period, Scope, Terms};
use crate::config::Config;
use crate::money::NanoUsd;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The budgets that the settings ask for, and what is wrong with those that make no sense, each in a sentence. `folder` gives
/// the path by which sessions know a folder that a person names; nothing for a path that depends on where one stands.
pub fn configured(config: &Config, folder: &dyn Fn(&Path) -> Option<PathBuf>) -> (Vec<Terms>, Vec<String>) {
    let settings = &config.budgets;
    let plain = [
        (Period::Day, settings.daily),
        (Period::Week, settings.weekly),
        (Period::Month, settings.monthly),
        (Period::Cycle, settings.cycle),
        (Period::Block, settings.block),
        (Period::Session, settings.session),
    ];
    let terms = |scope: Scope, period: Period, limit: NanoUsd, hard: bool| Terms {
        scope,
        period,
        limit,
        thresholds: settings.thresholds.clone(),
        hard,
    };
    let plain = plain.into_iter().filter(|(_, limit)| *limit > NanoUsd::ZERO);
    let mut found: Vec<Terms> =
        plain.map(|(period, limit)| terms(Scope::All, period, limit, settings.hard)).collect();
    let mut problems = Vec::new();
    for table in &settings.scoped {
        match scoped(table, settings.hard, &settings.thresholds, folder) {
            Ok(scoped) if found.iter().any(|held| held.subject() == scoped.subject()) => {
                problems.push(format!("budgets.scoped: there are two of the same: the {}", scoped.title()));
            }
            Ok(scoped) => found.push(scoped),
            Err(problem) => problems.push(format!("budgets.scoped: {problem}")),
        }
    }
    (found, problems)
}

/// A budget as a table has it.
fn scoped(
    table: &Table,
    hard: bool,
    thresholds: &[u32],
    folder: &dyn Fn(&Path) -> Option<PathBuf>,
) -> Result<Terms, String> {
    const KEYS: [&str; 7] = ["period", "limit", "project", "model", "branch", "hard", "thresholds"];
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key `{unknown}`; there are {}", KEYS.join(", ")));
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` must be text")),
    };
    let period = text("period")?.unwrap_or_else(|| Period::Day.name().to_owned());
    let period = Period::named(&period)
        .ok_or_else(|| format!("`period` must be one of {}", Period::ALL.map(Period::name).join(", ")))?;
    let limit = match table.get("limit") {
        Some(Value::Integer(dollars)) => dollars.checked_mul(NanoUsd::DOLLAR.0).map(NanoUsd),
        Some(Value::Float(dollars)) => Some(NanoUsd::from_dollars(*dollars)),
        _ => None,
    };
    let limit = limit.ok_or("`limit` must be an amount of dollars such as 10 or 2.5")?;
    let scopes = [("project", text("project")?), ("model", text("model")?), ("branch", text("branch")?)];
    let mut named = scopes.into_iter().filter_map(|(kind, name)| name.map(|name| (kind, name)));
    let scope = match (named.next(), named.next()) {
        (None, _) => Scope::All,
        (Some(("project", path)), None) => {
            let found = folder(Path::new(&path)).and_then(|path| Scope::folder(&path));
            found.ok_or_else(|| format!("`project` must be a whole path, from / or ~ on, not {path:?}"))?
        }
        (Some((kind, name)), None) => Scope::of(kind, &name).unwrap_or(Scope::All),
        (Some(_), Some(_)) => return Err("give one of project, model and branch".to_owned()),
    };
    let hard = match table.get("hard") {
        None => hard,
        Some(value) => value.as_bool().ok_or("`hard` must be true or false")?,
    };
    let thresholds = match table.get("thresholds") {
        None => thresholds.to_vec(),
        Some(Value::Array(items)) => {
            let percent = |item: &Value| item.as_integer().and_then(|percent| u32::try_from(percent).ok());
            items
                .iter()
                .map(percent)
                .collect::<Option<Vec<u32>>>()
                .ok_or("`thresholds` must be whole percentages")?
        }
        Some(_) => return Err("`thresholds` must be a list of percentages".to_owned()),
    };
    let terms = Terms { scope, period, limit, thresholds, hard };
    terms.check().map(|()| terms)
}
