//! A `dbus-daemon` of a test's own. It knows nothing of the program: the tests from outside take this file as their own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running daemon; it ends with this.
pub struct Daemon {
    process: Child,
    /// Where it listens, as `DBUS_SESSION_BUS_ADDRESS` says it.
    pub address: String,
}

impl Daemon {
    /// A daemon that listens at this path, where nothing lies; it does so when this returns.
    pub fn at(socket: &Path) -> Self {
        let address = format!("unix:path={}", socket.display());
        let mut process = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .arg(format!("--address={address}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon has to be installed: apt-get install dbus-daemon");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("unix:"), "{line:?}");
        Self { process, address }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
