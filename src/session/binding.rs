//! [`Binding`]: a value that a cell bound, and what is known of it without having it.

use std::sync::{Arc, OnceLock};

use starlark::environment::Module;
use starlark::values::OwnedFrozenValue;

use super::redacted;
use super::runner::Language;
use crate::cache::{Cache, Packed, StoredValue};
use crate::digest::{Digest, Digester};
use crate::secret::redaction;

/// What is known of a value without having it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingSummary {
    /// Its type, as the language names it.
    pub kind: String,
    /// Its digest.
    pub digest: Digest,
    /// What it is, in one line.
    pub summary: String,
    /// For a table, the name, the type and the digest of each column.
    pub columns: Vec<(String, String, Digest)>,
}

/// A value that a cell bound: in memory, or rebuilt from a cache when it is needed.
#[derive(Debug)]
pub(super) struct Binding {
    kind: String,
    summary: String,
    packed: Option<Packed>,
    /// The value without those of secrets, if it holds one: all that is told of it.
    told: Option<Packed>,
    digest: Option<Digest>,
    /// Its digest in the cache keys of cells that read it, where that is another one.
    nonce: Option<Digest>,
    value: OnceLock<OwnedFrozenValue>,
    cache: Option<Arc<Cache>>,
}

impl Binding {
    /// Takes a value in memory.
    pub(super) fn of(value: OwnedFrozenValue, language: &dyn Language) -> Self {
        let packed = language.pack(value.value());
        let summary = language.summary(value.value());
        let told = packed.as_ref().filter(|_| redaction::is_active());
        let told = told.and_then(|packed| redacted::packed(packed, &language.tables(value.value())));
        Self {
            kind: summary.kind,
            summary: redaction::redacted(summary.text),
            digest: packed.as_ref().map(Packed::digest),
            packed,
            // A digest of it could be guessed at: cells that read it are kept under none.
            nonce: told.is_some().then(|| Digester::unique().finish()),
            told,
            value: OnceLock::from(value),
            cache: None,
        }
    }

    /// Takes a value as `cache` has it.
    pub(super) fn stored(kind: String, summary: String, value: StoredValue, cache: &Arc<Cache>) -> Self {
        let (digest, nonce, packed) = match value {
            StoredValue::Packed(packed) => (packed.digest(), None, Some(packed)),
            StoredValue::Made {
                digest,
                nonce,
                packed,
            } => (digest, nonce, packed),
        };
        Self {
            kind,
            summary,
            digest: Some(digest),
            packed,
            told: None,
            nonce,
            value: OnceLock::new(),
            cache: Some(Arc::clone(cache)),
        }
    }

    /// Returns the form in which a cache keeps the value; `None` where it has no digest.
    pub(super) fn to_stored(&self) -> Option<StoredValue> {
        match &self.packed {
            Some(packed) if packed.is_restorable() => Some(StoredValue::Packed(packed.clone())),
            packed => Some(StoredValue::Made {
                digest: self.digest?,
                nonce: self.nonce,
                packed: packed.clone(),
            }),
        }
    }

    /// Sets the digest of a value that has no packed form.
    pub(super) fn set_digest(&mut self, digest: Digest) {
        self.digest.get_or_insert(digest);
    }

    /// Marks the digest as incomplete: a value from another run may differ.
    pub(super) fn set_nonce(&mut self, nonce: Digest) {
        self.nonce = Some(nonce);
    }

    /// Returns the value's digest for the cache keys of cells that read it.
    pub(super) fn key(&self) -> Option<Digest> {
        self.nonce.or_else(|| self.bitwise())
    }

    /// Returns the value's digest where something is computed from it.
    pub(super) fn bitwise(&self) -> Option<Digest> {
        self.packed.as_ref().map(Packed::bitwise).or(self.digest)
    }

    /// Returns whether the value has no digest yet.
    pub(super) fn is_opaque(&self) -> bool {
        self.digest.is_none()
    }

    /// Returns the digest that is told of the value.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.told.as_ref().map(Packed::digest).or(self.digest)
    }

    /// Returns the value as data, as far as it is told.
    pub(super) fn told(&self) -> Option<&Packed> {
        self.told.as_ref().or(self.packed.as_ref())
    }

    /// Returns whether the value holds that of a secret: it is kept nowhere but in memory.
    pub(super) fn holds_secret(&self) -> bool {
        self.told.is_some()
    }

    /// Returns the value as data.
    pub(super) fn packed(&self) -> Option<&Packed> {
        self.packed.as_ref()
    }

    /// Returns the type, as the language names it.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Describes what the value is, in one line.
    pub(super) fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns what is known of the value.
    pub(super) fn fact(&self) -> Option<BindingSummary> {
        let columns = match self.told() {
            Some(Packed::Frame(table) | Packed::Series(table)) => table.columns.clone(),
            _ => Vec::new(),
        };
        Some(BindingSummary {
            kind: self.kind.clone(),
            digest: self.digest()?,
            summary: self.summary.clone(),
            columns,
        })
    }

    /// Returns the value, rebuilt where it is not in memory; `None` when the cache does not have what that takes.
    pub(super) fn value(&self, language: &dyn Language) -> Option<&OwnedFrozenValue> {
        if let Some(value) = self.value.get() {
            return Some(value);
        }
        let value = self.restore(language)?;
        Some(self.value.get_or_init(|| value))
    }

    /// Takes the value from another that has it, and for which the same stands.
    pub(super) fn takes_value_of(&self, other: &Self) {
        if let Some(value) = other.value.get() {
            self.value.get_or_init(|| value.clone());
        }
    }

    fn restore(&self, language: &dyn Language) -> Option<OwnedFrozenValue> {
        const NAME: &str = "value";
        let (packed, cache) = (self.packed.as_ref()?, self.cache.as_ref()?);
        let module = Module::with_temp_heap(|module| {
            let value = language.unpack(packed, &|id| cache.table(id), module.heap())?;
            module.set(NAME, value);
            module.freeze().ok()
        })?;
        module.get(NAME).ok()
    }
}
