//! [`Progress`]: what long work tells of how far it is, for whoever watches.
//!
//! Owns the counting only. Whether anything is drawn, and when, is the watcher's business; work that no one watches
//! pays for an atomic addition.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The tasks that are running, outermost first; clones share them.
///
/// Its lock is taken when a task begins and ends, never while it counts.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    tasks: Arc<Mutex<Vec<Arc<Counter>>>>,
    /// How many ask for silence.
    quiet: Arc<AtomicUsize>,
}

/// Keeps what is drawn of the progress away while it lives.
#[derive(Debug)]
#[must_use = "it may be drawn again when this is dropped"]
pub struct Quiet(Arc<AtomicUsize>);

#[derive(Debug)]
struct Counter {
    label: &'static str,
    unit: &'static str,
    /// How much there is to do; 0 where no one knows.
    total: u64,
    done: AtomicU64,
}

/// A piece of work that tells how far it is; it is over when this is dropped.
#[derive(Debug)]
#[must_use = "a task ends when it is dropped"]
pub struct Task {
    progress: Progress,
    counter: Arc<Counter>,
}

/// How far one task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// What is being done, in a word or two: `fit`.
    pub label: &'static str,
    /// What is counted: `iterations`; empty where nothing is.
    pub unit: &'static str,
    /// How much is done.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub total: Option<u64>,
}

impl Progress {
    /// Starts a task of which no one knows how long it takes.
    pub fn begin(&self, label: &'static str) -> Task {
        self.count(label, "", 0)
    }

    /// Starts a task that has `total` of something to do, 0 where that is not known.
    pub fn count(&self, label: &'static str, unit: &'static str, total: u64) -> Task {
        let counter = Arc::new(Counter {
            label,
            unit,
            total,
            done: AtomicU64::new(0),
        });
        self.change(|tasks| tasks.push(Arc::clone(&counter)));
        Task {
            progress: self.clone(),
            counter,
        }
    }

    /// Returns how far the work is: the outermost task with a known end, or else the innermost one.
    pub fn now(&self) -> Option<Stage> {
        self.change(|tasks| {
            let counted = tasks.iter().find(|counter| counter.total > 0);
            counted.or(tasks.last()).map(|counter| counter.stage())
        })
    }

    /// Discards every task: those of abandoned work continue unseen.
    pub fn clear(&self) {
        self.change(Vec::clear);
    }

    /// Asks whoever draws it for silence, as while a person is asked something.
    pub fn quiet(&self) -> Quiet {
        self.quiet.fetch_add(1, Ordering::SeqCst);
        Quiet(Arc::clone(&self.quiet))
    }

    /// Returns whether nothing is to be drawn.
    pub fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::SeqCst) > 0
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Arc<Counter>>) -> T) -> T {
        change(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Counter {
    fn stage(&self) -> Stage {
        let done = self.done.load(Ordering::Relaxed);
        Stage {
            label: self.label,
            unit: self.unit,
            done: if self.total > 0 {
                done.min(self.total)
            } else {
                done
            },
            total: (self.total > 0).then_some(self.total),
        }
    }
}

impl Task {
    /// Tells that `amount` more is done.
    pub fn advance(&self, amount: u64) {
        self.counter.done.fetch_add(amount, Ordering::Relaxed);
    }
}

impl Task {
    /// Returns what counts for this task from elsewhere.
    pub fn tally(&self) -> Tally {
        Tally {
            counter: Some(Arc::clone(&self.counter)),
            told: Arc::default(),
        }
    }
}

/// What counts for a task from another thread, and knows how much that was; by default for none.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counter: Option<Arc<Counter>>,
    told: Arc<AtomicU64>,
}

impl Tally {
    /// Tells that `amount` more is done.
    pub fn advance(&self, amount: u64) {
        self.told.fetch_add(amount, Ordering::Relaxed);
        if let Some(counter) = &self.counter {
            counter.done.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Returns how much it was told of.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.progress
            .change(|tasks| tasks.retain(|counter| !Arc::ptr_eq(counter, &self.counter)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(progress: &Progress) -> String {
        match progress.now() {
            None => "nothing".to_owned(),
            Some(Stage {
                label,
                unit,
                done,
                total: Some(total),
            }) => format!("{label} {done}/{total} {unit}"),
            Some(stage) => stage.label.to_owned(),
        }
    }

    #[test]
    fn the_outermost_task_with_an_end_is_told_or_else_the_innermost() {
        let progress = Progress::default();
        assert_eq!(shown(&progress), "nothing");
        let query = progress.begin("query");
        assert_eq!(shown(&progress), "query");
        let folds = progress.count("folds", "folds", 5);
        folds.advance(2);
        let fit = progress.count("fit", "iterations", 100);
        fit.advance(7);
        assert_eq!(shown(&progress), "folds 2/5 folds");
        drop(folds);
        assert_eq!(shown(&progress), "fit 7/100 iterations");
        fit.advance(1000);
        assert_eq!(shown(&progress), "fit 100/100 iterations");
        drop(fit);
        assert_eq!(shown(&progress), "query");
        drop(query);
        assert_eq!(shown(&progress), "nothing");
    }

    #[test]
    fn abandoned_work_is_not_seen_and_ends_nothing_of_what_follows() {
        let progress = Progress::default();
        let abandoned = progress.count("fit", "iterations", 10);
        let tally = abandoned.tally();
        progress.clear();
        assert_eq!(shown(&progress), "nothing");
        let next = progress.begin("query");
        abandoned.advance(1);
        drop(abandoned);
        tally.advance(3);
        assert_eq!((shown(&progress).as_str(), tally.told()), ("query", 3));
        drop(next);
    }
}
