//! Usage for dashboards that poll.

use super::source::{name, project_number};
use crate::money::NanoUsd;
use crate::reports::{
    DayUsage, Happened, Mark, ModelUsage, ProjectUsage, UsageEvent, UsageEvents, UsageQuery, UsageStats,
    UsageSums,
};
use crate::snapshot::ENDED_AFTER;
use crate::store::Roots;
use crate::store::limits::has_reports;
use crate::store::merge::flag;
use crate::store::reading::Reading;
use crate::store::rollup::{self, COLUMNS, SUMMED};
use crate::store::schema::Error;
use crate::store::telemetry;
use crate::sums::Sums;
use crate::time::{Millis, QUARTER, Zone, quarter_of};
use chrono::NaiveDate;
use rusqlite::{Connection, Result, params};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl Reading {
    /// Sums by model, project and day.
    pub fn usage_stats(
        &self,
        query: &UsageQuery,
        zone: &Zone,
        roots: Roots,
    ) -> std::result::Result<UsageStats, Error> {
        Ok(stats(&self.connection, query, zone, roots)?)
    }

    /// A page of events, the latest first. What is added meanwhile moves no event from one page to another.
    pub fn usage_events(
        &self,
        query: &UsageQuery,
        zone: &Zone,
        roots: Roots,
        now: Millis,
    ) -> std::result::Result<UsageEvents, Error> {
        Ok(events(&self.connection, query, zone, roots, now)?)
    }
}

/// Numbers of the project and the model that count; one that is not known is the number of nothing.
struct Wanted {
    project: Option<i64>,
    model: Option<i64>,
}

impl Wanted {
    fn new(connection: &Connection, query: &UsageQuery) -> Result<Self> {
        let number =
            |name: &Option<String>| name.as_deref().map(|name| project_number(connection, name)).transpose();
        Ok(Self { project: number(&query.project)?, model: number(&query.model)? })
    }
}

#[derive(Default)]
struct Sum {
    sums: Sums,
    sessions: HashSet<i64>,
}

impl Sum {
    fn add(&mut self, sums: Sums, session: i64) {
        self.sums += sums;
        if sums.messages > 0 {
            self.sessions.insert(session);
        }
    }

    fn told(&self) -> UsageSums {
        UsageSums::new(&self.sums, self.sessions.len() as i64)
    }
}

fn stats(connection: &Connection, query: &UsageQuery, zone: &Zone, roots: Roots) -> Result<UsageStats> {
    let moment = connection.unchecked_transaction()?;
    let wanted = Wanted::new(&moment, query)?;
    let project_of: HashMap<i64, i64> = moment
        .prepare("SELECT id, project_id FROM session")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let mut total = Sum::default();
    let (mut models, mut projects): (HashMap<i64, Sum>, HashMap<i64, Sum>) = Default::default();
    let mut days: BTreeMap<NaiveDate, Sum> = BTreeMap::new();
    let mut latest = (i64::MIN, NaiveDate::default());
    // A day begins with a quarter hour; another bound is counted by responses.
    let whole = |at: Millis| at % QUARTER == 0 || at == Millis::MAX;
    let (sql, from, to) = if whole(query.from) && whole(query.to) {
        let sql = format!(
            "SELECT quarter, session_id, model_id, {COLUMNS} FROM rollup
             WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0 ORDER BY quarter"
        );
        (sql, quarter_of(query.from), if query.to == Millis::MAX { i64::MAX } else { quarter_of(query.to) })
    } else {
        let sums = SUMMED
            .replace("SUM(messages)", "SUM(part = 0)")
            .replace("SUM(unpriced)", "SUM((flags & 8) != 0)")
            .replace("SUM(lower_bound)", "SUM(part = 0 AND (flags & 1) = 0)");
        let sql = format!(
            "SELECT r.at / {QUARTER}, o.session_id, r.model_id, {sums}
             FROM response r JOIN origin o ON o.id = r.origin_id
             WHERE r.at >= ?1 AND r.at < ?2 AND (r.roots & ?3) != 0 GROUP BY 1, 2, 3 ORDER BY 1"
        );
        (sql, query.from, query.to)
    };
    let mut statement = moment.prepare_cached(&sql)?;
    let mut rows = statement.query(params![from, to, roots])?;
    while let Some(row) = rows.next()? {
        let (quarter, session, model): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let project = project_of.get(&session).copied().unwrap_or(0);
        let sums = rollup::read(row, 3)?;
        if sums.is_zero()
            || wanted.project.is_some_and(|wanted| wanted != project)
            || wanted.model.is_some_and(|wanted| wanted != model)
        {
            continue;
        }
        if latest.0 != quarter {
            latest = (quarter, zone.day(quarter * QUARTER));
        }
        total.add(sums, session);
        models.entry(model).or_default().add(sums, session);
        projects.entry(project).or_default().add(sums, session);
        days.entry(latest.1).or_default().add(sums, session);
    }
    let ranked = |groups: HashMap<i64, Sum>| -> Result<Vec<(Option<String>, UsageSums)>> {
        let mut named = groups
            .into_iter()
            .map(|(id, sum)| Ok((Some(name(&moment, id)?).filter(|name| !name.is_empty()), sum.told())))
            .collect::<Result<Vec<_>>>()?;
        named.sort_by(|(a, left), (b, right)| right.cost_usd.cmp(&left.cost_usd).then_with(|| a.cmp(b)));
        named.truncate(query.limit);
        Ok(named)
    };
    let by_model = ranked(models)?.into_iter().map(|(model, sums)| ModelUsage { model, sums }).collect();
    let by_project = ranked(projects)?
        .into_iter()
        .map(|(project_path, sums)| ProjectUsage { project_path, sums })
        .collect();
    let by_day = days.iter().rev().take(query.limit);
    let by_day = by_day.map(|(day, sum)| DayUsage { date: day.to_string(), sums: sum.told() }).collect();
    Ok(UsageStats { total: total.told(), by_model, by_project, by_day, ..UsageStats::begin(query, zone) })
}

