//! Why something costs what it does: worked out again by the code that prices, and summed by price.

mod exact;
mod wire;

use self::exact::Exact;
pub use wire::{Explained, Explanation, Lines, Multiplier, PriceGroup, PricePart, RecordNote};

use super::{Tally, totals};
use crate::money::NanoUsd;
use crate::pricing::{Basis, Factor, PriceTable, Request};
use crate::snapshot::wire::Totals;
use crate::sums::Sums;
use crate::time::{Millis, Zone, utc_day};
use crate::tokens::Tokens;
use std::collections::HashSet;

/// A response, or a part of one that is billed apart, with all that its price depends on.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What makes it one response.
    pub key: String,
    /// 0 the response itself, 1 a compaction, 2 an advisor, 3 a helper's.
    pub part: i64,
    /// The request's id; empty where it is not known.
    pub request: String,
    /// The earliest line's time.
    pub at: Millis,
    /// Its session, by number and id.
    pub session: (i64, String),
    /// Its subagent's id; empty in the main thread.
    pub agent: String,
    /// The transcript that owns it.
    pub file: String,
    /// Where the owning line begins, in bytes.
    pub offset: i64,
    /// Some line has a final output count.
    pub finished: bool,
    /// Known only from a copy inside a progress line.
    pub embedded: bool,
    /// Its owning line is itself a copy of another session's.
    pub copied: bool,
    /// The model's id as written.
    pub model: String,
    /// `usage.speed` as written.
    pub speed: String,
    /// `usage.inference_geo` as written.
    pub geo: String,
    /// `usage.service_tier` as written.
    pub tier: String,
    /// What it used.
    pub tokens: Tokens,
    /// What the database says that it cost.
    pub cost: NanoUsd,
    /// The database has no price for it.
    pub unpriced: bool,
    /// What it cost is what Claude Code says.
    pub told: bool,
    /// Who told of it; empty: a transcript.
    pub source: String,
    /// What Claude Code says that it cost.
    pub own_cost: Option<NanoUsd>,
    /// How long it took to come, in milliseconds.
    pub duration_ms: Option<i64>,
}

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What kind of thing it is.
    pub kind: Explained,
    /// Its id, or the day.
    pub id: String,
    /// Its responses, in the order of their times.
    pub records: Vec<Record>,
}

/// Explains a cost.
pub fn explain(subject: Subject, zone: &Zone, prices: &PriceTable) -> Explanation {
    let mut total = Tally::default();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for record in &subject.records {
        total.add(sums(record), record.session.0, record.at);
        let request = request(record);
        let basis = if record.told { None } else { prices.explain(&request) };
        let same = |group: &Group<'_>| {
            group.model == record.model && group.basis == basis && group.told == record.told
        };
        let known = groups.iter().position(same);
        let index = known.unwrap_or_else(|| {
            groups.push(Group::new(&record.model, basis, record.told));
            groups.len() - 1
        });
        groups[index].add(record, prices, &request);
    }
    let agrees = groups.iter().map(|group| group.cost).sum::<NanoUsd>() == total.sums.cost;
    groups.sort_by(|a, b| (b.cost, a.model).cmp(&(a.cost, b.model)));
    let records = match subject.kind {
        Explained::Response => subject.records.iter().map(|record| note(record, zone)).collect(),
        _ => Vec::new(),
    };
    Explanation {
        kind: subject.kind,
        id: subject.id,
        totals: totals(&total),
        records,
        prices: groups.iter().map(|group| group.wire(prices)).collect(),
        agrees,
        table_revision: prices.revision(),
        table_made: prices.made().to_string(),
        sources: prices.sources().to_vec(),
        lines: None,
        timezone: zone.name(),
        partial: None,
    }
}

fn request(record: &Record) -> Request<'_> {
    let Record { model, at, tokens, speed, geo, tier, .. } = record;
    Request::written(model, utc_day(*at), *tokens, speed, geo, tier)
}

fn sums(record: &Record) -> Sums {
    let whole = record.part == 0;
    Sums {
        messages: i64::from(whole),
        tokens: record.tokens,
        cost: record.cost,
        unpriced: i64::from(record.unpriced),
        lower_bound: i64::from(whole && !record.finished),
    }
}

