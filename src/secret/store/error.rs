//! What a store of secrets can say.

use std::time::Duration;

use crate::error::{Kind, Problem};

/// Why a store does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A secret that is not there.
    #[error("there is no secret {key:?} in {store}")]
    Missing {
        /// The key.
        key: String,
        /// The store.
        store: String,
        /// How it gets there, where not by a command of Sheaf.
        hint: Option<String>,
    },
    /// A store that is locked, and that nobody unlocked.
    #[error("{store} is locked")]
    Locked {
        /// The store.
        store: String,
        /// How it is unlocked.
        hint: String,
    },
    /// A store that is not there: no keyring is running, no such file, no such host.
    #[error("{store} is not available: {reason}")]
    Unavailable {
        /// The store.
        store: String,
        /// What is missing.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A store that this system does not have.
    #[error("{store} cannot be used here: {reason}")]
    Unsupported {
        /// The store.
        store: &'static str,
        /// Why.
        reason: String,
    },
    /// A store that does not answer.
    #[error("{store} did not answer within {} seconds", bound.as_secs_f32())]
    Hung {
        /// The store.
        store: String,
        /// How long it was waited for.
        bound: Duration,
    },
    /// A store that cannot be written to.
    #[error("{store} is read-only")]
    ReadOnly {
        /// The store.
        store: String,
        /// How a value gets there.
        hint: String,
    },
    /// A value that is too long.
    #[error("the value has {size} bytes, and {store} takes at most {longest}")]
    TooLong {
        /// The store.
        store: String,
        /// The size of the value in bytes.
        size: usize,
        /// The longest value in bytes.
        longest: usize,
    },
    /// A value that the store cannot hold, whatever its length.
    #[error("{store} cannot hold {what}")]
    Unfit {
        /// The store.
        store: String,
        /// What kind of value: "an empty value".
        what: &'static str,
    },
    /// A store that is full.
    #[error("{store} is full: {limit}")]
    Full {
        /// The store.
        store: String,
        /// What limits it, as "it takes 200 secrets".
        limit: String,
    },
    /// A store that cannot list what it has.
    #[error("{store} cannot list its keys")]
    Unlisted {
        /// The store.
        store: String,
    },
    /// A store that refuses this user.
    #[error("{store} refuses: {reason}")]
    Refused {
        /// The store.
        store: String,
        /// What it says.
        reason: String,
    },
    /// A store, or a key in it, that cannot be used as things are, with its own way out.
    #[error("{store}: {reason}")]
    Unusable {
        /// The store.
        store: String,
        /// What is wrong; never with a value in it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Work that was stopped.
    #[error("{store}: interrupted")]
    Interrupted {
        /// The store.
        store: String,
    },
    /// Anything else that the store says.
    #[error("{store}: {reason}")]
    Failed {
        /// The store.
        store: String,
        /// What it says; never with a value in it.
        reason: String,
    },
}

impl Problem for StoreError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { key, hint, .. } => {
                let put = || format!("store it with `sheaf secrets put-secret SCOPE {key}`");
                Some(hint.clone().unwrap_or_else(put))
            }
            Self::Unavailable { hint, .. } => {
                let doctor = || "`sheaf secrets doctor` tells which stores work here".to_owned();
                Some(hint.clone().unwrap_or_else(doctor))
            }
            Self::Unsupported { .. } => {
                Some("`sheaf secrets doctor` tells which stores work here".to_owned())
            }
            Self::Hung { .. } => {
                Some("a dialog may be waiting for you; otherwise restart the store".to_owned())
            }
            Self::ReadOnly { hint, .. } | Self::Locked { hint, .. } | Self::Unusable { hint, .. } => {
                Some(hint.clone())
            }
            Self::TooLong { .. } => {
                Some("store it in a file, and keep its name or its key as the secret".to_owned())
            }
            Self::Unfit { .. } => Some("encode it as text, or use another store".to_owned()),
            Self::Full { .. } => Some("delete secrets that are not needed, or use another store".to_owned()),
            Self::Unlisted { .. } => Some("name the key: `sheaf secrets get-secret SCOPE KEY`".to_owned()),
            Self::Refused { .. } | Self::Interrupted { .. } | Self::Failed { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Interrupted { .. } => Kind::Interrupted,
            _ => Kind::Failure,
        }
    }
}
