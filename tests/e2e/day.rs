//! A day of simulated time.

use crate::desktop::Daemon;
use crate::editor::Editor;
use crate::home::TestHome;
use crate::machine::{clock, set_clock};
use crate::process::Process;
use crate::transcript::now;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Several processes, each with a clock that the test sets.
pub struct Day {
    pub home: TestHome,
    library: PathBuf,
    file: PathBuf,
    ahead: i64,
    bus: String,
}

impl Day {
    /// The Monday after tomorrow's, soon after midnight.
    pub fn new(home: TestHome, bus: &Daemon) -> Option<Self> {
        let (library, file) = (clock(&home)?, home.path().join("ahead"));
        let week = 7 * 86_400;
        // The epoch began on a Thursday.
        let monday = (now() / 1_000 + 3 * 86_400) / week * week - 3 * 86_400 + 2 * week + 600;
        let day = Self { ahead: monday - now() / 1_000, home, library, file, bus: bus.address.clone() };
        fs::write(&day.file, day.ahead.to_string()).unwrap();
        Some(day)
    }

    pub fn with_clock(&self, mut command: Command) -> Command {
        command.env("TZ", "UTC").env("LD_PRELOAD", &self.library).env("TEST_CLOCK", &self.file);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command
    }

    pub fn now(&self) -> i64 {
        now() + self.ahead * 1_000
    }

    pub fn pass(&mut self, seconds: i64) {
        self.ahead += seconds;
        set_clock(&self.file, self.ahead);
    }

    pub fn editor(&self) -> Editor {
        Editor::with(self.with_clock(self.home.command(["lsp"])), |_| {})
    }

    pub fn serve(&self) -> Process {
        Process::start(self.with_clock(self.home.command(["serve"])))
    }
}
