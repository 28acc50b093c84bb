//! Settings out of an editor's options: `initializationOptions` or a change of configuration.

use serde_json::{Map, Value};

use super::Layer;
use super::origin::{Given, Origin};
use super::problem::Problem;
use super::suggest;
use super::table::Setting;

/// The section that some clients wrap the options in, or put before each key.
const SECTION: &str = "costline";

/// Names that clients add beside the settings and that set nothing.
const BESIDE: [&str; 2] = ["experimental", "version"];

/// What the options set: nested (`{"status": {"parts": …}}`) or dotted (`{"status.parts": …}`), alone or within
/// `{"costline": …}`. A null is an option that is not set.
pub(super) fn read(options: &Value) -> Layer {
    let mut layer = Layer::default();
    // With the section there, its neighbours are options of other servers.
    walk("", options.get(SECTION).unwrap_or(options), &mut layer);
    layer
}

fn walk(prefix: &str, value: &Value, layer: &mut Layer) {
    match value {
        Value::Null => {}
        // Lua has one empty table for both, which arrives as a list.
        Value::Array(items) if items.is_empty() => {}
        Value::Object(options) => group(prefix, options, layer),
        _ => {
            let name = if prefix.is_empty() { "options".to_owned() } else { format!("setting `{prefix}`") };
            layer.1.push(Problem::new(format!("editor {name} must be an object of settings")));
        }
    }
}

fn group(prefix: &str, options: &Map<String, Value>, layer: &mut Layer) {
    for (key, value) in options.iter().filter(|(_, value)| !value.is_null()) {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let name = name.strip_prefix(SECTION).and_then(|name| name.strip_prefix('.')).unwrap_or(&name);
        if let Some(setting) = Setting::named(name) {
            match one(setting, value) {
                Ok(given) => layer.0.push(given),
                Err(problem) => layer.1.push(problem),
            }
        } else if Setting::is_section(name) {
            walk(name, value, layer);
        } else if !BESIDE.contains(&name) {
            layer.1.push(Problem::new(suggest::unknown_setting("editor setting", name)));
        }
    }
}

fn one(setting: &'static Setting, value: &Value) -> Result<Given, Problem> {
    let (key, variable) = (setting.key, setting.variable());
    if !setting.editor {
        return Err(Problem::new(format!(
            "editor setting `{key}` is ignored, since a workspace could carry it; \
             set it in the config file or as {variable}"
        )));
    }
    let value = toml::Value::try_from(value)
        .map_err(|_| Problem::new(format!("editor setting `{key}` must be {}", setting.kind.wanted())))?;
    Ok(Given { setting, value, origin: Origin::Editor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, SETTINGS, StatusPart};
    use serde_json::json;

    fn editor(options: &serde_json::Value) -> (Config, Vec<String>) {
        let (config, problems) = Config::default().with_editor_options(options);
        (config, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn editors_write_options_in_many_ways() {
        for options in [
            json!({"status": {"parts": ["context"]}}),
            json!({"status.parts": ["context"], "lsp": null}),
            json!({"costline": {"status": {"parts": ["context"], "separator": null}}, "other": {"x": 1}}),
            json!({"costline": {"status.parts": ["context"], "lsp": []}}),
            json!({"costline.status.parts": ["context"], "version": 1, "experimental": {"x": true}}),
        ] {
            let (config, problems) = editor(&options);
            assert_eq!(problems, [""; 0], "{options}");
            assert_eq!(config.status.parts, [StatusPart::Context], "{options}");
            assert_eq!(config.origin("status.parts"), &Origin::Editor);
        }
        for nothing in [json!(null), json!({}), json!([]), json!({"costline": null})] {
            assert_eq!(editor(&nothing), (Config::default(), vec![]), "{nothing}");
        }
    }

    #[test]
    fn editors_may_not_set_everything() {
        for (options, wanted) in [
            (
                json!({"claude": {"config_dirs": ["/x"]}}),
                "editor setting `claude.config_dirs` is ignored, since a workspace could carry it; \
             set it in the config file or as COSTLINE_CLAUDE_CONFIG_DIRS",
            ),
            (
                json!({"lsp.maxSessions": 3}),
                "unknown editor setting `lsp.maxSessions`; did you mean `lsp.max_sessions`?",
            ),
            (
                json!({"lsp": {"max_sessions": 2.5}}),
                "editor setting `lsp.max_sessions` must be a whole number from 1 to 200, not 2.5",
            ),
            (
                json!({"status": {"parts": [null]}}),
                "editor setting `status.parts` must be a list of \"cost\", \"context\", \"five_hour\", \"seven_day\", \"budget\", each at most once",
            ),
            (json!({"status": "x"}), "editor setting `status` must be an object of settings"),
            (json!(3), "editor options must be an object of settings"),
        ] {
            assert_eq!(editor(&options), (Config::default(), vec![wanted.to_owned()]), "{options}");
        }
        for setting in SETTINGS {
            let value = serde_json::to_value(setting.default_value()).unwrap();
            assert_eq!(
                editor(&json!({ setting.key: value })).1.is_empty(),
                setting.editor,
                "{}",
                setting.key
            );
        }
    }
}
