//! Alerts as the store has them: each crossing is one row, written in the transaction that found it.

use super::budgets::are_there;
use super::reading::Reading;
use super::schema::Error;
use super::spent;
use super::writer::Writer;
use crate::alerts::{Alert, Finding, Rule, matter};
use crate::budgets::{Span, Urgency};
use crate::time::{HOUR, Millis};
use rusqlite::{Connection, Result, Row, params};
use std::collections::{BTreeMap, HashSet};

/// What began so long ago is no part of a period that runs.
const LONGEST: Millis = 40 * 24 * HOUR;

const COLUMNS: &str =
    "id, rule, subject, bound, starts_at, threshold, severity, title, message, detail, raised_at, resets_at,
    ended_at, told_with, acknowledged_at, snoozed_until, desktop_told_at";

impl Reading {
    /// Alerts with numbers beyond this one, and those that still hold; in the order in which they were raised.
    pub fn alerts_since(&self, id: i64, now: Millis) -> std::result::Result<Vec<Alert>, Error> {
        Ok(since(&self.connection, id, now)?)
    }

    /// The latest alerts, the latest first; with those that another one was told in place of where `all` are asked for.
    pub fn latest_alerts(&self, limit: usize, all: bool) -> std::result::Result<Vec<Alert>, Error> {
        if !are_there(&self.connection)? {
            return Ok(Vec::new());
        }
        let condition = "(?2 OR told_with IS NULL) ORDER BY id DESC LIMIT ?1";
        read(&self.connection, condition, &[&(limit as i64), &all]).map_err(Error::from)
    }

    /// Alerts that hold and that the desktop was not told of, in the order in which they were raised.
    pub fn untold_on_desktop(&self, now: Millis) -> std::result::Result<Vec<Alert>, Error> {
        Ok(untold_on_desktop(&self.connection, now)?)
    }
}

impl Writer {
    /// As [`Reading::alerts_since`].
    pub fn alerts_since(&self, id: i64, now: Millis) -> std::result::Result<Vec<Alert>, Error> {
        Ok(since(&self.connection, id, now)?)
    }

    /// As [`Reading::untold_on_desktop`].
    pub fn untold_on_desktop(&self, now: Millis) -> std::result::Result<Vec<Alert>, Error> {
        Ok(untold_on_desktop(&self.connection, now)?)
    }

    /// Takes alerts that hold and that no command was run for; they count as run from now on. So each is run once, also where
    /// the leader ends in between. No transaction may run.
    pub fn take_for_command(&mut self, now: Millis) -> std::result::Result<Vec<Alert>, Error> {
        let condition = "command_told_at IS NULL AND told_with IS NULL AND ended_at IS NULL
            AND (resets_at IS NULL OR resets_at > ?1) ORDER BY id";
        let mut alerts = read(&self.connection, condition, &[&now])?;
        if alerts.is_empty() {
            return Ok(alerts);
        }
        self.connection.execute(
            "UPDATE alert SET command_told_at = ?1 WHERE command_told_at IS NULL AND (resets_at IS NULL OR resets_at > ?1)",
            [now],
        )?;
        alerts.retain(|alert| alert.is_wanted(now));
        Ok(alerts)
    }
}

fn untold_on_desktop(connection: &Connection, now: Millis) -> Result<Vec<Alert>> {
    let mut alerts = since(connection, i64::MAX, now)?;
    alerts
        .retain(|alert| alert.desktop_told_at.is_none() && alert.told_with.is_none() && alert.is_wanted(now));
    Ok(alerts)
}

pub(super) fn since(connection: &Connection, id: i64, now: Millis) -> Result<Vec<Alert>> {
    if !are_there(connection)? {
        return Ok(Vec::new());
    }
    let mut alerts = open(connection, now)?;
    // `MAX` would overflow.
    if id < i64::MAX {
        let newer = read(connection, "id > ?1 ORDER BY id", &[&id])?;
        let known: HashSet<i64> = alerts.iter().map(|alert| alert.id).collect();
        alerts.extend(newer.into_iter().filter(|alert| !known.contains(&alert.id)));
        alerts.sort_by_key(|alert| alert.id);
    }
    Ok(alerts)
}

/// Alerts that hold.
pub(super) fn open(connection: &Connection, now: Millis) -> Result<Vec<Alert>> {
    if !are_there(connection)? {
        return Ok(Vec::new());
    }
    let condition =
        "ended_at IS NULL AND (resets_at > ?1 OR resets_at IS NULL) AND starts_at <= ?1 ORDER BY id";
    read(connection, condition, &[&now])
}

fn read(connection: &Connection, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Alert>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM alert WHERE {condition}"))?;
    let rows = statement.query_map(values, alert)?;
    rows.collect()
}

