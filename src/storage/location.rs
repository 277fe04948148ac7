//! A file as the user names it, and where it really is.

use std::path::PathBuf;

/// One file or folder: the name the user gave (`/mnt/data/titanic.csv`) and its place on this machine.
///
/// Messages show `name`; only readers and writers look at `path`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The name as the user wrote it, or as it would be written under a mount.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Location {
    /// Tells whether the name is one under a mount, where missing folders are made as a file is written.
    pub fn is_mounted(&self) -> bool {
        self.name.starts_with("/mnt/")
    }

    /// Tells whether the name is certainly a mount point's, and so a folder's, whether it exists yet or not.
    pub fn is_mount_point(&self) -> bool {
        self.name
            .strip_prefix("/mnt/")
            .is_some_and(|rest| !rest.contains('/'))
    }
}
