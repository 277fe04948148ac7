//! Stores of secrets: one trait, one file for each kind.
//!
//! To add one: its file with a definition and a [`SecretStore`], and its variant in [`StoreDefinition`], which is the list.

mod azure;
mod environment;
mod error;
mod file;
mod folder;
mod keyring;
#[cfg(target_os = "linux")]
mod keyutils;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize};

use super::binding::Binding;
use super::caller::{Caller, Nobody};
use super::reference::Reference;
use super::value::SecretValue;
use crate::digest::Digester;
use crate::secret::azure::IDENTITY_HEADER;
pub use azure::AzureKeyVaultDefinition;
pub use environment::EnvironmentDefinition;
pub use error::StoreError;
pub use file::{FileDefinition, PassphraseSource};
pub use folder::FolderDefinition;

/// Where the secrets of a scope are; in `sheaf.ron` as `keyring`, or `environment(prefix: "DB_")`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreDefinition {
    /// The keyring of the operating system.
    #[default]
    Keyring,
    /// The keys that the Linux kernel keeps for a user.
    Keyutils,
    /// A vault of Azure.
    AzureKeyVault(AzureKeyVaultDefinition),
    /// Environment variables.
    Environment(EnvironmentDefinition),
    /// An encrypted file.
    File(FileDefinition),
    /// A folder of files.
    Folder(FolderDefinition),
}

/// What a store needs to know of the scope and of the machine to be opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The name of the scope.
    pub scope: String,
    /// The entries of keys that are bound to entries made elsewhere.
    pub bindings: BTreeMap<String, Binding>,
    /// The folder of the workspace, from which relative paths start.
    pub root: PathBuf,
    /// The values of the secrets of other scopes that the definition refers to.
    pub secrets: BTreeMap<Reference, SecretValue>,
    /// What the environment of the process says, and whom to ask for a passphrase.
    pub caller: Arc<dyn Caller>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            scope: String::new(),
            bindings: BTreeMap::new(),
            root: PathBuf::new(),
            secrets: BTreeMap::new(),
            caller: Arc::new(Nobody),
        }
    }
}

impl Opening {
    /// Returns where a path of `sheaf.ron` leads: it is absolute, below the home folder (`~/…`), or from the workspace's
    /// folder.
    fn path(&self, written: &str) -> Result<PathBuf, String> {
        match written.strip_prefix("~/") {
            Some(below) => match self.caller.home() {
                Some(home) => Ok(home.join(below)),
                None => Err(format!("{written} is below the home folder, and HOME is not set")),
            },
            None => Ok(self.root.join(written)),
        }
    }
}

/// What a kind of store can do, and its limits.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether values can be put and deleted.
    pub writes: bool,
    /// Whether it lists its keys.
    pub lists: bool,
    /// The longest value, in bytes; `None` where nothing limits it but memory.
    pub longest: Option<usize>,
    /// The most secrets; `None` where nothing limits them.
    pub most: Option<usize>,
    /// The most bytes that all secrets of a person have together, with their names; `None` where nothing limits them.
    pub together: Option<usize>,
    /// Whether a value may have no bytes.
    pub empty: bool,
    /// Whether a value may be other than UTF-8.
    pub binary: bool,
    /// Which keys it can have.
    pub keys: KeyNames,
    /// Whether what is deleted can be recovered by the store's own tools, and its key not be put again until it is purged.
    pub is_recoverable: bool,
}

/// The longest name of those with letters, digits and dashes alone.
const LONGEST_VAULT_NAME: usize = 127;

/// Which keys a store can have, of those that a scope can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyNames {
    /// All of them.
    All,
    /// Those of at most 127 letters, digits and dashes.
    LettersDigitsDashes,
}

impl KeyNames {
    /// Returns whether a key is one of them.
    pub fn takes(self, key: &str) -> bool {
        let is_taken = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        match self {
            Self::All => true,
            Self::LettersDigitsDashes => key.len() <= LONGEST_VAULT_NAME && key.chars().all(is_taken),
        }
    }
}

impl Capabilities {
    /// A store that takes and lists everything, without limits.
    pub const WRITABLE: Self = Self {
        writes: true,
        lists: true,
        longest: None,
        most: None,
        together: None,
        empty: true,
        binary: true,
        keys: KeyNames::All,
        is_recoverable: false,
    };

    /// A store whose values come from elsewhere.
    pub const READ_ONLY: Self = Self {
        writes: false,
        ..Self::WRITABLE
    };
}

/// What is known of a secret beside its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The key in its scope.
    pub key: String,
    /// When it was last put, where the store knows.
    pub modified: Option<SystemTime>,
}

/// A place that keeps secrets.
///
/// Calls may take long or hang: [`Secrets`](super::Secrets) bounds them, and drops a store that does not answer.
pub trait SecretStore: Send + Sync {
    /// Returns what a person calls it, as "the OS keyring (Secret Service)".
    fn name(&self) -> String;

