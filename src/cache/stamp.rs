//! What decides a cell's values: its [`Key`] before it runs, and its stamp, which also has what it read.
//!
//! Two runs with the same stamp gave the same values, so a cell is stale exactly when its stamp would differ.

use std::time::UNIX_EPOCH;

use super::machine::machine;
use super::trace::FileRead;
use crate::digest::{Digest, Digester};
use crate::frame::ENGINE;

/// Builds the digest of what decides a cell's values, as far as that is known before it runs.
pub(crate) struct Key(Digester);

impl Key {
    /// Begins with the versions of Sheaf and of the engine and with the machine, which may give other values, and
    /// with a cell's kind and its source without what makes no difference.
    pub(crate) fn new(kind: &str, canonical: &str) -> Self {
        let mut digester = Digester::new("cell");
        digester
            .text(
                "sheaf",
                concat!(env!("CARGO_PKG_VERSION"), " ", env!("SHEAF_BUILD")),
            )
            .text(ENGINE.0, ENGINE.1)
            .text("machine", &machine())
            .text("kind", kind)
            .text("source", canonical);
        Self(digester)
    }

    /// Adds an input and what stands for its value; `None` where nothing above binds it.
    pub(crate) fn input(&mut self, name: &str, value: Option<Digest>) {
        self.0.text("input", name);
        self.0
            .field("value", value.as_ref().map_or(&[][..], |value| value.bytes()));
    }

    /// Adds the folder in which the notebook stands.
    pub(crate) fn folder(&mut self, folder: &str) {
        self.0.text("folder", folder);
    }

    pub(crate) fn finish(self) -> Digest {
        self.0.finish()
    }
}

/// Builds the digest of all that decided a cell's values, with files by their sizes and times.
pub(crate) struct Stamp(Digester);

impl Stamp {
    pub(crate) fn new(key: &Digest) -> Self {
        let mut digester = Digester::new("stamp");
        digester.digest("key", key);
        Self(digester)
    }

    /// Adds a widget and its value, if it is declared.
    pub(crate) fn widget(&mut self, name: &str, value: Option<&str>) {
        self.0.text("widget", name);
        self.0.number("declared", u64::from(value.is_some()));
        self.0.text("value", value.unwrap_or_default());
    }

    /// Adds the names of all widgets.
    pub(crate) fn widget_names(&mut self, names: &[String]) {
        self.0.number("widgets", names.len() as u64);
        for name in names {
            self.0.text("widget", name);
        }
    }

    /// Adds a file as the cell read it.
    pub(crate) fn file(&mut self, file: &FileRead) {
        let modified = file
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        self.0
            .text("file", &file.location.name)
            .number("size", file.size)
            .field("modified", &modified.as_nanos().to_le_bytes())
            .field("identity", &file.identity_bytes());
    }

    /// Adds a pattern and the names that match it.
    pub(crate) fn glob(&mut self, pattern: &str, names: &[String]) {
        self.0.text("glob", pattern).number("names", names.len() as u64);
        for name in names {
            self.0.text("name", name);
        }
    }

    pub(crate) fn finish(self) -> Digest {
        self.0.finish()
    }
}
