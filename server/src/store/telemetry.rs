//! What Claude Code's telemetry says of requests: those that transcripts have learn how long they took, the others count.
//!
//! A request is known by its id, which a transcript's lines carry, too. Whichever comes first, it counts once: an event finds
//! the response of a transcript, and a transcript's response takes the place of what an event left.

use super::merge::{flag, quote};
use super::writer::Writer;
use crate::money::NanoUsd;
use crate::pricing::Quote;
use crate::reports::Counters;
use crate::sources::record::TokenCounts;
use crate::sources::telemetry::{Counted, Kind, Metered, Requested};
use crate::time::{HOUR, Millis, quarter_of};
use crate::tokens::Tokens;
use crate::transcript::record::{Name, Origin, Owner, Part, Response};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::sync::Arc;

/// The schema that has it.
const SINCE: i64 = 8;
/// What the key of a request begins with that telemetry alone tells of.
pub(super) const TOLD: &str = "request ";
/// What responses are from that telemetry alone tells of.
const SOURCE: &str = "otel";
/// A transcript's line is written while its response comes, and its time and the event's are of one clock. A process that
/// stands still in between makes some difference.
const APART: Millis = HOUR;
/// Claude Code rounds what it says to the millionth.
const NEAR: i64 = 1_000;

/// Of a counter: its amount, or its nano-dollars, and its tokens.
type Values = [i64; 5];

/// How far a counter has come.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    upto: Millis,
    values: Values,
}

impl Level {
    /// What a point adds to it; nothing where the point is known.
    fn increase(&self, at: Millis, point: &Metered) -> Option<Values> {
        if at <= self.upto {
            return None;
        }
        let TokenCounts { input, output, cache_write, cache_read } = point.counts;
        let usage = point.counted == Counted::Usage;
        let amount = if usage { point.cost.unwrap_or_default().0 } else { point.amount };
        let mut increase = [amount, input, output, cache_write, cache_read];
        if point.cumulative {
            for (value, held) in increase.iter_mut().zip(self.values) {
                // One that went back says nothing.
                *value = (*value - held).max(0);
            }
        }
        Some(increase)
    }
}

impl Writer {
    /// Looks whether there are requests that a transcript may yet tell of.
    pub(super) fn look_for_told(&mut self) -> Result<()> {
        self.told = self
            .connection
            .prepare("SELECT 1 FROM response WHERE source_id != 0 AND request != '' LIMIT 1")?
            .exists([])?;
        Ok(())
    }

    /// Takes in what telemetry tells of a request.
    pub(super) fn requested(&mut self, at: Millis, told: &Requested) -> Result<()> {
        // What transcripts said of that time may lie in an archive, and could not be found.
        if at < self.archived_before {
            return Ok(());
        }
        self.tells_requests(&told.session)?;
        let own_cost = told.cost.map(|cost| cost.0);
        if told.request.is_empty() {
            if told.kind.is_in_transcripts() {
                return Ok(());
            }
        } else {
            let from = at - told.duration_ms.unwrap_or(0) - APART;
            let known: Option<i64> = self
                .connection
                .prepare_cached(
                    "SELECT id FROM response WHERE at >= ?1 AND at < ?2 AND request = ?3 AND source_id = 0
                     ORDER BY part LIMIT 1",
                )?
                .query_row(params![from, at + APART, told.request], |row| row.get(0))
                .optional()?;
            if let Some(number) = known {
                return self.add_measures(number, told.duration_ms, own_cost);
            }
        }
        let id = if told.request.is_empty() { &told.event } else { &told.request };
        let origin = Origin {
            session: Name::from(&*told.session),
            sidechain: told.kind == Kind::Subagent,
            skill: Name::from(&*told.skill),
            mcp_server: Name::from(&*told.mcp_server),
            entrypoint: Name::from(&*told.entrypoint),
            version: Name::from(&*told.version),
            ..Origin::default()
        };
        let response = Response {
            key: format!("{TOLD}{id}").into(),
            part: match told.kind {
                Kind::Main | Kind::Subagent => Part::Whole,
                Kind::Compaction => Part::Compaction,
                Kind::Helper => Part::Helper,
            },
            request: told.request.as_str().into(),
            model: Name::from(&*told.model),
            speed: Name::from(&*told.speed),
            tokens: told.counts.tokens(),
            at,
            finished: true,
            owner: Owner { origin: Arc::new(origin), ..Owner::default() },
            ..Response::default()
        };
        if let Some(number) = self.told_response(response, told.cost)? {
            self.add_measures(number, told.duration_ms, own_cost)?;
        }
        Ok(())
    }

