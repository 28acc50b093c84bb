//! What the parts of one client's session know of each other.

use super::message::{Client, Message};
use super::present::Present;
use super::surface::Manners;
use crate::config::Config;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::Mailbox;

/// How long an answer that is under way may still take once the client leaves.
pub(super) const GRACE: Duration = Duration::from_millis(300);

/// What a handler gets of it: the rest is for writing its error.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long a client that leaves may take to hear that what goes on has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How far a client's greeting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Nothing was said.
    Silent,
    /// `initialize` is answered.
    Greeted,
    /// The client said `initialized`.
    Ready,
}

/// One client's session.
pub(super) struct Session {
    mailbox: Mailbox,
    /// Settings, without those of the client.
    config: Config,
    client: OnceLock<(Client, Manners)>,
    phase: watch::Sender<Phase>,
    /// Until when handlers may still wait, once the client leaves.
    deadline: watch::Sender<Option<Instant>>,
    shut_down: AtomicBool,
    goodbye: AtomicBool,
    presents: mpsc::UnboundedSender<Present>,
    /// How many tokens of progress were begun and not ended.
    open: watch::Sender<usize>,
}

impl Session {
    /// A session that nobody has begun; what is to be shown goes to `presents`.
    pub(super) fn new(mailbox: Mailbox, config: Config, presents: mpsc::UnboundedSender<Present>) -> Self {
        Self {
            mailbox,
            config,
            client: OnceLock::new(),
            phase: watch::Sender::new(Phase::Silent),
            deadline: watch::Sender::new(None),
            shut_down: AtomicBool::new(false),
            goodbye: AtomicBool::new(false),
            presents,
            open: watch::Sender::new(0),
        }
    }

    /// Passes a message to the app's loop.
    pub(super) fn send(&self, message: Message) {
        (self.mailbox)(message);
    }

    /// Keeps who the client is; only the first one counts.
    pub(super) fn meet(&self, client: Client) {
        let manners = Manners::of(&client, &self.config);
        let _ = self.client.set((client, manners));
    }

    /// Who the client is, once `initialize` came.
    pub(super) fn client(&self) -> Option<&Client> {
        self.client.get().map(|(client, _)| client)
    }

    /// How to treat the client; as one that is not to be told anything, until `initialize` came.
    pub(super) fn manners(&self) -> Manners {
        self.client.get().map_or(Manners::SILENT, |(_, manners)| *manners)
    }

    /// Has something shown to the client.
    pub(super) fn present(&self, present: Present) {
        // Nobody shows anything only when the session is over.
        let _ = self.presents.send(present);
    }

    /// A token of progress begins.
    pub(super) fn token_opens(&self) {
        self.open.send_modify(|open| *open += 1);
    }

    /// A token of progress has ended.
    pub(super) fn token_closes(&self) {
        self.open.send_modify(|open| *open -= 1);
    }

    /// Waits until no token is open, but not for a client that does not listen.
    pub(super) async fn tokens_closed(&self) {
        let mut open = self.open.subscribe();
        let _ = tokio::time::timeout(LAST_WORDS, open.wait_for(|open| *open == 0)).await;
    }

    /// Moves on to this phase, never back.
    pub(super) fn reach(&self, phase: Phase) {
        self.phase.send_if_modified(|now| std::mem::replace(now, phase.max(*now)) < phase);
    }

    /// Whether this phase is reached.
    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.phase.borrow() >= phase
    }

    /// Waits until this phase is reached.
    pub(super) async fn reached(&self, phase: Phase) {
        // The sender lives in `self`, so the wait cannot fail.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }

    /// The client asked to shut down.
    pub(super) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::Relaxed);
        self.leave();
    }

    /// The client leaves or is gone: handlers get a last moment.
    pub(super) fn leave(&self) {
        let now = Instant::now();
        self.deadline.send_if_modified(|deadline| {
            let first = deadline.is_none();
            deadline.get_or_insert(now + PATIENCE);
            first
        });
    }

    /// Whether the client leaves.
    pub(super) fn leaves(&self) -> bool {
        self.deadline.borrow().is_some()
    }

    /// Waits until the client leaves.
    pub(super) async fn leaving(&self) {
        // The sender lives in `self`, so the wait cannot fail.
        let _ = self.deadline.subscribe().wait_for(Option::is_some).await;
    }

    /// Waits until no handler may wait any longer.
    pub(super) async fn out_of_time(&self) {
        let deadline = match self.deadline.subscribe().wait_for(Option::is_some).await {
            Ok(deadline) => *deadline,
            Err(_) => None,
        };
        if let Some(deadline) = deadline {
            tokio::time::sleep_until(deadline).await;
        }
    }

    /// Tells the app, once, that the client leaves.
    pub(super) fn say_goodbye(&self) {
        if !self.goodbye.swap(true, Ordering::Relaxed) {
            self.send(Message::Goodbye);
        }
    }

    /// The exit code that the protocol wants: 0 for a client that shut the server down before it left.
    pub(super) fn exit_code(&self) -> i32 {
        i32::from(!self.shut_down.load(Ordering::Relaxed))
    }
}
