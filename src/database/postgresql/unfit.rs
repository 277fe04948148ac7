//! Values that have no place on the other side, and the bytes of those that have a fixed length.

use super::wire::Wire;

/// Why a column of a frame cannot hold a value.
#[derive(Debug)]
pub(super) struct Unfit {
    /// What is wrong, with the value.
    pub(super) reason: String,
    /// The type to cast it to; `None` where nobody can help it.
    pub(super) cast: Option<&'static str>,
}

impl Unfit {
    pub(super) fn new(reason: String, cast: &'static str) -> Self {
        Self {
            reason,
            cast: Some(cast),
        }
    }

    /// What a server does not send.
    pub(super) fn garbled(wire: &Wire) -> Self {
        Self {
            reason: format!(
                "the server sent something that is no value of its type ({:?})",
                wire.dtype()
            ),
            cast: None,
        }
    }
}

/// Reads a value of which the length is known.
pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// Says that a value has too many bytes.
pub(super) fn too_long(length: usize) -> String {
    format!("it is too long for the database, with {length} bytes")
}
