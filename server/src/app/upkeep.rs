//! Upkeep of the database: it is opened whatever state it is in, backed up, made anew, and old rows are moved away.

use super::engine::Event;
use super::once::{Summary, read_all};
use super::{Setup, now, spawn};
use crate::ingest::Ingest;
use crate::leader::Lock;
use crate::store::check::{self, Extent};
use crate::store::{Archived, Error, backup, quarantine};
use crate::time::Zone;
use crate::watch::scan;
use anyhow::{Result, bail};
use chrono::NaiveDate;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// A backup that failed is tried again after this, and after twice as long each time, up to the latter: most disks find room soon.
const BACK_UP_AGAIN: Duration = Duration::from_secs(2);
const BACK_UP_AGAIN_AT_MOST: Duration = Duration::from_hours(1);

/// The store, opened for writing.
pub(super) struct Opened {
    pub(super) ingest: Ingest,
    /// What had to be done to it, in a sentence.
    pub(super) told: Option<String>,
    /// Nobody was ended in the midst of work on it.
    pub(super) clean: bool,
}

/// Opens the store for writing; one that is lost or damaged is replaced. Only the holder of the lock may.
///
/// # Errors
/// It cannot be opened, nor replaced.
pub(super) fn open(setup: &Setup) -> Result<Opened, Error> {
    let database = setup.database();
    let mut told = None;
    if let Some(reason) = quarantine::why_by_length(&database) {
        told = Some(replace(setup, reason)?);
    }
    let clean = !quarantine::has_log(&database);
    let open = || Ingest::open(&database, setup.prices().clone(), &setup.projects);
    let ingest = match open() {
        Err(Error::Damaged(reason)) => {
            told = Some(replace(setup, &format!("damaged ({reason})"))?);
            open()?
        }
        outcome => outcome?,
    };
    Ok(Opened { ingest, told, clean })
}

/// Puts another database in the place of the one that is there. Only the holder of the lock may.
///
/// # Errors
/// Files cannot be moved or written.
pub(super) fn replace(setup: &Setup, reason: &str) -> Result<String, Error> {
    let told = quarantine::replace(&setup.database(), reason, now())?;
    tracing::error!("{told}");
    Ok(told)
}

/// What a thread of the upkeep tells.
pub(crate) enum Upkept {
    /// The database was looked through after an end that was not clean.
    Checked(Result<(), Error>),
    /// The day's backup was made, or was not needed.
    BackedUp(Result<(), Error>),
}

/// When a leader does what.
pub(super) struct Upkeep {
    database: PathBuf,
    zone: Zone,
    keep: usize,
    events: Sender<Event>,
    reign: u64,
    /// The day that is done with.
    day: Option<NaiveDate>,
    again: Instant,
    /// How long is waited after the next failure.
    pause: Duration,
    running: bool,
}

impl Upkeep {
    pub(super) fn new(setup: &Setup, reign: u64, events: Sender<Event>) -> Self {
        Self {
            database: setup.database(),
            zone: setup.zone.clone(),
            keep: setup.config.backup.keep,
            events,
            reign,
            day: None,
            again: Instant::now(),
            pause: BACK_UP_AGAIN,
            running: false,
        }
    }

    /// Has the database looked through, in a thread.
    pub(super) fn check(&self) {
        self.run("costline-check", |upkeep| Upkept::Checked(check::soundness(&upkeep.0)));
    }

    /// Has the day's backup made where it is due, in a thread. For when nothing else is to be done.
    pub(super) fn back_up(&mut self) {
        let day = self.zone.day(now());
        if self.running || self.day == Some(day) || self.keep == 0 || Instant::now() < self.again {
            return;
        }
        self.day = Some(day);
        if backup::is_due(&self.database, day) {
            self.running = true;
            self.run("costline-backup", move |(database, keep)| {
                Upkept::BackedUp(back_up(database, day, *keep))
            });
        }
    }

    /// Takes note of how the backup went.
    pub(super) fn backed_up(&mut self, well: bool) {
        self.running = false;
        if well {
            self.pause = BACK_UP_AGAIN;
        } else {
            self.day = None;
            self.again = Instant::now() + self.pause;
            self.pause = (self.pause * 2).min(BACK_UP_AGAIN_AT_MOST);
        }
    }

    fn run(&self, name: &'static str, work: impl FnOnce(&(PathBuf, usize)) -> Upkept + Send + 'static) {
        let (about, events, reign) = ((self.database.clone(), self.keep), self.events.clone(), self.reign);
        spawn(name, Box::new(move || drop(events.send(Event::Upkept(reign, work(&about))))));
    }
}

