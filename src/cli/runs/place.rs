//! [`RunPlace`]: the workspace around the current folder, with its store of runs.

use std::path::PathBuf;

use chrono::Utc;

use crate::error::Error;
use crate::job::current_workspace;
use crate::schedule::{RunRow, Runs, ScheduleError};
use crate::workspace::Workspace;

/// The workspace around the current folder, with its store of runs.
pub(in crate::cli) struct RunPlace {
    pub(in crate::cli) workspace: Workspace,
    /// None where nothing has run yet.
    runs: Option<Runs>,
}

impl RunPlace {
    /// Finds it; a store that is not there is not made.
    pub(in crate::cli) fn find() -> Result<Self, Error> {
        let workspace = current_workspace()?;
        let path = workspace.private_dir().join(Runs::FILE);
        let runs = path.exists().then(|| Runs::open(&path)).transpose()?;
        if let Some(runs) = &runs {
            // What a killed process left is shown as that; a store that cannot be written is still shown.
            let _ = runs.recover(Utc::now());
        }
        Ok(Self { workspace, runs })
    }

    /// Returns the store, where there is one.
    pub(in crate::cli) fn runs(&self) -> Option<&Runs> {
        self.runs.as_ref()
    }

    /// Returns the store, which is made where it is missing.
    pub(in crate::cli) fn make_runs(&self) -> Result<Runs, Error> {
        match &self.runs {
            Some(runs) => Ok(runs.clone()),
            None => Ok(Runs::open(
                &self.workspace.create_private_dir()?.join(Runs::FILE),
            )?),
        }
    }

    /// Returns the private folder of the workspace.
    pub(in crate::cli) fn private(&self) -> PathBuf {
        self.workspace.private_dir()
    }

    /// Finds a run by its id, which may be shortened.
    pub(super) fn run(&self, id: &str) -> Result<(&Runs, RunRow), Error> {
        let runs = self.runs.as_ref().ok_or_else(|| ScheduleError::UnknownRun {
            id: id.to_owned(),
            near: None,
        })?;
        Ok((runs, runs.find(id)?))
    }
}
