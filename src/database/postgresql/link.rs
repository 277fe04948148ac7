//! [`Link`]: an open connection, and how work on it is waited for and stopped.
//!
//! The runtime runs on the thread that waits, and only while it waits: nothing is left behind when a session ends. Rows are
//! made, and handed over, outside of it, because whoever makes them may have a runtime of its own.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::failure;
use super::tls::Tls;
use crate::database::error::DatabaseError;
use crate::database::server::dial;
use crate::work::Interrupt;

/// How often waiting work looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);
/// How long the server may take to say that it has stopped.
const STOPPING: Duration = Duration::from_secs(2);
/// How long saying goodbye may take.
const CLOSING: Duration = Duration::from_millis(500);

/// How long to wait before looking again whether a connection has ended.
const ENDING: Duration = Duration::from_millis(5);

/// An open connection.
pub(super) struct Link {
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
    open: Option<Open>,
}

/// A client, and what belongs to it.
pub(super) struct Open {
    pub(super) client: Client,
    /// What reads and writes for the client.
    pub(super) pump: JoinHandle<()>,
    /// Why it ended.
    pub(super) ended: Arc<OnceLock<String>>,
    /// Where it is connected to, to ask there for a stop.
    pub(super) server: SocketAddr,
    pub(super) tls: Option<Tls>,
    /// The schemas in which names are looked up, where the address says some.
    pub(super) path: Option<String>,
}

impl Link {
    /// Opens a session by `connect`, which is stopped when the interrupt is set.
    pub(super) fn new(
        interrupt: &Interrupt,
        connect: impl Future<Output = Result<Open, DatabaseError>>,
    ) -> Result<Self, DatabaseError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| failure::broken(&format!("nothing can wait for it: {error}")))?;
        let mut session = Self {
            runtime: Some(runtime),
            open: None,
        };
        let opened = session.wait(interrupt, connect);
        session.open = Some(opened.unwrap_or(Err(DatabaseError::Interrupted))?);
        Ok(session)
    }

    /// Returns the client, for work that is handed to [`Link::run`].
    ///
    /// # Errors
    ///
    /// The session is over.
    pub(super) fn client(&self) -> Result<&Client, DatabaseError> {
        let open = self
            .open
            .as_ref()
            .ok_or_else(|| failure::broken("it was stopped before"))?;
        Ok(&open.client)
    }

    /// Returns the schemas in which names are looked up, where the address says some.
    pub(super) fn path(&self) -> Option<&str> {
        self.open.as_ref()?.path.as_deref()
    }

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
        match self.wait(interrupt, work) {
            // The work is gone, and what was asked is still going on.
            None => {
                self.stop();
                Err(DatabaseError::Interrupted)
            }
            Some(Err(error)) if error.breaks() => Err(self.explained(error)),
            Some(result) => result,
        }
    }

    /// Waits for work that changes something; when the interrupt is set, the server is asked to stop it, and its answer says
    /// whether it has: one that came too late is what the work did.
    ///
    /// # Errors
    ///
    /// Those of the work; that no answer came is one of them, as `lost` says it.
    pub(super) fn finish<T>(
        &self,
        interrupt: &Interrupt,
        work: impl Future<Output = Result<T, DatabaseError>>,
        lost: impl FnOnce() -> DatabaseError,
    ) -> Result<T, DatabaseError> {
        let Some(open) = self.open.as_ref().filter(|_| !interrupt.is_set()) else {
            return Err(DatabaseError::Interrupted);
        };
        let waited = self.block_on(async {
            let mut work = pin!(work);
            while !interrupt.is_set() {
                if let Ok(result) = timeout(POLL, &mut work).await {
                    return Some(result);
                }
            }
            let _ = timeout(STOPPING, cancel(open)).await;
            timeout(STOPPING, work).await.ok()
        });
        match waited.flatten() {
            Some(Err(DatabaseError::Refused { code, .. }))
                if interrupt.is_set() && code.as_deref() == Some(failure::STOPPED) =>
            {
                Err(DatabaseError::Interrupted)
            }
            Some(Err(error)) if error.breaks() => Err(self.explained(error)),
            Some(result) => result,
            None => Err(lost()),
        }
    }

    /// Stops what the server does, and waits until it has: the session can be used again afterwards.
    pub(super) fn stop(&self) {
        let Some(open) = &self.open else { return };
        self.block_on(async {
            let stopped = timeout(STOPPING, async {
                cancel(open).await;
                // It answers what comes next when it is done with what was before.
                let _ = open.client.simple_query("").await;
            });
            let _ = stopped.await;
        });
    }

    /// Waits for what ends a piece of work, for a short time; nobody stops that. `None` where there is no answer.
    pub(super) fn settle<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.block_on(async { timeout(STOPPING, work).await.ok() })
            .flatten()
    }

    /// Waits for work; `None` where it was stopped.
    fn wait<T>(&self, interrupt: &Interrupt, work: impl Future<Output = T>) -> Option<T> {
        let work = async {
            let mut work = pin!(work);
            while !interrupt.is_set() {
                if let Ok(result) = timeout(POLL, &mut work).await {
                    return Some(result);
                }
            }
            None
        };
        self.block_on(work).flatten()
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(work))
    }

    /// Adds what the connection itself says about its end, where a client only knows that it is over.
    fn explained(&self, error: DatabaseError) -> DatabaseError {
        let is_bare = matches!(&error, DatabaseError::Broken { reason, .. } if reason == failure::CLOSED);
        let Some(open) = self.open.as_ref().filter(|_| is_bare) else {
            return error;
        };
        self.block_on(async {
            let ended = async {
                while !open.pump.is_finished() {
                    sleep(ENDING).await;
                }
            };
            let _ = timeout(CLOSING, ended).await;
        });
        open.ended.get().map_or(error, |reason| failure::broken(reason))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        if let Some(Open { client, pump, .. }) = self.open.take() {
            // Without a client, the pump says goodbye and ends.
            drop(client);
            runtime.block_on(async {
                let abort = pump.abort_handle();
                if timeout(CLOSING, pump).await.is_err() {
                    abort.abort();
                }
            });
        }
        // A name that is still looked up is not waited for.
        runtime.shutdown_background();
    }
}

/// Asks the server to stop what it does, and waits until it has passed that on: what is asked next is not stopped by it.
async fn cancel(open: &Open) {
    let Ok(stream) = dial(open.server).await else {
        return;
    };
    let Ok(stream) = stream.into_std() else { return };
    let Ok(copy) = stream.try_clone() else { return };
    let (Ok(stream), Ok(copy)) = (TcpStream::from_std(stream), TcpStream::from_std(copy)) else {
        return;
    };
    let token = open.client.cancel_token();
    let asked = match open.tls.clone() {
        Some(tls) => token.cancel_query_raw(stream, tls).await,
        None => token.cancel_query_raw(stream, tokio_postgres::NoTls).await,
    };
    if asked.is_err() {
        return;
    }
    // The server closes this connection once the other one has been told.
    let mut rest = [0; 256];
    while copy.readable().await.is_ok() {
        match copy.try_read(&mut rest) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}
