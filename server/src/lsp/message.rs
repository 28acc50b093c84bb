//! What a client's session says to the app's loop: no type of the protocol gets past this border.

use super::query::Query;
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
        /// The report's JSON.
        reply: Reply<Result<Value, String>>,
    },
    /// It wants to know what could be wrong: the doctor's JSON.
    Doctor(Reply<Value>),
    /// It wants the transcripts looked at now.
    Refresh(Reply<()>),
    /// It leaves or has left; always the last message.
    Goodbye,
}

/// What a client says of itself when it connects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Client {
    /// Its workspace folders: absolute paths, the first one first.
    pub folders: Vec<PathBuf>,
    /// It understands the methods and notifications that are ours alone.
    pub extensions: bool,
    /// Its `initializationOptions`; null if it has none.
    pub options: Value,
    /// The process that the server must not outlive.
    pub process_id: Option<u32>,
    /// The editor's name.
    pub name: Option<String>,
}
