//! The keys that the Linux kernel keeps in memory for a user, for machines without a desktop.
//!
//! They need no daemon and no password, and are gone with the next boot. The kernel limits how many a user has, and how many
//! bytes in all; it has no search. `keyctl show @u` shows them as `sheaf/SCOPE/KEY`.
//!
//! The crate's own way to a key leads through the session's keyring. Where a process has none, in a container or under cron,
//! asking for the persistent keyring makes a new one for the thread alone, and the key is out of reach. So keys are kept in
//! the user's keyring, which every process of the user has.

use std::fs;
use std::sync::Arc;

use keyring::{Entry, Error};
use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
use linux_keyutils_keyring_store::Cred;

use super::{Capabilities, Metadata, Opening, SecretStore, StoreError};
use crate::secret::value::SecretValue;

/// What a person calls it.
const NAME: &str = "the Linux kernel's keyring (keyutils)";
/// The most bytes that the kernel takes for one key.
const LONGEST: usize = 32_767;

/// The keys of a scope.
struct Keyutils {
    scope: String,
    quota: Quota,
}

/// What the kernel lets one user have.
#[derive(Debug, Clone, Copy)]
struct Quota {
    keys: usize,
    /// For values, names and what the kernel notes itself.
    bytes: usize,
}

/// Opens the keys of a scope.
pub(super) fn open(opening: &Opening) -> Box<dyn SecretStore> {
    Box::new(Keyutils {
        scope: opening.scope.clone(),
        quota: Quota::of_user(),
    })
}

/// Returns the keyring of the user, and the one that outlives the user's logins where the kernel has it.
///
/// Keys are read by whoever possesses the keyring that they are in, and a process possesses what its session's keyring leads
/// to: under systemd that does not lead to the user's by itself.
fn keyrings() -> Result<(KeyRing, Option<KeyRing>), KeyError> {
    let user = KeyRing::from_special_id(KeyRingIdentifier::User, true)?;
    if let Ok(session) = KeyRing::from_special_id(KeyRingIdentifier::Session, false) {
        // A session that has ended cannot be linked to; its user's keys may be readable all the same.
        let _ = session.link_keyring(user);
    }
    Ok((user, KeyRing::get_persistent(KeyRingIdentifier::User).ok()))
}

impl Quota {
    /// Reads the quota of whoever runs this process; it is larger for root.
    fn of_user() -> Self {
        let prefix = if rustix::process::geteuid().is_root() {
            "root_"
        } else {
            ""
        };
        let limit = |name: &str, usual: usize| {
            let text = fs::read_to_string(format!("/proc/sys/kernel/keys/{prefix}{name}"));
            text.ok()
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(usual)
        };
        Self {
            keys: limit("maxkeys", 200),
            bytes: limit("maxbytes", 20_000),
        }
    }
}

impl Keyutils {
    fn entry(&self, key: &str) -> Result<Entry, StoreError> {
        let (user, persistent) = keyrings().map_err(|error| self.of_kernel(error))?;
        let credential = Cred {
            session: user,
            persistent,
            description: format!("sheaf/{}/{key}", self.scope),
            specifiers: None,
        };
        Ok(Entry {
            inner: keyring_core::Entry::new_with_credential(Arc::new(credential)),
        })
    }

    /// Returns what went wrong, in this store's words.
    fn failure(&self, key: &str, error: &Error) -> StoreError {
        match error {
            Error::NoEntry => StoreError::Missing {
                key: key.to_owned(),
                store: NAME.to_owned(),
                hint: None,
            },
            Error::PlatformFailure(error) | Error::NoStorageAccess(error) => match error.downcast_ref() {
                Some(error) => self.of_kernel(*error),
                None => failed(error.to_string()),
            },
            Error::Invalid(what, reason) => StoreError::Refused {
                store: NAME.to_owned(),
                reason: format!("the {what} is {reason}"),
            },
            _ => failed("the key cannot be read".to_owned()),
        }
    }

    fn of_kernel(&self, error: KeyError) -> StoreError {
        match error {
            KeyError::QuotaExceeded => StoreError::Full {
                store: NAME.to_owned(),
                limit: format!(
                    "the kernel lets you have {} keys and {} bytes in all",
                    self.quota.keys, self.quota.bytes
                ),
            },
            KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::OperationNotSupported => {
                refused()
            }
            // The system calls are not there.
            KeyError::Unknown(38) => refused(),
            other => failed(format!("the kernel says {other}")),
        }
    }
}

impl SecretStore for Keyutils {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            lists: false,
            longest: Some(LONGEST.min(self.quota.bytes)),
            most: Some(self.quota.keys),
            together: Some(self.quota.bytes),
            empty: false,
            ..Capabilities::WRITABLE
        }
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let secret = self.entry(key)?.get_secret();
        secret
            .map(SecretValue::new)
            .map_err(|error| self.failure(key, &error))
    }

    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError> {
        let longest = LONGEST.min(self.quota.bytes);
        if value.len() > longest {
            return Err(StoreError::TooLong {
                store: NAME.to_owned(),
                size: value.len(),
                longest,
            });
        }
        if value.is_empty() {
            return Err(StoreError::Unfit {
                store: NAME.to_owned(),
                what: "an empty value",
            });
        }
        let put = self.entry(key)?.set_secret(value.expose());
        put.map_err(|error| self.failure(key, &error))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let deleted = self.entry(key)?.delete_credential();
        deleted.map_err(|error| self.failure(key, &error))
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        Err(StoreError::Unlisted {
            store: NAME.to_owned(),
        })
    }

    fn probe(&self) -> Result<Option<usize>, StoreError> {
        keyrings().map(|_| None).map_err(|error| self.of_kernel(error))
    }
}

fn refused() -> StoreError {
    StoreError::Unavailable {
        store: NAME.to_owned(),
        reason: "the kernel does not let this process use them".to_owned(),
        hint: Some(
            "containers forbid it unless their seccomp profile allows add_key, keyctl and request_key; allow it, or use \
             another store: `sheaf secrets doctor` tells which work here"
                .to_owned(),
        ),
    }
}

fn failed(reason: String) -> StoreError {
    StoreError::Failed {
        store: NAME.to_owned(),
        reason,
    }
}
