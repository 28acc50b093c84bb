//! A child that is ended together with all that it has started.

use std::io;
use std::process::{Child, Command};

/// Starts a child as the first of a process group of its own.
pub(super) fn start(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

/// Ends a child that was not waited for yet, and its process group.
pub(super) fn end(child: &mut Child) {
    // Its number is its own, and the group's, until it is waited for.
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    let _ = child.kill();
}

#[cfg(unix)]
#[cfg(test)]
pub(super) mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;
    use tempfile::TempDir;

    /// A named pipe that tells when nobody holds it any more.
    pub(in crate::app) struct Held {
        folder: TempDir,
        left: Receiver<()>,
    }

    impl Held {
        pub(in crate::app) fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("held");
            let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            let (tell, left) = channel();
            crate::app::spawn("held", Box::new(move || drop(std::fs::read(path).map(|_| tell.send(())))));
            Self { folder, left }
        }

        /// A script that holds it open, with all that it starts.
        pub(in crate::app) fn by(&self, script: &str) -> String {
            format!("exec 9>'{}'; {script}", self.path().display())
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("held")
        }

        /// Waits until all that held it have ended.
        pub(in crate::app) fn is_left(&self) -> bool {
            self.left.recv_timeout(Duration::from_secs(20)).is_ok()
        }
    }
}
