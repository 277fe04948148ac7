//! [`Keeper`]: where the mounts of a session come from, and where those that cells make are kept.

use std::fmt;
use std::sync::Arc;

use super::definition::MountDefinition;
use crate::error::Result;
use crate::secret::Resolver;

/// Knows the mounts that are written down, and writes down those that cells make.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Returns the mounts that are written down now, each once.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    fn kept(&self) -> Result<Vec<KeptMount>>;

    /// Writes down a mount that a cell made, for later sessions; returns whether it was.
    ///
    /// Where `sheaf.ron` decides about the mount point, and where there is no workspace, nothing is.
    ///
    /// # Errors
    ///
    /// Another session has mounted something else there meanwhile, unless `replaces`; or a file that cannot be written.
    fn keep(&self, mount_point: &str, definition: &MountDefinition, replaces: bool) -> Result<bool>;

    /// Removes a mount from what is written down, if it was made by a cell.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    fn forget(&self, mount_point: &str) -> Result<()>;
}

/// A mount that is written down.
#[derive(Clone)]
pub struct KeptMount {
    /// The mount point.
    pub mount_point: String,
    /// What is mounted.
    pub definition: MountDefinition,
    /// Where it is written down.
    pub keeping: Keeping,
    /// What gives values to it.
    pub resolver: Arc<dyn Resolver + Send + Sync>,
}

/// How long a mount lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is in `sheaf.ron`, which no session changes.
    Declared,
    /// A cell made it, and it lasts until one removes it.
    Lasting,
    /// It ends with the session.
    Session,
}
