//! [`Abandoned`]: how much stopped work is still on its way to its end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The number of pieces of work that no one waits for any more and that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Abandoned {
    count: Mutex<usize>,
    ended: Condvar,
}

impl Abandoned {
    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        *self.lock()
    }

    /// Waits until one has ended, for at most `longest`.
    pub(crate) fn wait(&self, longest: Duration) {
        let count = self.lock();
        if *count > 0 {
            // Whoever waits looks again.
            drop(self.ended.wait_timeout(count, longest));
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one piece of work and whoever waits for it share.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    abandoned: Arc<Abandoned>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Wanted,
    Unwanted,
    Ended,
}

impl Ticket {
    /// Creates one for work that begins.
    pub(crate) fn new(abandoned: &Arc<Abandoned>) -> Self {
        Self {
            abandoned: Arc::clone(abandoned),
            state: Arc::new(Mutex::new(State::Wanted)),
        }
    }

    /// Notes that no one waits for the work any more.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        if *state == State::Wanted {
            *state = State::Unwanted;
            *self.abandoned.lock() += 1;
        }
    }

    /// Notes that the work has ended.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        if *state == State::Unwanted {
            *self.abandoned.lock() -= 1;
            self.abandoned.ended.notify_all();
        }
        *state = State::Ended;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