fn alert(row: &Row<'_>) -> Result<Alert> {
    let (severity, detail): (String, String) = (row.get(6)?, row.get(9)?);
    Ok(Alert {
        id: row.get(0)?,
        rule: row.get(1)?,
        subject: row.get(2)?,
        bound: row.get(3)?,
        starts_at: row.get(4)?,
        threshold: row.get(5)?,
        urgency: Urgency::named(&severity),
        title: row.get(7)?,
        message: row.get(8)?,
        detail: serde_json::from_str(&detail).unwrap_or_default(),
        raised_at: row.get(10)?,
        resets_at: row.get(11)?,
        ended_at: row.get(12)?,
        told_with: row.get(13)?,
        acknowledged_at: row.get(14)?,
        snoozed_until: row.get(15)?,
        desktop_told_at: row.get(16)?,
    })
}

/// Keeps what was found: raises what is new, ends what does not hold any more, and brings back, untold, what holds again.
/// Says whether anything changed.
pub(super) fn record(connection: &Connection, findings: &[Finding], now: Millis) -> Result<bool> {
    let mut matters: BTreeMap<(Rule, &str, i64), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        matters.entry((finding.rule, &finding.subject, finding.bound.0)).or_default().push(finding);
    }
    let mut held = HashSet::new();
    let mut changed = false;
    for ((rule, subject, bound), mut findings) in matters {
        findings.sort_by_key(|finding| finding.threshold);
        let known = known(connection, rule, subject, bound, findings[0].span, now)?;
        let mut new = Vec::new();
        for finding in findings {
            match known.iter().find(|alert| alert.threshold == finding.threshold) {
                Some(alert) => {
                    held.insert(alert.id);
                    if alert.ended_at.is_some() {
                        set(connection, "ended_at", alert.id, None)?;
                        changed = true;
                    }
                }
                None if finding.raises => new.push(finding),
                None => {}
            }
        }
        changed |= !new.is_empty();
        held.extend(raise(connection, &new, &known, now)?);
    }
    for alert in open(connection, now)? {
        if !held.contains(&alert.id) && Rule::named(&alert.rule).is_some() {
            set(connection, "ended_at", alert.id, Some(now))?;
            changed = true;
        }
    }
    Ok(changed)
}

/// The alerts of a matter that were raised before.
fn known(
    connection: &Connection,
    rule: Rule,
    subject: &str,
    bound: i64,
    span: Option<Span>,
    now: Millis,
) -> Result<Vec<Alert>> {
    let condition = "rule = ?1 AND subject = ?2 AND bound = ?3 AND starts_at >= ?4 ORDER BY id";
    let mut alerts = read(
        connection,
        condition,
        &[&rule.name(), &subject, &bound, &(span.map_or(now, |span| span.from) - LONGEST)],
    )?;
    alerts.retain(|alert| match (span, alert.resets_at) {
        (Some(found), Some(end)) => matter(found, Span { from: alert.starts_at, to: end }),
        // One without a period lasts until it ends.
        (None, _) => alert.ended_at.is_none(),
        (Some(_), None) => false,
    });
    // Two stretches may hold the middle of a third: the later one counts.
    let start = alerts.iter().map(|alert| alert.starts_at).max();
    alerts.retain(|alert| Some(alert.starts_at) == start);
    Ok(alerts)
}

/// Raises what is new of a matter: the gravest is told, and the others are kept as told with it.
fn raise(connection: &Connection, new: &[&Finding], known: &[Alert], now: Millis) -> Result<Vec<i64>> {
    let graver = known.iter().max_by_key(|alert| alert.threshold);
    let (starts_at, snoozed) =
        (known.first().map(|alert| alert.starts_at), known.iter().find_map(|alert| alert.snoozed_until));
    let mut told_with = None;
    let mut ids = Vec::new();
    for finding in new.iter().rev() {
        let told_with_known =
            graver.filter(|alert| alert.threshold > finding.threshold).map(|alert| alert.id);
        let message = match &finding.of {
            Some((scope, span)) => {
                let largest = spent::consumers(connection, scope, *span)?;
                format!("{}{}{}", finding.message, crate::alerts::consumers(&largest), finding.rest)
            }
            None => format!("{}{}", finding.message, finding.rest),
        };
        let starts_at = starts_at.or(finding.span.map(|span| span.from)).unwrap_or(now);
        let values = params![
            finding.rule.name(),
            finding.subject,
            finding.bound.0,
            starts_at,
            finding.threshold,
            finding.urgency.name(),
            finding.title,
            message,
            serde_json::to_string(&finding.detail).unwrap_or_default(),
            now,
            finding.span.map(|span| span.to),
            told_with_known.or(told_with),
            snoozed
        ];
        let id = connection
            .prepare_cached(
                "INSERT INTO alert (rule, subject, bound, starts_at, threshold, severity, title, message, detail, raised_at,
                   resets_at, told_with, snoozed_until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT DO UPDATE SET ended_at = NULL, resets_at = excluded.resets_at RETURNING id",
            )?
            .query_row(values, |row| row.get(0))?;
        if told_with_known.is_none() {
            told_with.get_or_insert(id);
        }
        ids.push(id);
    }
    Ok(ids)
}

fn set(connection: &Connection, column: &str, id: i64, at: Option<Millis>) -> Result<()> {
    connection
        .prepare_cached(&format!("UPDATE alert SET {column} = ?2 WHERE id = ?1"))?
        .execute(params![id, at])?;
    Ok(())
}
