//! [`OpenStores`]: the stores that are in use, and how one is asked.
//!
//! A store can hang: a keyring whose daemon is stuck, a vault behind a broken network, a file on a share that is gone. So it
//! is opened and asked on a thread of its own, which is waited for only so long. A store that did not answer is dropped,
//! together with what it was asked, and is opened again when it is next used.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::SecretError;
use super::store::{Opening, SecretStore, StoreDefinition, StoreError};
use crate::work::{Interrupt, Stopped, catch_panic};

/// How often a waiting thread looks whether the answer is still wanted.
const POLL: Duration = Duration::from_millis(20);

/// How long stores are waited for.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For an answer.
    answer: Duration,
    /// For a person whom the store asks for something, in all.
    person: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            // Someone has to notice the dialog, and find the password.
            person: Duration::from_mins(2),
        }
    }
}

/// What the thread that asks a store shares with the one that waits for it.
#[derive(Default)]
struct Asked {
    /// The store, once it is open.
    store: OnceLock<Arc<dyn SecretStore>>,
    /// Whether the store gets ready, for which it may have any time.
    is_unlocking: AtomicBool,
}

/// The stores that are in use, by scope.
#[derive(Default)]
pub(super) struct OpenStores {
    kept: Mutex<BTreeMap<String, Arc<dyn SecretStore>>>,
    patience: Patience,
}

impl OpenStores {
    /// Returns whether the store of a scope is open.
    pub(super) fn is_open(&self, scope: &str) -> bool {
        self.kept().contains_key(scope)
    }

