//! [`Runs`]: the store of runs, open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::engine::{Dialogue, Engine};
use super::identity::Identity;
use super::postgresql::Postgresql;
use super::postgresql_schema;
use super::schema::{Found, VERSION};
use super::server::Server;
use super::sqlite::Sqlite;
use super::trouble::Trouble;
use super::turns::Turns;
use super::value::values;
use crate::schedule::error::ScheduleError;
use crate::schedule::owner::Owner;
use crate::schedule::store_name::StoreName;

/// How long to wait before a database that is away is asked again.
const PAUSE: Duration = Duration::from_millis(200);
/// How long it is asked, where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// The store of runs, open; copies share one session.
#[derive(Clone)]
pub struct Runs {
    name: Arc<StoreName>,
    engine: Arc<Mutex<Box<dyn Engine>>>,
    turns: Arc<Turns>,
    place: Place,
    /// How long a database that is away is asked again.
    patience: Duration,
    /// Who writes: nothing of one whom others have taken for dead is kept.
    acting: Option<Arc<Acting>>,
    /// How many writes are still done.
    #[cfg(test)]
    left: Arc<Mutex<Option<u32>>>,
}

/// Where a store is, for what is beside it.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A file.
    File(Arc<PathBuf>),
    /// A database.
    Server(Arc<Server>),
}

/// How something is written.
#[derive(Debug, Clone, Copy, Default)]
struct Manner {
    /// Whether it lasts when it is done, also through a loss of power.
    is_lasting: bool,
    /// Whether it comes before what others write.
    is_first: bool,
}

/// Who writes.
#[derive(Debug)]
struct Acting {
    owner: String,
    fence: Option<i64>,
}

impl Runs {
    /// The store's file in a workspace's private folder.
    pub const FILE: &'static str = "runs.db";

    /// Opens a store that is a file, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, is damaged or no store of runs, or a newer Sheaf has written it; it is left as it is.
    pub fn open(path: &Path) -> Result<Self, ScheduleError> {
        let name = StoreName::File(path.to_owned());
        let (engine, found) = Sqlite::open(path).map_err(|trouble| failure(&name, "opened", trouble))?;
        match found {
            Found::Store => Ok(Self::of(
                name,
                Box::new(engine),
                Place::File(Arc::new(path.to_owned())),
            )),
            Found::Newer(found) => Err(ScheduleError::Newer {
                store: name,
                found,
                known: VERSION,
            }),
            Found::Foreign => Err(ScheduleError::Damaged {
                store: name,
                reason: "it is a database of something else".to_owned(),
            }),
        }
    }

    /// Opens the store of a workspace in a database, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// The database cannot be reached, what is there is no store of runs or another workspace's, or a newer Sheaf has made it.
    pub(in crate::schedule) fn open_in(server: Server, identity: &Identity) -> Result<Self, ScheduleError> {
        let store = StoreName::Database {
            connection: server.connection.clone(),
            schema: server.schema.clone(),
        };
        let server = Arc::new(server);
        let (engine, found) =
            Postgresql::open(&server, identity).map_err(|trouble| failure(&store, "opened", trouble))?;
        match found {
            postgresql_schema::InSchema::Store => {
                Ok(Self::of(store, Box::new(engine), Place::Server(server)))
            }
            postgresql_schema::InSchema::Newer(found) => Err(ScheduleError::Newer {
                store,
                found,
                known: postgresql_schema::VERSION,
            }),
            postgresql_schema::InSchema::Foreign => Err(ScheduleError::Damaged {
                store,
                reason: "it has tables of something else".to_owned(),
            }),
            postgresql_schema::InSchema::Other { id, place } => Err(ScheduleError::OtherWorkspace {
                store,
                id,
                place,
                file: identity.file.clone(),
            }),
        }
    }

    /// Takes a store in a database that others have opened, or will; it is connected to when something is asked.
    pub(in crate::schedule) fn open_later(server: Server) -> Result<Self, ScheduleError> {
        let store = StoreName::Database {
            connection: server.connection.clone(),
            schema: server.schema.clone(),
        };
        let server = Arc::new(server);
        let engine = Postgresql::later(&server).map_err(|trouble| failure(&store, "opened", trouble))?;
        Ok(Self::of(store, Box::new(engine), Place::Server(server)))
    }