/// Makes the day's backup. A copy that fails its check tells of the database that it is a copy of.
fn back_up(database: &Path, day: NaiveDate, keep: usize) -> Result<(), Error> {
    match backup::daily(database, day, keep) {
        Ok(made) => {
            if let Some(path) = made {
                tracing::info!("backed up the database to {}", path.display());
            }
            Ok(())
        }
        // Where the original is sound, the disk did not keep the copy.
        Err(Error::Damaged(reason)) => check::soundness(database).and_then(|()| {
            let path = backup::folder(database);
            Err(Error::Copy { what: "back up the database to", path, reason })
        }),
        Err(error) => Err(error),
    }
}

/// Makes the day's backup where it is due, for a process that ends soon.
pub(super) fn back_up_once(setup: &Setup) -> Result<(), Error> {
    let (database, day, keep) = (setup.database(), setup.zone.day(now()), setup.config.backup.keep);
    if keep == 0 || !backup::is_due(&database, day) { Ok(()) } else { back_up(&database, day, keep) }
}

/// What came of making the database anew.
pub struct Rebuilt {
    /// What it held; `None` where that cannot be told.
    pub before: Option<Extent>,
    /// What it holds.
    pub after: Extent,
    /// Where the old one lies.
    pub aside: Option<PathBuf>,
    /// The database from which came what transcripts do not have any more.
    pub source: Option<PathBuf>,
    /// Responses that came from there.
    pub taken_over: i64,
    /// What was read of the transcripts.
    pub read: Summary,
}

/// Makes the database anew from the transcripts, and takes over what those do not have any more from the old one, or
/// where that is damaged from the newest backup. The old one stays in its place until the new one is whole.
///
/// # Errors
/// Another process leads, or a file cannot be read or written.
pub fn rebuild(setup: &Setup) -> Result<Rebuilt> {
    let _lock = lead(setup)?;
    let database = setup.database();
    let source = match check::soundness(&database) {
        Ok(()) => Some(database.clone()),
        Err(error @ Error::Newer { .. }) => return Err(error.into()),
        Err(_) => backup::newest_whole(&database),
    };
    let before = check::extent(&database).ok();
    let fresh = setup.state.join("rebuild.db");
    quarantine::clear(&fresh)?;
    let mut read = Summary::default();
    let mut taken_over = 0;
    {
        // Without roots: they keep their numbers.
        let mut ingest = Ingest::open(&fresh, setup.prices().clone(), &[])?;
        if let Some(source) = &source {
            ingest.writer().begin_from(source)?;
        }
        ingest.adopt_roots()?;
        for projects in &setup.projects {
            ingest.add_root(projects)?;
        }
        read_roots(&mut ingest, &mut read)?;
        if let Some(source) = &source {
            taken_over = ingest.writer().take_over(source)?;
            ingest.writer().apply_kept()?;
        }
        ingest.writer().outpace(now())?;
    }
    check::soundness(&fresh)?;
    let after = check::extent(&fresh)?;
    let aside = quarantine::exchange(&fresh, &database, now())?;
    Ok(Rebuilt { before, after, aside, source: source.filter(|_| taken_over > 0), taken_over, read })
}

/// Reads what is new in all roots.
pub(super) fn read_roots(ingest: &mut Ingest, summary: &mut Summary) -> Result<(), Error> {
    let mut jobs = Vec::new();
    for root in ingest.roots().to_vec() {
        let seen = scan(&root.projects, &mut summary.problems);
        summary.files += seen.len();
        jobs.extend(ingest.compare(&root, seen)?);
    }
    summary.files_read = jobs.len();
    read_all(ingest, jobs, summary)
}

/// Moves responses from before a day to an archive; the day's backup is then made anew, so that none brings them back.
///
/// # Errors
/// Another process leads, or the archive cannot be written: then nothing was deleted.
pub fn prune(setup: &Setup, archive: &Path, before: NaiveDate) -> Result<Archived> {
    let _lock = lead(setup)?;
    let database = setup.database();
    let mut opened = open(setup)?;
    let moved = opened.ingest.writer().archive(&database, archive, setup.zone.start_of(before))?;
    drop(opened);
    if setup.config.backup.keep > 0 {
        backup::daily(&database, setup.zone.day(now()), setup.config.backup.keep)?;
    }
    Ok(moved)
}

fn lead(setup: &Setup) -> Result<Lock> {
    match setup.try_lead()? {
        Some(lock) => Ok(lock),
        None => bail!(
            "another Costline process reads transcripts at the moment; quit the editors that use it and stop `costline serve`, then try again"
        ),
    }
}
