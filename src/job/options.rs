//! [`Options`]: all that decides how a job is run, beside its notebook and its workspace.

use std::path::PathBuf;
use std::sync::Arc;

use crate::language::SheafLanguage;
use crate::parameters::Parameters;
use crate::secret::{Caller, Consent, Nobody};
use crate::session::{Connections, Language, Limits, TaskValues};
use crate::storage::Mounts;
use crate::work::Interrupt;

/// How a job is run.
///
/// The default is a run by itself: without parameters, cache or shell, and with a stop flag of its own.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The values of widgets from outside the notebook.
    pub parameters: Parameters,
    /// The flag that stops it.
    pub interrupt: Interrupt,
    /// Whether cells may run shell commands.
    pub allow_shell: bool,
    /// What a person lets through of secrets where no scope does; nobody is asked by the default.
    pub consent: Consent,
    /// The bounds of each cell.
    pub limits: Limits,
    /// The language of the cells; Sheaf's own unless one is given.
    pub language: Option<Arc<dyn Language>>,
    /// What results are stored and used.
    pub cache: CachePolicy,
    /// Whether it can be resumed, or resumes an earlier run.
    pub checkpoint: CheckpointPolicy,
    /// What the environment of the process says.
    pub environment: Environment,
    /// Where the tasks of a pipeline leave each other values, when it is one of them.
    pub task_values: Option<Arc<dyn TaskValues>>,
    /// A folder with files of the workspace as they were published: what is there is read from there.
    pub published: Option<PathBuf>,
    /// What it works with instead of the workspace's mounts and connections, where nothing that it does may last.
    pub rehearsal: Option<Rehearsal>,
}

/// What runs work with that leave nothing behind; they share it, so that later ones see what earlier ones did.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The mounts, in which nothing that is written lasts.
    pub mounts: Arc<Mounts>,
    /// The connections, in which nothing that is done lasts.
    pub connections: Connections,
}

impl Options {
    /// Returns the language of the cells.
    pub(super) fn language(&self) -> Arc<dyn Language> {
        let given = self.language.clone();
        given.unwrap_or_else(|| Arc::new(SheafLanguage::new()))
    }
}

/// Which results of cells a job stores in the cache, and whether it uses those that are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CachePolicy {
    /// None is stored, none is used.
    #[default]
    Off,
    /// Results are stored, and every cell is run.
    Store,
    /// Results are stored, and used instead of running a cell.
    Use,
}

/// Whether a job notes which of its cells have finished.
///
/// That takes a cache, from which a resumed job takes the results of those cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckpointPolicy {
    /// It notes nothing, and earlier notes stay as they are: for cells that are run one by one.
    #[default]
    Off,
    /// It starts over: earlier notes of the same notebook and parameters do not count any more.
    Start,
    /// It continues an earlier run that did not finish, where there is one.
    Resume,
}

/// What the environment of the process says; whoever starts a job reads it, and this folder does not.
#[derive(Debug, Clone)]
pub struct Environment {
    /// A cache that several people or machines share: a folder, or a name under a mount.
    pub shared_cache: Option<String>,
    /// The person's own folder for what programs keep, used where there is no workspace file.
    pub state_folder: Option<PathBuf>,
    /// What stores of secrets ask: for variables and for passphrases.
    pub caller: Arc<dyn Caller>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            shared_cache: None,
            state_folder: None,
            caller: Arc::new(Nobody),
        }
    }
}
