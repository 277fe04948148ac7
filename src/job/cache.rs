//! The cache and the checkpoint of a job: where they are, and giving them to its session.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::JobError;
use super::options::{CachePolicy, CheckpointPolicy, Environment, Options};
use super::place::private_folder;
use crate::cache::{Cache, Checkpoint, DEFAULT_SIZE};
use crate::digest::{Digest, Digester};
use crate::error::Error;
use crate::session::Session;
use crate::storage::Mounts;
use crate::workspace::Workspace;

/// What is known of a run that is continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// How many of its cells had finished.
    pub cells: usize,
    /// The values that parameters were given.
    pub parameters: BTreeMap<String, String>,
}

/// Finds the cache of a workspace: the one that the environment names, or else the workspace's own; `None` where there
/// is no place for one.
///
/// # Errors
///
/// When the private folder cannot be made, or the shared cache is a file or under a mount that is not there.
pub fn find_cache(workspace: &Workspace, environment: &Environment) -> Result<Option<Cache>, Error> {
    let private = private_folder(workspace, environment)?;
    cache_in(private.as_deref(), environment, &workspace.mounts())
}

fn cache_in(
    private: Option<&Path>,
    environment: &Environment,
    mounts: &Mounts,
) -> Result<Option<Cache>, Error> {
    match &environment.shared_cache {
        // No one who shares it decides for the others how large it may be.
        Some(name) if name.starts_with("/mnt/") => {
            let folder = mounts.resolve(name)?.require_local()?;
            Ok(Some(Cache::new(folder, u64::MAX)))
        }
        Some(path) if Path::new(path).is_file() => Err(JobError::CacheIsFile { path: path.into() }.into()),
        Some(path) => Ok(Some(Cache::new(path, u64::MAX))),
        None => Ok(private.map(|folder| Cache::new(folder.join("cache"), DEFAULT_SIZE))),
    }
}

/// Gives a session of the notebook `file` its cache, its fingerprints and its checkpoint, of which those that the
/// environment does not place are in the folder `private`.
///
/// Returns what is known of the run that is continued.
pub(super) fn attach_cache(
    session: Session,
    private: Option<&Path>,
    file: Option<&Path>,
    options: &Options,
) -> Result<(Session, Option<Resumed>), Error> {
    let notes = options.checkpoint != CheckpointPolicy::Off;
    let checkpoint = || match (private, file) {
        (Some(folder), Some(file)) if notes => Some(checkpoint_file(folder, file, &session)),
        _ => None,
    };
    if options.cache == CachePolicy::Off {
        if let Some(path) = checkpoint() {
            // The last run is this one, which cannot be resumed.
            Checkpoint::start(path).finish();
        }
        return Ok((session, None));
    }
    let path = checkpoint();
    let mut session = match private {
        Some(folder) => session.with_fingerprints(&folder.join("fingerprints.json")),
        None => session,
    };
    let Some(cache) = cache_in(private, &options.environment, session.mounts())? else {
        return Ok((session, None));
    };
    session = session.with_cache(Arc::new(cache), options.cache == CachePolicy::Use);
    let Some(path) = path else {
        return Ok((session, None));
    };
    let resumed = match options.checkpoint {
        // What is not said is as it was.
        CheckpointPolicy::Resume => Checkpoint::find(&path, &session.noted_parameters()),
        CheckpointPolicy::Off | CheckpointPolicy::Start => None,
    };
    let before = resumed.as_ref().map(|checkpoint| Resumed {
        cells: checkpoint.cells_before(),
        parameters: checkpoint.parameters_before().clone(),
    });
    let checkpoint = resumed.unwrap_or_else(|| Checkpoint::start(&path));
    Ok((session.with_partial_results().with_checkpoint(checkpoint), before))
}

/// Returns the file that says how far the last run of a notebook with the session's parameters came.
fn checkpoint_file(folder: &Path, file: &Path, session: &Session) -> PathBuf {
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let name = Digest::of_bytes(file.to_string_lossy().as_bytes());
    let mut given = Digester::new("parameters");
    for (name, value) in session.noted_parameters() {
        given.text("name", &name).text("value", &value);
    }
    let folder = folder.join("checkpoints").join(name.short());
    folder.join(format!("{}.ron", given.finish().short()))
}
