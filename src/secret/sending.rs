//! [`Sending`]: what something that connects sends to prove who one is, and where.

use std::collections::BTreeSet;
use std::fmt;

use super::destination::Destination;
use super::reference::Reference;

/// What proves to a service who one is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The value of a secret, or what is signed with it.
    Secret(Reference),
    /// The identity of the machine or of its environment: a token of it, or what is signed with its keys.
    Identity,
}

/// A proof, and the one place that it is sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sending {
    /// What is sent.
    pub proof: Proof,
    /// Where.
    pub destination: Destination,
}

impl Sending {
    /// The value of a secret goes to `destination`.
    pub fn secret(reference: Reference, destination: Destination) -> Self {
        Self {
            proof: Proof::Secret(reference),
            destination,
        }
    }

    /// The identity of the machine or of its environment goes to `destination`.
    pub fn identity(destination: Destination) -> Self {
        Self {
            proof: Proof::Identity,
            destination,
        }
    }
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.proof, self.destination)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(reference) => reference.fmt(f),
            Self::Identity => f.write_str("the identity of this machine"),
        }
    }
}

/// All that something sends.
pub type Sendings = BTreeSet<Sending>;

/// Returns the places of all that is sent, each with the secrets that go there and whether the identity does.
pub(super) fn by_destination(sendings: &Sendings) -> Vec<(&Destination, BTreeSet<Reference>, bool)> {
    let mut places: Vec<(&Destination, BTreeSet<Reference>, bool)> = Vec::new();
    for sending in sendings {
        let found = places
            .iter()
            .position(|(place, ..)| *place == &sending.destination);
        let at = found.unwrap_or_else(|| {
            places.push((&sending.destination, BTreeSet::new(), false));
            places.len() - 1
        });
        if let Some((_, references, sends_identity)) = places.get_mut(at) {
            match &sending.proof {
                Proof::Secret(reference) => {
                    references.insert(reference.clone());
                }
                Proof::Identity => *sends_identity = true,
            }
        }
    }
    places
}
