//! What values a setting takes, and how to say so.

use toml::Value;

use super::suggest::nearest;
use crate::money::NanoUsd;

/// The values that a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds, both included.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Text that fits on one line.
    Line,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// A list of these names, each at most once.
    Choices(&'static [&'static str]),
    /// A list of folders.
    Folders,
    /// An IANA time zone, or nothing.
    Zone,
    /// A filter of tracing.
    Filter,
    /// A program and its arguments.
    Command,
    /// An address and a port to listen at.
    Address,
    /// The same, or nothing.
    AddressOrNone,
    /// A list of names of hosts, each with a port where that is not the usual one.
    Hosts,
    /// An amount of dollars.
    Money,
    /// A list of whole percentages, each at most once and ascending.
    Percents,
    /// A list of tables, which another part of the program understands.
    Tables,
}

const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace", "off"];

impl Kind {
    /// Whether the value fits; the error is the end of a sentence that begins with the setting's name.
    pub(crate) fn check(self, value: &Value) -> Result<(), String> {
        if self.fits(value) {
            return Ok(());
        }
        let hint = self.hint(value).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
        Err(format!("must be {}, not {}{hint}", self.wanted(), shown(value)))
    }

    /// What fits, for people: "a whole number from 1 to 200".
    pub fn wanted(self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Line => "one line of text".to_owned(),
            Self::Choice(names) => format!("one of {}", quoted(names)),
            Self::Choices(names) => format!("a list of {}, each at most once", quoted(names)),
            Self::Folders => "a list of folders".to_owned(),
            Self::Zone => "the name of a time zone such as \"Europe/Berlin\"".to_owned(),
            Self::Filter => "a log filter such as \"info\" or \"costline=debug\"".to_owned(),
            Self::Command => "a list of a program and its arguments".to_owned(),
            Self::Address => "an address and a port such as \"127.0.0.1:8377\" or \"[::1]:8377\"".to_owned(),
            Self::AddressOrNone => {
                "an address and a port such as \"127.0.0.1:4318\", or \"\" for none".to_owned()
            }
            Self::Hosts => "a list of names of hosts such as \"desk.example:8377\"".to_owned(),
            Self::Money => "an amount of dollars such as 10 or 2.5".to_owned(),
            Self::Percents => "a list of percentages from 1 to 1000, ascending".to_owned(),
            Self::Tables => "a list of tables".to_owned(),
        }
    }

    /// The value that a text stands for, as variables and flags write it: lists separated by commas, tables in TOML.
    /// Text that stands for none comes back as text, which does not fit.
    pub(super) fn parse(self, text: &str) -> Value {
        let as_text = || Value::String(text.trim().to_owned());
        match (self, text.trim()) {
            (Self::Line, _) => Value::String(text.to_owned()),
            (Self::Bool, "true" | "1") => Value::Boolean(true),
            (Self::Bool, "false" | "0") => Value::Boolean(false),
            (Self::Integer { .. }, digits) => digits.parse().map_or_else(|_| as_text(), Value::Integer),
            (Self::Money, amount) => amount_of(amount).unwrap_or_else(as_text),
            (Self::Percents, list) => list
                .split(',')
                .map(|part| {
                    part.trim().trim_end_matches('%').parse().map_or_else(|_| as_text(), Value::Integer)
                })
                .collect::<Vec<_>>()
                .into(),
            (Self::Command, list) if list.starts_with('[') => list.parse().unwrap_or_else(|_| as_text()),
            (Self::Choices(_) | Self::Folders | Self::Command | Self::Hosts, list) => {
                list.split(',').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().into()
            }
            (Self::Tables, tables) => tables.parse().unwrap_or_else(|_| as_text()),
            _ => as_text(),
        }
    }

    /// Whether an empty text is a value; for the rest, an empty variable is like none.
    pub(super) fn may_be_empty(self) -> bool {
        matches!(
            self,
            Self::Line | Self::Choices(_) | Self::Folders | Self::Zone | Self::Command | Self::Hosts
        )
    }

    fn fits(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Bool => value.is_bool(),
            Self::Integer { min, max } => {
                value.as_integer().is_some_and(|number| (min..=max).contains(&number))
            }
            Self::Line => text.is_some_and(|text| !text.contains(char::is_control)),
            Self::Choice(names) => text.is_some_and(|name| names.contains(&name)),
            Self::Choices(names) => texts(value).is_some_and(|given| {
                let repeated = given.iter().enumerate().any(|(index, name)| given[..index].contains(name));
                !repeated && given.iter().all(|name| names.contains(name))
            }),
            Self::Folders => {
                texts(value).is_some_and(|given| given.iter().all(|path| !path.trim().is_empty()))
            }
            Self::Zone => text.is_some_and(|name| name.is_empty() || name.parse::<chrono_tz::Tz>().is_ok()),
            Self::Filter => text.is_some_and(is_filter),
            Self::Command => texts(value)
                .is_some_and(|words| words.first().is_none_or(|program| !program.trim().is_empty())),
            Self::Address => text.is_some_and(|text| text.parse::<std::net::SocketAddr>().is_ok()),
            Self::AddressOrNone => {
                text.is_some_and(|text| text.is_empty() || text.parse::<std::net::SocketAddr>().is_ok())
            }
            Self::Hosts => texts(value).is_some_and(|hosts| hosts.iter().all(|host| is_host(host))),
            Self::Money => money(value).is_some(),
            Self::Percents => percents(value).is_some(),
            Self::Tables => value.as_array().is_some_and(|items| items.iter().all(Value::is_table)),
        }
    }

    /// The name that was probably meant.
    fn hint(self, value: &Value) -> Option<&'static str> {
        let names = self.names();
        let wrong = match value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).find(|name| !names.contains(name)),
            _ => value.as_str(),
        };
        nearest(wrong?, names.iter().copied())
    }

    fn names(self) -> Vec<&'static str> {
        match self {
            Self::Choice(names) | Self::Choices(names) => names.to_vec(),
            Self::Zone => chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
            Self::Filter => LEVELS.to_vec(),
            _ => Vec::new(),
        }
    }
}

