//! What a client's session says to the app's loop: no type of the protocol gets past this border.

use super::query::Query;
use crate::alerts::Wish;
use crate::snapshot::wire::Status;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Where an answer goes. Dropping it tells the client that the server is ending.
pub type Reply<T> = oneshot::Sender<T>;

/// One thing that the client wants or tells.
#[derive(Debug)]
pub enum Message {
    /// The client is there; always the first message.
    Hello(Client),
    /// Its folders from now on, all of them.
    Folders(Vec<PathBuf>),
    /// Its settings from now on: the section `costline`.
    Settings(Value),
    /// It wants the status now.
    Status(Reply<Arc<Status>>),
    /// It wants a report; an error is a sentence for the person at the editor.
    Report {
        /// What about.
        query: Query,
        /// Whether it is wanted as a document, too.
        document: bool,
        /// The report.
        reply: Reply<Result<Shown, String>>,
    },
    /// It wants everything at once; an error is a sentence likewise.
    Overview {
        /// Which days and project; what it is by counts for nothing.
        query: Query,
        /// Whether it is wanted as a document, too.
        document: bool,
        /// The overview.
        reply: Reply<Result<Shown, String>>,
    },
    /// It wants to know what could be wrong: the doctor's JSON.
    Doctor(Reply<Value>),
    /// It wants to see the dashboard: a link that opens it once; an error is a sentence for the person at the editor.
    Dashboard(Reply<Result<String, String>>),
    /// It wants the transcripts looked at now.
    Refresh(Reply<()>),
    /// It wants something of budgets or alerts; an error is a sentence for the person at the editor.
    Wish {
        /// What.
        wish: Wish,
        /// What came of it.
        reply: Reply<Result<Value, String>>,
    },
    /// It leaves or has left; always the last message.
    Goodbye,
}

/// A report for a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its JSON, or its Markdown as a string.
    pub data: Value,
    /// Where it was written as a document; an error is a sentence for the person at the editor. `None` where none was
    /// wanted.
    pub document: Option<Result<PathBuf, String>>,
}

/// How far what waits to be read has been read. The last one stays when it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Files that came to wait since nothing did.
    pub files: usize,
    /// Those of them that were read to their end.
    pub files_read: usize,
    /// Bytes to read in them.
    pub bytes: u64,
    /// Those of them that were read.
    pub bytes_read: u64,
}

impl Backlog {
    /// Whether something waits.
    pub fn waits(&self) -> bool {
        self.files_read < self.files
    }

    /// The part of the bytes that was read, in whole percent.
    pub fn percentage(&self) -> u32 {
        let percent = self.bytes_read.saturating_mul(100).checked_div(self.bytes).unwrap_or(0);
        percent.min(100) as u32
    }
}

/// What a client says of itself when it connects.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is something else that a client says")]
pub struct Client {
    /// Its workspace folders: absolute paths, the first one first.
    pub folders: Vec<PathBuf>,
    /// It understands the methods and notifications that are ours alone.
    pub extensions: bool,
    /// It shows progress that the server begins.
    pub progress: bool,
    /// It says that it shows documents at the server's request.
    pub documents: bool,
    /// It can show a message with actions to choose from.
    pub actions: bool,
    /// Its `initializationOptions`; null if it has none.
    pub options: Value,
    /// The process that the server must not outlive.
    pub process_id: Option<u32>,
    /// The editor's name.
    pub name: Option<String>,
}
