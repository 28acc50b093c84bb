//! A client and an app's loop around the room.

use crate::alerts::wire::Warning;
use crate::config::Config;
use crate::lsp::lifeline::Ending;
use crate::lsp::{Backlog, Message, Parts, Shown, Watcher, converse, frame};
use crate::snapshot::wire::{Burn, Health, Role, Severity, Status, Totals, VERSION, Watch, Workspace};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{BufReader, DuplexStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Long enough for anything that is going to happen, on a clock that does not really run.
const SOON: Duration = Duration::from_secs(10);

pub(super) struct Rig {
    pub(super) input: Option<DuplexStream>,
    pub(super) output: Option<BufReader<DuplexStream>>,
    pub(super) messages: mpsc::UnboundedReceiver<Message>,
    pub(super) statuses: watch::Sender<Option<Arc<Status>>>,
    pub(super) backlog: watch::Sender<Backlog>,
    pub(super) warnings: mpsc::UnboundedSender<Warning>,
    pub(super) told: mpsc::UnboundedSender<Ending>,
    served: JoinHandle<i32>,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with_room_for(1 << 20)
    }

    /// The client's side holds so many bytes that it has not read.
    pub(super) fn with_room_for(bytes: usize) -> Self {
        let (input, server_input) = tokio::io::duplex(1 << 20);
        let (server_output, output) = tokio::io::duplex(bytes);
        let (mailbox, messages) = mpsc::unbounded_channel();
        let (told, endings) = mpsc::unbounded_channel();
        let statuses = watch::Sender::new(None);
        let backlog = watch::Sender::default();
        let (warn, warnings) = mpsc::unbounded_channel();
        let parts = Parts {
            mailbox: Arc::new(move |message| drop(mailbox.send(message))),
            statuses: statuses.subscribe(),
            backlog: backlog.subscribe(),
            warnings,
            config: Config::default(),
            spawn: |_, _| {},
        };
        let watcher = Watcher { spawn: parts.spawn, told: told.clone() };
        let served = tokio::spawn(converse(server_input, server_output, parts, watcher, endings));
        Self {
            input: Some(input),
            output: Some(BufReader::new(output)),
            messages,
            statuses,
            backlog,
            warnings: warn,
            told,
            served,
        }
    }

    pub(super) async fn say_raw(&mut self, body: &str) {
        frame::write(self.input.as_mut().unwrap(), body.as_bytes()).await.unwrap();
    }

    pub(super) async fn notify(&mut self, method: &str, params: Value) {
        self.say_raw(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string()).await;
    }

    pub(super) async fn ask(&mut self, id: u32, method: &str, params: Value) {
        self.say_raw(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string())
            .await;
    }

    /// The next message that the server sends.
    pub(super) async fn hear(&mut self) -> Value {
        let body = tokio::time::timeout(SOON, frame::read(self.output.as_mut().unwrap())).await;
        serde_json::from_slice(&body.expect("silence").unwrap().expect("the end").unwrap()).unwrap()
    }

    /// Whether the server says nothing more.
    pub(super) async fn is_silent(&mut self) -> bool {
        let heard = tokio::time::timeout(SOON, frame::read(self.output.as_mut().unwrap())).await;
        heard.is_err() || heard.unwrap().unwrap().is_none()
    }

    /// Answers a request of the server.
    pub(super) async fn reply(&mut self, request: &Value, result: Value) {
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        self.say_raw(&answer.to_string()).await;
    }

    /// Answers a request of the server with an error.
    pub(super) async fn refuse(&mut self, request: &Value, code: i32) {
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": "no"}});
        self.say_raw(&answer.to_string()).await;
    }

    /// The whole greeting of a client with these capabilities of its window, and of this name.
    pub(super) async fn greet_as(&mut self, name: &str, window: Value) {
        let params = json!({"clientInfo": {"name": name}, "capabilities": {"window": window}});
        self.initialize(params).await;
        self.notify("initialized", json!({})).await;
    }

    /// Takes the request for a token and answers it; returns the token.
    pub(super) async fn token(&mut self) -> Value {
        let request = self.hear().await;
        assert_eq!(request["method"], "window/workDoneProgress/create", "{request}");
        self.reply(&request, Value::Null).await;
        request["params"]["token"].clone()
    }

    /// What is said next of this token.
    pub(super) async fn progress(&mut self, token: &Value) -> Value {
        let said = self.hear().await;
        assert_eq!((&said["method"], &said["params"]["token"]), (&json!("$/progress"), token), "{said}");
        said["params"]["value"].clone()
    }

    /// The next message that the app's loop gets.
    pub(super) async fn message(&mut self) -> Message {
        tokio::time::timeout(SOON, self.messages.recv()).await.expect("no message").unwrap()
    }

    /// Plays the app's loop for one message; a report says what was asked.
    pub(super) async fn answer(&mut self) {
        match self.message().await {
            Message::Status(reply) => reply.send(Arc::new(status(0))).unwrap(),
            Message::Refresh(reply) => reply.send(()).unwrap(),
            Message::Report { query, document, reply } => {
                let data = json!({"by": query.by, "limit": query.limit});
                let document = document.then(|| Ok("/reports/1.md".into()));
                reply.send(Ok(Shown { data, document })).unwrap();
            }
            Message::Overview { query, document, reply } => {
                let data = json!({"days": query.days, "limit": query.limit});
                let document = document.then(|| Ok("/reports/2.md".into()));
                reply.send(Ok(Shown { data, document })).unwrap();
            }
            other => panic!("nothing to answer: {other:?}"),
        }
    }

    /// Asks, plays the app's loop, and returns the answer.
    pub(super) async fn asked(&mut self, method: &str, params: Value) -> Value {
        self.ask(9, method, params).await;
        self.answer().await;
        self.hear().await
    }

    /// Initializes with these parameters and returns the answer's result.
    pub(super) async fn initialize(&mut self, params: Value) -> Value {
        self.ask(0, "initialize", params).await;
        let answer = self.hear().await;
        assert_eq!(answer["id"], 0, "{answer}");
        assert!(matches!(self.message().await, Message::Hello(_)));
        answer["result"].clone()
    }

    /// The whole greeting of a client.
    pub(super) async fn greet(&mut self, extensions: bool) {
        let costline = if extensions { json!({"version": 1}) } else { Value::Null };
        self.initialize(json!({"capabilities": {"experimental": {"costline": costline}}})).await;
        self.notify("initialized", json!({})).await;
    }

    pub(super) fn publish_text(&self, text: &str) {
        self.statuses.send_replace(Some(Arc::new(Status { text: text.to_owned(), ..status(1) })));
    }

    pub(super) fn publish(&self, revision: i64) {
        self.statuses.send_replace(Some(Arc::new(status(revision))));
    }

    /// The exit code, and how long it took; whatever was still said is in `output`.
    pub(super) async fn left(&mut self) -> (i32, Duration) {
        let start = tokio::time::Instant::now();
        let code = tokio::time::timeout(SOON, &mut self.served).await.expect("still served").unwrap();
        (code, start.elapsed())
    }
}

pub(super) fn status(revision: i64) -> Status {
    Status {
        version: VERSION,
        revision,
        generated_at: "2025-01-01T00:00:00Z".to_owned(),
        text: "$0.00".to_owned(),
        severity: Severity::Ok,
        workspace: Workspace { project: None, today_usd: None, session: None, context: None },
        sessions: Vec::new(),
        today: Totals::default(),
        week: Totals::default(),
        month: Totals::default(),
        all_time: Totals::default(),
        burn: Burn::default(),
        budgets: Vec::new(),
        limits: Vec::new(),
        alerts: Vec::new(),
        health: Health {
            leader_pid: None,
            role: Role::Leader,
            watch: Watch::Events,
            last_ingest_at: None,
            problems: Vec::new(),
        },
    }
}
