//! [`FileVersion`]: what a store says of a file that changes whenever its contents do.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Digester};

/// A file that was written less than this before it was looked at may be written again with the same time.
const RACE: Duration = Duration::from_secs(2);

/// What identifies the contents of a file without reading them.
///
/// Two equal versions of one file mean equal contents, as far as its store can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileVersion {
    /// The size in bytes.
    pub size: u64,
    /// When it was last written, where the store knows.
    pub modified: Option<SystemTime>,
    /// What else tells it from others.
    pub tag: Tag,
}

/// What a store knows of a file besides its size and time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tag {
    /// Nothing.
    None,
    /// What the file system of this machine knows.
    Inode {
        /// The device and the file's number there: a link may lead to another file.
        place: (u64, u64),
        /// When anything of it last changed, be it the time of writing (`ctime`): seconds since 1970 and nanoseconds.
        /// No one can set this one.
        touched: (i64, i64),
    },
    /// A text that the store changes with the contents: an `ETag`, a generation.
    Opaque(String),
}

impl FileVersion {
    /// Returns whether contents written after `moment` would certainly have another version.
    pub fn is_settled(&self, moment: SystemTime) -> bool {
        let is_old = |time: SystemTime| moment.duration_since(time).is_ok_and(|age| age > RACE);
        match &self.tag {
            Tag::Opaque(_) => true,
            Tag::None => self.modified.is_some_and(is_old),
            Tag::Inode { touched, .. } => {
                self.modified.is_some_and(is_old) && time(*touched).is_none_or(is_old)
            }
        }
    }

    /// Returns the time of writing in nanoseconds since 1970; none for a time before, and where none is known.
    pub fn nanoseconds(&self) -> Option<u128> {
        Some(self.modified?.duration_since(UNIX_EPOCH).ok()?.as_nanos())
    }

    /// Returns a digest that only these contents have, wherever they are seen, where the store's tag says so much that they
    /// need not be read for it.
    pub fn digest(&self) -> Option<Digest> {
        match &self.tag {
            Tag::Opaque(tag) if !tag.is_empty() => {
                let mut digester = Digester::new("version");
                Some(digester.number("size", self.size).text("tag", tag).finish())
            }
            _ => None,
        }
    }

    /// Adds all of it to a digest.
    pub fn write(&self, digester: &mut Digester) {
        let nanoseconds = self.nanoseconds().unwrap_or_default();
        digester
            .number("size", self.size)
            .field("modified", &nanoseconds.to_le_bytes());
        match &self.tag {
            Tag::None => digester,
            Tag::Inode { place, touched } => digester
                .number("device", place.0)
                .number("number", place.1)
                .field("seconds", &touched.0.to_le_bytes())
                .field("nanoseconds", &touched.1.to_le_bytes()),
            Tag::Opaque(text) => digester.text("tag", text),
        };
    }
}

/// Returns when a file was touched; none before 1970.
fn time((seconds, nanoseconds): (i64, i64)) -> Option<SystemTime> {
    let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
    UNIX_EPOCH.checked_add(since)
}
