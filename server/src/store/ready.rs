//! Sums that lie ready in a file, for programs that are run many times a second: to open the database takes them longer than all
//! else that they do. The file says of which state of the database it speaks; where that is not the one at hand, the database is
//! asked, so that both ways say the same.

use super::budgets::standings;
use super::closed::Closed;
use super::glance::{Asked, Glance};
use super::schema::with_ending;
use super::writer::meta;
use super::{Error, Roots, Writer, limits, windows};
use crate::blocks;
use crate::budgets::{Spending, lies_in};
use crate::burn::{Running, recent_from};
use crate::limits::PlanLimit;
use crate::money::NanoUsd;
use crate::sources::memory::overwrite;
use crate::time::{HOUR, Millis, Zone, quarter_of};
use rusqlite::{Connection, Result, params};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::xxh3_64;

/// The file's form: a program reads no other.
const FORM: u32 = 4;
/// Sessions that were silent for longer are asked of the database, and so are those beyond so many.
const RECENT: Millis = 24 * HOUR;
const MOST_SESSIONS: i64 = 200;
/// Where more responses came within an hour, the window is asked of the database.
const MOST_RESPONSES: usize = 500;

/// The file begins with a sum of so many bytes over the rest, which is JSON.
const SUM: usize = 8;

/// A state of the database's files: each commit, and nothing else that matters here, changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Length and time of the database, and of its log where that holds anything.
    files: [Option<(u64, u64)>; 2],
}

/// Sums by the set of roots that they count for.
type ByRoots = Vec<(Roots, i64)>;

/// What a glance may ask for.
#[derive(Serialize, Deserialize)]
pub struct Ready {
    form: u32,
    stamp: Stamp,
    made: Millis,
    /// The day that is meant by today, in quarters of an hour.
    day: (i64, i64),
    /// The numbers of the roots.
    roots: HashMap<String, i64>,
    today: ByRoots,
    /// Today's by the project's folder.
    projects: Vec<(String, ByRoots)>,
    /// What each session cost.
    sessions: HashMap<String, Option<i64>>,
    /// How far each of their transcripts is read.
    files: HashMap<String, u64>,
    /// The five-hour windows of all roots together; `None` where the database has to be asked.
    window: Option<Window>,
    limits: Vec<PlanLimit>,
    budgets: Vec<Spending>,
}

/// The five-hour window that runs, until another one may.
#[derive(Serialize, Deserialize)]
struct Window {
    /// When it began, and what it cost.
    running: Option<(Millis, i64)>,
    /// Its responses of the last hour, and of what a clock that is ahead calls later: when, cost, tokens.
    recent: Vec<(Millis, i64, i64)>,
    /// When another one begins, as far as responses are known that a clock that is ahead told of.
    next: Option<Millis>,
}

impl Window {
    /// Reads it, for these roots.
    fn read(connection: &Connection, closed: &mut Closed, now: Millis, roots: Roots) -> Result<Option<Self>> {
        let revision = meta(connection, "revision")?.unwrap_or(0);
        let running = windows::active(connection, closed, revision, now, roots)?;
        let recent = match running {
            Some(Running { start, .. }) => {
                let (from, to) = (recent_from(start, now), start + blocks::LENGTH);
                windows::responses(connection, from, to, roots, MOST_RESPONSES + 1)?
            }
            None => Vec::new(),
        };
        let after = running.map_or(now + 1, |running| running.start + blocks::LENGTH);
        let next = windows::first_from(connection, after, roots)?;
        let running = running.map(|running| (running.start, running.cost.0));
        Ok((recent.len() <= MOST_RESPONSES).then_some(Self { running, recent, next }))
    }

    /// Whether it tells the window of a moment, one after its making.
    fn holds(&self, now: Millis) -> bool {
        self.next.is_none_or(|next| now < next)
    }

