//! What Claude Code reports of itself: plan limits, and what its status line and its hooks say of sessions.

use super::reading::Reading;
use super::writer::Writer;
use crate::limits::{PlanLimit, Source, WHOLE, length};
use crate::money::NanoUsd;
use crate::snapshot::{CacheRow, ReportedRow};
use crate::sources::report::{Hooked, Reported};
use crate::time::{HOUR, MINUTE, Millis};
use crate::transcript::tool_use_id;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// The schema that has reports.
const SINCE: i64 = 6;
/// What a forecast looks at is no older.
const FORECAST: Millis = 8 * 24 * HOUR;

/// How long the reports of a window are of use beside the newest.
fn kept(window: &str) -> Millis {
    length(window).unwrap_or(FORECAST)
}

/// How far apart the reports of a window are that a forecast needs.
fn grain(window: &str) -> Millis {
    match length(window) {
        Some(length) if length <= 5 * HOUR => 5 * MINUTE,
        _ => 30 * MINUTE,
    }
}

impl Writer {
    /// Takes in what is reported of plan limits. A transaction begins where none runs.
    pub fn apply_limits(&mut self, limits: &[PlanLimit]) -> std::result::Result<(), super::Error> {
        self.begin()?;
        let outcome = limits.iter().try_for_each(|limit| self.limit(limit));
        if outcome.is_err() {
            self.roll_back();
        }
        Ok(outcome?)
    }

    /// Adds a report. Of those before the newest so many stay that a forecast can be made; reading a report again changes
    /// nothing.
    pub(super) fn limit(&mut self, limit: &PlanLimit) -> Result<()> {
        let (window, source) = (&limit.window, limit.source.name());
        let beside = |ahead: bool, at: Millis| {
            let (sign, order) = if ahead { (">", "ASC") } else { ("<", "DESC") };
            self.connection
                .prepare_cached(&format!(
                    "SELECT at, used FROM limit_report WHERE \"window\" = ?1 AND source = ?2 AND at {sign} ?3
                     ORDER BY at {order} LIMIT 1"
                ))?
                .query_row(params![window, source, at], |row| {
                    Ok((row.get::<_, Millis>(0)?, row.get::<_, u32>(1)?))
                })
                .optional()
        };
        // The moment when it was full first is one that is told.
        let close = |earlier: (Millis, u32), (at, used): (Millis, u32)| {
            at - earlier.0 < grain(window) && (earlier.1 >= WHOLE) == (used >= WHOLE)
        };
        let own = (limit.reported_at, limit.used_basis_points);
        let newest: Option<Millis> = self
            .connection
            .prepare_cached("SELECT MAX(at) FROM limit_report WHERE \"window\" = ?1 AND source = ?2")?
            .query_row(params![window, source], |row| row.get(0))?;
        if newest.is_some_and(|newest| newest - own.0 > kept(window)) {
            return Ok(());
        }
        let before = beside(false, own.0)?;
        if beside(true, own.0)?.is_some() {
            // A late one: it shows only where nothing newer is known.
            if before.is_some_and(|before| close(before, own)) {
                return Ok(());
            }
        } else if let Some(before) = before
            && let Some(earlier) = beside(false, before.0)?
            && close(earlier, before)
        {
            self.connection
                .prepare_cached("DELETE FROM limit_report WHERE \"window\" = ?1 AND source = ?2 AND at = ?3")?
                .execute(params![window, source, before.0])?;
        }
        let new = self
            .connection
            .prepare_cached(
                "INSERT INTO limit_report (\"window\", source, at, used, resets_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![window, source, limit.reported_at, limit.used_basis_points, limit.resets_at])?;
        self.changed |= new > 0;
        self.connection
            .prepare_cached("DELETE FROM limit_report WHERE \"window\" = ?1 AND source = ?2 AND at < ?3")?
            .execute(params![window, source, limit.reported_at - kept(window)])?;
        Ok(())
    }

    /// Takes in what the status line said.
    pub(super) fn reported(&mut self, at: Millis, reported: &Reported) -> Result<()> {
        for limit in reported.plan_limits(at) {
            self.limit(&limit)?;
        }
        let (context, cache) = (reported.context, reported.cache);
        let rows = self
            .connection
            .prepare_cached(
                "INSERT INTO session_report (session, at, model, context_tokens, context_window, cost, cache_at, cache_until,
                   cache_hour, cache_tokens) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT DO UPDATE SET at = excluded.at, model = excluded.model,
                   context_tokens = excluded.context_tokens, context_window = excluded.context_window,
                   cost = IFNULL(excluded.cost, cost), cache_at = IFNULL(excluded.cache_at, cache_at),
                   cache_until = IIF(excluded.cache_at IS NULL, cache_until, excluded.cache_until),
                   cache_hour = IIF(excluded.cache_at IS NULL, cache_hour, excluded.cache_hour),
                   cache_tokens = IIF(excluded.cache_at IS NULL, cache_tokens, excluded.cache_tokens)
                 WHERE at IS NULL OR at < excluded.at",
            )?
            .execute(params![
                reported.session,
                at,
                reported.model,
                context.and_then(|context| context.used),
                context.map(|context| context.window),
                reported.cost.map(|cost| cost.0),
                cache.map(|_| at),
                cache.and_then(|cache| cache.until),
                cache.map(|cache| cache.hour),
                cache.and_then(|cache| cache.tokens),
            ])?;
        self.changed |= rows > 0;
        Ok(())
    }

