//! The settings in effect, for `costline config show`.

use serde::Serialize;

use super::origin::Origin;
use super::settings::{Config, SETTINGS};

/// One setting in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShowRow {
    /// Its key.
    pub key: &'static str,
    /// Its value, as it would be written in the config file.
    pub value: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// What it is for.
    pub doc: &'static str,
}

impl Config {
    /// Every setting with its value and where that comes from, in the order of the documentation.
    pub fn show(&self) -> Vec<ShowRow> {
        let row = |setting: &'static super::Setting| ShowRow {
            key: setting.key,
            value: (setting.get)(self).to_string(),
            origin: self.origin(setting.key).clone(),
            doc: setting.doc,
        };
        SETTINGS.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::load;
    use serde_json::json;

    #[test]
    fn show_tells_value_and_origin() {
        let (config, _) =
            load("[prices]\noverride = [{ model = 'm', input = 1.5 }]\n", &[("COSTLINE_TIMEZONE", "UTC")]);
        let rows = config.show();
        let find = |key| rows.iter().find(|row| row.key == key).unwrap();
        assert_eq!(find("prices.override").value, "[{ input = 1.5, model = \"m\" }]");
        assert!(find("prices.override").origin.to_string().ends_with("config.toml:2"));
        assert_eq!(find("status.parts").value, "[\"cost\", \"context\", \"five_hour\"]");
        assert_eq!(
            serde_json::to_value(find("timezone")).unwrap(),
            json!({"key": "timezone", "value": "\"UTC\"", "origin": "environment COSTLINE_TIMEZONE",
               "doc": "Time zone of days, weeks and months, as an IANA name; empty is the system's."})
        );
        assert_eq!(rows.len(), SETTINGS.len());
    }
}
