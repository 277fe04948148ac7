//! [`RunPlace`]: the workspace around the current folder, with its store of runs.

use chrono::Utc;

use crate::cli::environment::environment;
use crate::error::Error;
use crate::job::current_workspace;
use crate::schedule::{RunRow, Runs, ScheduleError, Sole};
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
        let runs = Runs::existing(&workspace, &environment())?;
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
            None => Runs::of_workspace(&self.workspace, &environment()),
        }
    }

    /// Returns whether a process serves the workspace, and runs what waits.
    pub(in crate::cli) fn is_served(&self) -> Result<bool, Error> {
        match &self.runs {
            Some(runs) if runs.has_lease() => Ok(runs.leader()?.is_some()),
            _ => Ok(Sole::holder(&self.workspace.private_dir()).is_some()),
        }
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
