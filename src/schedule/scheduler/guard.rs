//! [`Guard`]: ends what runs here as soon as others may take this process for dead.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::clock::Wake;
use super::task::Running;
use crate::schedule::owner::Owner;
use crate::work::Interrupt;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(100);

/// Ends what runs here as soon as others may take this process for dead, as long as it is held.
///
/// It looks on a thread of its own: a scheduler that waits for its store would look too late.
///
/// When it is dropped, the thread has ended: who gives up being known does so at once.
pub(super) struct Guard {
    is_ended: Arc<AtomicBool>,
    looking: Option<JoinHandle<()>>,
}

impl Guard {
    /// Begins to look.
    pub(super) fn begin(owner: &Arc<Owner>, running: &Running, wake: &Wake) -> Self {
        let is_ended = Arc::new(AtomicBool::new(false));
        let (owner, running, wake) = (Arc::clone(owner), Arc::clone(running), wake.clone());
        let ending = Arc::clone(&is_ended);
        let looking = thread::Builder::new().name("guard".to_owned()).spawn(move || {
            while !ending.load(Ordering::Relaxed) {
                if owner.is_over() {
                    let running = running.lock().unwrap_or_else(PoisonError::into_inner);
                    running.values().for_each(Interrupt::trigger);
                    drop(running);
                    wake.wake();
                }
                thread::park_timeout(EVERY);
            }
        });
        if let Err(error) = &looking {
            // What it writes is refused in any case.
            tracing::error!(%error, "there is no thread that ends what is not this process's any more");
        }
        Self {
            is_ended,
            looking: looking.ok(),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.is_ended.store(true, Ordering::Relaxed);
        if let Some(looking) = self.looking.take() {
            looking.thread().unpark();
            let _ = looking.join();
        }
    }
}
