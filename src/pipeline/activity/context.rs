//! [`PerformContext`]: what an activity sees of the run that it is a part of.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::desk::Desk;
use super::error::ActivityError;
use crate::database::Connection;
use crate::job;
use crate::pipeline::definition::Dataset;
use crate::pipeline::expression::Scope;
use crate::pipeline::journal::Entry;
use crate::pipeline::scribe::Scribe;
use crate::secret::{Consent, Origin, Secrets};
use crate::storage::Mounts;
use crate::work::Interrupt;
use crate::workspace::Workspace;

/// What an activity sees of the run that it is a part of: values, files, databases, and who is told of what it does.
pub struct PerformContext<'a> {
    pub(in crate::pipeline) desk: &'a Desk<'a>,
    pub(in crate::pipeline) scribe: &'a Scribe<'a>,
    pub(in crate::pipeline) datasets: &'a BTreeMap<String, Dataset>,
    pub(in crate::pipeline) scope: &'a Scope,
    pub(in crate::pipeline) interrupt: &'a Interrupt,
    pub(in crate::pipeline) path: &'a str,
    pub(in crate::pipeline) attempt: u32,
    pub(in crate::pipeline) load: Option<&'a str>,
    pub(in crate::pipeline) is_secure: bool,
}

impl PerformContext<'_> {
    /// Returns what expressions know here.
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// Returns what stops the attempt: the run's end, or its own time.
    pub fn interrupt(&self) -> &Interrupt {
        self.interrupt
    }

    /// Checks that the attempt is still wanted.
    ///
    /// # Errors
    ///
    /// It is not.
    pub fn check(&self) -> Result<(), ActivityError> {
        if self.interrupt.is_set() {
            Err(ActivityError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Tells how far it has come.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        // What is told so is only for who looks now.
        let _ = self.scribe.write(&Entry::Progress {
            path: self.path,
            done,
            total,
        });
    }

    /// Keeps a notebook as it ran: its text, and the text of the record of what it did; not of an activity whose input or output
    /// is secure.
    ///
    /// # Errors
    ///
    /// It cannot be kept.
    pub fn notebook_ran(&self, file: &str, source: &str, record: &str) -> Result<(), ActivityError> {
        // Parameters, outputs and exit value are in the record.
        if self.is_secure {
            return Ok(());
        }
        self.scribe.write(&Entry::Notebook {
            path: self.path,
            attempt: self.attempt,
            file,
            source,
            record,
        })
    }

    /// Returns the path of the activity in the run: `score`, `each[3]/copy`.
    pub fn path(&self) -> &str {
        self.path
    }

    /// Returns the name of the activity: the last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Returns what the run is known by.
    pub fn run_id(&self) -> &str {
        self.desk.run_id
    }

    /// Returns what names the loads of this activity, so that none is done twice: the run and the activity; of a run that goes on
    /// with what another one began, those of that one.
    pub fn load_id(&self) -> String {
        let own = || format!("{}/{}", self.desk.run_id, self.path);
        self.load.map_or_else(own, str::to_owned)
    }

    /// Returns which attempt this is, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns whether this is a debug run, of which nothing lasts.
    pub fn is_debug(&self) -> bool {
        self.desk.rehearsal.is_some()
    }

    /// Returns what notebooks of a debug run work with.
    pub(super) fn rehearsal(&self) -> Option<job::Rehearsal> {
        self.desk.rehearsal()
    }

    /// Returns the mounts, through which all files are reached.
    pub fn mounts(&self) -> &Arc<Mounts> {
        &self.desk.mounts
    }

    /// Returns the folder that notebooks are read from.
    pub fn root(&self) -> &Path {
        self.desk.root
    }

    /// Returns the workspace.
    pub fn workspace(&self) -> &Workspace {
        self.desk.workspace
    }

    /// Returns what the environment of the process says.
    pub fn environment(&self) -> &job::Environment {
        self.desk.environment
    }

    /// Returns the secrets, for what sends their values; who can be asked; and who asks.
    pub fn secrets(&self) -> (&Secrets, &Consent, Origin) {
        let origin = Origin {
            command: Some(format!("pipeline {}: {}", self.desk.pipeline, self.path)),
            ..Origin::default()
        };
        (&self.desk.secrets, &self.desk.consent, origin)
    }

    /// Returns a dataset of the pipeline.
    ///
    /// # Errors
    ///
    /// It has none of that name.
    pub fn dataset(&self, name: &str) -> Result<&Dataset, ActivityError> {
        self.datasets.get(name).ok_or_else(|| ActivityError::NoDataset {
            name: name.to_owned(),
            known: self.datasets.keys().cloned().collect(),
        })
    }

    /// Opens a named connection: a session of this attempt alone, which may be one that an earlier attempt has given back as it
    /// got it; in a debug run, the one session of that database, in which all is undone at the end.
    ///
    /// # Errors
    ///
    /// `sheaf.ron` has none of that name, or the database does not let one in.
    pub fn connection(&self, name: &str) -> Result<Arc<Connection>, ActivityError> {
        let (_, _, origin) = self.secrets();
        self.desk.connection(name, &origin, self.interrupt)
    }
}
