//! The protocol's side of the room: every handler passes a message to the app's loop and awaits its answer. None of
//! them ever sends to the client, since a client that does not read would then hold up what it says itself.

use super::message::{Message, Reply, Shown};
use super::methods;
use super::present::Present;
use super::query::{self, Query};
use super::session::{Phase, Session};
use super::uri;
use crate::alerts::wish::{self, Wish};
use crate::snapshot::wire::{Severity, Status};
use crate::wording;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    DidChangeConfigurationParams, DidChangeWorkspaceFoldersParams, ExecuteCommandOptions,
    ExecuteCommandParams, InitializeParams, InitializeResult, InitializedParams, OneOf, ServerCapabilities,
    ServerInfo, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

/// The protocol's "request failed": it was understood but could not be done.
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// Answers one client.
pub(super) struct CostServer {
    session: Arc<Session>,
    folders: Mutex<Vec<PathBuf>>,
}

impl CostServer {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, folders: Mutex::default() }
    }

    /// `costline/getStatus`.
    pub(super) async fn get_status(&self, _params: Value) -> Result<Status> {
        self.ask(Message::Status).await.map(Arc::unwrap_or_clone)
    }

    /// `costline/breakdown`.
    pub(super) async fn breakdown(&self, params: Value) -> Result<Value> {
        let query = Query::read(&params, None).map_err(Error::invalid_params)?;
        Ok(self.report(query, false).await?.data)
    }

    /// What is answered to a message that was none.
    #[expect(clippy::unused_async, reason = "a handler is asynchronous")]
    pub(super) async fn unreadable(&self, error: Error) -> Result<()> {
        Err(error)
    }

    async fn report(&self, query: Query, document: bool) -> Result<Shown> {
        let report = self.ask(|reply| Message::Report { query, document, reply }).await?;
        report.map_err(|message| error(REQUEST_FAILED, message))
    }

    /// Answers with a report, and has it shown to a client that would not show it itself.
    async fn show_report(&self, argument: &Value, default_by: &str) -> Result<Option<Value>> {
        let query = Query::read(argument, Some(default_by)).map_err(Error::invalid_params)?;
        let document = self.presents(query.present);
        let shown = self.report(query, document).await?;
        Ok(Some(self.show(shown)))
    }

    /// Answers likewise with everything at once.
    async fn show_overview(&self, argument: &Value) -> Result<Option<Value>> {
        let query = Query::overview(argument).map_err(Error::invalid_params)?;
        let document = self.presents(query.present);
        let shown = self.ask(|reply| Message::Overview { query, document, reply }).await?;
        Ok(Some(self.show(shown.map_err(|message| error(REQUEST_FAILED, message))?)))
    }

    /// Has a document shown, if there is one; what is left is the answer.
    fn show(&self, shown: Shown) -> Value {
        match shown.document {
            Some(Ok(path)) => self.session.present(Present::Document(path)),
            Some(Err(reason)) => self.session.present(Present::Text(format!("Costline: {reason}"))),
            None => {}
        }
        shown.data
    }

    /// Answers with the status in a sentence, and has it shown likewise.
    async fn show_status(&self, argument: &Value) -> Result<Option<Value>> {
        let present = query::present(argument).map_err(Error::invalid_params)?;
        let status = self.ask(Message::Status).await?;
        let text = wording::marked(&status.text, status.severity == Severity::Stale);
        let costs = [&status.today, &status.week, &status.month].map(|totals| totals.cost_usd);
        let sentence = wording::overview(&text, costs);
        if self.presents(present) {
            self.session.present(Present::Text(sentence.clone()));
        }
        Ok(Some(sentence.into()))
    }

    /// Answers with a link to the dashboard, and has a client open it that would not do so itself.
    async fn open_dashboard(&self, argument: &Value) -> Result<Option<Value>> {
        let present = query::present(argument).map_err(Error::invalid_params)?;
        let url = self.ask(Message::Dashboard).await?.map_err(|message| error(REQUEST_FAILED, message))?;
        if self.presents(present) {
            self.session.present(Present::Page(url.clone()));
        }
        Ok(Some(json!({ "url": url })))
    }

    /// Has a wish done that was understood.
    async fn wish(&self, wish: std::result::Result<Wish, String>) -> Result<Option<Value>> {
        let wish = wish.map_err(Error::invalid_params)?;
        let answer = self.ask(|reply| Message::Wish { wish, reply }).await?;
        answer.map(Some).map_err(|message| error(REQUEST_FAILED, message))
    }

    /// Whether what a command answers is shown, too.
    fn presents(&self, wanted: Option<bool>) -> bool {
        self.session.manners().presents() && wanted.unwrap_or(true)
    }

    /// Sends a message and awaits its answer, but not much beyond the client's leaving.
    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.session.send(message(reply));
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| ending()),
            () = self.session.out_of_time() => Err(ending()),
        }
    }

    /// Changes the folders and returns all of them.
    fn change_folders(&self, added: Vec<PathBuf>, removed: &[PathBuf]) -> Vec<PathBuf> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.retain(|folder| !removed.contains(folder));
        for folder in added {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders.clone()
    }
}

