//! [`Contents`]: the blocks of one version of one file, each a file with a checksum.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::folder::create_folders;
use super::super::version::{FileVersion, Tag};
use super::BLOCK;
use crate::digest::Digester;
use crate::file::AtomicFile;

/// The length of the checksum behind a block, in bytes.
const CHECKSUM: usize = 4;

/// A block counts as used again when its last use is longer ago than this, so that not each use is written down.
const USED: Duration = Duration::from_mins(1);

/// One version of one file.
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

    fn path(&self, index: u64) -> PathBuf {
        self.folder.join(index.to_string())
    }

    /// Returns how long a block is: the last one is what is left.
    fn length(&self, index: u64) -> usize {
        self.size.saturating_sub(index * BLOCK).min(BLOCK) as usize
    }

    /// Returns whether one of these blocks may be kept.
    pub(super) fn has_any(&self, mut indexes: RangeInclusive<u64>) -> bool {
        self.folder.exists() && indexes.any(|index| self.path(index).exists())
    }

    /// Returns a block if it is kept; one that is damaged is removed.
    pub(super) fn block(&self, index: u64) -> Option<Vec<u8>> {
        let path = self.path(index);
        let mut file = File::open(&path).ok()?;
        let length = self.length(index);
        let mut bytes = Vec::with_capacity(length + CHECKSUM + 1);
        file.read_to_end(&mut bytes).ok()?;
        let sound = bytes
            .split_at_checked(length)
            .is_some_and(|(block, checksum)| checksum == crc32fast::hash(block).to_le_bytes());
        if !sound {
            let _ = fs::remove_file(path);
            return None;
        }
        let used = file.metadata().and_then(|metadata| metadata.modified());
        let now = SystemTime::now();
        if used.is_ok_and(|used| now.duration_since(used).is_ok_and(|since| since > USED)) {
            // What cannot be noted is removed a little earlier.
            let _ = file.set_modified(now);
        }
        bytes.truncate(length);
        Some(bytes)
    }

    /// Keeps a block; returns how many bytes that takes, 0 for one that another thread or process was first with.
    pub(super) fn keep(&self, index: u64, block: &[u8]) -> io::Result<u64> {
        let path = self.path(index);
        let file = match AtomicFile::create(&path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_private(&self.folder)?;
                AtomicFile::create(&path, false)
            }
            created => created,
        };
        let kept = file.and_then(|mut file| {
            private(file.path(), 0o600)?;
            file.write_all(block)?;
            file.write_all(&crc32fast::hash(block).to_le_bytes())?;
            file.commit_unsynced()
        });
        match kept {
            Ok(()) => Ok((block.len() + CHECKSUM) as u64),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(0),
            Err(error) => Err(error),
        }
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