    /// Returns what it can do.
    fn capabilities(&self) -> Capabilities;

    /// Gets ready to answer, where that needs a person or takes long: a passphrase that is typed, a file that is decrypted.
    ///
    /// It is called before each question, and not bounded in time, because a person is not.
    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where there is none; what the store says where it is locked, absent or refuses.
    fn get(&self, key: &str) -> Result<SecretValue, StoreError>;

    /// Stores a value, replacing the one that is there.
    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError>;

    /// Removes a key; [`StoreError::Missing`] where there is none.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Returns what is left of a secret that was deleted, in a sentence; nothing where it is gone.
    fn left_of_deleted(&self, _key: &str) -> Option<String> {
        None
    }

    /// Lists the keys, sorted; never asks a person to unlock the store.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] where that would be needed, [`StoreError::Unlisted`] where the store cannot.
    fn list(&self) -> Result<Vec<Metadata>, StoreError>;

    /// Checks that the store can be used, without asking a person for anything; returns how many secrets it has, where it
    /// can tell.
    fn probe(&self) -> Result<Option<usize>, StoreError> {
        self.list().map(|keys| Some(keys.len()))
    }

    /// Returns what a person should know of how it is kept, such as files that others can read, in sentences.
    fn concerns(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns whether the store waits for a person now, whom it asks for a password in a dialog of its own: that is waited
    /// for longer than a store.
    fn is_asking(&self) -> bool {
        false
    }
}

/// Writes a part of `sheaf.ron` in one line.
pub(super) fn one_line<T: Serialize>(part: &T) -> Option<String> {
    let options = ron::Options::default();
    let options = options.with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES);
    let one_line = PrettyConfig::new()
        .compact_structs(true)
        .compact_arrays(true)
        .compact_maps(true);
    options.to_string_pretty(part, one_line).ok()
}

impl StoreDefinition {
    /// Returns what `sheaf.ron` calls the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Keyutils => "keyutils",
            Self::AzureKeyVault(_) => "azure_key_vault",
            Self::Environment(_) => "environment",
            Self::File(_) => "file",
            Self::Folder(_) => "folder",
        }
    }

    /// Reads a definition as `sheaf.ron` has it.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let options = ron::Options::default();
        let options = options.with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES);
        options.from_str(text).map_err(|error| error.code.to_string())
    }

    /// Returns the definition as `sheaf.ron` has it, in one line.
    pub fn written(&self) -> String {
        one_line(self).unwrap_or_else(|| self.kind().to_owned())
    }

    /// Returns the secrets of other scopes that it refers to, for its own credentials.
    pub(super) fn references(&self) -> Vec<Reference> {
        match self {
            Self::AzureKeyVault(definition) => definition.credentials.reference().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the environment variables from which its values come, or what opens it.
    ///
    /// Commands of cells do not inherit them: what they get of a scope, they get from its sinks.
    pub(super) fn variables(&self, caller: &dyn Caller) -> Vec<String> {
        match self {
            Self::Environment(definition) => definition.named(caller),
            Self::File(definition) => definition.variable().into_iter().collect(),
            Self::AzureKeyVault(_) => vec![IDENTITY_HEADER.to_owned()],
            _ => Vec::new(),
        }
    }

    /// Opens the store, which may hang.
    ///
    /// Whoever wants a secret asks [`Secrets`](super::Secrets), which checks who may have it and waits only so long.
    pub fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        match self {
            Self::Keyring => keyring::open(opening),
            #[cfg(target_os = "linux")]
            Self::Keyutils => Ok(keyutils::open(opening)),
            #[cfg(not(target_os = "linux"))]
            Self::Keyutils => Err(StoreError::Unsupported {
                store: "keyutils",
                reason: "only the Linux kernel keeps keys".to_owned(),
            }),
            Self::AzureKeyVault(definition) => definition.open(opening),
            Self::Environment(definition) => definition.open(opening),
            Self::File(definition) => definition.open(opening),
            Self::Folder(definition) => definition.open(opening),
        }
    }

    /// Creates what the store needs and can create itself, such as an encrypted file with its identity; returns what was
    /// created, in sentences.
    ///
    /// What is there already stays as it is, and is checked.
    pub fn create(&self, opening: &Opening) -> Result<Vec<String>, StoreError> {
        match self {
            Self::File(definition) => definition.create(opening),
            _ => Ok(Vec::new()),
        }
    }

    /// Adds the kind and all that the definition says to a digest.
    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("store", self.kind());
        match self {
            Self::Keyring | Self::Keyutils => {}
            Self::AzureKeyVault(definition) => definition.write(digester),
            Self::Environment(definition) => definition.write(digester),
            Self::File(definition) => definition.write(digester),
            Self::Folder(definition) => definition.write(digester),
        }
    }
}
