//! `costline db`.

use super::Shared;
use crate::app::{self, Setup, now};
use crate::output::{self, Answer, Form, Out};
use crate::store::check::{Extent, findings};
use crate::store::query::Questions;
use crate::store::{backup, quarantine};
use crate::tokens::{compact, grouped};
use anyhow::{Result, anyhow};
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many days stay in the database where `prune` is not told otherwise.
const USUAL_DAYS: u64 = 365;

#[derive(Debug, Args)]
pub(super) struct Db {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show where the database lies
    Path {
        /// Show backups and databases that were set aside, too
        #[arg(long)]
        all: bool,
    },
    /// Look whether the database is in order; exit with 1 where it is not
    ///
    /// Its pages, what points at what, and every kept sum against the responses that it sums.
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Back the database up now, while others use it
    Backup {
        /// Where to; without it, into the folder of the daily backups
        file: Option<PathBuf>,
    },
    /// Make the database anew from the transcripts
    ///
    /// What those do not have any more comes from the old one, or where that is damaged from the newest backup. The old
    /// one stays in its place until the new one is whole, and is then set aside.
    Rebuild {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Move old responses to an archive; from then on no report counts them
    ///
    /// They are deleted only after the archive was written and compared. Read again, they do not come back.
    Prune {
        /// The archive: a database with the same tables and views, made where it is missing
        #[arg(long, value_name = "FILE")]
        archive: PathBuf,
        /// The first day that stays, as YYYY-MM-DD (a year ago, unless given)
        #[arg(long, value_name = "DAY")]
        before: Option<NaiveDate>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask the database a question in SQL
    ///
    /// The views messages, turns, sessions, days, local_days, projects, models, tools and files stay as they are;
    /// docs/sql.md describes them.
    Query {
        /// One statement that reads
        sql: String,
        /// Print an array of objects
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// Print comma-separated values
        #[arg(long)]
        csv: bool,
        /// Give up after so many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        timeout: u64,
        /// Ask an archive or a backup instead
        #[arg(long, value_name = "FILE")]
        database: Option<PathBuf>,
    },
}

impl Db {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        output::notes(shared.color, &setup.problems);
        match &self.what {
            What::Path { all } => paths(&setup, *all, out)?,
            What::Check { json } => return check(&setup, *json, out),
            What::Backup { file } => back_up(&setup, file.as_deref(), out)?,
            What::Rebuild { json } => rebuild(&setup, shared, *json, out)?,
            What::Prune { archive, before, json } => prune(&setup, archive, *before, *json, out)?,
            What::Query { sql, json, csv, timeout, database } => {
                let form = match (json, csv) {
                    (true, _) => Form::Json,
                    (_, true) => Form::Csv,
                    _ => Form::Table,
                };
                query(database.as_deref().unwrap_or(&setup.database()), sql, form, *timeout, out)?;
            }
        }
        Ok(0)
    }
}

fn paths(setup: &Setup, all: bool, out: &mut Out) -> Result<()> {
    let database = setup.database();
    writeln!(out, "{}", database.display())?;
    if all {
        let mut aside: Vec<PathBuf> = quarantine::all(&database);
        aside.sort();
        for path in backup::all(&database).into_iter().chain(aside) {
            writeln!(out, "{}", path.display())?;
        }
    }
    Ok(())
}

fn check(setup: &Setup, json: bool, out: &mut Out) -> Result<u8> {
    let findings = findings(&setup.database())?;
    if json {
        output::json(&json!({ "findings": findings }), out)?;
    } else {
        for finding in &findings {
            writeln!(out, "{finding}")?;
        }
        if findings.is_empty() {
            writeln!(out, "The database is in order.")?;
        } else {
            writeln!(out, "`costline db rebuild` makes it anew.")?;
        }
    }
    Ok(u8::from(!findings.is_empty()))
}

fn back_up(setup: &Setup, file: Option<&Path>, out: &mut Out) -> Result<()> {
    let database = setup.database();
    if let Some(file) = file {
        let file = setup.env.cwd.join(file);
        backup::copy_to(&database, &file)?;
        writeln!(out, "{}", file.display())?;
        return Ok(());
    }
    let keep = setup.config.backup.keep.max(1);
    match backup::daily(&database, setup.zone.day(now()), keep)? {
        Some(path) => writeln!(out, "{}", path.display())?,
        None => writeln!(out, "Nothing changed since the newest backup.")?,
    }
    Ok(())
}

fn rebuild(setup: &Setup, shared: &Shared, json: bool, out: &mut Out) -> Result<()> {
    let rebuilt = app::rebuild(setup)?;
    output::notes(shared.color, &rebuilt.read.problems);
    if json {
        let value = json!({
            "before": rebuilt.before.map(|before| extent_json(&before)),
            "after": extent_json(&rebuilt.after),
            "takenOver": rebuilt.taken_over,
            "source": rebuilt.source,
            "setAside": rebuilt.aside,
            "files": rebuilt.read.files,
        });
        return output::json(&value, out);
    }
    match &rebuilt.before {
        Some(before) => writeln!(out, "Before: {}.", sentence(before))?,
        None => writeln!(out, "Before: it could not be read.")?,
    }
    writeln!(out, "After:  {}.", sentence(&rebuilt.after))?;
    writeln!(out, "Read {} transcripts anew.", grouped(rebuilt.read.files as u64))?;
    if let Some(source) = &rebuilt.source {
        let count = grouped(rebuilt.taken_over.unsigned_abs());
        writeln!(
            out,
            "{count} responses that are in no transcript any more came from {}.",
            source.display()
        )?;
    }
    if let Some(aside) = &rebuilt.aside {
        writeln!(out, "The old database lies at {}.", aside.display())?;
    }
    Ok(())
}

fn sentence(extent: &Extent) -> String {
    format!(
        "${}, {} responses in {} sessions, {} tokens",
        extent.cost,
        grouped(extent.messages.unsigned_abs()),
        grouped(extent.sessions.unsigned_abs()),
        compact(extent.tokens),
    )
}

fn extent_json(extent: &Extent) -> serde_json::Value {
    json!({
        "costUsd": extent.cost,
        "messages": extent.messages,
        "sessions": extent.sessions,
        "totalTokens": extent.tokens,
    })
}

fn prune(setup: &Setup, archive: &Path, before: Option<NaiveDate>, json: bool, out: &mut Out) -> Result<()> {
    let today = setup.zone.day(now());
    let before = before.or_else(|| today.checked_sub_days(Days::new(USUAL_DAYS))).unwrap_or(today);
    let archive = setup.env.cwd.join(archive);
    let moved = app::prune(setup, &archive, before)?;
    if json {
        let value = json!({
            "archive": archive,
            "before": before,
            "responses": moved.responses,
            "costUsd": moved.cost,
        });
        return output::json(&value, out);
    }
    if moved.responses == 0 {
        writeln!(out, "There is nothing from before {before}.")?;
    } else {
        writeln!(
            out,
            "Moved {} responses from before {before}, ${}, to {}; reports do not count them any more.",
            grouped(moved.responses.unsigned_abs()),
            moved.cost,
            archive.display(),
        )?;
    }
    Ok(())
}

fn query(database: &Path, sql: &str, form: Form, timeout: u64, out: &mut Out) -> Result<()> {
    let questions = Questions::open(database)?;
    let interrupt = questions.interrupt();
    app::spawn(
        "costline-timeout",
        Box::new(move || {
            std::thread::sleep(Duration::from_secs(timeout));
            interrupt.interrupt();
        }),
    );
    let answer = std::cell::RefCell::new(Answer::new(form, out));
    let failed = std::cell::RefCell::new(None);
    let keep = |outcome: Result<()>| match outcome {
        Ok(()) => true,
        Err(error) => {
            *failed.borrow_mut() = Some(error);
            false
        }
    };
    let asked = questions.ask(
        sql,
        &mut |names| {
            keep(answer.borrow_mut().columns(names));
        },
        &mut |row| keep(answer.borrow_mut().row(row)),
    );
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    asked.map_err(|reason| anyhow!("cannot answer: {reason}"))?;
    answer.into_inner().end()
}
