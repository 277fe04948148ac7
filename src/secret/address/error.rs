//! Why a text is no address for values of secrets.

use crate::error::Problem;

/// Why a text cannot be read as an address with references.
///
/// Messages name the part that is wrong and never quote the text: it may hold a password that is written out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A text that is one reference: what is in it, nobody has looked at.
    #[error("the whole address is one secret, and so is the host that would get it")]
    Whole,
    /// No scheme, or none that is known.
    #[error("the address has no scheme that is known")]
    Scheme,
    /// Characters that programs read in different ways.
    #[error("the address has {what}, which programs read in different ways")]
    Ambiguous {
        /// What it has.
        what: &'static str,
    },
    /// A host that is none.
    #[error("the address has no host that can be one")]
    Host,
    /// A reference that is only a part of the host.
    #[error("a part of the host is a secret")]
    PartOfHost,
    /// A port that is none.
    #[error("the port is neither a number up to 65535 nor one secret")]
    Port,
    /// A reference where none is replaced.
    #[error("the address has a reference to a secret in {place}")]
    Place {
        /// Where it is.
        place: &'static str,
    },
    /// A parameter that names another host.
    #[error("the parameter {name:?} names another host")]
    OtherHost {
        /// The parameter.
        name: String,
    },
    /// A parameter that is there twice.
    #[error("the parameter {name:?} is given twice")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// A user or a password that is in the address and is given beside it, too.
    #[error("the {what} is given twice: in the address, and beside it")]
    Beside {
        /// "user" or "password".
        what: &'static str,
    },
    /// A parameter that is not written as one.
    #[error("what follows the host is not written as name=value")]
    Parameter,
}

impl Problem for AddressError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Whole => "write it out, with secrets only for its user, password, host, port, database or \
                            parameters"
                .to_owned(),
            Self::Scheme => "it begins as postgresql://, jdbc:sqlserver://, https:// or wasbs://".to_owned(),
            Self::Ambiguous { .. } => "write it in its encoded form, as %40 for @".to_owned(),
            Self::Host => "write it as in https://example.com:8080/path".to_owned(),
            Self::PartOfHost => {
                "write the host out, or keep all of it in one secret of the same scope as the password"
                    .to_owned()
            }
            Self::Port => "write it as in postgresql://host:5432/database".to_owned(),
            Self::Place { .. } => {
                "secrets can be its user, password, host, port, database and parameters".to_owned()
            }
            Self::OtherHost { .. } => "write the host behind :// alone".to_owned(),
            Self::Twice { .. } | Self::Beside { .. } => "keep one of them".to_owned(),
            Self::Parameter => "write it as in ;database=titanic;user=me".to_owned(),
        })
    }
}
