//! Sessions that a connection has of a pool, and gives back.

use std::mem;
use std::sync::PoisonError;

use super::Connection;
use crate::database::database::Database;
use crate::database::error::DatabaseError;
use crate::database::pool::Pool;
use crate::database::target::Target;
use crate::work::Interrupt;

impl Connection {
    /// Returns a session: one that waits in a pool, where there is one, or a new one.
    pub(super) fn session_of(
        &self,
        pool: Option<&Pool>,
        target: &Target,
        interrupt: &Interrupt,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        let taken = pool.and_then(|pool| pool.take(self.name(), target));
        let (session, lease) = taken.map_or((None, None), |(session, lease)| (session, Some(lease)));
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease;
        match session {
            Some(session) => Ok(session),
            None => (self.driver.open)(target, interrupt),
        }
    }
}

/// What is left of a session goes back to its pool.
impl Drop for Connection {
    fn drop(&mut self) {
        let lease = self.lease.get_mut().map(mem::take).unwrap_or_default();
        // Nobody knows in the middle of what a panic has left it.
        let session = self.session.get_mut().map(mem::take).unwrap_or_default();
        if let (Some(lease), Some(session)) = (lease, session) {
            lease.give_back(session);
        }
    }
}
