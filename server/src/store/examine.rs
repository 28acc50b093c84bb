//! Reading: what `costline doctor` wants to know.

use super::reading::{Reading, leader_health};
use super::schema::{Error, open_scratch, version};
use super::writer::{Writer, meta};
use crate::money::NanoUsd;
use crate::pricing::PriceTable;
use crate::snapshot::LeaderHealth;
use crate::time::Millis;
use rusqlite::{Connection, Result, Row, Rows};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Who leads, or led last, by its own account.
#[derive(Clone, Debug, Default)]
pub struct Leader {
    /// Its process.
    pub pid: Option<i64>,
    /// Its program's version; `None` for an older one.
    pub version: Option<String>,
    /// When it began to lead.
    pub since: Option<Millis>,
    /// How it fares.
    pub health: Option<LeaderHealth>,
}

/// Lines of one file that could not be read as they stand.
#[derive(Clone, Debug)]
pub struct FaultRow {
    /// The file.
    pub file: String,
    /// What is wrong with the lines.
    pub kind: String,
    /// How many there are.
    pub count: i64,
    /// Where the first one begins, in bytes.
    pub offset: i64,
}

/// What the database says of itself.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// Its schema.
    pub schema: i64,
    /// What SQLite finds wrong with the file; nothing where all is well.
    pub damage: Vec<String>,
    /// When content last changed.
    pub last_ingest: Option<Millis>,
    /// Responses.
    pub responses: i64,
    /// Responses whose output count no line finished.
    pub lower_bounds: i64,
    /// Models without a price, and how many responses they gave.
    pub unpriced: Vec<(String, i64)>,
    /// Responses after a moment, and the time of the last one.
    pub later: (i64, Option<Millis>),
}

/// Where two readings of the same file differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Responses that the second lacks.
    pub missing: i64,
    /// Responses that the first lacks.
    pub extra: i64,
    /// Responses with other counts or another cost.
    pub other: i64,
}

/// What is known of one response: its key, its file, its counts, its cost.
struct Known {
    key: String,
    file: String,
    counts: [i64; 6],
    cost: i64,
}

impl Reading {
    /// Who leads, or led last.
    pub fn leader(&self) -> std::result::Result<Leader, Error> {
        Ok(Leader {
            pid: meta(&self.connection, "leader_pid")?,
            version: meta(&self.connection, "leader_version")?,
            since: meta(&self.connection, "leader_since")?,
            health: leader_health(&self.connection)?,
        })
    }

    /// What the database says of itself; it is read as a whole once. Responses after `now` are counted apart.
    pub fn inventory(&self, now: Millis) -> std::result::Result<Inventory, Error> {
        let connection = &self.connection;
        let damage: Vec<String> = {
            let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<_>>()?
        };
        let mut statement = connection.prepare(
            "SELECT m.text, SUM(l.unpriced) FROM rollup l JOIN name m ON m.id = l.model_id
             WHERE l.unpriced > 0 GROUP BY 1 ORDER BY 2 DESC, 1",
        )?;
        let unpriced = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let unpriced = unpriced.collect::<Result<_>>()?;
        let (responses, lower_bounds) = connection.query_row(
            "SELECT IFNULL(SUM(messages), 0), IFNULL(SUM(lower_bound), 0) FROM lifetime",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Inventory {
            schema: version(connection)?,
            damage: damage.into_iter().filter(|line| line != "ok").collect(),
            last_ingest: meta(connection, "last_ingest")?,
            responses,
            lower_bounds,
            unpriced,
            later: connection.query_row(
                "SELECT COUNT(*), MAX(at) FROM response WHERE at > ?1",
                [now],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?,
        })
    }

    /// What could not be read as it stands, most lines first.
    pub fn fault_list(&self) -> std::result::Result<Vec<FaultRow>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT r.path || '/' || f.path, x.kind, x.count, x.\"offset\" FROM fault x
             JOIN file f ON f.id = x.file_id JOIN root r ON r.id = f.root_id ORDER BY 3 DESC, 1, 2",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(FaultRow { file: row.get(0)?, kind: row.get(1)?, count: row.get(2)?, offset: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_>>()?)
    }

