//! [`Workers`]: the threads with large stacks on which a session's cells run.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread;

use super::binding::Binding;
use super::context::CellContext;
use super::error::SessionError;
use super::evaluator::CellEvaluator;
use super::limits::Limits;
use super::loader::Loaded;
use super::outlet::{Bindings, CellEvent, Outlet};
use super::runner::{Language, Runner};
use crate::notebook::Cell;
use crate::source::{Analysis, CellId, Source};
use crate::work::catch_panic;

/// The stack of the thread, in bytes: deep syntax trees are walked recursively. Only the part that is used
/// costs memory.
const STACK: usize = 256 << 20;

/// All that running one cell takes.
pub(super) struct Task {
    pub(super) id: CellId,
    pub(super) cell: Cell,
    pub(super) runner: &'static dyn Runner,
    pub(super) analysis: Analysis,
    pub(super) language: Arc<dyn Language>,
    pub(super) loaded: Arc<Loaded>,
    pub(super) limits: Limits,
    pub(super) context: CellContext,
    pub(super) outlet: Outlet,
}

/// Threads that run jobs, one job each at a time; a thread is kept for the next job, because starting one takes longer
/// than a small cell.
#[derive(Default)]
pub(super) struct Workers {
    idle: Vec<Worker>,
}

/// A thread that runs one job after the other.
pub(super) struct Worker(Sender<Task>);

impl Workers {
    /// Hands a job over to a thread; what comes of it is reported through the job's own channel, and then the thread is
    /// to be [given back](Self::give_back).
    pub(super) fn submit(&mut self, mut job: Task) -> Result<Worker, SessionError> {
        while let Some(worker) = self.idle.pop() {
            match worker.0.send(job) {
                Ok(()) => return Ok(worker),
                // The thread has died.
                Err(unsent) => job = unsent.0,
            }
        }
        let (sender, jobs) = channel::<Task>();
        thread::Builder::new()
            .name("cell".to_owned())
            .stack_size(STACK)
            .spawn(move || jobs.iter().for_each(Task::perform))
            .map_err(|error| SessionError::NoThread {
                reason: error.to_string(),
            })?;
        // The thread has just started and waits for this.
        let _ = sender.send(job);
        Ok(Worker(sender))
    }

    /// Reclaims a thread whose job is over.
    pub(super) fn give_back(&mut self, worker: Worker) {
        self.idle.push(worker);
    }
}

impl Task {
    /// Runs the cell and reports its result to the session.
    fn perform(self) {
        let interrupt = &self.context.interrupt;
        let result =
            catch_panic(|| interrupt.watched(|| self.run())).unwrap_or_else(|panic| Err(panic.into()));
        if let Some(value) = self.context.exit_value() {
            self.outlet.send(CellEvent::Exited(value));
        }
        let CellContext {
            widgets,
            ledger,
            around,
            ..
        } = self.context;
        let mut ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
        let widgets = widgets.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.widget_changes = widgets.changes().to_vec();
        // The session changes the names in place once no cell that runs has them.
        drop(around);
        self.outlet.send(CellEvent::Ended(Box::new((result, ledger))));
    }

    fn run(&self) -> Bindings {
        let evaluator = CellEvaluator {
            source: Source::Cell(self.id),
            language: &*self.language,
            context: &self.context,
            loaded: &self.loaded,
            limits: self.limits,
        };
        let bound = evaluator.perform(self.runner, &self.cell, &self.analysis)?;
        let bound = bound.into_iter();
        Ok(bound
            .map(|(name, value)| (name, Binding::of(value, &*self.language)))
            .collect())
    }
}
