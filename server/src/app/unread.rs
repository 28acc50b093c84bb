//! Whether another process has read what lies in the roots.

use super::Setup;
use crate::store::Error;
use crate::store::reading::Reading;
use crate::watch::{Seen, scan};

/// The transcripts that there were at a moment, by their root's name in the store.
pub(super) struct Sight(Vec<(String, Vec<Seen>)>);

impl Sight {
    /// Those that there are now.
    pub(super) fn of(setup: &Setup) -> Self {
        let roots = setup.projects.iter().zip(setup.root_names());
        Self(roots.map(|(projects, name)| (name, scan(projects, &mut Vec::new()))).collect())
    }

    /// Whether the database holds what they held then; what was appended since is not asked for.
    pub(super) fn is_read(&self, reading: &Reading) -> Result<bool, Error> {
        let files = reading.files_by_root()?;
        Ok(self.0.iter().all(|(root, seen)| {
            seen.iter().all(|seen| {
                files.get(&(root.clone(), seen.path.clone())).is_some_and(|cursor| {
                    cursor.size >= seen.meta.len() && cursor.modified != -1 || cursor.is_current(&seen.meta)
                })
            })
        }))
    }
}
