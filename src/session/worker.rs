//! [`Worker`]: the thread with a large stack on which a session's cells run, one after the other.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread;

use starlark::values::OwnedFrozenValue;

use super::analysis::Analysis;
use super::context::{CellContext, Event};
use super::error::{CellError, CellId, SessionError, Source};
use super::loader::Loaded;
use super::runner::{Language, Runner};
use super::scope::{Definer, Limits, Scope};
use crate::frame::contain;
use crate::notebook::Cell;

/// The stack of the thread, in bytes: deep syntax trees are walked recursively. Only the part that is used
/// costs memory.
const STACK: usize = 256 << 20;

/// All that running one cell takes.
pub(super) struct Job {
    pub(super) id: CellId,
    pub(super) cell: Cell,
    pub(super) runner: &'static dyn Runner,
    pub(super) analysis: Analysis,
    pub(super) language: Arc<dyn Language>,
    pub(super) loaded: Arc<Loaded>,
    pub(super) limits: Limits,
    pub(super) context: CellContext,
    pub(super) above: BTreeMap<String, Definer>,
    pub(super) below: BTreeMap<String, Definer>,
}

/// A thread that runs jobs; it starts with the first one, because starting it takes longer than a small cell.
#[derive(Default)]
pub(super) struct Worker(Option<Sender<Job>>);

impl Worker {
    /// Hands over a job; what comes of it is told through the job's own channel.
    pub(super) fn submit(&mut self, job: Job) -> Result<(), SessionError> {
        let job = match &self.0 {
            Some(jobs) => match jobs.send(job) {
                Ok(()) => return Ok(()),
                Err(unsent) => unsent.0,
            },
            None => job,
        };
        let (sender, jobs) = channel::<Job>();
        thread::Builder::new()
            .name("cell".to_owned())
            .stack_size(STACK)
            .spawn(move || jobs.iter().for_each(Job::perform))
            .map_err(|error| SessionError::NoThread {
                reason: error.to_string(),
            })?;
        // The thread has just started and waits for this.
        let _ = sender.send(job);
        self.0 = Some(sender);
        Ok(())
    }
}

impl Job {
    /// Runs the cell and tells the session what came of it.
    fn perform(self) {
        let result = contain(|| self.run()).unwrap_or_else(|panic| Err(panic.into()));
        if let Some(value) = self.context.exit_value() {
            let _ = self.context.sink.send(Event::Exited(value));
        }
        let files = self
            .context
            .files
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        // Nobody listens any more when the session is gone; then nobody misses it.
        let _ = self.context.sink.send(Event::Ended(Box::new((result, files))));
    }

    fn run(&self) -> Result<BTreeMap<String, OwnedFrozenValue>, CellError> {
        let scope = Scope {
            source: Source::Cell(self.id),
            language: &*self.language,
            context: &self.context,
            loaded: &self.loaded,
            limits: self.limits,
            above: &self.above,
            below: &self.below,
        };
        scope.perform(self.runner, &self.cell, &self.analysis)
    }
}
