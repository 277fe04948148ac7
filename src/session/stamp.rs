//! A stamp stands for all that decides a cell's values: its source, what it read, and the files it read.
//!
//! Two runs with the same stamp gave the same values, so a cell is stale exactly when its stamp would differ.

use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::context::FileRead;

/// A digest of what decides a cell's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp([u8; 32]);

/// Builds a stamp; every field carries a tag and its length, so that no two lists of fields look alike.
pub(super) struct StampBuilder(Sha256);

impl StampBuilder {
    pub(super) fn new(kind: &str, source: &str) -> Self {
        let mut builder = Self(Sha256::new());
        builder.field(b"kind", kind.as_bytes());
        builder.field(b"source", source.as_bytes());
        builder
    }

    /// Adds an input and the stamp of the cell that bound it; `None` where nothing above bound it.
    pub(super) fn input(&mut self, name: &str, stamp: Option<Stamp>) {
        self.field(b"input", name.as_bytes());
        self.field(b"stamp", stamp.as_ref().map_or(&[][..], |stamp| &stamp.0));
    }

    /// Adds a parameter of the caller.
    pub(super) fn parameter(&mut self, name: &str, value: &str) {
        self.field(b"parameter", name.as_bytes());
        self.field(b"value", value.as_bytes());
    }

    /// Adds a file as the cell read it.
    pub(super) fn file(&mut self, file: &FileRead) {
        self.field(b"file", file.location.name.as_bytes());
        self.field(b"size", &file.size.to_le_bytes());
        let modified = file
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        self.field(b"modified", &modified.as_nanos().to_le_bytes());
    }

    pub(super) fn finish(self) -> Stamp {
        Stamp(self.0.finalize().into())
    }

    fn field(&mut self, tag: &[u8], value: &[u8]) {
        for part in [tag, value] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }
}
