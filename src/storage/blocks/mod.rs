//! [`Blocks`]: what was read of files that are far away, kept on this machine in blocks, so that it is not read twice.
//!
//! A file is known by its address and version, so that a block can never be one of other contents. A block, or a stretch
//! of them that was read at once, is a file, which appears whole, with a checksum for each block: whatever a killed process
//! or a power failure leaves is either a block or not read. Several processes may use one folder. What cannot be kept (no
//! space, no permission) is only not kept: reading goes on. No one who reads waits for what is written.

mod block;
mod queue;
mod shelf;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

use self::block::{Contents, STRETCH};
use self::queue::Queue;
use self::shelf::Shelf;
use super::version::{FileVersion, Tag};

/// The size of a block in bytes: small enough that a footer or a column of a table brings little with it that no one
/// asked for.
pub(super) const BLOCK: u64 = 256 << 10;

/// A range that ends at a multiple of this many bytes makes the fewest files of what is read from end to end.
pub(super) const WHOLE: u64 = BLOCK * STRETCH;

/// The caches of this process.
static OPEN: Mutex<Vec<Weak<Queue>>> = Mutex::new(Vec::new());

/// Waits until everything is kept that was read so far.
///
/// For the end of the process: what was fetched ahead, and nobody waits for, may hold a cache until then.
pub fn keep_what_was_read() {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    open.iter()
        .filter_map(Weak::upgrade)
        .for_each(|queue| queue.flush());
}

/// A bounded cache of blocks in a folder; what was not used for longest is removed first.
///
/// Dropped, it waits until what was read is kept.
#[derive(Debug)]
pub struct Blocks {
    queue: Arc<Queue>,
}

impl Blocks {
    /// Opens the cache in a folder, which may not exist yet, for at most about `bound` bytes.
    pub fn new(folder: PathBuf, bound: u64) -> Self {
        let queue = Arc::new(Queue::new(Shelf::new(folder, bound)));
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&queue));
        Self { queue }
    }

    /// Returns the folder that it is in.
    pub(super) fn folder(&self) -> &Path {
        self.queue.shelf().folder()
    }

    /// Waits until what was read so far is kept.
    pub fn flush(&self) {
        self.queue.flush();
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
        let contents = Contents::new(self.queue.shelf().folder(), address, version);
        let blocks = range.start / BLOCK..(range.end - 1) / BLOCK + 1;
        let start = blocks.start * BLOCK;
        if !self.queue.has_any(&contents, &blocks) && !contents.has_any(blocks.start..=blocks.end - 1) {
            // As it comes, without a copy.
            let bytes = self.fetched(&contents, blocks, fetch)?;
            return Ok(bytes.slice(within(&bytes, start, &range)));
        }
        let mut found = Vec::with_capacity(usize::try_from(blocks.end * BLOCK - start).unwrap_or_default());
        let mut missing = blocks.start..blocks.start;
        while missing.end < blocks.end {
            let rest = missing.end..blocks.end;
            let mut kept = Vec::new();
            // What is missing before them has to be there first.
            let to = if missing.is_empty() { &mut found } else { &mut kept };
            let mut count = self.queue.append(&contents, &rest, to);
            if count == 0 {
                count = contents.append(rest, to);
            }
            if count == 0 {
                missing.end += 1;
                continue;
            }
            let next = missing.end + count;
            if !missing.is_empty() {
                found.extend_from_slice(&self.fetched(&contents, missing, fetch)?);
                found.append(&mut kept);
            }
            missing = next..next;
        }
        if !missing.is_empty() {
            found.extend_from_slice(&self.fetched(&contents, missing, fetch)?);
        }
        let found = Bytes::from(found);
        Ok(found.slice(within(&found, start, &range)))
    }

    /// Fetches blocks, and keeps them.
    fn fetched(
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
        let parts = if self.queue.shelf().most_at_once() < WHOLE {
            missing.map(|index| index..index + 1).collect()
        } else {
            contents.parts(missing)
        };
        for part in parts {
            let range = part.start * BLOCK..part.end * BLOCK;
            let part_bytes = bytes.slice(within(&bytes, start, &range));
            self.queue.keep(contents, part, part_bytes);
        }
        Ok(bytes)
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.flush();
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

#[cfg(test)]
mod tests;
