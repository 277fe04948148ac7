//! [`Entry`]: what a store knows about a file or a folder without opening it.

use super::version::{FileVersion, Tag};

/// What a store knows about one file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last part of its name.
    pub name: String,
    /// What it is; a link is what it leads to.
    pub kind: EntryKind,
    /// Whether it is a link.
    pub is_link: bool,
    /// Its version; that of a folder changes with what is directly in it. None for a link that leads nowhere.
    pub version: Option<FileVersion>,
}

/// What can be in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Neither: a pipe, a device, a link that leads nowhere.
    Other,
}

impl Entry {
    /// A folder of which nothing is known but that it is there: no version of it says what is in it.
    pub fn folder(name: String) -> Self {
        Self {
            name,
            kind: EntryKind::Folder,
            is_link: false,
            version: Some(FileVersion {
                size: 0,
                modified: None,
                tag: Tag::None,
            }),
        }
    }

    /// Returns whether it is a folder, or a link to one.
    pub fn is_folder(&self) -> bool {
        self.kind == EntryKind::Folder
    }

    /// Returns its length in bytes; 0 for a folder.
    pub fn size(&self) -> u64 {
        match (&self.version, self.kind) {
            (Some(version), EntryKind::File | EntryKind::Other) => version.size,
            _ => 0,
        }
    }

    /// Returns when it was last written, in milliseconds since 1970 UTC; 0 where the store does not know.
    pub fn modified(&self) -> i64 {
        let nanoseconds = self.version.as_ref().and_then(FileVersion::nanoseconds);
        i64::try_from(nanoseconds.unwrap_or_default() / 1_000_000).unwrap_or_default()
    }
}
