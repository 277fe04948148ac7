//! [`Entry`]: a cell in a session, what is known of it, and what came of running it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::binding::Binding;
use super::error::SessionError;
use super::runner::{Language, Runner};
use crate::cache::Ledger;
use crate::digest::Digest;
use crate::notebook::Cell;
use crate::output::RetainedOutput;
use crate::source::{Analysis, CellError, CellId, Source, Spot};

/// How a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It was never run, or not since it was edited.
    NotRun,
    /// Its values are what its source gives now.
    Fresh,
    /// It, or something it read, has changed since it ran.
    Stale,
    /// Its last try failed, and it binds nothing.
    Failed,
}

/// What a successful run left.
#[derive(Debug)]
pub(super) struct CellRun {
    /// The digest of what decided its values, as far as that was known before it ran.
    pub(super) key: Digest,
    pub(super) time: Duration,
    pub(super) bindings: BTreeMap<String, Binding>,
    pub(super) ledger: Ledger,
    pub(super) outputs: Vec<RetainedOutput>,
    /// Whether its values came from a cache.
    pub(super) cached: bool,
    /// What it gave `dbutils.notebook.exit`.
    pub(super) exit: Option<String>,
}

impl CellRun {
    /// Takes the values of another run, if that gave the same.
    pub(super) fn takes_values_of(&self, other: &Self) -> bool {
        let digests = |ran: &Self| -> Vec<(String, Option<Digest>)> {
            let bindings = ran.bindings.iter();
            bindings
                .map(|(name, bound)| (name.clone(), bound.bitwise()))
                .collect()
        };
        let are_same = digests(self) == digests(other);
        if are_same {
            for (here, there) in self.bindings.values().zip(other.bindings.values()) {
                here.takes_value_of(there);
            }
        }
        are_same
    }
}

/// A cell, what is known of it, and what came of running it.
///
/// A copy shares the values, which are frozen.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) id: CellId,
    pub(super) cell: Cell,
    pub(super) runner: Option<&'static dyn Runner>,
    pub(super) analysis: Result<Analysis, CellError>,
    /// Its source without what makes no difference; read when it is asked for.
    pub(super) canonical: OnceLock<String>,
    pub(super) last_run: Option<Arc<CellRun>>,
    pub(super) failed: bool,
}

impl Entry {
    /// Returns whether what the cell reads depends on the folder of the notebook.
    pub(super) fn reads_from_folder(&self) -> bool {
        let is_relative = |path: &String| path.starts_with('.');
        let mut loads = self.analysis.iter().flat_map(|analysis| &analysis.loads);
        self.runner.is_some_and(Runner::reads_files) || loads.any(is_relative)
    }

    /// Returns the source without what makes no difference to what the cell does.
    pub(super) fn canonical(&self) -> &str {
        self.canonical.get_or_init(|| match self.runner {
            Some(runner) => runner.canonical(self.cell.source()),
            None => self.cell.source().to_owned(),
        })
    }
}

/// Returns the first line of a cell's source: where an error is that is about the whole cell.
pub(super) fn first_line(entry: &Entry) -> Option<Spot> {
    first_line_of(Source::Cell(entry.id), &entry.cell)
}

/// Returns the first line of `cell`, which is at `source`.
pub(super) fn first_line_of(source: Source, cell: &Cell) -> Option<Spot> {
    let text = cell.source().lines().next()?.to_owned();
    let end_column = text.chars().count() + 1;
    Some(Spot {
        source,
        line: 1,
        column: 1,
        end_line: 1,
        end_column,
        text,
    })
}

pub(super) fn find_runner(language: &dyn Language, cell: &Cell) -> Option<&'static dyn Runner> {
    let word = cell.kind().word();
    language
        .runners()
        .iter()
        .copied()
        .find(|runner| runner.words().contains(&word))
}

/// Reports that `language` has no runner for `cell`.
pub(super) fn unknown_kind(language: &dyn Language, cell: &Cell) -> SessionError {
    let known = language.runners().iter();
    SessionError::UnknownKind {
        word: cell.kind().word().to_owned(),
        known: known
            .filter_map(|runner| runner.words().first().copied())
            .collect(),
    }
}
