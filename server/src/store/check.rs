//! Whether the database is in order.

use super::rollup::{COLUMNS, SUMMED};
use super::schema::{Error, open_for_reading};
use crate::money::NanoUsd;
use rusqlite::{Connection, Result};
use std::path::Path;

/// How much a database holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Responses that count as messages.
    pub messages: i64,
    /// Sessions that have some.
    pub sessions: i64,
    /// All tokens.
    pub tokens: i64,
    /// What they cost.
    pub cost: NanoUsd,
}

/// How much a database holds.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn extent(database: &Path) -> std::result::Result<Extent, Error> {
    let connection = open_for_reading(database)?;
    let extent = connection.query_row(
        "SELECT IFNULL(SUM(messages), 0), (SELECT COUNT(DISTINCT session_id) FROM session_rollup WHERE messages > 0),
           IFNULL(SUM(input + output + cache_write_5m + cache_write_1h + cache_read), 0), IFNULL(SUM(cost), 0)
         FROM lifetime",
        [],
        |row| {
            Ok(Extent {
                messages: row.get(0)?,
                sessions: row.get(1)?,
                tokens: row.get(2)?,
                cost: NanoUsd(row.get(3)?),
            })
        },
    )?;
    Ok(extent)
}

/// What the responses come to, in the columns of a sum.
const FRESH: &str = "IFNULL(SUM(part = 0), 0), IFNULL(SUM(input), 0), IFNULL(SUM(output), 0),
    IFNULL(SUM(cache_write_5m), 0), IFNULL(SUM(cache_write_1h), 0), IFNULL(SUM(cache_read), 0),
    IFNULL(SUM(web_searches), 0), IFNULL(SUM(cost), 0), IFNULL(SUM((flags & 8) != 0), 0),
    IFNULL(SUM(part = 0 AND (flags & 1) = 0), 0)";

/// Looks whether the database is sound enough to go on with: its pages, and whether its sums are those of its
/// responses. For after an end that was not clean.
///
/// # Errors
/// [`Error::Damaged`] where it is not, others where that cannot be told.
pub fn soundness(database: &Path) -> std::result::Result<(), Error> {
    let connection = open_for_reading(database)?;
    structure(&connection)?;
    let moment = connection.unchecked_transaction()?;
    if totals(&moment)?.is_empty() {
        return Ok(());
    }
    Err(Error::Damaged("its sums are not those of its responses".to_owned()))
}

/// Looks at the pages.
pub(super) fn structure(connection: &Connection) -> std::result::Result<(), Error> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Error::Damaged(said)) }
}

/// Everything that is wrong with the database, each in a sentence; none: it is in order.
///
/// # Errors
/// It cannot be opened or read; one that is damaged beyond reading is a finding, not an error.
pub fn findings(database: &Path) -> std::result::Result<Vec<String>, Error> {
    match open_for_reading(database).and_then(|connection| Ok(all(&connection)?)) {
        Err(Error::Damaged(reason)) => Ok(vec![format!("the file is damaged: {reason}")]),
        outcome => outcome,
    }
}

fn all(connection: &Connection) -> Result<Vec<String>> {
    let moment = connection.unchecked_transaction()?;
    let mut findings = integrity(&moment)?;
    if !findings.is_empty() {
        // What damaged pages say of sums means nothing.
        return Ok(findings);
    }
    findings.extend(foreign_keys(&moment)?);
    findings.extend(totals(&moment)?);
    findings.extend(groups(&moment)?);
    Ok(findings)
}

fn integrity(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(5)")?;
    let said: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
    Ok(said
        .into_iter()
        .filter(|line| line != "ok")
        .map(|line| format!("the file is damaged: {line}"))
        .collect())
}

/// Rows that point at rows which are not there: by the schema, and by what columns mean.
fn foreign_keys(connection: &Connection) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut statement = connection
        .prepare("SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in rows {
        let (table, parent, count): (String, String, i64) = row?;
        findings.push(format!("{count} row(s) of {table} belong to a {parent} that is not there"));
    }
    for (what, sql) in [
        ("responses have a model that is not there", "response WHERE model_id NOT IN (SELECT id FROM name)"),
        ("responses have a file that is not there", "response WHERE file_id NOT IN (SELECT id FROM file)"),
        ("sums have a session that is not there", "rollup WHERE session_id NOT IN (SELECT id FROM session)"),
        (
            "uses of tools have a response that is not there",
            "tool_use WHERE response_id IS NOT NULL AND response_id NOT IN (SELECT id FROM response)",
        ),
    ] {
        let count: i64 =
            connection.query_row(&format!("SELECT COUNT(*) FROM {sql}"), [], |row| row.get(0))?;
        if count > 0 {
            findings.push(format!("{count} {what}"));
        }
    }
    Ok(findings)
}

