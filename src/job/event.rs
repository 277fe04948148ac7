//! [`Event`]: what happens in a job, for whoever follows it.

use std::path::PathBuf;

use crate::error::Error;

/// Something about a job that deserves a look and stops nothing.
#[derive(Debug)]
pub enum Trouble {
    /// The folder for what is kept cannot be made: no results, no history and no session are kept.
    PrivateFolder(Error),
    /// Results could not be written to the cache: the next run will do all work again.
    Cache {
        /// The cache's folder.
        folder: PathBuf,
        /// What the system says.
        reason: String,
    },
}
