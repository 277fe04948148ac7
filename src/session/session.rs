//! [`Session`]: cells in document order, what each bound, and the one way to run one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use starlark::values::OwnedFrozenValue;

use super::around::{self, Around};
use super::cells::Cells;
use super::child::{Launch, Launcher};
use super::connections::Connections;
use super::context::CellContext;
use super::entry::{CellRun, Entry, find_runner, unknown_kind};
use super::error::SessionError;
use super::gone::Gone;
use super::grants::Grants;
use super::kept_rows::KeptRows;
use super::limits::Limits;
use super::loader::Loaded;
use super::outlet::{CellEvent, Outlet};
use super::runner::Language;
use super::show::Show;
use super::snapshot::Snapshot;
use super::surroundings::Surroundings;
use super::task_values::TaskValues;
use super::worker::{Task, Workers};
use crate::cache::{Cache, Checkpoint, Fingerprints, Ledger, Resource, Version};
use crate::notebook::Cell;
use crate::parameters::Parameters;
use crate::secret::{Consent, Secrets};
use crate::source::{Analysis, CellError, CellId};
use crate::storage::Mounts;
use crate::work::Interrupt;

mod caching;
mod cell_report;
mod dependencies;
mod effects;
mod flow;
mod freshness;
mod lineage;
mod outside;
mod parameters;
mod passwords;
mod running;
mod secrets;
mod values;
mod world;

pub use cell_report::CellReport;
use effects::Effects;
use freshness::Freshness;
use lineage::Lineages;
pub use running::Step;

/// A live run of a notebook.
pub struct Session {
    language: Arc<dyn Language>,
    launcher: Arc<dyn Launcher>,
    mounts: Arc<Mounts>,
    parameters: Parameters,
    interrupt: Interrupt,
    limits: Limits,
    /// Where the cells stand among files.
    surroundings: Surroundings,
    shell: bool,
    secrets: Arc<Secrets>,
    /// The secrets that its cells got.
    grants: Grants,
    consent: Consent,
    connections: Connections,
    task_values: Option<Arc<dyn TaskValues>>,
    loaded: Arc<Loaded>,
    workers: Workers,
    cache: Option<Arc<Cache>>,
    /// Whether cells may be served from the cache.
    use_cache: bool,
    /// Whether that goes for cells with values that the cache does not have.
    allow_partial: bool,
    fingerprints: Mutex<Fingerprints>,
    checkpoint: Option<Checkpoint>,
    cells: Cells,
    gone: Gone,
    next_id: u64,
    /// What is known of the cells as they are, each for as many as nothing has changed above.
    freshness: Mutex<Freshness>,
    lineages: Mutex<Lineages>,
    effects: Effects,
}

