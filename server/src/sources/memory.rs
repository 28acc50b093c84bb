//! What was recorded last of each session: a status line is made several times a second, and most of them say nothing new.

use super::report::Reported;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// A session that was silent for so long is forgotten; should it speak again, it is recorded once too often.
const KEPT: Duration = Duration::from_hours(2 * 24);

/// A folder of small files, one for each session.
pub struct Memory(PathBuf);

impl Memory {
    /// The memory in a folder; without the folder nothing is kept.
    pub const fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Whether something else was recorded last of the session.
    pub fn is_news(&self, reported: &Reported) -> bool {
        let held = fs::read(self.file(&reported.session)).ok();
        held.and_then(|bytes| serde_json::from_slice::<Reported>(&bytes).ok()).as_ref() != Some(reported)
    }

    /// Keeps what was recorded. What cannot be written is recorded again next time.
    pub fn keep(&self, reported: &Reported) {
        let Ok(text) = serde_json::to_vec(reported) else { return };
        let file = self.file(&reported.session);
        if !file.exists() {
            self.forget();
        }
        let _ = overwrite(&file, &text);
    }

    fn file(&self, session: &str) -> PathBuf {
        self.0.join(format!("{:016x}.json", xxh3_64(session.as_bytes())))
    }

    /// Removes the files of sessions that are long silent.
    fn forget(&self) {
        let old = |path: &Path| {
            let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok();
            modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > KEPT)
        };
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "json") && old(&path) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Writes a file over what it held, for what is of use to the next reader and may be lost. Where a file is emptied first, or takes
/// another one's place, some file systems see to it that it is on the disk soon, and whoever writes waits for that.
pub fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_was_recorded_last_is_no_news() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(folder.path().to_owned());
        let reported = |session: &str, model: &str| Reported {
            session: session.to_owned(),
            model: model.to_owned(),
            ..Reported::default()
        };
        let (first, other) = (reported("a", "x"), reported("b", "x"));
        assert!(memory.is_news(&first));
        memory.keep(&first);
        assert!(!memory.is_news(&first) && memory.is_news(&other) && memory.is_news(&reported("a", "y")));
        // A shorter one leaves nothing of a longer one behind.
        let short = reported("a", "");
        memory.keep(&short);
        assert!(!memory.is_news(&short) && memory.is_news(&first));
        // A process that was killed while it wrote.
        let file = memory.file("a");
        fs::write(&file, "{\"sess").unwrap();
        assert!(memory.is_news(&first));
        // A session that is long silent is forgotten when a new one comes.
        #[allow(clippy::disallowed_methods, reason = "files are old by the clock")]
        let old = SystemTime::now() - KEPT - Duration::from_mins(1);
        fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
        memory.keep(&other);
        assert!(!file.exists() && !memory.is_news(&other));
    }
}
