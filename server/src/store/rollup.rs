//! Sums that follow their responses: collected while a transaction runs, written just before it ends.

use crate::money::NanoUsd;
use crate::store::Roots;
use crate::sums::Sums;
use crate::time::Millis;
use crate::tokens::Tokens;
use rusqlite::{Connection, Result, Row, ToSql, params_from_iter};
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

    /// Writes the changes; nothing is left of them. Gives the earliest quarter hour that they touch.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<Option<i64>> {
        let mut sessions: BTreeMap<i64, BTreeMap<Roots, Sums>> = BTreeMap::new();
        let mut lifetime: BTreeMap<Roots, Sums> = BTreeMap::new();
        let mut touched = None;
        let sql = upsert("rollup", &["quarter", "session_id", "model_id", "roots"]);
        let mut statement = connection.prepare_cached(&sql)?;
        for (place, sums) in std::mem::take(&mut self.quarters) {
            if sums.is_zero() {
                continue;
            }
            let key = [place.quarter, place.session, place.model, place.roots];
            statement.execute(params_from_iter(key.into_iter().chain(values(&sums))))?;
            *sessions.entry(place.session).or_default().entry(place.roots).or_default() += sums;
            *lifetime.entry(place.roots).or_default() += sums;
            // Places are in the order of time.
            touched.get_or_insert(place.quarter);
        }
        let sql = upsert("session_rollup", &["session_id", "roots"]);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut unions: BTreeMap<Roots, i64> = BTreeMap::new();
        for (session, changes) in sessions {
            let mut messages = messages_of(connection, session)?;
            *unions.entry(union(&messages)).or_default() -= 1;
            for (roots, sums) in changes {
                statement.execute(params_from_iter([session, roots].into_iter().chain(values(&sums))))?;
                *messages.entry(roots).or_default() += sums.messages;
            }
            *unions.entry(union(&messages)).or_default() += 1;
        }
        write_lifetime(connection, &lifetime, &unions)?;
        self.write_agents(connection)?;
        Ok(touched)
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

/// Sums of everything, and how many sessions lie in which roots.
fn write_lifetime(
    connection: &Connection,
    lifetime: &BTreeMap<Roots, Sums>,
    unions: &BTreeMap<Roots, i64>,
) -> Result<()> {
    let sql = upsert("lifetime", &["roots"]);
    let mut statement = connection.prepare_cached(&sql)?;
    for (roots, sums) in lifetime {
        statement.execute(params_from_iter([*roots].into_iter().chain(values(sums))))?;
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO lifetime_session (roots, sessions) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions",
    )?;
    for (roots, change) in unions {
        // A session without responses lies in no root.
        if *roots != 0 && *change != 0 {
            statement.execute([*roots, *change])?;
        }
    }
    Ok(())
}

/// The responses of a session by the set of roots that hold them.
fn messages_of(connection: &Connection, session: i64) -> Result<BTreeMap<Roots, i64>> {
    connection
        .prepare_cached("SELECT roots, messages FROM session_rollup WHERE session_id = ?1")?
        .query_map([session], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The roots that hold any of these responses.
fn union(messages: &BTreeMap<Roots, i64>) -> Roots {
    messages.iter().filter(|(_, count)| **count > 0).fold(0, |union, (roots, _)| union | roots)
}

/// An insert that adds to a row which is already there.
fn upsert(table: &str, key: &[&str]) -> String {
    let marks = vec!["?"; key.len() + 10].join(", ");
    format!(
        "INSERT INTO {table} ({}, {COLUMNS}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {ADDED}",
        key.join(", ")
    )
}
