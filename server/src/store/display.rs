//! What displays show: the sums of the last hours, what other machines posted of theirs, and how posting goes.

use super::Roots;
use super::ledger::Ledger;
use super::reading::Reading;
use super::rollup::{self, SUMMED};
use super::schema::{Error, version};
use crate::display::{Bucket, Figures, POINTS, SLOT, Spent, begin, latest_point};
use crate::sums::Sums;
use crate::time::{HOUR, Millis, QUARTER, quarter_of};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::HashMap;

/// The schema that has the tables.
const SINCE: i64 = 7;
/// So many sources are kept.
const SOURCES: i64 = 32;
/// One that was silent for so long makes room for another,
const SILENT: Millis = 24 * HOUR;
/// and is forgotten after this time.
const FORGOTTEN: Millis = 30 * 24 * HOUR;

/// How posting to an address goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushState {
    /// The address.
    pub url: String,
    /// When it was last tried.
    pub tried: Millis,
    /// When it last succeeded.
    pub done: Option<Millis>,
    /// How often in a row it failed since.
    pub failures: i64,
    /// Why, the last time.
    pub error: Option<String>,
}

impl Reading {
    /// What was spent in a window.
    pub fn spent_within(&self, end: Millis, hours: u32, roots: Roots) -> std::result::Result<Spent, Error> {
        Ok(spent(&self.connection, begin(end, hours), end + 1, roots)?)
    }

    /// What each session spent in each five minutes of the windows that end within the last day, in the order of time, and
    /// when the first response was.
    pub fn display_buckets(
        &self,
        now: Millis,
        hours: u32,
        roots: Roots,
    ) -> std::result::Result<(Vec<Bucket>, Option<Millis>), Error> {
        let (latest, earliest) = latest_point(now);
        Ok(buckets(&self.connection, begin(earliest, hours), latest, roots)?)
    }

    /// What a source posted.
    pub fn posted(&self, source: &str) -> std::result::Result<Option<Figures>, Error> {
        Ok(posted(&self.connection, source)?)
    }

    /// What a source posted in the last day, oldest first; `None` where it is not known.
    pub fn posted_history(
        &self,
        source: &str,
        now: Millis,
    ) -> std::result::Result<Option<Vec<Figures>>, Error> {
        if !are_there(&self.connection)? || posted(&self.connection, source)?.is_none() {
            return Ok(None);
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM display_point WHERE source = ?1 AND slot > ?2 ORDER BY slot")?;
        let rows =
            statement.query_map(params![source, now / SLOT - POINTS], |row| row.get::<_, String>(0))?;
        let texts = rows.collect::<Result<Vec<String>>>()?;
        Ok(Some(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()))
    }

    /// How posting goes, by address.
    pub fn push_states(&self) -> std::result::Result<Vec<PushState>, Error> {
        Ok(push_states(&self.connection)?)
    }
}

impl Ledger {
    /// Keeps what a source posts: `merge` makes it out of what is known of it. Gives it, or the sentence of `merge`.
    pub fn keep_posted(
        &mut self,
        source: &str,
        now: Millis,
        merge: impl FnOnce(Option<Figures>) -> std::result::Result<Figures, String>,
    ) -> std::result::Result<std::result::Result<Figures, String>, Error> {
        let transaction = self.begin()?;
        let figures = match make_room(&transaction, source, now)?.and_then(merge) {
            Ok(figures) => figures,
            Err(refused) => return Ok(Err(refused)),
        };
        let body = serde_json::to_string(&figures).unwrap_or_default();
        transaction.execute(
            "INSERT OR REPLACE INTO display_post (source, at, body) VALUES (?1, ?2, ?3)",
            params![source, now, body],
        )?;
        keep_point(&transaction, source, now / SLOT, now, &body)?;
        // Nothing that a status shows.
        transaction.commit()?;
        Ok(Ok(figures))
    }

    /// Keeps what a source says of a moment of the last day at which nothing came: it stands in the five minutes that end then.
    /// What the source posted last stays what it is.
    pub fn backfill(
        &mut self,
        source: &str,
        at: Millis,
        now: Millis,
        figures: Figures,
    ) -> std::result::Result<std::result::Result<Figures, String>, Error> {
        let transaction = self.begin()?;
        if let Err(refused) = make_room(&transaction, source, now)? {
            return Ok(Err(refused));
        }
        let body = serde_json::to_string(&figures).unwrap_or_default();
        transaction.execute(
            "INSERT OR IGNORE INTO display_post (source, at, body) VALUES (?1, ?2, ?3)",
            params![source, now, body],
        )?;
        keep_point(&transaction, source, (at - 1).div_euclid(SLOT), now, &body)?;
        transaction.commit()?;
        Ok(Ok(figures))
    }

