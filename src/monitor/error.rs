//! [`MonitorError`]: what can go wrong before anyone looks at the page.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::error::{Kind, Problem};

/// What can go wrong before anyone looks at the page.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// A file of tokens that cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of tokens that cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A name that a token cannot have.
    #[error("a token cannot be named {name:?}")]
    TokenName {
        /// The name.
        name: String,
    },
    /// A name that a token has already.
    #[error("there is a token {name:?} already")]
    TokenTaken {
        /// The name.
        name: String,
    },
    /// A token that is not there.
    #[error("there is no token {name:?}")]
    NoToken {
        /// The name.
        name: String,
        /// The token most like it.
        nearest: Option<String>,
    },
    /// A system that gives no numbers of chance.
    #[error("no token can be made: {reason}")]
    Chance {
        /// What the system says.
        reason: String,
    },
    /// An address at which the server cannot listen.
    #[error("the monitor cannot listen at {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// An address that others reach, in plain text.
    #[error("{address} can be reached from other machines, and would be served without encryption")]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// A server that others reach, which would let in everyone.
    #[error("other machines can reach the monitor, and there is no token yet")]
    NoTokens,
    /// A certificate or a key that cannot be used.
    #[error("{} is not usable for TLS: {reason}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Problem for MonitorError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Access { .. } => {
                "correct it, or remove it and make new tokens with `sheaf serve token add NAME`".to_owned()
            }
            Self::Unwritable { .. } => "check the permissions of the folder and the space on the disk".to_owned(),
            Self::TokenName { .. } => "use up to 64 letters, digits, hyphens and underscores".to_owned(),
            Self::TokenTaken { name } => {
                format!("use another name, or remove it first with `sheaf serve token remove {name}`")
            }
            Self::NoToken { nearest, .. } => match nearest {
                Some(nearest) => format!("did you mean {nearest:?}?"),
                None => "`sheaf serve token list` shows those that there are".to_owned(),
            },
            Self::Chance { .. } => return None,
            Self::Listen { .. } => {
                "another program may be using it: use another port with --address 127.0.0.1:PORT".to_owned()
            }
            Self::Open { .. } => {
                "give --tls-certificate and --tls-key, or --behind-proxy where a proxy encrypts; or listen at 127.0.0.1"
                    .to_owned()
            }
            Self::NoTokens => "make one with `sheaf serve token add NAME --role manage`".to_owned(),
            Self::Tls { .. } => "give a chain of certificates and its private key, both in PEM".to_owned(),
        })
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Access { .. } | Self::Tls { .. } => Kind::Unreadable,
            Self::Unwritable { .. } | Self::Chance { .. } | Self::Listen { .. } => Kind::Failure,
            Self::TokenName { .. }
            | Self::TokenTaken { .. }
            | Self::NoToken { .. }
            | Self::Open { .. }
            | Self::NoTokens => Kind::Usage,
        }
    }
}
