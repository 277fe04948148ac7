//! [`Grants`]: the secrets that the cells of a session got.
//!
//! A text with a reference in it can come from anywhere, a row of data above all: only what a cell of this session asked for
//! with `dbutils.secrets.get`, and what was allowed then, is resolved.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::secret::Reference;

/// The secrets that the cells of a session got; a clone shares them.
///
/// A notebook that a cell runs in a session of its own has its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants(Arc<Mutex<BTreeSet<Reference>>>);

impl Grants {
    /// Adds a secret that a cell got.
    pub(super) fn add(&self, reference: Reference) {
        self.all().insert(reference);
    }

    /// Finds one that was not got.
    pub(super) fn missing<'a>(
        &self,
        references: impl IntoIterator<Item = &'a Reference>,
    ) -> Option<&'a Reference> {
        let granted = self.all();
        references
            .into_iter()
            .find(|reference| !granted.contains(*reference))
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<Reference>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
