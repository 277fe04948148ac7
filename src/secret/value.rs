//! [`SecretValue`]: the bytes of a secret, which are zeroed when they are no longer needed.

use std::fmt;

use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroize;

/// The value of a secret: zeroed when dropped, and never written by `Debug`.
///
/// There is no `Display`, no `Serialize` and no `PartialEq`: whoever needs the bytes asks for them by name.
#[derive(Clone)]
pub struct SecretValue(SecretSlice<u8>);

impl SecretValue {
    /// Takes over bytes; the buffer that they were in is zeroed.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        if bytes.len() == bytes.capacity() {
            return Self(SecretSlice::from(bytes));
        }
        // A buffer that is longer would be moved to one that fits, and what it was in left as it is.
        let value = Self(SecretSlice::from(bytes.as_slice().to_vec()));
        bytes.zeroize();
        value
    }

    /// Puts parts together, in a buffer that is never moved while it grows.
    pub(super) fn concat(parts: &[&[u8]]) -> Self {
        Self::new(parts.concat())
    }

    /// Returns the bytes, for a store or a sink.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Returns the value as text; `None` where it is not UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(self.expose()).ok()
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Returns whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue")
    }
}
