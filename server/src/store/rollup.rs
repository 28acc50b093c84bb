//! Sums that follow their responses: collected while a transaction runs, written just before it ends.

use crate::money::NanoUsd;
use crate::store::Roots;
use crate::sums::Sums;
use crate::time::Millis;
use crate::tokens::Tokens;
use rusqlite::{Connection, OptionalExtension, Result, Row, ToSql, params_from_iter};
use std::collections::BTreeMap;

/// The columns of a sum, in the order of [`values`] and [`read`].
pub(super) const COLUMNS: &str = "messages, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches, cost, unpriced, lower_bound";

/// The same columns, summed over rows.
pub(super) const SUMMED: &str = "IFNULL(SUM(messages), 0), IFNULL(SUM(input), 0), IFNULL(SUM(output), 0), IFNULL(SUM(cache_write_5m), 0), IFNULL(SUM(cache_write_1h), 0), IFNULL(SUM(cache_read), 0), IFNULL(SUM(web_searches), 0), IFNULL(SUM(cost), 0), IFNULL(SUM(unpriced), 0), IFNULL(SUM(lower_bound), 0)";

const ADDED: &str = "messages = messages + excluded.messages, input = input + excluded.input, output = output + excluded.output, cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h, cache_read = cache_read + excluded.cache_read, web_searches = web_searches + excluded.web_searches, cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced, lower_bound = lower_bound + excluded.lower_bound";

/// Reads a sum whose columns begin at `from`.
pub(super) fn read(row: &Row<'_>, from: usize) -> Result<Sums> {
    Ok(Sums {
        messages: row.get(from)?,
        tokens: tokens(row, from + 1)?,
        cost: NanoUsd(row.get(from + 7)?),
        unpriced: row.get(from + 8)?,
        lower_bound: row.get(from + 9)?,
    })
}

/// Reads the counts of tokens whose columns begin at `from`.
pub(super) fn tokens(row: &Row<'_>, from: usize) -> Result<Tokens> {
    Ok(Tokens {
        input: row.get(from)?,
        output: row.get(from + 1)?,
        cache_write_5m: row.get(from + 2)?,
        cache_write_1h: row.get(from + 3)?,
        cache_read: row.get(from + 4)?,
        web_searches: row.get(from + 5)?,
    })
}

fn values(sums: &Sums) -> [i64; 10] {
    let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read, web_searches } = sums.tokens;
    let Sums { messages, cost, unpriced, lower_bound, .. } = *sums;
    [
        messages,
        input,
        output,
        cache_write_5m,
        cache_write_1h,
        cache_read,
        web_searches,
        cost.0,
        unpriced,
        lower_bound,
    ]
}

/// Where a response is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) quarter: i64,
    pub(super) session: i64,
    pub(super) model: i64,
    pub(super) roots: Roots,
}

/// What a transaction changes in the sums.
#[derive(Default)]
pub(super) struct Deltas {
    quarters: BTreeMap<Place, Sums>,
    agents: BTreeMap<(i64, i64), (i64, Option<Millis>)>,
}

impl Deltas {
    pub(super) fn add(&mut self, place: Place, sums: Sums) {
        *self.quarters.entry(place).or_default() += sums;
    }

    pub(super) fn subtract(&mut self, place: Place, sums: Sums) {
        let held = self.quarters.entry(place).or_default();
        *held = *held - sums;
    }

    /// Adds to what a subagent cost, and notes when it was last seen at work.
    pub(super) fn agent(&mut self, session: i64, agent: i64, cost: i64, at: Option<Millis>) {
        let held = self.agents.entry((session, agent)).or_default();
        held.0 += cost;
        held.1 = held.1.max(at);
    }

    /// Writes the changes; nothing is left of them.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<()> {
        let mut sessions: BTreeMap<(i64, Roots), Sums> = BTreeMap::new();
        let mut lifetime: BTreeMap<Roots, (i64, Sums)> = BTreeMap::new();
        let sql = upsert("rollup", &["quarter", "session_id", "model_id", "roots"]);
        let mut statement = connection.prepare_cached(&sql)?;
        for (place, sums) in std::mem::take(&mut self.quarters) {
            if sums.is_zero() {
                continue;
            }
            let key = [place.quarter, place.session, place.model, place.roots];
            statement.execute(params_from_iter(key.into_iter().chain(values(&sums))))?;
            *sessions.entry((place.session, place.roots)).or_default() += sums;
            lifetime.entry(place.roots).or_default().1 += sums;
        }
        let sql = upsert("session_rollup", &["session_id", "roots"]);
        let mut statement = connection.prepare_cached(&sql)?;
        for ((session, roots), sums) in sessions {
            let before = messages_of(connection, session, roots)?;
            statement.execute(params_from_iter([session, roots].into_iter().chain(values(&sums))))?;
            let after = before + sums.messages;
            lifetime.entry(roots).or_default().0 += i64::from(after > 0) - i64::from(before > 0);
        }
        self.write_lifetime(connection, &lifetime)?;
        self.write_agents(connection)
    }

    #[allow(clippy::unused_self, reason = "one of the steps of `write`")]
    fn write_lifetime(&self, connection: &Connection, lifetime: &BTreeMap<Roots, (i64, Sums)>) -> Result<()> {
        let sql = upsert("lifetime", &["roots"]);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut sessions =
            connection.prepare_cached("UPDATE lifetime SET sessions = sessions + ?2 WHERE roots = ?1")?;
        for (roots, (count, sums)) in lifetime {
            statement.execute(params_from_iter([*roots].into_iter().chain(values(sums))))?;
            sessions.execute([*roots, *count])?;
        }
        Ok(())
    }

    fn write_agents(&mut self, connection: &Connection) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO agent (session_id, name_id, cost, last_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET cost = cost + excluded.cost,
             last_at = MAX(IFNULL(last_at, excluded.last_at), IFNULL(excluded.last_at, last_at))",
        )?;
        for ((session, agent), (cost, at)) in std::mem::take(&mut self.agents) {
            statement.execute([&session as &dyn ToSql, &agent, &cost, &at])?;
        }
        Ok(())
    }
}

fn messages_of(connection: &Connection, session: i64, roots: Roots) -> Result<i64> {
    let found = connection
        .prepare_cached("SELECT messages FROM session_rollup WHERE session_id = ?1 AND roots = ?2")?
        .query_row([session, roots], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// An insert that adds to a row which is already there.
fn upsert(table: &str, key: &[&str]) -> String {
    let marks = vec!["?"; key.len() + 10].join(", ");
    // `lifetime` counts sessions as well: they start at none.
    let (extra, zero) = if table == "lifetime" { (", sessions", ", 0") } else { ("", "") };
    format!(
        "INSERT INTO {table} ({}, {COLUMNS}{extra}) VALUES ({marks}{zero}) ON CONFLICT DO UPDATE SET {ADDED}",
        key.join(", ")
    )
}
