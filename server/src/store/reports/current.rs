//! Today, this week and this month, out of the sums of quarter hours.

use super::group::Grouper;
use super::source::{Filter, Source};
use crate::budgets::{Period, Scope, Terms};
use crate::reports::{By, Current, Days, Query, Tally, Top, consumers, period, periods};
use crate::store::reading::Reading;
use crate::store::schema::Error;
use crate::store::{Roots, budgets, spent};
use crate::time::{Millis, Zone, quarter_of};
use rusqlite::{Connection, OptionalExtension, Result};
use std::collections::HashSet;

/// What each period is put together by.
const KEYS: [By; 4] = [By::Hour, By::Project, By::Model, By::Session];

impl Reading {
    /// What was spent lately; of a query the project counts, the first day of the week, and the limit on consumers.
    pub fn current(
        &self,
        query: &Query,
        zone: &Zone,
        roots: Roots,
        now: Millis,
    ) -> std::result::Result<Current, Error> {
        let mut current = make(&self.connection, query, zone, roots, now)?;
        let day = |at: Millis| Some(zone.day(at));
        let days = Days { since: day(now - crate::blocks::LENGTH), until: day(now) };
        let lately = Query { days, limit: None, ..query.clone() };
        let blocks = self.blocks(&lately, zone, roots, now)?;
        current.block = blocks.rows.into_iter().find(|row| row.active);
        Ok(current)
    }
}

fn make(connection: &Connection, query: &Query, zone: &Zone, roots: Roots, now: Millis) -> Result<Current> {
    let moment = connection.unchecked_transaction()?;
    let firsts = periods(now, zone, query.week_start);
    let today = zone.day(now);
    let starts = firsts.map(|day| zone.start_of(day));
    let number = |project: &String| super::source::project_number(&moment, project);
    let projects = query.project.as_ref().map(number).transpose()?.map(|id| HashSet::from([id]));
    let from = starts.into_iter().min().unwrap_or(0);
    let filter = Filter { from, to: zone.end_of(today), roots, projects, session: None };
    let source = Source::new(&moment, zone, query.week_start, filter, true)?;
    let grouper = |by| Grouper::new(&source, by);
    let mut groupers = Vec::new();
    for _ in firsts {
        groupers.push([grouper(KEYS[0])?, grouper(KEYS[1])?, grouper(KEYS[2])?, grouper(KEYS[3])?]);
    }
    source.quarters(|row| {
        for (period, start) in groupers.iter_mut().zip(starts) {
            if row.number >= quarter_of(start) {
                period.iter_mut().for_each(|grouper| grouper.add_quarter(row));
            }
        }
        Ok(())
    })?;
    let mut found = Vec::new();
    let mut rows: [[Vec<(String, Tally)>; 3]; 3] = Default::default();
    for (index, (period, since)) in groupers.iter_mut().zip(firsts).enumerate() {
        let [hours, others @ ..] = period;
        let by_hour = hours.rows()?;
        found.push(self::period(since, today, &hours.total, &by_hour));
        for (kind, grouper) in others.iter_mut().enumerate() {
            rows[kind][index] = grouper.rows()?;
        }
    }
    let most = query.limit.unwrap_or(usize::MAX);
    let [projects, models, sessions] = rows.map(|periods| consumers(periods, most));
    let mut top = Top { projects, models, sessions };
    for session in &mut top.sessions {
        session.title = title(&moment, &session.key)?;
    }
    let budgets = budgets::in_force(&moment)?;
    let scope = query.project.as_ref().map_or(Scope::All, |project| Scope::Project(project.clone()));
    let budget = |period: Period, start: Millis| {
        let mut terms = budgets.iter().map(|budget| &budget.terms);
        let terms = terms.find(|terms| terms.period == period && terms.scope == scope);
        let spent = |terms: &Terms| -> Result<_> {
            Ok((terms.limit, spent::between(&moment, &scope, start, zone.end_of(today))?.cost))
        };
        terms.map(spent).transpose()
    };
    let lengths = [Period::Day, Period::Week, Period::Month];
    let mut found = found.into_iter().zip(lengths.into_iter().zip(starts));
    let mut next = || -> Result<_> {
        let (found, (length, start)) = found.next().ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok(found.with_budget(budget(length, start)?))
    };
    Ok(Current {
        today: next()?,
        week: next()?,
        month: next()?,
        top,
        block: None,
        timezone: zone.name(),
        partial: None,
    })
}

fn title(connection: &Connection, uuid: &str) -> Result<Option<String>> {
    let found = connection
        .prepare_cached("SELECT title FROM session WHERE uuid = ?1")?
        .query_row([uuid], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}
