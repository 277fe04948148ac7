//! [`Fingerprints`]: the digests of files, each read once for as long as its size and times stay the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::file_read::{FileRead, Identity};
use super::store::write_whole;
use crate::digest::Digest;

/// A file that was written less than this before it was read may be written again with the same time.
const RACE: Duration = Duration::from_secs(2);

/// The digests of files.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    known: BTreeMap<PathBuf, Known>,
    /// The file in which they are kept.
    path: Option<PathBuf>,
    /// Whether there is something new to be kept.
    changed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    /// In nanoseconds since 1970.
    modified: u128,
    identity: Option<Identity>,
    digest: Digest,
}

impl Known {
    /// Tells whether the file is as it was when it was digested.
    fn is(&self, file: &FileRead, modified: u128) -> bool {
        (self.size, self.modified, self.identity) == (file.size, modified, file.identity)
    }
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

    /// Returns the digest of a file as it was read; `None` when it has changed since, or is no file.
    ///
    /// A file that was not there has no digest either: see [`FileRead::modified`].
    pub(crate) fn digest(&mut self, file: &FileRead) -> Option<Digest> {
        let path = &file.location.path;
        let modified = file.modified_nanoseconds()?;
        if file.changed() {
            return None;
        }
        if let Some(known) = self.known.get(path)
            && known.is(file, modified)
        {
            return Some(known.digest);
        }
        let read_at = SystemTime::now();
        let digest = Digest::of_file(path).ok()?;
        if file.changed() {
            return None;
        }
        let is_old = |time: SystemTime| read_at.duration_since(time).is_ok_and(|age| age > RACE);
        if is_old(file.modified?) && file.identity.and_then(time).is_none_or(is_old) {
            let known = Known {
                size: file.size,
                modified,
                identity: file.identity,
                digest,
            };
            self.known.insert(path.clone(), known);
            self.changed = true;
        }
        Some(digest)
    }

    /// Writes what is new to the file, if there is one; a digest that is not kept is found again.
    pub(crate) fn keep(&mut self) {
        let Some(path) = self.path.clone().filter(|_| self.changed) else {
            return;
        };
        self.known.retain(|path, _| path.exists());
        let text = serde_json::to_string(&self.known).unwrap_or_default();
        self.changed = write_whole(&path, text.as_bytes()).is_err();
    }
}

/// Returns when a file was touched; none before 1970.
fn time(identity: Identity) -> Option<SystemTime> {
    let (seconds, nanoseconds) = identity.touched;
    let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
    UNIX_EPOCH.checked_add(since)
}
