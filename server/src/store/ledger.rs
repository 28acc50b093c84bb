//! The door through which any process may write: budgets, what lifts them, and what becomes of alerts. Usage is written by
//! the leader alone; here each call is one short transaction, which raises the revision where a status shows the change.

use super::budgets::{self, COLUMNS};
use super::schema::{Error, SCHEMA_VERSION, version};
use super::standing::settle;
use super::writer::{meta, set_meta};
use crate::budgets::{Budget, Calendar, Origin, Terms};
use crate::time::Millis;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a leader's transaction is waited for: it ends one twice a second.
const BUSY: Duration = Duration::from_secs(2);

/// A hold on what any process may write.
pub struct Ledger {
    connection: Connection,
}

/// What a person can do with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was seen: it is told no more.
    Acknowledged,
    /// Nothing more about this matter until its period ends.
    Snoozed,
}

impl Ledger {
    /// Opens the database at `path`, which a leader must have made.
    pub fn open(path: &Path) -> std::result::Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing(path.to_owned()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        let place = || -> PathBuf { path.to_owned() };
        match version(&connection)? {
            found if found > SCHEMA_VERSION => Err(Error::Newer { path: place(), found }),
            found if found < SCHEMA_VERSION => Err(Error::Older { path: place(), found }),
            _ => Ok(Self { connection }),
        }
    }

    /// Sets budgets from `now` on, in the place of those that are about the same; gives them. They count at once, also where
    /// nobody leads.
    pub fn set(
        &mut self,
        budgets: &[Terms],
        calendar: &Calendar,
        now: Millis,
    ) -> std::result::Result<Vec<Budget>, Error> {
        let transaction = self.begin()?;
        let set = budgets.iter().map(|terms| replace(&transaction, terms, Origin::Command, now));
        let set = set.collect::<Result<Vec<_>>>()?;
        let revision: i64 = meta(&transaction, "revision")?.unwrap_or(0);
        settle(&transaction, &set, calendar, now, revision)?;
        finish(transaction)?;
        Ok(set)
    }

    /// Ends a budget; `None` where none of this number is in force.
    pub fn remove(&mut self, id: i64, now: Millis) -> std::result::Result<Option<Budget>, Error> {
        let transaction = self.begin()?;
        let found = find(&transaction, id)?;
        if found.as_ref().is_some_and(|budget| budget.origin == Origin::Command) {
            end(&transaction, id, now)?;
        }
        finish(transaction)?;
        Ok(found)
    }

    /// Lifts hard limits until a moment; one that is past has them hold again.
    pub fn override_until(&mut self, until: Millis, now: Millis) -> std::result::Result<(), Error> {
        let transaction = self.begin()?;
        transaction.execute("INSERT INTO budget_override (set_at, until) VALUES (?1, ?2)", [now, until])?;
        finish(transaction)?;
        Ok(())
    }

    /// Notes what a person did with an alert; `false` where there is none of this number.
    pub fn mark(&mut self, id: i64, mark: Mark, now: Millis) -> std::result::Result<bool, Error> {
        let transaction = self.begin()?;
        let rows = match mark {
            Mark::Acknowledged => transaction.execute(
                "UPDATE alert SET acknowledged_at = IFNULL(acknowledged_at, ?2)
                 WHERE id = ?1 OR told_with = ?1",
                [id, now],
            )?,
            // What comes later in the period, is of the same subject and bound, is told no more either.
            Mark::Snoozed => transaction.execute(
                "UPDATE alert SET snoozed_until = IFNULL(alert.resets_at, ?2) FROM alert AS one
                 WHERE one.id = ?1 AND (alert.rule, alert.subject, alert.bound, alert.starts_at)
                   = (one.rule, one.subject, one.bound, one.starts_at)",
                [id, now.saturating_add(SNOOZE)],
            )?,
        };
        finish(transaction)?;
        Ok(rows > 0)
    }

