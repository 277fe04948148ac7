//! [`Secrets`]: the one way from a reference to a value.
//!
//! Every use is checked in the same order: the scope is one of the workspace, the person has approved the scopes, the
//! person may do it, and, for a sink, the value may go there. Each use, allowed or not, is one line of the audit log, with
//! how it ended: what was looked up is noted before anybody has it, and nothing is changed while the log cannot be written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use super::access::{Access, Origin};
use super::acl::Person;
use super::audit::{AuditEntry, AuditLog};
use super::caller::{Caller, Nobody, Reserved};
use super::definition::{Permission, ScopeDefinition, ScopeDefinitions, circle};
use super::doctor::{self, Diagnosis};
use super::error::SecretError;
use super::fingerprint::FingerprintKey;
use super::memory::Memory;
use super::open_stores::OpenStores;
use super::process::protect_memory;
use super::redaction;
use super::reference::Reference;
use super::store::{Metadata, Opening, SecretStore, StoreError};
use super::terms::{ConnectionTerms, MountTerms, Terms};
use super::trust::Trust;
use super::value::SecretValue;
use crate::error::nearest;

mod getting;
mod sending;
#[cfg(test)]
mod tests;

/// The secrets of a workspace, as one person uses them.
///
/// Without scopes it costs nothing: stores are opened when they are first used.
pub struct Secrets {
    root: PathBuf,
    definitions: ScopeDefinitions,
    /// The mounts of the workspace that send values, or an identity.
    mounts: BTreeMap<String, MountTerms>,
    /// The connections of the workspace that send values.
    connections: BTreeMap<String, ConnectionTerms>,
    /// The person's own folder: approvals, the audit log, the key of fingerprints.
    state_folder: Option<PathBuf>,
    caller: Arc<dyn Caller>,
    stores: OpenStores,
    memory: Memory,
    /// The key of fingerprints, once it was needed.
    key: OnceLock<FingerprintKey>,
    person: OnceLock<Person>,
}

impl Secrets {
    /// Creates the secrets of a workspace, from what its file says of scopes.
    ///
    /// `state_folder` is the person's own folder for what programs keep.
    pub fn new(
        root: &Path,
        definitions: ScopeDefinitions,
        state_folder: Option<&Path>,
        caller: Arc<dyn Caller>,
    ) -> Self {
        Self {
            root: root.to_owned(),
            definitions,
            mounts: BTreeMap::new(),
            connections: BTreeMap::new(),
            state_folder: state_folder.map(Path::to_owned),
            caller,
            stores: OpenStores::default(),
            memory: Memory::default(),
            key: OnceLock::new(),
            person: OnceLock::new(),
        }
    }

    /// Returns the same secrets, of a workspace that also has these mounts to approve.
    #[must_use]
    pub fn with_mounts(mut self, mounts: BTreeMap<String, MountTerms>) -> Self {
        self.mounts = mounts;
        self
    }

    /// Returns the same secrets, of a workspace that also has these connections to approve.
    #[must_use]
    pub fn with_connections(mut self, connections: BTreeMap<String, ConnectionTerms>) -> Self {
        self.connections = connections;
        self
    }

    /// Returns the secrets of the same workspace and person, with other scopes, mounts and connections.
    #[must_use]
    pub fn of_terms(&self, terms: Terms) -> Self {
        let state_folder = self.state_folder.as_deref();
        let secrets = Self::new(&self.root, terms.scopes, state_folder, Arc::clone(&self.caller));
        secrets
            .with_mounts(terms.mounts)
            .with_connections(terms.connections)
    }

    /// Creates the secrets of a place without scopes.
    pub fn none() -> Self {
        Self::new(Path::new(""), ScopeDefinitions::new(), None, Arc::new(Nobody))
    }

    /// Returns the names of the scopes, as `sheaf.ron` has them: no store is asked.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// Returns the environment variables that have values of secrets, or open a store: no command of a cell inherits them.
    pub fn variables(&self) -> BTreeSet<String> {
        let definitions = self.definitions.values();
        definitions
            .flat_map(|definition| definition.store.variables(&*self.caller))
            .collect()
    }

    /// Returns what `sheaf.ron` says of a scope.
    pub fn definition(&self, scope: &str) -> Result<&ScopeDefinition, SecretError> {
        self.definitions
            .get(scope)
            .ok_or_else(|| SecretError::UnknownScope {
                scope: scope.to_owned(),
                known: self.scopes().map(str::to_owned).collect(),
            })
    }

