//! Reading and reporting by a process that ends when it is done.

use super::claude_json::{self, ClaudeJson};
use super::readers::{Readers, Told};
use super::unread::Sight;
use super::upkeep::{self, Opened};
use super::{Setup, now};
use crate::ingest::Ingest;
use crate::leader::Lock;
use crate::paths;
use crate::reports::Days;
use crate::store::reading::Reading;
use crate::store::{Error, Roots, check, register_roots};
use crate::tail::Job;
use crate::time::Zone;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long a report waits for a living leader to read what is there.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it looks meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The longest that a transaction stays open. What is read in between touches mostly the same pages, so longer ones write
/// less, and nobody waits for what is in them.
const COMMIT_AFTER: Duration = Duration::from_secs(1);

/// What reading every source once came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Transcripts there are.
    pub files: usize,
    /// Transcripts that had something new.
    pub files_read: usize,
    /// Bytes read.
    pub bytes_read: u64,
    /// Records of usage by hand and of other programs that were new.
    pub records_read: usize,
    /// Lines and records that could not be read as they stand, by kind: all that are known.
    pub faults: BTreeMap<String, i64>,
    /// What failed, each in a sentence.
    pub problems: Vec<String>,
    /// Another process leads and does the reading.
    pub led_by_another: bool,
}

/// The database, and how up to date it is.
pub struct Access {
    /// The database.
    pub reading: Reading,
    /// The roots that count.
    pub roots: Roots,
    /// Some transcripts had not been read when patience ended.
    pub partial: bool,
}

impl Access {
    /// What a report over these days does not count because it lies in an archive, in a sentence.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn left_out(&self, days: &Days, zone: &Zone) -> Result<Option<String>, Error> {
        let (from, _) = days.instants(zone);
        let archive = self.reading.archive()?.filter(|archive| from < archive.before);
        Ok(archive.map(|archive| {
            format!(
                "what is older than {} is not counted: it lies in {}",
                zone.day(archive.before),
                archive.path
            )
        }))
    }
}

/// Reads every source once, where nobody leads; else leaves it to the leader.
///
/// # Errors
/// The database cannot be opened or written.
pub fn read_once(setup: &Setup) -> Result<Summary> {
    let awaited = match setup.try_lead()? {
        Some(lock) => Awaited::Lead(lock),
        None => wait_for_leader(setup)?,
    };
    let Awaited::Lead(_lock) = awaited else {
        let partial = matches!(awaited, Awaited::Nothing);
        let mut summary = Summary { led_by_another: true, ..Summary::default() };
        summary.faults = Reading::open(&setup.database())?.faults()?;
        if partial {
            let slow = || "the leading process has not read everything yet".to_owned();
            summary.problems.push(setup.stopped_leader().unwrap_or_else(slow));
        }
        return Ok(summary);
    };
    Ok(match read_leading(setup, None) {
        // It showed on the way: once is enough to try.
        Err(Error::Damaged(reason)) => {
            let told = upkeep::replace(setup, &format!("damaged ({reason})"))?;
            read_leading(setup, Some(told))?
        }
        outcome => outcome?,
    })
}

/// Reads every source, as the holder of the lock.
fn read_leading(setup: &Setup, told: Option<String>) -> Result<Summary, Error> {
    let Opened { mut ingest, told: more, clean } = upkeep::open(setup)?;
    if !clean {
        check::soundness(&setup.database())?;
    }
    let mut summary = Summary::default();
    summary.problems.extend(told.or(more));
    let is_first = ingest.writer().as_of()? == 0;
    summary.records_read = ingest.drain(&paths::inbox(&setup.state), now(), &mut summary.problems)?;
    upkeep::read_roots(&mut ingest, &mut summary)?;
    let told = claude_json::read(&ClaudeJson::default().changed(ingest.roots(), setup.env.home()));
    if !told.is_empty() {
        ingest.writer().apply_limits(&told)?;
        ingest.commit(now())?;
    }
    let due = {
        let as_of = ingest.writer().as_of()?;
        as_of == 0 || ingest.writer().next_change(as_of, &setup.zone)? <= now()
    };
    let moment = if due { now() } else { ingest.writer().as_of()? };
    ingest.writer().look_out(setup.lookout(), moment)?;
    if due {
        ingest.writer().tick(now())?;
    }
    summary.faults = ingest.writer().faults()?;
    // After a first read all is in the transcripts still; a backup can wait for the next time.
    if !is_first && let Err(error) = upkeep::back_up_once(setup) {
        match error {
            Error::Damaged(_) => return Err(error),
            error => summary.problems.push(error.to_string()),
        }
    }
    Ok(summary)
}

