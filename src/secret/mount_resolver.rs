//! [`MountResolver`]: the values that one mount sends, and nobody else.
//!
//! A mount fixes where its values go: each secret that it names is resolved for the hosts that its own source and settings
//! name, and for no other. Whether it may is decided before: by the person who approved the file that names it, or by the
//! scopes and the person when a cell made it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::access::Origin;
use super::consent::Consent;
use super::destination::Destination;
use super::error::SecretError;
use super::reference::Reference;
use super::secrets::Secrets;
use super::sending::{Proof, Sending, Sendings};
use super::sink::Resolver;
use super::terms::MountTerms;
use super::value::SecretValue;

/// Why a mount may send what it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was let do so when a cell of this session made it.
    Allowed,
    /// `sheaf.ron` names it, which this person must have approved.
    Declared,
    /// A notebook of an earlier session made it; this person must have approved it.
    Made(MountTerms),
}

/// Gives a mount the values of the secrets that it names, for the places that it names.
#[derive(Clone)]
pub struct MountResolver {
    secrets: Arc<Secrets>,
    consent: Consent,
    mount_point: String,
    sendings: Sendings,
    standing: Standing,
    origin: Origin,
}

impl MountResolver {
    /// Resolves what the mount `mount_point` sends, and nothing else.
    pub fn new(
        secrets: Arc<Secrets>,
        consent: Consent,
        mount_point: &str,
        sendings: Sendings,
        standing: Standing,
    ) -> Self {
        Self {
            secrets,
            consent,
            sendings,
            standing,
            origin: Origin {
                command: Some(format!("mount {mount_point}")),
                ..Origin::default()
            },
            mount_point: mount_point.to_owned(),
        }
    }
}

impl Resolver for MountResolver {
    fn check(&self) -> Result<(), SecretError> {
        let (point, origin, consent) = (&self.mount_point, &self.origin, &self.consent);
        match &self.standing {
            Standing::Allowed => Ok(()),
            Standing::Declared => {
                self.secrets
                    .approve_declared(origin, consent, |file| SecretError::MountNotApproved {
                        mount_point: point.clone(),
                        file,
                    })
            }
            Standing::Made(terms) => self.secrets.approve_made(point, terms, origin, consent),
        }
    }

    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        for reference in references {
            let sending = Sending::secret(reference.clone(), destination.clone());
            if !self.sendings.contains(&sending) {
                return Err(SecretError::Destination {
                    reference: reference.clone(),
                    destination: destination.clone(),
                });
            }
        }
        self.check()?;
        self.secrets.hand_over(references, destination, &self.origin)
    }

    fn identify(&self, destination: &Destination) -> Result<(), SecretError> {
        let sending = Sending {
            proof: Proof::Identity,
            destination: destination.clone(),
        };
        if !self.sendings.contains(&sending) {
            return Err(SecretError::Identity {
                destination: destination.clone(),
            });
        }
        self.check()
    }
}

impl fmt::Debug for MountResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountResolver")
            .field("mount_point", &self.mount_point)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}
