//! Answers for whoever asks this process from outside: the command line's reports, out of the database as it stands.

use super::{Setup, now};
use crate::alerts::wire::AlertNotice;
use crate::alerts::{Alert, heard, holds};
use crate::budgets::{self, WHOLE};
use crate::http::{Asked, Denied};
use crate::limits;
use crate::output::Listed;
use crate::reports::{self, By, Matched, Query, Range, Usual, parse_day, refusal};
use crate::snapshot::wire::{self, Role, Status, Watch};
use crate::snapshot::{Surroundings, build, limit, standing};
use crate::store::reading::{Reading, Scope};
use crate::store::{ALL_ROOTS, HardStop, Roots, Whereabouts};
use crate::time::{HOUR, Millis, Zone};
use crate::workspace;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// The database, and what it is asked with.
struct Desk<'a> {
    setup: &'a Setup,
    reading: Reading,
    roots: Roots,
    zone: Zone,
}

/// It cannot be had now.
pub(super) fn failed(error: impl std::fmt::Display) -> Denied {
    Denied::Failed(error.to_string())
}

/// The database as it stands, and the roots that count.
pub(super) fn open(setup: &Setup) -> Result<(Reading, Roots), Denied> {
    let reading = Reading::open(&setup.database()).map_err(failed)?;
    let (roots, _) = reading.roots(&setup.root_names()).unwrap_or((ALL_ROOTS, true));
    Ok((reading, roots))
}

fn written(value: &impl Serialize) -> Result<String, Denied> {
    serde_json::to_string(value).map_err(failed)
}

impl<'a> Desk<'a> {
    fn open(setup: &'a Setup, zone: Option<&str>) -> Result<Self, Denied> {
        let zone = match zone {
            None => setup.zone.clone(),
            Some(name) => Zone::named(name).ok_or_else(|| {
                Denied::Misuse(format!("timezone is {name:?}; give a name like Europe/Berlin or UTC"))
            })?,
        };
        let (reading, roots) = open(setup)?;
        Ok(Self { setup, reading, roots, zone })
    }

    fn query(&self, by: By, usual: Usual, asked: &Asked) -> Result<Query, Denied> {
        let day = |name: &str, text: &Option<String>| {
            let day = text.as_deref().map(parse_day).transpose();
            day.map_err(|wanted| {
                Denied::Misuse(format!(
                    "{name} is {text:?}; {wanted}",
                    text = text.as_deref().unwrap_or_default()
                ))
            })
        };
        let range = Range {
            since: day("since", &asked.since)?,
            until: day("until", &asked.until)?,
            days: number("days", asked.days.as_deref())?,
        };
        if range.days.is_some_and(|days| !(1..=36_500).contains(&days)) {
            return Err(Denied::Misuse("days must be a whole number from 1 to 36500".to_owned()));
        }
        if range.days.is_some() && (range.since.is_some() || range.until.is_some()) {
            return Err(Denied::Misuse("give since and until, or days".to_owned()));
        }
        let first = self.setup.config.week_start;
        let split = asked.split.as_deref().map(|split| by.parse_split(split));
        let split = split.transpose().map_err(Denied::Misuse)?;
        Ok(Query {
            by,
            split,
            days: range.days(self.zone.day(now()), first, usual).map_err(Denied::Misuse)?,
            project: asked.project.clone(),
            limit: number("limit", asked.limit.as_deref())?,
            week_start: first,
        })
    }

    fn table(&self, by: By, usual: Usual, asked: &Asked) -> Result<String, Denied> {
        let query = self.query(by, usual, asked)?;
        written(&self.reading.report(&query, &self.zone, self.roots).map_err(failed)?)
    }
}

fn number<T: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Denied> {
    let wanted = |text: &str| Denied::Misuse(format!("{name} is {text:?}; give a whole number of 0 or more"));
    text.map(|text| text.parse().map_err(|_| wanted(text))).transpose()
}

