//! Threads that read files while there is a backlog, and end with it.

use crate::tail::{Job, Part, Reader};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// How many threads read at once: the writer keeps another core busy.
const THREADS: usize = 2;
/// How many parts may wait to be written: what is read ahead stays small.
const AHEAD: usize = 4;

/// How far readers stand back: as much as others who work in the background.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// What a reader tells.
pub(super) enum Told {
    /// A stretch of a file was read.
    Part(Box<Part>),
    /// A file could not be read (to its end).
    Failed(i64, io::Error),
}

/// The readers and what they have to do.
#[derive(Clone, Default)]
pub(super) struct Readers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    room: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    running: usize,
    waiting: usize,
    closed: bool,
    /// Nobody waits for them.
    background: bool,
}

impl Readers {
    /// Readers that stand back for whatever else runs.
    pub(super) fn in_background() -> Self {
        let readers = Self::default();
        readers.state().background = true;
        readers
    }

    /// Has files read, in this order, after those that wait already. What is read goes to `tell`, which says whether
    /// anyone still listens.
    pub(super) fn read<F>(&self, jobs: impl IntoIterator<Item = Job>, tell: &F)
    where
        F: Fn(Told) -> bool + Clone + Send + 'static,
    {
        let mut state = self.state();
        state.jobs.extend(jobs);
        let wanted = THREADS.min(state.jobs.len());
        while state.running < wanted {
            state.running += 1;
            let (readers, tell) = (self.clone(), tell.clone());
            if let Err(error) = super::try_spawn("costline-read", Box::new(move || readers.run(&tell))) {
                // What waits is begun when more is asked for.
                state.running -= 1;
                tracing::error!("{error}");
                break;
            }
        }
    }

    /// Makes room for another part: one was written.
    pub(super) fn written(&self) {
        self.state().waiting -= 1;
        self.0.room.notify_one();
    }

    /// Has the readers end, wherever they are: nobody writes any more what they read.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.0.room.notify_all();
    }

    fn run(&self, tell: &impl Fn(Told) -> bool) {
        if self.state().background {
            yield_to_others();
        }
        let mut reader = Reader::default();
        while let Some(job) = self.next() {
            let outcome = reader.read(&job, |part| self.wait_for_room() && tell(Told::Part(Box::new(part))));
            if let Err(error) = outcome
                && !tell(Told::Failed(job.file, error))
            {
                break;
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        let job = if state.closed { None } else { state.jobs.pop_front() };
        if job.is_none() {
            state.running -= 1;
        }
        job
    }

    /// Whether there is someone to make room.
    fn wait_for_room(&self) -> bool {
        let state = self.state();
        let mut state = self
            .0
            .room
            .wait_while(state, |state| state.waiting >= AHEAD && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting += 1;
        !state.closed
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has this thread run after others where there are more than cores: the editor, and what happens live.
fn yield_to_others() {
    // Elsewhere this is the whole process's to say.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}
