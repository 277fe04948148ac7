//! [`Identity`]: what a workspace is known by in a database, which may have the stores of several.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::digest::Digester;
use crate::file::write_private;
use crate::schedule::error::ScheduleError;
use crate::schedule::process::Process;

/// The file, in the workspace's private folder.
const FILE: &str = "runs.id";

/// What a workspace is known by.
#[derive(Debug, Clone)]
pub(in crate::schedule) struct Identity {
    pub(super) id: String,
    /// Where it is, for people.
    pub(super) place: String,
    /// The file that says it.
    pub(super) file: PathBuf,
}

impl Identity {
    /// Reads what the workspace with this private folder is known by; a new one gets a name of its own.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub(in crate::schedule) fn of(root: &Path, private: &Path) -> Result<Self, ScheduleError> {
        let file = private.join(FILE);
        let failed = |error: std::io::Error| ScheduleError::Identity {
            path: file.clone(),
            reason: error.to_string(),
        };
        let id = match fs::read_to_string(&file) {
            Ok(id) => id,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let id = Digester::unique().finish().short();
                match write_private(&file, format!("{id}\n").as_bytes()) {
                    Ok(()) => id,
                    // Another process was faster.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        fs::read_to_string(&file).map_err(failed)?
                    }
                    Err(error) => return Err(failed(error)),
                }
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self {
            id: id.trim().to_owned(),
            place: format!("{} on {}", root.display(), Process::this().host),
            file,
        })
    }
}
