//! Everything at once: what was spent lately, on what, and how much of budgets and limits that is.

use super::{Current, Report};
use crate::snapshot::wire::{Budget, Limit};
use serde::Serialize;

/// The answer to "what does it cost", for reading from top to bottom.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Today, this week and this month.
    pub current: Current,
    /// The days that are looked at, by project.
    pub projects: Report,
    /// The same days by model.
    pub models: Report,
    /// The budgets in force, of everything.
    pub budgets: Vec<Budget>,
    /// The plan's limits as far as someone told of them.
    pub limits: Vec<Limit>,
}
