//! [`Target`]: where a session is opened, with the values of its secrets.

use std::path::PathBuf;

use crate::secret::{Component, ResolvedAddress, SecretValue};

/// What a session is opened from: where the database is, with the values of its secrets.
#[derive(Debug, Clone)]
pub enum Target {
    /// A database in memory, which ends with the session.
    Memory,
    /// A file of this machine.
    File {
        /// Where it is.
        path: PathBuf,
        /// As cells name it.
        name: String,
    },
    /// A server.
    Server(ResolvedAddress),
}

impl Target {
    /// Returns the address of the server, where it is one.
    pub(super) fn server(&self) -> Option<&ResolvedAddress> {
        match self {
            Self::Server(address) => Some(address),
            Self::Memory | Self::File { .. } => None,
        }
    }
}

/// Finds a part of an address by its place in the URL, or by the parameter that JDBC has for it.
pub(super) fn part<'a>(
    address: &'a ResolvedAddress,
    component: &Component,
    parameter: &str,
) -> Option<&'a SecretValue> {
    address
        .get(component)
        .or_else(|| address.get(&Component::Parameter(parameter.to_owned())))
}
