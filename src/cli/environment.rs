//! What the environment of the process says to a run.

use std::env;
use std::path::PathBuf;

use crate::job::Environment;

/// The environment variable that names a cache which several people or machines share.
pub(super) const SHARED_CACHE: &str = "SHEAF_CACHE";

/// Reads where the cache and the person's own files are.
pub(super) fn environment() -> Environment {
    let folder = |name: &str| {
        env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    Environment {
        shared_cache: env::var(SHARED_CACHE).ok().filter(|name| !name.is_empty()),
        state_folder: state.map(|state| state.join("sheaf")),
    }
}

/// Returns the command in `VISUAL` or `EDITOR`.
pub(super) fn editor() -> Option<String> {
    ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|command| !command.trim().is_empty())
}