    /// Lists the keys of a scope.
    pub fn list(&self, scope: &str, origin: &Origin) -> Result<Vec<Metadata>, SecretError> {
        self.noted(&Access::List(scope.to_owned()), origin, || {
            let definition = self.definition(scope)?;
            let may_read = |key: &str| self.person().permission(definition, Some(key)).is_some();
            // Whoever may read one key sees that one.
            let mut keys = definition.key_acls.keys();
            let key = keys.find(|key| may_read(key)).map(String::as_str);
            self.check(scope, key, Permission::Read)?;
            let mut listed = self.ask(scope, |store| store.list())?;
            listed.retain(|secret| may_read(&secret.key));
            Ok(listed)
        })
    }

    /// Checks, before a person types a value, that they may store it and that its store is there; a locked one is unlocked
    /// when the value is stored. Only what is refused is noted.
    pub fn check_put(&self, reference: &Reference, origin: &Origin) -> Result<(), SecretError> {
        let access = Access::Put(reference.clone());
        let checked = self.may_change(&access).and_then(|()| {
            let probed = self.put_question(reference.scope(), true, |store| store.probe());
            probed.map(drop)
        });
        match checked {
            Err(error) if error.is_refusal() || error.is_of_absent_store() => {
                self.note(&access, origin, !error.is_refusal(), Some(&error))?;
                Err(error)
            }
            // Whatever else is wrong is said where the value is stored.
            _ => Ok(()),
        }
    }

    /// Stores a value.
    pub fn put(&self, reference: &Reference, value: SecretValue, origin: &Origin) -> Result<(), SecretError> {
        self.change(&Access::Put(reference.clone()), origin, || {
            redaction::register(&value);
            let key = reference.key().to_owned();
            let put = self.ask(reference.scope(), move |store| store.put(&key, &value));
            self.memory.forget(reference);
            put
        })
    }

    /// Removes a secret; returns what is left of it, in a sentence, where the store keeps something.
    pub fn delete(&self, reference: &Reference, origin: &Origin) -> Result<Option<String>, SecretError> {
        self.change(&Access::Delete(reference.clone()), origin, || {
            let key = reference.key().to_owned();
            let deleted = self.ask(reference.scope(), move |store| {
                store.delete(&key)?;
                Ok(store.left_of_deleted(&key))
            });
            self.memory.forget(reference);
            deleted.map_err(|error| self.with_near_key(reference, error))
        })
    }

    /// Returns a value that a person wants to see.
    pub fn reveal(&self, reference: &Reference, origin: &Origin) -> Result<SecretValue, SecretError> {
        self.noted(&Access::Reveal(reference.clone()), origin, || {
            self.fetch(reference).map(|(_, value)| value)
        })
    }

    /// Looks at which stores work here, and at each scope, without unlocking anything.
    pub fn diagnose(&self) -> Result<Diagnosis, SecretError> {
        let is_approved = self.has_approved()?;
        doctor::diagnose(self.definitions.iter().map(|(scope, definition)| {
            let opening = || {
                let caller = Reserved::new(Arc::clone(&self.caller), Arc::new(AtomicBool::new(true)));
                let opening = self.opening(scope, definition, Arc::new(caller));
                let secrets = self.credentials(scope, definition, true)?;
                Ok(Opening { secrets, ..opening })
            };
            let store = is_approved.then(|| (&definition.store, opening()));
            (scope.as_str(), store)
        }))
    }

    /// Creates what the store of a scope needs and can create itself; returns what was created, in sentences.
    ///
    /// The scope need not be approved: whoever creates it has just written it.
    pub fn create(&self, scope: &str) -> Result<Vec<String>, SecretError> {
        let definition = self.definition(scope)?;
        let created = definition
            .store
            .create(&self.opening(scope, definition, Arc::clone(&self.caller)));
        created.map_err(|error| SecretError::Store {
            scope: scope.to_owned(),
            error,
        })
    }

    /// Returns the value of a key, and which store answered.
    fn fetch(&self, reference: &Reference) -> Result<(String, SecretValue), SecretError> {
        let fetched = self.fetch_as(reference, false);
        fetched.map_err(|error| self.with_near_key(reference, error))
    }

