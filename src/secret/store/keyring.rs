//! The keyring of the operating system: the Secret Service of a Linux desktop, macOS's Keychain, Windows' Credential
//! Manager.
//!
//! An entry is legible in the platform's own viewer: its service is `sheaf/SCOPE`, its account the key. A key that is bound
//! leads to an entry that someone else made, which can be read and replaced here, and deleted only where it was made.
//!
//! Reading and writing let the platform ask the person for the password of a locked keyring; listing never does. Its crate
//! keeps a failed start for as long as the process lives, so the platform's store is opened here, again after each failure.

#[cfg(any(windows, target_vendor = "apple"))]
mod native;
#[cfg(not(any(windows, target_vendor = "apple")))]
mod secret_service;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use keyring::{Entry, Error};

use super::{Capabilities, Metadata, Opening, SecretStore, StoreError};
use crate::secret::binding::Binding;
use crate::secret::reference::Reference;
use crate::secret::value::SecretValue;
#[cfg(any(windows, target_vendor = "apple"))]
use native::{self as platform, NativeStore as Platform};
#[cfg(not(any(windows, target_vendor = "apple")))]
use secret_service::{self as platform, Conversations as Platform};

/// The entries of a scope in the keyring.
struct Keyring {
    /// What all of them have as their service.
    service: String,
    bindings: BTreeMap<String, Binding>,
    platform: Platform,
    /// Whether the platform may be asking the person for the password of the keyring.
    is_asking: AtomicBool,
}

/// Opens the keyring for a scope.
pub(super) fn open(opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
    Ok(Box::new(Keyring {
        service: format!("sheaf/{}", opening.scope),
        bindings: opening.bindings.clone(),
        platform: Platform::open()?,
        is_asking: AtomicBool::new(false),
    }))
}

impl Keyring {
    /// Returns the service and the account of the entry for a key.
    fn names<'a>(&'a self, key: &'a str) -> (&'a str, &'a str) {
        let binding = self.bindings.get(key);
        binding.map_or((self.service.as_str(), key), |binding| {
            (&binding.service, &binding.account)
        })
    }

    /// Does something with the entry for a key, after the keyring is unlocked.
    fn with_entry<T>(
        &self,
        key: &str,
        work: impl FnOnce(&Entry) -> keyring::Result<T>,
    ) -> Result<T, StoreError> {
        let (service, account) = self.names(key);
        let asks = self.platform.asks_for(service, account)?;
        self.is_asking.store(asks, Ordering::SeqCst);
        let done = match if asks { self.platform.unlock() } else { Ok(()) } {
            Ok(()) => {
                let entry = self.platform.entry(service, account);
                let done = entry.and_then(|entry| work(&entry));
                done.map_err(|error| self.failure(key, error))
            }
            Err(error) => Err(error),
        };
        self.is_asking.store(false, Ordering::SeqCst);
        done
    }

    /// Returns what went wrong, in this store's words: some of the platform's hold the value.
    fn failure(&self, key: &str, error: Error) -> StoreError {
        let store = self.name();
        let (service, account) = self.names(key);
        match error {
            Error::NoEntry => StoreError::Missing {
                key: key.to_owned(),
                store,
                hint: self.bindings.get(key).map(|binding| {
                    format!(
                        "sheaf.ron binds it to the entry with the service {:?} and the account {:?}: create that",
                        binding.service, binding.account
                    )
                }),
            },
            Error::PlatformFailure(error) | Error::NoStorageAccess(error) => platform::failure(&*error),
            Error::Ambiguous(entries) => StoreError::Unusable {
                store,
                reason: format!(
                    "{} entries have the service {service:?} and the account {account:?}",
                    entries.len()
                ),
                hint: format!("delete all but one of them, in {}", platform::VIEWER),
            },
            Error::TooLong(what, longest) => StoreError::Refused {
                store,
                reason: format!("the {what} may have at most {longest} characters"),
            },
            Error::Invalid(what, reason) => StoreError::Refused {
                store,
                reason: format!("the {what} {reason}"),
            },
            Error::NotSupportedByStore(reason) => StoreError::Refused { store, reason },
            _ => StoreError::Failed {
                store,
                reason: format!(
                    "the entry with the service {service:?} and the account {account:?} cannot be read"
                ),
            },
        }
    }
}

impl SecretStore for Keyring {
    fn name(&self) -> String {
        platform::NAME.to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        platform::CAPABILITIES
    }

    fn is_asking(&self) -> bool {
        self.is_asking.load(Ordering::SeqCst)
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        self.with_entry(key, |entry| entry.get_secret().map(SecretValue::new))
    }

    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError> {
        if let Some(longest) = self.capabilities().longest
            && value.len() > longest
        {
            return Err(StoreError::TooLong {
                store: self.name(),
                size: value.len(),
                longest,
            });
        }
        self.with_entry(key, |entry| entry.set_secret(value.expose()))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        if let Some(binding) = self.bindings.get(key) {
            return Err(StoreError::Unusable {
                store: self.name(),
                reason: format!(
                    "the key {key:?} is bound to an entry that was made elsewhere, with the service {:?} and the account {:?}",
                    binding.service, binding.account
                ),
                hint: format!(
                    "delete the entry in {}, or remove the binding from sheaf.ron",
                    platform::VIEWER
                ),
            });
        }
        self.with_entry(key, Entry::delete_credential)
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let mut keys = self.platform.list(&self.service, None)?;
        // What someone wrote there by hand may have a name that no key has, or be there twice.
        keys.retain(|found| {
            Reference::check_key(&found.key).is_ok() && !self.bindings.contains_key(&found.key)
        });
        for (key, binding) in &self.bindings {
            let found = self.platform.list(&binding.service, Some(&binding.account))?;
            keys.extend(found.into_iter().map(|found| Metadata {
                key: key.clone(),
                ..found
            }));
        }
        keys.sort_by(|one, other| one.key.cmp(&other.key));
        let mut seen = BTreeSet::new();
        keys.retain(|found| seen.insert(found.key.clone()));
        Ok(keys)
    }
}
