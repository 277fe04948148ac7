//! [`Launcher`]: what is published, and who runs runs.

use std::sync::Arc;

use super::plan::Plan;
use super::sending::Sending;
use super::task::Task;
use crate::error::Error;
use crate::pipeline::definition::{Alert, Occasion};
use crate::schedule::run::RunRow;

/// Who is told of a run.
#[derive(Debug, Clone)]
pub struct Alerting {
    /// The run.
    pub run: RunRow,
    /// Which alert of the pipeline, counted from 0.
    pub number: u32,
    /// How someone is told.
    pub alert: Alert,
    /// Why.
    pub occasion: Occasion,
}

/// What is published, and who runs runs.
pub trait Launcher: Send + Sync {
    /// Returns the version that triggers run now; none where nothing is published.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn current(&self) -> Result<Option<Arc<Plan>>, Error>;

    /// Returns the pipelines as they are in the workspace, for those who run them before anything is published.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    fn drafts(&self) -> Result<Arc<Plan>, Error>;

    /// Returns a version: a run that goes on does so with the one that it has begun with.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn version(&self, number: u32) -> Result<Arc<Plan>, Error>;

    /// Begins to run a run, and does not wait for its end.
    fn start(&self, task: Task);

    /// Tells someone of a run, and returns at once; `sending` is told how that ends.
    fn alert(&self, plan: &Arc<Plan>, alerting: Alerting, sending: Sending);
}
