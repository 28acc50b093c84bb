//! The inbox: a folder of files, one a day, that any process appends to and the leader reads.

use crate::tail::Cursor;
use chrono::{Days, NaiveDate};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest line: what is appended by one write of a page does not mingle with others'.
pub const LONGEST: usize = 4096;
/// How much is read at once.
const CHUNK: u64 = 1024 * 1024;
/// A file that is older, in days, gets no more lines and goes once it is read.
const KEPT_DAYS: u64 = 2;

/// Why nothing could be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record does not fit a line.
    #[error("the record has {0} bytes, and {max} at most can be recorded at once; shorten its note or its names", max = LONGEST - 2)]
    TooLong(usize),
    /// The file cannot be made or written.
    #[error(
        "cannot record in {path}: {source}; check the folder's permissions and the room on its disk, or set COSTLINE_STATE_DIR"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Appends a line to the file of the day, in one write; with `synced` it is on the disk when this returns.
///
/// # Errors
/// The line is too long, or the file cannot be written: then it is not recorded.
pub fn append(folder: &Path, day: NaiveDate, line: &str, synced: bool) -> Result<(), Error> {
    if line.len() > LONGEST - 2 {
        return Err(Error::TooLong(line.len()));
    }
    let path = folder.join(format!("{day}.jsonl"));
    write(&path, line, synced).map_err(|source| Error::File { path, source })
}

fn write(path: &Path, line: &str, synced: bool) -> io::Result<()> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // The line break in front ends whatever another process's write left unfinished; an empty line says nothing.
    let text = format!("\n{line}\n");
    let written = loop {
        match file.write(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    // Without the last byte alone it is whole: the next line ends it.
    if written + 1 < text.len() {
        return Err(io::ErrorKind::StorageFull.into());
    }
    if synced {
        file.sync_all()?;
        // The file may be new: its name has to be on the disk, too.
        #[cfg(unix)]
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
    }
    Ok(())
}

/// The inbox's files by name; there are none where there is no inbox.
///
/// # Errors
/// The folder may not be read.
pub fn files(folder: &Path) -> io::Result<Vec<(String, Metadata)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.metadata().ok()?)))
        .filter(|(name, meta)| meta.is_file() && day(name).is_some())
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(files)
}

/// The day that a file is of, by its name.
fn day(name: &str) -> Option<NaiveDate> {
    name.strip_suffix(".jsonl")?.parse().ok()
}

/// Whether a file gets no more lines: appending takes a moment, and not two days.
pub fn is_closed(name: &str, today: NaiveDate) -> bool {
    day(name).and_then(|day| day.checked_add_days(Days::new(KEPT_DAYS))).is_some_and(|last| last < today)
}

/// Removes a file.
///
/// # Errors
/// It may not be removed.
pub fn remove(folder: &Path, name: &str) -> io::Result<()> {
    fs::remove_file(folder.join(name))
}

/// A stretch of a file.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Its whole lines that are not empty.
    pub lines: Vec<Vec<u8>>,
    /// How far the file is read with it.
    pub cursor: Cursor,
    /// There is more to read.
    pub more: bool,
}

/// Reads on in a file. One that is another one than before is read from its beginning: ids tell what is known. With
/// `closed` what has no line end is a line, too.
///
/// # Errors
/// The file is gone, may not be read, or reading failed.
pub fn read(folder: &Path, name: &str, cursor: &Cursor, closed: bool) -> io::Result<Stretch> {
    let mut file = File::open(folder.join(name))?;
    let meta = file.metadata()?;
    let same = cursor.offset <= meta.len() && cursor.recognises(&mut file)?;
    let begin = if same { cursor.offset } else { 0 };
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(CHUNK).read_to_end(&mut bytes)?;
    let full = bytes.len() as u64 == CHUNK;
    let whole = match memchr::memrchr(b'\n', &bytes) {
        Some(last) if !closed || full => last + 1,
        // A line so long is none of ours: it is read in pieces, which are no records.
        _ if full || closed => bytes.len(),
        _ => 0,
    };
    let lines = bytes[..whole].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect();
    let mut cursor = Cursor { offset: begin + whole as u64, size: begin + bytes.len() as u64, ..*cursor };
    cursor.modified = Cursor::modified(&meta);
    cursor.probe(&mut file)?;
    Ok(Stretch { lines, cursor, more: full })
}

