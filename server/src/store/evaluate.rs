//! The lookout: with each commit that changed something the leader works out how budgets stand, lets the rules look, and keeps
//! what they find, all in that commit's transaction.

use super::spent::{Spent, between};
use super::writer::{Committed, Writer, meta, set_meta};
use super::{ALL_ROOTS, Error, alerts, budgets, ledger, limits, reading, windows};
use crate::alerts::rules::{Burst, Facts, SessionFacts, Stood, Usual, findings};
use crate::blocks;
use crate::budgets::{Budget, Calendar, Period, Recent, Scope, Span, Standing, Terms};
use crate::limits::merged;
use crate::money::NanoUsd;
use crate::pricing::{PriceTable, Request};
use crate::snapshot::{ACTIVE_FOR, ENDED_AFTER, SessionRow, fill_of};
use crate::time::{HOUR, MINUTE, Millis, QUARTER, quarter_of, utc_day};
use crate::tokens::Tokens;
use chrono::{Days, Timelike};
use rusqlite::{Connection, Result, params};
use std::collections::{BTreeMap, HashMap};

/// So many sessions at most are looked at.
const MOST_SESSIONS: i64 = 50;
/// So many weeks make an hour usual.
const WEEKS: u64 = 8;
/// The revision as of which was looked last.
const LOOKED: &str = "looked_at";

/// What is looked out for.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookout {
    /// How days are counted.
    pub calendar: Calendar,
    /// The thresholds of plan limits in percent.
    pub limit_thresholds: Vec<u32>,
    /// The budgets of the config file.
    pub configured: Vec<Terms>,
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
            let adopted = ledger::adopt(&self.connection, &lookout.configured, now)?;
            self.changed |= adopted;
            let revision: Option<i64> = meta(&self.connection, "revision")?;
            self.look |=
                self.lookout.as_ref() != Some(&lookout) && meta(&self.connection, LOOKED)? != revision;
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
        if self.lookout.is_some() { set_meta(&self.connection, LOOKED, &revision) } else { Ok(()) }
    }

    fn look_at(&mut self, lookout: &Lookout, now: Millis, revision: i64) -> Result<bool> {
        let connection = &self.connection;
        let sessions = sessions(connection, now)?;
        let held = budgets::in_force(connection)?;
        self.memory.spent.keep(&held);
        let block = windows::running(connection, &mut self.closed, revision, now, ALL_ROOTS)?
            .map(|from| Span { from, to: from + blocks::LENGTH });
        let mut stood = Vec::new();
        let mut changed = false;
        for budget in held {
            if budget.terms.period == Period::Session {
                changed |= budgets::keep(connection, &of_sessions(&budget, &sessions, now, &mut stood))?;
                continue;
            }
            let span = match budget.terms.period {
                Period::Block => block,
                period => period.span(&lookout.calendar, now),
            };
            let (spent, recent) = match span {
                Some(span) => self.memory.spent.of(connection, &budget, span, now, revision)?,
                None => Default::default(),
            };
            let standing = standing(connection, budget, span, spent, recent, now)?;
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

/// How a budget stands. When it was used up stays as it was first found.
fn standing(
    connection: &Connection,
    budget: Budget,
    span: Option<Span>,
    spent: NanoUsd,
    recent: Recent,
    now: Millis,
) -> Result<Standing> {
    let terms = &budget.terms;
    let exhausted_at = if crate::budgets::reaches(spent, terms.limit, crate::budgets::WHOLE) {
        let before = budgets::exhausted(connection, budget.id, span)?;
        Some(before.filter(|at| *at <= now).unwrap_or(now))
    } else {
        span.and_then(|_| crate::budgets::exhausted_at(terms.period, span, terms.limit, spent, recent, now))
    };
    Ok(Standing { budget, span, spent, exhausted_at })
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
        let standing = Standing { budget: budget.clone(), span: None, spent: row.cost, exhausted_at: None };
        stood.push(Stood { standing, recent: Recent::default(), session: Some((row.id.clone(), name(row))) });
    }
    Standing { budget: budget.clone(), span: None, spent: most, exhausted_at: None }
}

/// A session of the last hours: its number, what is known of it, its project.
type Recently = (i64, SessionRow, String);

fn sessions(connection: &Connection, now: Millis) -> Result<Vec<Recently>> {
    let sql = format!(
        "SELECT {} JOIN name p ON p.id = s.project_id WHERE s.last_at > ?1 AND s.last_at <= ?2 ORDER BY s.last_at DESC LIMIT {MOST_SESSIONS}",
        reading::SESSION_COLUMNS.replacen(" FROM session s", ", p.text FROM session s", 1)
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
fn name(row: &SessionRow) -> String {
    match &row.title {
        Some(title) => format!("“{title}”"),
        None => format!("the session {}", row.id.get(..8).unwrap_or(&row.id)),
    }
}

fn session_facts(
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
fn usual(
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
                between(connection, &Scope::All, from, from + HOUR)
            })
            .collect::<Result<Vec<_>>>()?
    };
    let cost = between(connection, &Scope::All, hour.from, hour.to)?;
    memory.usual = Some((hour, before.clone()));
    Ok(Some(Usual { hour, cost, before }))
}

/// Projects in which several subagents are at work, and what they cost in this quarter of an hour.
fn bursts(
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
            let cost = between(connection, &scope, span.from, span.to)?;
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

#[cfg(test)]
mod tests;
