//! The lookout: with each commit that changed something the leader works out how budgets stand, lets the rules look, and keeps
//! what they find, all in that commit's transaction.

mod gather;

use super::spent::Spent;
use super::standing::{block, span, standing};
use super::writer::{Committed, Writer, meta, set_meta};
use super::{Error, alerts, budgets, ledger, limits};
use crate::alerts::rules::{Facts, Stood, findings};
use crate::budgets::{Budget, Calendar, Period, Recent, Span, Standing, Terms};
use crate::limits::merged;
use crate::money::NanoUsd;
use crate::snapshot::ACTIVE_FOR;
use crate::time::Millis;
use gather::{Recently, bursts, name, session_facts, sessions, usual};
use rusqlite::Result;
use std::collections::HashMap;

/// The revision as of which was looked last, and how days were counted then.
const LOOKED: &str = "looked_at";
const LOOKED_BY: &str = "looked_by";

/// What is looked out for.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookout {
    /// How days are counted.
    pub calendar: Calendar,
    /// The thresholds of plan limits in percent.
    pub limit_thresholds: Vec<u32>,
    /// The budgets of the config file.
    pub configured: Vec<Terms>,
    /// All of the config file makes sense: budgets that it does not name are none any more.
    pub is_whole: bool,
}

impl Lookout {
    /// What a look depends on beside the data.
    fn manner(&self) -> String {
        let Calendar { zone, week_start, cycle_day } = &self.calendar;
        format!("{} {week_start} {cycle_day} {:?}", zone.name(), self.limit_thresholds)
    }
}

impl super::reading::Reading {
    /// Whether how budgets stand was worked out since anything changed.
    pub fn is_looked_at(&self) -> std::result::Result<bool, Error> {
        let revision: Option<i64> = meta(&self.connection, "revision")?;
        Ok(meta(&self.connection, LOOKED)? == revision)
    }
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    spent: Spent,
    /// The hour that was last asked for, and what it cost in weeks before.
    usual: Option<(Span, Vec<NanoUsd>)>,
    /// The most that a project cost in a quarter hour before this one.
    most: HashMap<String, (i64, NanoUsd)>,
}

impl Writer {
    /// Looks out for this from now on, with each commit; and now, where the settings or anything else changed since someone
    /// looked last.
    pub fn look_out(&mut self, lookout: Lookout, now: Millis) -> std::result::Result<Committed, Error> {
        let outcome = self.begin().and_then(|()| {
            let adopted = ledger::adopt(&self.connection, &lookout.configured, lookout.is_whole, now)?;
            self.changed |= adopted;
            let revision: Option<i64> = meta(&self.connection, "revision")?;
            let looked = meta(&self.connection, LOOKED)? == revision
                && meta(&self.connection, LOOKED_BY)? == Some(lookout.manner());
            self.look |= self.lookout.as_ref() != Some(&lookout) && !looked;
            self.lookout = Some(lookout);
            Ok(())
        });
        if let Err(error) = outcome {
            self.roll_back();
            return Err(error.into());
        }
        self.commit(now)
    }

    /// Looks no more: not everything is read that is there, and what is seen would not be true a moment later.
    pub fn look_away(&mut self) {
        self.lookout = None;
    }

    /// Whether it is looked out.
    pub const fn looks_out(&self) -> bool {
        self.lookout.is_some()
    }

    /// Looks at the next commit, whatever it changes.
    pub fn look_again(&mut self) {
        self.look = true;
    }

    /// A number that grows with every change of budgets and of what became of alerts.
    pub fn budget_changes(&self) -> std::result::Result<i64, Error> {
        Ok(meta(&self.connection, ledger::CHANGES)?.unwrap_or(0))
    }

    /// Looks, as of a moment and the revision that is about to be; says whether anything is to be kept.
    pub(super) fn evaluate(&mut self, now: Millis, revision: i64) -> Result<bool> {
        let Some(lookout) = self.lookout.take() else { return Ok(false) };
        let outcome = self.look_at(&lookout, now, revision);
        self.lookout = Some(lookout);
        outcome
    }

    /// Notes as of which revision it was looked.
    pub(super) fn note_look(&self, revision: i64) -> Result<()> {
        let Some(lookout) = &self.lookout else { return Ok(()) };
        set_meta(&self.connection, LOOKED, &revision)?;
        set_meta(&self.connection, LOOKED_BY, &lookout.manner())
    }

    fn look_at(&mut self, lookout: &Lookout, now: Millis, revision: i64) -> Result<bool> {
        let connection = &self.connection;
        let sessions = sessions(connection, now)?;
        let held = budgets::in_force(connection)?;
        self.memory.spent.keep(&held);
        let block = block(connection, &mut self.closed, now, revision)?;
        let mut stood = Vec::new();
        let mut changed = false;
        for budget in held {
            if budget.terms.period == Period::Session {
                changed |= budgets::keep(connection, &of_sessions(&budget, &sessions, now, &mut stood))?;
                continue;
            }
            let span = span(&budget, &lookout.calendar, block, now);
            let (standing, recent) =
                standing(connection, budget, span, &mut self.memory.spent, now, revision)?;
            changed |= budgets::keep(connection, &standing)?;
            stood.push(Stood { standing, recent, session: None });
        }
        let facts = Facts {
            now,
            zone: &lookout.calendar.zone,
            standings: stood,
            limits: merged(&limits::limits(connection, now)?, now),
            limit_thresholds: &lookout.limit_thresholds,
            usual: usual(connection, &lookout.calendar, &mut self.memory, now)?,
            bursts: bursts(connection, &sessions, &mut self.memory, now)?,
            sessions: sessions
                .iter()
                .map(|(_, row, _)| session_facts(connection, row, now, &self.prices))
                .collect::<Result<_>>()?,
        };
        Ok(alerts::record(connection, &findings(&facts), now)? || changed)
    }
}

/// Adds how each session that is at work stands; gives how the costliest of them does.
fn of_sessions(budget: &Budget, sessions: &[Recently], now: Millis, stood: &mut Vec<Stood>) -> Standing {
    let mut most = NanoUsd::ZERO;
    for (_, row, project) in sessions {
        let at_work = row.last.is_some_and(|last| now - last < ACTIVE_FOR);
        if !at_work || !budget.terms.scope.counts(project, &row.branch, &row.model) {
            continue;
        }
        most = most.max(row.cost);
        let standing =
            Standing { budget: budget.clone(), span: None, spent: row.cost, unpriced: 0, exhausted_at: None };
        stood.push(Stood { standing, recent: Recent::default(), session: Some((row.id.clone(), name(row))) });
    }
    Standing { budget: budget.clone(), span: None, spent: most, unpriced: 0, exhausted_at: None }
}

#[cfg(test)]
mod tests;
