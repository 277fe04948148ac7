//! [`Session`]: cells in document order, what each bound, and the one way to run one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use starlark::values::OwnedFrozenValue;

use super::analysis::{Analysis, WIDGET};
use super::cache::Cache;
use super::checkpoint::Checkpoint;
use super::child::Launch;
use super::context::{CellContext, Place, Sink};
use super::entry::{Entry, find_runner};
use super::error::{CellError, CellId, SessionError};
use super::fingerprints::Fingerprints;
use super::graph::Graph;
use super::loader::Loaded;
use super::parameters::Parameters;
use super::runner::Language;
use super::scope::{Definer, Limits};
use super::surroundings::Surroundings;
use super::task_values::TaskValues;
use super::trace::FileRead;
use super::worker::{Job, Workers};
use crate::frame::Interrupt;
use crate::notebook::Cell;
use crate::storage::Mounts;

mod caching;
mod facts;
mod freshness;
mod outside;
mod parameters;
mod running;
mod values;

pub use facts::{Facts, FileFact};
pub use running::Step;

/// A live run of a notebook.
pub struct Session {
    language: Arc<dyn Language>,
    notebook: Option<String>,
    mounts: Arc<Mounts>,
    parameters: Parameters,
    interrupt: Interrupt,
    limits: Limits,
    folder: Option<PathBuf>,
    shell: bool,
    task_values: Option<Arc<dyn TaskValues>>,
    /// Where the cells stand, when another session has said so.
    around: Option<Surroundings>,
    loaded: Arc<Loaded>,
    workers: Workers,
    cache: Option<Arc<Cache>>,
    /// Whether cells may be served from the cache.
    served: bool,
    /// Whether that goes for cells with values that the cache does not have.
    reruns: bool,
    fingerprints: Mutex<Fingerprints>,
    checkpoint: Option<Checkpoint>,
    entries: Vec<Entry>,
    next_id: u64,
}

/// The cells of a session and their values at one moment.
pub struct Snapshot {
    entries: Vec<Entry>,
    parameters: Parameters,
}

impl Session {
    /// Starts a session without cells; `notebook` is the name of its file, where it has one.
    pub fn new(language: Arc<dyn Language>, mounts: Arc<Mounts>, notebook: Option<String>) -> Self {
        Self {
            language,
            notebook,
            mounts,
            parameters: Parameters::default(),
            interrupt: Interrupt::default(),
            limits: Limits::default(),
            folder: None,
            shell: false,
            task_values: None,
            around: None,
            loaded: Arc::default(),
            workers: Workers::default(),
            cache: None,
            served: true,
            reruns: false,
            fingerprints: Mutex::default(),
            checkpoint: None,
            entries: Vec::new(),
            next_id: 1,
        }
    }

    /// Sets the bounds of each cell.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Uses a stop flag that someone else can set.
    #[must_use]
    pub fn with_interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// Says which file the cells stand in from now on; what they name relative to it is looked for there.
    pub fn set_notebook(&mut self, notebook: Option<String>) {
        self.notebook = notebook;
    }

    /// Forgets an earlier request to stop, before more cells are run.
    pub fn clear_interrupt(&self) {
        self.interrupt.clear();
    }

    /// Tells whether a stop was asked for since the last request was forgotten.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Asks what runs to stop.
    pub fn stop(&self) {
        self.interrupt.trigger();
    }

    /// Adds a cell at the end.
    pub fn append(&mut self, cell: Cell) -> CellId {
        self.insert(self.entries.len(), cell)
    }

    /// Adds a cell so that it stands at `position` (from 0, at most the number of cells).
    pub fn insert(&mut self, position: usize, cell: Cell) -> CellId {
        let id = CellId(self.next_id);
        self.next_id += 1;
        let entry = self.entry(id, cell);
        self.entries.insert(position.min(self.entries.len()), entry);
        id
    }

    /// Replaces a cell's text; its values stay until it is run again, and count as stale.
    pub fn edit(&mut self, id: CellId, cell: Cell) {
        let Some(position) = self.position(id) else { return };
        let mut entry = self.entry(id, cell);
        let old = &mut self.entries[position];
        entry.ran = old.ran.take();
        *old = entry;
    }

    /// Removes a cell and what it bound.
    pub fn remove(&mut self, id: CellId) {
        self.entries.retain(|entry| entry.id != id);
    }

    fn entry(&self, id: CellId, cell: Cell) -> Entry {
        let runner = find_runner(&*self.language, &cell);
        let analysis = self.analyzed(id, &cell, runner);
        Entry {
            id,
            cell,
            runner,
            analysis,
            ran: None,
            failed: false,
        }
    }

    /// Moves a cell so that it stands at `position` (from 0) among the others; its values count as stale where the
    /// names it reads mean something else there.
    pub fn move_to(&mut self, id: CellId, position: usize) {
        let Some(from) = self.position(id) else { return };
        let entry = self.entries.remove(from);
        self.entries.insert(position.min(self.entries.len()), entry);
    }

