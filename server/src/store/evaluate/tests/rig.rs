//! A database with budgets, in which money is spent at will.

use super::super::*;
use crate::alerts::{Alert, Teller};
use crate::budgets::Scope;
use crate::budgets::THRESHOLDS;
use crate::pricing::PriceTable;
use crate::store::reading::Reading;
use crate::store::{Found, Ledger, Writer};
use crate::tail::{Cursor, Part};
use crate::time::HOUR;
use crate::time::Zone;
use crate::tokens::Tokens;
use crate::transcript::State;
use crate::transcript::record::{Batch, Name, Origin, Owner, Response, Session};
use chrono::Weekday;
use std::path::PathBuf;
use std::sync::Arc;

/// 2026-10-14, a Wednesday, at noon in UTC.
pub(super) const NOON: Millis = 1_791_979_200_000;
pub(super) const DAY: Millis = 24 * HOUR;
/// Tokens of Sonnet's input that cost a dollar, where a million do.
pub(super) const DOLLAR: i64 = 1_000_000;

/// A leader's hold on a database of its own, and an editor that listens.
pub(super) struct Rig {
    pub(super) folder: tempfile::TempDir,
    pub(super) writer: Writer,
    pub(super) file: i64,
    pub(super) count: usize,
    pub(super) teller: Teller,
}

/// A response: where, on which branch, by which model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

pub(super) const APP: Place = Place("/work/app", "main", "claude-sonnet-4-5");

pub(super) fn table(sonnet: &str) -> Arc<PriceTable> {
    let mut asset: serde_json::Value =
        serde_json::from_str(include_str!("../../../../assets/prices.json")).unwrap();
    let models = asset["models"].as_array_mut().unwrap();
    let model = models.iter_mut().find(|model| model["model"] == "claude-sonnet-4-5").unwrap();
    for period in model["periods"].as_array_mut().unwrap() {
        period["input"] = serde_json::from_str(sonnet).unwrap();
    }
    Arc::new(PriceTable::parse(&asset.to_string()).unwrap())
}

pub(super) fn lookout(zone: &str) -> Lookout {
    let calendar = Calendar { zone: Zone::named(zone).unwrap(), week_start: Weekday::Mon, cycle_day: 1 };
    Lookout { calendar, limit_thresholds: vec![80, 100], configured: Vec::new(), is_whole: true }
}

pub(super) fn terms(scope: Scope, period: Period, dollars: i64) -> Terms {
    let limit = NanoUsd(dollars * NanoUsd::DOLLAR.0);
    Terms { scope, period, limit, thresholds: THRESHOLDS.to_vec(), hard: false }
}

impl Rig {
    pub(super) fn new(budgets: &[Terms]) -> Self {
        Self::at(budgets, "UTC", NOON)
    }

    pub(super) fn at(budgets: &[Terms], zone: &str, now: Millis) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&folder.path().join("usage.db"), table("1")).unwrap();
        let root = writer.root("/c/projects").unwrap();
        let file = writer.register(&Found { root, path: "-p/s.jsonl".to_owned() }, 0).unwrap().id;
        writer.commit(now).unwrap();
        let mut rig = Self { folder, writer, file, count: 0, teller: Teller::default() };
        rig.ledger().set(budgets, &lookout("UTC").calendar, now).unwrap();
        rig.writer.look_out(lookout(zone), now).unwrap();
        assert!(rig.told(now).is_empty());
        rig
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("usage.db")
    }

    pub(super) fn ledger(&self) -> Ledger {
        Ledger::open(&self.path()).unwrap()
    }

    /// Spends at a moment, in cents.
    pub(super) fn spend(&mut self, cents: i64, at: Millis, now: Millis, place: Place) {
        self.count += 1;
        let Place(project, branch, model) = place;
        let session = Name::from(format!("session of {project}"));
        let origin = Origin { session: session.clone(), branch: branch.into(), ..Origin::default() };
        let response = Response {
            key: format!("msg_{}", self.count).into(),
            model: model.into(),
            tokens: Tokens { input: cents * DOLLAR / 100, ..Tokens::default() },
            at,
            owner: Owner { origin: Arc::new(origin), ..Owner::default() },
            ..Response::default()
        };
        let facts = Session {
            started: Some(at),
            last: Some(at),
            last_main: Some(at),
            project: Some((false, at, project.into())),
            ..Session::default()
        };
        let batch = Batch {
            responses: vec![response],
            sessions: vec![(session, facts)].into_iter().collect(),
            ..Batch::default()
        };
        let (cursor, state) = (Cursor::default(), State::default());
        let part = Part { file: self.file, anew: false, from: 0, batch, cursor, state, last: true };
        self.writer.apply(&part).unwrap();
        self.writer.commit(now).unwrap();
    }

    /// What the editor is told at a moment: subject and threshold.
    pub(super) fn told(&mut self, now: Millis) -> Vec<(String, u32)> {
        let alerts = self.writer.alerts_since(self.teller.last(), now).unwrap();
        let mut news = self.teller.news(&alerts, now);
        news.retain(|alert| alert.rule == "budget");
        news.iter().map(|alert| (alert.subject.clone(), alert.threshold)).collect()
    }

    pub(super) fn rows(&self) -> Vec<Alert> {
        let mut alerts = Reading::open(&self.path()).unwrap().latest_alerts(1_000, true).unwrap();
        alerts.retain(|alert| alert.rule == "budget");
        alerts.reverse();
        alerts
    }
}

pub(super) fn day(threshold: u32) -> Vec<(String, u32)> {
    vec![("day all".to_owned(), threshold)]
}
