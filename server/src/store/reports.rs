//! Reading: what reports are made of.

mod rows;

use self::rows::{Origin, Response, Session, Tool, Tools};
use super::Roots;
use super::reading::Reading;
use super::rollup::{self, COLUMNS};
use super::schema::Error;
use crate::reports::{By, Query, Report, Tally, report};
use crate::time::{Millis, QUARTER, Zone, quarter_of};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::{BTreeSet, HashMap, HashSet};

impl Reading {
    /// A report over the responses of some roots.
    pub fn report(&self, query: &Query, zone: &Zone, roots: Roots) -> std::result::Result<Report, Error> {
        Ok(make(&self.connection, query, zone, roots)?)
    }
}

/// Makes a report as of one moment of the database.
pub(super) fn make(connection: &Connection, query: &Query, zone: &Zone, roots: Roots) -> Result<Report> {
    let moment = connection.unchecked_transaction()?;
    let mut maker = Maker::new(&moment, query, zone, roots)?;
    if query.by.is_time() {
        maker.by_time()?;
    } else {
        maker.by_response()?;
    }
    let rows = maker.rows()?;
    Ok(report(query, zone, &maker.total, rows))
}

struct Maker<'a> {
    connection: &'a Connection,
    query: &'a Query,
    zone: &'a Zone,
    roots: Roots,
    sessions: HashMap<i64, Session>,
    /// The one project that counts, by number.
    project: Option<i64>,
    total: Tally,
    groups: HashMap<i64, Tally>,
    /// Names that are in no table: MCP servers, cut out of their tools' names.
    servers: Vec<String>,
    /// Servers by their tools' numbers.
    server_of: HashMap<i64, Option<i64>>,
    agents: HashMap<i64, HashSet<(i64, i64)>>,
    /// Sources of the responses that no transcript tells of.
    sources: HashMap<i64, i64>,
    /// The number of the tool that starts skills.
    skill_tool: Option<i64>,
}

/// A project that no session has.
const UNKNOWN_PROJECT: i64 = -1;
/// Group of subagents whose type is not known.
const UNKNOWN_AGENT: i64 = -1;

impl<'a> Maker<'a> {
    fn new(connection: &'a Connection, query: &'a Query, zone: &'a Zone, roots: Roots) -> Result<Self> {
        let number = |text: &str| {
            connection.query_row("SELECT id FROM name WHERE text = ?1", [text], |row| row.get(0)).optional()
        };
        let project =
            query.project.as_deref().map(number).transpose()?.map(|id| id.unwrap_or(UNKNOWN_PROJECT));
        let mut maker = Self {
            connection,
            query,
            zone,
            roots,
            sessions: HashMap::new(),
            project,
            total: Tally::default(),
            groups: HashMap::new(),
            servers: Vec::new(),
            server_of: HashMap::new(),
            agents: HashMap::new(),
            sources: HashMap::new(),
            skill_tool: number("Skill")?,
        };
        if project.is_some() || matches!(query.by, By::Session | By::Project) {
            maker.load_sessions()?;
        }
        if query.by == By::Source {
            maker.sources = super::records::sources(connection)?;
        }
        Ok(maker)
    }

    fn load_sessions(&mut self) -> Result<()> {
        let mut statement = self
            .connection
            .prepare("SELECT id, uuid, project_id, started_at, last_at, own_api_ms FROM session")?;
        let rows = statement.query_map([], |row| {
            let session = Session {
                uuid: row.get(1)?,
                project: row.get(2)?,
                started: row.get(3)?,
                last: row.get(4)?,
                api_ms: row.get(5)?,
            };
            Ok((row.get(0)?, session))
        })?;
        self.sessions = rows.collect::<Result<_>>()?;
        Ok(())
    }

    fn counts(&self, session: i64) -> bool {
        match self.project {
            None => true,
            Some(project) => self.sessions.get(&session).is_some_and(|session| session.project == project),
        }
    }

