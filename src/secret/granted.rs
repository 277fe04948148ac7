//! [`Granted`]: what is known of a secret that a cell got.

use super::reference::Reference;
use crate::digest::Digest;

/// That a secret is there and may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The secret.
    pub reference: Reference,
    /// Which store answered.
    pub store: String,
    /// What tells this version of the value from another, to this person alone: a keyed digest.
    pub fingerprint: Digest,
}
