//! [`run_all`]: runs things beside each other, some of which wait for others.

use std::collections::BTreeSet;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often a stop is looked for.
const POLL: Duration = Duration::from_millis(50);

/// What waits and what runs.
struct Queue {
    waiting: BTreeSet<usize>,
    running: BTreeSet<usize>,
}

impl Queue {
    /// Takes the next one that need not wait; one of a circle when all do.
    fn next(&mut self, waits: &[BTreeSet<usize>]) -> Option<usize> {
        let is_open = |at: &usize| self.waiting.contains(at) || self.running.contains(at);
        let ready = |at: &usize| waits.get(*at).is_none_or(|others| !others.iter().any(is_open));
        let free = self.waiting.iter().copied().find(ready);
        let next = match free {
            Some(at) => at,
            None if self.running.is_empty() => *self.waiting.first()?,
            None => return None,
        };
        self.waiting.remove(&next);
        self.running.insert(next);
        Some(next)
    }
}

/// Does a piece of work for each of `waits`, which says what others it waits for, on up to `threads` threads.
///
/// `take` gets what comes of each as soon as it is there; `idle` is called again and again meanwhile.
pub(super) fn run_all<T: Send>(
    waits: &[BTreeSet<usize>],
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    idle: impl Fn(),
    mut take: impl FnMut(usize, T),
) {
    let queue = Mutex::new(Queue {
        waiting: (0..waits.len()).collect(),
        running: BTreeSet::new(),
    });
    let changed = Condvar::new();
    let (sender, results) = channel::<(usize, T)>();
    let serve = |sender: Sender<(usize, T)>| {
        loop {
            let mut open = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let at = loop {
                if open.waiting.is_empty() {
                    return;
                }
                match open.next(waits) {
                    Some(at) => break at,
                    None => open = changed.wait(open).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(open);
            // Whoever listens does so until all is reported.
            let _ = sender.send((at, work(at)));
            let mut open = queue.lock().unwrap_or_else(PoisonError::into_inner);
            open.running.remove(&at);
            changed.notify_all();
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(waits.len()) {
            let sender = sender.clone();
            let started = thread::Builder::new().spawn_scoped(scope, || serve(sender));
            if started.is_err() {
                // Those that could be started do it all.
                break;
            }
        }
        drop(sender);
        loop {
            match results.recv_timeout(POLL) {
                Ok((at, one)) => take(at, one),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            idle();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the order in which one thread does the work.
    fn order(waits: &[&[usize]]) -> Vec<usize> {
        let waits: Vec<BTreeSet<usize>> = waits
            .iter()
            .map(|waits| waits.iter().copied().collect())
            .collect();
        let mut order = Vec::new();
        run_all(
            &waits,
            1,
            |at| at,
            || {},
            |at, same| {
                assert_eq!(at, same);
                order.push(at);
            },
        );
        order
    }

    #[test]
    fn each_waits_for_those_it_needs_and_a_circle_is_broken() {
        assert_eq!(order(&[&[], &[], &[]]), [0, 1, 2]);
        assert_eq!(order(&[&[2], &[0], &[]]), [2, 0, 1]);
        assert_eq!(order(&[&[1], &[0], &[]]), [2, 0, 1]);
    }

    #[test]
    fn none_begins_before_those_it_waits_for_are_over() {
        let waits = [BTreeSet::new(), BTreeSet::from([0]), BTreeSet::from([0, 1])];
        let over = Mutex::new(BTreeSet::new());
        let work = |at: usize| {
            let before = over.lock().unwrap().clone();
            thread::sleep(Duration::from_millis(20));
            over.lock().unwrap().insert(at);
            before
        };
        run_all(&waits, 3, work, || {}, |at, before| assert_eq!(before, waits[at]));
    }
}
