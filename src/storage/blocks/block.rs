//! [`Contents`]: the blocks of one version of one file, in files of one block or of a stretch, with a checksum for each.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::folder::create_folders;
use super::super::version::{FileVersion, Tag};
use super::BLOCK;
use crate::digest::Digester;
use crate::file::AtomicFile;

/// The length of the checksum of a block, in bytes. Those of all blocks in a file are behind them.
const CHECKSUM: usize = 4;

/// How many blocks a stretch has: what is read from end to end is kept so, in fewer files.
pub(super) const STRETCH: u64 = 32;

/// A block counts as used again when its last use is longer ago than this, so that not each use is written down.
const USED: Duration = Duration::from_mins(1);

/// One version of one file.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    folder: PathBuf,
    size: u64,
}

impl Contents {
    /// Finds where its blocks are: a folder below `top` that no other contents have.
    pub(super) fn new(top: &Path, address: &str, version: &FileVersion) -> Self {
        let mut digester = Digester::new("blocks");
        // Not the time of writing: a listing may know it less precisely.
        digester.text("address", address).number("size", version.size);
        if let Tag::Opaque(tag) = &version.tag {
            digester.text("tag", tag);
        }
        let name = digester.finish().to_string();
        Self {
            folder: top.join(name),
            size: version.size,
        }
    }

    /// Returns the size of the file in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns how many blocks the file has.
    fn count(&self) -> u64 {
        self.size.div_ceil(BLOCK)
    }

    /// Returns the stretch that a block is in.
    fn stretch(&self, index: u64) -> Range<u64> {
        let first = index - index % STRETCH;
        first..(first + STRETCH).min(self.count())
    }

    /// Returns the parts of a range of blocks that are kept in one file each: stretches as long as they are whole.
    pub(super) fn parts(&self, blocks: Range<u64>) -> Vec<Range<u64>> {
        let mut parts = Vec::new();
        let mut at = blocks.start;
        while at < blocks.end {
            let stretch = self.stretch(at);
            let part = if stretch.start == at && stretch.end <= blocks.end {
                stretch
            } else {
                at..at + 1
            };
            at = part.end;
            parts.push(part);
        }
        parts
    }

    fn path(&self, part: &Range<u64>) -> PathBuf {
        let Range { start, end } = *part;
        self.folder.join(if end == start + 1 {
            start.to_string()
        } else {
            format!("{start}-{}", end - 1)
        })
    }

    /// Returns how long blocks are: the last one of the file is what is left.
    fn length(&self, blocks: &Range<u64>) -> u64 {
        let at = |index: u64| (index * BLOCK).min(self.size);
        at(blocks.end) - at(blocks.start)
    }

    /// Returns whether one of these blocks may be kept.
    pub(super) fn has_any(&self, indexes: RangeInclusive<u64>) -> bool {
        let (first, last) = indexes.into_inner();
        let exists = |part: Range<u64>| self.path(&part).exists();
        self.folder.exists()
            && ((first..=last).any(|index| exists(index..index + 1))
                || (first / STRETCH..=last / STRETCH).any(|number| exists(self.stretch(number * STRETCH))))
    }

    /// Appends the first of these blocks if it is kept, and those that are kept with it; returns how many. What is damaged
    /// is removed.
    pub(super) fn append(&self, blocks: Range<u64>, to: &mut Vec<u8>) -> u64 {
        let before = to.len();
        let first = blocks.start;
        let stretch = self.stretch(first);
        for part in [first..first + 1, stretch] {
            let wanted = first..blocks.end.min(part.end);
            let path = self.path(&part);
            match self.append_part(&path, &part, &wanted, to) {
                Ok(true) => return wanted.end - wanted.start,
                Ok(false) => {
                    let _ = fs::remove_file(path);
                }
                // Nothing is there, or nothing that can be read.
                Err(_) => {}
            }
            to.truncate(before);
        }
        0
    }

    /// Appends some blocks of a file that has a part; returns whether it is sound.
    fn append_part(
        &self,
        path: &Path,
        part: &Range<u64>,
        wanted: &Range<u64>,
        to: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let (length, count) = (self.length(part), (part.end - part.start) as usize);
        if metadata.len() != length + (count * CHECKSUM) as u64 {
            return Ok(false);
        }
        let start = self.length(&(part.start..wanted.start));
        let end = start + self.length(wanted);
        file.seek(SeekFrom::Start(start))?;
        let before = to.len();
        let mut checksums = Vec::with_capacity(count * CHECKSUM);
        if end == length {
            // One read for both.
            to.reserve((end - start) as usize + count * CHECKSUM);
            file.read_to_end(to)?;
            let behind = (before + (end - start) as usize).min(to.len());
            checksums.extend(to.drain(behind..));
        } else {
            to.reserve((end - start) as usize);
            Read::by_ref(&mut file).take(end - start).read_to_end(to)?;
            file.seek(SeekFrom::Start(length))?;
            file.read_to_end(&mut checksums)?;
        }
        let skipped = (wanted.start - part.start) as usize;
        let (expected, _) = checksums.as_chunks::<CHECKSUM>();
        let found = to.get(before..).unwrap_or_default();
        let is_sound = found.len() as u64 == end - start
            && expected.len() == count
            && found
                .chunks(BLOCK as usize)
                .zip(expected.get(skipped..).unwrap_or_default())
                .all(|(block, checksum)| *checksum == crc32fast::hash(block).to_le_bytes());
        if is_sound {
            let now = SystemTime::now();
            let used = metadata.modified();
            if used.is_ok_and(|used| now.duration_since(used).is_ok_and(|since| since > USED)) {
                // What cannot be noted is removed a little earlier.
                let _ = file.set_modified(now);
            }
        }
        Ok(is_sound)
    }

    /// Keeps a part in one file; one that another thread or process was first with stays.
    pub(super) fn keep(&self, part: &Range<u64>, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(part);
        let file = match AtomicFile::create(&path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_private(&self.folder)?;
                AtomicFile::create(&path, false)
            }
            created => created,
        };
        let kept = file.and_then(|mut file| {
            private(file.path(), 0o600)?;
            file.write_all(bytes)?;
            for block in bytes.chunks(BLOCK as usize) {
                file.write_all(&crc32fast::hash(block).to_le_bytes())?;
            }
            file.commit_unsynced()
        });
        match kept {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            kept => kept,
        }
    }

    /// Returns whether these are the same contents.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.folder == other.folder
    }
}

/// Creates a folder, and the one it is in, that only their owner can look into.
fn create_private(folder: &Path) -> io::Result<()> {
    if let Some(top) = folder.parent()
        && !top.exists()
    {
        create_folders(top)?;
        private(top, 0o700)?;
    }
    create_folders(folder)?;
    private(folder, 0o700)
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn private(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
