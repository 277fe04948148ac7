//! [`Job`]: a notebook in a session that has all it needs to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assembly::assemble;
use super::cache::{Resumed, attach_cache};
use super::event::Trouble;
use super::options::{CachePolicy, CheckpointPolicy, Environment, Options};
use super::place::{existing_private_folder, private_folder};
use crate::error::Error;
use crate::notebook::Notebook;
use crate::parameters::Origin;
use crate::record::Record;
use crate::secret::Secrets;
use crate::secret::redaction::REDACTED;
use crate::session::{Connections, Session, Surroundings};
use crate::storage::{Blocks, Mounts};
use crate::workspace::{MountAccess, Workspace};

/// The folder of what was read of remote files, in the private folder, and the most bytes of it.
const BLOCKS: &str = "cache/blocks";
const MOST_BLOCKS: u64 = 4 << 30;

/// A notebook in a session that has all it needs to run: cells, parameters, cache and checkpoint.
///
/// Every session of the product comes from here, whether its cells are run in one go, by hand at the prompt, or only
/// looked at.
pub struct Job {
    pub(super) session: Session,
    /// The notebook's file.
    pub(super) file: Option<PathBuf>,
    private: Option<PathBuf>,
    pub(super) checkpoint: CheckpointPolicy,
    pub(super) resumed: Option<Resumed>,
    pub(super) troubles: Vec<Trouble>,
}

impl Job {
    /// Opens the notebook in `file`.
    ///
    /// # Errors
    ///
    /// When the notebook cannot be read, a parameter is given that no cell declares, or the cache cannot be used.
    pub fn open(file: &Path, workspace: &Workspace, options: &Options) -> Result<Self, Error> {
        Self::of_notebook(&Notebook::read(file)?, file, workspace, options)
    }

    /// Opens a notebook that was read from `file`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for reading it.
    pub fn of_notebook(
        notebook: &Notebook,
        file: &Path,
        workspace: &Workspace,
        options: &Options,
    ) -> Result<Self, Error> {
        Self::with_notebook(notebook, file, workspace, options, None)
    }

    /// Starts without a notebook, for cells that are typed in `folder`.
    ///
    /// # Errors
    ///
    /// When the cache cannot be used.
    pub fn in_folder(folder: &Path, workspace: &Workspace, options: &Options) -> Result<Self, Error> {
        let secrets = secrets(workspace, &options.environment);
        let (mounts, trouble) = mounts(workspace, &secrets, options);
        let surroundings = Surroundings::of_folder(&mounts, folder);
        let connections = connections(workspace, options);
        let session = assemble(options.language(), surroundings, secrets, connections, options);
        let mut job = Self::equipped(session, None, workspace, options)?;
        job.troubles.extend(trouble);
        Ok(job)
    }

    /// Opens a notebook whose widgets take their values from a record where no others are given.
    ///
    /// # Errors
    ///
    /// As [`of_notebook`](Self::of_notebook).
    pub fn of_recorded(
        notebook: &Notebook,
        file: &Path,
        workspace: &Workspace,
        options: &Options,
        record: &Record,
    ) -> Result<Self, Error> {
        Self::with_notebook(notebook, file, workspace, options, Some(record))
    }

    fn with_notebook(
        notebook: &Notebook,
        file: &Path,
        workspace: &Workspace,
        options: &Options,
        record: Option<&Record>,
    ) -> Result<Self, Error> {
        let secrets = secrets(workspace, &options.environment);
        let (mounts, trouble) = mounts(workspace, &secrets, options);
        let surroundings = Surroundings::of_notebook(&mounts, file);
        let connections = connections(workspace, options);
        let mut session = assemble(options.language(), surroundings, secrets, connections, options);
        for cell in notebook.cells() {
            session.append(cell.clone());
        }
        if let Some(record) = record {
            give_recorded(record, &mut session);
        }
        let mut job = Self::equipped(session, Some(file), workspace, options)?;
        job.troubles.extend(trouble);
        job.session.check_parameters()?;
        Ok(job)
    }

    fn equipped(
        session: Session,
        file: Option<&Path>,
        workspace: &Workspace,
        options: &Options,
    ) -> Result<Self, Error> {
        let mut troubles = Vec::new();
        let private = match (options.cache, options.checkpoint) {
            (CachePolicy::Off, CheckpointPolicy::Off) => None,
            (CachePolicy::Off, _) => existing_private_folder(workspace, &options.environment),
            // All else works without it.
            _ => private_folder(workspace, &options.environment).unwrap_or_else(|error| {
                troubles.push(Trouble::PrivateFolder(error));
                None
            }),
        };
        let (session, resumed) = attach_cache(session, private.as_deref(), file, options)?;
        Ok(Self {
            session,
            file: file.map(Path::to_owned),
            private,
            checkpoint: options.checkpoint,
            resumed,
            troubles,
        })
    }

    /// Returns the session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Gives the session to who runs its cells one by one.
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Returns the folder for what is kept beside the cache, such as the history of a prompt; `None` where there is no
    /// place for it.
    pub fn private_folder(&self) -> Option<&Path> {
        self.private.as_deref()
    }

    /// Returns what deserves a look about how it was opened.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }
}

/// Returns the secrets of a workspace, as the person uses them who runs the job.
fn secrets(workspace: &Workspace, environment: &Environment) -> Arc<Secrets> {
    workspace.secrets(
        environment.state_folder.as_deref(),
        Arc::clone(&environment.caller),
    )
}

/// Returns the mounts of a workspace for a session, and what is wrong with those that earlier sessions made.
fn mounts(
    workspace: &Workspace,
    secrets: &Arc<Secrets>,
    options: &Options,
) -> (Arc<Mounts>, Option<Trouble>) {
    if let Some(rehearsal) = &options.rehearsal {
        return (Arc::clone(&rehearsal.mounts), None);
    }
    let environment = &options.environment;
    let folder = existing_private_folder(workspace, environment).unwrap_or_else(|| workspace.private_dir());
    let (mounts, trouble) = workspace.session_mounts(MountAccess {
        secrets: Arc::clone(secrets),
        consent: options.consent.clone(),
        caller: Arc::clone(&environment.caller),
        blocks: Some(Arc::new(Blocks::new(folder.join(BLOCKS), MOST_BLOCKS))),
    });
    let mounts = match &options.published {
        Some(folder) => Arc::new(mounts.with_files_of(folder)),
        None => mounts,
    };
    (mounts, trouble.map(Trouble::Mounts))
}

/// Returns the named connections for a session.
fn connections(workspace: &Workspace, options: &Options) -> Connections {
    match &options.rehearsal {
        Some(rehearsal) => rehearsal.connections.clone(),
        None => Connections::new(workspace.connections().clone()),
    }
}

/// Gives the recorded values to widgets that are given none.
fn give_recorded(record: &Record, session: &mut Session) {
    let ids = session.ids();
    let analyses = ids.iter().filter_map(|id| session.analysis(*id));
    let declares_more = analyses.clone().any(|analysis| analysis.declares_more);
    let declared: Vec<String> = analyses
        .flat_map(|analysis| analysis.widgets_declared.iter().cloned())
        .collect();
    for (name, parameter) in &record.parameters {
        // What was the value of a secret is no value now.
        let is_known = !parameter.value.contains(REDACTED);
        let is_wanted =
            is_known && parameter.origin != Origin::Default && (declares_more || declared.contains(name));
        if is_wanted {
            session.give_unless_given(name, &parameter.value, "the record");
        }
    }
}
