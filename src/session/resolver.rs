//! What sinks get of a cell: the values of the secrets that its session got.

use std::collections::{BTreeMap, BTreeSet};

use super::context::CellContext;
use crate::secret::{Destination, Reference, Resolver, SecretError, SecretValue};

impl Resolver for CellContext {
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
