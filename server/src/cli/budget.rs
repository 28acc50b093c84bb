//! `costline budget`.

use super::range::clean;
use super::{Misuse, Shared};
use crate::app::{self, Setup, in_the_config, no_budget, now, open_for_report};
use crate::budgets::{Budget, Origin, Period, Scope, Terms, WHOLE};
use crate::money::NanoUsd;
use crate::output::{self, BudgetRow, Out};
use crate::snapshot::{standing, wire};
use crate::store::reading::Reading;
use crate::store::{Error, HardStop, Ledger, Whereabouts};
use crate::time::{HOUR, MINUTE, Millis};
use crate::wording::moment;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A hard limit is passed: it says stop.
const STOP: u8 = 3;
/// How long a leader is waited for to work out how budgets stand.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Hard limits are lifted for no longer.
const LONGEST: Millis = 31 * 24 * HOUR;

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
        #[arg(value_name = "DURATION", value_parser = parse_duration)]
        duration: Option<Millis>,
        /// Have hard limits hold again
        #[arg(long, conflicts_with = "duration")]
        off: bool,
    },
}

#[derive(Debug, Args)]
struct Set {
    /// Dollars a day, from midnight to midnight
    #[arg(long, value_name = "USD", value_parser = parse_money)]
    daily: Option<NanoUsd>,
    /// Dollars a week
    #[arg(long, value_name = "USD", value_parser = parse_money)]
    weekly: Option<NanoUsd>,
    /// Dollars a month
    #[arg(long, value_name = "USD", value_parser = parse_money)]
    monthly: Option<NanoUsd>,
    /// Dollars a billing cycle; its first day is the setting budgets.cycle_day
    #[arg(long, value_name = "USD", value_parser = parse_money)]
    cycle: Option<NanoUsd>,
    /// Dollars a 5-hour window
    #[arg(long, value_name = "USD", value_parser = parse_money)]
    block: Option<NanoUsd>,
    /// Dollars a session
    #[arg(long, value_name = "USD", value_parser = parse_money)]
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

#[derive(Debug, Args)]
struct BudgetStatus {
    /// Exit with 3 where a hard limit is used up and not lifted
    #[arg(long)]
    check: bool,
    /// With --check: exit with 3 where any budget, hard or not, is used to so many percent
    #[arg(long, value_name = "PERCENT", requires = "check", value_parser = clap::value_parser!(u32).range(1..=1000))]
    at: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show what the database holds, without reading transcripts first
    #[arg(long)]
    no_ingest: bool,
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
            (Some(path), ..) => Scope::Project(clean(&setup.env.cwd, path).to_string_lossy().into_owned()),
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

impl BudgetStatus {
    fn run(&self, setup: &Setup, shared: &Shared, out: &mut Out) -> Result<u8> {
        let (access, summary) = open_for_report(setup, !self.no_ingest)?;
        output::notes(shared.color, &summary.problems);
        if summary.led_by_another {
            wait_for_look(&access.reading)?;
        }
        let (reading, now) = (&access.reading, now());
        let standings: Vec<wire::Budget> =
            reading.standings()?.iter().map(|one| standing(one, &setup.zone)).collect();
        let lifted = reading.override_until(now)?;
        let project = setup.env.cwd.to_string_lossy();
        let place = Whereabouts { session: None, project: Some(&project) };
        let stop = reading.hard_stop(now, &setup.zone, &place)?;
        if self.json {
            let value = json!({
                "budgets": standings,
                "overrideUntil": lifted.map(|at| setup.zone.rfc3339(at)),
                "hardStop": stop.as_ref().map(|stop| stop_json(stop, setup)),
                "partial": access.partial.then_some(true),
            });
            output::json(&value, out)?;
        } else {
            output::budgets(&standings, out)?;
            if let Some(at) = lifted {
                writeln!(
                    out,
                    "\nHard limits are lifted until {}.",
                    moment(at, now, &setup.zone).replacen("at ", "", 1)
                )?;
            }
            if let Some(stop) = &stop {
                writeln!(out, "\n{}", stop.message)?;
            }
        }
        let stops = match self.at {
            None => stop.is_some(),
            Some(at) => standings.iter().any(|budget| budget.used_percent >= f64::from(at)),
        };
        Ok(if self.check && stops { STOP } else { 0 })
    }
}

fn stop_json(stop: &HardStop, setup: &Setup) -> serde_json::Value {
    json!({
        "budget": stop.budget.id,
        "limitUsd": stop.budget.terms.limit,
        "spentUsd": stop.spent,
        "usedPercent": crate::budgets::used_percent(stop.spent, stop.budget.terms.limit),
        "thresholdPercent": WHOLE,
        "until": stop.until.map(|at| setup.zone.rfc3339(at)),
        "message": stop.message,
    })
}

/// Waits until the leader has worked out how budgets stand that were just set. It is not waited for long.
fn wait_for_look(reading: &Reading) -> Result<()> {
    let start = Instant::now();
    while !reading.is_looked_at()? && start.elapsed() < PATIENCE {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn lift(setup: &Setup, duration: Option<Millis>, off: bool, out: &mut Out) -> Result<()> {
    let now = now();
    let told = |at: Millis| moment(at, now, &setup.zone).replacen("at ", "", 1);
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

fn parse_money(text: &str) -> Result<NanoUsd, String> {
    let wanted = || "give an amount of dollars such as 10 or 2.50".to_owned();
    let dollars: f64 = text.trim().trim_start_matches('$').parse().map_err(|_| wanted())?;
    if dollars > 0.0 && dollars <= 1e9 { Ok(NanoUsd::from_dollars(dollars)) } else { Err(wanted()) }
}

/// Reads `30m`, `2h`, `1h30m`, `1d`.
fn parse_duration(text: &str) -> Result<Millis, String> {
    let wanted = || "give a duration such as 30m, 2h or 1h30m, of 31 days at most".to_owned();
    let (mut sum, mut digits) = (0_i64, String::new());
    for letter in text.trim().chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'm' => MINUTE,
            'h' => HOUR,
            'd' => 24 * HOUR,
            _ => return Err(wanted()),
        };
        let count: i64 = digits.parse().map_err(|_| wanted())?;
        sum = count.checked_mul(unit).and_then(|more| sum.checked_add(more)).ok_or_else(wanted)?;
        digits.clear();
    }
    if digits.is_empty() && (1..=LONGEST).contains(&sum) { Ok(sum) } else { Err(wanted()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_amounts() {
        for (text, expected) in [
            ("30m", Some(30 * MINUTE)),
            ("2h", Some(2 * HOUR)),
            ("1h30m", Some(90 * MINUTE)),
            ("1d", Some(24 * HOUR)),
            ("30", None),
            ("", None),
            ("0m", None),
            ("m", None),
            ("1y", None),
            ("32d", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(parse_duration(text).ok(), expected, "{text}");
        }
        for (text, expected) in [
            ("10", Some(10_000_000_000)),
            ("$2.50", Some(2_500_000_000)),
            ("0.000000001", Some(1)),
            ("0", None),
            ("-1", None),
            ("nan", None),
            ("inf", None),
            ("ten", None),
        ] {
            assert_eq!(parse_money(text).ok(), expected.map(NanoUsd), "{text}");
        }
    }
}
