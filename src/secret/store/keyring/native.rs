//! macOS's Keychain and Windows' Credential Manager.
//!
//! Their stores connect to nothing when they start, so the one that `keyring` starts serves the whole process. The system
//! itself decides when it asks the person, so each question may wait for one.

use std::collections::HashMap;
use std::error;
use std::sync::Arc;

use keyring::Entry;
use keyring_core::CredentialStore;

use crate::secret::store::{Capabilities, Metadata, StoreError};

/// What a person calls it.
pub(super) const NAME: &str = if cfg!(target_vendor = "apple") {
    "the OS keyring (macOS Keychain)"
} else {
    "the OS keyring (Windows Credential Manager)"
};
/// Where a person sees its entries.
pub(super) const VIEWER: &str = if cfg!(target_vendor = "apple") {
    "Keychain Access"
} else {
    "the Credential Manager"
};
/// What it can do: a credential of Windows holds 5 × 512 bytes, and is listed by a search that `v1` does not have.
pub(super) const CAPABILITIES: Capabilities = if cfg!(target_vendor = "apple") {
    Capabilities::WRITABLE
} else {
    Capabilities {
        lists: false,
        longest: Some(2_560),
        ..Capabilities::WRITABLE
    }
};

/// The platform's own store.
pub(super) struct NativeStore {
    entries: Arc<CredentialStore>,
}

impl NativeStore {
    /// Finds the store.
    pub(super) fn open() -> Result<Self, StoreError> {
        if let Err(error) = Entry::store_status() {
            return Err(failed(error.to_string()));
        }
        let entries = keyring_core::get_default_store();
        Ok(Self {
            entries: entries.ok_or_else(|| failed(keyring::Error::NoDefaultStore.to_string()))?,
        })
    }

    /// Returns an entry, which need not exist.
    pub(super) fn entry(&self, service: &str, account: &str) -> keyring::Result<Entry> {
        Ok(Entry {
            inner: self.entries.build(service, account, None)?,
        })
    }

    /// Returns whether the person may be asked for a password before an entry is read or written.
    #[expect(clippy::unused_self, reason = "as on every platform")]
    pub(super) fn asks_for(&self, _service: &str, _account: &str) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Leaves it to the system to unlock.
    #[expect(clippy::unused_self, reason = "as on every platform")]
    pub(super) fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Lists the accounts of a service as keys; attributes are read of a locked keychain, too.
    pub(super) fn list(&self, service: &str, account: Option<&str>) -> Result<Vec<Metadata>, StoreError> {
        if !CAPABILITIES.lists {
            return Err(StoreError::Unlisted {
                store: NAME.to_owned(),
            });
        }
        let mut query = HashMap::from([("service", service)]);
        if let Some(account) = account {
            query.insert("user", account);
        }
        let found = self.entries.search(&query);
        let found = found.map_err(|error| failed(error.to_string()))?;
        let names = found.iter().filter_map(keyring_core::Entry::get_specifiers);
        Ok(names
            .map(|(_, account)| Metadata {
                key: account,
                modified: None,
            })
            .collect())
    }
}

/// Returns what went wrong, from what an entry says.
pub(super) fn failure(error: &(dyn error::Error + Send + Sync + 'static)) -> StoreError {
    failed(error.to_string())
}

fn failed(reason: String) -> StoreError {
    StoreError::Failed {
        store: NAME.to_owned(),
        reason,
    }
}
