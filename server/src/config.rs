//! The settings: what there is, where each value comes from, and what is wrong with what was written.
//!
//! `settings.rs` is the one table; parsing, environment names, suggestions, `config show`, the JSON schema and the
//! list in `docs/config.md` all derive from it. Reading settings cannot fail: what does not fit is told as a
//! [`Problem`], and everything else still counts.

mod editor;
mod environment;
mod field;
mod file;
mod kind;
mod last;
mod listing;
mod origin;
mod problem;
mod schema;
mod settings;
mod show;
mod suggest;
mod table;
#[cfg(test)]
mod testing;

pub use crate::paths::Env;
pub use field::{AlertLevel, STATUSLINE_PRESETS, StatusPart, Surface};
pub use kind::Kind;
pub use last::Last;
pub use listing::markdown;
pub use origin::Origin;
pub use problem::Problem;
pub use schema::schema;
pub use settings::{
    Alerts, Budgets, Claude, Config, Dbus, Log, Lsp, Prices, SETTINGS, Status, Statusline, Watch,
};
pub use show::ShowRow;
pub use suggest::nearest;
pub use table::Setting;

use origin::Given;

/// What one source of settings gave, and what was wrong with it.
type Layer = (Vec<Given>, Vec<Problem>);

impl Config {
    /// The settings of the config file and the environment over the defaults.
    pub fn load(env: &Env) -> (Self, Vec<Problem>) {
        Self::load_after(env, &mut Last::default())
    }

    /// The same by a process that has read the file before: what it said `last` counts while it cannot be read.
    pub fn load_after(env: &Env, last: &mut Last) -> (Self, Vec<Problem>) {
        let mut config = Self::default();
        last.look(env);
        let mut problems = match crate::paths::config_file(env) {
            Ok(path) => {
                let layer = file::read(&path, &mut last.text);
                last.torn = layer.1.iter().any(|problem| problem.torn);
                config.lay(layer)
            }
            Err(error) => vec![Problem::new(error.to_string())],
        };
        problems.extend(config.lay(environment::read(env)));
        (config, problems)
    }

    /// The settings of a config file with these bytes over the defaults.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_file(bytes: &[u8]) -> (Self, Vec<Problem>) {
        Self::default().with(file::parse(std::path::Path::new("config.toml"), bytes))
    }

    /// These settings with an editor's options over them, as far as an editor may set them. Call it on what
    /// [`Config::load`] gave, not on an earlier result: an option that the editor takes back then returns to what the
    /// file says.
    pub fn with_editor_options(&self, options: &serde_json::Value) -> (Self, Vec<Problem>) {
        self.with(editor::read(options))
    }

    /// These settings with those of the command line over them: pairs of a key and its text, written as in an
    /// environment variable. They hold against an editor's options, too.
    pub fn with_flags(&self, flags: &[(&str, &str)]) -> (Self, Vec<Problem>) {
        let (mut given, mut problems) = (Vec::new(), Vec::new());
        for (key, text) in flags {
            let Some(setting) = Setting::named(key) else {
                problems.push(Problem::new(suggest::unknown_setting("setting", key)));
                continue;
            };
            given.push(Given { setting, value: setting.kind.parse(text), origin: Origin::Flag });
        }
        self.with((given, problems))
    }

    /// Where the value of this key comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    fn with(&self, layer: Layer) -> (Self, Vec<Problem>) {
        let mut config = self.clone();
        let problems = config.lay(layer);
        (config, problems)
    }

    /// Takes over every value that fits and is not held by a stronger origin.
    fn lay(&mut self, (given, mut problems): Layer) -> Vec<Problem> {
        for Given { setting, value, origin } in given {
            if let Err(reason) = setting.kind.check(&value) {
                problems.push(Problem::at(&origin, format!("{} {reason}", origin.subject(setting.key))));
            } else if origin.rank() >= self.origin(setting.key).rank() && (setting.set)(self, &value) {
                self.origins.insert(setting.key, origin);
            }
        }
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flags_win_over_editors() {
        let (config, problems) = Config::default().with_flags(&[("timezone", "UTC"), ("week_strat", "x")]);
        assert_eq!(problems[0].message, "unknown setting `week_strat`; did you mean `week_start`?");
        let (config, _) =
            config.with_editor_options(&json!({"timezone": "Asia/Tokyo", "week_start": "sunday"}));
        assert_eq!((config.timezone, config.week_start), (Some(chrono_tz::UTC), chrono::Weekday::Sun));
        assert_eq!(
            (config.origin("timezone"), config.origin("lsp.max_sessions")),
            (&Origin::Flag, &Origin::Default)
        );
    }
}
