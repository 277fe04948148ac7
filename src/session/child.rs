//! [`Child`]: a notebook that a cell runs in a session of its own.
//!
//! It shares the mounts, the stop flag and the progress with the cell's session, and neither names nor widgets. What it
//! shows is dropped; what it reads counts as read by the cell. Which notebook it is, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::CellContext;
use super::runner::Language;
use super::scope::Limits;
use super::session::Session;
use super::task_values::TaskValues;
use crate::cache::Act;
use crate::error::Problem;
use crate::notebook::Cell;
use crate::parameters::Parameters;
use crate::source::{CellError, CellId, IncludedCell, Source, WIDGET};
use crate::storage::Location;
use crate::work::Stopped;

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

/// Why a notebook that was run in a session of its own did not end, when it was no cell's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChildError {
    /// It took too long.
    #[error("`{notebook}` did not end within {}", seconds(*timeout))]
    TimedOut {
        /// The notebook.
        notebook: String,
        /// How long it was given.
        timeout: Duration,
    },
}

impl Problem for ChildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TimedOut { .. } => {
                Some("give it a larger timeout_seconds; 0 lets it take as long as it needs".to_owned())
            }
        }
    }
}

fn seconds(timeout: Duration) -> String {
    format!("{} s", timeout.as_secs_f64())
}

/// What a cell's session hands on to the sessions that the cell starts.
#[derive(Clone)]
pub(super) struct Launch {
    pub(super) language: Arc<dyn Language>,
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

impl CellContext {
    /// Runs a notebook in a session of its own, and returns what it ended with, or nothing where it came to its end.
    ///
    /// An error of one of its cells names that cell. Warns of arguments that it has no use for.
    pub fn run_child(&self, child: &Child) -> Result<Option<String>, CellError> {
        self.reads(&child.location);
        self.acts(Act::Called);
        let mut session = self.start(child);
        let ids: Vec<CellId> = child
            .cells
            .iter()
            .map(|cell| session.append(cell.clone()))
            .collect();
        for name in unused(&session, &ids, &child.arguments) {
            self.warn(format!(
                "`{}` neither declares nor reads a widget named `{name}`; that argument is ignored",
                child.location.name
            ));
        }
        let task = session.progress().count("notebook", "cells", ids.len() as u64);
        for (position, id) in ids.iter().enumerate() {
            let result = session.run(*id, |_| {});
            if let Some(trace) = session.trace(*id) {
                self.takes_over(trace);
            }
            result.map_err(|error| self.explain(error, child, &ids))?;
            if let Some(value) = session.exit(*id) {
                return Ok(Some(value.to_owned()));
            }
            // A cell that ends just in time may be followed by one that does not look at the clock.
            if session.is_interrupted() && position + 1 < ids.len() {
                return Err(self.explain(Stopped::Interrupted.into(), child, &ids));
            }
            task.advance(1);
        }
        Ok(None)
    }

    /// Starts the session, still without cells.
    fn start(&self, child: &Child) -> Session {
        let deadline = child
            .timeout
            .and_then(|timeout| Instant::now().checked_add(timeout));
        let interrupt = match deadline {
            Some(deadline) => self.interrupt.until(deadline),
            None => self.interrupt.clone(),
        };
        let launch = self.launch.clone();
        let session = Session::new(launch.language, Arc::clone(&self.mounts), None)
            .with_interrupt(interrupt)
            .with_limits(launch.limits)
            .with_shell(self.shell)
            .with_parameters(Parameters::from(child.arguments.clone()).open())
            .within(self.surroundings.child(&child.location));
        match launch.task_values {
            Some(values) => session.with_task_values(values),
            None => session,
        }
    }

    /// Says of an error in one of the child's cells where that stands; a stop that only the child was asked for is its
    /// time running out.
    fn explain(&self, error: CellError, child: &Child, ids: &[CellId]) -> CellError {
        if let Some(timeout) = child.timeout
            && error.interrupted()
            && !self.interrupt.is_set()
        {
            return CellError::of(ChildError::TimedOut {
                notebook: child.location.name.clone(),
                timeout,
            });
        }
        error.seen_by(|source| {
            let Source::Cell(id) = source else { return None };
            let position = ids.iter().position(|known| known == id)?;
            let cell = child.cells.get(position)?;
            Some(Source::Included(IncludedCell::new(
                &child.location.name,
                position + 1,
                cell,
            )))
        })
    }
}

/// Returns the arguments whose names no cell declares or reads.
fn unused<'a>(
    session: &Session,
    ids: &[CellId],
    arguments: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    let analyses = ids.iter().filter_map(|id| session.analysis(*id));
    let is_known = analyses.clone().all(|analysis| !analysis.declares_more);
    let names = analyses.flat_map(|analysis| analysis.inputs.iter().chain(&analysis.outputs));
    let known: BTreeSet<String> = names
        .filter_map(|name| name.strip_prefix(WIDGET))
        .map(str::to_owned)
        .collect();
    let names = arguments.keys().map(String::as_str);
    names.filter(move |name| is_known && !known.contains(*name))
}
