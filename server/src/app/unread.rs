//! Whether another process has read what lies in the roots and in the inbox.

use super::Setup;
use crate::paths;
use crate::sources::inbox;
use crate::store::Error;
use crate::store::reading::Reading;
use crate::watch::{Seen, scan};

/// What there was to read at a moment.
pub(super) struct Sight {
    /// Transcripts, by their root's name in the store.
    transcripts: Vec<(String, Vec<Seen>)>,
    /// Files of the inbox with their lengths.
    records: Vec<(String, u64)>,
}

impl Sight {
    /// What there is now.
    pub(super) fn of(setup: &Setup) -> Self {
        let roots = setup.projects.iter().zip(setup.root_names());
        let transcripts = roots.map(|(projects, name)| (name, scan(projects, &mut Vec::new()))).collect();
        let records = inbox::files(&paths::inbox(&setup.state)).unwrap_or_default();
        let records = records.into_iter().map(|(name, meta)| (name, meta.len())).collect();
        Self { transcripts, records }
    }

    /// Whether the database holds what there was then; what was appended since is not asked for.
    pub(super) fn is_read(&self, reading: &Reading) -> Result<bool, Error> {
        let (files, taken) = (reading.files_by_root()?, reading.inbox()?);
        let recorded = |(name, length): &(String, u64)| taken.get(name).is_some_and(|at| at.size >= *length);
        Ok(self.records.iter().all(recorded)
            && self.transcripts.iter().all(|(root, seen)| {
                seen.iter().all(|seen| {
                    files.get(&(root.clone(), seen.path.clone())).is_some_and(|cursor| {
                        cursor.size >= seen.meta.len() && cursor.modified != -1
                            || cursor.is_current(&seen.meta)
                    })
                })
            }))
    }
}
