//! The Secret Service of a desktop, which the keyrings of GNOME and KDE and others offer on the session bus.
//!
//! What `keyring` searches it also unlocks. So where nothing may be unlocked, the service is asked in a conversation of its
//! own, in which no secret is sent.

use std::collections::HashMap;
use std::error;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use keyring::Entry;
use keyring_core::CredentialStore;
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::DBusError;

use crate::secret::store::{Capabilities, Metadata, StoreError};

/// What a person calls it.
pub(super) const NAME: &str = "the OS keyring (Secret Service)";
/// Where a person sees its entries.
pub(super) const VIEWER: &str = "the viewer of your desktop (Passwords and Keys, KWalletManager)";
/// What it can do.
pub(super) const CAPABILITIES: Capabilities = Capabilities::WRITABLE;

/// Two conversations with the service.
pub(super) struct Conversations {
    /// The one in which entries are read and written, and what is locked is unlocked.
    entries: Arc<CredentialStore>,
    /// The one that only looks.
    service: SecretService<'static>,
}

impl Conversations {
    /// Connects to the service, which the bus may start for that.
    pub(super) fn open() -> Result<Self, StoreError> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| of_service(&error))?;
        let entries = zbus_secret_service_keyring_store::Store::new();
        Ok(Self {
            entries: entries.map_err(|error| of_entries(&error))?,
            service,
        })
    }

    /// Returns an entry, which need not exist.
    pub(super) fn entry(&self, service: &str, account: &str) -> keyring::Result<Entry> {
        let label = format!("{service}/{account}");
        let inner = self.entries.build(
            service,
            account,
            Some(&HashMap::from([("label", label.as_str())])),
        )?;
        Ok(Entry { inner })
    }

    /// Returns whether the person would be asked for a password before an entry is read or written.
    pub(super) fn asks_for(&self, service: &str, account: &str) -> Result<bool, StoreError> {
        let found = self.search(service, Some(account))?;
        // Where nothing is found, it may be in what is locked.
        Ok(!found.locked.is_empty() || (found.unlocked.is_empty() && self.is_locked()?))
    }

    /// Unlocks the keyring in which entries are made; the person is asked for its password.
    pub(super) fn unlock(&self) -> Result<(), StoreError> {
        match self.service.get_default_collection() {
            Ok(keyring) => match keyring.is_locked() {
                Ok(true) => keyring.unlock().map_err(|error| of_service(&error)),
                Ok(false) => Ok(()),
                Err(error) => Err(of_service(&error)),
            },
            Err(Error::NoResult) => Ok(()),
            Err(error) => Err(of_service(&error)),
        }
    }

    /// Lists the accounts of a service as keys, and unlocks nothing.
    pub(super) fn list(&self, service: &str, account: Option<&str>) -> Result<Vec<Metadata>, StoreError> {
        let found = self.search(service, account)?;
        if !found.locked.is_empty() || self.is_locked()? {
            return Err(locked());
        }
        let mut list = Vec::with_capacity(found.unlocked.len());
        for item in &found.unlocked {
            match metadata(item) {
                Ok(Some(entry)) => list.push(entry),
                Ok(None) => {}
                // It was deleted since it was found.
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(of_service(&error)),
            }
        }
        Ok(list)
    }

    /// Returns whether the keyring is locked in which entries are made.
    fn is_locked(&self) -> Result<bool, StoreError> {
        let keyring = match self.service.get_default_collection() {
            Err(Error::NoResult) => return Ok(false),
            keyring => keyring.and_then(|keyring| keyring.is_locked()),
        };
        keyring.map_err(|error| of_service(&error))
    }

    fn search(
        &self,
        service: &str,
        account: Option<&str>,
    ) -> Result<secret_service::SearchItemsResult<Item<'_>>, StoreError> {
        let mut attributes = HashMap::from([("service", service)]);
        if let Some(account) = account {
            attributes.insert("username", account);
        }
        let found = self.service.search_items(attributes);
        found.map_err(|error| of_service(&error))
    }
}

/// Returns what an entry shows without its secret; `None` where it has no account.
fn metadata(item: &Item) -> Result<Option<Metadata>, Error> {
    let Some(account) = item.get_attributes()?.remove("username") else {
        return Ok(None);
    };
    Ok(Some(Metadata {
        key: account,
        modified: UNIX_EPOCH.checked_add(Duration::from_secs(item.get_modified()?)),
    }))
}

