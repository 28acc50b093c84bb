//! Claude's `settings.json`, the one file of Claude's that is ever written: by the commands that were asked to, whole or not
//! at all.

use super::Setup;
use crate::claude_settings::has_ours;
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Its name in a folder of Claude's.
const NAME: &str = "settings.json";
/// How the copy is called of the file as it was before Costline was in it.
const BACKUP: &str = "settings.json.costline-backup";

/// As many links may lead to a file.
const LINKS: usize = 40;

/// The copy of a file that was changed.
pub struct Kept {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it was made now; else it is an older one, of the file without Costline.
    pub is_new: bool,
}

/// The file, as it was read.
pub struct SettingsFile {
    path: PathBuf,
    text: String,
    others: Option<String>,
}

impl SettingsFile {
    /// The settings of the first of Claude's folders that is there; one that does not exist yet is empty.
    ///
    /// # Errors
    /// There is no such folder, or the file cannot be read.
    pub fn of(setup: &Setup) -> Result<Self> {
        let folders: Vec<&Path> = setup
            .projects
            .iter()
            .filter_map(|projects| projects.parent())
            .filter(|folder| folder.is_dir())
            .collect();
        let Some((folder, others)) = folders.split_first() else {
            bail!(
                "Claude's folder is not there; start Claude Code once, or name the folder with --claude-dir"
            );
        };
        let others = others.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        let others = (!others.is_empty()).then(|| {
            format!(
                "{} is changed alone; name another of Claude's folders ({others}) with --claude-dir",
                folder.display()
            )
        });
        let path = folder.join(NAME);
        Ok(Self { text: text_of(&path)?, path, others })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; nothing where it is not there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says that there are other folders of Claude's.
    pub fn others(&self) -> Option<String> {
        self.others.clone()
    }

    /// Writes it anew, and gives the copy of it. A link stays one, and what it leads to is written.
    ///
    /// # Errors
    /// It changed since it was read, or cannot be written: then it is as it was.
    pub fn write(&self, text: &str) -> Result<Option<Kept>> {
        let path = &self.path;
        if text_of(path)? != self.text {
            bail!("{} changed meanwhile and was left alone; run the command again", path.display());
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| behind_links(path));
        let backup = path.with_file_name(BACKUP);
        let existed = real.exists();
        // What it was before Costline is not to be replaced by what Costline made of it.
        let is_new = existed && (has_ours(&self.text) == (false, false) || !backup.exists());
        if is_new {
            fs::copy(&real, &backup).with_context(|| {
                format!(
                    "cannot keep a copy of {} as {}; nothing was changed",
                    path.display(),
                    backup.display()
                )
            })?;
        }
        replace(&real, text.as_bytes()).with_context(|| {
            format!(
                "cannot write {}; it is as it was; check that its folder is there, the permissions and the room on its disk",
                real.display()
            )
        })?;
        Ok(existed.then_some(Kept { path: backup, is_new }))
    }
}

/// The file that a path leads to where none is there yet.
fn behind_links(path: &Path) -> PathBuf {
    let mut real = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&real) else { break };
        // A relative one counts from where the link lies.
        real = real.parent().unwrap_or(Path::new("")).join(target);
    }
    real
}

fn text_of(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        other => other.with_context(|| {
            format!("cannot read {}; check its permissions, and that it is text", path.display())
        }),
    }
}

/// Puts a file in the place of another one in one step, with the permissions of that.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_file_name(format!(".{NAME}.costline-{}", std::process::id()));
    let outcome = (|| {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(bytes)?;
        if let Ok(meta) = fs::metadata(path) {
            file.set_permissions(meta.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if outcome.is_err() {
        let _ = fs::remove_file(&beside);
    }
    outcome
}
