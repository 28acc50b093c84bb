//! What stays as it was from one status to the next: sums of days that are over, and the start of the window that runs.
//!
//! Every commit notes the earliest quarter hour that it touched (`touch`), so whoever remembers a sum can tell whether it
//! still holds, without reading it again.

use super::Roots;
use super::rollup::{self, COLUMNS};
use crate::snapshot::Counted;
use crate::sums::Sums;
use crate::time::{Millis, quarter_of};
use foldhash::HashSet;
use rusqlite::{Connection, Result, params};
use std::collections::BTreeMap;

/// How many revisions back touches are kept.
const KEPT: i64 = 1_000;

/// Notes the earliest quarter hour that a revision changed; those of long ago are forgotten.
pub(super) fn touch(connection: &Connection, revision: i64, quarter: i64) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO touch (revision, quarter) VALUES (?1, ?2)")?
        .execute([revision, quarter])?;
    connection.prepare_cached("DELETE FROM touch WHERE revision <= ?1")?.execute([revision - KEPT])?;
    Ok(())
}

/// The earliest quarter hour that changed after a revision; `None` where none did.
pub(super) fn touched_since(connection: &Connection, revision: i64, now: i64) -> Result<Option<i64>> {
    if revision < now - KEPT || revision > now {
        return Ok(Some(i64::MIN));
    }
    connection
        .prepare_cached("SELECT MIN(quarter) FROM touch WHERE revision > ?1")?
        .query_row([revision], |row| row.get(0))
}

/// The moments that a status sums from, and the roots that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) month: Millis,
    pub(super) week: Millis,
    pub(super) day: Millis,
    pub(super) end: Millis,
    pub(super) roots: Roots,
}

/// The sums of a stretch of time, and the sessions that it is over.
#[derive(Clone, Debug, Default)]
struct Stretch {
    sums: Sums,
    sessions: HashSet<i64>,
}

impl Stretch {
    fn read(connection: &Connection, from: Millis, to: Millis, roots: Roots) -> Result<Self> {
        let sql = format!(
            "SELECT session_id, {COLUMNS} FROM rollup WHERE quarter >= ?1 AND quarter < ?2 AND (roots & ?3) != 0"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![quarter_of(from), quarter_of(to), roots])?;
        let mut stretch = Self::default();
        while let Some(row) = rows.next()? {
            let sums = rollup::read(row, 1)?;
            if sums.messages > 0 {
                stretch.sessions.insert(row.get(0)?);
            }
            stretch.sums += sums;
        }
        Ok(stretch)
    }

    fn with(&self, open: &Self) -> Counted {
        let new = open.sessions.iter().filter(|session| !self.sessions.contains(session)).count();
        let mut sums = self.sums;
        sums += open.sums;
        Counted { sums, sessions: (self.sessions.len() + new) as i64 }
    }
}

/// What one reader remembers.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// The bounds and the revision that the days before today were summed for: week and month.
    days: Option<(Bounds, i64, Stretch, Stretch)>,
    /// The start of the window that ran and the revision that it was found at, by the roots that count.
    windows: BTreeMap<Roots, (Millis, i64)>,
}

impl Closed {
    /// The sums of today, the week and the month.
    pub(super) fn sums(
        &mut self,
        connection: &Connection,
        revision: i64,
        bounds: Bounds,
    ) -> Result<[Counted; 3]> {
        let Bounds { month, week, day, end, roots } = bounds;
        let held = self.days.take().filter(|held| held.0 == bounds);
        let (mut week_before, mut month_before) = Default::default();
        let mut holds = false;
        if let Some((_, at, week, month)) = held {
            holds = touched_since(connection, at, revision)?.is_none_or(|touched| touched >= quarter_of(day));
            (week_before, month_before) = (week, month);
        }
        if !holds {
            week_before = Stretch::read(connection, week, day, roots)?;
            month_before = Stretch::read(connection, month, day, roots)?;
        }
        let today = Stretch::read(connection, day, end, roots)?;
        let sums = [Stretch::default().with(&today), week_before.with(&today), month_before.with(&today)];
        self.days = Some((bounds, revision, week_before, month_before));
        Ok(sums)
    }