    fn of(name: StoreName, engine: Box<dyn Engine>, place: Place) -> Self {
        Self {
            name: Arc::new(name),
            engine: Arc::new(Mutex::new(engine)),
            turns: Arc::default(),
            place,
            patience: PATIENCE,
            acting: None,
            #[cfg(test)]
            left: Arc::default(),
        }
    }

    /// Returns which store it is, for people.
    pub fn name(&self) -> &StoreName {
        &self.name
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the same store for this process as one that runs runs: when others have taken it for dead, it writes nothing more.
    #[must_use]
    pub fn acting_as(&self, owner: &Owner) -> Self {
        Self {
            acting: Some(Arc::new(Acting {
                owner: owner.name().to_owned(),
                fence: owner.fence(),
            })),
            ..self.clone()
        }
    }

    /// Returns the same store for who asks a database again, so long, when it is away.
    #[must_use]
    pub(super) fn with_patience(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Returns whether it cannot be used any more: it is a file, and opening it again does not help.
    pub(in crate::schedule) fn is_lost(&self) -> bool {
        match &self.place {
            Place::File(path) => Self::open(path).is_err(),
            Place::Server(_) => false,
        }
    }

    /// Puts in order what the store's database keeps for itself, where much of that has come together; for when nothing else is done.
    pub(in crate::schedule) fn tidy(&self) -> Result<(), ScheduleError> {
        self.patiently("written", || self.lock().tidy())
    }

    /// Reads.
    pub(super) fn read<T>(
        &self,
        mut work: impl FnMut(&Dialogue<'_>) -> Result<T, Trouble>,
    ) -> Result<T, ScheduleError> {
        self.patiently("read", || {
            let mut engine = self.lock();
            work(&Dialogue::new(&mut **engine))
        })
    }

    /// Writes in one transaction, which lasts when this returns.
    ///
    /// The lock for writing is taken first: what the work reads is not changed by another process before it writes. Where a
    /// connection is lost before the end, nothing was changed, and the work is done once more.
    pub(super) fn write<T>(
        &self,
        mut work: impl FnMut(&Dialogue<'_>) -> Result<T, Trouble>,
    ) -> Result<T, ScheduleError> {
        self.write_or(|transaction| work(transaction).map(Ok))
            .and_then(|done| done)
    }

    /// Writes in one transaction, which outlasts this process when this returns, and a loss of power when anything does that is
    /// written later.
    pub(super) fn write_soon<T>(
        &self,
        mut work: impl FnMut(&Dialogue<'_>) -> Result<T, Trouble>,
    ) -> Result<T, ScheduleError> {
        self.transact(Manner::default(), |transaction| work(transaction).map(Ok))
            .and_then(|done| done)
    }

    /// Writes that something begins in one transaction, before others write how something went; `is_lasting` where it lasts when
    /// this returns, as by [`write`](Self::write), and not as by [`write_soon`](Self::write_soon).
    pub(super) fn write_first<T>(
        &self,
        is_lasting: bool,
        mut work: impl FnMut(&Dialogue<'_>) -> Result<T, Trouble>,
    ) -> Result<T, ScheduleError> {
        let manner = Manner {
            is_lasting,
            is_first: true,
        };
        self.transact(manner, |transaction| work(transaction).map(Ok))
            .and_then(|done| done)
    }

    /// Writes in one transaction that the work may refuse: nothing is changed then.
    pub(super) fn write_or<T>(
        &self,
        work: impl FnMut(&Dialogue<'_>) -> Result<Result<T, ScheduleError>, Trouble>,
    ) -> Result<Result<T, ScheduleError>, ScheduleError> {
        let manner = Manner {
            is_lasting: true,
            is_first: false,
        };
        self.transact(manner, work)
    }

    /// Does it in one transaction, and waits until it lasts where that is asked for.
    fn transact<T>(
        &self,
        manner: Manner,
        mut work: impl FnMut(&Dialogue<'_>) -> Result<Result<T, ScheduleError>, Trouble>,
    ) -> Result<Result<T, ScheduleError>, ScheduleError> {
        #[cfg(test)]
        self.write_left()?;
        self.patiently("written", || {
            let turn = self.turns.take(manner.is_first);
            let mut engine = self.lock();
            engine.begin()?;
            let session = Dialogue::new(&mut **engine);
            let done = self.check(&session).and_then(|()| work(&session));
            if matches!(done, Ok(Ok(_))) {
                engine.commit()?;
                let pending = engine.pending().filter(|_| manner.is_lasting);
                // Others write while this waits.
                drop(engine);
                drop(turn);
                if let Some(pending) = pending {
                    pending
                        .wait()
                        .map_err(|error| Trouble::failed(error.to_string()))?;
                }
            } else {
                engine.rollback();
            }
            done
        })
    }

    /// Refuses to write for a process that others have taken for dead.
    fn check(&self, session: &Dialogue<'_>) -> Result<(), Trouble> {
        let (Some(acting), Place::Server(_)) = (&self.acting, &self.place) else {
            return Ok(());
        };
        let lives: i64 = session.one(
            "SELECT count(*) FROM owners WHERE name = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR EXISTS \
                 (SELECT 1 FROM lease WHERE holder = ?1 AND fence = CAST(?2 AS BIGINT)))",
            values![acting.owner, acting.fence],
        )?;
        if lives == 0 {
            return Err(Trouble::Deposed);
        }
        Ok(())
    }

    /// Tries again for a while what a database that is away has not done.
    fn patiently<T>(
        &self,
        done: &'static str,
        mut work: impl FnMut() -> Result<T, Trouble>,
    ) -> Result<T, ScheduleError> {
        let began = Instant::now();
        let mut is_first = true;
        loop {
            match work() {
                // A session that was lost meanwhile is opened again at once.
                Err(Trouble::Away { .. }) if is_first => is_first = false,
                Err(Trouble::Away { .. }) if began.elapsed() < self.patience => thread::sleep(PAUSE),
                result => return result.map_err(|trouble| failure(&self.name, done, trouble)),
            }
        }
    }

    /// Lets every write fail but for the next ones, as if the process had been killed behind them.
    #[cfg(test)]
    pub(in crate::schedule) fn break_after(&self, writes: u32) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(writes);
    }

    #[cfg(test)]
    fn write_left(&self) -> Result<(), ScheduleError> {
        match &mut *self.left.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(0) => Err(ScheduleError::Store {
                store: self.name().clone(),
                done: "written",
                reason: "the process was killed".to_owned(),
                hint: None,
            }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Engine>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Runs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runs")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

pub(super) fn failure(store: &StoreName, done: &'static str, trouble: Trouble) -> ScheduleError {
    let store = store.clone();
    match trouble {
        Trouble::Damaged(reason) => ScheduleError::Damaged { store, reason },
        Trouble::Failed { reason, hint } => ScheduleError::Store {
            store,
            done,
            reason,
            hint,
        },
        Trouble::Away {
            reason,
            hint,
            may_pass,
        } => ScheduleError::Away {
            store,
            reason,
            hint,
            may_pass,
        },
        Trouble::Unanswered(reason) => ScheduleError::Unanswered { store, reason },
        Trouble::Deposed => ScheduleError::Deposed,
    }
}

/// Returns a time as it is stored.
pub(super) fn stored(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// Returns a stored time.
pub(super) fn time(millis: i64) -> Result<DateTime<Utc>, Trouble> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable(format!("{millis} is not a time")))
}

/// Returns a stored time where there is one.
pub(super) fn time_or_none(millis: Option<i64>) -> Result<Option<DateTime<Utc>>, Trouble> {
    millis.map(time).transpose()
}

/// Returns a stored number that is not below zero.
pub(super) fn natural(number: i64) -> u64 {
    number.unsigned_abs()
}

/// Returns stored JSON.
pub(super) fn json(text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
}

/// Says that something in the store cannot be read.
pub(super) fn unreadable(reason: String) -> Trouble {
    Trouble::Damaged(reason)
}

/// Counts a change, and returns its number, which those who watch go by.
pub(super) fn next_change(session: &Dialogue<'_>) -> Result<i64, Trouble> {
    session.one(
        "UPDATE counters SET value = value + 1 WHERE name = 'changes' RETURNING value",
        &[],
    )
}

/// Marks a run as changed, for those who watch.
pub(super) fn changed(session: &Dialogue<'_>, run: &str) -> Result<(), Trouble> {
    let sequence = next_change(session)?;
    session.execute(
        "UPDATE runs SET changed = ?2 WHERE id = ?1",
        values![run, sequence],
    )?;
    Ok(())
}

/// Returns a run's status, where there is such a run.
pub(super) fn status_of(session: &Dialogue<'_>, run: &str) -> Result<Option<String>, Trouble> {
    session.row("SELECT status FROM runs WHERE id = ?1", values![run], |row| {
        row.get(0)
    })
}
