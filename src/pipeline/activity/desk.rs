//! [`Desk`]: what all activities of a run work with: files, secrets, databases.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use super::changes::Changes;
use super::error::ActivityError;
use crate::database::{Connection, DatabaseError, Pool};
use crate::job;
use crate::secret::{ConnectionResolver, Consent, Origin, Secrets};
use crate::session::Connections;
use crate::storage::{Mounts, StorageError};
use crate::work::Interrupt;
use crate::workspace::{MountAccess, Workspace};

/// What all activities of a run work with.
pub(in crate::pipeline) struct Desk<'a> {
    pub(in crate::pipeline) workspace: &'a Workspace,
    pub(in crate::pipeline) environment: &'a job::Environment,
    /// The folder that notebooks are read from.
    pub(in crate::pipeline) root: &'a Path,
    pub(in crate::pipeline) run_id: &'a str,
    /// The pipeline, for the log of secrets.
    pub(in crate::pipeline) pipeline: &'a str,
    pub(in crate::pipeline) secrets: Arc<Secrets>,
    pub(in crate::pipeline) consent: Consent,
    pub(in crate::pipeline) mounts: Arc<Mounts>,
    /// Where sessions of databases wait for the next activity; `None` where there is no next one.
    pub(in crate::pipeline) pool: Option<&'a Pool>,
    /// What a debug run works with, of which nothing lasts.
    pub(in crate::pipeline) rehearsal: Option<Rehearsed>,
}

/// What a debug run works with, of which nothing lasts, and what it left out.
pub(in crate::pipeline) struct Rehearsed {
    connections: Connections,
    /// Where what is written to files goes; it is removed with this.
    scratch: TempDir,
    skipped: Mutex<Vec<(String, &'static str)>>,
}

impl<'a> Desk<'a> {
    /// Opens the mounts and the secrets of a workspace for a run.
    ///
    /// # Errors
    ///
    /// There is no place for the files of a debug run.
    pub(in crate::pipeline) fn new(
        workspace: &'a Workspace,
        environment: &'a job::Environment,
        pool: Option<&'a Pool>,
        (pipeline, run_id, root): (&'a str, &'a str, &'a Path),
        is_debug: bool,
    ) -> Result<Self, ActivityError> {
        let secrets = workspace.secrets(
            environment.state_folder.as_deref(),
            Arc::clone(&environment.caller),
        );
        let consent = Consent::default();
        // What is wrong with a mount of an earlier session is said where a name under it is used.
        let (mounts, _) = workspace.session_mounts(MountAccess {
            secrets: Arc::clone(&secrets),
            consent: consent.clone(),
            caller: Arc::clone(&environment.caller),
            blocks: None,
        });
        let mounts = if root == workspace.root() {
            mounts
        } else {
            Arc::new(mounts.with_files_of(root))
        };
        let (mounts, rehearsal) = if is_debug {
            let rehearsal = Rehearsed::new(workspace)?;
            (
                Arc::new(mounts.rehearsed(rehearsal.scratch.path())),
                Some(rehearsal),
            )
        } else {
            (mounts, None)
        };
        Ok(Self {
            workspace,
            environment,
            root,
            run_id,
            pipeline,
            secrets,
            consent,
            mounts,
            pool,
            rehearsal,
        })
    }

    /// Returns what notebooks of a debug run work with.
    pub(super) fn rehearsal(&self) -> Option<job::Rehearsal> {
        let rehearsal = self.rehearsal.as_ref()?;
        Some(job::Rehearsal {
            mounts: Arc::clone(&self.mounts),
            connections: rehearsal.connections.clone(),
        })
    }

    /// Opens a named connection of the workspace.
    pub(in crate::pipeline) fn connection(
        &self,
        name: &str,
        origin: &Origin,
        interrupt: &Interrupt,
    ) -> Result<Arc<Connection>, ActivityError> {
        let connections = self.workspace.connections();
        let definition = connections.get(name).ok_or_else(|| ActivityError::NoConnection {
            name: name.to_owned(),
            known: connections.keys().cloned().collect(),
        })?;
        let (user, password) = (definition.user.as_deref(), definition.password.as_deref());
        let connection = Connection::new(&definition.url, user, password, Some(name))?;
        let sendings = definition.sendings().map_err(ActivityError::of)?;
        let resolver = ConnectionResolver::new(&self.secrets, &self.consent, name, sendings, origin);
        let locate = |file: &str| {
            let location = self.mounts.resolve(file).map_err(DatabaseError::file)?;
            // A new file gets its folder, as whatever is written gets one.
            location.prepare_local().map_err(DatabaseError::file)
        };
        let target = connection.target(&resolver, locate)?;
        let connection = Arc::new(connection);
        if let Some(rehearsal) = &self.rehearsal {
            let locate = |file: &str| self.mounts.resolve(file).ok()?.local();
            let connection = rehearsal.connections.shared(&connection, &locate);
            connection.open(&target, interrupt)?;
            return Ok(connection);
        }
        match self.pool {
            Some(pool) => connection.open_from(pool, &target, interrupt)?,
            None => connection.open(&target, interrupt)?,
        }
        Ok(connection)
    }
}

impl Rehearsed {
    fn new(workspace: &Workspace) -> Result<Self, ActivityError> {
        let private = workspace.create_private_dir()?;
        let scratch = tempfile::Builder::new().prefix("debug-").tempdir_in(private);
        Ok(Self {
            connections: Connections::new(workspace.connections().clone()).rehearsing(),
            scratch: scratch.map_err(|error| {
                ActivityError::of(StorageError::from_io("the scratch folder", "made", error))
            })?,
            skipped: Mutex::default(),
        })
    }

    /// Notes that an activity was left out.
    pub(in crate::pipeline) fn skip(&self, path: &str, what: &'static str) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.push((path.to_owned(), what));
    }

    /// Says what would have changed.
    ///
    /// # Errors
    ///
    /// A database cannot be asked.
    pub(in crate::pipeline) fn changes(&self) -> Result<Changes, ActivityError> {
        let mut changes = Changes {
            skipped: self
                .skipped
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            files: files(self.scratch.path()),
            ..Changes::default()
        };
        changes.skipped.sort();
        let interrupt = Interrupt::default();
        for connection in self.connections.all_used() {
            if connection.is_open() {
                let found = connection.run(|database| database.rehearsed(&interrupt))?;
                let name = connection.name();
                changes
                    .tables
                    .extend(found.into_iter().map(|change| (name.to_owned(), change)));
            }
        }
        Ok(changes)
    }
}

/// Lists the files below a folder by the names that they would have, with their sizes.
fn files(scratch: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut open = vec![scratch.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => open.push(path),
                Ok(metadata) => {
                    let name = path.strip_prefix(scratch).unwrap_or(&path);
                    found.push((format!("/{}", name.display()), metadata.len()));
                }
                Err(_) => {}
            }
        }
    }
    found.sort();
    found
}