/// The JSON of the report that the command of this name prints.
///
/// # Errors
/// There is no such report, a parameter does not fit, or the database cannot be read.
pub(super) fn report(setup: &Setup, name: &str, asked: &Asked) -> Result<String, Denied> {
    let desk = Desk::open(setup, asked.timezone.as_deref())?;
    if (asked.by.is_some() || asked.split.is_some()) && name != "breakdown" {
        return Err(Denied::Misuse(format!("`by` and `split` belong to breakdown, not to {name}")));
    }
    match name {
        "daily" => desk.table(By::Day, Usual::Days(30), asked),
        "weekly" => desk.table(By::Week, Usual::Weeks(12), asked),
        "monthly" => desk.table(By::Month, Usual::Months(12), asked),
        "summary" | "projects" => desk.table(By::Project, Usual::All, asked),
        "sessions" | "recent" => desk.table(By::Session, Usual::All, asked),
        "breakdown" => {
            let by = asked.by.as_deref().unwrap_or("model");
            desk.table(By::parse(by).map_err(Denied::Misuse)?, Usual::All, asked)
        }
        "blocks" => {
            let query = desk.query(By::Hour, Usual::All, asked)?;
            let moment = desk.reading.moment(now()).map_err(failed)?;
            written(&desk.reading.blocks(&query, &desk.zone, desk.roots, moment).map_err(failed)?)
        }
        "current" => {
            let query = desk.query(By::Hour, Usual::All, asked)?;
            let query = Query { limit: query.limit.or(Some(3)), days: reports::Days::default(), ..query };
            let moment = desk.reading.moment(now()).map_err(failed)?;
            written(&desk.reading.current(&query, &desk.zone, desk.roots, moment).map_err(failed)?)
        }
        "project" => {
            let path = asked.project.as_deref();
            let path = path.ok_or_else(|| Denied::Misuse("`project` is missing: its folder".to_owned()))?;
            let query = Query { project: None, ..desk.query(By::Project, Usual::All, asked)? };
            let folders = workspace::expand(&[Path::new(path).to_owned()]);
            written(&desk.reading.project(folders, &query, &desk.zone, desk.roots).map_err(failed)?)
        }
        "limits" => {
            let now = now();
            let standing = limits::standing(&desk.reading.limits(now).map_err(failed)?, now);
            written(&limits_told(&standing, &desk.zone))
        }
        "budgets" => written(&Budgets::read(setup, &desk.reading, None).map_err(failed)?.json(setup)),
        "alerts" => {
            let most = number("limit", asked.limit.as_deref())?.unwrap_or(50);
            written(&json!({ "alerts": alerts(setup, &desk.reading, most, true).map_err(failed)? }))
        }
        other => Err(Denied::Missing(format!(
            "there is no report {other:?}; there are daily, weekly, monthly, summary, projects, project, sessions, \
             breakdown, blocks, current and limits"
        ))),
    }
}

/// The JSON of `costline session`.
pub(super) fn session(setup: &Setup, id: &str) -> Result<String, Denied> {
    let desk = Desk::open(setup, None)?;
    match desk.reading.session(id, &desk.zone, desk.roots).map_err(failed)? {
        Matched::One(facts) => {
            let moment = desk.reading.moment(now()).map_err(failed)?;
            written(&reports::session(facts, moment, &desk.zone, setup.prices()))
        }
        Matched::Nothing => Err(Denied::Missing(format!("there is no session whose id begins with {id:?}"))),
        Matched::Several(candidates, count) => {
            Err(Denied::Misuse(refusal("sessions", id, &candidates, count)))
        }
    }
}

/// Cost of each of the last 24 hours, oldest first, the running one last.
pub(super) fn hours(setup: &Setup) -> Result<[u64; 24], Denied> {
    let desk = Desk::open(setup, None)?;
    let now = now();
    let since = Some(desk.zone.day(now - 23 * HOUR));
    let query = Query {
        by: By::DayHour,
        split: None,
        days: reports::Days { since, until: None },
        project: None,
        limit: None,
        week_start: setup.config.week_start,
    };
    let report = desk.reading.report(&query, &desk.zone, desk.roots).map_err(failed)?;
    let mut hours = [0; 24];
    for (hour, back) in hours.iter_mut().zip((0..24).rev()) {
        let key = desk.zone.at(now - back * HOUR).format("%Y-%m-%dT%H").to_string();
        let row = report.rows.iter().find(|row| row.key == key);
        *hour = row.map_or(0, |row| u64::try_from(row.totals.cost_usd.0).unwrap_or_default());
    }
    Ok(hours)
}

