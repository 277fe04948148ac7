//! [`Check`]: a notebook that is run again, and its results compared with the recorded ones.

use std::path::{Path, PathBuf};

use super::checked::Checked;
use super::event::{Event, Observer};
use super::job::Job;
use super::options::Options;
use super::place::workspace_of;
use super::recorder::RunRecorder;
use super::run::{parallelism, report_secrets, run_cells};
use crate::error::Error;
use crate::notebook::Notebook;
use crate::record::{Record, compare};

/// How results are compared with recorded ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Checking {
    /// How much floats may differ, as a share of the larger one.
    pub tolerance: f64,
    /// Whether the results become the recorded ones, unless a cell failed.
    pub accept: bool,
    /// How many cells may run at the same time; `None` for as many as there are cores.
    pub jobs: Option<usize>,
}

/// A notebook with a record, about to be run again.
pub struct Check {
    job: Job,
    file: PathBuf,
    recorded: Record,
    checking: Checking,
}

impl Check {
    /// Opens the notebook in `file`, whose widgets have their recorded values where `options` give no others.
    ///
    /// # Errors
    ///
    /// When the notebook or its record cannot be read, or a parameter is given that no cell declares.
    pub fn open(file: &Path, options: &Options, checking: Checking) -> Result<Self, Error> {
        let notebook = Notebook::read(file)?;
        let recorded = Record::read(file)?;
        let workspace = workspace_of(file)?;
        Ok(Self {
            job: Job::of_recorded(&notebook, file, &workspace, options, &recorded)?,
            file: file.to_owned(),
            recorded,
            checking,
        })
    }

    /// Runs every cell, whatever a cache has, and compares; `observer` receives the comparison last.
    ///
    /// # Errors
    ///
    /// When the observer fails, or the results were to be accepted and the record cannot be written.
    pub fn run(self, observer: &mut dyn Observer) -> Result<Checked, Error> {
        self.job.report_opening(observer)?;
        let mut session = self.job.into_session();
        let jobs = parallelism(self.checking.jobs);
        let mut recorder = RunRecorder::start();
        // How the cells ended is in the record.
        let ids = session.ids();
        run_cells(&mut session, &ids, jobs, Some(&mut recorder), observer)?;
        report_secrets(&session, observer)?;
        let run = recorder.finish();
        let mut now = Record::of(&self.file, &session, &run);
        now.keep_origins(&self.recorded);
        let table = |digest: &_| session.table(digest);
        let comparison = compare(&self.recorded, &now, self.checking.tolerance, &table);
        session.close();
        let accepted = if self.checking.accept && comparison.first_failed().is_none() {
            Some(now.save(&self.file)?)
        } else {
            None
        };
        let checked = Checked {
            file: self.file,
            session,
            run,
            recorded: self.recorded,
            now,
            comparison,
            accepted,
        };
        observer.event(&checked.session, &Event::Compared(&checked))?;
        Ok(checked)
    }
}