/// All lines of a file.
///
/// # Errors
/// As for [`read`].
pub fn all(folder: &Path, name: &str) -> io::Result<Vec<Vec<u8>>> {
    let (mut lines, mut cursor) = (Vec::new(), Cursor::default());
    loop {
        let stretch = read(folder, name, &cursor, true)?;
        lines.extend(stretch.lines);
        if !stretch.more {
            return Ok(lines);
        }
        cursor = stretch.cursor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn texts(stretch: &Stretch) -> Vec<String> {
        stretch.lines.iter().map(|line| String::from_utf8(line.clone()).unwrap()).collect()
    }

    #[test]
    fn reads_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, day) = (folder.path(), date("2026-11-22"));
        let name = "2026-11-22.jsonl";
        append(folder, day, "{\"a\":1}", true).unwrap();
        append(folder, day, "{\"b\":2}", false).unwrap();
        let first = read(folder, name, &Cursor::default(), false).unwrap();
        assert_eq!(texts(&first), ["{\"a\":1}", "{\"b\":2}"]);
        // A write that was cut off is ended by the next one.
        let mut file = File::options().append(true).open(folder.join(name)).unwrap();
        file.write_all(b"\n{\"torn").unwrap();
        let torn = read(folder, name, &first.cursor, false).unwrap();
        assert_eq!((texts(&torn), torn.cursor.offset + 6), (vec![], torn.cursor.size));
        append(folder, day, "{\"c\":3}", false).unwrap();
        let rest = read(folder, name, &torn.cursor, false).unwrap();
        assert_eq!(texts(&rest), ["{\"torn", "{\"c\":3}"]);
        assert!(rest.cursor.is_current(&files(folder).unwrap()[0].1));
        // Another file in its place is read anew.
        fs::write(folder.join(name), "{\"d\":4}\n{\"e\":5").unwrap();
        let anew = read(folder, name, &rest.cursor, false).unwrap();
        assert_eq!(texts(&anew), ["{\"d\":4}"]);
        assert_eq!(texts(&read(folder, name, &anew.cursor, true).unwrap()), ["{\"e\":5"]);
    }

    #[test]
    fn what_is_too_long_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let day = date("2026-11-22");
        append(folder.path(), day, &"x".repeat(LONGEST - 2), false).unwrap();
        let error = append(folder.path(), day, &"x".repeat(LONGEST - 1), false).unwrap_err();
        assert!(error.to_string().starts_with("the record has 4095 bytes, and 4094 at most"), "{error}");
        assert_eq!(files(folder.path()).unwrap()[0].1.len(), LONGEST as u64);
    }

    #[test]
    fn long_strange_lines_do_not_stop_it() {
        let folder = tempfile::tempdir().unwrap();
        let name = "2026-11-22.jsonl";
        fs::write(folder.path().join(name), format!("{}\n{{}}\n", "x".repeat(CHUNK as usize + 5))).unwrap();
        let first = read(folder.path(), name, &Cursor::default(), false).unwrap();
        assert!(first.more);
        let second = read(folder.path(), name, &first.cursor, false).unwrap();
        assert_eq!((texts(&second), second.more), (vec!["xxxxx".to_owned(), "{}".to_owned()], false));
    }

    #[test]
    fn files_of_other_names_are_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2026-11-22.jsonl", "2026-11-20.jsonl", "notes.txt", "x.jsonl"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found: Vec<String> = files(folder.path()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["2026-11-20.jsonl", "2026-11-22.jsonl"]);
        assert!(files(&folder.path().join("none")).unwrap().is_empty());
        for (today, closed) in [("2026-11-19", false), ("2026-11-22", false), ("2026-11-23", true)] {
            assert_eq!(is_closed("2026-11-20.jsonl", date(today)), closed, "{today}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_recorded_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), date("2026-11-22"), "{}", false).unwrap();
        assert_eq!(files(folder.path()).unwrap()[0].1.permissions().mode() & 0o777, 0o600);
    }
}