pub(super) fn read_all(ingest: &mut Ingest, jobs: Vec<Job>, summary: &mut Summary) -> Result<(), Error> {
    let (tell, told) = channel();
    let readers = Readers::default();
    let mut open: BTreeMap<i64, (u64, String)> =
        jobs.iter().map(|job| (job.file, (job.cursor.offset, job.path.display().to_string()))).collect();
    readers.read(jobs, &move |told| tell.send(told).is_ok());
    let mut begun = Instant::now();
    while !open.is_empty() {
        // The readers end when nothing is left to read, and with them the channel.
        let Ok(told) = told.recv() else { break };
        match told {
            Told::Part(part) => {
                readers.written();
                if let Some((offset, _)) = open.get_mut(&part.file) {
                    let from = if part.anew { 0 } else { *offset };
                    summary.bytes_read += part.cursor.offset.saturating_sub(from);
                    *offset = part.cursor.offset;
                }
                ingest.absorb(&part)?;
                if part.last {
                    open.remove(&part.file);
                }
            }
            Told::Failed(file, error) => {
                let path = open.remove(&file).map(|(_, path)| path).unwrap_or_default();
                if error.kind() != std::io::ErrorKind::NotFound {
                    summary.problems.push(format!("cannot read {path}: {error}"));
                }
            }
        }
        if begun.elapsed() >= COMMIT_AFTER {
            ingest.commit(now())?;
            begun = Instant::now();
        }
    }
    ingest.commit(now())?;
    Ok(())
}

/// Opens the database for a report, up to date as far as that can be had: read here where nobody leads (unless `ingest`
/// is false), else waited for.
///
/// # Errors
/// There is no database, or it cannot be read.
pub fn open_for_report(setup: &Setup, ingest: bool) -> Result<(Access, Summary)> {
    let mut summary = Summary::default();
    let mut partial = false;
    let mut failed = None;
    if ingest {
        match read_once(setup) {
            Ok(read) => {
                partial = read.led_by_another && !read.problems.is_empty();
                summary = read;
            }
            // What an older program may not write it may still read; the database says so itself.
            Err(error) if matches!(error.downcast_ref(), Some(Error::Newer { .. })) => partial = true,
            Err(error) => {
                // On a full disk, or one that is read-only, what was kept before still counts.
                partial = true;
                summary.problems.push(format!("nothing new was read: {error:#}"));
                failed = Some(error);
            }
        }
    }
    let reading = Reading::open(&setup.database()).map_err(|error| failed.unwrap_or(error.into()))?;
    if let Some(notice) = reading.is_newer()? {
        summary.problems.push(notice);
    }
    let (roots, _) = reading.roots(&setup.root_names())?;
    Ok((Access { reading, roots, partial }, summary))
}

/// What came of waiting for a leader.
enum Awaited {
    /// It has read what was there.
    Read,
    /// It is gone, and this process has the lead.
    Lead(Lock),
    /// It has not read everything in time.
    Nothing,
}

/// Waits until the leader has read what is there now, or is gone.
fn wait_for_leader(setup: &Setup) -> Result<Awaited> {
    let deadline = Instant::now() + PATIENCE;
    let mut registered = false;
    let sight = Sight::of(setup);
    loop {
        if !registered {
            registered = register_roots(&setup.database(), &setup.root_names()).is_ok();
        }
        let caught_up = Reading::open(&setup.database()).and_then(|reading| sight.is_read(&reading));
        if caught_up.unwrap_or(false) {
            return Ok(Awaited::Read);
        }
        if let Some(lock) = setup.try_lead()? {
            return Ok(Awaited::Lead(lock));
        }
        if Instant::now() >= deadline {
            return Ok(Awaited::Nothing);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
