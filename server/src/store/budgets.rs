//! Budgets as the store has them: what was set and when, how each stands, and what lifts hard limits for a while.

use super::reading::Reading;
use super::schema::{Error, version};
use crate::budgets::{self, Budget, Origin, Period, Scope, Span, Standing, Terms};
use crate::money::NanoUsd;
use crate::time::{Millis, Zone};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// The schema that has budgets and alerts.
const SINCE: i64 = 5;
/// The schema that says of a budget how much has no price.
const UNPRICED_SINCE: i64 = 9;

/// Whether the database has budgets and alerts: that of an older program has none.
pub(super) fn are_there(connection: &Connection) -> Result<bool> {
    Ok(version(connection)? >= SINCE)
}

/// Where someone is about to work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whereabouts<'a> {
    /// The session's id; it may not be known yet.
    pub session: Option<&'a str>,
    /// The folder.
    pub project: Option<&'a str>,
}

/// A hard limit that is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardStop {
    /// The budget.
    pub budget: Budget,
    /// What was spent of it.
    pub spent: NanoUsd,
    /// When its period ends; `None` for a session's.
    pub until: Option<Millis>,
    /// All of that, and what to do about it, in two sentences.
    pub message: String,
}

impl Reading {
    /// The budgets in force and how each stands, as of the latest revision.
    pub fn standings(&self) -> std::result::Result<Vec<Standing>, Error> {
        Ok(standings(&self.connection)?)
    }

    /// Every budget that was ever set, the latest first.
    pub fn budget_history(&self) -> std::result::Result<Vec<Budget>, Error> {
        Ok(history(&self.connection)?)
    }

    /// Until when hard limits are lifted; `None` where they hold.
    pub fn override_until(&self, now: Millis) -> std::result::Result<Option<Millis>, Error> {
        Ok(override_until(&self.connection, now)?)
    }

    /// The hard limit that says stop to work at this place, if one does: of several the one that lasts longest. Cheap,
    /// however long history is.
    pub fn hard_stop(
        &self,
        now: Millis,
        zone: &Zone,
        place: &Whereabouts<'_>,
    ) -> std::result::Result<Option<HardStop>, Error> {
        Ok(hard_stop(&self.connection, now, zone, place)?)
    }
}

pub(super) const COLUMNS: &str =
    "b.id, b.scope, b.name, b.period, b.amount, b.thresholds, b.hard, b.source, b.set_at, b.removed_at";

/// Reads a budget whose columns begin at 0; `None` where a newer program knows scopes or periods that this one does not.
pub(super) fn budget(row: &Row<'_>) -> Result<Option<Budget>> {
    let (kind, name): (String, String) = (row.get(1)?, row.get(2)?);
    let (period, thresholds, origin): (String, String, String) = (row.get(3)?, row.get(5)?, row.get(7)?);
    let Some((scope, period)) = Scope::of(&kind, &name).zip(Period::named(&period)) else { return Ok(None) };
    let terms = Terms {
        scope,
        period,
        limit: NanoUsd(row.get(4)?),
        thresholds: thresholds.split(',').filter_map(|at| at.parse().ok()).collect(),
        hard: row.get(6)?,
    };
    let origin = if origin == Origin::Config.name() { Origin::Config } else { Origin::Command };
    Ok(Some(Budget { id: row.get(0)?, terms, origin, set_at: row.get(8)?, removed_at: row.get(9)? }))
}

