//! Where things live: the config file, the state folder, Claude's folders. Nothing here reads the process's
//! environment; all of it takes an [`Env`].

mod claude;
mod env;

use std::io;
use std::path::{Path, PathBuf};

pub use claude::{claude_roots, projects_dir, state_files};
pub use env::Env;

/// Why a place cannot be named or made.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// No home folder is known and nothing else says where the thing lives.
    #[error("cannot tell where {what} is, since there is no home folder; set HOME or {variable}")]
    NoHome {
        /// The thing looked for, as a person would call it.
        what: &'static str,
        /// The variable that would name it without a home folder.
        variable: &'static str,
    },
    /// A path begins with `~` and no home folder is known.
    #[error("cannot expand {}, since there is no home folder; set HOME or write the path in full", path.display())]
    NoHomeFor {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The folder cannot be made, or something else has its name.
    #[error("cannot create the folder {} ({source}); check its parent, or name another with COSTLINE_STATE_DIR", path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is there, but others may look into it and that could not be changed.
    #[error("cannot make the folder {} private ({source}); run chmod 700 on it as its owner", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The config file: `$COSTLINE_CONFIG`, else `costline/config.toml` among the user's settings (`~/.config` on every
/// system, unless `$XDG_CONFIG_HOME` says otherwise).
pub fn config_file(env: &Env) -> Result<PathBuf, PathError> {
    if let Some(path) = env.path("COSTLINE_CONFIG") {
        return env.absolute(&path);
    }
    let folder = xdg(env, "XDG_CONFIG_HOME", ".config");
    let missing = PathError::NoHome { what: "the config file", variable: "COSTLINE_CONFIG" };
    folder.map(|folder| folder.join("costline/config.toml")).ok_or(missing)
}

/// Where Helix keeps what its user says of languages, on every system but Windows.
pub fn helix_languages(env: &Env) -> Result<PathBuf, PathError> {
    let missing = PathError::NoHome { what: "Helix's settings", variable: "XDG_CONFIG_HOME" };
    xdg(env, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join("helix/languages.toml")).ok_or(missing)
}

/// The folder of the database, the locks, the tokens and the log: `$COSTLINE_STATE_DIR`, else
/// `$XDG_STATE_HOME/costline`, else `~/.local/state/costline`.
pub fn state_dir(env: &Env) -> Result<PathBuf, PathError> {
    if let Some(path) = env.path("COSTLINE_STATE_DIR") {
        return env.absolute(&path);
    }
    let folder = xdg(env, "XDG_STATE_HOME", ".local/state");
    let missing = PathError::NoHome { what: "the state folder", variable: "COSTLINE_STATE_DIR" };
    folder.map(|folder| folder.join("costline")).ok_or(missing)
}

/// The folder below the state folder where processes leave what the leader is to take in.
pub fn inbox(state: &Path) -> PathBuf {
    state.join("inbox")
}

/// The folder below the state folder where status lines keep what they recorded last.
pub fn reported(state: &Path) -> PathBuf {
    state.join("statusline")
}

/// The file where the leader keeps sums ready for status lines. Nobody watches the folder, and there is none where nobody has
/// a status line.
pub fn ready_sums(state: &Path) -> PathBuf {
    reported(state).join("sums")
}

/// Makes the folder, with what it lies in, so that only its owner may look into it; an existing one is narrowed.
pub fn ensure_private_dir(path: &Path) -> Result<(), PathError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| PathError::Create { path: path.to_owned(), source })?;
    narrow(path).map_err(|source| PathError::NotPrivate { path: path.to_owned(), source })
}

#[cfg(unix)]
fn narrow(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let others = std::fs::metadata(path)?.permissions().mode() & 0o077;
    // A folder that is private already may be on a file system, or belong to an owner, that refuses a change.
    if others == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn narrow(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// A base folder of the XDG specification, which asks that relative values be ignored.
fn xdg(env: &Env, variable: &str, below_home: &str) -> Option<PathBuf> {
    let given = env.path(variable).filter(|path| path.is_absolute());
    given.or_else(|| env.home().map(|home| home.join(below_home)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vars: &[(&str, &str)], config: &str, state: &str) {
        let env = Env::from_vars(vars.iter().copied());
        assert_eq!(config_file(&env).unwrap(), Path::new(config), "config file for {vars:?}");
        assert_eq!(state_dir(&env).unwrap(), Path::new(state), "state folder for {vars:?}");
    }

    #[test]
    fn files_follow_the_environment() {
        let home = ("HOME", "/home/ada");
        check(&[home], "/home/ada/.config/costline/config.toml", "/home/ada/.local/state/costline");
        check(
            &[home, ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")],
            "/c/costline/config.toml",
            "/s/costline",
        );
        check(
            &[home, ("XDG_CONFIG_HOME", "c"), ("XDG_STATE_HOME", "")],
            "/home/ada/.config/costline/config.toml",
            "/home/ada/.local/state/costline",
        );
        check(
            &[home, ("COSTLINE_CONFIG", "~/a.toml"), ("COSTLINE_STATE_DIR", "./b")],
            "/home/ada/a.toml",
            "/b",
        );
        check(&[("COSTLINE_CONFIG", "/a.toml"), ("COSTLINE_STATE_DIR", "/b")], "/a.toml", "/b");
    }

    #[test]
    fn without_a_home_the_error_names_the_way_out() {
        let env = Env::from_vars([("COSTLINE_CONFIG", "~/a.toml")]);
        assert_eq!(
            config_file(&env).unwrap_err().to_string(),
            "cannot expand ~/a.toml, since there is no home folder; set HOME or write the path in full"
        );
        assert_eq!(
            state_dir(&env).unwrap_err().to_string(),
            "cannot tell where the state folder is, since there is no home folder; set HOME or COSTLINE_STATE_DIR"
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_state_folder_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let bits = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let base = tempfile::tempdir().unwrap();
        let (made, open) = (base.path().join("a/b"), base.path().join("open"));
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        for path in [&made, &open] {
            ensure_private_dir(path).unwrap();
            assert_eq!(bits(path), 0o700, "{}", path.display());
        }
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("state");
        std::fs::write(&file, "").unwrap();
        let error = ensure_private_dir(&file).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot create the folder {}", file.display())), "{error}");
    }
}
