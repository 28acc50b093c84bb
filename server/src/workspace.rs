//! The folders that belong together: an editor's folder, and the same place in the other worktrees of its repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Expands folders: each as it was given, without symbolic links, and in the other worktrees of its git repository.
/// Only files of git's own are read; no program is run.
pub fn expand(folders: &[PathBuf]) -> Vec<String> {
    let mut expanded = Vec::new();
    let mut offer = |path: PathBuf| {
        let text = path.to_string_lossy().into_owned();
        if !expanded.contains(&text) {
            expanded.push(text);
        }
    };
    for folder in folders {
        offer(folder.clone());
        let real = real(folder);
        offer(real.clone());
        for other in other_worktrees(&real) {
            offer(other);
        }
    }
    expanded
}

/// A folder without symbolic links, as the system tells it to who works in it; as it is where it is not there.
pub fn real(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// The branch that is checked out where a folder lies, or the beginning of the commit's hash where none is.
pub fn branch(folder: &Path) -> Option<String> {
    let git = folder.ancestors().map(|parent| parent.join(".git")).find(|git| git.exists())?;
    let own = match fs::read_to_string(&git) {
        // In a linked worktree it is a file that names the folder.
        Ok(link) => git.parent()?.join(link.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = fs::read_to_string(own.join("HEAD")).ok()?;
    let name = match head.trim().strip_prefix("ref: refs/heads/") {
        Some(branch) => branch.to_owned(),
        None => head.trim().get(..7)?.to_owned(),
    };
    (!name.contains(char::is_control)).then_some(name)
}

/// The folder's counterparts in the other worktrees of its repository.
fn other_worktrees(folder: &Path) -> Vec<PathBuf> {
    let Some(own) = folder.ancestors().find(|parent| parent.join(".git").exists()) else { return Vec::new() };
    let below = folder.strip_prefix(own).unwrap_or(Path::new(""));
    let Some(common) = common_dir(&own.join(".git")) else { return Vec::new() };
    let main =
        common.file_name().filter(|name| *name == ".git").and_then(|_| common.parent()).map(Path::to_owned);
    let linked = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten().filter_map(|entry| {
        let link = fs::read_to_string(entry.path().join("gitdir")).ok()?;
        Path::new(link.trim()).parent().map(Path::to_owned)
    });
    let others = main.into_iter().chain(linked).filter(|root| root != own && root.is_dir());
    // Joining an empty path would leave a slash at the end.
    others.map(|root| if below.as_os_str().is_empty() { root } else { root.join(below) }).collect()
}

/// The folder that the worktrees of a repository share. In a linked worktree `.git` is a file that names its own.
fn common_dir(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return fs::canonicalize(git).ok();
    }
    let link = fs::read_to_string(git).ok()?;
    let own = git.parent()?.join(link.strip_prefix("gitdir:")?.trim());
    let shared = fs::read_to_string(own.join("commondir")).ok();
    fs::canonicalize(shared.map_or_else(|| own.clone(), |shared| own.join(shared.trim()))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worktrees_belong_together() {
        let home = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(home.path()).unwrap();
        let (main, linked) = (home.join("app"), home.join("app-fix"));
        let own = main.join(".git/worktrees/app-fix");
        for folder in [&own, &main.join("web"), &linked.join("web"), &home.join("other")] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(linked.join(".git"), format!("gitdir: {}\n", own.display())).unwrap();
        fs::write(own.join("commondir"), "../..\n").unwrap();
        fs::write(own.join("gitdir"), format!("{}\n", linked.join(".git").display())).unwrap();
        fs::write(own.join("HEAD"), "ref: refs/heads/fix/roof\n").unwrap();
        assert_eq!(branch(&linked.join("web")).as_deref(), Some("fix/roof"));
        assert_eq!(branch(&main), None);
        fs::write(main.join(".git/HEAD"), "0123456789abcdef0123456789abcdef01234567\n").unwrap();
        assert_eq!(branch(&main.join("web")).as_deref(), Some("0123456"));
        assert_eq!(branch(&home.join("other")), None);
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        assert_eq!(expand(&[main.join("web")]), [text(main.join("web")), text(linked.join("web"))]);
        assert_eq!(expand(std::slice::from_ref(&linked)), [text(linked), text(main)]);
        assert_eq!(expand(&[home.join("other")]), [text(home.join("other"))]);
        assert_eq!(expand(&[home.join("gone")]), [text(home.join("gone"))]);
    }
}
