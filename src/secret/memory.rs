//! [`Memory`]: what is remembered of secrets that were got, so that getting one again takes no time.
//!
//! That a secret is there, which store has it and the fingerprint of its value: never the value, which each sink looks up
//! for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::granted::Granted;
use super::reference::Reference;
use crate::work::{Interrupt, Stopped};

/// How long it counts: a secret that was deleted meanwhile is still got, and one that was changed is the one before.
const LASTS: Duration = Duration::from_secs(10);
/// How often someone who waits for a store looks whether that is still wanted.
const POLL: Duration = Duration::from_millis(20);

/// What is remembered of secrets.
pub(super) struct Memory {
    /// How long what is known counts.
    pub(super) lasts: Duration,
    known: Mutex<BTreeMap<Reference, Known>>,
    /// Which store answered for each scope that was used.
    answered: Mutex<BTreeMap<String, String>>,
    /// The scopes whose stores are being asked, one question at a time: two cells would open a store twice, and a person
    /// would type a passphrase twice.
    asked: Mutex<BTreeSet<String>>,
    is_free: Condvar,
    /// For each scope, whether the question that is put to its store now must not reach a person.
    quiet: Mutex<BTreeMap<String, Arc<AtomicBool>>>,
}

/// What is remembered of a secret.
struct Known {
    /// What its store said; `None` where it is not there any more.
    granted: Option<Granted>,
    /// When it said so.
    since: Instant,
    /// When it was last asked whether that is still so.
    checked: Instant,
}

/// Whoever has this asks the store of a scope.
pub(super) struct Turn<'a> {
    memory: &'a Memory,
    scope: &'a str,
    /// Whether no person is to be asked meanwhile; one flag for each scope.
    pub(super) is_quiet: Arc<AtomicBool>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            lasts: LASTS,
            known: Mutex::default(),
            answered: Mutex::default(),
            asked: Mutex::default(),
            is_free: Condvar::default(),
            quiet: Mutex::default(),
        }
    }
}

impl Memory {
    /// Returns a secret that was got a moment ago.
    pub(super) fn recent(&self, reference: &Reference) -> Option<Granted> {
        let known = lock(&self.known);
        let known = known
            .get(reference)
            .filter(|known| known.since.elapsed() < self.lasts)?;
        known.granted.clone()
    }

    /// Returns what a store said last, however long ago; `None` where the secret was not there any more.
    pub(super) fn last(&self, reference: &Reference) -> Option<Granted> {
        let known = lock(&self.known);
        known.get(reference)?.granted.clone()
    }

    /// Returns whether a store is to be asked whether a secret is still the same; whoever is answered so asks it.
    ///
    /// A store that is being asked, which one that hangs always is, is not asked by anybody else.
    pub(super) fn is_due(&self, reference: &Reference) -> bool {
        if lock(&self.asked).contains(reference.scope()) {
            return false;
        }
        let mut all = lock(&self.known);
        let Some(known) = all.get_mut(reference) else {
            return true;
        };
        let is_due = known.since.elapsed() >= self.lasts && known.checked.elapsed() >= self.lasts;
        if is_due {
            known.checked = Instant::now();
        }
        is_due
    }

    /// Remembers what a store has said: the secret, or that there is none.
    pub(super) fn remember(&self, reference: &Reference, granted: Option<Granted>) {
        let now = Instant::now();
        let known = Known {
            granted,
            since: now,
            checked: now,
        };
        lock(&self.known).insert(reference.clone(), known);
    }

    /// Forgets a secret, which is another now.
    pub(super) fn forget(&self, reference: &Reference) {
        if let Some(known) = lock(&self.known).get_mut(reference)
            && let Some(long_ago) = Instant::now().checked_sub(self.lasts)
        {
            (known.since, known.checked) = (long_ago, long_ago);
        }
    }

    /// Notes which store answered for a scope.
    pub(super) fn note_answer(&self, scope: &str, store: &str) {
        let mut answered = lock(&self.answered);
        if answered.get(scope).is_none_or(|known| known != store) {
            answered.insert(scope.to_owned(), store.to_owned());
        }
    }

    /// Returns which store answered for each scope that was used.
    pub(super) fn answered(&self) -> BTreeMap<String, String> {
        lock(&self.answered).clone()
    }

    /// Waits until no other question is put to the store of a scope; `is_quiet` for one that must not reach a person.
    ///
    /// # Errors
    ///
    /// Someone stops the work of this thread.
    pub(super) fn turn<'a>(&'a self, scope: &'a str, is_quiet: bool) -> Result<Turn<'a>, Stopped> {
        let interrupt = Interrupt::of_thread();
        let mut asked = lock(&self.asked);
        while asked.contains(scope) {
            if interrupt.is_set() {
                return Err(Stopped::Interrupted);
            }
            let waited = self.is_free.wait_timeout(asked, POLL);
            asked = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        asked.insert(scope.to_owned());
        let flag = Arc::clone(lock(&self.quiet).entry(scope.to_owned()).or_default());
        flag.store(is_quiet, Ordering::SeqCst);
        Ok(Turn {
            memory: self,
            scope,
            is_quiet: flag,
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.memory.asked).remove(self.scope);
        self.memory.is_free.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