    /// The start of the window that ran at the last look, where nothing before or beside it changed since.
    pub(super) fn window(
        &mut self,
        connection: &Connection,
        revision: i64,
        roots: Roots,
    ) -> Result<Option<Millis>> {
        let Some((start, at)) = self.windows.remove(&roots) else { return Ok(None) };
        let touched = touched_since(connection, at, revision)?;
        if touched.is_some_and(|touched| touched <= quarter_of(start)) {
            return Ok(None);
        }
        self.windows.insert(roots, (start, revision));
        Ok(Some(start))
    }

    /// Remembers the start of the window that runs.
    pub(super) fn remember_window(&mut self, start: Option<Millis>, roots: Roots, revision: i64) {
        if let Some(start) = start {
            self.windows.insert(roots, (start, revision));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::PriceTable;
    use crate::store::reading::{Reading, Scope};
    use crate::store::{Found, Writer};
    use crate::tail::{Cursor, Part};
    use crate::time::{HOUR, Zone};
    use crate::tokens::Tokens;
    use crate::transcript::State;
    use crate::transcript::record::{Batch, Name, Origin, Owner, Response};
    use chrono::Weekday;
    use proptest::prelude::*;
    use std::sync::Arc;

    const START: Millis = 1_793_000_000_000;

    /// A commit: the hours that pass before it, and its responses (number, session, hours back, file).
    type Commit = (i64, Vec<(u8, u8, i64, usize)>);

    fn commits() -> impl Strategy<Value = Vec<Commit>> {
        // Most data is of now; some comes late, and some numbers come again, with an earlier time or from another root.
        let back = prop_oneof![3 => 0..2_i64, 1 => 0..40 * 24_i64];
        let responses = prop::collection::vec((0..40_u8, 0..4_u8, back, 0..2_usize), 0..4);
        prop::collection::vec((prop_oneof![0..2_i64, 0..30_i64], responses), 1..16)
    }

    fn response((number, session, back, _): (u8, u8, i64, usize), now: Millis) -> Response {
        Response {
            key: format!("msg_{number}").into(),
            model: "claude-opus-4-5".into(),
            tokens: Tokens { input: i64::from(number) + 1, ..Tokens::default() },
            at: now - back * HOUR,
            owner: Owner {
                origin: Arc::new(Origin { session: Name::from(format!("s{session}")), ..Origin::default() }),
                ..Owner::default()
            },
            ..Response::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_remembered_is_what_is_read_anew(commits in commits(), roots in 1_i64..4) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("usage.db");
            let mut writer = Writer::open(&path, PriceTable::builtin().clone()).unwrap();
            let files: Vec<i64> = ["/a/projects", "/b/projects"]
                .map(|root| {
                    let root = writer.root(root).unwrap();
                    writer.register(&Found { root, path: "-p/s.jsonl".to_owned() }, 0).unwrap().id
                })
                .to_vec();
            let mut follower = None;
            let mut now = START;
            for (hours, responses) in commits {
                now += hours * HOUR;
                for one in responses {
                    let batch = Batch { responses: vec![response(one, now)], ..Batch::default() };
                    let (cursor, state) = (Cursor::default(), State::default());
                    writer.apply(&Part { file: files[one.3], anew: false, from: 0, batch, cursor, state, last: true }).unwrap();
                }
                writer.commit(now).unwrap();
                writer.tick(now).unwrap();
                let follower = follower.get_or_insert_with(|| Reading::open(&path).unwrap());
                    let scope = Scope {
                        everywhere: false, folders: vec!["/".to_owned()],
                        roots,
                        sessions: 5,
                        zone: Zone::named("Asia/Kathmandu").unwrap(),
                        week_start: Weekday::Mon,
                    };
                    let fresh = Reading::open(&path).unwrap().rows(&scope).unwrap();
                    prop_assert_eq!(&writer.rows(&scope).unwrap(), &fresh);
                    prop_assert_eq!(&follower.rows(&scope).unwrap(), &fresh);
                    let sessions: i64 = writer.connection.query_row(
                        "SELECT COUNT(DISTINCT o.session_id) FROM response r JOIN origin o ON o.id = r.origin_id WHERE r.roots & ?1",
                        [roots],
                        |row| row.get(0),
                    ).unwrap();
                    prop_assert_eq!(fresh.all_time.sessions, sessions);
            }
        }
    }
}
