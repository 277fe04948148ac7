//! [`MountAccess`]: what the mounts of a session work with; and what there is to approve of one.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::secret::{Caller, Consent, MountTerms, Secrets, Sendings};
use crate::storage::{Blocks, MountDefinition, Mounts, StorageError};

/// What the mounts of a session work with.
#[derive(Debug, Clone)]
pub struct MountAccess {
    /// The secrets of the workspace.
    pub secrets: Arc<Secrets>,
    /// Who can be asked.
    pub consent: Consent,
    /// What the environment of the process says.
    pub caller: Arc<dyn Caller>,
    /// What was read of remote files before.
    pub blocks: Option<Arc<Blocks>>,
}

/// Refuses a definition with a credential as text, which would be in a file that is shared.
pub(super) fn refuse_text(mount_point: &str, definition: &MountDefinition) -> Result<()> {
    match definition.credential_as_text() {
        Some(setting) => Err(StorageError::CredentialAsText {
            mount_point: mount_point.to_owned(),
            setting: setting.to_owned(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Returns what a mount sends where.
pub(super) fn sendings(root: &Path, definition: &MountDefinition) -> Result<Sendings> {
    Mounts::new(root).sendings(definition)
}

/// Returns what there is to approve of a mount.
pub(super) fn terms(definition: &MountDefinition, sendings: &Sendings) -> MountTerms {
    MountTerms::new(&definition.source, &definition.configs, sendings)
}
