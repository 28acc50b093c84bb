//! Responses: each is one row, whatever lines tell of it and in whatever order they come.

use super::rollup::{self, Place};
use super::writer::Writer;
use super::{ANY_ROOT, Roots};
use crate::money::NanoUsd;
use crate::pricing::{PriceTable, Quote, Request};
use crate::sums::Sums;
use crate::time::{quarter_of, utc_day};
use crate::tokens::Tokens;
use crate::transcript::record::{Name, Owner, Part, Response};
use rusqlite::{Result, Row, params};
use xxhash_rust::xxh3::xxh3_64;

/// Flags of a response's row.
pub(super) mod flag {
    pub(crate) const FINISHED: i64 = 1;
    pub(crate) const EMBEDDED: i64 = 2;
    pub(crate) const COPIED: i64 = 4;
    pub(crate) const UNPRICED: i64 = 8;
    /// The cost is what Claude Code says.
    pub(crate) const TOLD: i64 = 16;
}

/// A response as the store holds it.
struct Stored {
    id: i64,
    response: Response,
    roots: Roots,
    quote: Quote,
    place: Place,
    agent: i64,
}

/// A response's numbers in the store.
struct Numbers {
    origin: i64,
    session: i64,
    agent: i64,
    model: i64,
    speed: i64,
    geo: i64,
    tier: i64,
}

impl Writer {
    /// Adds a response, or what its lines tell beyond what is known.
    pub(super) fn response(&mut self, response: &Response, file: i64, roots: Roots) -> Result<()> {
        if self.is_archived(&response.key, response.at)? {
            return Ok(());
        }
        let quote = quote(&self.prices, response);
        let numbers = self.numbers(response)?;
        if self.add(response, file, roots, quote, &numbers)? {
            return self.supersede(&response.request, self.connection.last_insert_rowid());
        }
        let stored = self.stored(&response.key)?;
        self.recent.insert(response.key.clone(), stored.id);
        let mut merged = stored.response.clone();
        merged.merge(response.clone());
        let all_roots = stored.roots | roots;
        if merged == stored.response && all_roots == stored.roots {
            return Ok(());
        }
        let moved = merged.owner != stored.response.owner;
        let quote = self::quote(&self.prices, &merged);
        let numbers = self.numbers(&merged)?;
        let owning_file = if moved { Some(file) } else { None };
        if moved {
            self.moved = self.moved.into_iter().chain([stored.place.quarter]).min();
        }
        self.update(stored.id, &merged, owning_file, all_roots, quote, &numbers)?;
        self.deltas.subtract(stored.place, sums(&stored.response, stored.quote));
        self.deltas.agent_share(
            stored.place.session,
            stored.agent,
            NanoUsd::ZERO - stored.quote.cost,
            &stored.response,
        );
        self.deltas.add(place(&merged, &numbers, all_roots), sums(&merged, quote));
        self.deltas.agent_share(numbers.session, numbers.agent, quote.cost, &merged);
        self.changed = true;
        if merged.request != stored.response.request {
            self.supersede(&merged.request, stored.id)?;
        }
        Ok(())
    }

    /// Adds a response that no transcript tells of, at a cost that may be another than its price; `None` where it is known, or
    /// lies in an archive.
    pub(super) fn add_told(&mut self, response: &Response, quote: Quote) -> Result<Option<i64>> {
        if self.is_archived(&response.key, response.at)? {
            return Ok(None);
        }
        let numbers = self.numbers(response)?;
        // It lies in none of Claude's folders, and belongs to whichever of them are looked at.
        let new = self.add(response, 0, ANY_ROOT, quote, &numbers)?;
        Ok(new.then(|| self.connection.last_insert_rowid()))
    }

