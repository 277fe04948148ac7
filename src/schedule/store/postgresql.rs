//! The store in a database of PostgreSQL, which processes of several machines read and write at the same time.
//!
//! A session is a thread's own: whoever asks waits for it, wherever they are. One that is lost is opened again when something is
//! asked next. A transaction writes down that it was there, so that it can be found out whether it lasts when nobody answers.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::identity::Identity;
use super::postgresql_schema::{self, InSchema};
use super::server::{Server, within};
use super::trouble::Trouble;
use super::value::{Row, values};
use crate::database::{Bound, DatabaseError, OwnSession};
use crate::error::Problem as _;
use crate::work::Interrupt;

/// How long an answer may take; the server itself gives up earlier where it waits for others.
const ANSWERING: Duration = Duration::from_secs(25);
/// How long it is asked whether a transaction lasts whose end was not answered.
const LOOKING: Duration = Duration::from_secs(15);
/// How long saying goodbye may take.
const LEAVING: Duration = Duration::from_millis(500);
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(250);
/// The code of a statement that has waited for others too long.
const LOCKED: &str = "55P03";

/// A session of the database.
pub(super) struct Postgresql {
    /// None once it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// What is done by whoever has the session.
type Job = Box<dyn FnOnce(&mut Seat) + Send>;

/// Who has the session.
struct Seat {
    server: Arc<Server>,
    session: Option<OwnSession>,
    /// How long an answer may take.
    answering: Duration,
    /// Whether a transaction has begun.
    is_writing: bool,
    /// The name by which transactions of this session are known, and how many there were.
    writer: String,
    count: i64,
}

impl Postgresql {
    /// Opens a session and looks at the store of a workspace, which is made where it is missing.
    pub(super) fn open(server: &Arc<Server>, identity: &Identity) -> Result<(Self, InSchema), Trouble> {
        let postgresql = Self::new(server, ANSWERING)?;
        let (schema, identity) = (server.schema.clone(), identity.clone());
        let found = postgresql.call(move |seat| {
            seat.ask(|session, interrupt| {
                postgresql_schema::migrate(session, &schema, (&identity.id, &identity.place), interrupt)
            })
        })??;
        Ok((postgresql, found))
    }

    /// Makes a session of a store that others open; it is opened when something is asked.
    pub(super) fn later(server: &Arc<Server>) -> Result<Self, Trouble> {
        Self::new(server, ANSWERING)
    }

    /// Makes a session of a store that is there; it is opened when something is asked, and `answering` is how long that may take.
    pub(super) fn new(server: &Arc<Server>, answering: Duration) -> Result<Self, Trouble> {
        let (jobs, asked) = channel();
        let mut number = [0_u8; 16];
        getrandom::fill(&mut number).map_err(|error| Trouble::failed(error.to_string()))?;
        let seat = Seat {
            server: Arc::clone(server),
            session: None,
            answering,
            is_writing: false,
            writer: format!("{:032x}", u128::from_ne_bytes(number)),
            count: 0,
        };
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(seat, &asked))
            .map_err(|error| Trouble::failed(format!("there is no thread for it: {error}")))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Seat) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let gone = || Trouble::failed("who speaks with the database has ended");
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |seat| {
            // Whoever asked waits for it.
            let _ = answer.send(job(seat));
        });
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())
    }
}

/// Does what is asked, until nobody can ask any more.
fn work(mut seat: Seat, asked: &Receiver<Job>) {
    while let Ok(job) = asked.recv() {
        job(&mut seat);
    }
    seat.leave();
}

impl Drop for Postgresql {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It says goodbye, for which it takes a moment at most.
            let _ = thread.join();
        }
    }
}

impl Engine for Postgresql {
    fn execute(&mut self, sql: &str, values: &[Bound]) -> Result<u64, Trouble> {
        let (sql, values) = (marked(sql), values.to_vec());
        self.call(move |seat| seat.ask(|session, interrupt| session.execute(&sql, &values, interrupt)))?
    }

    fn query(&mut self, sql: &str, values: &[Bound]) -> Result<Vec<Row>, Trouble> {
        let (sql, values) = (marked(sql), values.to_vec());
        let rows =
            self.call(move |seat| seat.ask(|session, interrupt| session.query(&sql, &values, interrupt)))??;
        Ok(rows.into_iter().map(Row::new).collect())
    }

    fn begin(&mut self) -> Result<(), Trouble> {
        self.call(Seat::begin)?
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.call(Seat::commit)?
    }

    fn rollback(&mut self) {
        // A session that is lost, the server ends by itself.
        let _ = self.call(Seat::rollback);
    }
}