    /// Notes that alerts were told on the desktop.
    pub fn told_on_desktop(&mut self, ids: &[i64], now: Millis) -> std::result::Result<(), Error> {
        // Nothing that a status shows.
        let transaction = self.begin()?;
        for id in ids {
            transaction.execute("UPDATE alert SET desktop_told_at = ?2 WHERE id = ?1", [*id, now])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Notes that alerts that count as told on the desktop were not, after all.
    pub fn untold_on_desktop(&mut self, ids: &[i64]) -> std::result::Result<(), Error> {
        let transaction = self.begin()?;
        for id in ids {
            transaction.execute("UPDATE alert SET desktop_told_at = NULL WHERE id = ?1", [*id])?;
        }
        transaction.commit()?;
        Ok(())
    }

    pub(super) fn begin(&mut self) -> Result<Transaction<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// How long an alert without a period is snoozed.
const SNOOZE: Millis = 24 * crate::time::HOUR;

/// The number that grows with every change of budgets: the leader works out anew how they stand.
pub(super) const CHANGES: &str = "budget_changes";

/// Raises the revision and ends the transaction.
fn finish(transaction: Transaction<'_>) -> Result<()> {
    let revision: i64 = meta(&transaction, "revision")?.unwrap_or(0);
    set_meta(&transaction, "revision", &(revision + 1))?;
    let changes: i64 = meta(&transaction, CHANGES)?.unwrap_or(0);
    set_meta(&transaction, CHANGES, &(changes + 1))?;
    transaction.commit()
}

fn find(connection: &Connection, id: i64) -> Result<Option<Budget>> {
    let sql = format!("SELECT {COLUMNS} FROM budget b WHERE b.id = ?1 AND b.removed_at IS NULL");
    Ok(connection.prepare_cached(&sql)?.query_row([id], budgets::budget).optional()?.flatten())
}

fn end(connection: &Connection, id: i64, now: Millis) -> Result<()> {
    connection
        .prepare_cached("UPDATE budget SET removed_at = MAX(?2, set_at) WHERE id = ?1")?
        .execute([id, now])?;
    connection.prepare_cached("DELETE FROM budget_state WHERE budget_id = ?1")?.execute([id])?;
    Ok(())
}

/// Sets a budget in the place of the one that is about the same and of the same origin. One that says the same stays.
fn replace(connection: &Connection, terms: &Terms, origin: Origin, now: Millis) -> Result<Budget> {
    for held in budgets::held(connection)? {
        if held.origin != origin || held.terms.subject() != terms.subject() {
            continue;
        }
        if held.terms == *terms {
            return Ok(held);
        }
        end(connection, held.id, now)?;
    }
    let values = params![
        terms.scope.kind(),
        terms.scope.name(),
        terms.period.name(),
        terms.limit.0,
        budgets::joined(&terms.thresholds),
        terms.hard,
        origin.name(),
        now
    ];
    let id = connection
        .prepare_cached(
            "INSERT INTO budget (scope, name, period, amount, thresholds, hard, source, set_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .insert(values)?;
    Ok(Budget { id, terms: terms.clone(), origin, set_at: now, removed_at: None })
}

/// Makes the budgets of the config file those that hold; says whether anything changed. In the leader's transaction. Where the
/// file is not whole, what it does not name stays: a slip of the pen must not lift a limit.
pub(super) fn adopt(
    connection: &Connection,
    configured: &[Terms],
    is_whole: bool,
    now: Millis,
) -> Result<bool> {
    let mut changed = false;
    for held in budgets::held(connection)?.iter().filter(|held| held.origin == Origin::Config) {
        if is_whole && !configured.contains(&held.terms) {
            end(connection, held.id, now)?;
            changed = true;
        }
    }
    let held = budgets::held(connection)?;
    for terms in configured {
        let known = held.iter().any(|held| held.origin == Origin::Config && held.terms == *terms);
        if !known {
            replace(connection, terms, Origin::Config, now)?;
            changed = true;
        }
    }
    Ok(changed)
}
