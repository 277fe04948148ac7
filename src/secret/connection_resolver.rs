//! [`ConnectionResolver`]: the values that one named connection sends, and nobody else.
//!
//! As a mount does, a connection of `sheaf.ron` fixes where its values go: each secret that it names is resolved for the host
//! that its own URL names, and for no other, once the person has approved the file that names it.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Origin;
use super::consent::Consent;
use super::destination::Destination;
use super::error::SecretError;
use super::reference::Reference;
use super::secrets::Secrets;
use super::sending::{Sending, Sendings};
use super::sink::Resolver;
use super::value::SecretValue;

/// Gives a named connection the values of the secrets that `sheaf.ron` names for it, for the host that it names.
pub struct ConnectionResolver<'a> {
    secrets: &'a Secrets,
    consent: &'a Consent,
    connection: &'a str,
    sendings: Sendings,
    origin: &'a Origin,
}

impl<'a> ConnectionResolver<'a> {
    /// Resolves what the connection sends, and nothing else, for who is `origin`.
    pub fn new(
        secrets: &'a Secrets,
        consent: &'a Consent,
        connection: &'a str,
        sendings: Sendings,
        origin: &'a Origin,
    ) -> Self {
        Self {
            secrets,
            consent,
            connection,
            sendings,
            origin,
        }
    }

    /// Returns whether the connection itself sends the value of a secret to `destination`.
    pub fn sends(&self, reference: &Reference, destination: &Destination) -> bool {
        let sending = Sending::secret(reference.clone(), destination.clone());
        self.sendings.contains(&sending)
    }
}

impl Resolver for ConnectionResolver<'_> {
    fn check(&self) -> Result<(), SecretError> {
        if self.sendings.is_empty() {
            return Ok(());
        }
        let refused = |file| SecretError::ConnectionNotApproved {
            connection: self.connection.to_owned(),
            file,
        };
        self.secrets.approve_declared(self.origin, self.consent, refused)
    }

    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let other = |reference: &&Reference| !self.sends(reference, destination);
        if let Some(reference) = references.iter().find(other) {
            return Err(SecretError::Destination {
                reference: reference.clone(),
                destination: destination.clone(),
            });
        }
        self.check()?;
        self.secrets.hand_over(references, destination, self.origin)
    }
}
