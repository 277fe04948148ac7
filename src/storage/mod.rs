//! Mounts: names under `/mnt` for places in stores, and the file commands on them.
//!
//! A name becomes a [`Location`] by [`Mounts::resolve`]; all that is read and written goes through its [`Store`]. The
//! file commands of `dbutils.fs` are on [`Files`]. This folder knows nothing of tables, cells or `sheaf.ron`,
//! and never reads the environment.

mod access;
mod blocks;
mod definition;
mod entry;
mod error;
mod files;
mod folder;
mod keeper;
mod layered;
mod listed;
mod location;
mod matches;
pub mod memory;
mod mount_point;
mod mounts;
mod names;
mod overlay;
mod reader;
mod recent;
mod remote;
mod signed;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod transfer;
mod trial;
mod url_stores;
mod urls;
mod version;
mod walk;
mod writer;

pub use access::Access;
pub use blocks::{Blocks, keep_what_was_read};
pub use definition::{MountDefinition, Switch};
pub use error::StorageError;
pub use files::{FileInfo, Files};
pub use folder::PRIVATE_FOLDER;
pub(crate) use folder::create_folders;
pub use keeper::{Keeper, Keeping, KeptMount};
pub use location::Location;
pub use matches::{Matches, WILDCARDS};
pub use mounts::{MountInfo, Mounts};
pub use reader::Reader;
pub use remote::{Failure, RemoteError, SettingError};
pub use store::{Configs, Draft, Entry, EntryKind, Listing, Scheme, Source, Store};
pub use trial::{Outcome, Step, Trial};
pub use version::{FileVersion, Tag};
pub use writer::Writer;

/// The kinds of place that can be mounted, in the order they are listed to a user.
pub static SCHEMES: &[Scheme] = &[
    folder::SCHEME,
    remote::WASBS,
    remote::ABFSS,
    remote::AZ,
    remote::WASB,
    remote::S3,
    remote::S3A,
    remote::GS,
    remote::HTTPS,
    remote::HTTP,
];
