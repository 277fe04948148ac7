//! Getting secrets again and again: what is remembered of them, and whether they are still the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::Secrets;
use crate::digest::Digest;
use crate::secret::access::{Access, Origin};
use crate::secret::definition::Permission;
use crate::secret::error::SecretError;
use crate::secret::fingerprint::{FingerprintKey, Use};
use crate::secret::granted::Granted;
use crate::secret::reference::Reference;

/// How long someone waits who only wants to know whether a secret is still the same.
const GLANCE: Duration = Duration::from_millis(200);

/// How long someone waits who types.
const WHILE_TYPING: Duration = Duration::from_millis(50);

impl Secrets {
    /// Checks that a secret is there and that this person may read it, for a cell that gets a reference.
    pub fn get(&self, reference: &Reference, origin: &Origin) -> Result<Granted, SecretError> {
        let access = Access::Get(reference.clone());
        self.noted(&access, origin, || {
            self.check(reference.scope(), Some(reference.key()), Permission::Read)?;
            if let Some(granted) = self.memory.recent(reference) {
                return Ok(granted);
            }
            let found = self.look_up(reference, false);
            found.map_err(|error| self.with_near_key(reference, error))
        })
    }

    /// Asks the store for a secret, and remembers all but its value.
    fn look_up(&self, reference: &Reference, is_quiet: bool) -> Result<Granted, SecretError> {
        let found = self.fetch_as(reference, is_quiet).and_then(|(store, value)| {
            Ok(Granted {
                reference: reference.clone(),
                store,
                fingerprint: self.key()?.of_value(reference, &value),
            })
        });
        match &found {
            Ok(granted) => self.memory.remember(reference, Some(granted.clone())),
            Err(error) if error.is_missing() => self.memory.remember(reference, None),
            Err(_) => {}
        }
        found
    }

    /// Returns the fingerprint of a secret that a cell got, as it is now; `None` where it is not there any more.
    ///
    /// It is not an access: nobody gets anything, and nothing is noted. The store is asked at most every ten seconds, by a
    /// thread that is waited for only a moment: while a store does not answer, a secret counts as it was.
    pub fn current(self: &Arc<Self>, reference: &Reference) -> Option<Digest> {
        if self.memory.is_due(reference) {
            self.glance(reference);
        }
        self.memory.last(reference).map(|granted| granted.fingerprint)
    }

    /// Asks the store whether a secret is still the same, and waits a moment for the answer.
    fn glance(self: &Arc<Self>, reference: &Reference) {
        let (sender, receiver) = sync_channel(1);
        let (secrets, asked) = (Arc::clone(self), reference.clone());
        let asking = thread::Builder::new().name("secrets".to_owned()).spawn(move || {
            // What a store says that cannot answer now is of no interest to anybody.
            let _ = secrets.look_up(&asked, true);
            let _ = sender.send(());
        });
        if asking.is_ok() {
            let _ = receiver.recv_timeout(GLANCE);
        }
    }

    /// Returns the keys of a scope, for who is typing one; none where its store does not tell them at once.
    ///
    /// It is not an access: nothing is unlocked, nobody is asked, and nothing is noted.
    pub fn keys_at_once(self: &Arc<Self>, scope: &str) -> Vec<String> {
        if self.check(scope, None, Permission::Read).is_err() {
            return Vec::new();
        }
        let (sender, receiver) = sync_channel(1);
        let (secrets, asked) = (Arc::clone(self), scope.to_owned());
        let asking = thread::Builder::new().name("secrets".to_owned()).spawn(move || {
            let found = secrets.put_question(&asked, true, |store| store.list());
            // Who typed does not wait any more.
            let _ = sender.send(found.unwrap_or_default());
        });
        let found = asking.ok().and_then(|_| receiver.recv_timeout(WHILE_TYPING).ok());
        let found = found.unwrap_or_default().into_iter();
        found.map(|secret| secret.key).collect()
    }

    /// Returns which store answered for each scope that was used.
    pub fn answered(&self) -> BTreeMap<String, String> {
        self.memory.answered()
    }

    /// Returns what shows that this person's own run of a cell has used secrets, with the fingerprints that they had or
    /// whatever these were.
    ///
    /// # Errors
    ///
    /// The person's key cannot be read.
    pub(crate) fn sign<'a>(
        &self,
        cell: &Digest,
        uses: impl IntoIterator<Item = Use<'a>>,
    ) -> Result<Digest, SecretError> {
        Ok(self.key()?.of_use(cell, uses))
    }

    fn key(&self) -> Result<&FingerprintKey, SecretError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let folder = self.state_folder.as_deref().ok_or(SecretError::NoStateFolder)?;
        let key = FingerprintKey::of(folder)?;
        Ok(self.key.get_or_init(|| key))
    }
}