/// The status of one project, as a process that follows would show it.
pub(super) fn status(setup: &Setup, project: &str) -> Result<Status, Denied> {
    let mut desk = Desk::open(setup, None)?;
    let rows = desk.reading.rows(&Scope {
        everywhere: false,
        folders: workspace::expand(&[Path::new(project).to_owned()]),
        roots: desk.roots,
        sessions: setup.config.lsp.max_sessions,
        zone: desk.zone.clone(),
        week_start: setup.config.week_start,
    });
    let around = Surroundings {
        now: now(),
        role: Role::Follower,
        watch: Watch::Events,
        problems: setup.problems.clone(),
        stale: false,
    };
    Ok(build(&rows.map_err(failed)?, &around, &setup.config, &desk.zone, setup.prices()))
}

/// The JSON of `costline limits`.
pub fn limits_told(standing: &[limits::Standing], zone: &Zone) -> Value {
    let limits: Vec<wire::Limit> = standing.iter().map(|standing| limit(standing, zone)).collect();
    json!({ "limits": limits, "timezone": zone.name() })
}

/// How budgets stand, and whether work is to stop.
pub struct Budgets {
    /// Each of them.
    pub standings: Vec<wire::Budget>,
    /// Until when hard limits are lifted.
    pub lifted: Option<Millis>,
    /// The hard limit that is used up.
    pub stop: Option<HardStop>,
}

impl Budgets {
    /// How they stand, for who is at work in a project.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn read(
        setup: &Setup,
        reading: &Reading,
        project: Option<&str>,
    ) -> Result<Self, crate::store::Error> {
        let now = now();
        let place = Whereabouts { session: None, project };
        Ok(Self {
            standings: reading.standings()?.iter().map(|one| standing(one, &setup.zone)).collect(),
            lifted: reading.override_until(now)?,
            stop: reading.hard_stop(now, &setup.zone, &place)?,
        })
    }

    /// The JSON of `costline budget status`.
    pub fn json(&self, setup: &Setup) -> Value {
        let stop = self.stop.as_ref().map(|stop| {
            json!({
                "budget": stop.budget.id,
                "limitUsd": stop.budget.terms.limit,
                "spentUsd": stop.spent,
                "usedPercent": budgets::used_percent(stop.spent, stop.budget.terms.limit),
                "thresholdPercent": WHOLE,
                "until": stop.until.map(|at| setup.zone.rfc3339(at)),
                "message": stop.message,
            })
        });
        let lifted = self.lifted.map(|at| setup.zone.rfc3339(at));
        json!({ "budgets": self.standings, "overrideUntil": lifted, "hardStop": stop })
    }
}

/// The latest alerts that the settings want to hear of, the newest first; with those that another one was told in place of
/// where `all` are asked for.
///
/// # Errors
/// The database cannot be read.
pub fn alerts(
    setup: &Setup,
    reading: &Reading,
    most: usize,
    all: bool,
) -> Result<Vec<Listed>, crate::store::Error> {
    let now = now();
    let time = |at: Option<i64>| at.map(|at| setup.zone.rfc3339(at));
    let listed = |alert: &Alert| {
        let urgency = heard(alert, &setup.config.alerts)?;
        Some(Listed {
            notice: AlertNotice::of(alert, urgency, &setup.zone),
            threshold_percent: Some(alert.threshold).filter(|threshold| *threshold > 0),
            holds: holds(alert, now),
            ended_at: time(alert.ended_at),
            told_with: alert.told_with,
            acknowledged_at: time(alert.acknowledged_at),
            snoozed_until: time(alert.snoozed_until),
        })
    };
    let mut asked = most;
    loop {
        let alerts = reading.latest_alerts(asked, all)?;
        let rows: Vec<Listed> = alerts.iter().filter_map(listed).take(most).collect();
        if rows.len() >= most || alerts.len() < asked {
            return Ok(rows);
        }
        // What nobody wants to hear of takes no place.
        asked = asked.saturating_mul(4);
    }
}
