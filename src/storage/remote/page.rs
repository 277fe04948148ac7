//! What is asked of a container besides reading and writing, and what it answers.

use std::time::SystemTime;

use crate::work::Tally;

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::storage) struct Wanted {
    /// What the keys begin with, with its `/` at the end; empty for all.
    pub(in crate::storage) prefix: String,
    /// Whether all that is below is wanted, and not only what is directly there.
    pub(in crate::storage) is_deep: bool,
    /// What the page before said that comes next.
    pub(in crate::storage) after: Option<String>,
    /// The most entries, where that is less than a page.
    pub(in crate::storage) most: Option<usize>,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::storage) struct Page {
    /// The objects, in any order.
    pub(in crate::storage) objects: Vec<Object>,
    /// What keys further below begin with, each with its `/` at the end.
    pub(in crate::storage) folders: Vec<String>,
    /// Where the next page begins; none at the end.
    pub(in crate::storage) next: Option<String>,
}

/// One object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::storage) struct Object {
    /// The key, as it is.
    pub(in crate::storage) key: String,
    /// The size in bytes.
    pub(in crate::storage) size: u64,
    /// When it was last written.
    pub(in crate::storage) modified: Option<SystemTime>,
    /// Its etag, in quotes or without.
    pub(in crate::storage) etag: Option<String>,
    /// Whether its metadata says that it only marks a folder.
    pub(in crate::storage) is_marker: bool,
}

/// A copy inside a cloud.
#[derive(Debug, Clone)]
pub(in crate::storage) struct ServerCopy {
    /// The address of the container that it comes from, as [`Service::address`] has it.
    pub(in crate::storage) container: String,
    /// Whether that is the container that it goes to.
    pub(in crate::storage) is_same_container: bool,
    /// The key there.
    pub(in crate::storage) from: String,
    /// The etag that it must still have.
    pub(in crate::storage) etag: Option<String>,
    /// The key that it gets.
    pub(in crate::storage) to: String,
    /// Whether it may replace what has that key.
    pub(in crate::storage) overwrite: bool,
    /// What is told how many bytes are there, where the copy takes long.
    pub(in crate::storage) told: Tally,
}