/// An amount as a variable or a flag writes it.
fn amount_of(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('$');
    text.parse().map(Value::Integer).or_else(|_| text.parse().map(Value::Float)).ok()
}

/// An amount of dollars; `None` for what is none.
pub(super) fn money(value: &Value) -> Option<NanoUsd> {
    /// More than anyone spends, and far from what the integers behind it hold.
    const MOST: i64 = 1_000_000_000;
    let amount = match value {
        Value::Integer(dollars) if *dollars <= MOST => NanoUsd(dollars.checked_mul(NanoUsd::DOLLAR.0)?),
        Value::Float(dollars) if *dollars <= MOST as f64 => NanoUsd::from_dollars(*dollars),
        _ => return None,
    };
    (amount >= NanoUsd::ZERO).then_some(amount)
}

/// Ascending percentages; `None` for what is none.
pub(super) fn percents(value: &Value) -> Option<Vec<u32>> {
    let percent = |item: &Value| {
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| (1..=1_000).contains(number))
    };
    let given: Vec<u32> = value.as_array()?.iter().map(percent).collect::<Option<_>>()?;
    given.windows(2).all(|pair| pair[0] < pair[1]).then_some(given)
}

/// Tracing takes any word for the name of a module, so a misspelt level would silence everything.
fn is_filter(text: &str) -> bool {
    let misspelt = |part: &str| {
        let word = part.trim().to_lowercase();
        !LEVELS.contains(&word.as_str()) && nearest(&word, LEVELS.iter().copied()).is_some()
    };
    !text.split(',').any(misspelt) && tracing_subscriber::EnvFilter::builder().parse(text).is_ok()
}