impl Session {
    /// Starts a session without cells, which are in `surroundings`; `launcher` runs the notebooks that they run.
    ///
    /// For the one place that puts sessions together, `job`.
    pub(crate) fn new(
        language: Arc<dyn Language>,
        launcher: Arc<dyn Launcher>,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            language,
            launcher,
            mounts: surroundings.mounts(),
            surroundings,
            parameters: Parameters::default(),
            interrupt: Interrupt::default(),
            limits: Limits::default(),
            shell: false,
            secrets: Arc::new(Secrets::none()),
            grants: Grants::default(),
            consent: Consent::default(),
            connections: Connections::default(),
            task_values: None,
            loaded: Arc::default(),
            workers: Workers::default(),
            cache: None,
            use_cache: true,
            allow_partial: false,
            fingerprints: Mutex::default(),
            checkpoint: None,
            cells: Cells::default(),
            gone: Gone::default(),
            next_id: 1,
            freshness: Mutex::default(),
            lineages: Mutex::default(),
            effects: Effects::default(),
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

    /// Returns the stop flag.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Clears an earlier request to stop, before more cells are run.
    pub fn clear_interrupt(&self) {
        self.interrupt.clear();
    }

    /// Returns whether a stop was asked for since the last request was forgotten.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Returns whether work that was stopped is still on its way to its end; what computes with frames waits
    /// for it.
    pub fn is_settling(&self) -> bool {
        self.interrupt.has_abandoned()
    }

    /// Asks what runs to stop.
    pub fn stop(&self) {
        self.interrupt.trigger();
    }

    /// Adds a cell at the end.
    pub fn append(&mut self, cell: Cell) -> CellId {
        self.insert(self.cells.len(), cell)
    }

    /// Adds a cell so that it is at `position` (from 0, at most the number of cells).
    pub fn insert(&mut self, position: usize, cell: Cell) -> CellId {
        let id = CellId(self.next_id);
        self.next_id += 1;
        let entry = self.entry(id, cell);
        self.cells.insert(position, entry);
        self.source_changed(position);
        id
    }

    /// Replaces a cell's text; its values stay until it is run again, and count as stale.
    pub fn edit(&mut self, id: CellId, cell: Cell) {
        let Some(position) = self.position(id) else { return };
        let mut entry = self.entry(id, cell);
        entry.last_run = self.cells.get(position).and_then(|old| old.last_run.clone());
        self.cells.replace(position, entry);
        self.source_changed(position);
    }

    /// Removes a cell and what it bound; of the names that have no value then, it is known why.
    pub fn remove(&mut self, id: CellId) {
        let Some(position) = self.position(id) else { return };
        self.note_gone(id);
        self.cells.remove(position);
        self.source_changed(position);
    }

    /// Removes every cell for which `keep` says no, and what it bound.
    pub fn retain(&mut self, mut keep: impl FnMut(CellId) -> bool) {
        for entry in self.cells.iter().filter(|entry| !keep(entry.id)) {
            self.gone.note(entry);
        }
        self.cells.retain(keep);
        self.source_changed(0);
    }

    /// Remembers that the names which a cell binds are about to be gone, and why.
    pub fn note_gone(&mut self, id: CellId) {
        if let Some(entry) = self.cells.find(id) {
            self.gone.note(entry);
        }
    }

    fn entry(&self, id: CellId, cell: Cell) -> Entry {
        let runner = find_runner(&*self.language, &cell);
        let analysis = self.analyzed(id, &cell, runner);
        Entry {
            id,
            cell,
            runner,
            analysis,
            canonical: OnceLock::new(),
            last_run: None,
            failed: false,
        }
    }

    /// Moves a cell so that it is at `position` (from 0) among the others; its values count as stale where the
    /// names it reads mean something else there.
    pub fn move_to(&mut self, id: CellId, position: usize) {
        let Some(from) = self.position(id) else { return };
        self.cells.move_to(from, position);
        self.source_changed(from.min(position));
    }

    /// Discards what was known of the cells from `position` on, whose sources or places are others now.
    fn source_changed(&mut self, position: usize) {
        freshness::of(&mut self.freshness).forget_from(position);
        lineage::of(&mut self.lineages).forget_from(position);
        self.effects.forget_from(position);
    }

    /// Sets what came of running the cell at `position`, and forgets what was known of the cells that may read it.
    fn set_ran(&mut self, position: usize, ran: Option<Arc<CellRun>>, failed: bool) {
        self.cells.set_ran(position, ran, failed);
        freshness::of(&mut self.freshness).forget_from(position);
        lineage::of(&mut self.lineages).forget_from(position + 1);
    }

    /// Returns the cells and their values as they are now; values are shared, because nothing can change them.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(
            self.cells.entries(),
            self.parameters.clone(),
            Arc::clone(&self.language),
            Arc::clone(&self.mounts),
            Arc::clone(&self.secrets),
            self.connections.clone(),
        )
    }

    /// Returns to how the cells and their values were, without running anything.
    ///
    /// Mounts that a cell made, and files that it wrote, stay.
    pub fn restore(&mut self, snapshot: Snapshot) {
        self.cells = Cells::of(snapshot.entries);
        self.parameters = snapshot.parameters;
        self.source_changed(0);
    }

    /// Returns how many cells there are.
    pub fn count(&self) -> usize {
        self.cells.len()
    }

    /// Returns the cells' identities in document order.
    pub fn ids(&self) -> Vec<CellId> {
        self.cells.iter().map(|entry| entry.id).collect()
    }

    /// Returns the identity of the cell at `position`, from 0.
    pub fn id(&self, position: usize) -> Option<CellId> {
        self.cells.get(position).map(|entry| entry.id)
    }

    /// Returns a cell's position, from 0.
    pub fn position(&self, id: CellId) -> Option<usize> {
        self.cells.position(id)
    }

    /// Returns a cell.
    pub fn cell(&self, id: CellId) -> Option<&Cell> {
        self.cells.find(id).map(|entry| &entry.cell)
    }

    /// Returns what a cell reads and binds; `None` when its source does not parse.
    pub fn analysis(&self, id: CellId) -> Option<&Analysis> {
        self.cells.find(id)?.analysis.as_ref().ok()
    }

    /// Returns the language of the cells.
    pub fn language(&self) -> &dyn Language {
        &*self.language
    }

    /// Returns the mounts.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Collects what running a cell needs.
    fn task(&self, position: usize, entry: &Entry, outlet: Outlet) -> Result<Task, CellError> {
        let Some(runner) = entry.runner else {
            return Err(CellError::of(unknown_kind(&*self.language, &entry.cell)));
        };
        let analysis = entry.analysis.as_ref().map_err(Clone::clone)?;
        let inputs = self.inputs(position, analysis)?;
        let context = CellContext {
            documented: self.language.clone(),
            mounts: Arc::clone(&self.mounts),
            interrupt: self.interrupt.for_work().with_own_notices(),
            surroundings: self.surroundings.clone(),
            shell: self.shell,
            secrets: Arc::clone(&self.secrets),
            grants: self.grants.clone(),
            consent: self.consent.clone(),
            connections: self.connections.clone(),
            kept_rows: KeptRows::new(self.cache.clone(), self.use_cache),
            origin: self.origin(entry),
            launch: Launch {
                launcher: Arc::clone(&self.launcher),
                limits: self.limits,
                task_values: self.task_values.clone(),
            },
            exit: Arc::default(),
            widgets: Mutex::new(self.widgets_above(position)).into(),
            show: Show({
                let outlet = outlet.clone();
                Arc::new(move |output| outlet.send(CellEvent::Shown(output)))
            }),
            begun: self
                .checkpoint
                .as_ref()
                .and_then(|checkpoint| checkpoint.begun_before(&self.key(position)?)),
            run: self
                .checkpoint
                .as_ref()
                .and_then(|checkpoint| checkpoint.run_of(&self.key(position)?)),
            ids: Arc::default(),
            ledger: Mutex::new(self.begun_ledger(entry)),
            inherited: self.inherited(position),
            around: Around::new(self.cells.names(), position),
            kinds: if analysis.lists_names {
                self.kinds_above(position)
            } else {
                BTreeMap::default()
            },
            kinds_within: BTreeMap::new(),
            inputs,
        };
        Ok(Task {
            id: entry.id,
            cell: entry.cell.clone(),
            runner,
            analysis: analysis.clone(),
            language: Arc::clone(&self.language),
            loaded: Arc::clone(&self.loaded),
            limits: self.limits,
            context,
            outlet,
        })
    }

    /// Returns what a cell reads before it runs.
    fn begun_ledger(&self, entry: &Entry) -> Ledger {
        let mut ledger = Ledger::default();
        if entry.reads_from_folder() {
            let folder = self.surroundings.known_folder().into_owned();
            ledger.read.insert(Resource::Folder, Version::Text(folder));
        }
        ledger
    }

    /// Collects the values of a cell's inputs; a name that no cell above binds is left to the language.
    fn inputs(
        &self,
        position: usize,
        analysis: &Analysis,
    ) -> Result<BTreeMap<String, OwnedFrozenValue>, CellError> {
        let mut values = BTreeMap::new();
        for name in &*self.inputs_of(position) {
            let Some(definer) = self.definer(name, position) else {
                self.is_not_gone(name, position)?;
                continue;
            };
            match definer.last_run.as_ref().and_then(|ran| ran.bindings.get(name)) {
                Some(bound) => {
                    let value = bound.value(&*self.language).ok_or_else(|| {
                        CellError::of(SessionError::Lost {
                            name: name.clone(),
                            cell: self.label(definer),
                        })
                    })?;
                    values.insert(name.clone(), value.clone());
                }
                None => {
                    return Err(self.unbound(name, definer));
                }
            }
        }
        for name in &analysis.widgets_read {
            let declarer = self.cells.declarer(name, position);
            let declarer = declarer.and_then(|declarer| self.cells.get(declarer));
            if let Some(declarer) = declarer.filter(|declarer| declarer.last_run.is_none()) {
                return Err(self.unbound(&format!("widget {name}"), declarer));
            }
        }
        Ok(values)
    }

    fn unbound(&self, name: &str, definer: &Entry) -> CellError {
        CellError::of(SessionError::Unbound {
            name: name.to_owned(),
            cell: self.label(definer),
            failed: definer.failed,
        })
    }

    /// Fails for a name that only a cell bound which is gone.
    fn is_not_gone(&self, name: &str, position: usize) -> Result<(), CellError> {
        let Some(reason) = self.gone.reason(name) else {
            return Ok(());
        };
        let below = self.cells.iter().skip(position);
        let mut below = below.flat_map(|entry| entry.analysis.iter().flat_map(|analysis| &analysis.outputs));
        let mut builtins = self.language.globals().names();
        if below.any(|bound| bound == name) || builtins.any(|known| known.as_str() == name) {
            return Ok(());
        }
        Err(CellError::of(reason))
    }

    /// Finds the nearest cell above `position` that binds `name`.
    fn definer(&self, name: &str, position: usize) -> Option<&Entry> {
        self.cells.get(self.cells.definer(name, position)?)
    }

    /// Returns a cell's display name: `cell 3 "Load"`.
    fn label(&self, entry: &Entry) -> String {
        around::label(self.position(entry.id).unwrap_or(0), entry.cell.title())
    }
}
