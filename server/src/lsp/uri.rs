//! `file:` URIs.

use std::path::{Path, PathBuf};

/// The absolute path that a `file:` URI names; nothing for any other URI.
///
/// A `#` or `?` counts as part of the path: a folder has neither fragment nor query, so there it can only be a client
/// that forgot to encode it.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let bytes = decode(local(rest).as_bytes());
    if bytes.contains(&0) {
        return None;
    }
    let path = from_bytes(bytes)?;
    path.is_absolute().then(|| tidy(&path))
}

/// The part of a URI after `file:` that is the path on this machine: an authority other than `localhost` stays, as the
/// server of a network share.
fn local(rest: &str) -> &str {
    let Some(after) = rest.strip_prefix("//") else { return rest };
    let start = after.find('/').unwrap_or(after.len());
    match &after[..start] {
        "" | "localhost" => &after[start..],
        _ => rest,
    }
}

/// Replaces `%41` by its byte; a `%` that starts no such triple stays.
fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            bytes.push((high * 16 + low) as u8);
            at += 3;
        } else {
            bytes.push(byte);
            at += 1;
        }
    }
    bytes
}

/// Without trailing slashes and doubled ones, so that two spellings of a folder are one.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere a path is text, which not all bytes are")]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    let drive = text.as_bytes().get(2) == Some(&b':') && text.starts_with('/');
    Some(if drive { text[1..].into() } else { text.into() })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, path: Option<&str>) {
        assert_eq!(to_path(uri).as_deref().map(Path::as_os_str), path.map(std::ffi::OsStr::new), "{uri}");
    }

    #[test]
    fn decodes_paths() {
        check("file:///home/me/app", Some("/home/me/app"));
        check("file:///home/me/app/", Some("/home/me/app"));
        check("file:///", Some("/"));
        check("FILE://localhost/x", Some("/x"));
        check("file:/x//y", Some("/x/y"));
        check("file:///a%20b/%C3%A9%2f", Some("/a b/é"));
        check("file:///a b/c#/100%/%zz", Some("/a b/c#/100%/%zz"));
        check("file:///c%3A/Users/x", Some("/c:/Users/x"));
        check("file://share/x", Some("/share/x"));
    }

    #[test]
    fn ignores_what_is_no_local_file() {
        for uri in
            ["", "file", "file:", "file:x", "untitled:Untitled-1", "vscode-remote://h/x", "file:///a%00b"]
        {
            check(uri, None);
        }
    }

    #[test]
    fn keeps_bytes_that_are_no_text() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(
            to_path("file:///%FF").map(|path| path.as_os_str().as_bytes().to_vec()),
            Some(b"/\xFF".to_vec())
        );
    }
}
