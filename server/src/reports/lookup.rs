//! What an id, or the beginning of one, stands for.

/// What was found by the beginning of an id.
#[derive(Clone, Debug, PartialEq)]
pub enum Matched<T> {
    /// Exactly one.
    One(T),
    /// Nothing.
    Nothing,
    /// Several: some of them, and how many there are.
    Several(Vec<Candidate>, usize),
}

/// One of several that an id may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole id.
    pub id: String,
    /// What a person knows it by; empty where there is nothing.
    pub note: String,
}

/// How many candidates are named.
pub const MOST_CANDIDATES: usize = 8;

/// A sentence that names what an ambiguous id may stand for.
pub fn refusal(what: &str, text: &str, candidates: &[Candidate], count: usize) -> String {
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| match candidate.note.as_str() {
            "" => candidate.id.clone(),
            note => format!("{} ({note})", candidate.id),
        })
        .collect();
    let more = match count.saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{count} {what} begin with {text:?}: {}{more}; give more of the id", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_there_is() {
        let candidate = |id: &str, note: &str| Candidate { id: id.to_owned(), note: note.to_owned() };
        let two = [candidate("ab1", "Fix it"), candidate("ab2", "")];
        assert_eq!(
            refusal("sessions", "ab", &two, 2),
            "2 sessions begin with \"ab\": ab1 (Fix it), ab2; give more of the id"
        );
        assert!(refusal("sessions", "a", &two, 30).contains("ab2 and 28 more;"));
    }
}
