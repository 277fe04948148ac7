//! [`Permits`]: how many activities of a run work at the same time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::work::Interrupt;

/// How often one that waits looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(50);

/// How many activities of a run work at the same time: twice as many as there are cores, because most of them wait for others.
///
/// One that has others within needs none, so that none waits for a permit while it keeps another from its end.
#[derive(Debug)]
pub(super) struct Permits {
    most: usize,
    free: Mutex<usize>,
    returned: Condvar,
}

/// The right to work, as long as it lives.
#[derive(Debug)]
pub(super) struct Permit<'a>(&'a Permits);

impl Permits {
    /// Gives out so many at a time as this machine works on well.
    pub(super) fn of_machine() -> Self {
        Self::new(2 * thread::available_parallelism().map_or(1, std::num::NonZero::get))
    }

    /// Gives out `most` at a time.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            free: Mutex::new(most),
            returned: Condvar::new(),
        }
    }

    /// Returns how many there are.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Waits for one; there is none for work that is stopped.
    pub(super) fn acquire(&self, interrupt: &Interrupt) -> Option<Permit<'_>> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if interrupt.is_set() {
                return None;
            }
            if *free > 0 {
                *free -= 1;
                return Some(Permit(self));
            }
            let waited = self.returned.wait_timeout(free, POLL);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.returned.notify_one();
    }
}
