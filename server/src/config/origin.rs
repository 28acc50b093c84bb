//! Where a value comes from.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::table::Setting;

/// Where the value of a setting comes from, from the weakest to the strongest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The config file.
    File {
        /// Which one.
        path: PathBuf,
        /// The line of its key, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// An editor's options.
    Editor,
    /// A flag of the command line.
    Flag,
}

impl Origin {
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Environment { .. } => 2,
            Self::Editor => 3,
            Self::Flag => 4,
        }
    }

    /// How a message names the setting, so that a reader finds the place to change.
    pub(super) fn subject(&self, key: &str) -> String {
        match self {
            Self::Default | Self::File { .. } => format!("`{key}`"),
            Self::Environment { variable } => format!("environment variable `{variable}`"),
            Self::Editor => format!("editor setting `{key}`"),
            Self::Flag => format!("`{key}` on the command line"),
        }
    }
}

/// `default`, `file /…/config.toml:3`, `environment COSTLINE_…`, `editor`, `flag`.
impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "file {}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::Editor => f.write_str("editor"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value that someone gave, not looked at yet.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) value: toml::Value,
    pub(super) origin: Origin,
}
