//! Walking through a root: which transcripts are there, and what the file system says of each.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// How deep a root is walked: workflow agents lie six folders deep.
const DEEPEST: usize = 12;

/// A transcript on disk.
#[derive(Debug)]
pub struct Seen {
    /// Its path below the walked folder, with `/`.
    pub path: String,
    /// What the file system says of it.
    pub meta: Metadata,
}

/// Finds all transcripts below a folder, symbolic links followed. What cannot be read is told in `problems`; a folder
/// that does not exist holds nothing.
pub fn scan(folder: &Path, problems: &mut Vec<String>) -> Vec<Seen> {
    let mut walk = Walk { seen: Vec::new(), visited: HashSet::new(), problems };
    walk.folder(folder, "", 0);
    walk.seen
}

/// How many folders there are from this one down: so many are to be watched. Links are not followed.
pub fn folders(folder: &Path) -> usize {
    let mut open = vec![folder.to_owned()];
    let mut count = 0;
    while let Some(folder) = open.pop() {
        count += 1;
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        open.extend(
            entries
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| entry.path()),
        );
    }
    count
}

/// Whether a file is a transcript, by its name: journals of workflows hold no messages, and what Claude Code set aside
/// is no longer a session.
#[allow(clippy::case_sensitive_file_extension_comparisons, reason = "Claude Code writes it in lower case")]
pub fn is_transcript(name: &str) -> bool {
    name.ends_with(".jsonl")
        && name != "journal.jsonl"
        && !name.contains(".orphaned")
        && !name.contains(".superseded")
}

struct Walk<'a> {
    seen: Vec<Seen>,
    visited: HashSet<PathBuf>,
    problems: &'a mut Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, below: &str, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                return self.problems.push(format!("cannot read the folder {}: {error}", folder.display()));
            }
        };
        for entry in entries.flatten() {
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
            let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            let is_link = kind.is_symlink();
            if kind.is_file() || is_link {
                if is_transcript(&name) {
                    match fs::metadata(entry.path()) {
                        Ok(meta) if meta.is_file() => self.seen.push(Seen { path, meta }),
                        // Gone since, or a link to nowhere.
                        _ => {}
                    }
                    continue;
                }
                if !is_link {
                    continue;
                }
            }
            if name != "memory"
                && name != "tool-results"
                && depth < DEEPEST
                && self.enters(&entry.path(), is_link)
            {
                self.folder(&entry.path(), &path, depth + 1);
            }
        }
    }

    /// Whether a folder is to be walked: a link only where it leads to a folder, and to each only once.
    fn enters(&mut self, folder: &Path, is_link: bool) -> bool {
        !is_link || (folder.is_dir() && fs::canonicalize(folder).is_ok_and(|real| self.visited.insert(real)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_transcripts_alone() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            ("-p/a.jsonl", true),
            ("-p/agent-1.jsonl", true),
            ("-p/a/subagents/agent-2.jsonl", true),
            ("-p/a/subagents/agent-2.meta.json", false),
            ("-p/a/subagents/workflows/wf_1-2/agent-3.jsonl", true),
            ("-p/a/subagents/workflows/wf_1-2/journal.jsonl", false),
            ("-p/a/tool-results/x.jsonl", false),
            ("-p/memory/m.jsonl", false),
            ("-p/b.jsonl.orphaned-1", false),
            ("-p/b.superseded.jsonl", false),
        ];
        for (path, _) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}\n").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.path(), root.path().join("-p/loop")).unwrap();
        let mut found: Vec<String> =
            scan(root.path(), &mut Vec::new()).into_iter().map(|seen| seen.path).collect();
        found.retain(|path| !path.contains("loop/"));
        found.sort();
        let mut expected: Vec<&str> =
            files.iter().filter(|(_, wanted)| *wanted).map(|(path, _)| *path).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