    fn numbers(&mut self, response: &Response) -> Result<Numbers> {
        let Self { connection, names, sessions, .. } = self;
        let (origin, session) = names.origin(connection, &response.owner.origin, |uuid| {
            super::sessions::session_id(connection, sessions, uuid)
        })?;
        Ok(Numbers {
            origin,
            session,
            agent: names.id(connection, &response.owner.origin.agent)?,
            model: names.id(connection, &response.model)?,
            speed: names.id(connection, &response.speed)?,
            geo: names.id(connection, &response.geo)?,
            tier: names.id(connection, &response.tier)?,
        })
    }

    /// Adds a response that is new, with its sums; `false` where it is known.
    fn add(
        &mut self,
        response: &Response,
        file: i64,
        roots: Roots,
        quote: Quote,
        numbers: &Numbers,
    ) -> Result<bool> {
        let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read, web_searches } =
            response.tokens;
        let rows = self
            .connection
            .prepare_cached(
                "INSERT INTO response (key, part, request, at, origin_id, turn_id, file_id, \"offset\", flags, roots,
                 model_id, speed_id, geo_id, tier_id, input, output, cache_write_5m, cache_write_1h, cache_read,
                 web_searches, cost)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
                 ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                response.key,
                response.part as i64,
                response.request,
                response.at,
                numbers.origin,
                turn_number(&response.owner),
                file,
                response.owner.offset as i64,
                flags(response, quote),
                roots,
                numbers.model,
                numbers.speed,
                numbers.geo,
                numbers.tier,
                input,
                output,
                cache_write_5m,
                cache_write_1h,
                cache_read,
                web_searches,
                quote.cost.0,
            ])?;
        if rows > 0 {
            self.recent.insert(response.key.clone(), self.connection.last_insert_rowid());
            self.deltas.add(place(response, numbers, roots), sums(response, quote));
            self.deltas.agent_share(numbers.session, numbers.agent, quote.cost, response);
            self.changed = true;
        }
        Ok(rows > 0)
    }

    fn update(
        &mut self,
        id: i64,
        response: &Response,
        file: Option<i64>,
        roots: Roots,
        quote: Quote,
        numbers: &Numbers,
    ) -> Result<()> {
        let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read, web_searches } =
            response.tokens;
        self.connection
            .prepare_cached(
                "UPDATE response SET request = ?2, at = ?3, origin_id = ?4, turn_id = ?5, file_id = IFNULL(?6, file_id),
                 \"offset\" = ?7, flags = ?8, roots = ?9, model_id = ?10, speed_id = ?11, geo_id = ?12, tier_id = ?13,
                 input = ?14, output = ?15, cache_write_5m = ?16, cache_write_1h = ?17, cache_read = ?18,
                 web_searches = ?19, cost = ?20 WHERE id = ?1",
            )?
            .execute(params![
                id,
                response.request,
                response.at,
                numbers.origin,
                turn_number(&response.owner),
                file,
                response.owner.offset as i64,
                flags(response, quote),
                roots,
                numbers.model,
                numbers.speed,
                numbers.geo,
                numbers.tier,
                input,
                output,
                cache_write_5m,
                cache_write_1h,
                cache_read,
                web_searches,
                quote.cost.0,
            ])?;
        Ok(())
    }

    fn stored(&mut self, key: &str) -> Result<Stored> {
        let raw = self
            .connection
            .prepare_cached(
                "SELECT r.id, r.part, r.request, r.at, r.origin_id, r.turn_id, r.file_id, r.\"offset\", r.flags, r.roots,
                 r.model_id, r.speed_id, r.geo_id, r.tier_id, r.input, r.output, r.cache_write_5m, r.cache_write_1h,
                 r.cache_read, r.web_searches, r.cost, IFNULL(t.prompt, '')
                 FROM response r LEFT JOIN turn t ON t.id = r.turn_id WHERE r.key = ?1",
            )?
            .query_row([key], Raw::read)?;
        let Self { connection, names, .. } = self;
        let (origin, session) = names.origin_of(connection, raw.origin)?;
        let agent = names.id(connection, &origin.agent)?;
        let [model, speed, geo, tier] = raw.names;
        let model_name = names.name(connection, model)?;
        let (speed, geo, tier) =
            (names.name(connection, speed)?, names.name(connection, geo)?, names.name(connection, tier)?);
        let file = self.file_info(raw.file)?;
        let response = Response {
            key: key.into(),
            part: raw.part,
            request: raw.request.into(),
            model: model_name,
            tokens: raw.tokens,
            at: raw.at,
            finished: raw.flags & flag::FINISHED != 0,
            embedded: raw.flags & flag::EMBEDDED != 0,
            speed,
            geo,
            tier,
            owner: Owner {
                copied: raw.flags & flag::COPIED != 0,
                born: file.born,
                file: file.path,
                offset: raw.offset as u64,
                origin,
                turn: raw.turn,
            },
        };
        let quote = Quote { cost: raw.cost, priced: raw.flags & flag::UNPRICED == 0 };
        let place = Place { quarter: quarter_of(raw.at), session, model, roots: raw.roots };
        Ok(Stored { id: raw.id, response, roots: raw.roots, quote, place, agent })
    }
}

