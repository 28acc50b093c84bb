//! Takes up changes of the config file while the process lives.

use super::{Engine, Side};
use std::time::{Duration, Instant};

/// The file is looked at so often, should an event be missed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A file is read so long after it changed: whoever saves it may do so in several steps.
const SETTLED_AFTER: Duration = Duration::from_millis(100);

/// When the config file was looked at, and when it is to be read.
#[derive(Default)]
pub(super) struct ConfigWatch {
    looked: Option<Instant>,
    due: Option<Instant>,
}

impl ConfigWatch {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }
}

impl Engine {
    /// Notices a change of the config file: one look at what the file system says of it.
    pub(super) fn look_at_config(&mut self) {
        self.config_watch.looked = Some(Instant::now());
        if self.config_watch.due.is_none() && self.setup.is_outdated() {
            self.config_watch.due = Some(Instant::now() + SETTLED_AFTER);
        }
    }

    /// Reads the settings where that is due. A leader has events of the config's folder; a follower, which wakes each
    /// second, and a leader that scans look by themselves.
    pub(super) fn reload_when_due(&mut self) {
        let unseen = match &mut self.side {
            Side::Leader(leading) => std::mem::take(&mut leading.config_unseen),
            Side::Follower(_) => false,
        };
        if unseen || self.config_watch.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            self.look_at_config();
        }
        if self.config_watch.due.is_some_and(|at| Instant::now() >= at) {
            self.config_watch.due = None;
            self.reload();
        }
    }

    fn reload(&mut self) {
        let before = self.setup.clone();
        self.setup.reload();
        let new = &self.setup;
        if (&new.config, &new.problems, &new.projects) == (&before.config, &before.problems, &before.projects)
        {
            return;
        }
        tracing::info!("the settings changed");
        for problem in new.problems.iter().filter(|problem| !before.problems.contains(problem)) {
            tracing::warn!("{problem}");
        }
        if new.config.log != before.config.log {
            crate::output::log_by(&new.config.log.level);
        }
        match &mut self.side {
            Side::Leader(leading) => leading.reconfigure(&before, new),
            Side::Follower(following) => following.set_roots(new.root_names()),
        }
        self.tell_web_settings();
        // The editor's own stand above the file's, and are kept for that.
        let options = std::mem::take(&mut self.options);
        self.configure(options);
    }
}
