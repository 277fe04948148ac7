//! Where values and identities go: which scope sends what where by itself, when a person is asked, and what a mount may send.

use std::collections::{BTreeMap, BTreeSet};

use super::Secrets;
use crate::secret::access::{Access, Origin};
use crate::secret::consent::{Approving, Consent};
use crate::secret::definition::Permission;
use crate::secret::destination::Destination;
use crate::secret::error::SecretError;
use crate::secret::reference::Reference;
use crate::secret::sending::{Proof, Sendings, by_destination};
use crate::secret::terms::MountTerms;
use crate::secret::value::SecretValue;

impl Secrets {
    /// Returns the values of secrets, for a sink that sends them to `destination`.
    ///
    /// All are checked before the first is looked up, so that nothing is sent in part: where a scope does not send a value
    /// there by itself, a person is asked, and where nobody can be, it is refused.
    pub fn send(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
        origin: &Origin,
        consent: &Consent,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        self.allow(references, false, destination, origin, consent)?;
        self.hand_over(references, destination, origin)
    }

    /// Checks that all that a mount would send may go there, for a cell that makes the mount; nothing is looked up.
    ///
    /// # Errors
    ///
    /// No scope sends a value there by itself, or an identity would go, and nobody can be asked or the person says no.
    pub fn allow_all(
        &self,
        sendings: &Sendings,
        origin: &Origin,
        consent: &Consent,
    ) -> Result<(), SecretError> {
        let mut places = by_destination(sendings).into_iter();
        places.try_for_each(|(destination, references, sends_identity)| {
            self.allow(&references, sends_identity, destination, origin, consent)
        })
    }

    /// Checks that values, and maybe the identity of the machine, may go to `destination`.
    fn allow(
        &self,
        references: &BTreeSet<Reference>,
        sends_identity: bool,
        destination: &Destination,
        origin: &Origin,
        consent: &Consent,
    ) -> Result<(), SecretError> {
        let access = |reference: &Reference| Access::Send(reference.clone(), destination.clone());
        let mut asked = Vec::new();
        for reference in references {
            match self.sends(reference, destination) {
                Ok(true) => {}
                Ok(false) => asked.push(Proof::Secret(reference.clone())),
                Err(error) => return self.noted(&access(reference), origin, || Err(error)),
            }
        }
        if sends_identity {
            asked.push(Proof::Identity);
        }
        if consent.allows(&asked, destination, origin) {
            return Ok(());
        }
        // Each is noted before the first ends it.
        let refused: Vec<Result<(), SecretError>> = asked
            .iter()
            .map(|proof| match proof {
                Proof::Secret(reference) => self.noted(&access(reference), origin, || {
                    Err(SecretError::Destination {
                        reference: reference.clone(),
                        destination: destination.clone(),
                    })
                }),
                Proof::Identity => Err(SecretError::Identity {
                    destination: destination.clone(),
                }),
            })
            .collect();
        refused.into_iter().collect()
    }

    /// Returns the values of secrets that may go to `destination`, each noted.
    pub(in crate::secret) fn hand_over(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
        origin: &Origin,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let values = references.iter().map(|reference| {
            let access = Access::Send(reference.clone(), destination.clone());
            let value = self.noted(&access, origin, || self.fetch(reference));
            Ok((reference.clone(), value?.1))
        });
        values.collect()
    }

    /// Returns whether the scope of a secret sends its value there by itself, once it is known that it may be read.
    fn sends(&self, reference: &Reference, destination: &Destination) -> Result<bool, SecretError> {
        let definition = self.definition(reference.scope())?;
        self.check(reference.scope(), Some(reference.key()), Permission::Read)?;
        Ok(match destination {
            Destination::Named(host) => host.scope() == reference.scope(),
            _ => destination.is_listed(&definition.sinks),
        })
    }

    /// Checks that the person has approved what `sheaf.ron` says of a mount or a connection, or asks the person; `refused`
    /// says what was not approved of that file.
    pub(in crate::secret) fn approve_declared(
        &self,
        origin: &Origin,
        consent: &Consent,
        refused: impl FnOnce(String) -> SecretError,
    ) -> Result<(), SecretError> {
        if self.has_approved()? {
            return Ok(());
        }
        let (file, terms) = (self.file(), self.terms());
        let question = Approving {
            file: &file,
            terms: &terms,
            origin,
        };
        if !consent.approves(&question) {
            return Err(refused(file));
        }
        let kept = self.trust()?.approve(&self.root, &terms);
        kept.map_err(|error| SecretError::Approval {
            reason: error.to_string(),
        })
    }

    /// Checks that the person has approved a mount that a notebook made, or asks the person.
    pub(in crate::secret) fn approve_made(
        &self,
        mount_point: &str,
        terms: &MountTerms,
        origin: &Origin,
        consent: &Consent,
    ) -> Result<(), SecretError> {
        if self.has_approved_mount(mount_point, terms)? {
            return Ok(());
        }
        let file = self.root.join(".sheaf/mounts.ron").display().to_string();
        let mounts = BTreeMap::from([(mount_point.to_owned(), terms.clone())]);
        let question = Approving {
            file: &file,
            terms: &crate::secret::Terms {
                mounts,
                ..Default::default()
            },
            origin,
        };
        if !consent.approves(&question) {
            return Err(SecretError::MountNotApproved {
                mount_point: mount_point.to_owned(),
                file,
            });
        }
        self.approve_mount(mount_point, terms)
    }

    /// Returns whether the person has approved a mount that a notebook made.
    ///
    /// # Errors
    ///
    /// There is no folder for approvals.
    pub fn has_approved_mount(&self, mount_point: &str, terms: &MountTerms) -> Result<bool, SecretError> {
        Ok(self.trust()?.has_approved_mount(&self.root, mount_point, terms))
    }

    /// Notes that the person has approved a mount that a notebook makes, so that a later session uses it.
    ///
    /// # Errors
    ///
    /// The person's own folder cannot be written, or there is none.
    pub fn approve_mount(&self, mount_point: &str, terms: &MountTerms) -> Result<(), SecretError> {
        let kept = self.trust()?.approve_mount(&self.root, mount_point, terms);
        kept.map_err(|error| SecretError::Approval {
            reason: error.to_string(),
        })
    }
}
