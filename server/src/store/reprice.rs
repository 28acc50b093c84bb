//! New prices for old responses: tokens are the truth, cost is derived from them.

use super::merge::flag;
use super::rollup;
use super::schema::Error;
use super::writer::{Writer, meta, set_meta};
use crate::pricing::{PriceTable, Request};
use crate::time::utc_day;
use rusqlite::{Connection, Result, params};
use std::sync::Arc;

impl Writer {
    /// Prices by another table from now on, and reprices history by it. No transaction may run.
    pub fn set_prices(&mut self, prices: Arc<PriceTable>) -> std::result::Result<(), Error> {
        let before = std::mem::replace(&mut self.prices, prices);
        if let Err(error) = self.reprice() {
            self.prices = before;
            return Err(error.into());
        }
        Ok(())
    }

    /// Brings costs up to date with the price table. An older program's table changes nothing that a newer one priced.
    pub(super) fn reprice(&mut self) -> Result<()> {
        let (revision, fingerprint) = (i64::from(self.prices.revision()), self.prices.fingerprint());
        let held: Option<i64> = meta(&self.connection, "price_revision")?;
        let held_fingerprint: Option<String> = meta(&self.connection, "price_fingerprint")?;
        let older = held.is_some_and(|held| held > revision);
        if older || held_fingerprint.as_deref() == Some(&*fingerprint) {
            return Ok(());
        }
        let transaction =
            rusqlite::Transaction::new_unchecked(&self.connection, rusqlite::TransactionBehavior::Immediate)?;
        if held.is_some() {
            reprice_responses(&transaction, &self.prices)?;
            rebuild_sums(&transaction)?;
            let next: i64 = meta::<i64>(&transaction, "revision")?.unwrap_or(0) + 1;
            set_meta(&transaction, "revision", &next)?;
            super::closed::touch(&transaction, next, i64::MIN)?;
        }
        set_meta(&transaction, "price_revision", &revision)?;
        set_meta(&transaction, "price_fingerprint", &fingerprint)?;
        transaction.commit()
    }
}

pub(super) fn reprice_responses(connection: &Connection, prices: &PriceTable) -> Result<()> {
    let mut read = connection.prepare(
        "SELECT r.id, m.text, r.at, s.text, g.text, t.text, r.input, r.output, r.cache_write_5m, r.cache_write_1h,
         r.cache_read, r.web_searches, r.flags, r.cost
         FROM response r JOIN name m ON m.id = r.model_id JOIN name s ON s.id = r.speed_id
         JOIN name g ON g.id = r.geo_id JOIN name t ON t.id = r.tier_id WHERE (r.flags & ?1) = 0",
    )?;
    let mut write = connection.prepare("UPDATE response SET cost = ?2, flags = ?3 WHERE id = ?1")?;
    let mut changes = Vec::new();
    let mut rows = read.query([flag::TOLD])?;
    while let Some(row) = rows.next()? {
        let (model, speed, geo, tier): (String, String, String, String) =
            (row.get(1)?, row.get(3)?, row.get(4)?, row.get(5)?);
        let tokens = rollup::tokens(row, 6)?;
        let at = utc_day(row.get(2)?);
        let quote = prices.cost(&Request::written(&model, at, tokens, &speed, &geo, &tier));
        let flags: i64 = row.get(12)?;
        let unpriced = if quote.priced { 0 } else { flag::UNPRICED };
        let new_flags = flags & !flag::UNPRICED | unpriced;
        if (quote.cost.0, new_flags) != (row.get(13)?, flags) {
            changes.push((row.get::<_, i64>(0)?, quote.cost.0, new_flags));
        }
    }
    drop(rows);
    for (id, cost, flags) in changes {
        write.execute(params![id, cost, flags])?;
    }
    Ok(())
}

