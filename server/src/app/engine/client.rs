//! What a client says, and what it is answered.

use super::{Engine, Side};
use crate::app::{dashboard, doctor, documents, now, spawn};
use crate::leader;
use crate::lsp::{Client, Format, Message, Period, Query, Shown};
use crate::output;
use crate::reports;
use crate::snapshot::wire::Status;
use crate::store::reading::Reading;
use crate::store::{self, ALL_ROOTS};
use crate::time::{self, Zone};
use crate::workspace;
use chrono::{NaiveDate, Weekday};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a client waits for the dashboard to be served.
const DASHBOARD: Duration = Duration::from_secs(5);

/// So many of the costliest an overview names of each period.
const TOP: usize = 3;

impl Engine {
    pub(super) fn client(&mut self, message: Message) {
        // Whoever asked may be gone: nobody minds an answer that is not heard.
        match message {
            Message::Hello(Client { folders, options, .. }) => {
                self.greeted = true;
                self.folders = workspace::expand(&folders);
                self.configure(options);
            }
            Message::Folders(folders) => {
                self.folders = workspace::expand(&folders);
                self.dirty = true;
            }
            Message::Settings(settings) => self.configure(settings),
            Message::Status(reply) => drop(reply.send(Arc::new(self.status()))),
            Message::Report { query, document, reply } => drop(reply.send(self.report(&query, document))),
            Message::Overview { query, document, reply } => {
                drop(reply.send(self.overview(&query, document)));
            }
            Message::Doctor(reply) => {
                let setup = self.setup.clone();
                let examine = move || {
                    let report = doctor::examine(&setup, None);
                    drop(reply.send(serde_json::to_value(report).unwrap_or_default()));
                };
                spawn("costline-doctor", Box::new(examine));
            }
            Message::Dashboard(reply) => {
                self.setup.asked_for_web = true;
                self.attend_web();
                let state = self.setup.state.clone();
                // It may have to wait for another process to take over.
                let link = move || drop(reply.send(dashboard::link(&state, DASHBOARD)));
                spawn("costline-link", Box::new(link));
            }
            Message::Refresh(reply) => {
                self.refresh();
                self.publish();
                let _ = reply.send(());
            }
            Message::Wish { wish, reply } => drop(reply.send(self.wish(&wish))),
            Message::Goodbye => {}
        }
    }

    /// Has everything looked at now.
    pub(super) fn refresh(&mut self) {
        match &mut self.side {
            Side::Leader(leading) => drop(leading.scan()),
            Side::Follower(_) => leader::ask_to_look(&self.setup.state),
        }
    }

    /// Takes up what the editor set.
    pub(super) fn configure(&mut self, options: Value) {
        let (config, problems) = self.setup.config.with_editor_options(&options);
        self.options = options;
        self.editor_problems = problems.iter().map(ToString::to_string).collect();
        for problem in &self.editor_problems {
            tracing::warn!("{problem}");
        }
        self.zone = match config.timezone {
            Some(zone) if config.timezone != self.setup.config.timezone => Zone::Named(zone),
            _ => self.setup.zone.clone(),
        };
        self.config = config;
        if let Side::Leader(leading) = &mut self.side {
            leading.count_days_in([&self.setup.zone, &self.zone]);
        }
        self.dirty = true;
        // What the editor set shows in the next status, whatever else happens.
        self.published = None;
    }

    pub(super) fn report(&self, asked: &Query, document: bool) -> Result<Shown, String> {
        let query = meant(asked, self.zone.day(now()), self.config.week_start)?;
        let reading = Reading::open(&self.setup.database()).map_err(|error| error.to_string())?;
        let (roots, _) = reading.roots(&self.setup.root_names()).unwrap_or((ALL_ROOTS, true));
        let report = reading.report(&query, &self.zone, roots).map_err(|error| error.to_string())?;
        let project = query.project.as_deref();
        let text = |written: &str| output::markdown(&report, query.by, query.split, project, written);
        self.shown(asked.format, document.then_some(query.by.name()), &report, text)
    }

