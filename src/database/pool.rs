//! [`Pool`]: sessions that nobody uses at the moment, for whoever opens the same connection next.
//!
//! Activities of pipelines open a connection each; of those that follow each other, the next one gets the session of the one
//! before, as if it had just been opened: what was set, created for the session alone or locked in it is gone, and none of it
//! waits here. A session is for the same named connection with the same values in every part of its address, so that one whose
//! secret has changed is for nobody any more, and is closed when its time is over. Cells have sessions of their own.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::database::Database;
use super::target::Target;
use crate::secret::{Imprint, Imprinter};
use crate::work::catch_panic;

/// How many sessions wait, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long one waits to be used before it is closed.
    pub idle: Duration,
    /// How long after its login one is used again: who may log in no more, is out by then.
    pub age: Duration,
    /// How many wait of one connection.
    pub each: usize,
    /// How many wait in all.
    pub most: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(1),
            age: Duration::from_mins(10),
            each: 8,
            most: 32,
        }
    }
}

/// Sessions that nobody uses at the moment; a clone shares them, and they end with the last one.
#[derive(Clone, Default)]
pub struct Pool(Arc<Shelf>);

#[derive(Default)]
struct Shelf {
    imprinter: Imprinter,
    patience: Patience,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// The one that was given back last is the last one.
    sessions: Vec<Spare>,
    /// Whether a thread looks whose time is over.
    is_watched: bool,
}

/// A session that waits.
struct Spare {
    database: Box<dyn Database>,
    purpose: Purpose,
    since: Instant,
}

/// Where a session goes when it is not needed any more.
pub(super) struct Lease {
    shelf: Weak<Shelf>,
    purpose: Purpose,
}

/// What a session is for, and since when.
struct Purpose {
    identity: Identity,
    login: Instant,
}

/// What two sessions are the same by.
#[derive(Clone, PartialEq, Eq)]
struct Identity {
    connection: String,
    imprint: Imprint,
}

impl Pool {
    /// Keeps sessions so many, and so long.
    pub fn new(patience: Patience) -> Self {
        Self(Arc::new(Shelf {
            patience,
            ..Shelf::default()
        }))
    }

    /// Returns how many sessions wait.
    pub fn waiting(&self) -> usize {
        self.0.lock().sessions.len()
    }

    /// Returns a session for a connection where one waits that still answers, and what brings it back here; what brings a new
    /// one, where none does; nothing where there are no logins to save: a file is opened at once.
    pub(super) fn take(
        &self,
        connection: &str,
        target: &Target,
    ) -> Option<(Option<Box<dyn Database>>, Lease)> {
        let identity = Identity {
            connection: connection.to_owned(),
            imprint: self.0.imprinter.of(target.server()?),
        };
        let lease = |purpose| Lease {
            shelf: Arc::downgrade(&self.0),
            purpose,
        };
        while let Some(mut found) = self.0.last(&identity) {
            let is_fresh = !self.0.is_over(&found);
            if is_fresh && catch_panic(|| found.database.resume()).unwrap_or(false) {
                return Some((Some(found.database), lease(found.purpose)));
            }
            // It was ended meanwhile, and nobody has to know of it.
        }
        let login = Instant::now();
        Some((None, lease(Purpose { identity, login })))
    }
}

impl Lease {
    /// Brings a session back, as if it had just been opened; one that cannot be made so is closed.
    pub(super) fn give_back(self, mut database: Box<dyn Database>) {
        let Some(place) = self.shelf.upgrade() else { return };
        let is_young = self.purpose.login.elapsed() < place.patience.age;
        if !is_young || !catch_panic(|| database.release()).unwrap_or(false) {
            return;
        }
        let session = Spare {
            database,
            purpose: self.purpose,
            since: Instant::now(),
        };
        // Saying goodbye takes a while: not while others wait.
        drop(place.keep(session));
        Shelf::watch(&place);
    }
}

impl Shelf {
    /// Takes the session out that has been used last of those for an identity.
    fn last(&self, identity: &Identity) -> Option<Spare> {
        let sessions = &mut self.lock().sessions;
        let place = sessions
            .iter()
            .rposition(|session| session.purpose.identity == *identity)?;
        Some(sessions.remove(place))
    }

    /// Puts a session in, and returns those that there is no place for: the ones that have waited longest.
    fn keep(&self, session: Spare) -> Vec<Spare> {
        let identity = session.purpose.identity.clone();
        let sessions = &mut self.lock().sessions;
        sessions.push(session);
        let mut surplus = Vec::new();
        let alike = |(at, session): (usize, &Spare)| (session.purpose.identity == identity).then_some(at);
        let alike: Vec<usize> = sessions.iter().enumerate().filter_map(alike).collect();
        if let Some(first) = alike.first().filter(|_| alike.len() > self.patience.each) {
            surplus.push(sessions.remove(*first));
        }
        if sessions.len() > self.patience.most {
            surplus.push(sessions.remove(0));
        }
        surplus
    }

    /// Returns when the time of a session is over.
    fn end(&self, session: &Spare) -> Option<Instant> {
        let idle = session.since.checked_add(self.patience.idle)?;
        let old = session.purpose.login.checked_add(self.patience.age)?;
        Some(idle.min(old))
    }

    fn is_over(&self, session: &Spare) -> bool {
        self.end(session).is_some_and(|end| end <= Instant::now())
    }

    /// Closes sessions when their time is over, on a thread that ends with the last of them.
    fn watch(shelf: &Arc<Self>) {
        if std::mem::replace(&mut shelf.lock().is_watched, true) {
            return;
        }
        let weak = Arc::downgrade(shelf);
        let watching = thread::Builder::new().name("idle sessions".to_owned());
        if watching.spawn(move || watch(&weak)).is_err() {
            // The next one who brings something tries it again; what is over, nobody gets.
            shelf.lock().is_watched = false;
        }
    }

    /// Takes those out whose time is over, and says when that of the next one is; `None` where no one is left.
    fn sweep(&self) -> (Vec<Spare>, Option<Instant>) {
        let mut waiting = self.lock();
        let all = std::mem::take(&mut waiting.sessions);
        let (over, left): (Vec<Spare>, Vec<Spare>) =
            all.into_iter().partition(|session| self.is_over(session));
        waiting.sessions = left;
        let next = waiting
            .sessions
            .iter()
            .filter_map(|session| self.end(session))
            .min();
        waiting.is_watched = next.is_some();
        (over, next)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes sessions when their time is over, as long as there are some, and a pool.
fn watch(shelf: &Weak<Shelf>) {
    while let Some(found) = shelf.upgrade() {
        let (over, next) = found.sweep();
        drop((over, found));
        let Some(next) = next else { return };
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}
