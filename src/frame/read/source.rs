//! The bytes of a file: opening, telling what they are, unpacking. Interprets nothing.

use std::io::{self, ErrorKind, Read};

use polars::error::PolarsResult;
use polars::io::utils::compression::{CompressedReader, SupportedCompression};
use polars::prelude::{PlRefPath, ScanSources};

use crate::storage::{Location, Reader};
use crate::work::{Stopped, catch_panic};

use super::error::{Content, ReadError};

/// How many first bytes decide what a file is.
const HEAD: usize = 4096;

/// Opens a file, telling apart what usually goes wrong.
pub(super) fn open(location: &Location) -> Result<Reader, ReadError> {
    location.open().map_err(|error| unreadable(location, error))
}

/// Reads a whole file, unpacked if it is compressed by gzip, zlib or Zstandard.
pub(super) fn bytes(location: &Location) -> Result<Vec<u8>, ReadError> {
    let bytes = location.bytes().map_err(|error| unreadable(location, error))?;
    if SupportedCompression::check(&bytes).is_none() {
        return Ok(bytes);
    }
    let unpacked = catch_panic(|| -> io::Result<Vec<u8>> {
        let mut reader = CompressedReader::try_new(bytes.into()).map_err(io::Error::other)?;
        let mut unpacked = Vec::new();
        reader.read_to_end(&mut unpacked)?;
        Ok(unpacked)
    });
    match unpacked {
        Ok(result) => result.map_err(|source| ReadError::Compression {
            file: location.name().to_owned(),
            source,
        }),
        Err(source) => Err(ReadError::Panicked {
            file: location.name().to_owned(),
            source,
        }),
    }
}

/// Returns the first bytes of a file, at most 4096.
pub(super) fn head(location: &Location) -> Result<Vec<u8>, ReadError> {
    let head = location.range(0..HEAD as u64);
    head.map_err(|error| unreadable(location, error))
}

/// Returns what polars can scan: files of this machine where they are, and the bytes of others, read now.
pub(super) fn scannable(files: &[Location]) -> Result<ScanSources, ReadError> {
    let paths: Option<Vec<_>> = files.iter().map(Location::local).collect();
    let Some(paths) = paths else {
        let buffers = files.iter().map(|file| bytes(file).map(Into::into));
        return Ok(ScanSources::Buffers(buffers.collect::<Result<_, _>>()?));
    };
    let paths = files.iter().zip(paths).map(|(file, path)| {
        PlRefPath::try_from_path(&path).map_err(|error| ReadError::Unreadable {
            file: file.name().to_owned(),
            source: io::Error::other(error),
        })
    });
    Ok(ScanSources::Paths(paths.collect::<Result<_, _>>()?))
}

/// Returns what a file is from its first bytes.
pub(super) fn content(head: &[u8]) -> Content {
    const MAGIC: [(&[u8], Content); 7] = [
        (b"PAR1", Content::Parquet),
        (b"ARROW1", Content::Ipc),
        (b"FEA1", Content::Ipc),
        (b"\x1f\x8b", Content::Gzip),
        (b"\x28\xb5\x2f\xfd", Content::Zstd),
        (b"PK\x03\x04", Content::Zip),
        (b"SQLite format 3\0", Content::Sqlite),
    ];
    if let Some((_, content)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *content;
    }
    let head = head.get(..HEAD).unwrap_or(head);
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let wide = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    if head.contains(&0) && !wide {
        Content::Binary
    } else if matches!(first, Some(b'{' | b'[')) {
        Content::Json
    } else {
        Content::Text
    }
}

/// Refuses a file that begins like another format than the one expected.
pub(super) fn expect(
    location: &Location,
    expected: &'static str,
    accepted: &[Content],
) -> Result<(), ReadError> {
    let head = head(location)?;
    if head.is_empty() {
        return Err(ReadError::Empty {
            file: location.name().to_owned(),
        });
    }
    match content(&head) {
        found if accepted.contains(&found) => Ok(()),
        found => Err(ReadError::Foreign {
            file: location.name().to_owned(),
            expected,
            found,
        }),
    }
}

/// Runs a polars reader; what it says, or the panic it ends in, becomes the file's error.
pub(super) fn decode<T>(
    location: &Location,
    expected: &'static str,
    work: impl FnOnce() -> PolarsResult<T>,
) -> Result<T, ReadError> {
    let file = location.name().to_owned();
    match catch_panic(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ReadError::Damaged {
            file,
            expected,
            detail: one_line(&error.to_string()),
        }),
        Err(source) => Err(ReadError::Panicked { file, source }),
    }
}

/// Keeps the first line of a library's message, without its final full stop.
pub(super) fn one_line(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ':', ' '])
        .to_owned()
}

pub(super) fn unreadable(location: &Location, source: io::Error) -> ReadError {
    let file = location.name().to_owned();
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::Missing { file },
        ErrorKind::PermissionDenied => ReadError::Forbidden { file },
        ErrorKind::IsADirectory => ReadError::Folder { file },
        _ => match source.downcast::<Stopped>() {
            Ok(stopped) => ReadError::Stopped(stopped),
            Err(source) => ReadError::Unreadable { file, source },
        },
    }
}
