//! Claude's folders: where its transcripts are. Costline only ever reads them, but for the settings that it is asked
//! to change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Env, PathError, xdg};

/// Claude's config folders, absolute and each once. Flags win over the setting `claude.config_dirs`, that over
/// `$CLAUDE_CONFIG_DIR` (one folder or several, separated by commas), that over the places where Claude looks itself.
///
/// A folder that does not exist yet is kept: Claude may be installed later. Fails when no home folder is known and
/// one is needed.
pub fn claude_roots(env: &Env, setting: &[String], flags: &[PathBuf]) -> Result<Vec<PathBuf>, PathError> {
    let given = match (flags, setting) {
        ([], []) => from_variable(env),
        ([], setting) => setting.iter().map(PathBuf::from).collect(),
        (flags, _) => flags.to_vec(),
    };
    if given.is_empty() {
        return usual(env).map(once_each);
    }
    let absolute: Result<Vec<_>, _> = given.iter().map(|path| env.absolute(path)).collect();
    absolute.map(once_each)
}

/// The folder of transcripts in a config folder; someone who names the `projects` folder itself means that.
pub fn projects_dir(root: &Path) -> PathBuf {
    if root.file_name().is_some_and(|name| name == "projects") {
        root.to_owned()
    } else {
        root.join("projects")
    }
}

/// Where Claude Code may keep its own state for a folder of transcripts: `.claude.json` in the config folder, or beside it
/// where that is the usual one of the home folder.
pub fn state_files(projects: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let root = if projects.file_name().is_some_and(|name| name == "projects") {
        projects.parent().unwrap_or(projects)
    } else {
        projects
    };
    let beside = home.filter(|home| home.join(".claude") == root);
    std::iter::once(root).chain(beside).map(|folder| folder.join(".claude.json")).collect()
}

fn from_variable(env: &Env) -> Vec<PathBuf> {
    let Some(value) = env.path("CLAUDE_CONFIG_DIR") else { return Vec::new() };
    match value.to_str() {
        // Claude itself takes the value for one folder, so an existing one with a comma in its name stays whole.
        Some(list) if !value.is_dir() => {
            list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(PathBuf::from).collect()
        }
        _ => vec![value],
    }
}

fn usual(env: &Env) -> Result<Vec<PathBuf>, PathError> {
    let home = env.home().map(|home| home.join(".claude"));
    let config = xdg(env, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join("claude"));
    let folders: Vec<_> = home.into_iter().chain(config).collect();
    if folders.is_empty() {
        return Err(PathError::NoHome { what: "Claude's folder", variable: "CLAUDE_CONFIG_DIR" });
    }
    Ok(folders)
}

fn once_each(roots: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    roots.into_iter().filter(|root| seen.insert(real(root))).collect()
}

/// What tells two roots apart: the real place of their transcripts, as far as it exists.
fn real(root: &Path) -> PathBuf {
    let projects = projects_dir(root);
    projects
        .canonicalize()
        .or_else(|_| root.canonicalize().map(|root| projects_dir(&root)))
        .unwrap_or(projects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(vars: &[(&str, &str)], setting: &[&str], flags: &[&str]) -> Vec<String> {
        let setting: Vec<_> = setting.iter().map(ToString::to_string).collect();
        let flags: Vec<_> = flags.iter().map(PathBuf::from).collect();
        let roots = claude_roots(&Env::from_vars(vars.iter().copied()), &setting, &flags).unwrap();
        roots.iter().map(|root| root.display().to_string()).collect()
    }

    #[test]
    fn the_strongest_source_names_the_roots() {
        let home = ("HOME", "/no/ada");
        let list = ("CLAUDE_CONFIG_DIR", " /no/x ,,~/y,/no/x/");
        let xdg = ("XDG_CONFIG_HOME", "/no/xdg");
        assert_eq!(roots(&[home], &[], &[]), ["/no/ada/.claude", "/no/ada/.config/claude"]);
        assert_eq!(roots(&[home, xdg], &[], &[]), ["/no/ada/.claude", "/no/xdg/claude"]);
        assert_eq!(roots(&[xdg], &[], &[]), ["/no/xdg/claude"]);
        assert_eq!(roots(&[home, ("XDG_CONFIG_HOME", "rel")], &[], &[])[1], "/no/ada/.config/claude");
        assert_eq!(roots(&[home, list], &[], &[]), ["/no/x", "/no/ada/y"]);
        assert_eq!(roots(&[home, ("CLAUDE_CONFIG_DIR", " ,")], &[], &[])[0], "/no/ada/.claude");
        assert_eq!(roots(&[home, list], &["~/s", "t"], &[]), ["/no/ada/s", "/t"]);
        assert_eq!(roots(&[home, list], &["/no/s"], &["rel"]), ["/rel"]);
    }

    #[test]
    fn without_a_home_the_error_names_the_variable() {
        let error = claude_roots(&Env::from_vars([]), &[], &[]).unwrap_err().to_string();
        assert!(error.ends_with("set HOME or CLAUDE_CONFIG_DIR"), "{error}");
    }

    #[test]
    fn projects_may_be_named_itself() {
        assert_eq!(projects_dir(Path::new("/a/.claude")), Path::new("/a/.claude/projects"));
        assert_eq!(projects_dir(Path::new("/a/.claude/projects/")), Path::new("/a/.claude/projects/"));
        assert_eq!(roots(&[], &[], &["/no/c", "/no/c/projects"]), ["/no/c"]);
    }

    #[test]
    fn claudes_own_state_lies_in_a_folder_or_beside_it() {
        let files = |projects: &str| state_files(Path::new(projects), Some(Path::new("/home/ada")));
        assert_eq!(
            files("/home/ada/.claude/projects"),
            [Path::new("/home/ada/.claude/.claude.json"), Path::new("/home/ada/.claude.json")]
        );
        assert_eq!(files("/c/projects"), [Path::new("/c/.claude.json")]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_the_same_folder_count_once() {
        let base = tempfile::tempdir().unwrap();
        let [real, link, shared] = ["real", "link", "shared"].map(|name| base.path().join(name));
        std::fs::create_dir_all(real.join("projects")).unwrap();
        std::fs::create_dir(&shared).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        std::os::unix::fs::symlink(real.join("projects"), shared.join("projects")).unwrap();
        let flags = [link.clone(), real, shared, base.path().join("later")];
        let roots = claude_roots(&Env::from_vars([]), &[], &flags).unwrap();
        assert_eq!(roots, [link, base.path().join("later")]);
    }

    #[test]
    fn an_existing_folder_with_a_comma_is_one() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a,b");
        std::fs::create_dir(&folder).unwrap();
        let folder = folder.display().to_string();
        assert_eq!(roots(&[("CLAUDE_CONFIG_DIR", folder.as_str())], &[], &[]), [folder]);
    }
}
