//! Mounts: names under `/mnt` for places in stores, and the file commands on them.

mod atomic;
mod error;
mod location;

pub use atomic::{AtomicFile, PRIVATE_FOLDER};
pub use error::StorageError;
pub use location::Location;
