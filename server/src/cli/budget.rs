//! `costline budget`.

mod amounts;
mod status;

use super::range::clean;
use super::{Misuse, Shared};
use crate::app::{self, Setup, in_the_config, no_budget, now, open_for_report};
use crate::budgets::{Budget, Origin, Period, Scope, Terms};
use crate::money::NanoUsd;
use crate::output::{self, BudgetRow, Out};
use crate::store::reading::Reading;
use crate::store::{Error, Ledger};
use crate::time::Millis;
use crate::wording::moment;
use crate::workspace;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use status::BudgetStatus;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct BudgetCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set budgets, each in the place of the one that is about the same
    Set(Set),
    /// Show the budgets in force
    List {
        /// Show those of the past, too
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End a budget, by its number in `list`
    Remove {
        /// Its number
        id: i64,
    },
    /// Show what is spent of the budgets, and when they will be used up
    Status(BudgetStatus),
    /// Let work go on for a while though a hard limit is used up
    Override {
        /// For how long, as in 30m, 2h or 1h30m; without it, show until when limits are lifted
        #[arg(value_name = "DURATION", value_parser = amounts::duration)]
        duration: Option<Millis>,
        /// Have hard limits hold again
        #[arg(long, conflicts_with = "duration")]
        off: bool,
    },
}

#[derive(Debug, Args)]
struct Set {
    /// Dollars a day, from midnight to midnight
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    daily: Option<NanoUsd>,
    /// Dollars a week
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    weekly: Option<NanoUsd>,
    /// Dollars a month
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    monthly: Option<NanoUsd>,
    /// Dollars a billing cycle; its first day is the setting budgets.cycle_day
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    cycle: Option<NanoUsd>,
    /// Dollars a 5-hour window
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    block: Option<NanoUsd>,
    /// Dollars a session
    #[arg(long, value_name = "USD", value_parser = amounts::money)]
    session: Option<NanoUsd>,
    /// Only what is spent in this folder and below it
    #[arg(long, value_name = "PATH", group = "scope")]
    project: Option<PathBuf>,
    /// Only what this model costs, as in opus or claude-opus-4-5
    #[arg(long, value_name = "MODEL", group = "scope")]
    model: Option<String>,
    /// Only what is spent on this git branch
    #[arg(long, value_name = "BRANCH", group = "scope")]
    branch: Option<String>,
    /// Stop work when it is used up, where Costline's hook is installed
    #[arg(long)]
    hard: bool,
    /// At which parts a word is said, in percent; usually those of the setting budgets.thresholds
    #[arg(long, value_name = "PERCENT", value_delimiter = ',')]
    thresholds: Option<Vec<u32>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl BudgetCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        output::notes(shared.color, &setup.problems);
        match &self.what {
            What::Set(set) => set.run(&setup, out)?,
            What::List { all, json } => list(&setup, *all, *json, out)?,
            What::Remove { id } => remove(&setup, *id, out)?,
            What::Status(status) => return status.run(&setup, shared, out),
            What::Override { duration, off } => lift(&setup, *duration, *off, out)?,
        }
        Ok(0)
    }
}

impl Set {
    fn run(&self, setup: &Setup, out: &mut Out) -> Result<()> {
        let scope = match (&self.project, &self.model, &self.branch) {
            (Some(path), ..) => {
                let folder = workspace::real(&clean(&setup.env.cwd, path));
                Scope::Project(folder.to_string_lossy().into_owned())
            }
            (_, Some(model), _) => Scope::Model(model.trim().to_owned()),
            (_, _, Some(branch)) => Scope::Branch(branch.trim().to_owned()),
            _ => Scope::All,
        };
        let mut thresholds =
            self.thresholds.clone().unwrap_or_else(|| setup.config.budgets.thresholds.clone());
        thresholds.sort_unstable();
        thresholds.dedup();
        let amounts = [
            (Period::Day, self.daily),
            (Period::Week, self.weekly),
            (Period::Month, self.monthly),
            (Period::Cycle, self.cycle),
            (Period::Block, self.block),
            (Period::Session, self.session),
        ];
        let terms = amounts.into_iter().filter_map(|(period, limit)| {
            let (scope, thresholds) = (scope.clone(), thresholds.clone());
            Some(Terms { scope, period, limit: limit?, thresholds, hard: self.hard })
        });
        let terms: Vec<Terms> = terms.collect();
        if terms.is_empty() {
            bail!(Misuse("no amount is given; say for instance `costline budget set --daily 10`".to_owned()));
        }
        for one in &terms {
            one.check().map_err(Misuse)?;
        }
        let set = ledger(setup)?.set(&terms, &setup.calendar(), now())?;
        let rows: Vec<BudgetRow> = set.iter().map(|budget| row(budget, setup)).collect();
        if self.json {
            return output::json(&json!({ "budgets": rows }), out);
        }
        for budget in &set {
            let Terms { limit, hard, .. } = &budget.terms;
            let hard = if *hard { ", a hard limit" } else { "" };
            writeln!(
                out,
                "Set: {} of {}{hard} (number {}).",
                budget.terms.title(),
                limit.short(),
                budget.id
            )?;
        }
        Ok(())
    }
}

