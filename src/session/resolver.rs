//! What sinks get of a cell: the values of the secrets that its session got.

use std::collections::{BTreeMap, BTreeSet};

use super::context::CellContext;
use crate::secret::{Destination, Reference, Resolver, SecretError, SecretValue};

impl Resolver for CellContext {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        if let Some(reference) = self.grants.missing(references) {
            return Err(SecretError::NotGranted {
                reference: reference.clone(),
            });
        }
        self.secrets
            .send(references, destination, &self.origin, &self.consent)
    }
}
