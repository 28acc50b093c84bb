//! The tokens of the HTTP side, one-time links, and where it is found: small files of the state folder that their owner
//! alone may read.

use crate::http::Secrets;
use crate::time::{MINUTE, Millis};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// A link that nobody followed counts for so long.
const LINK_FOR: Millis = 5 * MINUTE;

/// One of the two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// May read and change everything.
    Write,
    /// May read everything: for devices.
    Read,
}

impl Token {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Write, Self::Read];

    /// The file that keeps it.
    pub fn path(self, state: &Path) -> PathBuf {
        state.join(match self {
            Self::Write => "token",
            Self::Read => "read-token",
        })
    }

    /// The token, where one was made.
    pub fn find(self, state: &Path) -> Option<String> {
        let text = fs::read_to_string(self.path(state)).ok()?;
        // One that is too short to be ours is no secret.
        Some(text.trim().to_owned()).filter(|token| token.len() >= 32)
    }

    /// The token; it is made where there is none.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn show(self, state: &Path) -> io::Result<String> {
        match self.find(state) {
            Some(token) => Ok(token),
            None => self.rotate(state),
        }
    }

    /// Another token from now on. Of two processes that do so at once both say the one that stays.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn rotate(self, state: &Path) -> io::Result<String> {
        let token = random()?;
        place(&self.path(state), format!("{token}\n").as_bytes())?;
        Ok(self.find(state).unwrap_or(token))
    }
}

/// The tokens that count now.
pub fn secrets(state: &Path) -> Secrets {
    Secrets { write: Token::Write.find(state), read: Token::Read.find(state) }
}

/// Makes a code that opens the page once.
///
/// # Errors
/// It cannot be written.
pub fn link(state: &Path, now: Millis) -> io::Result<String> {
    let code = random()?;
    let folder = links(state);
    fs::create_dir_all(&folder)?;
    // Those that nobody followed go.
    for entry in fs::read_dir(&folder)?.flatten() {
        let made = fs::read_to_string(entry.path()).ok().and_then(|text| text.trim().parse().ok());
        if !made.is_some_and(|made| is_fresh(made, now)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    place(&folder.join(name(&code)), now.to_string().as_bytes())?;
    Ok(code)
}

/// Whether there is a link with this code; it is used up.
pub fn redeem(state: &Path, code: &str, now: Millis) -> bool {
    let path = links(state).join(name(code));
    let made = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    // Whoever removes it first has used it.
    fs::remove_file(&path).is_ok() && made.is_some_and(|made| is_fresh(made, now))
}

fn is_fresh(made: Millis, now: Millis) -> bool {
    (made..made + LINK_FOR).contains(&now)
}

fn links(state: &Path) -> PathBuf {
    state.join("links")
}

/// A code is not kept as it is: who sees the folder has no link.
fn name(code: &str) -> String {
    format!("{:032x}", xxh3_128(code.as_bytes()))
}

/// Says where the side is served.
///
/// # Errors
/// It cannot be written.
pub fn announce(state: &Path, url: &str) -> io::Result<()> {
    place(&announced_at(state), format!("{url}\n").as_bytes())
}

/// Says no more where the side is served, if that is what is said.
pub fn withdraw(state: &Path, url: &str) {
    if announced(state).as_deref() == Some(url) {
        let _ = fs::remove_file(announced_at(state));
    }
}

/// Where the side is served, or was last.
pub fn announced(state: &Path) -> Option<String> {
    let text = fs::read_to_string(announced_at(state)).ok()?;
    Some(text.trim().to_owned()).filter(|url| !url.is_empty())
}

fn announced_at(state: &Path) -> PathBuf {
    state.join("http")
}

/// Sixty-four digits that nobody guesses.
fn random() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}")))
}

/// Writes a small file at once, for its owner alone.
fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut digits = [0_u8; 4];
    getrandom::fill(&mut digits).map_err(|error| io::Error::other(error.to_string()))?;
    let half = path.with_extension(format!("{:08x}.tmp", u32::from_le_bytes(digits)));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written =
        options.open(&half).and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&half, path));
    if written.is_err() {
        let _ = fs::remove_file(&half);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_until_it_is_rotated() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(Token::Write.find(state.path()), None);
        let made = Token::Write.show(state.path()).unwrap();
        assert_eq!(made.len(), 64);
        assert_eq!(Token::Write.show(state.path()).unwrap(), made);
        assert_ne!(Token::Read.show(state.path()).unwrap(), made);
        let next = Token::Write.rotate(state.path()).unwrap();
        assert_ne!(next, made);
        assert_eq!(Token::Write.find(state.path()), Some(next));
        fs::write(Token::Write.path(state.path()), "short\n").unwrap();
        assert_eq!(Token::Write.find(state.path()), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().unwrap();
        for token in Token::ALL {
            token.show(state.path()).unwrap();
            let mode = fs::metadata(token.path(state.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_link_opens_once_and_not_for_long() {
        let state = tempfile::tempdir().unwrap();
        let code = link(state.path(), 1_000).unwrap();
        assert!(!redeem(state.path(), "other", 1_000));
        assert!(redeem(state.path(), &code, 2_000));
        assert!(!redeem(state.path(), &code, 2_000));
        let old = link(state.path(), 1_000).unwrap();
        assert!(!redeem(state.path(), &old, 1_000 + LINK_FOR));
        let forgotten = link(state.path(), 1_000).unwrap();
        link(state.path(), 1_000 + LINK_FOR).unwrap();
        assert!(!redeem(state.path(), &forgotten, 2_000), "it is removed with the next one");
        assert!(!redeem(state.path(), "../token", 2_000));
    }

    #[test]
    fn an_address_is_withdrawn_by_whom_it_belongs_to() {
        let state = tempfile::tempdir().unwrap();
        announce(state.path(), "http://127.0.0.1:1").unwrap();
        withdraw(state.path(), "http://127.0.0.1:2");
        assert_eq!(announced(state.path()).as_deref(), Some("http://127.0.0.1:1"));
        withdraw(state.path(), "http://127.0.0.1:1");
        assert_eq!(announced(state.path()), None);
    }
}
