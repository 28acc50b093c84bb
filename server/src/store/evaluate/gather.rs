//! What the rules look at beside budgets and limits: sessions, the usual cost of this hour, subagents.

use super::Memory;
use crate::alerts::rules::{Burst, SessionFacts, Usual};
use crate::budgets::{Calendar, Scope, Span};
use crate::money::NanoUsd;
use crate::pricing::{PriceTable, Request};
use crate::snapshot::{ACTIVE_FOR, ENDED_AFTER, SessionRow, fill_of};
use crate::store::spent::between;
use crate::store::{ALL_ROOTS, limits, reading};
use crate::time::{HOUR, MINUTE, Millis, QUARTER, quarter_of, utc_day};
use crate::tokens::Tokens;
use chrono::{Days, Timelike};
use rusqlite::{Connection, Result, params};
use std::collections::BTreeMap;

/// So many sessions at most are looked at.
const MOST_SESSIONS: i64 = 50;
/// So many weeks make an hour usual.
const WEEKS: u64 = 8;

/// A session of the last hours: its number, what is known of it, its project.
pub(super) type Recently = (i64, SessionRow, String);

pub(super) fn sessions(connection: &Connection, now: Millis) -> Result<Vec<Recently>> {
    let sql = format!(
        "SELECT {} WHERE s.last_at > ?1 AND s.last_at <= ?2 ORDER BY s.last_at DESC LIMIT {MOST_SESSIONS}",
        reading::SESSION_COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![now - ENDED_AFTER, now + HOUR, ALL_ROOTS], |row| {
        Ok((row.get(0)?, reading::session_row(row)?, row.get(14)?))
    })?;
    let has_reports = limits::has_reports(connection)?;
    rows.map(|row| {
        let (number, session, project): Recently = row?;
        let reported = if has_reports { limits::of_session(connection, &session.id)? } else { None };
        Ok((number, SessionRow { reported, ..session }, project))
    })
    .collect()
}

/// What people call a session.
pub(super) fn name(row: &SessionRow) -> String {
    match &row.title {
        Some(title) => format!("“{title}”"),
        None => format!("the session {}", row.id.get(..8).unwrap_or(&row.id)),
    }
}

pub(super) fn session_facts(
    connection: &Connection,
    row: &SessionRow,
    now: Millis,
    prices: &PriceTable,
) -> Result<SessionFacts> {
    let told = row.reported.as_ref().and_then(|reported| reported.cache.as_ref());
    let cache = match told {
        Some(cache) => cache.until.map(|until| (until, cache.hour, cache.tokens)),
        None => match row.context_at.zip(row.context_tokens) {
            Some((at, tokens)) => {
                let hour = writes_for_an_hour(connection, &row.id)?;
                Some((at + lasts(hour), hour, Some(tokens)))
            }
            None => None,
        },
    };
    let cold_cost = cache.and_then(|(_, hour, tokens)| {
        let tokens = tokens?;
        let tokens = if hour {
            Tokens { cache_write_1h: tokens, ..Tokens::default() }
        } else {
            Tokens { cache_write_5m: tokens, ..Tokens::default() }
        };
        let quote = prices.cost(&Request::written(&row.model, utc_day(now), tokens, "", "", ""));
        quote.priced.then_some(quote.cost)
    });
    Ok(SessionFacts {
        id: row.id.clone(),
        name: name(row),
        last: row.last_main.or(row.last).unwrap_or(0),
        fill: fill_of(row, prices),
        cache: cache.map(|(until, hour, _)| (until, lasts(hour))),
        cold_cost,
    })
}

const fn lasts(hour: bool) -> Millis {
    if hour { HOUR } else { 5 * MINUTE }
}

fn writes_for_an_hour(connection: &Connection, session: &str) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT IFNULL(SUM(r.cache_write_1h), 0) > 0 FROM session_rollup r JOIN session s ON s.id = r.session_id WHERE s.uuid = ?1",
        )?
        .query_row([session], |row| row.get(0))
}

/// This hour against the same one in weeks before.
pub(super) fn usual(
    connection: &Connection,
    calendar: &Calendar,
    memory: &mut Memory,
    now: Millis,
) -> Result<Option<Usual>> {
    let zone = &calendar.zone;
    let local = zone.at(now);
    let into = Millis::from(local.minute()) * MINUTE + now.rem_euclid(MINUTE);
    let hour = Span { from: now - into, to: now - into + HOUR };
    let known = memory.usual.take().filter(|(held, _)| *held == hour);
    let before = if let Some((_, before)) = known {
        before
    } else {
        let day = zone.day(now);
        let within = hour.from - zone.start_of(day);
        let earlier = (1..=WEEKS).filter_map(|week| day.checked_sub_days(Days::new(7 * week)));
        earlier
            .map(|day| {
                let from = zone.start_of(day) + within;
                between(connection, &Scope::All, from, from + HOUR).map(|sum| sum.cost)
            })
            .collect::<Result<Vec<_>>>()?
    };
    let cost = between(connection, &Scope::All, hour.from, hour.to)?.cost;
    memory.usual = Some((hour, before.clone()));
    Ok(Some(Usual { hour, cost, before }))
}

/// Projects in which several subagents are at work, and what they cost in this quarter of an hour.
pub(super) fn bursts(
    connection: &Connection,
    sessions: &[Recently],
    memory: &mut Memory,
    now: Millis,
) -> Result<Vec<Burst>> {
    let mut agents: BTreeMap<&str, i64> = BTreeMap::new();
    let mut count = connection.prepare_cached(
        "SELECT COUNT(*) FROM agent WHERE session_id = ?1 AND name_id != 0 AND NOT done AND last_at > ?2",
    )?;
    for (number, row, project) in sessions {
        if row.last.is_some_and(|last| now - last < ACTIVE_FOR) {
            let at_work: i64 = count.query_row([*number, now - ACTIVE_FOR], |row| row.get(0))?;
            *agents.entry(project).or_default() += at_work;
        }
    }
    let quarter = quarter_of(now);
    let span = Span { from: quarter * QUARTER, to: (quarter + 1) * QUARTER };
    let several = agents.into_iter().filter(|(_, agents)| *agents > 1);
    several
        .map(|(project, agents)| {
            let most = match memory.most.get(project) {
                Some((upto, most)) if *upto == quarter => *most,
                _ => most_in_a_quarter(connection, project, quarter)?,
            };
            memory.most.insert(project.to_owned(), (quarter, most));
            let scope = Scope::Project(project.to_owned());
            let cost = between(connection, &scope, span.from, span.to)?.cost;
            Ok(Burst { project: project.to_owned(), agents, quarter: span, cost, most })
        })
        .collect()
}

fn most_in_a_quarter(connection: &Connection, project: &str, before: i64) -> Result<NanoUsd> {
    connection
        .prepare_cached(
            "SELECT IFNULL(MAX(cost), 0) FROM (SELECT SUM(r.cost) AS cost FROM rollup r JOIN session s ON s.id = r.session_id
             WHERE s.project_id = (SELECT id FROM name WHERE text = ?1) AND r.quarter < ?2 GROUP BY r.quarter)",
        )?
        .query_row(params![project, before], |row| row.get(0).map(NanoUsd))
}
