//! Whose spending a budget counts.

use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Whose spending counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Everything.
    All,
    /// Sessions that were started in this folder or below it.
    Project(String),
    /// Responses of this model.
    Model(String),
    /// Responses on this git branch.
    Branch(String),
}

impl Scope {
    /// The scope of a kind and a name; `None` for a kind that is not known.
    pub fn of(kind: &str, name: &str) -> Option<Self> {
        Some(match kind {
            "all" => Self::All,
            "project" => Self::Project(name.to_owned()),
            "model" => Self::Model(name.to_owned()),
            "branch" => Self::Branch(name.to_owned()),
            _ => return None,
        })
    }

    /// The scope of a folder; `None` for a path that does not begin at the root. Links stay as they are.
    pub fn folder(path: &Path) -> Option<Self> {
        path.is_absolute().then(|| Self::Project(clean(path).to_string_lossy().into_owned()))
    }

    /// Its kind's name in the store and on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Project(_) => "project",
            Self::Model(_) => "model",
            Self::Branch(_) => "branch",
        }
    }

    /// Which one; empty for everything.
    pub fn name(&self) -> &str {
        match self {
            Self::All => "",
            Self::Project(name) | Self::Model(name) | Self::Branch(name) => name,
        }
    }

    /// Whether work in this project, on this branch and with this model counts.
    pub fn counts(&self, project: &str, branch: &str, model: &str) -> bool {
        match self {
            Self::All => true,
            Self::Project(folder) => lies_in(project, folder),
            Self::Branch(name) => branch == name,
            Self::Model(name) => counts_model(name, model),
        }
    }
}

/// A path without `.` and `..`, and without a slash at its end.
pub fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

/// Whether a path is a folder or lies below it.
pub fn lies_in(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a model's id is one that the name means: the name's words stand in it one after the other, and no further part of
/// a version follows. `opus` means every Opus, `claude-opus-4` not Opus 4.5.
pub fn counts_model(name: &str, id: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let is_version = |word: &String| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let (wanted, given) = (words(name), words(id));
    if wanted.is_empty() {
        return false;
    }
    let versioned = wanted.last().is_some_and(is_version);
    (0..given.len()).any(|at| {
        given[at..].starts_with(&wanted)
            && !(versioned && given.get(at + wanted.len()).is_some_and(is_version))
    })
}