fn note(record: &Record, zone: &Zone) -> RecordNote {
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    RecordNote {
        key: record.key.clone(),
        part: ["whole", "compaction", "advisor", "helper"][record.part.clamp(0, 3) as usize].to_owned(),
        request: known(&record.request),
        at: zone.rfc3339(record.at),
        session: record.session.1.clone(),
        agent: known(&record.agent),
        model: record.model.clone(),
        speed: known(&record.speed),
        inference_geo: known(&record.geo),
        service_tier: known(&record.tier),
        file: record.file.clone(),
        offset: record.offset,
        lower_bound: record.part == 0 && !record.finished,
        embedded: record.embedded,
        copied: record.copied,
        cost_usd: record.cost,
        source: known(&record.source).unwrap_or_else(|| "transcript".to_owned()),
        own_usd: record.own_cost,
        duration_ms: record.duration_ms,
    }
}

/// Responses of one spelling of a model at one price.
struct Group<'t> {
    model: &'t str,
    basis: Option<Basis<'t>>,
    /// They cost what Claude Code says.
    told: bool,
    sums: Sums,
    records: i64,
    sessions: HashSet<i64>,
    /// What its tokens cost before rounding, in the units of its basis.
    exact: i128,
    searches: NanoUsd,
    /// What they cost in the end, each response rounded by itself.
    cost: NanoUsd,
}

impl<'t> Group<'t> {
    fn new(model: &'t str, basis: Option<Basis<'t>>, told: bool) -> Self {
        Self {
            model,
            basis,
            told,
            sums: Sums::default(),
            records: 0,
            sessions: HashSet::new(),
            exact: 0,
            searches: NanoUsd::ZERO,
            cost: NanoUsd::ZERO,
        }
    }

    fn add(&mut self, record: &Record, prices: &PriceTable, request: &Request<'_>) {
        let cost = if record.told { record.cost } else { prices.cost(request).cost };
        self.sums += Sums { cost, ..sums(record) };
        self.records += 1;
        self.sessions.insert(record.session.0);
        if let Some(basis) = &self.basis {
            self.exact = self.exact.saturating_add(basis.exact(&record.tokens).0);
        }
        if !record.told {
            self.searches += prices.searches(&record.tokens);
        }
        self.cost += cost;
    }

    fn wire(&self, prices: &PriceTable) -> PriceGroup {
        let tokens = self.sums.tokens;
        let unit = self.basis.as_ref().map_or(1_000, |basis| basis.exact(&Tokens::default()).1);
        let exact = if self.told { i128::from(self.cost.0).saturating_mul(unit) } else { self.exact };
        let exact = Exact::new(exact, unit);
        let rounded = self.cost - self.searches;
        let parts = self.basis.iter().flat_map(|basis| basis.rates.parts(&tokens)).map(|part| PricePart {
            class: part.class,
            tokens: part.tokens,
            per_million: part.price,
            exact: Exact::new(part.pico, 1_000).to_string(),
        });
        PriceGroup {
            model: self.model.to_owned(),
            priced_as: self.basis.map(|basis| basis.model.to_owned()),
            from: self.basis.and_then(|basis| basis.from).map(|day| day.to_string()),
            source: self.basis.map(|basis| basis.source),
            told: self.told,
            over_prompt_tokens: self.basis.and_then(|basis| basis.over_prompt_tokens),
            records: self.records,
            totals: Totals::new(&self.sums, self.sessions.len() as i64),
            parts: parts.collect(),
            subtotal: Exact::new(self.basis.map_or(0, |basis| pico(&basis, &tokens)), 1_000).to_string(),
            multipliers: self.basis.iter().flat_map(multipliers).collect(),
            exact: exact.to_string(),
            rounding: exact.to_rounded(rounded).to_string(),
            web_search_usd: self.searches,
            each_web_search_usd: prices.web_search(),
        }
    }
}

fn pico(basis: &Basis<'_>, tokens: &Tokens) -> i128 {
    basis.rates.parts(tokens).iter().map(|part| part.pico).fold(0, i128::saturating_add)
}

fn multipliers(basis: &Basis<'_>) -> impl Iterator<Item = Multiplier> + use<> {
    let named = |name: &str, factor: Option<Factor>| {
        factor.map(|factor| Multiplier { name: name.to_owned(), factor })
    };
    [
        named("fast mode", basis.fast),
        named("US inference", basis.us_inference),
        named("regional endpoint", basis.regional),
        named("batch", basis.batch),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests;