    /// Opens the store of a scope unless it is open, and asks it.
    ///
    /// # Errors
    ///
    /// What the store says, [`StoreError::Hung`] where it says nothing, and [`SecretError::Stopped`] where someone stops the
    /// work of this thread; a question that was given up may still have its effect.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        definition: &StoreDefinition,
        opening: Opening,
        question: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let unlocked =
            |store: &dyn SecretStore, is_unlocking: &AtomicBool| unlocked(store, is_unlocking, question);
        let scope = opening.scope.clone();
        let definition = definition.clone();
        self.ask_opened_by(&scope, move || definition.open(&opening), unlocked)
    }

    /// Asks the store of a scope as [`OpenStores::ask`] does, without getting it ready: a locked one stays locked.
    pub(super) fn ask_locked<T: Send + 'static>(
        &self,
        definition: &StoreDefinition,
        opening: Opening,
        question: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let scope = opening.scope.clone();
        let definition = definition.clone();
        let locked = |store: &dyn SecretStore, _: &AtomicBool| question(store);
        self.ask_opened_by(&scope, move || definition.open(&opening), locked)
    }

    fn ask_opened_by<T: Send + 'static>(
        &self,
        scope: &str,
        open: impl FnOnce() -> Result<Box<dyn SecretStore>, StoreError> + Send + 'static,
        question: impl FnOnce(&dyn SecretStore, &AtomicBool) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let interrupt = Interrupt::of_thread();
        let asked = Arc::new(Asked::default());
        if let Some(store) = self.kept().get(scope) {
            // It is empty: nothing else has it yet.
            let _ = asked.store.set(Arc::clone(store));
        }
        let (sender, receiver) = sync_channel(1);
        let (asking, watching) = (Arc::clone(&asked), interrupt.for_work());
        let worker = thread::Builder::new().name("secrets".to_owned()).spawn(move || {
            let work = || {
                let store = if let Some(store) = asking.store.get() {
                    store
                } else {
                    let store = open()?.into();
                    asking.store.get_or_init(|| store)
                };
                question(&**store, &asking.is_unlocking)
            };
            // The receiver is gone when the question was given up.
            let _ = sender.send(watching.watched(|| catch_panic(work)));
        });
        let answer = match worker {
            Ok(_) => self.wait(&interrupt, &receiver, &asked),
            Err(error) => Err(Stopped::Panicked(format!("cannot start a thread: {error}")).into()),
        };
        let answer = answer.and_then(|answer| {
            answer.map_err(|error| SecretError::Store {
                scope: scope.to_owned(),
                error,
            })
        });
        let mut kept = self.kept();
        match asked.store.get() {
            Some(store) if is_usable(&answer) => {
                kept.insert(scope.to_owned(), Arc::clone(store));
            }
            _ => {
                kept.remove(scope);
            }
        }
        answer
    }

    /// Waits for an answer as long as it is wanted, and as there is patience.
    fn wait<T>(
        &self,
        interrupt: &Interrupt,
        receiver: &Receiver<Result<Result<T, StoreError>, Stopped>>,
        asked: &Asked,
    ) -> Result<Result<T, StoreError>, SecretError> {
        let begun = Instant::now();
        let (mut bound, mut dialog) = (self.patience.answer, None);
        loop {
            match receiver.recv_timeout(POLL) {
                Ok(answer) => return Ok(answer?),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Stopped::Panicked("the thread of the store ended early".to_owned()).into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if interrupt.is_set() {
                return Err(Stopped::Interrupted.into());
            }
            let store = asked.store.get();
            if asked.is_unlocking.load(Ordering::SeqCst) {
                bound = begun.elapsed() + self.patience.answer;
            } else if store.is_some_and(|store| store.is_asking()) {
                dialog.get_or_insert_with(|| interrupt.progress().begin("waiting for you to unlock a store"));
                // After the person's answer, the store has its own time for it.
                bound = self.patience.person.min(begun.elapsed() + self.patience.answer);
            } else {
                dialog = None;
            }
            if begun.elapsed() >= bound {
                return Ok(Err(StoreError::Hung {
                    store: store.map_or_else(|| "the store".to_owned(), |store| store.name()),
                    bound,
                }));
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Arc<dyn SecretStore>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a store when it is ready.
fn unlocked<T>(
    store: &dyn SecretStore,
    is_unlocking: &AtomicBool,
    question: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    is_unlocking.store(true, Ordering::SeqCst);
    let unlocked = store.unlock();
    is_unlocking.store(false, Ordering::SeqCst);
    unlocked.and_then(|()| question(store))
}

/// Returns whether a store that answered so can be asked again: its connection may be broken otherwise.
fn is_usable<T>(answer: &Result<T, SecretError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(SecretError::Store { error, .. }) => !matches!(
            error,
            StoreError::Hung { .. } | StoreError::Unavailable { .. } | StoreError::Failed { .. }
        ),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::secret::store::{Capabilities, Metadata};
    use crate::secret::value::SecretValue;

    /// A store that takes its time, and says whether it waits for a person.
    #[derive(Default)]
    struct Slow {
        /// How long each value takes, in milliseconds.
        takes: u64,
        /// How long a person is asked in a dialog.
        asks: u64,
        /// How long it takes to get ready.
        unlocks: u64,
        is_asking: AtomicBool,
    }

    impl SecretStore for Slow {
        fn name(&self) -> String {
            "the slow store".to_owned()
        }

        fn capabilities(&self) -> Capabilities {
            Capabilities::READ_ONLY
        }

        fn is_asking(&self) -> bool {
            self.is_asking.load(Ordering::SeqCst)
        }

        fn unlock(&self) -> Result<(), StoreError> {
            thread::sleep(Duration::from_millis(self.unlocks));
            Ok(())
        }

        fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
            self.is_asking.store(self.asks > 0, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(self.asks));
            self.is_asking.store(false, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(self.takes));
            Ok(SecretValue::new(key.as_bytes().to_vec()))
        }

        fn put(&self, _key: &str, _value: &SecretValue) -> Result<(), StoreError> {
            panic!("a library's own words");
        }

        fn delete(&self, _key: &str) -> Result<(), StoreError> {
            Err(StoreError::Failed {
                store: self.name(),
                reason: "the connection was lost".to_owned(),
            })
        }

        fn list(&self) -> Result<Vec<Metadata>, StoreError> {
            Ok(Vec::new())
        }
    }

    fn stores(answer: u64, person: u64) -> OpenStores {
        OpenStores {
            kept: Mutex::default(),
            patience: Patience {
                answer: Duration::from_millis(answer),
                person: Duration::from_millis(person),
            },
        }
    }

    static OPENED: AtomicUsize = AtomicUsize::new(0);

    /// Asks a store for one value; returns its text, or the error's.
    fn get(stores: &OpenStores, [unlocks, asks, takes]: [u64; 3]) -> String {
        let open = move || -> Result<Box<dyn SecretStore>, StoreError> {
            OPENED.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(Slow {
                takes,
                asks,
                unlocks,
                ..Slow::default()
            }))
        };
        match stores.ask_opened_by("a", open, |store, is_unlocking| {
            unlocked(store, is_unlocking, |store| store.get("value"))
        }) {
            Ok(value) => String::from_utf8(value.expose().to_vec()).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_store_is_opened_once_and_again_after_it_hung_or_failed() {
        let stores = stores(300, 2_000);
        let opened = || OPENED.swap(0, Ordering::SeqCst);
        opened();
        assert_eq!(get(&stores, [0; 3]), "value");
        assert_eq!(get(&stores, [0; 3]), "value");
        assert_eq!(opened(), 1);
        stores.kept().clear();
        let begun = Instant::now();
        assert_eq!(
            get(&stores, [0, 0, 5_000]),
            "scope \"a\": the slow store did not answer within 0.3 seconds"
        );
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(get(&stores, [0; 3]), "value");
        assert_eq!(opened(), 2);
        let failed = stores.ask_opened_by(
            "a",
            || unreachable!("it is open"),
            |store, _| store.delete("value"),
        );
        assert!(failed.is_err());
        assert_eq!(get(&stores, [0; 3]), "value");
        assert_eq!(opened(), 1);
        let panicked = stores.ask_opened_by(
            "a",
            || unreachable!("it is open"),
            |store, _| store.put("value", &SecretValue::new(Vec::new())),
        );
        assert_eq!(
            panicked.unwrap_err().to_string(),
            "an internal error in a library: a library's own words"
        );
        // A person has longer, and the store has its own time after that.
        stores.kept().clear();
        assert_eq!(get(&stores, [700, 700, 200]), "value");
        stores.kept().clear();
        assert_eq!(
            get(&stores, [0, 5_000, 0]),
            "scope \"a\": the slow store did not answer within 2 seconds"
        );
    }

    #[test]
    fn someone_can_stop_waiting() {
        let interrupt = Interrupt::default();
        let presser = interrupt.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            presser.trigger();
        });
        let begun = Instant::now();
        let stopped = interrupt.watched(|| get(&stores(60_000, 60_000), [5_000, 0, 0]));
        assert_eq!(stopped, "interrupted");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
