//! [`Client`]: a connection that is made by the first request, and once more where credentials were refused.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::failure::RemoteError;
use super::runtime;
use super::service::{Objects, Service};
use crate::storage::access::Access;
use crate::work::Interrupt;

/// The connection of one mount.
#[derive(Debug)]
pub(super) struct Client {
    service: Arc<dyn Service>,
    access: Access,
    connected: Mutex<Option<Connected>>,
    /// How often it was connected.
    count: AtomicU64,
}

/// What was connected, and its number among all that were.
#[derive(Debug, Clone)]
struct Connected {
    objects: Arc<dyn Objects>,
    number: u64,
    /// Whether a request was answered with these credentials.
    has_worked: bool,
}

impl Client {
    /// Prepares to connect; makes no request.
    pub(super) fn new(service: Arc<dyn Service>, access: Access) -> Self {
        Self {
            service,
            access,
            connected: Mutex::default(),
            count: AtomicU64::new(0),
        }
    }

    /// Returns what it connects to.
    pub(super) fn service(&self) -> &dyn Service {
        &*self.service
    }

    /// Returns what it works with.
    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// Returns the connection, making it if there is none.
    pub(super) fn objects(&self) -> io::Result<Arc<dyn Objects>> {
        Ok(self.connected()?.objects)
    }

    /// Makes a request, once more with a new connection where credentials that were good before are refused.
    ///
    /// Credentials that were never good are looked up again by the next request.
    pub(super) fn ask<T, F>(&self, request: impl Fn(Arc<dyn Objects>) -> F) -> io::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, RemoteError>> + Send + 'static,
    {
        let interrupt = Interrupt::of_thread();
        if interrupt.is_set() {
            return Err(runtime::interrupted());
        }
        loop {
            let connected = self.connected()?;
            let answer = runtime::wait(&interrupt, request(Arc::clone(&connected.objects)))?;
            match answer {
                Ok(answer) => {
                    self.note(connected.number);
                    return Ok(answer);
                }
                Err(error) if error.is_of_credentials() => {
                    self.disconnect(connected.number);
                    if !connected.has_worked {
                        return Err(self.failed(error));
                    }
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// Says where a request failed.
    pub(super) fn failed(&self, mut error: RemoteError) -> io::Error {
        self.service.place().clone_into(&mut error.place);
        error.into_io()
    }

    fn connected(&self) -> io::Result<Connected> {
        // One connects, and the others wait: a person is asked for a password once.
        let mut slot = self.slot();
        if let Some(connected) = slot.as_ref() {
            return Ok(connected.clone());
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let objects = self.service.connect(&self.access).map_err(RemoteError::into_io)?;
        let connected = Connected {
            objects,
            number,
            has_worked: false,
        };
        *slot = Some(connected.clone());
        Ok(connected)
    }

    fn note(&self, number: u64) {
        if let Some(connected) = self
            .slot()
            .as_mut()
            .filter(|connected| connected.number == number)
        {
            connected.has_worked = true;
        }
    }

    /// Forgets a connection, unless another one took its place.
    fn disconnect(&self, number: u64) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|connected| connected.number == number) {
            *slot = None;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Connected>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
