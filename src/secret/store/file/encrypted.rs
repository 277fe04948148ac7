//! [`EncryptedFile`]: secrets in a file that is decrypted once, and again when it has changed.
//!
//! What was in it is kept in memory that is zeroed. It is written as a whole or not at all, by one process at a time.

use std::fs::{self, File, Metadata as FileMetadata};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519;
use zeroize::Zeroizing;

use super::contents::Contents;
use super::envelope::{EnvelopeError, Key};
use super::failure::Failure;
use super::lock::Lock;
use super::unlocking::Unlocking;
use crate::file::{AtomicFile, write_private};
use crate::secret::caller::Caller;
use crate::secret::store::{Capabilities, Metadata, SecretStore, StoreError};
use crate::secret::trust::private_folder;
use crate::secret::value::SecretValue;

/// How often a person may try a passphrase.
const TRIES: usize = 3;

/// An encrypted file.
pub(super) struct EncryptedFile {
    path: PathBuf,
    unlocking: Unlocking,
    recipients: Vec<x25519::Recipient>,
    caller: Arc<dyn Caller>,
    failure: Failure,
    state: Mutex<State>,
}

/// What is remembered of the file.
#[derive(Default)]
struct State {
    /// The passphrase that a person has typed, and that was right.
    typed: Option<SecretString>,
    decrypted: Option<(Stamp, Contents)>,
}