    /// Adds a response that telemetry alone tells of, at its price, or where that is another one at what Claude Code says.
    fn told_response(&mut self, mut response: Response, cost: Option<NanoUsd>) -> Result<Option<i64>> {
        let near =
            |quote: Quote| quote.priced && cost.is_none_or(|cost| (quote.cost.0 - cost.0).abs() <= NEAR);
        let mut quote = self::quote(&self.prices, &response);
        let mut told = false;
        if let Some(cost) = cost.filter(|_| !near(quote)) {
            let Tokens { cache_write_5m, .. } = response.tokens;
            let hour = Tokens { cache_write_5m: 0, cache_write_1h: cache_write_5m, ..response.tokens };
            let kept = Response { tokens: hour, ..response.clone() };
            let dearer = self::quote(&self.prices, &kept);
            if cache_write_5m > 0 && near(dearer) {
                (response, quote) = (kept, dearer);
            } else {
                (quote, told) = (Quote { cost, priced: true }, true);
            }
        }
        let Some(number) = self.add_told(&response, quote)? else { return Ok(None) };
        let source = self.names.id(&self.connection, &Name::from(SOURCE))?;
        let mark = if told { flag::TOLD } else { 0 };
        self.connection
            .prepare_cached("UPDATE response SET source_id = ?2, flags = flags | ?3 WHERE id = ?1")?
            .execute([number, source, mark])?;
        self.told |= !response.request.is_empty();
        Ok(Some(number))
    }

