//! What a response, a session or a day is made of.

use super::find;
use super::session::span;
use crate::money::NanoUsd;
use crate::reports::{Explained, Matched, Record, Subject};
use crate::store::Roots;
use crate::store::merge::flag;
use crate::store::reading::Reading;
use crate::store::rollup::tokens;
use crate::store::schema::Error;
use crate::store::telemetry::has_telemetry;
use crate::time::Zone;
use chrono::NaiveDate;
use rusqlite::{Connection, Params, Result, Row, params};

const RECORDS: &str = "SELECT r.key, r.part, r.request, r.at, o.session_id, s.uuid, a.text, IFNULL(root.path || '/' || f.path, ''),
           r.\"offset\", r.flags, m.text, sp.text, g.text, t.text, r.input, r.output, r.cache_write_5m, r.cache_write_1h,
           r.cache_read, r.web_searches, r.cost, {measured}
         FROM response r JOIN origin o ON o.id = r.origin_id JOIN session s ON s.id = o.session_id
         JOIN name a ON a.id = o.agent_id LEFT JOIN file f ON f.id = r.file_id LEFT JOIN root ON root.id = f.root_id
         JOIN name m ON m.id = r.model_id JOIN name sp ON sp.id = r.speed_id JOIN name g ON g.id = r.geo_id
         JOIN name t ON t.id = r.tier_id";

/// Who told of it, what Claude Code says of its cost, and how long it took; a schema without telemetry has none of it.
const MEASURED: &str =
    "IFNULL((SELECT text FROM name WHERE id = r.source_id), ''), r.own_cost, r.duration_ms";

impl Reading {
    /// What an id stands for: a day, else a response or a session with this id, or with the only id that begins so.
    pub fn subject(
        &self,
        text: &str,
        zone: &Zone,
        roots: Roots,
    ) -> std::result::Result<Matched<Subject>, Error> {
        let moment = self.connection.unchecked_transaction()?;
        Ok(subject(&moment, text, zone, roots)?)
    }
}

fn subject(connection: &Connection, text: &str, zone: &Zone, roots: Roots) -> Result<Matched<Subject>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let records = records(
            connection,
            "r.at >= ?1 AND r.at < ?2 AND (r.roots & ?3) != 0",
            params![zone.start_of(day), zone.end_of(day), roots],
        )?;
        return Ok(Matched::One(Subject { kind: Explained::Day, id: day.to_string(), records }));
    }
    let found = find::responses(connection, text, roots)?.matched(find::sessions(connection, text, roots)?);
    Ok(match found {
        Matched::One((id, true)) => Matched::One(of_response(connection, id, roots)?),
        Matched::One((id, false)) => Matched::One(of_session(connection, id, roots)?),
        Matched::Nothing => Matched::Nothing,
        Matched::Several(candidates, count) => Matched::Several(candidates, count),
    })
}

fn of_response(connection: &Connection, id: i64, roots: Roots) -> Result<Subject> {
    let key: String =
        connection.query_row("SELECT key FROM response WHERE id = ?1", [id], |row| row.get(0))?;
    let parts = format!("{key}#");
    let records = records(
        connection,
        "(r.key = ?1 OR r.key >= ?2 AND r.key < ?3) AND (r.roots & ?4) != 0",
        params![key, parts, find::end_of(&parts), roots],
    )?;
    Ok(Subject { kind: Explained::Response, id: key, records })
}

fn of_session(connection: &Connection, session: i64, roots: Roots) -> Result<Subject> {
    let (from, to) = span(connection, session, roots)?;
    let records = records(
        connection,
        "r.at >= ?1 AND r.at < ?2 AND o.session_id = ?3 AND (r.roots & ?4) != 0",
        params![from, to, session, roots],
    )?;
    let id = connection.query_row("SELECT uuid FROM session WHERE id = ?1", [session], |row| row.get(0))?;
    Ok(Subject { kind: Explained::Session, id, records })
}

fn records(connection: &Connection, wanted: &str, values: impl Params) -> Result<Vec<Record>> {
    let measured = if has_telemetry(connection)? { MEASURED } else { "'', NULL, NULL" };
    let sql = format!("{} WHERE {wanted} ORDER BY r.at, r.key", RECORDS.replace("{measured}", measured));
    connection.prepare_cached(&sql)?.query_map(values, record)?.collect()
}

fn record(row: &Row<'_>) -> Result<Record> {
    let flags: i64 = row.get(9)?;
    let has = |bit: i64| flags & bit != 0;
    Ok(Record {
        key: row.get(0)?,
        part: row.get(1)?,
        request: row.get(2)?,
        at: row.get(3)?,
        session: (row.get(4)?, row.get(5)?),
        agent: row.get(6)?,
        file: row.get(7)?,
        offset: row.get(8)?,
        finished: has(flag::FINISHED),
        embedded: has(flag::EMBEDDED),
        copied: has(flag::COPIED),
        unpriced: has(flag::UNPRICED),
        told: has(flag::TOLD),
        model: row.get(10)?,
        speed: row.get(11)?,
        geo: row.get(12)?,
        tier: row.get(13)?,
        tokens: tokens(row, 14)?,
        cost: NanoUsd(row.get(20)?),
        source: row.get(21)?,
        own_cost: row.get::<_, Option<i64>>(22)?.map(NanoUsd),
        duration_ms: row.get(23)?,
    })
}
