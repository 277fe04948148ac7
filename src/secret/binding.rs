//! [`Binding`]: the entry of a keyring that somebody else made, for a key.

use serde::{Deserialize, Serialize};

/// An entry of the OS keyring, as the platform's own viewer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The service, or the attribute `service` of the entry.
    pub service: String,
    /// The account, or the attribute `username` of the entry.
    pub account: String,
}