/// Makes all sums anew from the responses: after a change of prices, and to check them.
pub(super) fn rebuild_sums(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "DELETE FROM rollup;
         DELETE FROM session_rollup;
         DELETE FROM lifetime;
         DELETE FROM lifetime_session;
         INSERT INTO rollup
           SELECT r.at / 900000, o.session_id, r.model_id, r.roots, SUM(r.part = 0), SUM(r.input), SUM(r.output),
             SUM(r.cache_write_5m), SUM(r.cache_write_1h), SUM(r.cache_read), SUM(r.web_searches), SUM(r.cost),
             SUM((r.flags & 8) != 0), SUM(r.part = 0 AND (r.flags & 1) = 0)
           FROM response r JOIN origin o ON o.id = r.origin_id GROUP BY 1, 2, 3, 4;
         INSERT INTO session_rollup
           SELECT session_id, roots, SUM(messages), SUM(input), SUM(output), SUM(cache_write_5m), SUM(cache_write_1h),
             SUM(cache_read), SUM(web_searches), SUM(cost), SUM(unpriced), SUM(lower_bound)
           FROM rollup GROUP BY 1, 2;
         INSERT INTO lifetime
           SELECT roots, SUM(messages), SUM(input), SUM(output), SUM(cache_write_5m),
             SUM(cache_write_1h), SUM(cache_read), SUM(web_searches), SUM(cost), SUM(unpriced), SUM(lower_bound)
           FROM session_rollup GROUP BY 1;
         INSERT INTO lifetime_session
           WITH RECURSIVE bit (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM bit WHERE number < 61)
           SELECT held, COUNT(*) FROM (
             SELECT SUM(1 << number) AS held FROM (
               SELECT DISTINCT session_id, number FROM session_rollup JOIN bit ON (roots >> number) & 1
               WHERE messages > 0)
             GROUP BY session_id)
           GROUP BY held;
         UPDATE agent SET cost = IFNULL((SELECT SUM(r.cost) FROM response r JOIN origin o ON o.id = r.origin_id
           WHERE o.session_id = agent.session_id AND o.agent_id = agent.name_id), 0);",
    )
}

#[cfg(test)]
mod tests {
    use crate::pricing::PriceTable;
    use crate::store::{Found, Writer};
    use crate::tail::{Cursor, Part};
    use crate::tokens::Tokens;
    use crate::transcript::State;
    use crate::transcript::record::{Batch, Response};
    use std::path::Path;
    use std::sync::Arc;

    /// The built-in table with another revision, and another price of Opus 4.5's input.
    fn table(revision: u32, input: &str) -> Arc<PriceTable> {
        let mut asset: serde_json::Value =
            serde_json::from_str(include_str!("../../assets/prices.json")).unwrap();
        asset["revision"] = revision.into();
        let models = asset["models"].as_array_mut().unwrap();
        let opus = models.iter_mut().find(|model| model["model"] == "claude-opus-4-5").unwrap();
        opus["periods"][0]["input"] = serde_json::from_str(input).unwrap();
        Arc::new(PriceTable::parse(&asset.to_string()).unwrap())
    }

    fn cost(path: &Path, prices: Arc<PriceTable>) -> (i64, i64) {
        let writer = Writer::open(path, prices).unwrap();
        let one = |sql| writer.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        (one("SELECT cost FROM response"), one("SELECT cost FROM lifetime"))
    }

    #[test]
    fn the_greater_revision_prices_history() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.db");
        let mut writer = Writer::open(&path, table(2, "5")).unwrap();
        let root = writer.root("/c/projects").unwrap();
        let file = writer.register(&Found { root, path: "-p/s.jsonl".to_owned() }, 0).unwrap().id;
        let response = Response {
            key: "msg_1".into(),
            model: "claude-opus-4-5".into(),
            tokens: Tokens { input: 1_000, ..Tokens::default() },
            ..Response::default()
        };
        let batch = Batch { responses: vec![response], ..Batch::default() };
        let (cursor, state) = (Cursor::default(), State::default());
        writer.apply(&Part { file, anew: false, from: 0, batch, cursor, state, last: true }).unwrap();
        writer.commit(0).unwrap();
        drop(writer);
        // 1,000 tokens at 5, 7 and 6 dollars a million, in nano-dollars.
        for (revision, input, expected) in [(2, "5", 5_000_000), (3, "7", 7_000_000), (2, "6", 7_000_000)] {
            assert_eq!(cost(&path, table(revision, input)), (expected, expected), "revision {revision}");
        }
    }
}