    fn fetch_as(&self, reference: &Reference, is_quiet: bool) -> Result<(String, SecretValue), SecretError> {
        self.check(reference.scope(), Some(reference.key()), Permission::Read)?;
        let key = reference.key().to_owned();
        protect_memory();
        let (store, value) = self.put_question(reference.scope(), is_quiet, move |store| {
            if is_quiet && let Err(locked @ StoreError::Locked { .. }) = store.probe() {
                // A keyring would show a dialog.
                return Err(locked);
            }
            Ok((store.name(), store.get(&key)?))
        })?;
        // Whatever it is wanted for, from now on it is in this process, and could come back in a text.
        redaction::register(&value);
        self.memory.note_answer(reference.scope(), &store);
        Ok((store, value))
    }

    /// Adds to the error of a secret that is not there the key that may be meant, of those that this person may read.
    fn with_near_key(&self, reference: &Reference, error: SecretError) -> SecretError {
        let SecretError::Store {
            scope,
            error: error @ StoreError::Missing { .. },
        } = error
        else {
            return error;
        };
        let may_read = |key: &str| {
            self.require_permission(&scope, Some(key), Permission::Read)
                .is_ok()
        };
        // A store that does not list what it has leaves the error as it is.
        let listed = self.ask(&scope, |store| store.list()).unwrap_or_default();
        let keys = listed.iter().map(|secret| secret.key.as_str());
        match nearest(reference.key(), keys.filter(|key| may_read(key))) {
            Some(near) => SecretError::Misspelled {
                near: near.to_owned(),
                scope,
                error,
            },
            None => SecretError::Store { scope, error },
        }
    }

    /// Does what changes something, once it is checked that this person may and that it can be noted; how it ended is
    /// noted, too.
    pub fn change<T, E: From<SecretError> + std::fmt::Display>(
        &self,
        access: &Access,
        origin: &Origin,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if let Err(refusal) = self.may_change(access) {
            self.note(access, origin, false, Some(&refusal))?;
            return Err(refusal.into());
        }
        let folder = self.state_folder.as_deref().ok_or(SecretError::NoStateFolder)?;
        AuditLog::of(folder).require_writable()?;
        let done = work();
        self.note(access, origin, true, done.as_ref().err())?;
        done
    }

    /// Checks that this person may do with a scope, or a key of it, what takes `needed`.
    fn check(&self, scope: &str, key: Option<&str>, needed: Permission) -> Result<(), SecretError> {
        self.require_approval(scope)?;
        self.require_permission(scope, key, needed)
    }

    /// Checks that the person has approved the scopes, and that this is one of them.
    fn require_approval(&self, scope: &str) -> Result<(), SecretError> {
        self.definition(scope)?;
        self.check_approval()
    }

    /// Checks that the person has approved the scopes, mounts and connections, if there are any.
    ///
    /// # Errors
    ///
    /// They have not, or there is no folder for approvals.
    pub fn check_approval(&self) -> Result<(), SecretError> {
        if self.has_approved()? {
            return Ok(());
        }
        Err(SecretError::NotApproved { file: self.file() })
    }

    /// Returns whether the person has approved the scopes, mounts and connections as they are; where there are none, there
    /// is nothing to approve.
    pub fn has_approved(&self) -> Result<bool, SecretError> {
        if self.definitions.is_empty() && self.mounts.is_empty() && self.connections.is_empty() {
            return Ok(true);
        }
        Ok(self.trust()?.has_approved(&self.root, self.terms()))
    }

    /// Returns what there is to approve.
    fn terms(&self) -> Terms {
        Terms {
            scopes: self.definitions.clone(),
            mounts: self.mounts.clone(),
            connections: self.connections.clone(),
        }
    }

    fn trust(&self) -> Result<Trust, SecretError> {
        let folder = self.state_folder.as_deref().ok_or(SecretError::NoStateFolder)?;
        Ok(Trust::of(folder))
    }

    fn file(&self) -> String {
        self.root.join("sheaf.ron").display().to_string()
    }

    fn require_permission(
        &self,
        scope: &str,
        key: Option<&str>,
        needed: Permission,
    ) -> Result<(), SecretError> {
        let person = self.person();
        let given = person.permission(self.definition(scope)?, key);
        if given.is_some_and(|given| given >= needed) {
            return Ok(());
        }
        Err(SecretError::Denied {
            user: person.name.clone(),
            scope: scope.to_owned(),
            needed,
        })
    }