/// Returns what went wrong, from what an entry says.
pub(super) fn failure(error: &(dyn error::Error + Send + Sync + 'static)) -> StoreError {
    match error.downcast_ref() {
        Some(error) => of_service(error),
        None => failed(error.to_string()),
    }
}

fn of_entries(error: &keyring::Error) -> StoreError {
    match error {
        keyring::Error::PlatformFailure(error) | keyring::Error::NoStorageAccess(error) => failure(&**error),
        other => failed(other.to_string()),
    }
}

fn of_service(error: &Error) -> StoreError {
    match error {
        Error::Locked | Error::Prompt => locked(),
        Error::NoResult => StoreError::Unusable {
            store: NAME.to_owned(),
            reason: "it has no default keyring yet, in which entries are made".to_owned(),
            hint: format!("create one in {VIEWER}, or with `gnome-keyring-daemon --unlock`"),
        },
        Error::PromptDisconnected => unavailable("it stopped while it asked for its password"),
        Error::Unavailable => no_bus(),
        Error::Zbus(error) => of_bus(error),
        Error::ZbusFdo(error) => of_name(&error.name(), error.to_string()),
        other => failed(other.to_string()),
    }
}

fn of_bus(error: &zbus::Error) -> StoreError {
    match error {
        zbus::Error::Connection(..) | zbus::Error::Address(_) | zbus::Error::Handshake(_) => no_bus(),
        zbus::Error::InputOutput(_) => unavailable("the connection to the session bus was lost"),
        other => match name(other) {
            Some(name) => of_name(&name, other.to_string()),
            None => failed(other.to_string()),
        },
    }
}

/// Returns what a named error of the bus or the service means.
fn of_name(name: &str, text: String) -> StoreError {
    match name.rsplit_once(".Error.").map_or(name, |(_, name)| name) {
        "IsLocked" => locked(),
        "ServiceUnknown" | "NameHasNoOwner" => no_keyring(),
        name if name.starts_with("Spawn.") => no_keyring(),
        "NoReply" | "Disconnected" => unavailable("it stopped"),
        _ => failed(text),
    }
}

/// Returns the name of an error that the service or the bus answered with.
fn name(error: &zbus::Error) -> Option<String> {
    match error {
        zbus::Error::MethodError(name, ..) => Some(name.to_string()),
        zbus::Error::FDO(error) => Some(error.name().to_string()),
        _ => None,
    }
}

/// Returns whether an error says that the entry is not there.
fn is_gone(error: &Error) -> bool {
    let name = match error {
        Error::Zbus(error) => name(error),
        Error::ZbusFdo(error) => Some(error.name().to_string()),
        _ => None,
    };
    name.is_some_and(|name| {
        ["NoSuchObject", "UnknownObject", "UnknownMethod"]
            .iter()
            .any(|gone| name.ends_with(gone))
    })
}

fn locked() -> StoreError {
    StoreError::Locked {
        store: NAME.to_owned(),
        hint: format!(
            "unlock it in its dialog or in {VIEWER}, and try again; where nobody can be asked, \
             `gnome-keyring-daemon --unlock` reads its password from standard input"
        ),
    }
}

fn no_bus() -> StoreError {
    StoreError::Unavailable {
        store: NAME.to_owned(),
        reason: "there is no session bus (D-Bus) here".to_owned(),
        hint: Some(
            "start Sheaf in a desktop session or under `dbus-run-session`; without a desktop, use another store: \
             `sheaf secrets doctor` tells which work here"
                .to_owned(),
        ),
    }
}

fn no_keyring() -> StoreError {
    StoreError::Unavailable {
        store: NAME.to_owned(),
        reason: "no keyring is running on the session bus".to_owned(),
        hint: Some(
            "install and start gnome-keyring, KWallet or KeePassXC, or use another store: `sheaf secrets doctor` tells \
             which work here"
                .to_owned(),
        ),
    }
}

fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable {
        store: NAME.to_owned(),
        reason: reason.to_owned(),
        hint: Some("start it, and try again: it is connected to anew".to_owned()),
    }
}

fn failed(reason: String) -> StoreError {
    StoreError::Failed {
        store: NAME.to_owned(),
        reason,
    }
}
