//! A client that says anything, in any pieces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a finding is a panic"
)]

use super::{Backlog, Message, Parts, Shown, Watcher, converse, frame};
use crate::config::Config;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, watch};

/// Ends a piece.
const PIECE: u8 = 0xfe;
/// As the first byte of a piece: the rest is a message's body, which gets its header.
const BODY: u8 = 0xfd;

/// Any bytes from a client: the server answers each request once, in their order, whatever pieces it gets them in, and
/// leaves when they end.
pub fn lsp(bytes: &[u8]) {
    let pieces: VecDeque<Vec<u8>> = bytes.split(|byte| *byte == PIECE).map(framed).collect();
    let whole: Vec<u8> = pieces.iter().flatten().copied().collect();
    let asked = whole.windows(4).filter(|word| *word == b"\"id\"" || word.starts_with(b"\\u")).count();
    let (code, answers) = talk(VecDeque::from([whole]));
    let unreadable = answers.iter().filter(|answer| answer["id"].is_null()).count();
    assert!(answers.len() - unreadable <= asked, "{asked} were asked: {answers:?}");
    let (code_of_pieces, answers_to_pieces) = talk(pieces);
    assert_eq!((code_of_pieces, answers_to_pieces), (code, answers));
}

fn framed(piece: &[u8]) -> Vec<u8> {
    match piece {
        [BODY, body @ ..] => [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat(),
        raw => raw.to_vec(),
    }
}

/// Serves a client that says this; gives the exit code and the answers.
fn talk(pieces: VecDeque<Vec<u8>>) -> (i32, Vec<Value>) {
    let output = Output::default();
    let (told, endings) = mpsc::unbounded_channel();
    let (_statuses, receiver) = watch::channel(None);
    let (_backlog, backlog) = watch::channel(Backlog::default());
    let parts = Parts {
        mailbox: Arc::new(answer),
        statuses: receiver,
        backlog,
        warnings: mpsc::unbounded_channel().1,
        config: Config::default(),
        spawn: |_, _| {},
    };
    let watcher = Watcher { spawn: parts.spawn, told };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let code = runtime.block_on(converse(Input(pieces), output.clone(), parts, watcher, endings));
    assert!(code == 0 || code == 1);
    let said = output.0.lock().unwrap().clone();
    let mut answers = runtime.block_on(messages(&said));
    answers.retain(|message| message.get("method").is_none());
    (code, answers)
}

/// What was written, taken apart; it has to be messages and nothing else.
async fn messages(mut said: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    while !said.is_empty() {
        assert!(said.starts_with(b"Content-Length: "), "{}", String::from_utf8_lossy(said));
        let body = frame::read(&mut said).await.unwrap().flatten().expect("a message cut short");
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        messages.push(message);
    }
    messages
}

/// Plays the app's loop.
fn answer(message: Message) {
    match message {
        Message::Refresh(reply) => drop(reply.send(())),
        Message::Report { query, reply, .. } | Message::Overview { query, reply, .. } => {
            drop(reply.send(Ok(Shown { data: json!({"by": query.by}), document: None })));
        }
        // Not every request is heard: its sender hears that nobody answers.
        _ => {}
    }
}

struct Input(VecDeque<Vec<u8>>);

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.0.front().is_some_and(Vec::is_empty) {
            self.0.pop_front();
        }
        if let Some(piece) = self.0.front_mut() {
            let count = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..count]);
            piece.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
