//! Looking for a word in a whole transcript, for those who ask where a response lies.

use super::CHUNK;
use memchr::{memchr_iter, memmem, memrchr};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Where the lines begin, in bytes, that hold a needle. No more than a chunk of the file is held.
///
/// # Errors
/// The file cannot be opened or read.
pub fn mentions(path: &Path, needle: &[u8]) -> io::Result<Vec<u64>> {
    search(File::open(path)?, needle, CHUNK)
}

fn search(mut file: impl Read, needle: &[u8], chunk: usize) -> io::Result<Vec<u64>> {
    let finder = memmem::Finder::new(needle);
    let mut buffer = vec![0; chunk + needle.len()];
    // Bytes kept of the chunk before, where the buffer lies in the file, and where the line at its beginning began.
    let (mut kept, mut place, mut line) = (0, 0_u64, 0_u64);
    let mut found: Vec<u64> = Vec::new();
    loop {
        let read = match file.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(found),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = &buffer[..kept + read];
        for at in finder.find_iter(bytes) {
            let start = memrchr(b'\n', &bytes[..at]).map_or(line, |end| place + end as u64 + 1);
            if found.last() != Some(&start) {
                found.push(start);
            }
        }
        // A needle may lie across two chunks: less than its length is kept, so that none is found twice.
        let done = bytes.len() - bytes.len().min(needle.len().saturating_sub(1));
        if let Some(end) = memchr_iter(b'\n', &bytes[..done]).next_back() {
            line = place + end as u64 + 1;
        }
        kept = bytes.len() - done;
        place += done as u64;
        buffer.copy_within(done..done + kept, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_hide_nothing(lines in prop::collection::vec("[ab]{0,12}", 0..12), chunk in 1_usize..20) {
            let text = lines.join("\n");
            let mut expected = Vec::new();
            let mut start = 0;
            for line in &lines {
                if line.contains("aba") {
                    expected.push(start);
                }
                start += line.len() as u64 + 1;
            }
            prop_assert_eq!(search(text.as_bytes(), b"aba", chunk).unwrap(), expected);
        }
    }
}
