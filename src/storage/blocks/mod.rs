//! [`Blocks`]: what was read of files that are far away, kept on this machine in blocks, so that it is not read twice.
//!
//! A file is known by its address and version, so that a block can never be one of other contents. Each block is a file
//! of its own, which appears whole, with a checksum: whatever a killed process or a power failure leaves is either a
//! block or not read. Several processes may use one folder. What cannot be kept (no space, no permission) is only not
//! kept: reading goes on.

mod block;
mod shelf;

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;

use self::block::Contents;
use self::shelf::Shelf;
use super::version::{FileVersion, Tag};

/// The size of a block in bytes: small enough that a footer or a column of a table brings little with it that no one
/// asked for.
pub(super) const BLOCK: u64 = 256 << 10;

/// A bounded cache of blocks in a folder; what was not used for longest is removed first.
#[derive(Debug)]
pub struct Blocks {
    shelf: Shelf,
}

impl Blocks {
    /// Opens the cache in a folder, which may not exist yet, for at most about `bound` bytes.
    pub fn new(folder: PathBuf, bound: u64) -> Self {
        Self {
            shelf: Shelf::new(folder, bound),
        }
    }

    /// Returns the bytes `range` of a file, fetching those that are not kept, and keeping them.
    ///
    /// Neighbouring blocks are fetched together. What lies behind the end of the file is left out. A file of which it is
    /// not certain that other contents have another version is only fetched.
    pub(super) fn read(
        &self,
        address: &str,
        version: &FileVersion,
        range: Range<u64>,
        fetch: &dyn Fn(Range<u64>) -> io::Result<Bytes>,
    ) -> io::Result<Bytes> {
        let end = range.end.min(version.size);
        let range = range.start.min(end)..end;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        if !is_certain(version) {
            return fetch(range);
        }
        let contents = Contents::new(self.shelf.folder(), address, version);
        let (first, last) = (range.start / BLOCK, (range.end - 1) / BLOCK);
        if !contents.has_any(first..=last) {
            // As it comes, without a copy.
            let missing = first..last + 1;
            let bytes = self.kept(&contents, missing, fetch)?;
            return Ok(bytes.slice(within(&bytes, first * BLOCK, &range)));
        }
        let mut found = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or_default());
        let mut missing: Option<Range<u64>> = None;
        for index in first..=last {
            if let Some(block) = contents.block(index) {
                self.fetched(&contents, missing.take(), &range, &mut found, fetch)?;
                append(&mut found, &block, index * BLOCK, &range);
            } else {
                missing.get_or_insert(index..index).end = index + 1;
            }
        }
        self.fetched(&contents, missing, &range, &mut found, fetch)?;
        Ok(found.into())
    }

    /// Fetches the blocks that are missing, keeps them, and appends what was asked for.
    fn fetched(
        &self,
        contents: &Contents,
        missing: Option<Range<u64>>,
        range: &Range<u64>,
        found: &mut Vec<u8>,
        fetch: &dyn Fn(Range<u64>) -> io::Result<Bytes>,
    ) -> io::Result<()> {
        let Some(missing) = missing else {
            return Ok(());
        };
        let start = missing.start * BLOCK;
        let bytes = self.kept(contents, missing, fetch)?;
        append(found, &bytes, start, range);
        Ok(())
    }

    /// Fetches blocks, and keeps them.
    fn kept(
        &self,
        contents: &Contents,
        missing: Range<u64>,
        fetch: &dyn Fn(Range<u64>) -> io::Result<Bytes>,
    ) -> io::Result<Bytes> {
        let start = missing.start * BLOCK;
        let end = (missing.end * BLOCK).min(contents.size());
        let bytes = fetch(start..end)?;
        if bytes.len() as u64 != end - start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (index, block) in missing.zip(bytes.chunks(BLOCK as usize)) {
            self.shelf.keep(contents, index, block);
        }
        Ok(bytes)
    }
}

/// Returns whether other contents are sure to have another version: a weak `ETag` promises less.
fn is_certain(version: &FileVersion) -> bool {
    matches!(&version.tag, Tag::Opaque(tag) if !tag.is_empty() && !tag.starts_with("W/"))
}

/// Returns where `range` is in the bytes that begin at `start` in the file.
fn within(bytes: &[u8], start: u64, range: &Range<u64>) -> Range<usize> {
    let at = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
    let to = at(range.end).min(bytes.len());
    at(range.start).min(to)..to
}

/// Appends what `range` has of the bytes that begin at `start` in the file.
fn append(found: &mut Vec<u8>, bytes: &[u8], start: u64, range: &Range<u64>) {
    found.extend_from_slice(bytes.get(within(bytes, start, range)).unwrap_or_default());
}

#[cfg(test)]
mod tests;
