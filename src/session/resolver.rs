//! What sinks get of a cell: the values of the secrets that its session got.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::CellContext;
use super::kept_rows::KeptRows;
use crate::cache::Act;
use crate::digest::Digest;
use crate::error::Result;
use crate::secret::{
    ConnectionResolver, Destination, MountResolver, MountTerms, Proof, Reference, Resolver, SecretError,
    SecretValue, Standing,
};
use crate::storage::{Keeping, MountDefinition};

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

/// Gives a named connection its values: those of the secrets that `sheaf.ron` names for it, and those that a cell gave.
pub struct NamedResolver<'a> {
    context: &'a CellContext,
    declared: ConnectionResolver<'a>,
}

impl Resolver for NamedResolver<'_> {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let is_declared = |reference: &Reference| self.declared.sends(reference, destination);
        let (declared, given): (BTreeSet<Reference>, BTreeSet<Reference>) =
            references.iter().cloned().partition(is_declared);
        // Whatever is refused is refused before a value is looked up.
        if !declared.is_empty() {
            self.declared.check()?;
        }
        let mut values = BTreeMap::new();
        if !given.is_empty() {
            values.extend(self.context.values(&given, destination)?);
        }
        if !declared.is_empty() {
            values.extend(self.declared.values(&declared, destination)?);
        }
        Ok(values)
    }
}

impl CellContext {
    /// Returns where rows of queries are kept that the cell lets be served again.
    pub fn kept_rows(&self) -> &KeptRows {
        &self.kept_rows
    }

    /// Returns what stands for the value of a secret, and means nothing to anybody else; `None` where it is not known.
    pub fn fingerprint(&self, reference: &Reference) -> Option<Digest> {
        self.secrets.current(reference)
    }

    /// Returns what gives a named connection its values.
    ///
    /// A secret that `sheaf.ron` names for it goes to the host that is named there, once the person has approved that; any
    /// other is one that a cell of the session got, and goes where its scope sends it.
    pub fn resolver_of<'a>(&'a self, connection: &'a str) -> NamedResolver<'a> {
        let sendings = self.connections.sendings(connection).unwrap_or_default();
        let declared =
            ConnectionResolver::new(&self.secrets, &self.consent, connection, sendings, &self.origin);
        NamedResolver {
            context: self,
            declared,
        }
    }

    /// Mounts a place, or gives an existing mount another one where it `updates` it; returns how long that lasts.
    ///
    /// What the mount sends has to be got by a cell of this session, and its scopes or the person let it go there. That is
    /// the approval by which later sessions use the mount, too.
    ///
    /// # Errors
    ///
    /// A source or setting that cannot be, a mount point that is taken or, for an update, is not, or a secret that may not go
    /// there.
    pub fn mount(&self, mount_point: &str, definition: &MountDefinition, updates: bool) -> Result<Keeping> {
        self.acts(Act::Mounted);
        let sendings = self.mounts.sendings(definition)?;
        let references = sendings.iter().filter_map(|sending| match &sending.proof {
            Proof::Secret(reference) => Some(reference),
            Proof::Identity => None,
        });
        if let Some(reference) = self.grants.missing(references) {
            return Err(SecretError::NotGranted {
                reference: reference.clone(),
            }
            .into());
        }
        let name = self.mounts.check_mount_point(mount_point)?;
        let terms = MountTerms::new(&definition.source, &definition.configs, &sendings);
        if !sendings.is_empty() && !self.is_approved(&name, definition, &terms)? {
            self.secrets.allow_all(&sendings, &self.origin, &self.consent)?;
        }
        let (secrets, consent) = (Arc::clone(&self.secrets), self.consent.clone());
        let sends_nothing = sendings.is_empty();
        let resolver = MountResolver::new(secrets, consent, &name, sendings, Standing::Allowed);
        if updates {
            self.mounts
                .update_mount(mount_point, definition, Arc::new(resolver))?;
        } else {
            self.mounts
                .mount_as(mount_point, definition, Arc::new(resolver))?;
        }
        let keeping = self.mounts.keeping(mount_point).unwrap_or(Keeping::Session);
        if keeping == Keeping::Lasting && !sends_nothing {
            self.secrets.approve_mount(&name, &terms)?;
        }
        Ok(keeping)
    }

    /// Returns whether the person has approved this very mount before: in `sheaf.ron`, or when a cell made it.
    fn is_approved(&self, name: &str, definition: &MountDefinition, terms: &MountTerms) -> Result<bool> {
        let is_declared = self.mounts.keeping(name) == Some(Keeping::Declared)
            && self.mounts.is_mounted_as(name, definition);
        Ok(is_declared && self.secrets.has_approved()? || self.secrets.has_approved_mount(name, terms)?)
    }
}
