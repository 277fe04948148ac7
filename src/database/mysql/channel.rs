//! [`Channel`]: an open connection, and how work on it is waited for and stopped.
//!
//! The runtime runs on the thread that waits, and only while it waits: nothing is left behind when a session ends. A
//! statement is stopped by a second connection, as the protocol has it; the first one then says that it was.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::join;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::failure::{broken, of};
use crate::database::error::DatabaseError;
use crate::database::server::until_unwanted;
use crate::work::Interrupt;

/// How long the server may take to stop.
pub(super) const STOPPING: Duration = Duration::from_secs(2);
/// How long to wait before the server is asked again: it may not have begun when it was asked first.
const AGAIN: Duration = Duration::from_millis(30);
/// How long the server may take to undo what was written.
pub(super) const UNDOING: Duration = Duration::from_mins(1);
/// How long saying goodbye may take.
const CLOSING: Duration = Duration::from_millis(500);

/// An open connection.
pub(super) struct Channel {
    waiter: Waiter,
    open: Option<Conn>,
}

/// What waits for work on a connection, and stops it.
pub(super) struct Waiter {
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
    /// Where a second connection goes, and as whom.
    opts: Opts,
    /// The number that the server has for the session.
    id: u32,
    /// Whether work was left in its middle, after which nobody knows what the server says next.
    is_lost: Cell<bool>,
}

impl Channel {
    /// Opens a session by `connect`, which is stopped when the interrupt is set.
    pub(super) fn new(
        interrupt: &Interrupt,
        connect: impl Future<Output = Result<(Conn, Opts), DatabaseError>>,
    ) -> Result<Self, DatabaseError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| broken(format!("nothing can wait for it: {error}")))?;
        let opened = runtime.block_on(until_unwanted(interrupt, connect));
        let (conn, opts) = opened.unwrap_or(Err(DatabaseError::Interrupted))?;
        Ok(Self {
            waiter: Waiter {
                runtime: Some(runtime),
                opts,
                id: conn.id(),
                is_lost: Cell::new(false),
            },
            open: Some(conn),
        })
    }

    /// Returns what waits, and the connection for what it waits for.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub(super) fn parts(&mut self) -> Result<(&Waiter, &mut Conn), DatabaseError> {
        let is_over = self.waiter.is_lost.get();
        match &mut self.open {
            Some(conn) if !is_over && !conn.is_disconnected() => Ok((&self.waiter, conn)),
            _ => Err(broken("it was lost before".to_owned())),
        }
    }

    /// Waits for work on the connection; when the interrupt is set, the server is asked to stop it.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn run<T>(
        &mut self,
        interrupt: &Interrupt,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let (waiter, conn) = self.parts()?;
        let done = waiter.run(interrupt, work(conn));
        if matches!(done, Err(DatabaseError::Interrupted)) {
            self.absorb();
        }
        done
    }

    /// Stops what is still going on, and takes what was asked for and is for nobody; returns whether the session can be
    /// used afterwards.
    pub(super) fn stop(&mut self) -> bool {
        let Ok((waiter, conn)) = self.parts() else {
            return false;
        };
        waiter.stop(async {
            // The first answer may be that of what was stopped.
            let _ = conn.ping().await;
        });
        self.absorb()
    }

    /// Has something stopped that does nothing: a wish to stop that comes late is for what is asked next.
    fn absorb(&mut self) -> bool {
        let asked = self.settle(STOPPING, async |conn| {
            let _ = conn.query_drop("DO 0").await;
            let _ = conn.query_drop("DO 0").await;
            conn.query_drop("DO 0").await.map_err(of)
        });
        asked.is_ok()
    }

    /// Waits for work that nothing stops, but no longer than `patience`.
    ///
    /// # Errors
    ///
    /// Those of the work; it takes too long.
    pub(super) fn settle<T>(
        &mut self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let (waiter, conn) = self.parts()?;
        let done = waiter.settle(patience, work(conn));
        done.unwrap_or_else(|| Err(broken("it did not answer in time".to_owned())))
    }
}

impl Waiter {
    /// Waits for work; when the interrupt is set, the server is asked to stop it.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn run<T>(
        &self,
        interrupt: &Interrupt,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        let mut work = pin!(work);
        let done = self.block_on(until_unwanted(interrupt, &mut work));
        done.flatten().unwrap_or_else(|| match self.stop(work) {
            // What was stopped too late was done.
            Some(Ok(done)) => Ok(done),
            _ => Err(DatabaseError::Interrupted),
        })
    }

    /// Has the server stop what `work` waits for, until that has ended; returns how it did.
    fn stop<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let done = Cell::new(None);
        let is_done = Cell::new(false);
        let working = async {
            done.set(Some(work.await));
            is_done.set(true);
        };
        let stopping = async {
            while !is_done.get() {
                self.kill().await;
                sleep(AGAIN).await;
            }
        };
        // In this order: work that always finds something to read uses up what both may do at once.
        let stopped = self.block_on(async { timeout(STOPPING, join(stopping, working)).await });
        if !matches!(stopped, Some(Ok(_))) {
            self.is_lost.set(true);
        }
        done.take()
    }

    /// Waits for work for some time; `None` where that was too short.
    fn settle<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
        let done = self.block_on(async { timeout(patience, work).await.ok() });
        let done = done.flatten();
        if done.is_none() {
            self.is_lost.set(true);
        }
        done
    }

    /// Asks the server to stop what the session does.
    async fn kill(&self) {
        let Ok(mut second) = Conn::new(self.opts.clone()).await else {
            return;
        };
        let _ = second.query_drop(format!("KILL QUERY {}", self.id)).await;
        let _ = second.disconnect().await;
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(work))
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let Some(runtime) = self.waiter.runtime.take() else {
            return;
        };
        if let Some(conn) = self.open.take() {
            let is_lost = self.waiter.is_lost.get();
            runtime.block_on(async {
                if is_lost || conn.is_disconnected() {
                    drop(conn);
                } else {
                    let _ = timeout(CLOSING, conn.disconnect()).await;
                }
            });
        }
        // A name that is still looked up is not waited for.
        runtime.shutdown_background();
    }
}
