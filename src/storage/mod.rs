//! Mounts: names under `/mnt` for places in stores, and the file commands on them.
//!
//! A name becomes a [`Location`] by [`Mounts::resolve`]; what is written through it is an [`AtomicFile`]. The
//! file commands of `dbutils.fs` are on [`Files`]. This folder knows nothing of tables, cells or `sheaf.ron`,
//! and never reads the environment.

mod atomic;
mod error;
mod files;
mod folder;
mod location;
mod matches;
mod mounts;
mod place;
mod store;
mod transfer;

pub(crate) use atomic::create_folders;
pub use atomic::{AtomicFile, PRIVATE_FOLDER};
pub use error::StorageError;
pub use files::{FileInfo, Files};
pub use location::Location;
pub use mounts::{MountInfo, Mounts};
pub use store::Scheme;

/// The kinds of place that can be mounted, in the order they are listed to a user.
pub static SCHEMES: &[Scheme] = &[folder::SCHEME];
