//! What identifies the contents of a file, for replay records and for where a model came from.

use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::storage::Location;

use super::error::ReadError;
use super::source;

/// A file's size, time of change and digest.
///
/// Equal digests mean equal contents; size and time are for a cheap look whether the digest may have changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Bytes.
    pub size: u64,
    /// When the file was last changed, where the file system says so.
    pub modified: Option<SystemTime>,
    /// SHA-256 of the contents: 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Returns the fingerprint of a file, reading it once in constant memory.
pub fn fingerprint(location: &Location) -> Result<Fingerprint, ReadError> {
    let modified = location.version().and_then(|version| version.modified);
    let mut reader = BufReader::with_capacity(1 << 18, source::open(location)?);
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        let read = reader
            .read(&mut block)
            .map_err(|error| source::unreadable(location, error))?;
        if read == 0 {
            break;
        }
        size += read as u64;
        hasher.update(block.get(..read).unwrap_or_default());
    }
    let mut sha256 = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(sha256, "{byte:02x}");
    }
    Ok(Fingerprint {
        size,
        modified,
        sha256,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_the_digest_of_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "abc").unwrap();
        let found = fingerprint(&Location::at("a.csv", &path)).unwrap();
        assert_eq!(found.size, 3);
        assert!(found.modified.is_some());
        assert_eq!(
            found.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
