//! [`SecretValue`]: the bytes of a secret, which are zeroed when they are no longer needed.

use std::fmt;

use secrecy::{ExposeSecret, SecretSlice};

/// The value of a secret: zeroed when dropped, and never written by `Debug`.
///
/// There is no `Display`, no `Serialize` and no `PartialEq`: whoever needs the bytes asks for them by name.
#[derive(Clone)]
pub struct SecretValue(SecretSlice<u8>);

impl SecretValue {
    /// Takes over bytes; the buffer that they were in is zeroed with the value.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(SecretSlice::from(bytes))
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
