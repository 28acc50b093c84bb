//! `costline track`.

use super::{Misuse, Shared};
use crate::app::{Setup, now, record_all};
use crate::output::{self, Out, Tracked};
use crate::paths;
use crate::pricing::Request;
use crate::sources::manual::{self, Counts};
use crate::sources::record::{Record, TokenCounts, Usage, What, new_id};
use crate::sources::{inbox, record};
use crate::store::reading::Reading;
use crate::time::{Millis, utc_day};
use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// So many records are looked at for what can be undone.
const LOOKED_AT: usize = 10_000;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Track {
    #[command(subcommand)]
    what: Option<Listing>,
    /// Tokens: IN OUT [CACHE_READ [CACHE_WRITE]], as in 1200 or 1.2k; or a line of Claude Code in quotes; or - to read that from standard input
    #[arg(value_name = "TOKENS")]
    tokens: Vec<String>,
    /// The model; usually the latest one of the session, the project, or at all
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The project; usually the current directory
    #[arg(long, value_name = "PATH")]
    project: Option<PathBuf>,
    /// The session, by its id or the beginning of it; usually one for usage by hand of the project and day
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// When it was, as in 14:30, 2026-11-22 14:30 or RFC 3339; usually now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A note of your own, kept with the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Take back the latest record, or the one with this id
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["tokens", "model", "project", "session", "at", "note"])]
    undo: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Listing {
    /// Show what was recorded by hand, the latest first
    List {
        /// At most N records
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Track {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        output::notes(shared.color, &setup.problems);
        match (&self.what, &self.undo) {
            (Some(Listing::List { limit, json }), _) => list(&setup, *limit, *json, out)?,
            (None, Some(id)) => undo(&setup, id, self.json, out)?,
            (None, None) => self.track(&setup, shared, out)?,
        }
        Ok(0)
    }

    fn track(&self, setup: &Setup, shared: &Shared, out: &mut Out) -> Result<()> {
        let (counts, asked) = self.counts(out)?;
        let now = now();
        let at = match &self.at {
            Some(text) => manual::moment(text, &setup.zone, now).map_err(Misuse)?,
            None => now,
        };
        let project = self.project.as_deref().unwrap_or(&setup.env.cwd);
        let project = super::range::clean(&setup.env.cwd, project).to_string_lossy().into_owned();
        // Without a database nothing is known, and all can be recorded.
        let reading = Reading::open(&setup.database()).ok();
        let session = match &self.session {
            Some(id) => Some(session(reading.as_ref(), id)?),
            None => None,
        };
        let latest = || {
            let known = reading
                .as_ref()
                .and_then(|reading| reading.latest_model(session.as_deref(), &project).ok().flatten());
            known.or_else(|| recorded(setup).ok()?.into_iter().next().map(|record| record.model))
        };
        let model = match self.model.clone().or_else(|| counts.model.clone()) {
            Some(model) => model,
            None if asked => output::ask(out, "Model", &latest().unwrap_or_default())?.unwrap_or_default(),
            None => latest().unwrap_or_default(),
        };
        if model.trim().is_empty() {
            bail!(Misuse("no model is known here yet; name it with --model (`costline prices list` has those with a price)".to_owned()));
        }
        let usage = Usage {
            source: "manual".to_owned(),
            model: model.trim().to_owned(),
            session: session.unwrap_or_else(|| manual::session(&project, at, &setup.zone)),
            project,
            counts: TokenCounts {
                input: counts.input,
                output: counts.output,
                cache_read: counts.cache_read,
                cache_write: counts.cache_write,
            },
            lower_bound: counts.lower_bound,
            note: self.note.clone().unwrap_or_default(),
        };
        let record = Record { id: new_id(now), at, what: What::Usage(usage.clone()) };
        append(setup, &record)?;
        let tracked = tracked(setup, &record.id, at, &usage, false);
        if self.json {
            return output::json(&tracked, out);
        }
        if usage.lower_bound {
            let note = "such a line says how full the context is, not what was billed: its tokens count once as input, which is the least that was used";
            output::notes(shared.color, [&note.to_owned()]);
        }
        writeln!(out, "Recorded {tracked}; take it back with `costline track --undo`.")?;
        Ok(())
    }

    /// The counts, and whether they were asked for.
    fn counts(&self, out: &mut Out) -> Result<(Counts, bool)> {
        let text = match &self.tokens[..] {
            [] if output::can_ask() => return Ok((ask(out)?, true)),
            [] => bail!(Misuse(
                "nothing to record; give the tokens as IN OUT [CACHE_READ [CACHE_WRITE]], or - to read them from standard input".to_owned()
            )),
            [dash] if dash == "-" => output::line()?.unwrap_or_default(),
            words => words.join(" "),
        };
        Ok((manual::counts(&text).map_err(Misuse)?, false))
    }
}

/// Asks for the counts one by one; the first answer may be all of them, or a pasted line.
fn ask(out: &mut Out) -> Result<Counts> {
    let ended = || Misuse("nothing was recorded: the input ended".to_owned());
    let mut text =
        output::ask(out, "Input tokens, or a line that Claude Code shows", "")?.ok_or_else(ended)?;
    if text.split_whitespace().count() == 1 {
        for (question, usual) in
            [("Output tokens", ""), ("Tokens read from the cache", "0"), ("Tokens written to it", "0")]
        {
            write!(text, " {}", output::ask(out, question, usual)?.ok_or_else(ended)?)?;
        }
    }
    Ok(manual::counts(&text).map_err(Misuse)?)
}

/// The session with this id, or the one whose id begins so. One that is not known yet may be.
fn session(reading: Option<&Reading>, id: &str) -> Result<String> {
    let id = id.trim();
    if id.is_empty() {
        bail!(Misuse("--session is empty; give a session's id".to_owned()));
    }
    let found = reading.map_or(Ok(Vec::new()), |reading| reading.sessions_like(id))?;
    match &found[..] {
        [] => Ok(id.to_owned()),
        [one] => Ok(one.clone()),
        _ => bail!(Misuse(format!("several sessions begin with {id:?}; give more of the id"))),
    }
}

fn append(setup: &Setup, record: &Record) -> Result<()> {
    record_all(setup, std::slice::from_ref(record), true).map_err(|problem| anyhow!(problem))
}

/// What was recorded by hand, latest first, with what was taken back: of the database, and what waits in the inbox.
fn recorded(setup: &Setup) -> Result<Vec<Tracked>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    if setup.database().exists() {
        let records = Reading::open(&setup.database())?.records(LOOKED_AT)?;
        lines.extend(records.into_iter().map(String::into_bytes));
    }
    let folder = paths::inbox(&setup.state);
    for (name, _) in inbox::files(&folder)? {
        // One that is gone was read and is in the database.
        lines.extend(inbox::all(&folder, &name).unwrap_or_default());
    }
    let (mut usages, mut undone) = (BTreeMap::new(), HashSet::new());
    for Record { id, at, what } in lines.iter().filter_map(|line| record::read(line)?.record) {
        match what {
            What::Usage(usage) => drop(usages.insert(id, (at, usage))),
            What::Undo(of) => drop(undone.insert(of)),
            What::Reported(_) | What::Hooked(_) | What::Requested(_) | What::Metered(_) => {}
        }
    }
    let manual = usages.iter().rev().filter(|(_, (_, usage))| usage.source == "manual");
    Ok(manual.map(|(id, (at, usage))| tracked(setup, id, *at, usage, undone.contains(id))).collect())
}