    /// The window that runs at a moment.
    fn at(&self, now: Millis) -> Option<Running> {
        let (start, cost) = self.running.filter(|(start, _)| blocks::is_active(*start, now))?;
        let from = recent_from(start, now);
        let recent = self.recent.iter().filter(|(at, ..)| *at >= from);
        let (recent, recent_tokens) =
            recent.fold((0, 0), |(cost, tokens), (_, more, count)| (cost + more, tokens + count));
        Some(Running { start, cost: NanoUsd(cost), recent: NanoUsd(recent), recent_tokens })
    }
}

impl Stamp {
    /// The state that the files of a database are in.
    pub fn of(database: &Path) -> Self {
        let state = |path: &Path| {
            let meta = fs::metadata(path).ok().filter(|meta| meta.len() > 0)?;
            Some((meta.len(), nanos(meta.modified().ok()?)?))
        };
        Self { files: [state(database), state(&with_ending(database, "-wal"))] }
    }

    /// How long ago the files changed last, in milliseconds.
    pub fn age(&self, now: Millis) -> Millis {
        now - Millis::try_from(self.last() / 1_000_000).unwrap_or(Millis::MIN)
    }

    /// When the files changed last, in nanoseconds.
    fn last(&self) -> u64 {
        self.files.iter().flatten().map(|(_, modified)| *modified).max().unwrap_or(u64::MAX)
    }
}