fn events(
    connection: &Connection,
    query: &UsageQuery,
    zone: &Zone,
    roots: Roots,
    now: Millis,
) -> Result<UsageEvents> {
    let moment = connection.unchecked_transaction()?;
    let wanted = Wanted::new(&moment, query)?;
    let mut found = calls(&moment, query, &wanted, zone, roots)?;
    // A session has no one model.
    if wanted.model.is_none() {
        found.extend(turning_points(&moment, query, &wanted, zone, roots, now)?);
    }
    found.sort_by_key(|(mark, _)| std::cmp::Reverse(*mark));
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next_cursor = found.last().filter(|_| more).map(|(mark, _)| mark.to_string());
    Ok(UsageEvents { events: found.into_iter().map(|(_, event)| event).collect(), next_cursor })
}

/// Responses; one more than a page has.
fn calls(
    connection: &Connection,
    query: &UsageQuery,
    wanted: &Wanted,
    zone: &Zone,
    roots: Roots,
) -> Result<Vec<(Mark, UsageEvent)>> {
    let (before, number) =
        query.after.map_or((Millis::MAX, i64::MAX), |after| after.bound(Happened::ApiCall));
    let took = telemetry::duration(connection)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT r.id, r.key, r.at, r.flags, r.input, r.output, r.cache_write_5m + r.cache_write_1h, r.cache_read, r.cost,
           s.uuid, p.text, m.text, mode.text, mcp.text, {took}
         FROM response r JOIN origin o ON o.id = r.origin_id JOIN session s ON s.id = o.session_id
         JOIN name p ON p.id = s.project_id JOIN name m ON m.id = r.model_id
         JOIN name mode ON mode.id = o.mode_id JOIN name mcp ON mcp.id = o.mcp_id
         WHERE r.at >= ?1 AND r.at < ?2 AND (r.roots & ?3) != 0 AND r.at <= ?4 AND (r.at, r.id) < (?4, ?5)
           AND (?6 IS NULL OR s.project_id = ?6) AND (?7 IS NULL OR r.model_id = ?7)
         ORDER BY r.at DESC, r.id DESC LIMIT ?8",
    ))?;
    let limit = query.limit as i64 + 1;
    let mut rows = statement.query(params![
        query.from,
        query.to,
        roots,
        before,
        number,
        wanted.project,
        wanted.model,
        limit
    ])?;
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, at, flags): (i64, Millis, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let event = UsageEvent {
            id: row.get(1)?,
            r#type: Happened::ApiCall,
            timestamp: zone.rfc3339(at),
            session_id: row.get(9)?,
            model: known(row.get(11)?),
            cost_usd: Some(NanoUsd(row.get(8)?)).filter(|_| flags & flag::UNPRICED == 0),
            input_tokens: Some(row.get(4)?),
            output_tokens: Some(row.get(5)?),
            cache_creation_input_tokens: Some(row.get(6)?),
            cache_read_input_tokens: Some(row.get(7)?),
            project_path: known(row.get(10)?),
            permission_mode: known(row.get(12)?),
            mcp_servers: Some(known(row.get(13)?).into_iter().collect()),
            duration_ms: row.get(14)?,
        };
        found.push((Mark { at, kind: Happened::ApiCall, number }, event));
    }
    add_servers(connection, &mut found)?;
    Ok(found)
}

