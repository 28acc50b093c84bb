//! Reports as files, for editors that show nothing else. Each is new, since an editor may keep showing the old content of
//! a file that it has open.

use crate::paths::ensure_private_dir;
use crate::time::{HOUR, Millis};
use chrono::DateTime;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// So many are kept,
const KEEP: usize = 20;
/// and none for longer.
const KEEP_FOR: Millis = 24 * HOUR;

/// Writes a document of this name into the folder of documents and removes what is old there. Returns its path.
///
/// # Errors
/// A sentence that says what could not be written, and why.
pub(super) fn write(state: &Path, name: &str, text: &str, now: Millis) -> Result<PathBuf, String> {
    let folder = state.join("reports");
    ensure_private_dir(&folder).map_err(|error| error.to_string())?;
    prune(&folder, now);
    for number in 0..100 {
        let path = folder.join(file_name(now + number, name));
        match create(&path, text) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("cannot write the report {}: {error}", path.display())),
            Ok(()) => return Ok(path),
        }
    }
    Err(format!("cannot write a report into {}: there are too many", folder.display()))
}

/// `20260914T172005.123-breakdown.md`: the time in UTC, so that names sort by it.
fn file_name(at: Millis, name: &str) -> String {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    format!("{}-{name}.md", at.format(STAMP))
}

const STAMP: &str = "%Y%m%dT%H%M%S%.3f";
/// How long such a time is, written.
const STAMPED: usize = 19;

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Removes documents that are old or too many, and leaves room for one. What is none of ours stays.
fn prune(folder: &Path, now: Millis) {
    let Ok(entries) = folder.read_dir() else { return };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_ours(name)).collect();
    names.sort_unstable();
    let oldest = file_name(now - KEEP_FOR, "");
    let fresh = names.partition_point(|name| name[..STAMPED] < oldest[..STAMPED]);
    let many = (names.len() + 1).saturating_sub(KEEP);
    for name in &names[..fresh.max(many)] {
        if let Err(error) = std::fs::remove_file(folder.join(name)) {
            tracing::debug!("cannot remove the old report {name}: {error}");
        }
    }
}

fn is_ours(name: &str) -> bool {
    let (stamp, rest) = name.split_at_checked(STAMPED).unwrap_or_default();
    let is_stamp = chrono::NaiveDateTime::parse_from_str(stamp, STAMP).is_ok();
    is_stamp && rest.strip_prefix('-').is_some_and(|rest| rest.strip_suffix(".md").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = 1_789_387_200_000;

    fn names(state: &Path) -> Vec<String> {
        let entries = state.join("reports").read_dir().unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn documents_are_new_each_time_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let bits = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let state = tempfile::tempdir().unwrap();
        let first = write(state.path(), "sessions", "one", NOON).unwrap();
        let second = write(state.path(), "sessions", "two", NOON).unwrap();
        assert_eq!(first, state.path().join("reports/20260914T120000.000-sessions.md"));
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second).unwrap(), "two");
        assert_eq!((bits(&first), bits(first.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn old_ones_go_and_others_stay() {
        let state = tempfile::tempdir().unwrap();
        for index in 0..50 {
            write(state.path(), "model", "", NOON + index * 1000).unwrap();
        }
        let kept = names(state.path());
        assert_eq!(kept.len(), KEEP);
        assert_eq!(kept[0], "20260914T120030.000-model.md");
        let others = ["notes.md", "20260914T1200-model.md", "20260914T120000.000-model.txt", "é"];
        for other in others {
            std::fs::write(state.path().join("reports").join(other), "").unwrap();
        }
        // The last one is from 12:00:49.
        write(state.path(), "day", "", NOON + KEEP_FOR + 49_000).unwrap();
        let mut expected = vec!["20260914T120049.000-model.md", "20260915T120049.000-day.md"];
        expected.extend(others);
        expected.sort_unstable();
        assert_eq!(names(state.path()), expected);
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join("reports"), "").unwrap();
        let error = write(state.path(), "day", "", NOON).unwrap_err();
        assert!(error.starts_with("cannot create the folder"), "{error}");
    }
}
