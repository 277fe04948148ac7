//! [`Access`]: what a store that is not on this machine works with besides its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::blocks::Blocks;
use crate::secret::{Caller, Destination, Nobody, Reference, Resolver, SecretError, SecretValue};

/// What a store that is not on this machine works with: values for its credentials, the identity of the machine and of its
/// environment, a cache.
///
/// Clones share all of it.
#[derive(Clone)]
pub struct Access {
    /// Gives the values of the references in the settings, and nothing else.
    pub resolver: Arc<dyn Resolver + Send + Sync>,
    /// What the environment of the process says, such as `AWS_PROFILE`: this library never reads it.
    pub caller: Arc<dyn Caller>,
    /// What was read before; `None` to keep nothing.
    pub blocks: Option<Arc<Blocks>>,
    /// Whether nothing may be sent that says who asks: no credential, no identity of the machine or its environment.
    ///
    /// So is a URL opened that no mount is concerned with: a row of data could have named its host.
    pub is_anonymous: bool,
}

impl Default for Access {
    /// Returns an access without secrets, environment and cache.
    fn default() -> Self {
        Self {
            resolver: Arc::new(NoSecrets),
            caller: Arc::new(Nobody),
            blocks: None,
            is_anonymous: false,
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

/// Knows no secret.
struct NoSecrets;

impl Resolver for NoSecrets {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        _destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        match references.first() {
            Some(reference) => Err(SecretError::NotGranted {
                reference: reference.clone(),
            }),
            None => Ok(BTreeMap::new()),
        }
    }
}
