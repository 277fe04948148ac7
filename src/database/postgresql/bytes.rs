//! The bytes of values that have a fixed length, and values that are too long.

/// Reads a value of which the length is known.
pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// Says that a value has too many bytes.
pub(super) fn too_long(length: usize) -> String {
    format!("it is too long for the database, with {length} bytes")
}
