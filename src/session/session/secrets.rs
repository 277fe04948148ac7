//! The secrets of a session: where they come from, who asks for them, and those of cells that are served from a cache.
//!
//! A cell that is not run has to have its secrets all the same: the cells below it send their values. So each is got again,
//! which checks and notes it as if the cell had run.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Session;
use crate::cache::{Ledger, Reads, Resource, StoredSecrets, Version};
use crate::digest::Digest;
use crate::secret::{
    ConnectionResolver, Consent, Granted, Origin, Reference, Resolver as _, SecretError, Secrets, Use,
};
use crate::session::connections::Connections;
use crate::session::entry::Entry;
use crate::source::CellId;

/// What a cell from a cache has used.
#[derive(Debug, Default)]
pub(super) struct UsedSecrets {
    pub(super) read: Reads,
    pub(super) grants: BTreeSet<Reference>,
}

/// The secrets that were got for a cell while its entries were looked at, so that each is noted once; `None` for one that
/// may not be used.
pub(super) type Got = RefCell<BTreeMap<Reference, Option<Granted>>>;

impl Session {
    /// Lets cells get the secrets of a workspace.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<Secrets>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Asks this person where a value would go to a place that its scope does not list.
    #[must_use]
    pub fn with_consent(mut self, consent: Consent) -> Self {
        self.consent = consent;
        self
    }

    /// Lets cells open the named connections of a workspace.
    #[must_use]
    pub fn with_connections(mut self, connections: Connections) -> Self {
        self.connections = connections;
        self
    }

    /// Returns the named connections that cells can open.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Checks, before anything runs, that the person has approved what a named connection sends.
    ///
    /// # Errors
    ///
    /// They have not, and nobody can be asked.
    pub fn check_connection(&self, name: &str) -> Result<(), SecretError> {
        let Some(sendings) = self.connections.sendings(name) else {
            return Ok(());
        };
        let origin = Origin {
            notebook: self.surroundings.chain().last().map(str::to_owned),
            ..Origin::default()
        };
        ConnectionResolver::new(&self.secrets, &self.consent, name, sendings, &origin).check()
    }

    /// Returns the secrets that cells can get.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Returns the secrets that a cell used in its last successful run.
    pub fn secrets_of(&self, id: CellId) -> impl Iterator<Item = &Reference> {
        let read = self.ledger(id).into_iter().flat_map(|ledger| ledger.read.iter());
        read.filter_map(|(resource, _)| match resource {
            Resource::Secret(reference) => Some(reference),
            _ => None,
        })
    }

    /// Returns who asks for a secret, where a cell does.
    pub(super) fn origin(&self, entry: &Entry) -> Origin {
        Origin {
            notebook: self.surroundings.chain().last().map(str::to_owned),
            cell: Some(self.label(entry)),
            command: None,
        }
    }

    /// Gets a secret for the cell at `position`, which is not run.
    fn get_again(&self, position: usize, reference: &Reference, got: &Got) -> Result<Granted, SecretError> {
        if let Some(granted) = got.borrow().get(reference) {
            return granted.clone().ok_or_else(|| SecretError::NotGranted {
                reference: reference.clone(),
            });
        }
        let origin = self.cells.get(position).map(|entry| self.origin(entry));
        let work = self.interrupt.for_work();
        let granted = work.watched(|| self.secrets.get(reference, &origin.unwrap_or_default()));
        got.borrow_mut()
            .insert(reference.clone(), granted.as_ref().ok().cloned());
        granted
    }

    /// Returns whether the secrets of an entry are this person's, and what they were when the cell ran.
    ///
    /// Where one may not be used any more, the cell is to run, and fails where it asks for it. One that has acted must not
    /// run again, so that the values do not matter to it.
    pub(super) fn are_still(
        &self,
        position: usize,
        key: &Digest,
        stored: &StoredSecrets,
        has_acted: bool,
        got: &Got,
    ) -> bool {
        let Some(used) = references(stored) else {
            return false;
        };
        let signature = self.secrets.sign(
            key,
            used.iter().map(|(reference, is_granted)| Use {
                reference,
                is_granted: *is_granted,
                fingerprint: None,
            }),
        );
        if signature.ok() != Some(stored.signature) {
            return false;
        }
        if has_acted {
            return true;
        }
        let fingerprint =
            |reference: &Reference| Some(self.get_again(position, reference, got).ok()?.fingerprint);
        let now: Option<Vec<Digest>> = used.keys().map(fingerprint).collect();
        now.is_some_and(|now| {
            let values = self.secrets.sign(key, uses(&used, &now));
            values.ok() == Some(stored.values)
        })
    }

    /// Gives the session the secrets of an entry again.
    pub(super) fn use_again(
        &self,
        position: usize,
        stored: &StoredSecrets,
        got: &Got,
    ) -> Result<UsedSecrets, SecretError> {
        let mut used = UsedSecrets::default();
        for (reference, is_granted) in references(stored).unwrap_or_default() {
            let granted = self.get_again(position, &reference, got)?;
            let version = Version::Keyed(granted.fingerprint);
            used.read.insert(Resource::Secret(reference.clone()), version);
            if is_granted {
                self.grants.add(reference.clone());
                used.grants.insert(reference);
            }
        }
        Ok(used)
    }

    /// Returns what a cache keeps of the secrets that a cell used.
    pub(super) fn stored_secrets(
        &self,
        key: &Digest,
        ledger: &Ledger,
    ) -> Result<Option<StoredSecrets>, SecretError> {
        let (mut used, mut fingerprints) = (BTreeMap::new(), Vec::new());
        for (resource, version) in ledger.read.iter() {
            if let (Resource::Secret(reference), Version::Keyed(fingerprint)) = (resource, version) {
                used.insert(reference.clone(), ledger.grants.contains(reference));
                fingerprints.push(*fingerprint);
            }
        }
        if used.is_empty() {
            return Ok(None);
        }
        let names = used.iter();
        Ok(Some(StoredSecrets {
            signature: self.secrets.sign(
                key,
                names.clone().map(|(reference, is_granted)| Use {
                    reference,
                    is_granted: *is_granted,
                    fingerprint: None,
                }),
            )?,
            values: self.secrets.sign(key, uses(&used, &fingerprints))?,
            used: names
                .map(|(reference, is_granted)| (reference.to_string(), *is_granted))
                .collect(),
        }))
    }
}

/// Reads the references of an entry; `None` where one is none.
fn references(stored: &StoredSecrets) -> Option<BTreeMap<Reference, bool>> {
    let used = stored.used.iter();
    used.map(|(text, is_granted)| Some((Reference::parse(text)?, *is_granted)))
        .collect()
}

/// Joins secrets and their fingerprints, which are in the same order.
fn uses<'a>(
    used: &'a BTreeMap<Reference, bool>,
    fingerprints: &'a [Digest],
) -> impl Iterator<Item = Use<'a>> {
    let all = used.iter().zip(fingerprints);
    all.map(|((reference, is_granted), fingerprint)| Use {
        reference,
        is_granted: *is_granted,
        fingerprint: Some(fingerprint),
    })
}
