//! [`Watching`]: looks at the files of event triggers, each on a thread of its own.
//!
//! Places that are far away, or do not answer, keep nothing else waiting: what a look has found is handed in, and what becomes of
//! it the scheduler decides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use chrono::{DateTime, Utc};

use super::clock::Wake;
use super::events::{self, Seen};
use crate::error::Error;
use crate::pipeline::definition::Event;
use crate::schedule::store::{FileRow, TriggerName};
use crate::storage::Mounts;
use crate::work::catch_panic;

/// How many looks there are at a time, at most.
const MOST: usize = 64;

/// Looks at the files of event triggers, one at a time for each.
pub(super) struct Watching {
    mounts: Arc<Mounts>,
    wake: Wake,
    begun: BTreeMap<TriggerName, Ground>,
    ended: BTreeMap<TriggerName, (Ground, Result<Seen, Error>)>,
    sender: Sender<(TriggerName, Result<Seen, Error>)>,
    receiver: Receiver<(TriggerName, Result<Seen, Error>)>,
}

/// What a look stands on: where that has changed meanwhile, what it has found does not count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ground {
    /// What is looked for.
    pub(super) event: Event,
    /// From when on files count.
    pub(super) through: DateTime<Utc>,
}

impl Ground {
    /// Returns whether it is the first look of all.
    pub(super) fn is_first(&self) -> bool {
        self.through == DateTime::UNIX_EPOCH
    }
}

impl Watching {
    /// Looks through `mounts`; `wake` is who takes what was found.
    pub(super) fn new(mounts: Arc<Mounts>, wake: Wake) -> Self {
        let (sender, receiver) = channel();
        Self {
            mounts,
            wake,
            begun: BTreeMap::new(),
            ended: BTreeMap::new(),
            sender,
            receiver,
        }
    }

    /// Takes what was handed in since; what no one asked for before is forgotten.
    pub(super) fn collect(&mut self) {
        self.ended.clear();
        while let Ok((trigger, seen)) = self.receiver.try_recv() {
            self.end(trigger, seen);
        }
    }

    /// Waits until all looks have ended that have begun; returns whether there were any.
    #[cfg(test)]
    pub(super) fn wait(&mut self) -> bool {
        let waits = !self.begun.is_empty();
        let mut all = Vec::new();
        while all.len() < self.begun.len() {
            all.extend(self.receiver.recv());
        }
        all.into_iter().for_each(|one| drop(self.sender.send(one)));
        waits
    }

    fn end(&mut self, trigger: TriggerName, seen: Result<Seen, Error>) {
        if let Some(ground) = self.begun.remove(&trigger) {
            self.ended.insert(trigger, (ground, seen));
        }
    }

    /// Returns what a look has found that stands on this ground.
    pub(super) fn found(&mut self, trigger: &TriggerName, ground: &Ground) -> Option<Result<Seen, Error>> {
        let (of, seen) = self.ended.remove(trigger)?;
        (of == *ground).then_some(seen)
    }

    /// Returns whether a look can begin: the one before has ended, and there are not too many others.
    pub(super) fn is_free(&self, trigger: &TriggerName) -> bool {
        !self.begun.contains_key(trigger) && self.begun.len() < MOST
    }

    /// Begins a look, and returns at once.
    pub(super) fn begin(&mut self, trigger: &TriggerName, ground: Ground, known: BTreeMap<String, FileRow>) {
        self.begun.insert(trigger.clone(), ground.clone());
        let (mounts, wake) = (Arc::clone(&self.mounts), self.wake.clone());
        let (sender, of) = (self.sender.clone(), trigger.clone());
        let look = move || {
            let seen = catch_panic(|| events::look(&ground.event, &mounts, &known, ground.is_first()));
            let seen = seen.unwrap_or_else(|panic| Err(panic.into()));
            // Where the scheduler is gone, the next one looks again.
            let _ = sender.send((of, seen));
            wake.wake();
        };
        let begun = thread::Builder::new().name("look".to_owned()).spawn(look);
        if let Err(error) = begun {
            let error = crate::schedule::error::ScheduleError::File {
                path: trigger.to_string(),
                reason: format!("there is no thread for it: {error}"),
            };
            self.end(trigger.clone(), Err(error.into()));
        }
    }
}
