//! [`CacheKey`]: what decides a cell's values, as far as that is known before it runs.
//!
//! Two runs with the same key that read the same outside ([`Reads`](super::Reads)) gave the same values.

use super::machine::machine;
use crate::digest::{Digest, Digester};
use crate::frame::ENGINE;

/// Builds the digest of what decides a cell's values, as far as that is known before it runs.
pub(crate) struct CacheKey(Digester);

impl CacheKey {
    /// Starts with the versions of Sheaf and of the engine and with the machine, which may give other values, and
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

    /// Adds an input and the digest of its value; `None` where nothing above binds it.
    pub(crate) fn input(&mut self, name: &str, value: Option<Digest>) {
        self.0.text("input", name);
        self.0
            .field("value", value.as_ref().map_or(&[][..], |value| value.bytes()));
    }

    pub(crate) fn finish(self) -> Digest {
        self.0.finish()
    }
}