    /// Returns who uses the secrets.
    pub fn person(&self) -> &Person {
        self.person.get_or_init(Person::of_process)
    }

    fn opening(&self, scope: &str, definition: &ScopeDefinition, caller: Arc<dyn Caller>) -> Opening {
        Opening {
            scope: scope.to_owned(),
            bindings: definition.bindings.clone(),
            root: self.root.clone(),
            secrets: BTreeMap::new(),
            caller,
        }
    }

    /// Asks the store of a scope, which is opened where it is not.
    fn ask<T: Send + 'static>(
        &self,
        scope: &str,
        question: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SecretError> {
        self.put_question(scope, false, question)
    }

    /// Asks the store of a scope; a person is left in peace where `is_quiet`.
    fn put_question<T: Send + 'static>(
        &self,
        scope: &str,
        is_quiet: bool,
        question: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let definition = self.definition(scope)?;
        let turn = self.memory.turn(scope, is_quiet)?;
        let caller = Reserved::new(Arc::clone(&self.caller), Arc::clone(&turn.is_quiet));
        let mut opening = self.opening(scope, definition, Arc::new(caller));
        if !self.stores.is_open(scope) {
            // They are in other scopes, none of which needs this one: nobody waits for ever.
            opening.secrets = self.credentials(scope, definition, is_quiet)?;
        }
        self.stores.ask(&definition.store, opening, question)
    }

    /// Returns the values that the store of a scope needs of other scopes, to prove who Sheaf is.
    ///
    /// Only the entry in `sheaf.ron` that names them gets them, and its person has approved it; they must be readable for
    /// whoever uses the scope.
    fn credentials(
        &self,
        scope: &str,
        definition: &ScopeDefinition,
        is_quiet: bool,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let references = definition.store.references();
        if let Some(way) = circle(scope, &self.definitions) {
            return Err(SecretError::Store {
                scope: scope.to_owned(),
                error: StoreError::Unusable {
                    store: "its credentials".to_owned(),
                    reason: format!("they come from a scope that needs them: {}", way.join(" → ")),
                    hint: "store them in a scope of another kind, such as the keyring".to_owned(),
                },
            });
        }
        let origin = Origin {
            command: Some(format!("credentials of the scope {scope:?}")),
            ..Origin::default()
        };
        let values = references.into_iter().map(|reference| {
            let access = Access::Get(reference.clone());
            let (_, value) = self.noted(&access, &origin, || self.fetch_as(&reference, is_quiet))?;
            Ok((reference, value))
        });
        values.collect()
    }

    /// Looks something up, and notes how that ended before anybody has what was found.
    fn noted<T>(
        &self,
        access: &Access,
        origin: &Origin,
        work: impl FnOnce() -> Result<T, SecretError>,
    ) -> Result<T, SecretError> {
        let found = work();
        let error = found.as_ref().err();
        let allowed = !error.is_some_and(SecretError::is_refusal);
        self.note(access, origin, allowed, error)?;
        found
    }

    /// Checks that this person may change what they want to change.
    fn may_change(&self, access: &Access) -> Result<(), SecretError> {
        match access {
            // Nobody manages yet what is not there.
            Access::CreateScope(_) => Ok(()),
            // Permissions and scopes are text in `sheaf.ron`, of which nothing is used here.
            Access::DeleteScope(scope) | Access::PutAcl { scope, .. } | Access::DeleteAcl { scope, .. } => {
                self.require_permission(scope, access.key(), Permission::Manage)
            }
            _ => self.check(access.scope(), access.key(), access.needed()),
        }
    }

    fn note<E: std::fmt::Display>(
        &self,
        access: &Access,
        origin: &Origin,
        allowed: bool,
        error: Option<&E>,
    ) -> Result<(), SecretError> {
        let folder = match &self.state_folder {
            Some(folder) => folder,
            // What was refused had no effect, and says why itself.
            None if error.is_some() => return Ok(()),
            None => return Err(SecretError::NoStateFolder),
        };
        let store = self.definitions.get(access.scope());
        AuditLog::of(folder).append(&AuditEntry {
            user: self.person().name.clone(),
            workspace: self.root.display().to_string(),
            store: store.map(|scope| scope.store.kind().to_owned()),
            allowed,
            error: error.map(ToString::to_string),
            ..AuditEntry::new(access, origin)
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.scopes()).finish()
    }
}
