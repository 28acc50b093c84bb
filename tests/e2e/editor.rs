//! An editor that shows the status, and looks closely at each one pushed to it.

use crate::home::TestHome;
use crate::lsp_client::LspClient;
use crate::transcript::noon_zone;
use serde_json::{Value, json};
use std::process::Command;

/// A running server with a client that understands the extensions.
pub struct Editor {
    pub client: LspClient,
    /// Every status that was looked at, in order.
    pub seen: Vec<Value>,
}

/// A command in a zone where it is about noon.
pub fn at_noon<'a>(home: &TestHome, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = home.command(args);
    command.env("TZ", noon_zone());
    command
}

/// How many responses there are in all.
pub fn total(status: &Value) -> i64 {
    status["allTime"]["messages"].as_i64().unwrap()
}

/// Dollars as they are on the wire, in nano-dollars.
#[allow(clippy::float_arithmetic, reason = "a double tells nano-dollars apart up to a million dollars")]
pub fn nanos(usd: &Value) -> u64 {
    (usd.as_f64().unwrap() * 1e9).round() as u64
}

impl Editor {
    /// An editor with the home's project open.
    pub fn of(home: &TestHome) -> Self {
        Self::with(at_noon(home, ["lsp"]), |_| {})
    }

    /// The same, started by this command and with other parameters.
    pub fn with(command: Command, change: impl FnOnce(&mut Value)) -> Self {
        let home = command.get_current_dir().unwrap().to_owned();
        let mut params = json!({
            "processId": std::process::id(),
            "workspaceFolders": [{"uri": format!("file://{}", home.join("project").display()), "name": "project"}],
            "capabilities": {"experimental": {"costline": {"version": 1}}},
        });
        change(&mut params);
        let mut client = LspClient::run(command);
        client.initialize(params);
        Self { client, seen: Vec::new() }
    }

    /// Waits for the first status, of those that were not looked at yet, of which this holds.
    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.client.wait_for(|message| message["method"] == "costline/status");
            let status = message["params"].clone();
            self.check(&status);
            self.seen.push(status.clone());
            if wanted(&status) {
                return status;
            }
        }
    }

    /// What holds of every status: none comes twice in a row, and revisions never fall.
    fn check(&self, status: &Value) {
        assert_ne!(status["workspace"]["project"], Value::Null, "a status of no folder: {status}");
        let Some(last) = self.seen.last() else { return };
        assert_ne!(content(last), content(status), "the same status twice");
        assert!(status["revision"].as_i64() >= last["revision"].as_i64(), "{last} came before {status}");
    }
}

/// A status without the time at which it was made.
pub fn content(status: &Value) -> Value {
    let mut content = status.clone();
    content["generatedAt"] = Value::Null;
    content
}
