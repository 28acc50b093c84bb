//! Putting rows of the store together by one key, and by a second one within.

use super::key::Keyer;
use super::rows::{Origin, Response, Tool};
use super::source::{Quarter, Source, start_of};
use crate::reports::{By, Tally};
use rusqlite::Result;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is put together by one key.
pub(super) struct Grouper<'a> {
    source: &'a Source<'a>,
    keyer: Keyer<'a>,
    /// The second key.
    split: Option<Keyer<'a>>,
    /// All of it.
    pub(super) total: Tally,
    groups: HashMap<i64, Tally>,
    /// Parts of groups: by the group, then by the second key's.
    parts: HashMap<(i64, i64), Tally>,
    agents: HashMap<i64, HashSet<(i64, i64)>>,
}

impl<'a> Grouper<'a> {
    pub(super) fn new(source: &'a Source<'a>, by: By) -> Result<Self> {
        Self::split(source, by, None)
    }

    /// Puts together by a key, and the rows' parts by another.
    pub(super) fn split(source: &'a Source<'a>, by: By, split: Option<By>) -> Result<Self> {
        Ok(Self {
            source,
            keyer: Keyer::new(source, by)?,
            split: split.map(|split| Keyer::new(source, split)).transpose()?,
            total: Tally::default(),
            groups: HashMap::new(),
            parts: HashMap::new(),
            agents: HashMap::new(),
        })
    }

    /// Adds the sums of a quarter hour; for keys that these are enough for.
    pub(super) fn add_quarter(&mut self, row: &Quarter) {
        let at = start_of(row.number);
        let group = self.keyer.group_of_quarter(row);
        self.total.add(row.sums, row.session, at);
        self.groups.entry(group).or_default().add(row.sums, row.session, at);
        if let Some(split) = &mut self.split {
            let part = (group, split.group_of_quarter(row));
            self.parts.entry(part).or_default().add(row.sums, row.session, at);
        }
    }

    /// Adds a response with the tools that it used.
    pub(super) fn add(&mut self, response: &Response, origin: &Origin, used: &[Tool]) -> Result<()> {
        self.total.add(response.sums, origin.session, response.at);
        let groups: Vec<i64> = self.keyer.groups_of(response, origin, used)?.into_iter().collect();
        let parts = match &mut self.split {
            Some(split) => split.groups_of(response, origin, used)?,
            None => BTreeSet::new(),
        };
        for (group, share) in groups.iter().zip(response.sums.shares(groups.len())) {
            let tally = self.groups.entry(*group).or_default();
            tally.add(share, origin.session, response.at);
            tally.took.extend(response.took);
            if origin.agent != 0 || origin.sidechain {
                self.agents.entry(*group).or_default().insert((origin.session, origin.agent));
            }
            for (part, share) in parts.iter().zip(share.shares(parts.len())) {
                self.parts.entry((*group, *part)).or_default().add(share, origin.session, response.at);
            }
        }
        self.tally_tools(&groups, origin, used)
    }

    /// Counts what the tools of a response did, for the groups that they concern.
    fn tally_tools(&mut self, groups: &[i64], origin: &Origin, used: &[Tool]) -> Result<()> {
        for tool in used {
            let is_use = self.keyer.is_use(tool);
            for group in self.keyer.concerned(tool, origin, groups)? {
                let Some(tally) = self.groups.get_mut(&group) else { continue };
                tally.tool_calls += 1;
                tally.lines_added += tool.added;
                tally.lines_removed += tool.removed;
                if tool.file != 0 && !tool.failed {
                    tally.files.insert(tool.file);
                }
                if is_use {
                    *tally.uses.get_or_insert(0) += 1;
                    *tally.failures.get_or_insert(0) += i64::from(tool.failed);
                }
            }
        }
        Ok(())
    }

    /// The rows by key, in no order.
    pub(super) fn rows(&mut self) -> Result<Vec<(String, Tally)>> {
        let mut parts = self.parts_by_group()?;
        let groups = std::mem::take(&mut self.groups);
        let mut rows = Vec::with_capacity(groups.len());
        #[allow(clippy::iter_over_hash_type, reason = "the report orders its rows")]
        for (group, mut tally) in groups {
            if self.keyer.by == By::Agent && group != 0 {
                tally.uses = self.agents.get(&group).map(|agents| agents.len() as i64);
            }
            if let (By::Session, Some(session)) = (self.keyer.by, self.source.sessions.get(&group)) {
                tally.first = session.started.or(tally.first);
                tally.last = session.last.max(tally.last);
                tally.api_ms = session.api_ms;
            }
            tally.parts = parts.remove(&group).unwrap_or_default();
            rows.push((self.keyer.key(group)?, tally));
        }
        Ok(rows)
    }

    /// Each group's parts by the second key, in no order.
    fn parts_by_group(&mut self) -> Result<HashMap<i64, Vec<(String, Tally)>>> {
        let mut found: HashMap<i64, Vec<(String, Tally)>> = HashMap::new();
        let Some(split) = &self.split else { return Ok(found) };
        // Rows are many and the second key's groups few: each is named once.
        let mut names: HashMap<i64, String> = HashMap::new();
        #[allow(clippy::iter_over_hash_type, reason = "the report orders its parts")]
        for ((group, part), tally) in std::mem::take(&mut self.parts) {
            let name = match names.entry(part) {
                std::collections::hash_map::Entry::Occupied(known) => known.get().clone(),
                std::collections::hash_map::Entry::Vacant(free) => free.insert(split.key(part)?).clone(),
            };
            found.entry(group).or_default().push((name, tally));
        }
        Ok(found)
    }
}
