//! The name that was probably meant.

use super::settings::{SECTIONS, SETTINGS};

/// A sentence about a name that nobody knows; `what` says where it stood ("setting", "editor setting").
pub(super) fn unknown_setting(what: &str, name: &str) -> String {
    unknown(what, name, nearest_key(name))
}

/// The same with a suggestion of the caller's.
pub(super) fn unknown(what: &str, name: &str, suggestion: Option<impl std::fmt::Display>) -> String {
    let name = short(&name.escape_debug().to_string());
    match suggestion {
        Some(known) => format!("unknown {what} `{name}`; did you mean `{known}`?"),
        None => format!("unknown {what} `{name}`; `costline config show` lists what there is"),
    }
}

/// The candidate with the fewest typing errors between it and the name, where that is few for its length.
pub fn nearest<T: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = T>) -> Option<T> {
    // A name far longer than any candidate needs no table of distances.
    if name.len() > 100 {
        return None;
    }
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let limit = (name.len() / 3).max(1);
    candidates
        .into_iter()
        // Each letter more or less is an error already; most candidates fall here.
        .filter(|candidate| candidate.as_ref().chars().count().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(&name, &candidate.as_ref().to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.as_ref().len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// At most 60 characters of a text.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The only key of that name in another table, else the nearest key or table.
fn nearest_key(name: &str) -> Option<&'static str> {
    let last = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    let wanted = name.rsplit('.').next().unwrap_or(name);
    let mut elsewhere = SETTINGS.iter().map(|setting| setting.key).filter(|key| last(key) == wanted);
    match (elsewhere.next(), elsewhere.next()) {
        (Some(only), None) => Some(only),
        _ => nearest(
            name,
            SETTINGS.iter().map(|setting| setting.key).chain(SECTIONS.iter().map(|(name, _)| *name)),
        ),
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for row in 1..=left.len() {
        let mut current = vec![row];
        for column in 1..=right.len() {
            let changed = usize::from(left[row - 1] != right[column - 1]);
            let mut least = (above[column - 1] + changed).min(above[column] + 1).min(current[column - 1] + 1);
            let swapped = row > 1
                && column > 1
                && left[row - 1] == right[column - 2]
                && left[row - 2] == right[column - 1];
            if swapped {
                least = least.min(before[column - 2] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, wanted) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("inof", "info", 1), ("kitten", "sitting", 3)]
        {
            let left_chars: Vec<char> = left.chars().collect();
            assert_eq!(distance(&left_chars, right), wanted, "{left} {right}");
        }
    }

    #[test]
    fn keys_are_suggested() {
        for (name, wanted) in [
            ("status.seperator", Some("status.separator")),
            ("Timezone", Some("timezone")),
            ("lsp.maxSessions", Some("lsp.max_sessions")),
            ("max_sessions", Some("lsp.max_sessions")),
            ("separator", None),
            ("lsp.parts", Some("status.parts")),
            ("statsu", Some("status")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest_key(name), wanted, "{name}");
        }
        assert_eq!(nearest_key(&"x".repeat(1_000_000)), None);
    }
}
