//! What statuses are made of: rows of the database, and what there is to know beside them.

use super::{Engine, Side};
use crate::app::now;
use crate::snapshot::wire::{Role, Status, Watch};
use crate::snapshot::{Rows, Surroundings, build};
use crate::store::reading::Scope;
use crate::store::{Error, Roots};

impl Engine {
    pub(super) fn status(&mut self) -> Status {
        let scope = self.scope(self.folders.clone(), self.config.lsp.max_sessions);
        let rows = self.rows(scope);
        let around = self.surroundings(rows.as_ref().err());
        match rows {
            Ok(rows) => self.last = rows,
            // Which folders a client has is known without the database.
            Err(_) => self.last.project = self.folders.first().cloned(),
        }
        build(&self.last, &around, &self.config, &self.zone, self.setup.prices())
    }

    /// What there is to know beside the rows, `failed` where these could not be read.
    pub(super) fn surroundings(&mut self, failed: Option<&Error>) -> Surroundings {
        let mut problems: Vec<String> = self.setup.problems.clone();
        problems.extend(self.editor_problems.iter().cloned());
        problems.extend(self.problems.iter().cloned());
        if let Side::Follower(_) = &self.side {
            problems.extend(self.desk_problem());
            let (http, telemetry) = self.web_problems();
            problems.extend([http, telemetry].into_iter().flatten().cloned());
        }
        let (role, watch) = match &self.side {
            Side::Leader(leading) if leading.polling => (Role::Leader, Watch::Polling),
            Side::Leader(_) => (Role::Leader, Watch::Events),
            Side::Follower(_) => (Role::Follower, Watch::Events),
        };
        self.shown = self.troubles();
        problems.extend(self.shown.0.iter().cloned());
        let behind = self.shown.1;
        let failed = failed.map(ToString::to_string);
        let stale = behind || failed.is_some() || !self.problems.is_empty();
        problems.extend(failed.filter(|failed| !problems.contains(failed)));
        Surroundings { now: now(), role, watch, problems, stale }
    }

    pub(super) fn scope(&self, folders: Vec<String>, sessions: usize) -> Scope {
        Scope {
            folders,
            everywhere: false,
            roots: 0,
            sessions,
            zone: self.zone.clone(),
            week_start: self.config.week_start,
        }
    }

    /// What a status is built from; the roots are those of this process.
    pub(super) fn rows(&mut self, scope: Scope) -> Result<Rows, Error> {
        let scope = |roots: Roots| Scope { roots, ..scope };
        let mut rows = match &mut self.side {
            Side::Leader(leading) => leading.rows(&self.setup.projects, scope),
            Side::Follower(following) => following.rows(scope),
        }?;
        if self.lead_again.is_some() {
            // Who led last is gone.
            rows.leader_health = None;
        }
        Ok(rows)
    }
}
