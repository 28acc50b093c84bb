//! Putting rows of the store together by one key.

use super::rows::{Origin, Response, Tool};
use super::source::{Quarter, Source, name, name_number, start_of};
use crate::reports::{By, Tally};
use crate::store::records;
use crate::time::{Millis, week_start};
use chrono::{Datelike as _, NaiveDate, Timelike as _};
use rusqlite::Result;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is put together by one key.
pub(super) struct Grouper<'a> {
    source: &'a Source<'a>,
    by: By,
    /// All of it.
    pub(super) total: Tally,
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
    /// The quarter hour that was seen last, and its group.
    latest: (i64, i64),
}

/// Group of subagents whose type is not known.
const UNKNOWN_AGENT: i64 = -1;

impl<'a> Grouper<'a> {
    pub(super) fn new(source: &'a Source<'a>, by: By) -> Result<Self> {
        Ok(Self {
            source,
            by,
            total: Tally::default(),
            groups: HashMap::new(),
            servers: Vec::new(),
            server_of: HashMap::new(),
            agents: HashMap::new(),
            sources: if by == By::Source { records::sources(source.connection)? } else { HashMap::new() },
            skill_tool: name_number(source.connection, "Skill")?,
            latest: (i64::MIN, 0),
        })
    }

    /// Adds the sums of a quarter hour; for keys that are times, and for projects, models and sessions.
    pub(super) fn add_quarter(&mut self, row: &Quarter) {
        let at = start_of(row.number);
        let group = match self.by {
            By::Model => row.model,
            By::Session => row.session,
            By::Project => self.project(row.session),
            _ => {
                if row.number != self.latest.0 {
                    self.latest = (row.number, self.time_group(at));
                }
                self.latest.1
            }
        };
        self.total.add(row.sums, row.session, at);
        self.groups.entry(group).or_default().add(row.sums, row.session, at);
    }

    /// Adds a response with the tools that it used.
    pub(super) fn add(&mut self, response: &Response, origin: &Origin, used: &[Tool]) -> Result<()> {
        self.total.add(response.sums, origin.session, response.at);
        let groups: Vec<i64> = self.groups_of(response, origin, used)?.into_iter().collect();
        for (group, share) in groups.iter().zip(response.sums.shares(groups.len())) {
            let tally = self.groups.entry(*group).or_default();
            tally.add(share, origin.session, response.at);
            if origin.agent != 0 || origin.sidechain {
                self.agents.entry(*group).or_default().insert((origin.session, origin.agent));
            }
        }
        self.tally_tools(&groups, origin, used)
    }

    fn project(&self, session: i64) -> i64 {
        self.source.sessions.get(&session).map_or(0, |session| session.project)
    }

    fn time_group(&self, at: Millis) -> i64 {
        let local = self.source.zone.at(at);
        let day = local.date_naive();
        i64::from(match self.by {
            By::Hour => return i64::from(local.hour()),
            By::Week => week_start(day, self.source.week_start).num_days_from_ce(),
            By::Month => crate::time::month_start(day).num_days_from_ce(),
            _ => day.num_days_from_ce(),
        })
    }

    /// The groups that share a response.
    fn groups_of(&mut self, response: &Response, origin: &Origin, used: &[Tool]) -> Result<BTreeSet<i64>> {
        let one = |group: i64| BTreeSet::from([group]);
        let mut groups = match self.by {
            By::Model => one(response.model),
            By::Session => one(origin.session),
            By::Project => one(self.project(origin.session)),
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
            By::File => used.iter().map(|tool| tool.file).collect(),
            By::Skill => used.iter().filter_map(|tool| self.skill(tool)).chain([origin.skill]).collect(),
            By::Mcp => {
                let mut servers = BTreeSet::new();
                for tool in used {
                    servers.extend(self.server(tool.name)?);
                }
                if origin.mcp != 0 {
                    let name = name(self.source.connection, origin.mcp)?;
                    servers.insert(self.server_number(&name));
                }
                servers
            }
            By::Day | By::Week | By::Month | By::Hour => one(self.time_group(response.at)),
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
            let concerned: Vec<i64> = match self.by {
                By::Tool => vec![tool.name],
                By::File => vec![tool.file],
                By::Mcp => self.server(tool.name)?.into_iter().collect(),
                By::Skill => vec![self.skill(tool).unwrap_or(origin.skill)],
                _ => groups.to_vec(),
            };
            let is_use = match self.by {
                By::Tool | By::Mcp => true,
                By::File => tool.file != 0,
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
        let name = name(self.source.connection, tool)?;
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

    /// The rows by key, in no order.
    pub(super) fn rows(&mut self) -> Result<Vec<(String, Tally)>> {
        let groups = std::mem::take(&mut self.groups);
        let mut rows = Vec::with_capacity(groups.len());
        #[allow(clippy::iter_over_hash_type, reason = "the report orders its rows")]
        for (group, mut tally) in groups {
            if self.by == By::Agent && group != 0 {
                tally.uses = self.agents.get(&group).map(|agents| agents.len() as i64);
            }
            if let (By::Session, Some(session)) = (self.by, self.source.sessions.get(&group)) {
                tally.first = session.started.or(tally.first);
                tally.last = session.last.max(tally.last);
                tally.api_ms = session.api_ms;
            }
            rows.push((self.key(group)?, tally));
        }
        Ok(rows)
    }

    fn key(&self, group: i64) -> Result<String> {
        let day = |format: &str| {
            let day = i32::try_from(group).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
            day.map(|day| day.format(format).to_string()).unwrap_or_default()
        };
        Ok(match self.by {
            By::Session => {
                self.source.sessions.get(&group).map(|session| session.uuid.clone()).unwrap_or_default()
            }
            By::Day | By::Week => day("%Y-%m-%d"),
            By::Month => day("%Y-%m"),
            By::Hour => format!("{group:02}"),
            By::Kind => ["main", "subagent", "compaction", "advisor"][group as usize & 3].to_owned(),
            By::Mcp => group
                .checked_sub(1)
                .and_then(|index| self.servers.get(index as usize))
                .cloned()
                .unwrap_or_default(),
            By::Source if group == 0 => "transcript".to_owned(),
            _ if group == UNKNOWN_AGENT => "unknown".to_owned(),
            _ => name(self.source.connection, group)?,
        })
    }
}