    /// Takes in what a hook said.
    pub(super) fn hooked(&mut self, at: Millis, hooked: &Hooked) -> Result<()> {
        if !hooked.tool_use.is_empty() && (hooked.duration_ms.is_some() || hooked.tokens.is_some()) {
            self.connection
                .prepare_cached(
                    "INSERT INTO tool_use (id, duration_ms, estimated_tokens) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET duration_ms = IFNULL(excluded.duration_ms, duration_ms),
                       estimated_tokens = IFNULL(excluded.estimated_tokens, estimated_tokens)",
                )?
                .execute(params![tool_use_id(&hooked.tool_use), hooked.duration_ms, hooked.tokens])?;
        }
        let ended = (hooked.event == "SessionEnd").then_some(at);
        let rows = self
            .connection
            .prepare_cached(
                "INSERT INTO session_report (session, hook_at, mode, ended_at, end_reason)
                 VALUES (?1, ?2, NULLIF(?3, ''), ?4, IIF(?4 IS NULL, NULL, NULLIF(?5, '')))
                 ON CONFLICT DO UPDATE SET hook_at = excluded.hook_at, mode = IFNULL(excluded.mode, mode),
                   ended_at = excluded.ended_at, end_reason = excluded.end_reason
                 WHERE hook_at IS NULL OR hook_at < excluded.hook_at",
            )?
            .execute(params![hooked.session, at, hooked.mode, ended, hooked.reason])?;
        self.changed |= rows > 0 && matches!(hooked.event.as_str(), "SessionStart" | "SessionEnd");
        Ok(())
    }
}

impl Reading {
    /// The reports of plan limits that say something of now or of what comes.
    pub fn limits(&self, now: Millis) -> std::result::Result<Vec<PlanLimit>, super::Error> {
        Ok(limits(&self.connection, now)?)
    }
}

/// The reports that say something of now: as many as forecasts need, and the newest of every window and source.
pub(super) fn limits(connection: &Connection, now: Millis) -> Result<Vec<PlanLimit>> {
    if !has_reports(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(
        "SELECT \"window\", source, at, used, resets_at FROM limit_report
         WHERE at > ?1 OR resets_at > ?2 ORDER BY at, \"window\", source",
    )?;
    let mut rows = statement.query([now - FORECAST, now])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // A source that only a newer program knows says nothing here.
        let Some(source) = Source::named(row.get_ref(1)?.as_str()?) else { continue };
        found.push(PlanLimit {
            window: row.get(0)?,
            used_basis_points: row.get(3)?,
            resets_at: row.get(4)?,
            reported_at: row.get(2)?,
            source,
        });
    }
    Ok(found)
}

/// What is reported of a session; nothing where nobody reported.
pub(super) fn of_session(connection: &Connection, session: &str) -> Result<Option<ReportedRow>> {
    connection
        .prepare_cached(
            "SELECT at, model, context_tokens, context_window, cost, cache_until, cache_hour, cache_tokens, cache_at, ended_at
             FROM session_report WHERE session = ?1",
        )?
        .query_row([session], reported_row)
        .optional()
}

/// The same of one report.
pub(super) fn is_of_use(limit: &PlanLimit, now: Millis) -> bool {
    limit.reported_at > now - FORECAST || limit.resets_at.is_some_and(|at| at > now)
}

fn reported_row(row: &Row<'_>) -> Result<ReportedRow> {
    let cache = match row.get::<_, Option<Millis>>(8)? {
        Some(_) => Some(CacheRow {
            until: row.get(5)?,
            hour: row.get::<_, Option<bool>>(6)?.unwrap_or(false),
            tokens: row.get(7)?,
        }),
        None => None,
    };
    Ok(ReportedRow {
        at: row.get(0)?,
        model: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        context_tokens: row.get(2)?,
        context_window: row.get(3)?,
        cost: row.get::<_, Option<i64>>(4)?.map(NanoUsd),
        cache,
        ended: row.get(9)?,
    })
}

pub(super) fn has_reports(connection: &Connection) -> Result<bool> {
    Ok(super::schema::version(connection)? >= SINCE)
}

#[cfg(test)]
mod tests;