/// What tells one state of a file from another: every write makes a new one.
#[derive(PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl EncryptedFile {
    pub(super) fn new(
        path: PathBuf,
        unlocking: Unlocking,
        recipients: Vec<x25519::Recipient>,
        caller: Arc<dyn Caller>,
        failure: Failure,
    ) -> Self {
        Self {
            path,
            unlocking,
            recipients,
            caller,
            failure,
            state: Mutex::default(),
        }
    }

    pub(super) fn unlocking(&self) -> &Unlocking {
        &self.unlocking
    }

    /// Returns whether the file is there.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Creates the file, without a secret in it.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        let key = if self.unlocking.is_typed() {
            self.new_passphrase()?
        } else {
            self.key(&State::default(), "")?
        };
        let sealed = self.seal(&Contents::default(), &key)?;
        let created = self.path.parent().map_or(Ok(()), fs::create_dir_all);
        created
            .and_then(|()| write_private(&self.path, &sealed))
            .map_err(|error| self.failure.unwritable(&self.path, &error))?;
        self.remember(&mut self.state(), key);
        Ok(())
    }

    /// Creates an identity, and returns its public key.
    pub(super) fn create_identity(&self, path: &Path) -> Result<x25519::Recipient, StoreError> {
        let identity = x25519::Identity::generate();
        let public = identity.to_public();
        let now = humantime::format_rfc3339_seconds(SystemTime::now());
        let text = Zeroizing::new(format!(
            "# created: {now}\n# public key: {public}\n{}\n",
            identity.to_string().expose_secret()
        ));
        let created = path.parent().map_or(Ok(()), private_folder);
        created
            .and_then(|()| write_private(path, text.as_bytes()))
            .map_err(|error| self.failure.unwritable(path, &error))?;
        Ok(public)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is in the file.
    fn contents<'a>(&self, state: &'a mut State) -> Result<&'a Contents, StoreError> {
        let unreadable = |error| self.failure.unreadable(&self.path, &error);
        let mut file = File::open(&self.path).map_err(unreadable)?;
        let stamp = Stamp::of(&file.metadata().map_err(unreadable)?);
        let known = state.decrypted.take().filter(|(known, _)| *known == stamp);
        let decrypted = if let Some(known) = known {
            known
        } else {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(unreadable)?;
            (stamp, self.decrypt(&bytes, state)?)
        };
        Ok(&state.decrypted.insert(decrypted).1)
    }

    fn decrypt(&self, bytes: &[u8], state: &mut State) -> Result<Contents, StoreError> {
        let is_typed = self.unlocking.is_typed();
        let mut question = format!("Passphrase of {}: ", self.failure.store());
        let mut tries = if is_typed && state.typed.is_none() {
            TRIES
        } else {
            1
        };
        let plain = loop {
            let key = self.key(state, &question)?;
            tries -= 1;
            match key.open(bytes) {
                Ok(plain) => {
                    self.remember(state, key);
                    break plain;
                }
                Err(EnvelopeError::WrongPassphrase) if tries > 0 => {
                    question = format!(
                        "That is not the passphrase of {}. Try again: ",
                        self.failure.store()
                    );
                }
                Err(error) => {
                    // The file may have got another passphrase since this one was typed.
                    state.typed = None;
                    return Err(self.failure.sealed(&error, is_typed));
                }
            }
        };
        Contents::parse(&plain).map_err(|error| {
            let hint = "take an earlier version of it from version control or a backup, or use a newer Sheaf";
            self.failure.definition(&error.to_string(), hint)
        })
    }

    /// Gets the key: the one that was typed before, where one is.
    fn key(&self, state: &State, question: &str) -> Result<Key, StoreError> {
        match &state.typed {
            Some(typed) => Ok(Key::Passphrase(typed.clone())),
            None => self.unlocking.key(&*self.caller, question, &self.failure),
        }
    }

    /// Asks for a passphrase twice, so that nobody is locked out by a slip of the fingers.
    fn new_passphrase(&self) -> Result<Key, StoreError> {
        let state = State::default();
        let first = self.key(&state, &format!("New passphrase for {}: ", self.failure.store()))?;
        let second = self.key(&state, "The same again: ")?;
        match (&first, &second) {
            (Key::Passphrase(one), Key::Passphrase(other))
                if one.expose_secret() == other.expose_secret() =>
            {
                Ok(first)
            }
            _ => {
                let reason = "the two passphrases are not the same";
                Err(self.failure.definition(reason, "nothing was created: try again"))
            }
        }
    }

    /// Remembers a passphrase that a person typed.
    fn remember(&self, state: &mut State, key: Key) {
        if let Key::Passphrase(passphrase) = key
            && self.unlocking.is_typed()
        {
            state.typed = Some(passphrase);
        }
    }

    /// Changes what is in the file; nobody else writes it between reading and writing.
    fn change(&self, change: impl FnOnce(&mut Contents) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut state = self.state();
        let locked = Lock::take(&self.path);
        let _lock = locked.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.failure.unreadable(&self.path, &error),
            _ => self.failure.unwritable(&self.path, &error),
        })?;
        let mut contents = self.contents(&mut state)?.clone();
        change(&mut contents)?;
        let key = self.key(&state, "")?;
        let sealed = self.seal(&contents, &key)?;
        let written = AtomicFile::create(&self.path, true).and_then(|mut file| {
            file.write_all(&sealed)?;
            file.flush()?;
            // Before it has its name: then the next writer may replace it at once, and this would be a stamp of theirs.
            let stamp = Stamp::of(&fs::metadata(file.path())?);
            file.commit()?;
            Ok(stamp)
        });
        let stamp = written.map_err(|error| self.failure.unwritable(&self.path, &error))?;
        state.decrypted = Some((stamp, contents));
        Ok(())
    }

    fn seal(&self, contents: &Contents, key: &Key) -> Result<Vec<u8>, StoreError> {
        let own: Vec<_> = match key {
            Key::Identities(identities) => identities.iter().map(x25519::Identity::to_public).collect(),
            Key::Passphrase(_) => Vec::new(),
        };
        let listed = &self.recipients;
        let is_listed = listed.is_empty() || own.iter().any(|key| listed.contains(key));
        if let Some(public) = own.first().filter(|_| !is_listed) {
            let reason = "you could not open what you write: your public key is not among its recipients";
            let hint = format!("add \"{public}\" to its recipients in sheaf.ron");
            return Err(self.failure.definition(reason, &hint));
        }
        let recipients = if listed.is_empty() { &own } else { listed };
        let sealed = key.seal(&contents.to_bytes(), recipients);
        sealed.map_err(|error| self.failure.sealed(&error, self.unlocking.is_typed()))
    }
}

impl Stamp {
    fn of(metadata: &FileMetadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
        }
    }
}

impl SecretStore for EncryptedFile {
    fn name(&self) -> String {
        self.failure.store().to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::WRITABLE
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.contents(&mut self.state()).map(|_| ())
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let mut state = self.state();
        let value = self.contents(&mut state)?.get(key).cloned();
        value.ok_or_else(|| self.failure.missing(key))
    }

    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError> {
        self.change(|contents| {
            contents.put(key, value.clone(), SystemTime::now());
            Ok(())
        })
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.change(|contents| {
            if contents.remove(key) {
                Ok(())
            } else {
                Err(self.failure.missing(key))
            }
        })
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let mut state = self.state();
        if self.unlocking.is_typed() && state.typed.is_none() {
            return Err(self.failure.locked());
        }
        self.contents(&mut state).map(Contents::list)
    }

    #[cfg(unix)]
    fn concerns(&self) -> Vec<String> {
        use std::os::unix::fs::PermissionsExt as _;
        let open = self.unlocking.path().filter(|path| {
            let metadata = fs::metadata(path);
            metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
        });
        let concern = |path: &Path| {
            let path = path.display();
            format!(
                "others can read {path}, which opens {}: `chmod 600 {path}`",
                self.failure.store()
            )
        };
        open.map(concern).into_iter().collect()
    }
}
