//! Settings out of the environment.

use super::origin::{Given, Origin};
use super::problem::Problem;
use super::settings::SETTINGS;
use super::suggest;
use super::table::Setting;
use super::{Env, Layer};

const PREFIX: &str = "COSTLINE_";

/// Variables of ours that are no settings: they say where the settings and the state are.
const PLACES: [&str; 2] = ["COSTLINE_CONFIG", "COSTLINE_STATE_DIR"];

/// The short name of a setting; it wins over the long one.
const SHORT: (&str, &str) = ("COSTLINE_LOG", "log.level");

/// What the variables of `env` set.
pub(super) fn read(env: &Env) -> Layer {
    let (mut given, mut problems) = (Vec::new(), Vec::new());
    let short = Setting::named(SHORT.1).map(|setting| (setting, SHORT.0.to_owned()));
    for (setting, variable) in SETTINGS.iter().map(|setting| (setting, setting.variable())).chain(short) {
        match env.get(&variable).map(|value| value.to_str()) {
            Some(None) => problems.push(Problem::new(format!(
                "environment variable `{variable}` is not valid UTF-8; set it anew"
            ))),
            Some(Some(text)) if !text.is_empty() || setting.kind.may_be_empty() => {
                let value = setting.kind.parse(text);
                given.push(Given { setting, value, origin: Origin::Environment { variable } });
            }
            _ => {}
        }
    }
    problems.extend(env.vars.keys().filter(|name| is_unknown(name)).map(|name| unknown(name)));
    (given, problems)
}

fn is_unknown(name: &str) -> bool {
    name.starts_with(PREFIX)
        && name != SHORT.0
        && !PLACES.contains(&name)
        && !SETTINGS.iter().any(|setting| setting.variable() == name)
}

fn unknown(name: &str) -> Problem {
    let places = PLACES.into_iter().chain([SHORT.0]).map(str::to_owned);
    // Compared without the prefix, which would make everything alike.
    let known = SETTINGS.iter().map(Setting::variable).chain(places);
    let endings = known.filter_map(|known| known.strip_prefix(PREFIX).map(str::to_owned));
    let ending = suggest::nearest(name.trim_start_matches(PREFIX), endings);
    let suggestion = ending.map(|ending| format!("{PREFIX}{ending}"));
    Problem::new(suggest::unknown("environment variable", name, suggestion))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::load;
    use crate::config::{Config, StatusPart};

    #[test]
    fn the_environment_wins_over_the_file() {
        let (config, problems) = load(
            "timezone = 'UTC'\nweek_start = 'friday'\nstatus.separator = '|'\n[log]\nlevel = 'warn'\n",
            &[
                ("COSTLINE_TIMEZONE", ""),
                ("COSTLINE_WEEK_START", ""),
                ("COSTLINE_STATUS_SEPARATOR", " - "),
                ("COSTLINE_STATUS_PARTS", "context, cost"),
                ("COSTLINE_LOG_LEVEL", "error"),
                ("COSTLINE_LOG", "debug"),
                ("COSTLINE_CLAUDE_CONFIG_DIRS", "/a,~/b"),
                ("COSTLINE_WATCH_POLL", "1"),
                ("COSTLINE_PRICES_OVERRIDE", "[{ model = 'm' }]"),
                ("COSTLINE_STATE_DIR", "/s"),
            ],
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!((config.timezone, config.week_start), (None, chrono::Weekday::Fri));
        assert_eq!(config.status.separator, " - ");
        assert_eq!(config.status.parts, [StatusPart::Context, StatusPart::Cost]);
        assert_eq!((config.log.level.as_str(), config.watch.poll), ("debug", true));
        assert_eq!(config.claude.config_dirs, ["/a", "~/b"]);
        assert_eq!(config.prices.r#override.len(), 1);
        assert_eq!(config.origin("log.level").to_string(), "environment COSTLINE_LOG");
    }

    #[test]
    fn variables_can_be_wrong_too() {
        let (config, problems) = load(
            "",
            &[
                ("COSTLINE_LSP_MAX_SESSIONS", "many"),
                ("COSTLINE_STATUS_SEPERATOR", "|"),
                ("COSTLINE_STATEDIR", "/s"),
                ("COSTLINE_X", "1"),
                ("OTHER", "1"),
            ],
        );
        assert_eq!(config, Config::default());
        assert_eq!(
            problems,
            [
                "unknown environment variable `COSTLINE_STATEDIR`; did you mean `COSTLINE_STATE_DIR`?",
                "unknown environment variable `COSTLINE_STATUS_SEPERATOR`; did you mean `COSTLINE_STATUS_SEPARATOR`?",
                "unknown environment variable `COSTLINE_X`; `costline config show` lists what there is",
                "environment variable `COSTLINE_LSP_MAX_SESSIONS` must be a whole number from 1 to 200, not \"many\"",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_told() {
        use std::os::unix::ffi::OsStringExt;
        let mut env = Env::from_vars([("HOME", "/no")]);
        env.vars.insert("COSTLINE_LOG".into(), std::ffi::OsString::from_vec(vec![0xff]));
        let problems = Config::load(&env).1;
        assert_eq!(
            problems[0].message,
            "environment variable `COSTLINE_LOG` is not valid UTF-8; set it anew"
        );
    }
}
