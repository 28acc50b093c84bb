//! A home of its own for each test.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder in which Costline finds everything that it looks for at a person's, and nothing of who runs the tests.
pub struct TestHome {
    folder: TempDir,
}

impl TestHome {
    /// An empty one.
    pub fn new() -> Self {
        let home = Self { folder: TempDir::with_prefix("costline-").unwrap() };
        for folder in [home.claude_dir().join("projects"), home.path().join("run")] {
            fs::create_dir_all(folder).unwrap();
        }
        home
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where Claude Code keeps its files.
    pub fn claude_dir(&self) -> PathBuf {
        self.path().join("claude")
    }

    /// Appends to a session's transcript, exactly this text.
    pub fn append(&self, project_slug: &str, session: &str, text: &str) -> PathBuf {
        let folder = self.claude_dir().join("projects").join(project_slug);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{session}.jsonl"));
        let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }

    /// The folder of a project.
    pub fn project(&self) -> PathBuf {
        self.path().join("project")
    }

    /// Writes the config file.
    pub fn configure(&self, text: &str) {
        let folder = self.path().join("config/costline");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// Costline with these arguments, in this home and with no other environment.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_costline"));
        command.args(args).current_dir(self.path()).env_clear().env("TZ", "UTC").env("HOME", self.path());
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("COSTLINE_STATE_DIR", "state/costline"),
            ("CLAUDE_CONFIG_DIR", "claude"),
        ] {
            command.env(name, self.path().join(folder));
        }
        // Many tests serve at a time.
        command.env("COSTLINE_HTTP_BIND", "127.0.0.1:0");
        command
    }
}