/// What to show of a record, at the prices in effect.
fn tracked(setup: &Setup, id: &str, at: Millis, usage: &Usage, undone: bool) -> Tracked {
    let quote = setup.prices().cost(&Request {
        model: &usage.model,
        at: utc_day(at),
        tokens: usage.counts.tokens(),
        fast: false,
        us_inference: false,
        batch: false,
    });
    Tracked {
        id: id.to_owned(),
        at: setup.zone.rfc3339(at),
        model: usage.model.clone(),
        project: usage.project.clone(),
        session: usage.session.clone(),
        input_tokens: usage.counts.input,
        output_tokens: usage.counts.output,
        cache_read_tokens: usage.counts.cache_read,
        cache_write_tokens: usage.counts.cache_write,
        cost_usd: quote.priced.then_some(quote.cost),
        lower_bound: usage.lower_bound,
        note: usage.note.clone(),
        undone,
    }
}

fn undo(setup: &Setup, id: &str, json: bool, out: &mut Out) -> Result<()> {
    let all = recorded(setup)?;
    let id = id.to_ascii_uppercase();
    let mut found = all
        .into_iter()
        .filter(|tracked| if id.is_empty() { !tracked.undone } else { tracked.id.starts_with(&id) });
    let Some(mut tracked) = found.next() else {
        bail!("there is no such record to take back; `costline track list` shows what there is");
    };
    if !id.is_empty() && found.next().is_some() {
        bail!(Misuse(format!("several records begin with {id:?}; give more of the id")));
    }
    if tracked.undone {
        bail!("the record {} was taken back before", tracked.id);
    }
    let now = now();
    append(setup, &Record { id: new_id(now), at: now, what: What::Undo(tracked.id.clone()) })?;
    tracked.undone = true;
    if json {
        return output::json(&tracked, out);
    }
    writeln!(out, "Took back {tracked}.")?;
    Ok(())
}

fn list(setup: &Setup, limit: usize, json: bool, out: &mut Out) -> Result<()> {
    let mut rows = recorded(setup)?;
    rows.truncate(limit);
    if json {
        return output::json(&serde_json::json!({ "records": rows }), out);
    }
    if rows.is_empty() {
        writeln!(out, "Nothing was recorded by hand yet; `costline track --help` says how to.")?;
        return Ok(());
    }
    output::tracked(&rows, out)
}