impl LanguageServer for CostServer {
    /// The parameters were read at the door.
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        let client = self.session.client().cloned().unwrap_or_default();
        let manners = self.session.manners();
        tracing::info!(name = client.name, ?manners, folders = ?client.folders, "client");
        self.change_folders(client.folders.clone(), &[]);
        self.session.send(Message::Hello(client));
        self.session.reach(Phase::Greeted);
        Ok(InitializeResult {
            capabilities: capabilities(),
            server_info: Some(ServerInfo {
                name: "costline".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            offset_encoding: None,
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.session.reach(Phase::Ready);
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<tower_lsp::ls_types::WorkspaceFolder>| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| uri::to_path(folder.uri.as_str())).collect()
        };
        let folders = self.change_folders(paths(params.event.added), &paths(params.event.removed));
        self.session.send(Message::Folders(folders));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let settings = match params.settings {
            Value::Object(mut sections) if sections.contains_key("costline") => {
                sections.remove("costline").unwrap_or_default()
            }
            settings => settings,
        };
        self.session.send(Message::Settings(settings));
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let argument = match params.arguments.as_slice() {
            [] => &Value::Null,
            [argument] => argument,
            _ => return Err(Error::invalid_params(format!("`{}` takes one object at most", params.command))),
        };
        match params.command.as_str() {
            methods::SHOW_BREAKDOWN => self.show_report(argument, "project").await,
            methods::SHOW_SESSIONS => self.show_report(argument, "session").await,
            methods::SHOW_REPORT => self.show_overview(argument).await,
            methods::SHOW_STATUS => self.show_status(argument).await,
            methods::SET_BUDGET => self.wish(wish::budget(argument).map(Wish::SetBudget)).await,
            methods::REMOVE_BUDGET => self.wish(wish::id(argument).map(Wish::RemoveBudget)).await,
            methods::ACKNOWLEDGE_ALERT => self.wish(wish::id(argument).map(Wish::Acknowledge)).await,
            methods::SNOOZE_ALERT => self.wish(wish::id(argument).map(Wish::Snooze)).await,
            methods::OPEN_DASHBOARD => self.open_dashboard(argument).await,
            methods::REFRESH => self.ask(Message::Refresh).await.map(|()| None),
            methods::DOCTOR => self.ask(Message::Doctor).await.map(Some),
            unknown => Err(Error::invalid_params(format!(
                "there is no command `{unknown}`; there are {}",
                methods::COMMANDS.join(", ")
            ))),
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.session.say_goodbye();
        Ok(())
    }
}

/// What this server can do. No text is synchronized: typing costs nothing.
fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: methods::COMMANDS.map(str::to_owned).to_vec(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}

fn ending() -> Error {
    error(ErrorCode::InternalError, "the server is ending")
}

fn error(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Error {
    Error { message: message.into(), ..Error::new(code) }
}