impl Seat {
    /// Asks the database for something, in a session that is opened where there is none.
    fn ask<T>(
        &mut self,
        asked: impl FnOnce(&mut OwnSession, &Interrupt) -> Result<T, DatabaseError>,
    ) -> Result<T, Trouble> {
        let session = match &mut self.session {
            Some(session) => session,
            None if self.is_writing => return Err(away(&DatabaseError::Closed)),
            None => {
                let opened = self.server.connect().map_err(|error| away(&error))?;
                self.session.insert(opened)
            }
        };
        let done = asked(session, &within(self.answering));
        done.map_err(|error| {
            if error.breaks() {
                self.session = None;
                return away(&error);
            }
            refused(&error)
        })
    }

    fn begin(&mut self) -> Result<(), Trouble> {
        if self.is_writing {
            self.rollback();
        }
        self.count += 1;
        let sql = format!(
            "BEGIN; SELECT 1 FROM counters WHERE name = 'changes' FOR UPDATE; \
             INSERT INTO writers VALUES ('{name}', {count}, {now}) \
             ON CONFLICT (name) DO UPDATE SET latest = excluded.latest, written_at = excluded.written_at",
            name = self.writer,
            count = self.count,
            now = postgresql_schema::NOW,
        );
        let begun = self.ask(|session, interrupt| session.batch(&sql, interrupt));
        self.is_writing = true;
        if begun.is_err() {
            self.rollback();
        }
        begun
    }

    fn rollback(&mut self) {
        if self.is_writing && self.session.is_some() {
            let undone = self.ask(|session, interrupt| session.batch("ROLLBACK", interrupt));
            if undone.is_err() {
                self.session = None;
            }
        }
        self.is_writing = false;
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        let was_open = self.session.is_some();
        let done = self.ask(|session, interrupt| session.batch("COMMIT", interrupt));
        self.is_writing = false;
        match done {
            Err(Trouble::Away { reason, .. }) if was_open => self.look_up(&reason),
            done => done,
        }
    }

    /// Forgets what its transactions are known by; of a process that is killed, others do.
    fn leave(&mut self) {
        let writer = self.writer.clone();
        if let Some(session) = self
            .session
            .as_mut()
            .filter(|_| self.count > 0 && !self.is_writing)
        {
            let forget = "DELETE FROM writers WHERE name = $1";
            let _ = session.execute(forget, values![writer], &within(LEAVING));
        }
    }

    /// Finds out whether the last transaction lasts.
    fn look_up(&mut self, lost: &str) -> Result<(), Trouble> {
        let began = Instant::now();
        loop {
            let (writer, count) = (self.writer.clone(), self.count);
            let sql = "SELECT latest FROM writers WHERE name = $1";
            let found = self.ask(|session, interrupt| {
                // Where the server has yet to end it, this waits for that.
                session.batch(
                    "BEGIN; SELECT 1 FROM counters WHERE name = 'changes' FOR UPDATE",
                    interrupt,
                )?;
                let found = session.query(sql, values![writer], interrupt)?;
                session.batch("COMMIT", interrupt)?;
                Ok(found)
            });
            match found {
                Ok(rows) => {
                    let latest = rows.first().and_then(|row| row.first());
                    return if matches!(latest, Some(Bound::Integer(latest)) if *latest >= count) {
                        Ok(())
                    } else {
                        Err(Trouble::Away {
                            reason: lost.to_owned(),
                            hint: None,
                            may_pass: true,
                        })
                    };
                }
                Err(_) if began.elapsed() < LOOKING => thread::sleep(PAUSE),
                Err(_) => return Err(Trouble::Unanswered(lost.to_owned())),
            }
        }
    }
}

fn away(error: &DatabaseError) -> Trouble {
    match error {
        // What is not allowed does not become so by asking again.
        DatabaseError::Secret(_) | DatabaseError::Address(_) | DatabaseError::Usage { .. } => refused(error),
        DatabaseError::Interrupted => Trouble::Away {
            reason: "it does not answer".to_owned(),
            hint: None,
            may_pass: true,
        },
        DatabaseError::Connect { hint, is_away, .. } => Trouble::Away {
            reason: error.to_string(),
            hint: Some(hint.clone()),
            may_pass: *is_away,
        },
        error => Trouble::Away {
            reason: error.to_string(),
            hint: None,
            may_pass: true,
        },
    }
}

fn refused(error: &DatabaseError) -> Trouble {
    match error {
        DatabaseError::Refused { code: Some(code), .. } if code == LOCKED => {
            Trouble::failed("another process has held its lock for 20 seconds")
        }
        DatabaseError::Rows(reason) => Trouble::Damaged(reason.clone()),
        error => Trouble::Failed {
            reason: error.to_string(),
            hint: error.hint(),
        },
    }
}

/// Writes the marks of a statement as PostgreSQL has them; none of ours has a question mark in a text.
fn marked(sql: &str) -> String {
    sql.replace('?', "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_written_as_the_server_has_them() {
        assert_eq!(
            marked("UPDATE t SET a = ?2 WHERE b = ?1"),
            "UPDATE t SET a = $2 WHERE b = $1"
        );
    }
}
