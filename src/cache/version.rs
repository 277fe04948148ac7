//! [`Version`]: what a resource was when it was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file_read::FileRead;
use crate::digest::{Digest, Digester};
use crate::storage::Location;

/// What a resource was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// It was not there: a missing file, a widget that is not declared.
    Absent,
    /// A file as the system describes it: cheap to look at, and means nothing to another session.
    #[serde(skip)]
    Seen(FileRead),
    /// A file by its contents.
    Bytes {
        /// Its size in bytes.
        size: u64,
        /// The digest of its bytes; none for a folder, and for one that had changed before it was digested.
        digest: Option<Digest>,
    },
    /// The value of a secret, by a keyed digest that means nothing to anybody else; it is kept nowhere.
    #[serde(skip)]
    Keyed(Digest),
    /// The rows that a query gave.
    Rows {
        /// How many.
        count: u64,
        /// The digest of the table that they are.
        digest: Digest,
    },
    /// A text.
    Text(String),
    /// Names, in their order.
    Names(Vec<String>),
    /// Files by their names.
    Files(BTreeMap<String, Version>),
}

/// Returns the digest of a file as it was seen; `None` when it has changed since, or is not a file.
pub(crate) type DigestOf<'a> = &'a dyn Fn(&FileRead) -> Option<Digest>;

impl Version {
    /// Looks at a file now.
    pub(crate) fn of_file(location: &Location) -> Self {
        Self::Seen(FileRead::of(location))
    }

    /// Takes files as they were seen.
    pub(crate) fn of_files<'a>(files: impl IntoIterator<Item = &'a FileRead>) -> Self {
        let files = files.into_iter();
        let files = files.map(|file| (file.location.name().to_owned(), Self::Seen(file.clone())));
        Self::Files(files.collect())
    }

    /// Returns the file, where it was seen in this session.
    pub(crate) fn seen(&self) -> Option<&FileRead> {
        match self {
            Self::Seen(file) => Some(file),
            _ => None,
        }
    }

    /// Returns the size of a file in bytes.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Seen(file) => file.exists().then_some(file.size()),
            Self::Bytes { size, .. } => Some(*size),
            _ => None,
        }
    }

    /// Returns why a file's version is not known: its store did not say whether it is there.
    pub fn unknown(&self) -> Option<&str> {
        self.seen()?.unknown.as_deref()
    }

    /// Returns the digest of a file's bytes, where it is known.
    pub fn contents(&self) -> Option<Digest> {
        match self {
            Self::Bytes { digest, .. } => *digest,
            _ => None,
        }
    }

    /// Returns what means the same in another session: files by their contents.
    pub(crate) fn lasting(&self, digest: DigestOf<'_>) -> Self {
        match self {
            Self::Seen(file) if file.exists() => Self::Bytes {
                size: file.size(),
                digest: digest(file),
            },
            Self::Seen(file) if file.unknown.is_some() => Self::Bytes {
                size: 0,
                digest: None,
            },
            Self::Seen(_) => Self::Absent,
            Self::Files(files) => {
                let files = files.iter();
                Self::Files(
                    files
                        .map(|(name, file)| (name.clone(), file.lasting(digest)))
                        .collect(),
                )
            }
            Self::Absent
            | Self::Bytes { .. }
            | Self::Keyed(_)
            | Self::Rows { .. }
            | Self::Text(_)
            | Self::Names(_) => self.clone(),
        }
    }

    /// Returns whether another session can find out whether this is still so.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            // A database is asked anew.
            Self::Seen(_) | Self::Keyed(_) | Self::Bytes { digest: None, .. } | Self::Rows { .. } => false,
            Self::Files(files) => files.values().all(Self::is_known),
            Self::Absent | Self::Bytes { .. } | Self::Text(_) | Self::Names(_) => true,
        }
    }

    /// Returns whether a resource is as it was; a file that was seen is compared as the system describes it, any other by
    /// its contents.
    pub(super) fn is_still(&self, now: &Self, contents: DigestOf<'_>) -> bool {
        match (self, now) {
            (Self::Seen(then), Self::Seen(now)) => then.is_same(now),
            (Self::Absent, Self::Seen(now)) => !now.exists() && now.unknown.is_none(),
            (Self::Bytes { size, digest }, Self::Seen(now)) => {
                now.exists() && *size == now.size() && digest.is_some() && contents(now) == *digest
            }
            (Self::Files(then), Self::Files(now)) => {
                then.keys().eq(now.keys())
                    && then.values().zip(now.values()).all(|(then, now)| {
                        // The result of one that was seen in this session, the cell that read it says.
                        matches!(then, Self::Seen(_)) || then.is_still(now, contents)
                    })
            }
            _ => self == now,
        }
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        match self {
            Self::Absent => {
                digester.number("absent", 0);
            }
            Self::Seen(file) => file.write(digester),
            Self::Bytes { size, digest } => {
                digester.number("size", *size);
                digester.field("digest", digest.as_ref().map_or(&[][..], |digest| digest.bytes()));
            }
            Self::Keyed(digest) => {
                digester.digest("keyed", digest);
            }
            Self::Rows { count, digest } => {
                digester.number("rows", *count).digest("table", digest);
            }
            Self::Text(text) => {
                digester.text("text", text);
            }
            Self::Names(names) => {
                digester.number("names", names.len() as u64);
                for name in names {
                    digester.text("name", name);
                }
            }
            Self::Files(files) => {
                digester.number("files", files.len() as u64);
                for (name, file) in files {
                    digester.text("name", name);
                    file.write(digester);
                }
            }
        }
    }
}