    /// Notes what came of an attempt to post. Addresses that are not in `all` are forgotten.
    pub fn note_push(
        &mut self,
        url: &str,
        outcome: std::result::Result<(), &str>,
        now: Millis,
        all: &[String],
    ) -> std::result::Result<(), Error> {
        let transaction = self.begin()?;
        let done = outcome.is_ok().then_some(now);
        transaction.execute(
            "INSERT INTO push_state (url, tried_at, done_at, failures, error) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at, done_at = IFNULL(excluded.done_at, done_at),
               failures = IIF(excluded.failures = 0, 0, failures + 1), error = excluded.error",
            params![url, now, done, i64::from(outcome.is_err()), outcome.err()],
        )?;
        for known in push_states(&transaction)? {
            if !all.contains(&known.url) {
                transaction.execute("DELETE FROM push_state WHERE url = ?1", [known.url])?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// What is known of a source, for which there is room; else the sentence that there is none.
fn make_room(
    transaction: &Connection,
    source: &str,
    now: Millis,
) -> Result<std::result::Result<Option<Figures>, String>> {
    transaction.execute("DELETE FROM display_post WHERE at < ?1", [now - FORGOTTEN])?;
    let kept = posted(transaction, source)?;
    let others: i64 =
        transaction
            .query_row("SELECT COUNT(*) FROM display_post WHERE source != ?1", [source], |row| row.get(0))?;
    if kept.is_none() && others >= SOURCES {
        let room = transaction.execute(
            "DELETE FROM display_post WHERE at < ?1 AND source =
               (SELECT source FROM display_post ORDER BY at LIMIT 1)",
            [now - SILENT],
        )?;
        if room == 0 {
            return Ok(Err(format!(
                "{SOURCES} sources post already; one that is silent for a day makes room"
            )));
        }
    }
    Ok(Ok(kept))
}

/// Keeps a point of the last day's course.
fn keep_point(transaction: &Connection, source: &str, slot: i64, now: Millis, body: &str) -> Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO display_point (source, slot, body) VALUES (?1, ?2, ?3)",
        params![source, slot, body],
    )?;
    transaction.execute(
        "DELETE FROM display_point WHERE slot <= ?1 OR source NOT IN (SELECT source FROM display_post)",
        [now / SLOT - POINTS],
    )?;
    Ok(())
}

fn are_there(connection: &Connection) -> Result<bool> {
    Ok(version(connection)? >= SINCE)
}

fn push_states(connection: &Connection) -> Result<Vec<PushState>> {
    if !are_there(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection
        .prepare_cached("SELECT url, tried_at, done_at, failures, error FROM push_state ORDER BY url")?;
    let rows = statement.query_map([], |row| {
        Ok(PushState {
            url: row.get(0)?,
            tried: row.get(1)?,
            done: row.get(2)?,
            failures: row.get(3)?,
            error: row.get(4)?,
        })
    })?;
    rows.collect()
}

fn posted(connection: &Connection, source: &str) -> Result<Option<Figures>> {
    if !are_there(connection)? {
        return Ok(None);
    }
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM display_post WHERE source = ?1")?
        .query_row([source], |row| row.get(0))
        .optional()?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
}

/// Whole quarter hours from their sums, the rest from the responses.
fn spent(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Spent> {
    let moment = connection.unchecked_transaction()?;
    let mut sessions: HashMap<i64, Sums> = HashMap::new();
    let (first, last) = (quarter_of(from) + 1, quarter_of(to));
    if first < last {
        let sql = format!(
            "SELECT session_id, {SUMMED} FROM rollup WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0
             GROUP BY session_id"
        );
        let mut statement = moment.prepare_cached(&sql)?;
        let mut rows = statement.query(params![first, last, roots])?;
        while let Some(row) = rows.next()? {
            *sessions.entry(row.get(0)?).or_default() += rollup::read(row, 1)?;
        }
        for (from, to) in [(from, first * QUARTER), (last * QUARTER, to)] {
            for bucket in slots(&moment, from, to, roots)? {
                *sessions.entry(bucket.session).or_default() += bucket.sums;
            }
        }
    } else {
        for bucket in slots(&moment, from, to, roots)? {
            *sessions.entry(bucket.session).or_default() += bucket.sums;
        }
    }
    let last = moment
        .prepare_cached(
            "SELECT at FROM response WHERE at < ?1 AND (roots & ?2) != 0 ORDER BY at DESC LIMIT 1",
        )?
        .query_row([to, roots], |row| row.get(0))
        .optional()?;
    let mut spent = Spent { last, ..Spent::default() };
    #[allow(clippy::iter_over_hash_type, reason = "a sum knows no order")]
    for sums in sessions.values() {
        spent.sums += *sums;
        spent.sessions += i64::from(sums.messages > 0);
    }
    Ok(spent)
}

fn buckets(
    connection: &Connection,
    from: Millis,
    to: Millis,
    roots: Roots,
) -> Result<(Vec<Bucket>, Option<Millis>)> {
    let moment = connection.unchecked_transaction()?;
    let begun = moment
        .prepare_cached("SELECT at FROM response WHERE (roots & ?1) != 0 ORDER BY at LIMIT 1")?
        .query_row([roots], |row| row.get(0))
        .optional()?;
    Ok((slots(&moment, from, to, roots)?, begun))
}

/// Responses summed by five minutes and session, in the order of time.
fn slots(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Vec<Bucket>> {
    let sums = SUMMED
        .replace("SUM(messages)", "SUM(part = 0)")
        .replace("SUM(unpriced)", "SUM((flags & 8) != 0)")
        .replace("SUM(lower_bound)", "SUM(part = 0 AND (flags & 1) = 0)");
    let sql = format!(
        "SELECT r.at / {SLOT}, o.session_id, MAX(r.at), {sums} FROM response r JOIN origin o ON o.id = r.origin_id
         WHERE r.at >= ?1 AND r.at < ?2 AND (r.roots & ?3) != 0 GROUP BY 1, 2 ORDER BY 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![from, to, roots], |row| {
        Ok(Bucket { slot: row.get(0)?, session: row.get(1)?, last: row.get(2)?, sums: rollup::read(row, 3)? })
    })?;
    rows.collect()
}
