//! One project in full.

use super::{By, Query, Report, Row, Tally, report, rows};
use crate::snapshot::wire::Totals;
use crate::time::Zone;
use serde::{Deserialize, Serialize};

/// A project: the sessions that were started in a folder, below it, or in the same place of another worktree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProjectReport {
    /// The folder that was asked for.
    pub project: String,
    /// The folders whose sessions count, with all below them.
    pub folders: Vec<String>,
    /// Sums, whatever the limit on rows.
    pub totals: Totals,
    /// By day.
    pub days: Vec<Row>,
    /// By session.
    pub sessions: Vec<Row>,
    /// By branch.
    pub branches: Vec<Row>,
    /// By model.
    pub models: Vec<Row>,
    /// The first day; `null` where there is none.
    pub since: Option<String>,
    /// The last day, inclusive.
    pub until: Option<String>,
    /// The zone of the days.
    pub timezone: String,
    /// `true` where some transcripts had not been read yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<bool>,
}

/// What a project is taken apart by.
pub const PROJECT_KEYS: [By; 4] = [By::Day, By::Session, By::Branch, By::Model];

/// Makes the report of a project out of its parts by each of [`PROJECT_KEYS`].
pub fn project(
    query: &Query,
    zone: &Zone,
    folders: Vec<String>,
    total: &Tally,
    parts: [Vec<(String, Tally)>; 4],
) -> ProjectReport {
    let Report { totals, since, until, timezone, .. } = report(query, zone, total, Vec::new());
    let mut keys = PROJECT_KEYS.into_iter();
    let [days, sessions, branches, models] =
        parts.map(|part| keys.next().map_or_else(Vec::new, |by| rows(by, None, zone, part, query.limit)));
    let project = folders.first().cloned().unwrap_or_default();
    ProjectReport {
        project,
        folders,
        totals,
        days,
        sessions,
        branches,
        models,
        since,
        until,
        timezone,
        partial: None,
    }
}
