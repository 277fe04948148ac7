//! Tables on disk: Arrow IPC, with the digest of the bytes at the end.

use std::io::{self, Cursor};
use std::path::Path;

use polars::prelude::{DataFrame, IpcReader, IpcWriter, SerReader, SerWriter};

use super::files;
use crate::digest::Digest;
use crate::work::catch_panic;

/// How many bytes the digest at the end takes.
const SEAL: usize = 32;

/// Writes a table, unless it is there; returns whether it can be written at all.
pub(crate) fn write(path: &Path, mut table: DataFrame) -> io::Result<bool> {
    if path.exists() {
        files::touch(path);
        return Ok(true);
    }
    let mut bytes = Vec::new();
    let written = catch_panic(|| IpcWriter::new(&mut bytes).finish(&mut table));
    if !matches!(written, Ok(Ok(()))) {
        return Ok(false);
    }
    let seal = Digest::of_bytes(&bytes);
    bytes.extend_from_slice(seal.bytes());
    files::write(path, &bytes)?;
    Ok(true)
}

/// Reads a table back; `None` unless its bytes are what they were.
pub(crate) fn from_bytes(mut bytes: Vec<u8>) -> Option<DataFrame> {
    let length = bytes.len().checked_sub(SEAL)?;
    let seal = bytes.split_off(length);
    if Digest::of_bytes(&bytes).bytes() != seal.as_slice() {
        return None;
    }
    catch_panic(|| IpcReader::new(Cursor::new(bytes)).finish())
        .ok()?
        .ok()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let table =
            df!("a" => [1_i64, 2, 3], "b" => [Some("x"), None, Some("z")], "c" => [0.5, f64::NAN, -0.0])
                .unwrap();
        assert!(write(&path, table.clone()).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert!(from_bytes(bytes.clone()).unwrap().equals_missing(&table));
        for at in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(from_bytes(damaged).is_none(), "byte {at}");
        }
        for length in [0, 1, 31, 32, bytes.len() - 1] {
            assert!(from_bytes(bytes[..length].to_vec()).is_none(), "{length} bytes");
        }
    }
}
