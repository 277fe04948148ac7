//! [`Dialogue`]: an open connection, and how work on it is waited for and stopped.
//!
//! The runtime runs on the thread that waits, and only while it waits: nothing is left behind when a session ends. A
//! statement is stopped through the same connection, which the server looks at while it works.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tiberius::Client;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::failure::{broken, of};
use super::pipe::{Ear, Pipe};
use crate::database::error::DatabaseError;
use crate::database::server::until_unwanted;
use crate::work::Interrupt;

/// How long the server may take to stop; what a statement has changed is undone meanwhile.
pub(super) const STOPPING: Duration = Duration::from_secs(5);
/// How long the server may take to undo what was written.
pub(super) const UNDOING: Duration = Duration::from_mins(1);
/// How long saying goodbye may take.
const CLOSING: Duration = Duration::from_millis(500);

/// An open connection.
pub(super) struct Dialogue {
    listener: Listener,
    open: Option<Client<Pipe>>,
    /// Whether work was left in its middle, after which nobody knows what the server says next.
    is_lost: bool,
}

/// A client, and what it hears.
pub(super) struct Established {
    pub(super) client: Client<Pipe>,
    pub(super) ear: Ear,
}

/// What waits for work on a connection, and knows what the server says.
pub(super) struct Listener {
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
    pub(super) ear: Ear,
}

impl Dialogue {
    /// Opens a session by `connect`, which is stopped when the interrupt is set.
    pub(super) fn new(
        interrupt: &Interrupt,
        connect: impl Future<Output = Result<Established, DatabaseError>>,
    ) -> Result<Self, DatabaseError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| broken(format!("nothing can wait for it: {error}")))?;
        let opened = runtime.block_on(until_unwanted(interrupt, connect));
        let Established { client, ear } = opened.unwrap_or(Err(DatabaseError::Interrupted))?;
        Ok(Self {
            listener: Listener {
                runtime: Some(runtime),
                ear,
            },
            open: Some(client),
            is_lost: false,
        })
    }

    /// Returns what waits, and the client for what it waits for.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub(super) fn parts(&mut self) -> Result<(&Listener, &mut Client<Pipe>), DatabaseError> {
        match &mut self.open {
            Some(client) if !self.is_lost => Ok((&self.listener, client)),
            _ => Err(broken("it was lost before")),
        }
    }

    /// Waits for work that only looks; when the interrupt is set, the server is asked to stop it.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn run<T>(
        &mut self,
        interrupt: &Interrupt,
        work: impl AsyncFnOnce(&mut Client<Pipe>) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let (listener, client) = self.parts()?;
        let done = listener.run(interrupt, work(client));
        if matches!(done, Err(DatabaseError::Interrupted)) {
            self.stop();
        }
        done
    }

    /// Waits for work that changes something, and returns its result with how many rows the last statement has changed.
    ///
    /// When the interrupt is set, the server is asked to stop it, and its answer says whether it has: where it came too
    /// late, the work was done.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn finish<T>(
        &mut self,
        interrupt: &Interrupt,
        work: impl AsyncFnOnce(&mut Client<Pipe>) -> Result<T, DatabaseError>,
    ) -> Result<(T, Option<u64>), DatabaseError> {
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        let (listener, client) = self.parts()?;
        let (done, is_stopped, changed) = listener.finish(interrupt, work(client));
        match done {
            None => {
                self.is_lost = true;
                Err(DatabaseError::Interrupted)
            }
            Some(_) if is_stopped => Err(DatabaseError::Interrupted),
            Some(done) => {
                self.is_lost |= matches!(done, Err(DatabaseError::Broken { .. }));
                done.map(|done| (done, changed))
            }
        }
    }

    /// Stops what is still going on, and takes what was asked for and is for nobody; returns whether the session can be
    /// used afterwards.
    pub(super) fn stop(&mut self) -> bool {
        let Ok((listener, _)) = self.parts() else {
            return false;
        };
        listener.ear.heard().want_stop();
        // Before it is sent, what is left of the answer before it is taken.
        let asked = self.settle(STOPPING, async |client| {
            let left = client.simple_query("SELECT 1 AS one").await.map_err(of)?;
            left.into_results().await.map_err(of)
        });
        self.listener.ear.heard().forget_stop();
        self.is_lost |= asked.is_err();
        !self.is_lost
    }

    /// Makes the session what it was when it was opened, and runs what is run then; returns whether it is.
    ///
    /// No transaction is open: its end would not be heard of.
    pub(super) fn reset(&mut self, prepare: &str) -> bool {
        let Ok((listener, _)) = self.parts() else {
            return false;
        };
        listener.ear.heard().want_reset();
        self.settle(UNDOING, async |client| {
            let prepared = client.simple_query(prepare).await.map_err(of)?;
            prepared.into_results().await.map_err(of)
        })
        .is_ok()
    }

    /// Waits for work that nothing stops, but no longer than `patience`.
    ///
    /// # Errors
    ///
    /// Those of the work; it takes too long.
    pub(super) fn settle<T>(
        &mut self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut Client<Pipe>) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let (listener, client) = self.parts()?;
        let done = listener.block_on(async { timeout(patience, work(client)).await.ok() });
        done.flatten().unwrap_or_else(|| {
            self.is_lost = true;
            Err(broken("it did not answer in time"))
        })
    }
}

impl Listener {
    /// Waits for work; when the interrupt is set, it is dropped, and whoever wanted it has the server stop.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn run<T>(
        &self,
        interrupt: &Interrupt,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let done = self.block_on(until_unwanted(interrupt, work)).flatten();
        done.unwrap_or(Err(DatabaseError::Interrupted))
    }

    /// Waits for work, and when the interrupt is set, asks the server to stop it and waits for what it says; returns the
    /// result of the work, whether the server has stopped it, and how many rows the last statement has changed.
    fn finish<T>(
        &self,
        interrupt: &Interrupt,
        work: impl Future<Output = T>,
    ) -> (Option<T>, bool, Option<u64>) {
        let mut work = pin!(work);
        let mut done = self.block_on(until_unwanted(interrupt, &mut work)).flatten();
        let is_wanted = done.is_some();
        if !is_wanted {
            self.ear.heard().want_stop();
            done = self
                .block_on(async { timeout(STOPPING, &mut work).await.ok() })
                .flatten();
        }
        let mut heard = self.ear.heard();
        heard.forget_stop();
        (done, !is_wanted && heard.has_stopped(), heard.changed())
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(work))
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        let Some(runtime) = self.listener.runtime.take() else {
            return;
        };
        if let Some(client) = self.open.take() {
            let is_lost = self.is_lost;
            runtime.block_on(async {
                if is_lost {
                    drop(client);
                } else {
                    let _ = timeout(CLOSING, client.close()).await;
                }
            });
        }
        // A name that is still looked up is not waited for.
        runtime.shutdown_background();
    }
}