/// A row before its numbers are looked up.
struct Raw {
    id: i64,
    part: Part,
    request: String,
    at: i64,
    origin: i64,
    file: i64,
    offset: i64,
    flags: i64,
    roots: Roots,
    names: [i64; 4],
    tokens: Tokens,
    cost: NanoUsd,
    turn: Name,
}

impl Raw {
    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            part: match row.get(1)? {
                1_i64 => Part::Compaction,
                2 => Part::Advisor,
                3 => Part::Helper,
                _ => Part::Whole,
            },
            request: row.get(2)?,
            at: row.get(3)?,
            origin: row.get(4)?,
            file: row.get(6)?,
            offset: row.get(7)?,
            flags: row.get(8)?,
            roots: row.get(9)?,
            names: [row.get(10)?, row.get(11)?, row.get(12)?, row.get(13)?],
            tokens: rollup::tokens(row, 14)?,
            cost: NanoUsd(row.get(20)?),
            turn: row.get::<_, String>(21)?.into(),
        })
    }
}

/// The cost of a response at the prices of its day.
pub(super) fn quote(prices: &PriceTable, response: &Response) -> Quote {
    let Response { model, at, tokens, speed, geo, tier, .. } = response;
    prices.cost(&Request::written(model, utc_day(*at), *tokens, speed, geo, tier))
}

/// What a response adds to the sums.
fn sums(response: &Response, quote: Quote) -> Sums {
    let whole = response.part == Part::Whole;
    Sums {
        messages: i64::from(whole),
        tokens: response.tokens,
        cost: quote.cost,
        unpriced: i64::from(!quote.priced),
        lower_bound: i64::from(whole && !response.finished),
    }
}

fn place(response: &Response, numbers: &Numbers, roots: Roots) -> Place {
    Place { quarter: quarter_of(response.at), session: numbers.session, model: numbers.model, roots }
}

fn flags(response: &Response, quote: Quote) -> i64 {
    let bit = |set: bool, flag: i64| if set { flag } else { 0 };
    bit(response.finished, flag::FINISHED)
        | bit(response.embedded, flag::EMBEDDED)
        | bit(response.owner.copied, flag::COPIED)
        | bit(!quote.priced, flag::UNPRICED)
}

fn turn_number(owner: &Owner) -> i64 {
    if owner.turn.is_empty() { 0 } else { turn_id(&owner.origin.session, &owner.turn) }
}

/// The number of a turn: a hash, so that it needs no look-up.
pub(super) fn turn_id(session: &str, prompt: &str) -> i64 {
    let mut text = String::with_capacity(session.len() + prompt.len() + 1);
    text.push_str(session);
    text.push('\n');
    text.push_str(prompt);
    xxh3_64(text.as_bytes()) as i64
}