/// The door for what any process may write. Where nobody has made the database yet, it is made.
fn ledger(setup: &Setup) -> Result<Ledger> {
    match Ledger::open(&setup.database()) {
        Err(Error::Missing(_) | Error::Older { .. }) => {
            app::read_once(setup)?;
            Ok(Ledger::open(&setup.database())?)
        }
        outcome => Ok(outcome?),
    }
}

fn row(budget: &Budget, setup: &Setup) -> BudgetRow {
    let Budget { id, terms, origin, set_at, removed_at } = budget;
    BudgetRow {
        id: *id,
        scope: terms.scope.kind(),
        name: Some(terms.scope.name().to_owned()).filter(|name| !name.is_empty()),
        period: terms.period.name(),
        limit_usd: terms.limit,
        hard: terms.hard,
        thresholds: terms.thresholds.clone(),
        source: origin.name(),
        set_at: setup.zone.rfc3339(*set_at),
        removed_at: removed_at.map(|at| setup.zone.rfc3339(at)),
    }
}

fn list(setup: &Setup, all: bool, json: bool, out: &mut Out) -> Result<()> {
    let budgets = if all { history(setup)? } else { in_force(setup)? };
    let rows: Vec<BudgetRow> = budgets.iter().map(|budget| row(budget, setup)).collect();
    if json { output::json(&json!({ "budgets": rows }), out) } else { output::budget_list(&rows, out) }
}

/// Budgets as they stand in the database, those of the config file included: a leader puts them there.
fn in_force(setup: &Setup) -> Result<Vec<Budget>> {
    let (access, _) = open_for_report(setup, true)?;
    Ok(access.reading.standings()?.into_iter().map(|standing| standing.budget).collect())
}

fn history(setup: &Setup) -> Result<Vec<Budget>> {
    let (access, _) = open_for_report(setup, true)?;
    Ok(access.reading.budget_history()?)
}

fn remove(setup: &Setup, id: i64, out: &mut Out) -> Result<()> {
    match ledger(setup)?.remove(id, now())? {
        None => bail!(no_budget(id)),
        Some(budget) if budget.origin == Origin::Config => bail!(in_the_config(id)),
        Some(budget) => {
            writeln!(out, "Removed: {} of {}.", budget.terms.title(), budget.terms.limit.short())?;
        }
    }
    Ok(())
}

fn lift(setup: &Setup, duration: Option<Millis>, off: bool, out: &mut Out) -> Result<()> {
    let now = now();
    let told = |at: Millis| {
        let words = moment(at, now, &setup.zone);
        words.strip_prefix("at ").or_else(|| words.strip_prefix("on ")).unwrap_or(&words).to_owned()
    };
    match duration {
        Some(duration) => {
            ledger(setup)?.override_until(now + duration, now)?;
            writeln!(
                out,
                "Hard limits are lifted until {}; `costline budget override --off` has them hold again.",
                told(now + duration)
            )?;
        }
        None if off => {
            ledger(setup)?.override_until(now, now)?;
            writeln!(out, "Hard limits hold.")?;
        }
        None => match Reading::open(&setup.database())?.override_until(now)? {
            Some(at) => writeln!(out, "Hard limits are lifted until {}.", told(at))?,
            None => writeln!(
                out,
                "Hard limits hold; `costline budget override 30m` lifts them for half an hour."
            )?,
        },
    }
    Ok(())
}
