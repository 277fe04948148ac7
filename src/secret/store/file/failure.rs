//! [`Failure`]: what is wrong with an encrypted file, and the way out.

use std::io;
use std::path::Path;

use super::envelope::EnvelopeError;
use crate::secret::store::StoreError;

/// The errors of one file, which has the name that `sheaf.ron` gives it.
pub(super) struct Failure {
    store: String,
}

impl Failure {
    pub(super) fn of(written: &str) -> Self {
        Self {
            store: format!("the encrypted file {written}"),
        }
    }

    /// Returns what a person calls the file.
    pub(super) fn store(&self) -> &str {
        &self.store
    }

    /// Returns the error of a definition that cannot be, and of anything else that has its own way out.
    pub(super) fn definition(&self, reason: &str, hint: &str) -> StoreError {
        StoreError::Unusable {
            store: self.store.clone(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        }
    }

    pub(super) fn missing(&self, key: &str) -> StoreError {
        StoreError::Missing {
            key: key.to_owned(),
            store: self.store.clone(),
            hint: None,
        }
    }

    pub(super) fn locked(&self) -> StoreError {
        StoreError::Locked {
            store: self.store.clone(),
            hint: "use one of its secrets: you are asked for the passphrase then".to_owned(),
        }
    }

    /// Returns the error of a file that is not opened or encrypted; `is_typed` says that a person types its passphrase.
    pub(super) fn sealed(&self, error: &EnvelopeError, is_typed: bool) -> StoreError {
        let hint = match error {
            EnvelopeError::Empty | EnvelopeError::Foreign => {
                "name another file in sheaf.ron, or remove this one and run `sheaf secrets create-scope SCOPE`"
            }
            EnvelopeError::Merged => {
                "take one of the two sides, as by `git checkout --ours FILE`, and store what only the other had with \
                 `sheaf secrets put-secret SCOPE KEY`"
            }
            EnvelopeError::Damaged => "take an earlier version of it from version control or a backup",
            EnvelopeError::Newer => "use a newer Sheaf",
            EnvelopeError::WrongPassphrase if is_typed => {
                "run it again, and type the passphrase that the file was created with"
            }
            EnvelopeError::WrongPassphrase => "correct it where sheaf.ron says that it comes from",
            EnvelopeError::WrongIdentity => {
                "name the right identity in sheaf.ron, or ask someone whom the file opens for to add your public key to \
                 its recipients and to store a secret; `age-keygen -y` prints your public key"
            }
            EnvelopeError::NeedsPassphrase => "give a `passphrase` in sheaf.ron instead of the `identity`",
            EnvelopeError::NeedsIdentity => "give an `identity` in sheaf.ron instead of the `passphrase`",
            EnvelopeError::TooMuchWork(_) => "encrypt it again with less, as `age -p` does",
            EnvelopeError::Encryption(_) | EnvelopeError::Writing(_) => "the file is as it was",
        };
        self.definition(&error.to_string(), hint)
    }

    pub(super) fn unreadable(&self, path: &Path, error: &io::Error) -> StoreError {
        let (reason, hint) = if error.kind() == io::ErrorKind::NotFound {
            let reason = format!("there is no file {}", path.display());
            (
                reason,
                "`sheaf secrets create-scope SCOPE` creates what is missing",
            )
        } else {
            let reason = format!("{} cannot be read: {error}", path.display());
            (reason, "it must be a file that you can read")
        };
        StoreError::Unavailable {
            store: self.store.clone(),
            reason,
            hint: Some(hint.to_owned()),
        }
    }

    pub(super) fn unwritable(&self, path: &Path, error: &io::Error) -> StoreError {
        let reason = format!("{} cannot be written: {error}", path.display());
        self.definition(
            &reason,
            "it is as it was; make it and its folder writable, and try again",
        )
    }
}
