//! What the leading process tells the others of itself.

use super::wire::Watch;
use serde::{Deserialize, Serialize};

/// What a leader keeps in the database for everyone to see: nothing else tells a follower, or a command, of its troubles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderHealth {
    /// How it notices changes.
    pub watch: Watch,
    /// What is not right, each in a sentence.
    pub problems: Vec<String>,
}

impl LeaderHealth {
    /// Its problems as another process tells them.
    pub fn reported(&self, pid: Option<i64>) -> impl Iterator<Item = String> {
        let who = pid.map_or_else(
            || "the leading process".to_owned(),
            |pid| format!("the leading process (pid {pid})"),
        );
        self.problems.iter().map(move |problem| match problem.strip_prefix("cannot ") {
            Some(what) => format!("{who} cannot {what}"),
            None => format!("{who} says: {problem}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_name_whose_they_are() {
        let problems = vec!["cannot watch /x: no room".to_owned(), "file events failed: lost".to_owned()];
        let health = LeaderHealth { watch: Watch::Polling, problems };
        assert_eq!(
            health.reported(Some(42)).collect::<Vec<_>>(),
            [
                "the leading process (pid 42) cannot watch /x: no room",
                "the leading process (pid 42) says: file events failed: lost"
            ]
        );
    }
}
