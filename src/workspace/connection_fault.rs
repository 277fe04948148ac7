//! [`ConnectionFault`]: why a connection of `sheaf.ron` cannot be used.

use crate::error::{Problem, nearest};
use crate::secret::{Address, AddressError};

/// Why a connection of `sheaf.ron` cannot be used.
///
/// Messages never quote the URL: a password may be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionFault {
    /// A name that cells could not write.
    #[error("its name has other characters than letters, digits, `_`, `-` and `.`")]
    Name,
    /// No database has URLs like this one.
    #[error("{}", if scheme.is_empty() { "the URL does not say which database it is".to_owned() } else { format!("no database has URLs that begin with `{scheme}:`") })]
    UnknownScheme {
        /// How the URL begins.
        scheme: String,
    },
    /// An address that is wrong.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A password that everybody would read who reads the file.
    #[error("the {part} is written out")]
    CredentialAsText {
        /// `password`, or the name of a parameter.
        part: String,
    },
    /// The path of a database is a secret.
    #[error("the path of a database cannot be a secret")]
    SecretFile,
    /// A user or a password for a file.
    #[error("a database that is a file has no users")]
    FileWithUser,
}

impl Problem for ConnectionFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name => "write a name such as \"warehouse\": connect(\"warehouse\") opens it".to_owned(),
            Self::UnknownScheme { scheme } if scheme.is_empty() => {
                "write \"sqlite:PATH\" for a file, or \"postgresql://HOST:PORT/DATABASE\" for a server"
                    .to_owned()
            }
            Self::UnknownScheme { scheme } => {
                let all = || Address::database_schemes().chain(["sqlite"]);
                match nearest(scheme, all()) {
                    Some(near) => format!("did you mean `{near}:`?"),
                    None => format!("they begin with {}:", all().collect::<Vec<_>>().join(":, ")),
                }
            }
            Self::Address(error) => return error.hint(),
            Self::CredentialAsText { .. } => {
                "store it in a scope with `sheaf secrets put-secret SCOPE KEY`, and write \
                                              {{secrets/SCOPE/KEY}} here"
                    .to_owned()
            }
            Self::SecretFile => "write the path itself: who may read the file decides the system".to_owned(),
            Self::FileWithUser => "leave `user` and `password` out".to_owned(),
        })
    }
}