/// Whether it can stand in a request's `Host`.
fn is_host(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-_:[]".contains(letter);
    !text.is_empty() && text.chars().all(fits)
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// A value in a message: short and on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        Value::Array(items) if items.iter().any(Value::is_table) => "a list with tables in it".to_owned(),
        Value::String(text) => format!("{:?}", super::suggest::short(text)),
        other => super::suggest::short(&other.to_string().replace('\n', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::field::WEEKDAYS;

    fn check(kind: Kind, cases: &[(&str, &str)]) {
        for (text, wanted) in cases {
            let result = kind.check(&text.parse().unwrap());
            assert_eq!(result.err().unwrap_or_default(), *wanted, "{kind:?} {text}");
        }
    }

    #[test]
    fn misfits_are_explained() {
        check(Kind::Bool, &[("true", ""), ("1", "must be true or false, not 1")]);
        let number = Kind::Integer { min: 1, max: 200 };
        check(
            number,
            &[
                ("200", ""),
                ("201", "must be a whole number from 1 to 200, not 201"),
                ("\"x\"", "must be a whole number from 1 to 200, not \"x\""),
                ("{ a = 1 }", "must be a whole number from 1 to 200, not a table"),
            ],
        );
        check(Kind::Line, &[("\"\"", ""), ("\"a\\nb\"", "must be one line of text, not \"a\\nb\"")]);
        check(Kind::Folders, &[("[\"/a\"]", ""), ("[\" \"]", "must be a list of folders, not [\" \"]")]);
        check(
            Kind::Money,
            &[
                ("10", ""),
                ("2.5", ""),
                ("0", ""),
                ("-1", "must be an amount of dollars such as 10 or 2.5, not -1"),
                ("nan", "must be an amount of dollars such as 10 or 2.5, not nan"),
                ("2000000000", "must be an amount of dollars such as 10 or 2.5, not 2000000000"),
                ("\"10\"", "must be an amount of dollars such as 10 or 2.5, not \"10\""),
            ],
        );
        check(
            Kind::Percents,
            &[
                ("[50, 80]", ""),
                ("[]", ""),
                ("[80, 50]", "must be a list of percentages from 1 to 1000, ascending, not [80, 50]"),
                ("[0]", "must be a list of percentages from 1 to 1000, ascending, not [0]"),
            ],
        );
        check(
            Kind::Command,
            &[
                ("[]", ""),
                ("[\"p\", \"\"]", ""),
                ("[\"\"]", "must be a list of a program and its arguments, not [\"\"]"),
            ],
        );
        check(Kind::Tables, &[("[{ a = 1 }]", ""), ("[1]", "must be a list of tables, not [1]")]);
    }

    #[test]
    fn near_names_are_offered() {
        let hints = [
            (Kind::Choice(WEEKDAYS), "\"Sunday\"", Some("sunday")),
            (Kind::Choice(WEEKDAYS), "\"x\"", None),
            (Kind::Choices(&["cost", "context"]), "[\"cost\", \"contxt\"]", Some("context")),
            (Kind::Choices(&["cost", "context"]), "[\"cost\", \"cost\"]", None),
            (Kind::Zone, "\"europe/berln\"", Some("Europe/Berlin")),
            (Kind::Filter, "\"inof\"", Some("info")),
        ];
        for (kind, text, hint) in hints {
            let value = text.parse().unwrap();
            assert!(kind.check(&value).is_err(), "{text}");
            assert_eq!(kind.hint(&value), hint, "{text}");
        }
    }

    #[test]
    fn filters_are_those_of_tracing() {
        for good in ["info", "WARN", "costline=debug", "info,costline::store=trace", "off"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["inof", "info,debgu", "costline=loud"] {
            assert!(!is_filter(bad), "{bad}");
        }
    }

    #[test]
    fn texts_stand_for_values() {
        let number = Kind::Integer { min: 1, max: 9 };
        for (kind, text, wanted) in [
            (Kind::Bool, "1", "true"),
            (Kind::Bool, "yes", "\"yes\""),
            (number, " 7 ", "7"),
            (number, "7x", "\"7x\""),
            (Kind::Line, " | ", "\" | \""),
            (Kind::Folders, "/a, ~/b,", "[\"/a\", \"~/b\"]"),
            (Kind::Money, "10", "10"),
            (Kind::Money, "$2.5", "2.5"),
            (Kind::Money, "ten", "\"ten\""),
            (Kind::Percents, "50, 80%", "[50, 80]"),
            (Kind::Command, "notify,-u", "[\"notify\", \"-u\"]"),
            (Kind::Command, "[\"a,b\", \"c\"]", "[\"a,b\", \"c\"]"),
            (Kind::Tables, "[{ model = \"m\" }]", "[{ model = \"m\" }]"),
            (Kind::Tables, "[{", "\"[{\""),
        ] {
            assert_eq!(kind.parse(text), wanted.parse().unwrap(), "{text}");
        }
    }
}
