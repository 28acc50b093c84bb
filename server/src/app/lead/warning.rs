//! How a leader looks out: for budgets, limits and everything else that is worth a word.

use super::Leading;
use crate::alerts::wire::Warning;
use crate::alerts::{Alert, heard};
use crate::app::command;
use crate::app::engine::Event;
use crate::app::{Setup, now, try_spawn};
use crate::budgets::Urgency;
use crate::store::Error;

impl Leading {
    /// Begins to look out once everything is read that was there: sums of half a history cross thresholds one after the other.
    pub(super) fn look_out(&mut self) -> bool {
        let caught_up = self.last_scan.is_some() && !self.looking && self.busy.is_empty() || self.is_behind();
        if !caught_up || self.ingest.writer().looks_out() || self.ingest.writer().is_open() {
            return false;
        }
        self.begin_to_look()
    }

    /// Takes up what changed in the settings.
    pub(super) fn look_out_by(&mut self, setup: &Setup) {
        self.lookout = setup.lookout();
        self.command.clone_from(&setup.config.alerts.command);
        self.alert_settings = setup.config.alerts.clone();
        if self.command.is_empty() {
            self.troubles.end("the command for alerts");
        }
        if self.ingest.writer().looks_out() {
            self.begin_to_look();
        }
    }

    fn begin_to_look(&mut self) -> bool {
        let outcome = self.ingest.writer().look_out(self.lookout.clone(), now());
        let changed = self.checked("the budgets", outcome).is_some_and(|committed| committed.changed);
        if changed {
            self.schedule_tick();
        }
        self.run_command();
        changed
    }

    /// Someone changed budgets, or what becomes of alerts.
    pub(in crate::app) fn reconsider(&mut self) {
        self.settle();
        if !self.ingest.writer().looks_out() {
            self.reconsidered = true;
            return;
        }
        let outcome = self.ingest.writer().tick(now());
        self.reconsidered |= self.checked("the budgets", outcome).is_some();
        self.schedule_tick();
        self.run_command();
    }

    /// Alerts beyond a number, and those that hold; `None` while nobody can tell.
    pub(in crate::app) fn alerts_since(&mut self, id: i64) -> Option<Result<Vec<Alert>, Error>> {
        let writer = self.ingest.writer();
        writer.looks_out().then(|| writer.alerts_since(id, now()))
    }

    /// Runs the user's own program for each alert that it was not run for.
    pub(super) fn run_command(&mut self) {
        if self.command.is_empty() || !self.ingest.writer().looks_out() {
            return;
        }
        let outcome = self.ingest.writer().take_for_command(now());
        let alerts = self.checked("the budgets", outcome).unwrap_or_default();
        let zone = self.lookout.calendar.zone.clone();
        let loud =
            |alert: &Alert| heard(alert, &self.alert_settings).filter(|urgency| *urgency > Urgency::Info);
        let told: Vec<_> = alerts
            .iter()
            .filter_map(|alert| loud(alert).map(|urgency| Warning::of(alert, urgency, &zone)))
            .collect();
        if told.is_empty() {
            return;
        }
        let (words, events, reign) = (self.command.clone(), self.events.clone(), self.reign);
        let run = move || drop(events.send(Event::Ran(reign, command::run(&words, &told))));
        if let Err(error) = try_spawn("costline-command", Box::new(run)) {
            self.troubles.begin("the command for alerts", error);
        }
    }

    /// Hears how the user's program ended; says whether something is to be told.
    pub(in crate::app) fn ran(&mut self, outcome: Result<(), String>) -> bool {
        match outcome {
            Ok(()) => self.troubles.end("the command for alerts"),
            Err(problem) => self.troubles.begin("the command for alerts", problem),
        }
        true
    }
}
