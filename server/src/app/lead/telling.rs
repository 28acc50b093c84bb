//! What a leader tells others of itself, and how it takes up settings that changed.

use super::looking::watch;
use super::{Leading, POLL_EVERY};
use crate::app::{Setup, now};
use crate::snapshot::{LeaderHealth, wire};
use crate::time::Zone;
use std::sync::Arc;
use std::time::Instant;

impl Leading {
    /// Counts days in these zones: a status is made anew when one ends.
    pub(in crate::app) fn count_days_in(&mut self, zones: [&Zone; 2]) {
        self.zones = zones.map(Zone::clone).to_vec();
        self.zones.dedup();
        if self.tick_at != 0 {
            self.schedule_tick();
        }
    }

    /// Takes up what changed in the settings.
    pub(in crate::app) fn reconfigure(&mut self, before: &Setup, new: &Setup) {
        if !Arc::ptr_eq(before.prices(), new.prices()) {
            self.new_prices = Some(new.prices().clone());
        }
        for projects in &new.projects {
            let outcome = self.ingest.add_root(projects);
            self.checked("the database", outcome);
        }
        if before.config.watch != new.config.watch {
            (self.poll, self.polling) = (new.config.watch.poll, new.config.watch.poll);
            self.troubles.end("watch");
            self.watch = watch(&new.state, &self.events);
        }
        self.look();
        self.look_out_by(new);
        self.push_by(new);
        self.ready.count_days_in(&new.zone);
        // Other settings show other content: it gets a revision of its own.
        self.settle();
        let outcome = self.ingest.writer().tick(now());
        self.checked("the database", outcome);
        self.schedule_tick();
    }

    /// Posts to the addresses of these settings from now on.
    pub(super) fn push_by(&mut self, setup: &Setup) {
        match self.pusher.follow(setup, self.reign, &self.events) {
            Err(error) => self.troubles.begin("push", error),
            Ok(()) if !self.pusher.is_on() => self.troubles.end("push"),
            Ok(()) => {}
        }
    }

    /// Hears how posting goes; says whether something is to be told.
    pub(in crate::app) fn pushed(&mut self, problem: Option<String>) -> bool {
        match problem {
            Some(problem) => self.troubles.begin("push", problem),
            None => self.troubles.end("push"),
        }
        true
    }

    /// How this process fares, for those who follow.
    pub(super) fn health(&self) -> LeaderHealth {
        LeaderHealth { watch: how(self.polling), problems: self.troubles.told() }
    }

    /// Whether there is something new to tell of this process.
    pub(in crate::app) fn has_news(&self) -> bool {
        self.told != self.health() && self.tell_again.is_none_or(|at| Instant::now() >= at)
    }

    /// Tells the others how this process fares.
    pub(super) fn tell(&mut self) {
        if !self.has_news() {
            return;
        }
        let health = self.health();
        let outcome = self.ingest.writer().set_health(&health, now());
        // What fails now will fail in a moment, too.
        self.tell_again = outcome.is_err().then(|| Instant::now() + POLL_EVERY);
        // So small a write may find room where what was read finds none: it says nothing of that.
        if self.checked("the leader", outcome).is_some() {
            self.told = health;
            self.schedule_tick();
        }
    }

    pub(super) fn apply_prices(&mut self) {
        let Some(prices) = self.new_prices.take() else { return };
        self.settle();
        let outcome = self.ingest.writer().set_prices(prices.clone());
        if self.checked("the prices", outcome).is_none() {
            self.new_prices = Some(prices);
        }
    }
}

/// How changes are noticed.
pub(super) const fn how(polling: bool) -> wire::Watch {
    if polling { wire::Watch::Polling } else { wire::Watch::Events }
}
