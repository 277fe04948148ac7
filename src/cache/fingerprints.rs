//! [`Fingerprints`]: the digests of files, each read once for as long as its size and times stay the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::file_read::FileRead;
use super::store::write_whole;
use crate::digest::Digest;
use crate::storage::FileVersion;

/// What is written to a store that tags it is read again up to this size.
const READ_AGAIN: u64 = 64 << 20;

/// The digests of files.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    /// By the addresses of the files.
    known: BTreeMap<String, Known>,
    /// The file in which they are kept.
    path: Option<PathBuf>,
    /// Whether there is something new to be kept.
    changed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    version: FileVersion,
    digest: Digest,
}

impl Fingerprints {
    /// Starts from those kept in a file; one that is damaged or missing has none.
    pub(crate) fn kept_in(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        Self {
            known: serde_json::from_str(&text).unwrap_or_default(),
            path: Some(path.to_owned()),
            changed: false,
        }
    }

    /// Returns the digest of a file as it was read; `None` when it has changed since, or is not a file.
    ///
    /// A file that was not there has no digest either: it has no version. One whose store tags its contents is not read.
    pub(crate) fn digest(&mut self, file: &FileRead) -> Option<Digest> {
        let version = file.version.as_ref()?;
        version.digest().or_else(|| self.digest_of_contents(file))
    }

    /// Returns the digest of a file that a cell wrote, as it was seen then; `None` when it has changed since, or is not a file.
    ///
    /// A store tags what is written anew, also where it is the same bytes, and the records of two runs are to be the same then.
    /// So what was written is read again, but for a large file of such a store, of which the size has to be enough.
    pub(crate) fn digest_of_written(&mut self, file: &FileRead) -> Option<Digest> {
        let version = file.version.as_ref()?;
        let is_dear = version.digest().is_some() && version.size > READ_AGAIN;
        if is_dear {
            return None;
        }
        self.digest_of_contents(file)
    }

    fn digest_of_contents(&mut self, file: &FileRead) -> Option<Digest> {
        let version = file.version.as_ref()?;
        if file.changed() {
            return None;
        }
        let address = file.location.address();
        if let Some(known) = self.known.get(&address)
            && known.version == *version
        {
            return Some(known.digest);
        }
        let read_at = SystemTime::now();
        let digest = Digest::of_reader(file.location.open().ok()?, version.size).ok()?;
        if file.changed() {
            return None;
        }
        if version.is_settled(read_at) {
            let version = version.clone();
            self.known.insert(address, Known { version, digest });
            self.changed = true;
        }
        Some(digest)
    }

    /// Writes what is new to the file, if there is one; a digest that is not kept is found again.
    pub(crate) fn keep(&mut self) {
        let Some(path) = self.path.clone().filter(|_| self.changed) else {
            return;
        };
        // What is not on this machine is not asked whether it is still there.
        self.known.retain(|address, _| {
            let path = Path::new(address);
            !path.is_absolute() || path.exists()
        });
        let text = serde_json::to_string(&self.known).unwrap_or_default();
        self.changed = write_whole(&path, text.as_bytes()).is_err();
    }
}
