//! The JSON schema of the config file, for editors that complete and check TOML.

use serde_json::{Value, json};

use super::kind::Kind;
use super::settings::{SECTIONS, SETTINGS};
use super::table::Setting;

/// The schema of `config.toml`; `docs/schema/config.json` is a copy. `x-editor` marks what an editor may set, `x-env`
/// names the variable.
pub fn schema() -> Value {
    let mut properties = group(None);
    for (section, doc) in SECTIONS {
        properties[*section] = json!({
            "type": "object",
            "description": doc,
            "additionalProperties": false,
            "properties": group(Some(section)),
        });
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Costline's config.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn group(section: Option<&str>) -> Value {
    let parts = |setting: &Setting| match setting.key.split_once('.') {
        Some((section, name)) => (Some(section), name),
        None => (None, setting.key),
    };
    let inside = SETTINGS.iter().filter(|setting| parts(setting).0 == section);
    inside
        .map(|setting| (parts(setting).1.to_owned(), property(setting)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn property(setting: &Setting) -> Value {
    let mut property = shape(setting.kind);
    property["description"] = setting.doc.into();
    property["default"] = serde_json::to_value(setting.default_value()).unwrap_or_default();
    property["x-editor"] = setting.editor.into();
    property["x-env"] = setting.variable().into();
    property
}

fn shape(kind: Kind) -> Value {
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Line | Kind::Zone | Kind::Filter => json!({"type": "string"}),
        Kind::Choice(names) => json!({"type": "string", "enum": names}),
        Kind::Choices(names) => {
            json!({"type": "array", "items": {"type": "string", "enum": names}, "uniqueItems": true})
        }
        Kind::Folders | Kind::Hosts => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Kind::Address => json!({"type": "string", "pattern": ":[0-9]+$"}),
        Kind::AddressOrNone => json!({"type": "string", "pattern": "^$|:[0-9]+$"}),
        Kind::Command => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Money => json!({"type": "number", "minimum": 0}),
        Kind::Percents => {
            json!({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 1000}, "uniqueItems": true})
        }
        Kind::Tables => json!({"type": "array", "items": {"type": "object"}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::checked_in;

    #[test]
    fn the_checked_in_schema_is_current() {
        let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        checked_in("docs/schema/config.json", &text);
    }
}