fn nanos(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

impl Ready {
    /// Reads the file, where it speaks of the database as it is now.
    pub fn load(file: &Path, database: &Path) -> Option<Self> {
        let written = nanos(fs::metadata(file).ok()?.modified().ok()?)?;
        let bytes = fs::read(file).ok()?;
        let (sum, text) = bytes.split_at_checked(SUM)?;
        // It is written in place: who reads at that moment may see some of both.
        let ready: Self =
            if sum == checksum(text) { serde_json::from_slice(text).ok()? } else { return None };
        // The time of a file moves in steps: what was written in the same one as a commit may not know of the next.
        let settled = ready.stamp.last() < written;
        (ready.form == FORM && settled && ready.stamp == Stamp::of(database)).then_some(ready)
    }

    fn all_roots(&self) -> Roots {
        self.roots.values().fold(0, |set, id| set | 1 << id)
    }

    /// Looks at a few sums; `None` where the database has to be asked.
    pub fn glance(&self, asked: &Asked<'_>) -> Option<Glance> {
        let day = asked.zone.day(asked.now);
        if self.day != quarters(asked.zone, day) || asked.now < self.made {
            return None;
        }
        let roots =
            asked.roots.iter().try_fold(0, |set, root| self.roots.get(root).map(|id| set | 1 << id))?;
        let sum = |sums: &ByRoots| -> i64 {
            sums.iter().filter(|(counts, _)| counts & roots != 0).map(|(_, cost)| cost).sum()
        };
        let within = |folder: &str| asked.folders.iter().any(|wanted| lies_in(folder, wanted));
        let project =
            self.projects.iter().filter(|(folder, _)| within(folder)).map(|(_, sums)| sum(sums)).sum();
        let behind = match asked.transcript {
            Some((path, size)) => *self.files.get(&short(path)?)? < size,
            None => false,
        };
        let session = match asked.session {
            "" => None,
            session => *self.sessions.get(session)?,
        };
        let window = if asked.window && roots != 0 {
            // A part of the roots may have windows of its own.
            let all = roots == self.all_roots();
            self.window.as_ref().filter(|window| all && window.holds(asked.now))?.at(asked.now)
        } else {
            None
        };
        let read = roots != 0;
        Some(Glance {
            session: session.map(NanoUsd),
            project: read.then_some(NanoUsd(project)),
            today: read.then(|| NanoUsd(sum(&self.today))),
            window,
            limits: self.limits.iter().filter(|limit| limits::is_of_use(limit, asked.now)).cloned().collect(),
            budgets: self.budgets.clone(),
            behind,
            unknown_root: false,
        })
    }
}

fn checksum(text: &[u8]) -> [u8; SUM] {
    xxh3_64(text).to_le_bytes()
}

/// A day in quarters of an hour.
fn quarters(zone: &Zone, day: chrono::NaiveDate) -> (i64, i64) {
    (quarter_of(zone.start_of(day)), quarter_of(zone.end_of(day)))
}

/// A transcript as the database calls it: its folder and its name.
pub(super) fn short(transcript: &str) -> Option<String> {
    let mut parts = transcript.rsplit(['/', '\\']);
    let (name, slug) = (parts.next()?, parts.next()?);
    Some(format!("{slug}/{name}"))
}

impl Writer {
    /// Writes what a glance may ask for, with days counted in `zone`; gives the state that it speaks of. Nothing is written
    /// where another process wrote meanwhile.
    ///
    /// # Errors
    /// The database cannot be read; or the file cannot be written, which is told inside.
    pub fn make_ready(
        &mut self,
        database: &Path,
        file: &Path,
        zone: &Zone,
        now: Millis,
    ) -> std::result::Result<io::Result<Option<Stamp>>, Error> {
        let stamp = Stamp::of(database);
        let ready = gather(&self.connection, &mut self.closed, stamp.clone(), zone, now)?;
        if Stamp::of(database) != stamp {
            return Ok(Ok(None));
        }
        let text = serde_json::to_vec(&ready).unwrap_or_default();
        let written = overwrite(file, &[checksum(&text).as_slice(), &text].concat());
        Ok(written.map(|()| Some(stamp)))
    }
}

fn gather(
    connection: &Connection,
    closed: &mut Closed,
    stamp: Stamp,
    zone: &Zone,
    now: Millis,
) -> Result<Ready> {
    let moment = connection.unchecked_transaction()?;
    let day = quarters(zone, zone.day(now));
    let mut ready = Ready {
        form: FORM,
        stamp,
        made: now,
        day,
        roots: HashMap::new(),
        today: Vec::new(),
        projects: Vec::new(),
        sessions: HashMap::new(),
        files: HashMap::new(),
        window: None,
        limits: limits::limits(&moment, now)?,
        budgets: standings(&moment)?.into_iter().map(Spending::from).collect(),
    };
    let mut statement = moment.prepare_cached("SELECT path, id FROM root")?;
    ready.roots = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    ready.window = Window::read(&moment, closed, now, ready.all_roots())?;
    let mut statement = moment.prepare_cached(
        "SELECT IFNULL(n.text, ''), r.roots, SUM(r.cost) FROM rollup r LEFT JOIN session s ON s.id = r.session_id
         LEFT JOIN name n ON n.id = s.project_id AND n.id != 0
         WHERE r.quarter >= ?1 AND r.quarter < ?2 GROUP BY s.project_id, r.roots ORDER BY s.project_id",
    )?;
    let mut rows = statement.query(params![day.0, day.1])?;
    while let Some(row) = rows.next()? {
        let (folder, roots, cost): (String, Roots, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        add(&mut ready.today, roots, cost);
        if !folder.is_empty() {
            match ready.projects.last_mut() {
                Some((last, sums)) if *last == folder => add(sums, roots, cost),
                _ => ready.projects.push((folder, vec![(roots, cost)])),
            }
        }
    }
    let mut statement = moment.prepare_cached(
        "SELECT s.uuid, (SELECT SUM(cost) FROM session_rollup r WHERE r.session_id = s.id), f.path,
           (SELECT MAX(size) FROM file WHERE root_id IN (SELECT id FROM root) AND path = f.path)
         FROM session s LEFT JOIN file f ON f.id = s.context_file
         WHERE s.last_at > ?1 ORDER BY s.last_at DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now - RECENT, MOST_SESSIONS])?;
    while let Some(row) = rows.next()? {
        ready.sessions.insert(row.get(0)?, row.get(1)?);
        if let (Some(path), Some(size)) = (row.get(2)?, row.get::<_, Option<i64>>(3)?) {
            ready.files.insert(path, size as u64);
        }
    }
    Ok(ready)
}

fn add(sums: &mut ByRoots, roots: Roots, cost: i64) {
    match sums.iter_mut().find(|(counts, _)| *counts == roots) {
        Some((_, sum)) => *sum += cost,
        None => sums.push((roots, cost)),
    }
}

#[cfg(test)]
mod tests;