    /// Everything at once. Budgets and limits are those of the status.
    fn overview(&mut self, asked: &Query, document: bool) -> Result<Shown, String> {
        let query = meant(asked, self.zone.day(now()), self.config.week_start)?;
        let reading = Reading::open(&self.setup.database()).map_err(|error| error.to_string())?;
        let (roots, _) = reading.roots(&self.setup.root_names()).unwrap_or((ALL_ROOTS, true));
        let by = |by, limit, days| reports::Query { by, days, limit, ..query.clone() };
        let table = |key| reading.report(&by(key, query.limit, query.days), &self.zone, roots);
        let failed = |error: store::Error| error.to_string();
        let lately = by(reports::By::Hour, Some(TOP), reports::Days::default());
        let moment = reading.moment(now()).map_err(failed)?;
        let current = reading.current(&lately, &self.zone, roots, moment).map_err(failed)?;
        let projects = table(reports::By::Project).map_err(failed)?;
        let models = table(reports::By::Model).map_err(failed)?;
        let Status { budgets, limits, .. } = self.status();
        let overview = reports::Overview { current, projects, models, budgets, limits };
        let text = |written: &str| output::overview(&overview, query.project.as_deref(), written);
        self.shown(asked.format, document.then_some("report"), &overview, text)
    }

    /// What is answered, as JSON or as text, and written as a document of this name.
    fn shown(
        &self,
        format: Format,
        document: Option<&str>,
        data: &impl Serialize,
        text: impl Fn(&str) -> anyhow::Result<String>,
    ) -> Result<Shown, String> {
        let written = self.zone.at(now()).format("%Y-%m-%d %H:%M").to_string();
        let text = || text(&written).map_err(|error| error.to_string());
        let write = |name| documents::write(&self.setup.state, name, &text()?, now());
        let data = match format {
            Format::Json => serde_json::to_value(data).map_err(|error| error.to_string())?,
            Format::Markdown => text()?.into(),
        };
        Ok(Shown { data, document: document.map(write) })
    }
}

/// What a client asked for on this day, read as the command line would.
fn meant(query: &Query, today: NaiveDate, week_start: Weekday) -> Result<reports::Query, String> {
    let by = reports::By::parse(&query.by)?;
    Ok(reports::Query {
        by,
        split: query.split.as_deref().map(|split| by.parse_split(split)).transpose()?,
        days: days(query, today, week_start)?,
        project: query.project.clone(),
        limit: query.limit,
        week_start,
    })
}

fn days(query: &Query, today: NaiveDate, week_start: Weekday) -> Result<reports::Days, String> {
    let since = match (query.period, query.days) {
        (Some(Period::Day), _) => today,
        (Some(Period::Week), _) => time::week_start(today, week_start),
        (Some(Period::Month), _) => time::month_start(today),
        (None, Some(count)) => {
            let back = chrono::Days::new(u64::try_from(count).unwrap_or(u64::MAX).saturating_sub(1));
            today.checked_sub_days(back).ok_or_else(|| format!("{count} days are more than there were"))?
        }
        (None, None) => {
            let since = day("since", query.since.as_deref())?;
            return Ok(reports::Days { since, until: day("until", query.until.as_deref())? });
        }
    };
    Ok(reports::Days { since: Some(since), until: Some(today) })
}

fn day(name: &str, text: Option<&str>) -> Result<Option<NaiveDate>, String> {
    text.map(|text| text.parse().map_err(|_| format!("{name} is {text:?}; give a day as YYYY-MM-DD")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_end_today() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        // A Wednesday.
        let today = date("2026-09-16");
        for (period, count, since) in [
            (Some(Period::Day), None, "2026-09-16"),
            (Some(Period::Week), None, "2026-09-14"),
            (Some(Period::Month), None, "2026-09-01"),
            (None, Some(1), "2026-09-16"),
            (None, Some(30), "2026-08-18"),
        ] {
            let query = Query { period, days: count, ..Query::default() };
            let expected = reports::Days { since: Some(date(since)), until: Some(today) };
            assert_eq!(days(&query, today, Weekday::Mon), Ok(expected), "{period:?} {count:?}");
        }
        let endless = Query { days: Some(usize::MAX), ..Query::default() };
        assert!(days(&endless, today, Weekday::Mon).is_err());
        assert_eq!(days(&Query::default(), today, Weekday::Mon), Ok(reports::Days::default()));
    }
}