    /// Returns the cells and their values as they are now; values are shared, because nothing can change them.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            entries: self.entries.clone(),
            parameters: self.parameters.clone(),
        }
    }

    /// Goes back to how the cells and their values were, without running anything.
    ///
    /// Mounts that a cell made, and files that it wrote, stay.
    pub fn restore(&mut self, snapshot: Snapshot) {
        self.entries = snapshot.entries;
        self.parameters = snapshot.parameters;
    }

    /// Returns the cells' identities in document order.
    pub fn ids(&self) -> Vec<CellId> {
        self.entries.iter().map(|entry| entry.id).collect()
    }

    /// Returns a cell's position, from 0.
    pub fn position(&self, id: CellId) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }

    /// Returns a cell.
    pub fn cell(&self, id: CellId) -> Option<&Cell> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| &entry.cell)
    }

    /// Returns what a cell reads and binds; `None` when its source does not parse.
    pub fn analysis(&self, id: CellId) -> Option<&Analysis> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)?
            .analysis
            .as_ref()
            .ok()
    }

    /// Returns which cell reads which.
    pub fn graph(&self) -> Graph {
        let nothing = Analysis::default();
        Graph::of(
            self.entries
                .iter()
                .map(|entry| entry.analysis.as_ref().unwrap_or(&nothing)),
        )
    }

    /// Returns the language of the cells.
    pub fn language(&self) -> &dyn Language {
        &*self.language
    }

    /// Returns the mounts.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Puts together what running a cell takes.
    fn job(&self, position: usize, sink: Sink) -> Result<Job, CellError> {
        let entry = &self.entries[position];
        let Some(runner) = entry.runner else {
            return Err(CellError::of(SessionError::unknown_kind(
                &*self.language,
                &entry.cell,
            )));
        };
        let analysis = entry.analysis.as_ref().map_err(Clone::clone)?;
        let inputs = self.inputs(position, analysis)?;
        let above = self.definers(self.entries[..position].iter());
        let context = CellContext {
            place: self.place(position),
            mounts: Arc::clone(&self.mounts),
            interrupt: self.interrupt.clone(),
            surroundings: self.surroundings(),
            shell: self.shell,
            launch: Launch {
                language: Arc::clone(&self.language),
                limits: self.limits,
                task_values: self.task_values.clone(),
            },
            exit: Arc::default(),
            widgets: Mutex::new(self.widgets_above(position)).into(),
            sink,
            begun: self
                .checkpoint
                .as_ref()
                .and_then(|checkpoint| checkpoint.begun_before(&self.key(position)?)),
            trace: Mutex::default(),
            inherited: self.inherited(position),
            above: above.keys().cloned().collect(),
            inputs,
        };
        Ok(Job {
            id: entry.id,
            cell: entry.cell.clone(),
            runner,
            analysis: analysis.clone(),
            language: Arc::clone(&self.language),
            loaded: Arc::clone(&self.loaded),
            limits: self.limits,
            context,
            above,
            below: self.definers(self.entries[position + 1..].iter().rev()),
        })
    }

    /// Says where a cell stands.
    fn place(&self, position: usize) -> Place {
        let cell = self.entries.get(position).map(|entry| &entry.cell);
        Place {
            notebook: self.notebook.clone(),
            cell: position + 1,
            title: cell.and_then(|cell| cell.title()).map(str::to_owned),
        }
    }

    /// Collects the values of a cell's inputs; a name that no cell above binds is left to the language.
    fn inputs(
        &self,
        position: usize,
        analysis: &Analysis,
    ) -> Result<BTreeMap<String, OwnedFrozenValue>, CellError> {
        let mut values = BTreeMap::new();
        for name in &analysis.inputs {
            let Some(definer) = self.definer(name, position) else {
                continue;
            };
            match definer.ran.as_ref().and_then(|ran| ran.bindings.get(name)) {
                Some(bound) => {
                    let value = bound.value(&*self.language).ok_or_else(|| {
                        CellError::of(SessionError::Lost {
                            name: name.clone(),
                            cell: self.label(definer),
                        })
                    })?;
                    values.insert(name.clone(), value.clone());
                }
                // Widgets are outputs without a value.
                None if definer.ran.is_some() => {}
                None => {
                    return Err(CellError::of(SessionError::Unbound {
                        name: name.clone(),
                        cell: self.label(definer),
                        failed: definer.failed,
                    }));
                }
            }
        }
        Ok(values)
    }

    /// Finds the nearest cell above `position` that binds `name`.
    ///
    /// A cell that ran counts by what it bound, any other by what its source would bind.
    fn definer(&self, name: &str, position: usize) -> Option<&Entry> {
        self.entries[..position].iter().rev().find(|entry| {
            let Ok(analysis) = &entry.analysis else {
                return false;
            };
            analysis.outputs.contains(name)
                && entry
                    .ran
                    .as_ref()
                    .is_none_or(|ran| ran.bindings.contains_key(name) || name.starts_with(WIDGET))
        })
    }

    /// Returns the files that the cells above, on which this one depends, have read.
    fn inherited(&self, position: usize) -> Vec<FileRead> {
        let mut ancestors = BTreeSet::new();
        let mut open = vec![position];
        while let Some(reader) = open.pop() {
            let names = self.entries.get(reader).into_iter();
            let names = names
                .flat_map(|entry| &entry.analysis)
                .flat_map(|analysis| &analysis.inputs);
            let definers = names.filter_map(|name| self.position(self.definer(name, reader)?.id));
            open.extend(definers.filter(|above| ancestors.insert(*above)));
        }
        let files = ancestors
            .into_iter()
            .filter_map(|above| self.entries.get(above)?.ran.as_ref());
        files.flat_map(|ran| ran.trace.files.values().cloned()).collect()
    }

    /// Names a cell as a person would: `cell 3 "Load"`.
    fn label(&self, entry: &Entry) -> String {
        let number = self.position(entry.id).map_or(0, |position| position + 1);
        match entry.cell.title() {
            Some(title) => format!("cell {number} \"{title}\""),
            None => format!("cell {number}"),
        }
    }

    fn definers<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> BTreeMap<String, Definer> {
        let mut names = BTreeMap::new();
        for entry in entries {
            for name in entry.analysis.iter().flat_map(Analysis::bound) {
                names.insert(name.to_owned(), Definer(self.label(entry)));
            }
        }
        names
    }

    /// Returns the language, for a thread of its own.
    pub(super) fn shared_language(&self) -> Arc<dyn Language> {
        Arc::clone(&self.language)
    }
}