/// Thresholds as they are kept.
pub(super) fn joined(thresholds: &[u32]) -> String {
    thresholds.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The budgets that count.
pub(super) fn in_force(connection: &Connection) -> Result<Vec<Budget>> {
    if !are_there(connection)? {
        return Ok(Vec::new());
    }
    Ok(budgets::in_force(held(connection)?))
}

/// The budgets that were not removed, also those that another one stands above.
pub(super) fn held(connection: &Connection) -> Result<Vec<Budget>> {
    let sql = format!("SELECT {COLUMNS} FROM budget b WHERE b.removed_at IS NULL ORDER BY b.id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], budget)?;
    rows.filter_map(Result::transpose).collect()
}

fn history(connection: &Connection) -> Result<Vec<Budget>> {
    if !are_there(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM budget b ORDER BY b.id DESC"))?;
    let rows = statement.query_map([], budget)?;
    rows.filter_map(Result::transpose).collect()
}

pub(super) fn standings(connection: &Connection) -> Result<Vec<Standing>> {
    let mut read = None;
    in_force(connection)?
        .into_iter()
        .map(|budget| {
            let statement = match &mut read {
                Some(statement) => statement,
                none => {
                    // An older program leads.
                    let unpriced = if version(connection)? < UNPRICED_SINCE { "0" } else { "unpriced" };
                    none.insert(connection.prepare_cached(&format!(
                        "SELECT starts_at, ends_at, spent, exhausted_at, {unpriced} FROM budget_state WHERE budget_id = ?1"
                    ))?)
                }
            };
            let found = statement
                .query_row([budget.id], |row| Ok((state(row)?, row.get::<_, i64>(4)?)))
                .optional()?
                .unwrap_or_default();
            let ((span, spent, exhausted_at), unpriced) = found;
            Ok(Standing { budget, span, spent, unpriced, exhausted_at })
        })
        .collect()
}

type State = (Option<Span>, NanoUsd, Option<Millis>);

fn state(row: &Row<'_>) -> Result<State> {
    let (from, to): (Option<Millis>, Option<Millis>) = (row.get(0)?, row.get(1)?);
    Ok((from.zip(to).map(|(from, to)| Span { from, to }), NanoUsd(row.get(2)?), row.get(3)?))
}

/// Keeps how a budget stands; says whether that is something new.
pub(super) fn keep(connection: &Connection, standing: &Standing) -> Result<bool> {
    let Standing { budget, span, spent, unpriced, exhausted_at } = standing;
    let (from, to) = (span.map(|span| span.from), span.map(|span| span.to));
    let rows = connection
        .prepare_cached(
            "INSERT INTO budget_state (budget_id, starts_at, ends_at, spent, exhausted_at, unpriced)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET starts_at = ?2, ends_at = ?3, spent = ?4, exhausted_at = ?5, unpriced = ?6
             WHERE (starts_at, ends_at, spent, exhausted_at, unpriced) IS NOT (?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![budget.id, from, to, spent.0, exhausted_at, unpriced])?;
    Ok(rows > 0)
}

pub(super) fn override_until(connection: &Connection, now: Millis) -> Result<Option<Millis>> {
    if !are_there(connection)? {
        return Ok(None);
    }
    let until: Option<Millis> = connection
        .prepare_cached("SELECT until FROM budget_override ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(until.filter(|until| now < *until))
}

/// A session's project, branch and model, and what it cost.
fn session(connection: &Connection, id: &str) -> Result<Option<(String, String, String, NanoUsd)>> {
    connection
        .prepare_cached(
            "SELECT p.text, b.text, m.text,
               IFNULL((SELECT SUM(cost) FROM session_rollup r WHERE r.session_id = s.id), 0)
             FROM session s JOIN name p ON p.id = s.project_id JOIN name b ON b.id = s.branch_id
             JOIN name m ON m.id = s.model_id WHERE s.uuid = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, NanoUsd(row.get(3)?))))
        .optional()
}

fn hard_stop(
    connection: &Connection,
    now: Millis,
    zone: &Zone,
    place: &Whereabouts<'_>,
) -> Result<Option<HardStop>> {
    let mut standings = standings(connection)?;
    standings.retain(|standing| standing.budget.terms.hard);
    if standings.is_empty() || override_until(connection, now)?.is_some() {
        return Ok(None);
    }
    let session = place.session.map(|id| session(connection, id)).transpose()?.flatten();
    let (project, branch, model, cost) = session.unwrap_or_default();
    let here = place.project.unwrap_or(&project);
    let stops = standings.into_iter().filter_map(|standing| {
        let Standing { budget, span, spent, .. } = standing;
        let terms = &budget.terms;
        if !terms.scope.counts(&project, &branch, &model) && !terms.scope.counts(here, &branch, &model) {
            return None;
        }
        let spent = terms.spent_at(now, span, spent, Some(cost))?;
        let used_up = budgets::reaches(spent, terms.limit, budgets::WHOLE);
        let until = span.map(|span| span.to);
        let message = used_up.then(|| message(terms, spent, until, now, zone))?;
        Some(HardStop { budget, spent, until, message })
    });
    Ok(stops.max_by_key(|stop| stop.until.unwrap_or(Millis::MAX)))
}

fn message(terms: &Terms, spent: NanoUsd, until: Option<Millis>, now: Millis, zone: &Zone) -> String {
    let anew = match until {
        Some(at) => format!("begins anew {}", crate::wording::moment(at, now, zone)),
        None => "begins anew with another session".to_owned(),
    };
    format!(
        "The {} of {} is used up: {} was spent, and it {anew}. `costline budget override 30m` lets work go on for half an hour.",
        terms.title(),
        terms.limit.short(),
        spent.short(),
    )
}

/// When a budget was used up in this period, as it was kept last.
pub(super) fn exhausted(connection: &Connection, id: i64, span: Option<Span>) -> Result<Option<Millis>> {
    let found = connection
        .prepare_cached(
            "SELECT starts_at, ends_at, spent, exhausted_at FROM budget_state s JOIN budget b ON b.id = s.budget_id
             WHERE s.budget_id = ?1 AND s.spent >= b.amount",
        )?
        .query_row([id], state)
        .optional()?;
    Ok(found.filter(|(held, ..)| *held == span).and_then(|(_, _, at)| at))
}
