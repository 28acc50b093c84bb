//! The status of everything, for surfaces that belong to no client.

use super::Engine;
use crate::snapshot::build;
use crate::store::reading::Scope;
use std::sync::Arc;

/// So many sessions are looked at: of one that ended more than that many later ones have begun.
const SESSIONS: usize = 100;

impl Engine {
    /// Shows the desktop, and whoever asks over HTTP, how everything stands, and warns them.
    pub(super) fn show_everywhere(&mut self) {
        if self.desk.on().is_none() && self.web.on().is_none() {
            return;
        }
        let scope = Scope { everywhere: true, ..self.scope(Vec::new(), SESSIONS) };
        let rows = self.rows(scope);
        let around = self.surroundings(rows.as_ref().err());
        if let Ok(rows) = rows {
            self.everywhere = rows;
        }
        let (config, zone) = (&self.setup.config, &self.setup.zone);
        let status = Arc::new(build(&self.everywhere, &around, config, zone, self.setup.prices()));
        if let Some(bus) = self.desk.on() {
            bus.show(&status);
        }
        if let Some(site) = self.web.on() {
            site.show(&status);
        }
        self.warn_everywhere();
    }

    /// Warns both.
    pub(super) fn warn_everywhere(&mut self) {
        self.warn_desk();
        self.warn_web();
    }
}