/// Adds the servers whose tools the responses used. Tools are many and not in the order of their responses: they are looked
/// through once for all.
fn add_servers(connection: &Connection, found: &mut [(Mark, UsageEvent)]) -> Result<()> {
    let mut names =
        connection.prepare_cached("SELECT id, text FROM name WHERE text >= 'mcp__' AND text < 'mcp_`'")?;
    let names: HashMap<i64, String> =
        names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    if names.is_empty() || found.is_empty() {
        return Ok(());
    }
    let of: HashMap<i64, usize> =
        found.iter().enumerate().map(|(index, (mark, _))| (mark.number, index)).collect();
    let mut tools = connection.prepare_cached(
        "SELECT response_id, name_id FROM tool_use WHERE response_id >= ?1 AND response_id <= ?2",
    )?;
    let numbers = || found.iter().map(|(mark, _)| mark.number);
    let mut rows = tools.query([numbers().min(), numbers().max()])?;
    let mut servers: BTreeSet<(usize, &str)> = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let (response, tool): (i64, i64) = (row.get(0)?, row.get(1)?);
        let server = names.get(&tool).and_then(|tool| server(tool));
        servers.extend(of.get(&response).copied().zip(server));
    }
    for (index, server) in servers {
        let held = found[index].1.mcp_servers.get_or_insert_default();
        if !held.iter().any(|held| held == server) {
            held.push(server.to_owned());
        }
    }
    Ok(())
}

/// The server of a tool named `mcp__server__tool`.
fn server(tool: &str) -> Option<&str> {
    tool.strip_prefix("mcp__").map(|rest| rest.split("__").next().unwrap_or(rest))
}

/// Beginnings and ends of sessions, of those that count on the page and maybe more.
fn turning_points(
    connection: &Connection,
    query: &UsageQuery,
    wanted: &Wanted,
    zone: &Zone,
    roots: Roots,
    now: Millis,
) -> Result<Vec<(Mark, UsageEvent)>> {
    let said = if has_reports(connection)? {
        "(SELECT ended_at FROM session_report WHERE session = s.uuid)"
    } else {
        "NULL"
    };
    let sql = format!(
        "SELECT s.id, s.uuid, s.started_at, s.last_at, IFNULL(s.last_main_at, s.last_at), {said}, p.text, m.text
         FROM session s JOIN name p ON p.id = s.project_id JOIN name m ON m.id = s.model_id
         WHERE s.started_at IS NOT NULL AND s.last_at >= ?1 AND (?2 IS NULL OR s.project_id = ?2)
           AND EXISTS (SELECT 1 FROM session_rollup q WHERE q.session_id = s.id AND (q.roots & ?3) != 0)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![query.from, wanted.project, roots])?;
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, started, last): (i64, Millis, Millis) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let (main, said): (Millis, Option<Millis>) = (row.get(4)?, row.get(5)?);
        let ended = match said.filter(|said| *said >= main) {
            Some(said) => Some(said.max(last)),
            None => (now - main >= ENDED_AFTER).then_some(last),
        };
        let (uuid, project, model): (String, String, String) = (row.get(1)?, row.get(6)?, row.get(7)?);
        let points = [(Happened::SessionStart, Some(started)), (Happened::SessionEnd, ended)];
        for (kind, at) in points.into_iter().filter_map(|(kind, at)| Some((kind, at?))) {
            let mark = Mark { at, kind, number };
            let counts = (query.from..query.to).contains(&at) && query.after.is_none_or(|after| mark < after);
            if counts {
                let ends = kind == Happened::SessionEnd;
                let event = UsageEvent {
                    id: format!("{uuid}:{}", if ends { "end" } else { "start" }),
                    r#type: kind,
                    timestamp: zone.rfc3339(at),
                    session_id: uuid.clone(),
                    model: known(model.clone()),
                    cost_usd: None,
                    input_tokens: None,
                    output_tokens: None,
                    cache_creation_input_tokens: None,
                    cache_read_input_tokens: None,
                    project_path: known(project.clone()),
                    permission_mode: None,
                    mcp_servers: None,
                    duration_ms: Some(last - started).filter(|_| ends),
                };
                found.push((mark, event));
            }
        }
    }
    Ok(found)
}
