//! Where a job belongs: its workspace, and the folder for what Sheaf keeps to itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::JobError;
use super::options::Environment;
use crate::error::Error;
use crate::workspace::Workspace;

/// Finds the workspace of a notebook: the one around its file, or else the one around the current folder.
///
/// # Errors
///
/// When the notebook's folder or the current one cannot be opened, or a `sheaf.ron` cannot be read.
pub fn workspace_of(file: &Path) -> Result<Workspace, Error> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let around = Workspace::find(folder)?;
    if around.is_from_file() {
        Ok(around)
    } else {
        current_workspace()
    }
}

/// Finds the workspace around the current folder.
///
/// # Errors
///
/// When the current folder is gone, or a `sheaf.ron` cannot be read.
pub fn current_workspace() -> Result<Workspace, Error> {
    let folder = fs::canonicalize(".").map_err(|error| JobError::CurrentFolder {
        reason: error.to_string(),
    })?;
    Workspace::find(&folder)
}

/// Returns the folder for the cache, the checkpoints, the history and the journal, and makes the workspace's own: it is
/// the person's where the current folder is only passing for a workspace.
pub(super) fn private_folder(
    workspace: &Workspace,
    environment: &Environment,
) -> Result<Option<PathBuf>, Error> {
    if workspace.is_from_file() {
        return workspace.create_private_dir().map(Some);
    }
    Ok(environment.state_folder.clone())
}

/// Returns the same folder where it is there, and makes none.
pub(super) fn existing_private_folder(workspace: &Workspace, environment: &Environment) -> Option<PathBuf> {
    if workspace.is_from_file() {
        Some(workspace.private_dir()).filter(|folder| folder.is_dir())
    } else {
        environment.state_folder.clone()
    }
}