/// Each kept sum against the sum of the responses.
fn totals(connection: &Connection) -> Result<Vec<String>> {
    let sums = |sql: &str| {
        connection.query_row(sql, [], |row| {
            let mut numbers = [0_i64; 10];
            for (index, number) in numbers.iter_mut().enumerate() {
                *number = row.get(index)?;
            }
            Ok(numbers)
        })
    };
    let fresh = sums(&format!("SELECT {FRESH} FROM response"))?;
    let mut findings = Vec::new();
    for (what, table) in
        [("quarter hours", "rollup"), ("sessions", "session_rollup"), ("the lifetime", "lifetime")]
    {
        let kept = sums(&format!("SELECT {SUMMED} FROM {table}"))?;
        let names = COLUMNS.split(", ");
        for (name, (kept, fresh)) in
            names.zip(kept.iter().zip(fresh)).filter(|(_, (kept, fresh))| *kept != fresh)
        {
            findings.push(format!("{name} of {what} add up to {kept}, those of the responses to {fresh}"));
        }
    }
    let sessions = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let kept = sessions("SELECT IFNULL(SUM(sessions), 0) FROM lifetime_session")?;
    let fresh = sessions("SELECT COUNT(DISTINCT session_id) FROM session_rollup WHERE messages > 0")?;
    if kept != fresh {
        findings.push(format!("the lifetime counts {kept} sessions, there are {fresh}"));
    }
    Ok(findings)
}

/// Each group of sums against its responses.
fn groups(connection: &Connection) -> Result<Vec<String>> {
    let kept = "messages, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches, cost";
    let fresh =
        "SUM(part = 0), SUM(input), SUM(output), SUM(cache_write_5m), SUM(cache_write_1h), SUM(cache_read),
        SUM(web_searches), SUM(cost)";
    let differ = |own: &str, other: &str| {
        format!("SELECT * FROM ({own} EXCEPT {other}) UNION ALL SELECT * FROM ({other} EXCEPT {own})")
    };
    let nonzero = "messages != 0 OR input != 0 OR output != 0 OR cache_write_5m != 0 OR cache_write_1h != 0
        OR cache_read != 0 OR web_searches != 0 OR cost != 0";
    let some = "HAVING SUM(part = 0) + SUM(input) + SUM(output) + SUM(cache_write_5m) + SUM(cache_write_1h)
        + SUM(cache_read) + SUM(web_searches) + SUM(cost) != 0";
    let mut findings = Vec::new();
    for (what, own, other) in [
        (
            "a quarter hour",
            format!("SELECT quarter, session_id, model_id, roots, {kept} FROM rollup WHERE {nonzero}"),
            format!(
                "SELECT r.at / 900000 - (r.at < 0 AND r.at % 900000 != 0), o.session_id, r.model_id, r.roots, {fresh}
                 FROM response r JOIN origin o ON o.id = r.origin_id GROUP BY 1, 2, 3, 4 {some}"
            ),
        ),
        (
            "a session",
            format!("SELECT session_id, roots, {kept} FROM session_rollup WHERE {nonzero}"),
            format!(
                "SELECT o.session_id, r.roots, {fresh} FROM response r JOIN origin o ON o.id = r.origin_id
                 GROUP BY 1, 2 {some}"
            ),
        ),
        (
            "a subagent",
            "SELECT session_id, name_id, cost FROM agent WHERE cost != 0".to_owned(),
            "SELECT o.session_id, o.agent_id, SUM(r.cost) FROM response r JOIN origin o ON o.id = r.origin_id
             WHERE o.agent_id != 0 GROUP BY 1, 2 HAVING SUM(r.cost) != 0"
                .to_owned(),
        ),
    ] {
        let mut statement = connection.prepare(&differ(&own, &other))?;
        if statement.exists([])? {
            findings.push(format!("the sum of {what} is not that of its responses"));
        }
    }
    Ok(findings)
}
