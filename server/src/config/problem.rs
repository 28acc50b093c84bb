//! What is wrong with a setting: data, never a failure.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::origin::Origin;

/// Something about the settings that someone should put right. The rest counts all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file it stands in; none for a variable, an editor or a flag.
    pub file: Option<PathBuf>,
    /// Its line there, from 1.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
    /// It may hide what stands below it.
    #[serde(skip)]
    pub torn: bool,
}

impl Problem {
    pub(super) fn new(message: String) -> Self {
        Self { file: None, line: None, message, torn: false }
    }

    pub(super) fn in_file(path: &Path, line: Option<usize>, message: String) -> Self {
        Self { file: Some(path.to_owned()), line, message, torn: false }
    }

    /// One that hides what else the file says.
    pub(super) fn torn(path: &Path, line: Option<usize>, message: String) -> Self {
        Self { torn: true, ..Self::in_file(path, line, message) }
    }

    pub(super) fn at(origin: &Origin, message: String) -> Self {
        match origin {
            Origin::File { path, line } => Self::in_file(path, Some(*line), message),
            _ => Self::new(message),
        }
    }
}

/// `/…/config.toml:3: unknown setting …`
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: {}", file.display(), self.message),
            (Some(file), None) => write!(f, "{}: {}", file.display(), self.message),
            _ => f.write_str(&self.message),
        }
    }
}
