//! The bytes of a file: opening, telling what they are, unpacking. Interprets nothing.

use std::io::{self, ErrorKind, Read};
use std::thread;

use polars::error::PolarsResult;
use polars::io::utils::compression::{CompressedReader, SupportedCompression};

use crate::storage::{Failure, Location, Reader, RemoteError};
use crate::work::{Interrupt, Stopped, catch_panic};

use super::content::Content;
use super::error::ReadError;

/// How many first bytes decide what a file is.
const HEAD: usize = 4096;

/// How many files are asked for something at a time.
const AT_ONCE: usize = 16;

/// Opens a file, telling apart what usually goes wrong.
pub(super) fn open(location: &Location) -> Result<Reader, ReadError> {
    location.open().map_err(|error| unreadable(location, error))
}

/// A file of which likely only the beginning is read: of one that is far away little more than that is fetched.
pub(super) struct Beginning<'a> {
    location: &'a Location,
    reader: Reader,
    /// What was read so far, and where the open range ends.
    at: u64,
    end: u64,
    size: u64,
}

impl<'a> Beginning<'a> {
    /// Opens a file of which about the first `likely` bytes are read.
    pub(super) fn open(location: &'a Location, likely: u64) -> Result<Self, ReadError> {
        let is_far = location.is_remote();
        let size = if is_far {
            location.version().map_or(0, |version| version.size)
        } else {
            u64::MAX
        };
        let end = if is_far { likely.min(size) } else { u64::MAX };
        let opened = if is_far {
            location.open_range(0..end)
        } else {
            location.open()
        };
        Ok(Self {
            location,
            reader: opened.map_err(|error| unreadable(location, error))?,
            at: 0,
            end,
            size,
        })
    }

    /// Appends the next piece, at most 1 MiB; returns its length, 0 at the end.
    pub(super) fn piece(&mut self, to: &mut Vec<u8>) -> Result<usize, ReadError> {
        loop {
            let read = self
                .reader
                .piece(to)
                .map_err(|error| unreadable(self.location, error))?;
            self.at += read as u64;
            if read > 0 || self.end >= self.size {
                return Ok(read);
            }
            // Each stretch is as long as all before.
            self.end = self.at.saturating_mul(2).min(self.size);
            let more = self.location.open_range(self.at..self.end);
            self.reader = more.map_err(|error| unreadable(self.location, error))?;
        }
    }
}

/// Reads a whole file, unpacked if it is compressed by gzip, zlib or Zstandard.
pub(super) fn bytes(location: &Location) -> Result<Vec<u8>, ReadError> {
    let bytes = location.bytes().map_err(|error| unreadable(location, error))?;
    unpacked(location, bytes)
}

/// Unpacks the bytes of a file if they are compressed by gzip, zlib or Zstandard.
pub(super) fn unpacked(location: &Location, bytes: Vec<u8>) -> Result<Vec<u8>, ReadError> {
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
    head.map_err(|error| unread(location, error))
}

/// Something that is at a place, which may be far away.
pub(super) trait Place: Sync {
    /// Returns whether every question about it is a request over a network.
    fn is_far(&self) -> bool;
}

impl Place for Location {
    fn is_far(&self) -> bool {
        self.is_remote()
    }
}

impl Place for (usize, &Location) {
    fn is_far(&self) -> bool {
        self.1.is_remote()
    }
}

/// Does something with each of several files; where each is a request over a network, with several at a time.
pub(super) fn each<F: Place, T: Send>(files: &[F], work: impl Fn(&F) -> T + Sync) -> Vec<T> {
    if files.len() < 2 || !files.iter().any(Place::is_far) {
        return files.iter().map(work).collect();
    }
    let interrupt = Interrupt::of_thread();
    let share = files.len().div_ceil(AT_ONCE);
    thread::scope(|scope| {
        let shares = files.chunks(share).map(|share| {
            let (work, interrupt) = (&work, &interrupt);
            scope.spawn(move || interrupt.watched(|| share.iter().map(work).collect::<Vec<_>>()))
        });
        let shares = shares.collect::<Vec<_>>().into_iter();
        shares
            .flat_map(|share| {
                share
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
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

/// Says why a file could not be read at the version at which it is fixed: most likely it has another one by now.
pub(super) fn unread(location: &Location, error: io::Error) -> ReadError {
    let is_stop = matches!(error.get_ref(), Some(inner) if inner.is::<Stopped>());
    let now = location.unpinned();
    if !is_stop
        && now
            .version()
            .is_some_and(|version| Some(version) != location.version())
    {
        return ReadError::Changed {
            file: location.name().to_owned(),
        };
    }
    unreadable(location, error)
}

pub(super) fn unreadable(location: &Location, source: io::Error) -> ReadError {
    let file = location.name().to_owned();
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::Missing { file },
        ErrorKind::PermissionDenied => ReadError::Forbidden { file },
        ErrorKind::IsADirectory => ReadError::Folder { file },
        _ => match source
            .downcast::<Stopped>()
            .map_err(io::Error::downcast::<RemoteError>)
        {
            Ok(stopped) => ReadError::Stopped(stopped),
            Err(Ok(error)) if matches!(error.failure, Failure::Replaced) => ReadError::Changed { file },
            Err(Ok(error)) => ReadError::Remote {
                file,
                error: Box::new(error),
            },
            Err(Err(source)) => ReadError::Unreadable { file, source },
        },
    }
}
