//! Which groups of a key a row of the store belongs to, and what these are called.

use super::rows::{Origin, Response, Tool};
use super::source::{Quarter, Source, name, name_number, start_of};
use crate::reports::By;
use crate::store::records;
use crate::time::{Millis, week_start};
use chrono::{Datelike as _, NaiveDate, Timelike as _};
use rusqlite::Result;
use std::collections::{BTreeSet, HashMap};

/// One key, and what has to be known to find its groups.
pub(super) struct Keyer<'a> {
    source: &'a Source<'a>,
    pub(super) by: By,
    /// Names that are in no table: MCP servers, cut out of their tools' names.
    servers: Vec<String>,
    /// Servers by their tools' numbers.
    server_of: HashMap<i64, Option<i64>>,
    /// Sources of the responses that no transcript tells of.
    sources: HashMap<i64, i64>,
    /// The number of the tool that starts skills.
    skill_tool: Option<i64>,
    /// The quarter hour that was seen last, and its group.
    latest: (i64, i64),
}

/// Group of subagents whose type is not known.
const UNKNOWN_AGENT: i64 = -1;

/// Who spent: the main thread, a subagent, and then the parts of a response and what stands beside it, by their numbers.
const KINDS: [&str; 5] = ["main", "subagent", "compaction", "advisor", "helper"];

/// Hours that a day of a zone has at most.
const HOURS: i64 = 24;

impl<'a> Keyer<'a> {
    pub(super) fn new(source: &'a Source<'a>, by: By) -> Result<Self> {
        Ok(Self {
            source,
            by,
            servers: Vec::new(),
            server_of: HashMap::new(),
            sources: if by == By::Source { records::sources(source.connection)? } else { HashMap::new() },
            skill_tool: name_number(source.connection, "Skill")?,
            latest: (i64::MIN, 0),
        })
    }

    /// The group of the sums of a quarter hour; for keys that are times, and for projects, models and sessions.
    pub(super) fn group_of_quarter(&mut self, row: &Quarter) -> i64 {
        match self.by {
            By::Model => row.model,
            By::Session => row.session,
            By::Project => self.project(row.session),
            _ => {
                if row.number != self.latest.0 {
                    self.latest = (row.number, self.time_group(start_of(row.number)));
                }
                self.latest.1
            }
        }
    }

    fn project(&self, session: i64) -> i64 {
        self.source.sessions.get(&session).map_or(0, |session| session.project)
    }

    fn time_group(&self, at: Millis) -> i64 {
        let local = self.source.zone.at(at);
        let day = local.date_naive();
        let days = |day: NaiveDate| i64::from(day.num_days_from_ce());
        match self.by {
            By::Hour => i64::from(local.hour()),
            By::Weekday => i64::from(local.weekday().number_from_monday()),
            By::DayHour => days(day) * HOURS + i64::from(local.hour()),
            By::Week => days(week_start(day, self.source.week_start)),
            By::Month => days(crate::time::month_start(day)),
            _ => days(day),
        }
    }

    /// The groups that share a response.
    pub(super) fn groups_of(
        &mut self,
        response: &Response,
        origin: &Origin,
        used: &[Tool],
    ) -> Result<BTreeSet<i64>> {
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
            By::Day | By::Week | By::Month | By::Hour | By::Weekday | By::DayHour => {
                one(self.time_group(response.at))
            }
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

    /// The groups that a use of a tool counts for, of those that share its response.
    pub(super) fn concerned(&mut self, tool: &Tool, origin: &Origin, groups: &[i64]) -> Result<Vec<i64>> {
        Ok(match self.by {
            By::Tool => vec![tool.name],
            By::File => vec![tool.file],
            By::Mcp => self.server(tool.name)?.into_iter().collect(),
            By::Skill => vec![self.skill(tool).unwrap_or(origin.skill)],
            _ => groups.to_vec(),
        })
    }

    /// Whether a use of a tool is one of what the key is about.
    pub(super) fn is_use(&self, tool: &Tool) -> bool {
        match self.by {
            By::Tool | By::Mcp => true,
            By::File => tool.file != 0,
            By::Skill => self.skill(tool).is_some(),
            _ => false,
        }
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

    /// What a group is called.
    pub(super) fn key(&self, group: i64) -> Result<String> {
        let date = |group: i64, format: &str| {
            let day = i32::try_from(group).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
            day.map(|day| day.format(format).to_string()).unwrap_or_default()
        };
        let day = |format: &str| date(group, format);
        Ok(match self.by {
            By::Session => {
                self.source.sessions.get(&group).map(|session| session.uuid.clone()).unwrap_or_default()
            }
            By::Day | By::Week => day("%Y-%m-%d"),
            By::Month => day("%Y-%m"),
            By::Hour => format!("{group:02}"),
            By::Weekday => group.to_string(),
            By::DayHour => {
                format!("{}T{:02}", date(group.div_euclid(HOURS), "%Y-%m-%d"), group.rem_euclid(HOURS))
            }
            By::Kind => KINDS.get(group as usize).copied().unwrap_or_default().to_owned(),
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
