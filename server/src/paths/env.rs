//! What the process was started with, read once and handed in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::PathError;

/// The variables, the home folder and the working folder of a process.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// The variables whose names are UTF-8.
    pub vars: BTreeMap<String, OsString>,
    /// The user's home folder, where one is known.
    pub home: Option<PathBuf>,
    /// The working folder: what relative paths begin at.
    pub cwd: PathBuf,
}

impl Env {
    /// An environment of any variables; names that are not UTF-8 cannot be ours and are left out.
    pub fn new(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
        home: Option<PathBuf>,
        cwd: PathBuf,
    ) -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self { vars: vars.into_iter().filter_map(named).collect(), home, cwd }
    }

    /// An environment of these variables alone, with the home folder that `HOME` names, at work in `/`.
    pub fn from_vars<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let vars: BTreeMap<_, _> =
            vars.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let home = vars.get("HOME").map(PathBuf::from);
        Self { vars, home, cwd: PathBuf::from("/") }
    }

    /// A variable's value, also an empty one.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(name).map(OsString::as_os_str)
    }

    /// A variable that names a path; an empty one names none.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The home folder, unless it is a relative path, which would move with the working folder.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref().filter(|home| home.is_absolute())
    }

    /// The path with a leading `~` expanded, begun at the working folder, and without `.` in it. Links and `..` stay:
    /// what `..` means depends on the links before it.
    pub fn absolute(&self, path: &Path) -> Result<PathBuf, PathError> {
        let Ok(below) = path.strip_prefix("~") else {
            return Ok(self.cwd.join(path).components().collect());
        };
        let home = self.home().ok_or_else(|| PathError::NoHomeFor { path: path.to_owned() })?;
        Ok(home.join(below).components().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute() {
        let mut env = Env::from_vars([("HOME", "/home/ada")]);
        env.cwd = "/work".into();
        for (given, wanted) in [
            ("~", "/home/ada"),
            ("~/x", "/home/ada/x"),
            ("~bob/x", "/work/~bob/x"),
            ("a/./b/", "/work/a/b"),
            ("../a", "/work/../a"),
            ("/a", "/a"),
        ] {
            assert_eq!(env.absolute(Path::new(given)).unwrap(), Path::new(wanted), "{given}");
        }
    }

    #[test]
    fn a_relative_home_is_none() {
        assert_eq!(Env::from_vars([("HOME", "ada")]).home(), None);
    }
}
