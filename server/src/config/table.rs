//! What the table of settings is made of.

use super::kind::Kind;
use super::settings::{Config, SECTIONS, SETTINGS};

/// One setting: how it is called, what it takes, who may set it, and the way to its field of [`Config`].
#[derive(Debug)]
pub struct Setting {
    /// Its name in the config file: `section.name`, or `name` at the top.
    pub key: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Whether an editor may set it.
    pub editor: bool,
    /// Puts a value that fits the kind into the field; false, and nothing done, for any other.
    pub(super) set: fn(&mut Config, &toml::Value) -> bool,
    /// The field's value.
    pub(crate) get: fn(&Config) -> toml::Value,
}

impl Setting {
    /// The setting of that key.
    pub fn named(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Whether the config file has a table of that name.
    pub(super) fn is_section(name: &str) -> bool {
        SECTIONS.iter().any(|(section, _)| *section == name)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("COSTLINE_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// Its value where nobody sets it.
    pub fn default_value(&self) -> toml::Value {
        (self.get)(&Config::default())
    }
}

/// Makes `Config`, its sections and the table of settings out of one list.
macro_rules! settings {
    (@may editor) => { true };
    (@may trusted) => { false };
    (@name r#override) => { "override" };
    (@name $name:ident) => { stringify!($name) };
    (@setting $key:expr, $who:ident, $kind:expr, $type:ty, [$($doc:literal)+], $($field:ident).+) => {
        Setting {
            key: $key,
            doc: concat!($($doc),+).trim_ascii(),
            kind: $kind,
            editor: settings!(@may $who),
            set: |config, value| {
                let value = <$type as Field>::from_toml(value);
                value.map(|value| config.$($field).+ = value).is_some()
            },
            get: |config| config.$($field).+.to_toml(),
        }
    };
    (
        root { $( $(#[doc = $root_doc:literal])+ $root:ident: $root_type:ty = $root_default:expr, $root_kind:expr, $root_who:ident; )* }
        $( $(#[doc = $section_doc:literal])+ $section:ident: $Section:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr, $kind:expr, $who:ident; )*
        } )*
    ) => {
        use std::collections::BTreeMap;
        use super::field::Field;
        use super::origin::Origin;
        use super::table::Setting;

        /// The settings in effect, each with where it comes from.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $( $(#[doc = $root_doc])+ pub $root: $root_type, )*
            $( $(#[doc = $section_doc])+ pub $section: $Section, )*
            pub(super) origins: BTreeMap<&'static str, Origin>,
        }

        impl Default for Config {
            fn default() -> Self {
                Self {
                    $( $root: $root_default, )*
                    $( $section: $Section { $( $field: $default, )* }, )*
                    origins: BTreeMap::new(),
                }
            }
        }

        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section { $( $(#[doc = $doc])+ pub $field: $type, )* }
        )*

        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[Setting] = &[
            $( settings!(@setting stringify!($root), $root_who, $root_kind, $root_type, [$($root_doc)+], $root), )*
            $( $( settings!(
                @setting concat!(stringify!($section), ".", settings!(@name $field)),
                $who, $kind, $type, [$($doc)+], $section.$field
            ), )* )*
        ];

        /// The tables of the config file: name and what they are about.
        pub(super) static SECTIONS: &[(&str, &str)] =
            &[$( (stringify!($section), concat!($($section_doc),+).trim_ascii()), )*];
    };
}

pub(super) use settings;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_its_kind_and_its_field() {
        let mut config = Config::default();
        for setting in SETTINGS {
            assert_eq!(setting.kind.check(&setting.default_value()), Ok(()), "{}", setting.key);
            assert!((setting.set)(&mut config, &setting.default_value()), "{}", setting.key);
        }
        assert_eq!(config, Config::default());
    }

    #[test]
    fn keys_are_unique_and_tell_their_variable() {
        let variables: std::collections::BTreeSet<_> = SETTINGS.iter().map(Setting::variable).collect();
        assert_eq!(variables.len(), SETTINGS.len());
        assert_eq!(Setting::named("prices.override").unwrap().variable(), "COSTLINE_PRICES_OVERRIDE");
        assert_eq!(Setting::named("timezone").unwrap().variable(), "COSTLINE_TIMEZONE");
    }
}
