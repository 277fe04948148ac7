//! [`Server`]: the database of PostgreSQL that keeps a store, and how sessions of it are opened.

use std::fmt;
use std::time::{Duration, Instant};

use crate::database::{DatabaseError, OwnSession};
use crate::work::Interrupt;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// Opens a session.
type Connect = Box<dyn Fn(&Interrupt) -> Result<OwnSession, DatabaseError> + Send + Sync>;

/// The database of PostgreSQL that keeps a store.
pub(in crate::schedule) struct Server {
    /// The connection, as `sheaf.ron` names it.
    pub(in crate::schedule) connection: String,
    /// The schema with the store's tables.
    pub(in crate::schedule) schema: String,
    connect: Connect,
}

impl Server {
    /// Takes how sessions are opened; secrets are asked for each time, for they may change.
    pub(in crate::schedule) fn new(
        connection: &str,
        schema: &str,
        connect: impl Fn(&Interrupt) -> Result<OwnSession, DatabaseError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            connection: connection.to_owned(),
            schema: schema.to_owned(),
            connect: Box::new(connect),
        }
    }

    /// Opens a session, in which names are those of the store's schema.
    ///
    /// Whoever stops in the middle of a transaction, or is cut off from the database, does not keep others out for long.
    pub(super) fn connect(&self) -> Result<OwnSession, DatabaseError> {
        let interrupt = within(CONNECTING);
        let session = (self.connect)(&interrupt)?;
        let settings = format!(
            "SET search_path = \"{}\"; SET default_transaction_isolation = 'read committed'; \
             SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '20s'; SET statement_timeout = '60s'",
            self.schema
        );
        session.batch(&settings, &interrupt)?;
        Ok(session)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("connection", &self.connection)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// Returns what stops work that takes longer.
pub(super) fn within(time: Duration) -> Interrupt {
    let interrupt = Interrupt::default();
    let deadline = Instant::now().checked_add(time);
    deadline.map_or_else(|| interrupt.clone(), |deadline| interrupt.until(deadline))
}
