//! [`Child`]: a notebook that a cell runs in a session of its own, and [`Launcher`], which starts that session.
//!
//! Who puts a session together is above the sessions; so a cell asks for one by a trait, and knows none.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connections::Connections;
use super::limits::Limits;
use super::surroundings::Surroundings;
use super::task_values::TaskValues;
use crate::cache::Ledger;
use crate::notebook::Cell;
use crate::secret::{Consent, Secrets};
use crate::source::CellError;
use crate::storage::Location;
use crate::work::{Interrupt, Stopped};

/// A notebook to be run in a session of its own.
#[derive(Debug, Clone)]
pub struct Child {
    /// Its file.
    pub location: Location,
    /// Its cells.
    pub cells: Vec<Cell>,
    /// Values for its widgets.
    pub arguments: BTreeMap<String, String>,
    /// How long it may run; `None` for as long as it takes.
    pub timeout: Option<Duration>,
}

/// What a child's session has from the cell that runs it.
#[derive(Debug, Clone)]
pub(crate) struct Inherited {
    /// Where the child's cells stand among files, and the mounts.
    pub(crate) surroundings: Surroundings,
    /// The flag that stops the cell.
    pub(crate) interrupt: Interrupt,
    pub(crate) limits: Limits,
    /// Whether cells may run shell commands.
    pub(crate) shell: bool,
    /// The secrets of the workspace, of which the child gets its own.
    pub(crate) secrets: Arc<Secrets>,
    /// The named connections, of which the child opens its own.
    pub(crate) connections: Connections,
    /// What a person let through, who is asked once for both.
    pub(crate) consent: Consent,
    pub(crate) task_values: Option<Arc<dyn TaskValues>>,
}

/// The result of a child.
#[derive(Debug)]
pub(crate) struct ChildEnd {
    /// What it ended with, or nothing where it came to its end; an error of one of its cells names that cell.
    pub(crate) result: Result<Option<String>, CellError>,
    /// What its cells read and did, in their order.
    pub(crate) ledgers: Vec<Ledger>,
}

/// Starts sessions for the notebooks that cells run.
pub(crate) trait Launcher: Send + Sync {
    /// Runs a notebook; `warn` gets what deserves a look.
    fn run(&self, child: &Child, inherited: Inherited, warn: &dyn Fn(String)) -> ChildEnd;
}

/// A launcher for where nothing is to be run.
pub(super) struct NoLauncher;

impl Launcher for NoLauncher {
    fn run(&self, _: &Child, _: Inherited, _: &dyn Fn(String)) -> ChildEnd {
        ChildEnd {
            result: Err(Stopped::Interrupted.into()),
            ledgers: Vec::new(),
        }
    }
}

/// What a session hands on to the sessions that its cells start.
#[derive(Clone)]
pub(super) struct Launch {
    pub(super) launcher: Arc<dyn Launcher>,
    pub(super) limits: Limits,
    pub(super) task_values: Option<Arc<dyn TaskValues>>,
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("limits", &self.limits)
            .field("task_values", &self.task_values)
            .finish_non_exhaustive()
    }
}
