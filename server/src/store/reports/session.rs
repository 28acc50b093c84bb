//! One session with its turns.

use super::find;
use super::group::Grouper;
use super::rows::{Origin, Response, Tool};
use super::source::{Filter, Source, name};
use crate::money::NanoUsd;
use crate::reports::{Matched, Seen, SessionFacts, Tally, TurnTally, attribute};
use crate::store::Roots;
use crate::store::reading::{Reading, SESSION_COLUMNS, session_row, subagents};
use crate::store::schema::Error;
use crate::store::telemetry;
use crate::time::{Millis, QUARTER, Zone};
use chrono::Weekday;
use rusqlite::{Connection, Result, params};
use std::collections::{BTreeMap, HashMap};

impl Reading {
    /// The session with this id, or with the only id that begins so.
    pub fn session(
        &self,
        id: &str,
        zone: &Zone,
        roots: Roots,
    ) -> std::result::Result<Matched<SessionFacts>, Error> {
        let moment = self.connection.unchecked_transaction()?;
        Ok(match find::sessions(&moment, id, roots)?.matched(find::Found::default()) {
            Matched::One((session, _)) => Matched::One(facts(&moment, session, zone, roots)?),
            Matched::Nothing => Matched::Nothing,
            Matched::Several(candidates, count) => Matched::Several(candidates, count),
        })
    }
}

/// The instants between which the responses of a session lie.
pub(super) fn span(connection: &Connection, session: i64, roots: Roots) -> Result<(Millis, Millis)> {
    connection
        .prepare_cached(
            "SELECT IFNULL(MIN(quarter), 0), IFNULL(MAX(quarter) + 1, 0) FROM rollup
             WHERE session_id = ?1 AND (roots & ?2) != 0",
        )?
        .query_row([session, roots], |row| {
            Ok((row.get::<_, i64>(0)? * QUARTER, row.get::<_, i64>(1)? * QUARTER))
        })
}

fn facts(connection: &Connection, session: i64, zone: &Zone, roots: Roots) -> Result<SessionFacts> {
    let (from, to) = span(connection, session, roots)?;
    let filter = Filter { from, to, roots, projects: None, session: Some(session) };
    let source = Source::new(connection, zone, Weekday::Mon, filter, false)?;
    let mut groupers = Vec::new();
    for by in SessionFacts::KEYS {
        groupers.push(Grouper::new(&source, by)?);
    }
    let (mut total, mut seen, mut used) = (Tally::default(), Vec::new(), Vec::new());
    source.responses(|response, origin, tools| {
        total.add(response.sums, origin.session, response.at);
        total.took.extend(response.took);
        seen.push(see(response, origin));
        used.push((*response, tools.to_vec()));
        groupers.iter_mut().try_for_each(|grouper| grouper.add(response, origin, tools))
    })?;
    let mut parts: [Vec<(String, Tally)>; 7] = Default::default();
    for (part, grouper) in parts.iter_mut().zip(&mut groupers) {
        *part = grouper.rows()?;
    }
    let (mut row, project, api_ms, own_cost) = known(connection, session, roots)?;
    row.subagents = subagents(connection, session, -1)?;
    let turns = turns(connection, session, &seen, &used)?;
    let counters = telemetry::counters(connection, &row.id)?;
    Ok(SessionFacts { row, project, api_ms, own_cost, counters, total, turns, parts })
}

type Known = (crate::snapshot::SessionRow, String, Option<i64>, Option<NanoUsd>);

/// The session's own row: with its project, and what Claude Code says of it.
fn known(connection: &Connection, session: i64, roots: Roots) -> Result<Known> {
    // The second parameter is a limit elsewhere.
    let sql = format!("SELECT {SESSION_COLUMNS} WHERE s.id = ?1 LIMIT ?2");
    let row = connection.prepare_cached(&sql)?.query_row(params![session, 1, roots], session_row)?;
    let (project, api_ms, own): (String, Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT p.text, s.own_api_ms, s.own_cost FROM session s JOIN name p ON p.id = s.project_id WHERE s.id = ?1",
        )?
        .query_row([session], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((row, project, api_ms, own.map(NanoUsd)))
}

const fn see(response: &Response, origin: &Origin) -> Seen {
    let Response { id, at, turn, .. } = *response;
    Seen { id, at, turn, sidechain: origin.sidechain, agent: origin.agent }
}

fn turns(
    connection: &Connection,
    session: i64,
    seen: &[Seen],
    used: &[(Response, Vec<Tool>)],
) -> Result<Vec<TurnTally>> {
    let mut statement = connection.prepare_cached("SELECT id, prompt, at FROM turn WHERE session_id = ?1")?;
    let rows = statement.query_map([session], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    let prompts: HashMap<i64, (String, Millis)> = rows.collect::<Result<_>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT a.name_id, t.response_id FROM agent a JOIN tool_use t ON t.id = a.tool_use
         WHERE a.session_id = ?1 AND t.response_id IS NOT NULL",
    )?;
    let rows = statement.query_map([session], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let starters: BTreeMap<i64, i64> = rows.collect::<Result<_>>()?;
    let times: Vec<(i64, Millis)> = prompts.iter().map(|(turn, (_, at))| (*turn, *at)).collect();
    let mut tallies: BTreeMap<&str, TurnTally> = BTreeMap::new();
    for ((turn, seen), (response, tools)) in
        attribute(seen, &starters, &times).into_iter().zip(seen).zip(used)
    {
        let prompt = prompts.get(&turn);
        let key = prompt.map_or("", |(key, _)| key.as_str());
        let tally = tallies.entry(key).or_default();
        key.clone_into(&mut tally.key);
        tally.at = prompt.map(|(_, at)| *at);
        tally.tally.add(response.sums, session, response.at);
        tally.models.insert(name(connection, response.model)?);
        for tool in tools {
            *tally.tools.entry(name(connection, tool.name)?).or_default() += 1;
        }
        if seen.agent != 0 {
            tally.agents.insert(seen.agent);
        }
    }
    Ok(tallies.into_values().collect())
}
