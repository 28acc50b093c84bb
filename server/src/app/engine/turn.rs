//! What one process at a time does, by a lock: who waits for it, who holds it, who lost it.

use crate::app::try_spawn;
use crate::leader::Lock;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is looked whether the lock is still the one that others find.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After a failure to wait for the lock.
const AGAIN: Duration = Duration::from_secs(2);

/// Whose turn it is.
#[derive(Default)]
pub(super) enum Turn<T> {
    /// Nobody's here: it is not wanted, or was not asked for yet.
    #[default]
    Off,
    /// Another process has it; a thread waits for its end.
    Waiting,
    /// It failed to wait, and does so again then.
    Again(Instant),
    /// This process has it.
    On(Box<Held<T>>),
}

/// What there is while the lock is held.
pub(super) struct Held<T> {
    what: T,
    lock: Lock,
    looked: Instant,
}

impl<T> Turn<T> {
    /// What this process does in its turn.
    pub(super) const fn on(&self) -> Option<&T> {
        match self {
            Self::On(held) => Some(&held.what),
            _ => None,
        }
    }

    /// The same, to change it.
    pub(super) const fn on_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::On(held) => Some(&mut held.what),
            _ => None,
        }
    }

    /// Gives up what is not wanted, and waits for its turn where it has none: in a thread of this name, which tells.
    pub(super) fn attend(
        &mut self,
        wanted: bool,
        (state, lock, thread): (&Path, &'static str, &'static str),
        tell: impl FnOnce(io::Result<Lock>) + Send + 'static,
    ) {
        let waits = match self {
            Self::Off => wanted,
            Self::Waiting => false,
            Self::Again(at) => wanted && Instant::now() >= *at,
            Self::On(_) if !wanted => {
                // Whoever waits for the lock takes over.
                *self = Self::Off;
                false
            }
            Self::On(held) => held.is_lost(),
        };
        if !waits {
            return;
        }
        *self = Self::Waiting;
        let state = state.to_owned();
        if let Err(error) = try_spawn(thread, Box::new(move || tell(Lock::wait(&state, lock)))) {
            tracing::warn!("{error}");
            *self = Self::Again(Instant::now() + AGAIN);
        }
    }

    /// The wait for the lock is over: begins where that is still wanted.
    pub(super) fn take(&mut self, lock: io::Result<Lock>, wanted: bool, begin: impl FnOnce() -> T) {
        *self = match lock {
            Ok(lock) if wanted => Self::On(Box::new(Held { what: begin(), lock, looked: Instant::now() })),
            Ok(_) => Self::Off,
            Err(error) => {
                // The state folder went; who leads makes it anew.
                tracing::debug!("cannot wait for a lock: {error}");
                Self::Again(Instant::now() + AGAIN)
            }
        };
    }

    /// When it is to be attended to without an event.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Again(at) => Some(*at),
            Self::On(held) => Some(held.looked + LOOK_EVERY),
            Self::Off | Self::Waiting => None,
        }
    }
}

impl<T> Held<T> {
    /// Whether the lock is not the one any more that others find.
    fn is_lost(&mut self) -> bool {
        if self.looked.elapsed() < LOOK_EVERY {
            return false;
        }
        self.looked = Instant::now();
        !self.lock.is_in_place()
    }
}