    /// Where the database differs from what was just read into `fresh`, by file. What the database knows of files that
    /// are gone, or were read to another end, is no difference.
    pub fn differences(&self, fresh: &Writer) -> std::result::Result<BTreeMap<String, Difference>, Error> {
        let same_prices = meta::<String>(&self.connection, "price_fingerprint")?.as_deref()
            == Some(&*fresh.prices.fingerprint());
        Ok(differences(&fresh.connection, &self.connection, Some(same_prices))?)
    }

    /// Whether the sums that are kept are those of the responses: the cost of both.
    pub fn both_sums(&self) -> std::result::Result<[NanoUsd; 2], Error> {
        let one = |sql| self.connection.query_row(sql, [], |row| row.get(0)).map(NanoUsd);
        Ok([
            one("SELECT IFNULL(SUM(cost), 0) FROM response")?,
            one("SELECT IFNULL(SUM(cost), 0) FROM rollup")?,
        ])
    }
}

impl Writer {
    /// A database of its own that vanishes with it; what does not fit into a little memory goes to a temporary file.
    pub fn scratch(prices: Arc<PriceTable>) -> std::result::Result<Self, Error> {
        Self::over(open_scratch()?, prices)
    }

    /// Where another reading of the same files came to something else, by file.
    pub fn differences(&self, other: &Self) -> std::result::Result<BTreeMap<String, Difference>, Error> {
        Ok(differences(&self.connection, &other.connection, None)?)
    }
}

/// Walks through the responses of two databases side by side. With `kept`, the second is a database with a history of its
/// own (and the same prices or not); else both were just read.
fn differences(
    fresh: &Connection,
    other: &Connection,
    kept: Option<bool>,
) -> Result<BTreeMap<String, Difference>> {
    let (fresh_files, other_files) = (offsets(fresh)?, offsets(other)?);
    let same_end =
        |file: &String| fresh_files.contains_key(file) && fresh_files.get(file) == other_files.get(file);
    // Copies in files that are gone, or lie elsewhere, may have had more to say.
    let more_known = kept.is_some() && other_files.keys().any(|file| !fresh_files.contains_key(file));
    let (mut one, mut two) = (fresh.prepare(RESPONSES)?, other.prepare(RESPONSES)?);
    let (mut one, mut two) = (one.query([])?, two.query([])?);
    let (mut left, mut right) = (next(&mut one)?, next(&mut two)?);
    let mut found: BTreeMap<String, Difference> = BTreeMap::new();
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(found),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(left), Some(right)) => left.key.cmp(&right.key),
        };
        let known = if order.is_gt() { &right } else { &left };
        if let Some(file) = known.as_ref().map(|known| &known.file).filter(|file| same_end(file)) {
            let mut note = |count: fn(&mut Difference) -> &mut i64| {
                *count(found.entry(file.clone()).or_default()) += 1;
            };
            match (&left, &right) {
                (Some(left), Some(right)) if order.is_eq() => {
                    let less = left.counts.iter().zip(right.counts).any(|(left, right)| right < *left);
                    let cost = left.counts == right.counts && left.cost != right.cost && kept != Some(false);
                    if less || cost || (left.counts != right.counts && !more_known) {
                        note(|difference| &mut difference.other);
                    }
                }
                _ if order.is_lt() => note(|difference| &mut difference.missing),
                _ => note(|difference| &mut difference.extra),
            }
        }
        if order.is_le() {
            left = next(&mut one)?;
        }
        if order.is_ge() {
            right = next(&mut two)?;
        }
    }
}

const RESPONSES: &str =
    "SELECT r.key, IFNULL(o.path || '/' || f.path, ''), r.input, r.output, r.cache_write_5m,
    r.cache_write_1h, r.cache_read, r.web_searches, r.cost
  FROM response r LEFT JOIN file f ON f.id = r.file_id LEFT JOIN root o ON o.id = f.root_id ORDER BY r.key";

fn next(rows: &mut Rows<'_>) -> Result<Option<Known>> {
    let read = |row: &Row<'_>| {
        let mut counts = [0; 6];
        for (index, count) in counts.iter_mut().enumerate() {
            *count = row.get(index + 2)?;
        }
        Ok(Known { key: row.get(0)?, file: row.get(1)?, counts, cost: row.get(8)? })
    };
    rows.next()?.map(read).transpose()
}

/// How far each file is read, by its full path.
fn offsets(connection: &Connection) -> Result<HashMap<String, i64>> {
    let mut statement = connection.prepare(
        "SELECT r.path || '/' || f.path, f.\"offset\" FROM file f JOIN root r ON r.id = f.root_id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