    /// Sums of quarter hours, put together by day or hour.
    fn by_time(&mut self) -> Result<()> {
        let (from, to) = self.query.days.instants(self.zone);
        let sql = format!(
            "SELECT quarter, session_id, {COLUMNS} FROM rollup
             WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0 ORDER BY quarter"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let to = if to == Millis::MAX { i64::MAX } else { quarter_of(to) };
        let mut rows = statement.query(params![quarter_of(from), to, self.roots])?;
        let (mut quarter, mut group) = (i64::MIN, 0);
        while let Some(row) = rows.next()? {
            let (at, session): (i64, i64) = (row.get(0)?, row.get(1)?);
            if !self.counts(session) {
                continue;
            }
            if at != quarter {
                quarter = at;
                group = self.time_group(at * QUARTER);
            }
            let sums = rollup::read(row, 2)?;
            if !sums.is_zero() {
                self.total.add(sums, session, at * QUARTER);
                self.groups.entry(group).or_default().add(sums, session, at * QUARTER);
            }
        }
        Ok(())
    }

    fn time_group(&self, at: Millis) -> i64 {
        let local = self.zone.at(at);
        match self.query.by {
            By::Hour => i64::from(chrono::Timelike::hour(&local)),
            _ => i64::from(chrono::Datelike::num_days_from_ce(&local)),
        }
    }

    /// Responses one by one, with the tools that each used.
    fn by_response(&mut self) -> Result<()> {
        let origins = self.origins()?;
        let (from, to) = self.query.days.instants(self.zone);
        let mut responses = self.connection.prepare_cached(
            "SELECT id, at, origin_id, model_id, part, flags, input, output, cache_write_5m, cache_write_1h,
             cache_read, web_searches, cost FROM response
             WHERE at >= ?1 AND at < ?2 AND (roots & ?3) != 0 ORDER BY id",
        )?;
        let mut tools = self.connection.prepare_cached(
            "SELECT response_id, name_id, file_id, detail_id, failed, lines_added, lines_removed FROM tool_use
             WHERE response_id IS NOT NULL ORDER BY response_id",
        )?;
        let mut tools = Tools::new(tools.query([])?);
        let mut rows = responses.query(params![from, to, self.roots])?;
        while let Some(row) = rows.next()? {
            let response = Response::read(row)?;
            let used = tools.of(response.id)?;
            let Some(origin) = origins.get(&response.origin).filter(|origin| self.counts(origin.session))
            else {
                continue;
            };
            self.total.add(response.sums, origin.session, response.at);
            let groups: Vec<i64> = self.groups_of(&response, origin, &used)?.into_iter().collect();
            for (group, share) in groups.iter().zip(response.sums.shares(groups.len())) {
                let tally = self.groups.entry(*group).or_default();
                tally.add(share, origin.session, response.at);
                if origin.agent != 0 || origin.sidechain {
                    self.agents.entry(*group).or_default().insert((origin.session, origin.agent));
                }
            }
            self.tally_tools(&groups, origin, &used)?;
        }
        Ok(())
    }

    fn origins(&self) -> Result<HashMap<i64, Origin>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT o.id, o.session_id, o.sidechain, o.agent_id, IIF(IFNULL(a.kind_id, 0) != 0, a.kind_id, IFNULL(t.detail_id, 0)),
               o.branch_id, o.skill_id, o.mcp_id
             FROM origin o LEFT JOIN agent a ON a.session_id = o.session_id AND a.name_id = o.agent_id AND o.agent_id != 0
             LEFT JOIN tool_use t ON t.id = a.tool_use",
        )?;
        let rows = statement.query_map([], |row| {
            let origin = Origin {
                session: row.get(1)?,
                sidechain: row.get(2)?,
                agent: row.get(3)?,
                agent_kind: row.get(4)?,
                branch: row.get(5)?,
                skill: row.get(6)?,
                mcp: row.get(7)?,
            };
            Ok((row.get(0)?, origin))
        })?;
        rows.collect()
    }

    /// The groups that share a response.
    fn groups_of(&mut self, response: &Response, origin: &Origin, used: &[Tool]) -> Result<BTreeSet<i64>> {
        let one = |group: i64| BTreeSet::from([group]);
        let mut groups = match self.query.by {
            By::Model => one(response.model),
            By::Session => one(origin.session),
            By::Project => one(self.sessions.get(&origin.session).map_or(0, |session| session.project)),
            By::Branch => one(origin.branch),
            By::Kind => one(match response.part {
                0 => i64::from(origin.sidechain),
                part => part + 1,
            }),
            By::Source => one(self.sources.get(&response.id).copied().unwrap_or(0)),
            By::Agent if !origin.sidechain => one(0),
            By::Agent if origin.agent_kind == 0 => one(UNKNOWN_AGENT),
            By::Agent => one(origin.agent_kind),
            By::Tool => used.iter().map(|tool| tool.name).collect(),
            By::Skill => used.iter().filter_map(|tool| self.skill(tool)).chain([origin.skill]).collect(),
            By::Mcp => {
                let mut servers = BTreeSet::new();
                for tool in used {
                    servers.extend(self.server(tool.name)?);
                }
                if origin.mcp != 0 {
                    let name = self.name(origin.mcp)?;
                    servers.insert(self.server_number(&name));
                }
                servers
            }
            By::Day | By::Hour => BTreeSet::new(),
        };
        if groups.len() > 1 {
            groups.remove(&0);
        }
        if groups.is_empty() {
            groups.insert(0);
        }
        Ok(groups)
    }

    /// The skill that a tool started. Other tools' details are types of agents.
    fn skill(&self, tool: &Tool) -> Option<i64> {
        (Some(tool.name) == self.skill_tool && tool.detail != 0).then_some(tool.detail)
    }

    /// Counts what the tools of a response did, for the groups that they concern.
    fn tally_tools(&mut self, groups: &[i64], origin: &Origin, used: &[Tool]) -> Result<()> {
        for tool in used {
            let concerned: Vec<i64> = match self.query.by {
                By::Tool => vec![tool.name],
                By::Mcp => self.server(tool.name)?.into_iter().collect(),
                By::Skill => vec![self.skill(tool).unwrap_or(origin.skill)],
                _ => groups.to_vec(),
            };
            let is_use = match self.query.by {
                By::Tool | By::Mcp => true,
                By::Skill => self.skill(tool).is_some(),
                _ => false,
            };
            for group in concerned {
                let Some(tally) = self.groups.get_mut(&group) else { continue };
                tally.tool_calls += 1;
                tally.lines_added += tool.added;
                tally.lines_removed += tool.removed;
                if tool.file != 0 && !tool.failed {
                    tally.files.insert(tool.file);
                }
                if is_use {
                    *tally.uses.get_or_insert(0) += 1;
                    *tally.failures.get_or_insert(0) += i64::from(tool.failed);
                }
            }
        }
        Ok(())
    }

    /// The MCP server of a tool named `mcp__server__tool`.
    fn server(&mut self, tool: i64) -> Result<Option<i64>> {
        if let Some(server) = self.server_of.get(&tool) {
            return Ok(*server);
        }
        let name = self.name(tool)?;
        let server = name
            .strip_prefix("mcp__")
            .map(|rest| rest.split("__").next().unwrap_or(rest))
            .map(|server| self.server_number(server));
        self.server_of.insert(tool, server);
        Ok(server)
    }

    fn server_number(&mut self, server: &str) -> i64 {
        let index = self.servers.iter().position(|known| known == server).unwrap_or_else(|| {
            self.servers.push(server.to_owned());
            self.servers.len() - 1
        });
        index as i64 + 1
    }

    fn name(&self, id: i64) -> Result<String> {
        self.connection
            .prepare_cached("SELECT text FROM name WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()
            .map(Option::unwrap_or_default)
    }

    fn rows(&mut self) -> Result<Vec<(String, Tally)>> {
        let groups = std::mem::take(&mut self.groups);
        let mut rows = Vec::with_capacity(groups.len());
        #[allow(clippy::iter_over_hash_type, reason = "the report orders its rows")]
        for (group, mut tally) in groups {
            if self.query.by == By::Agent && group != 0 {
                tally.uses = self.agents.get(&group).map(|agents| agents.len() as i64);
            }
            if let (By::Session, Some(session)) = (self.query.by, self.sessions.get(&group)) {
                tally.first = session.started.or(tally.first);
                tally.last = session.last.max(tally.last);
                tally.api_ms = session.api_ms;
            }
            rows.push((self.key(group)?, tally));
        }
        Ok(rows)
    }

    fn key(&self, group: i64) -> Result<String> {
        Ok(match self.query.by {
            By::Session => self.sessions.get(&group).map(|session| session.uuid.clone()).unwrap_or_default(),
            By::Day => chrono::NaiveDate::from_num_days_from_ce_opt(group as i32)
                .map(|day| day.to_string())
                .unwrap_or_default(),
            By::Hour => format!("{group:02}"),
            By::Kind => ["main", "subagent", "compaction", "advisor"][group as usize & 3].to_owned(),
            By::Mcp => group
                .checked_sub(1)
                .and_then(|index| self.servers.get(index as usize))
                .cloned()
                .unwrap_or_default(),
            By::Source if group == 0 => "transcript".to_owned(),
            _ if group == UNKNOWN_AGENT => "unknown".to_owned(),
            _ => self.name(group)?,
        })
    }
}
