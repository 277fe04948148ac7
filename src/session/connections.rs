//! [`Connections`]: the named connections of a session: what `sheaf.ron` says of them, and those that are in use.
//!
//! A named connection is one session of its database, whichever cell opens it: a temporary table of one cell is there in
//! the next. Cells that only ask may run at the same time; on one connection they ask one after the other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::database::{Connection, DatabaseError};
use crate::secret::Sendings;
use crate::workspace::ConnectionDefinition;

/// The named connections of a session; a clone shares them.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    definitions: Arc<BTreeMap<String, ConnectionDefinition>>,
    /// Those that cells use; their sessions end with the session of the cells, or when a cell closes them.
    used: Arc<Mutex<Vec<Arc<Connection>>>>,
    /// Whether nothing lasts of what is done in them.
    is_rehearsal: bool,
}

impl Connections {
    /// Takes what `sheaf.ron` says.
    pub fn new(definitions: BTreeMap<String, ConnectionDefinition>) -> Self {
        Self {
            definitions: Arc::new(definitions),
            used: Arc::default(),
            is_rehearsal: false,
        }
    }

    /// Lets nothing last of what is done in these connections: each database has one session for all who use it, and all of it is
    /// undone when the last one ends.
    #[must_use]
    pub fn rehearsing(self) -> Self {
        Self {
            is_rehearsal: true,
            ..self
        }
    }

    /// Returns whether nothing lasts of what is done in them.
    pub fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// Returns the same connections for a session of its own.
    #[must_use]
    pub(super) fn apart(&self) -> Self {
        if self.is_rehearsal {
            return self.clone();
        }
        Self {
            is_rehearsal: false,
            definitions: Arc::clone(&self.definitions),
            used: Arc::default(),
        }
    }

    /// Returns what `sheaf.ron` says of a connection.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub fn definition(&self, name: &str) -> Result<&ConnectionDefinition, DatabaseError> {
        self.definitions
            .get(name)
            .ok_or_else(|| DatabaseError::UnknownName {
                name: name.to_owned(),
                known: self.names().map(str::to_owned).collect(),
            })
    }

    /// Returns the secrets whose values a connection sends, each with the host that gets it; `None` where there is none of
    /// that name.
    pub(super) fn sendings(&self, name: &str) -> Option<Sendings> {
        // They were checked when the file was read.
        self.definitions.get(name)?.sendings().ok()
    }

    /// Returns the names of all connections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// Returns the connection that stands for this one and all that are the same: of the same name, as the same user; where
    /// nothing lasts, all that lead to the same database, of which `locate` finds the file.
    pub fn shared(
        &self,
        connection: &Arc<Connection>,
        locate: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Arc<Connection> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_rehearsal && connection.is_lasting() {
            connection.rehearse();
        }
        let same = |other: &&Arc<Connection>| {
            if self.is_rehearsal {
                other.leads_where(connection, locate)
            } else {
                is_same(other, connection)
            }
        };
        if let Some(same) = used.iter().find(same) {
            return Arc::clone(same);
        }
        used.push(Arc::clone(connection));
        Arc::clone(connection)
    }

    /// Returns all that were used.
    pub fn all_used(&self) -> Vec<Arc<Connection>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the connection that cells use for this one, where they have used it, or else this one.
    pub fn in_use(&self, connection: Arc<Connection>) -> Arc<Connection> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let same = used.iter().find(|other| is_same(other, &connection)).cloned();
        same.unwrap_or(connection)
    }

    /// Returns the one of this name that cells have used last.
    pub fn used(&self, name: &str) -> Option<Arc<Connection>> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().rfind(|connection| connection.name() == name).cloned()
    }
}

fn is_same(one: &Connection, other: &Connection) -> bool {
    one.name() == other.name() && one.written() == other.written()
}
