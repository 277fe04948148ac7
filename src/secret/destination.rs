//! [`Destination`]: where the value of a secret goes.

use std::fmt;

/// Where the value of a secret goes; a scope lists those that it allows under `sinks`.
///
/// Compared exactly: there are no wildcards, because anyone can rent a name under most hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The environment of a shell command.
    Shell,
    /// A host, by its name in lower case.
    Host(String),
    /// An account of a service with one address for each account, as `azure:myaccount`.
    Account {
        /// The service.
        service: String,
        /// The account.
        account: String,
    },
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell => f.write_str("shell"),
            Self::Host(host) => f.write_str(host),
            Self::Account { service, account } => write!(f, "{service}:{account}"),
        }
    }
}