    fn add_measures(&self, number: i64, duration_ms: Option<i64>, own_cost: Option<i64>) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE response SET duration_ms = IFNULL(?2, duration_ms), own_cost = IFNULL(?3, own_cost) WHERE id = ?1",
            )?
            .execute(params![number, duration_ms, own_cost])?;
        Ok(())
    }

    /// A transcript tells of this request: what telemetry left of it goes, but for what it measured.
    pub(super) fn supersede(&mut self, request: &str, number: i64) -> Result<()> {
        if !self.told || request.is_empty() {
            return Ok(());
        }
        let known: bool = self
            .connection
            .prepare_cached("SELECT 1 FROM response WHERE request = ?1 AND request != '' AND source_id != 0")?
            .exists([request])?;
        if known && let Some(back) = self.take_back(&format!("{TOLD}{request}"))? {
            self.add_measures(number, back.duration_ms, back.own_cost.map(|cost| cost.0))?;
        }
        Ok(())
    }

    /// A session's requests are told of one by one: what its counters say of usage does not count, nor did it.
    fn tells_requests(&mut self, session: &str) -> Result<()> {
        let new = self
            .connection
            .prepare_cached("INSERT INTO told_session (session) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([session])?;
        if new == 0 {
            return Ok(());
        }
        let counted: Vec<String> = self
            .connection
            .prepare_cached(
                "SELECT r.key FROM response r JOIN origin o ON o.id = r.origin_id JOIN session s ON s.id = o.session_id
                 WHERE r.key GLOB 'meter *' AND s.uuid = ?1",
            )?
            .query_map([session], |row| row.get(0))?
            .collect::<Result<_>>()?;
        counted.iter().try_for_each(|key| self.take_back(key).map(|_| ()))
    }

    /// Takes in a point of a counter.
    pub(super) fn metered(&mut self, at: Millis, point: &Metered) -> Result<()> {
        if at < self.archived_before {
            return Ok(());
        }
        let level = self.level(point.series)?;
        let Some(increase) = level.increase(at, point) else { return Ok(()) };
        let mut values = level.values;
        values.iter_mut().zip(increase).for_each(|(value, more)| *value += more);
        let [amount, input, output, cache_write, cache_read] = values;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO meter (series, session, name, upto, amount, input, output, cache_write, cache_read)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                point.series,
                point.session,
                point.counted.name(),
                at,
                amount,
                input,
                output,
                cache_write,
                cache_read
            ])?;
        if point.counted == Counted::Usage && !self.is_told(&point.session)? {
            self.add_counted(at, point, increase)?;
        }
        Ok(())
    }

    fn level(&self, series: i64) -> Result<Level> {
        let held = self
            .connection
            .prepare_cached(
                "SELECT upto, amount, input, output, cache_write, cache_read FROM meter WHERE series = ?1",
            )?
            .query_row([series], |row| {
                let values = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                Ok(Level { upto: row.get(0)?, values })
            })
            .optional()?;
        Ok(held.unwrap_or_default())
    }

    fn is_told(&self, session: &str) -> Result<bool> {
        self.connection.prepare_cached("SELECT 1 FROM told_session WHERE session = ?1")?.exists([session])
    }

    /// Adds what a counter of usage went up by to what it went up by in the same quarter hour.
    fn add_counted(&mut self, at: Millis, point: &Metered, increase: Values) -> Result<()> {
        let [cost, input, output, cache_write, cache_read] = increase;
        let key = format!("meter {:016x} {}", point.series, quarter_of(at));
        let (mut counts, mut cost) = (TokenCounts { input, output, cache_read, cache_write }, NanoUsd(cost));
        let mut began = at;
        if let Some(back) = self.take_back(&key)? {
            began = back.at.min(at);
            counts.input += back.tokens.input;
            counts.output += back.tokens.output;
            counts.cache_read += back.tokens.cache_read;
            counts.cache_write += back.tokens.cache_write_5m + back.tokens.cache_write_1h;
            cost += back.own_cost.unwrap_or_default();
        }
        // Without money it was not told.
        let cost = Some(cost).filter(|cost| *cost > NanoUsd::ZERO);
        let session = Name::from(&*point.session);
        let response = Response {
            key: key.into(),
            part: Part::Helper,
            model: Name::from(&*point.model),
            speed: Name::from(&*point.speed),
            tokens: counts.tokens(),
            at: began,
            finished: true,
            owner: Owner { origin: Arc::new(Origin { session, ..Origin::default() }), ..Owner::default() },
            ..Response::default()
        };
        if let Some(number) = self.told_response(response, cost)? {
            self.add_measures(number, None, cost.map(|cost| cost.0))?;
        }
        Ok(())
    }
}

/// Whether the database knows of telemetry.
pub(super) fn has_telemetry(connection: &Connection) -> Result<bool> {
    Ok(super::schema::version(connection)? >= SINCE)
}

/// The column with how long a response took; an older schema has none.
pub(super) fn duration(connection: &Connection) -> Result<&'static str> {
    Ok(if has_telemetry(connection)? { "duration_ms" } else { "NULL" })
}

/// What counters say of a session.
pub(super) fn counters(connection: &Connection, session: &str) -> Result<Counters> {
    let mut counters = Counters::default();
    if !has_telemetry(connection)? {
        return Ok(counters);
    }
    let mut statement = connection.prepare_cached(
        "SELECT name, SUM(amount) FROM meter WHERE session = ?1 GROUP BY name ORDER BY name",
    )?;
    let mut rows = statement.query([session])?;
    while let Some(row) = rows.next()? {
        let amount = Some(row.get(1)?);
        match row.get_ref(0)?.as_str()? {
            "activeUser" => counters.user_ms = amount,
            "activeCli" => counters.work_ms = amount,
            "commits" => counters.commits = amount,
            "pullRequests" => counters.pull_requests = amount,
            // Usage is part of the sums.
            _ => {}
        }
    }
    Ok(counters)
}

#[cfg(test)]
mod tests;
