//! Running the notebooks that cells run, each in a session of its own.
//!
//! A child shares the mounts, the stop flag and the progress with the cell's session, and neither names nor widgets. What
//! it shows is dropped; what it reads counts as read by the cell. Which notebook it is, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cache::Ledger;
use crate::error::Problem;
use crate::session::{Child, ChildEnd, Session};
use crate::source::{CellError, CellId, IncludedCell, Source};
use crate::work::{Interrupt, Stopped};

/// Why a child did not finish, when it was no cell's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum ChildError {
    /// It took too long.
    #[error("`{notebook}` did not finish within {} s", timeout.as_secs_f64())]
    TimedOut { notebook: String, timeout: Duration },
}

impl Problem for ChildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TimedOut { .. } => Some("give it a larger timeout_seconds; 0 is no limit".to_owned()),
        }
    }
}

/// Runs a child in a session without cells; `outer` is the flag that stops the cell which runs it.
pub(super) fn run_child(
    child: &Child,
    session: &mut Session,
    outer: &Interrupt,
    warn: &dyn Fn(String),
) -> ChildEnd {
    let mut ledgers = Vec::new();
    let result = run_cells(child, session, outer, &mut ledgers, warn);
    ChildEnd { result, ledgers }
}

/// Runs the cells of a child, up to the first that fails or ends it.
fn run_cells(
    child: &Child,
    session: &mut Session,
    outer: &Interrupt,
    ledgers: &mut Vec<Ledger>,
    warn: &dyn Fn(String),
) -> Result<Option<String>, CellError> {
    let cells = child.cells.iter();
    let ids: Vec<CellId> = cells.map(|cell| session.append(cell.clone())).collect();
    for name in unused(session, &ids, &child.arguments) {
        warn(format!(
            "`{}` neither declares nor reads a widget named `{name}`; that argument is ignored",
            child.location.name()
        ));
    }
    let task = session.progress().count("notebook", "cells", ids.len() as u64);
    for (position, id) in ids.iter().enumerate() {
        let result = session.run(*id, |_| {});
        ledgers.extend(session.ledger(*id).cloned());
        result.map_err(|error| explain(error, child, &ids, outer))?;
        if let Some(value) = session.exit(*id) {
            return Ok(Some(value.to_owned()));
        }
        // A cell that ends just in time may be followed by one that does not look at the clock.
        if session.is_interrupted() && position + 1 < ids.len() {
            return Err(explain(Stopped::Interrupted.into(), child, &ids, outer));
        }
        task.advance(1);
    }
    Ok(None)
}

/// Describes of an error in one of the child's cells where that stands; a stop that only the child was asked for is its time
/// running out.
fn explain(error: CellError, child: &Child, ids: &[CellId], outer: &Interrupt) -> CellError {
    if let Some(timeout) = child.timeout
        && error.interrupted()
        && !outer.is_set()
    {
        return CellError::of(ChildError::TimedOut {
            notebook: child.location.name().to_owned(),
            timeout,
        });
    }
    error.seen_by(|source| {
        let Source::Cell(id) = source else { return None };
        let position = ids.iter().position(|known| known == id)?;
        let cell = child.cells.get(position)?;
        Some(Source::Included(IncludedCell::new(
            child.location.name(),
            position + 1,
            cell,
        )))
    })
}

/// Returns the arguments whose names no cell declares or reads.
fn unused<'a>(
    session: &Session,
    ids: &[CellId],
    arguments: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    let analyses = ids.iter().filter_map(|id| session.analysis(*id));
    let is_known = analyses.clone().all(|analysis| !analysis.declares_more);
    let names = analyses.flat_map(|analysis| analysis.widgets_read.iter().chain(&analysis.widgets_declared));
    let known: BTreeSet<String> = names.cloned().collect();
    let names = arguments.keys().map(String::as_str);
    names.filter(move |name| is_known && !known.contains(*name))
}
