//! The language server: one client on standard input and output.
//!
//! Only this room names types of the protocol. It passes what the client wants to the app's loop as [`Message`]s,
//! pushes the newest status, and knows when to go: at `exit`, at the end of input, when nobody reads the output any
//! more, and when the client's process is gone.

mod client;
mod door;
mod frame;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
pub mod lifeline;
mod marker;
mod message;
pub mod methods;
mod notices;
mod offer;
mod present;
mod pulse;
mod push;
mod query;
mod reading;
mod server;
mod session;
mod stdio;
mod surface;
#[cfg(test)]
mod tests;
mod uri;
mod voice;
mod warnings;

pub use message::{Backlog, Client, Message, Reply, Shown};
pub use query::{Format, Period, Query};

use crate::alerts::wire::Warning;
use crate::config::Config;
use crate::snapshot::wire::Status;
use lifeline::Ending;
use server::CostServer;
use session::Session;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::sync::{mpsc, watch};
use tower_lsp::{LspService, Server};

/// Takes messages for the app's loop; it must not block.
pub type Mailbox = Arc<dyn Fn(Message) + Send + Sync>;

/// Starts a thread of this name.
pub type Spawn = fn(&'static str, Box<dyn FnOnce() + Send>);

/// So much of what the client says is held while its earlier requests are answered: a client that sends more than that
/// without reading has to wait.
const BACKLOG: usize = 1 << 20;

/// What the room needs of the house.
pub struct Parts {
    /// Where messages go.
    pub mailbox: Mailbox,
    /// The status for this client, newest only; `None` until there is one.
    pub statuses: watch::Receiver<Option<Arc<Status>>>,
    /// How far what waits to be read has been read.
    pub backlog: watch::Receiver<Backlog>,
    /// What it is warned of, each thing once.
    pub warnings: mpsc::UnboundedReceiver<Warning>,
    /// The settings, without those of the client.
    pub config: Config,
    /// How to start a thread.
    pub spawn: Spawn,
}

/// Serves the client on standard input and output until it leaves, and returns the exit code: 0 if it asked to shut
/// down before, otherwise 1.
///
/// Whoever calls has to end the process then: a read of standard input may still be under way, and nothing ends that.
pub async fn run(parts: Parts) -> i32 {
    lifeline::leave_group();
    let (told, endings) = mpsc::unbounded_channel();
    let watcher = Watcher { spawn: parts.spawn, told };
    watcher.start("lsp-stdout", true, None);
    converse(tokio::io::stdin(), tokio::io::stdout(), parts, watcher, endings).await
}

/// Starts threads that wait for the client's end.
struct Watcher {
    spawn: Spawn,
    told: mpsc::UnboundedSender<Ending>,
}

impl Watcher {
    fn start(&self, name: &'static str, stdout: bool, process: Option<u32>) {
        let told = self.told.clone();
        let watch = move || {
            // Nobody listens any more only when the session is over anyway.
            let _ = told.send(lifeline::wait(stdout, process));
        };
        (self.spawn)(name, Box::new(watch));
    }

    /// Watches the client's process once it is known.
    async fn follow(&self, session: &Session) -> std::convert::Infallible {
        session.reached(session::Phase::Greeted).await;
        if let Some(process) = session.client().and_then(|client| client.process_id) {
            self.start("lsp-process", false, Some(process));
        }
        std::future::pending().await
    }
}

/// Serves one client on any two streams.
async fn converse<R, W>(
    input: R,
    output: W,
    parts: Parts,
    watcher: Watcher,
    mut endings: mpsc::UnboundedReceiver<Ending>,
) -> i32
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (show, presents) = mpsc::unbounded_channel();
    let session = Arc::new(Session::new(parts.mailbox, parts.config, show));
    let news =
        voice::News { statuses: parts.statuses, backlog: parts.backlog, warnings: parts.warnings, presents };
    let mut sender = None;
    let (service, socket) = LspService::build(|client| {
        sender = Some(client);
        CostServer::new(session.clone())
    })
    .custom_method(methods::GET_STATUS, CostServer::get_status)
    .custom_method(methods::BREAKDOWN, CostServer::breakdown)
    .custom_method(methods::UNREADABLE, CostServer::unreadable)
    .finish();

    let outlet = stdio::Outlet::new(output);
    let (mut flow, outflow) = (outlet.flow(), outlet.flow());
    let (mut admitted, waiting) = tokio::io::duplex(BACKLOG);
    // One at a time keeps the order of the answers, and of what notifications change.
    let serving = Server::new(waiting, outlet, socket).concurrency_level(1).serve(service);
    let pushing = async {
        match sender {
            Some(client) => voice::speak(client, &session, news, outflow).await,
            None => std::future::pending().await,
        }
    };
    let gone = async {
        tokio::select! {
            biased;
            ending = ended(&mut endings) => tracing::info!(?ending, "the client is gone"),
            () = stdio::until(&mut flow, stdio::Flow::Closed) => tracing::info!("the client does not read any more"),
        }
    };

    tokio::pin!(serving, gone);
    let leaving = async {
        let end = door::admit(BufReader::new(input), &mut admitted, &session).await;
        session.leave();
        // Whatever the client was shown as going on ends before nothing more can be said.
        session.tokens_closed().await;
        end
    };
    let may_answer = tokio::select! {
        biased;
        () = &mut gone => false,
        () = &mut serving => false,
        end = leaving => {
            tracing::info!(error = end.err().map(tracing::field::display), "the client leaves");
            true
        }
        never = pushing => match never {},
        never = watcher.follow(&session) => match never {},
    };
    session.leave();
    drop(admitted);
    if may_answer {
        tokio::select! {
            biased;
            () = gone => {}
            () = serving => {}
            () = tokio::time::sleep(session::GRACE) => {}
        }
    }
    session.say_goodbye();
    session.exit_code()
}

/// Waits for word that the client is gone.
async fn ended(endings: &mut mpsc::UnboundedReceiver<Ending>) -> Ending {
    loop {
        match endings.recv().await {
            Some(Ending::Nothing) => {}
            Some(ending) => return ending,
            None => return std::future::pending().await,
        }
    }
}
