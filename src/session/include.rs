//! Running the cells of another notebook inside one cell.
//!
//! Each of them is run as the session runs a cell: in a module of its own, which is frozen when it ends. What they bind
//! becomes what the including cell binds. What is to be included, and from where, is decided elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use starlark::environment::Module;
use starlark::values::{OwnedFrozenValue, Value};

use super::around::{Around, Definer};
use super::context::CellContext;
use super::entry::{find_runner, first_line_of, unknown_kind};
use super::evaluator::CellEvaluator;
use super::inclusion::Inclusion;
use super::runner::{AnalysisContext, Evaluate, Language, Runner};
use super::surroundings::Surroundings;
use crate::cache::Resource;
use crate::notebook::Cell;
use crate::parameters::Widgets;
use crate::secret::Origin;
use crate::source::{Analysis, CellError, Included, IncludedCell, Source};

impl Inclusion {
    /// Reads what the cells need from outside and what they bind, where `cell` includes them.
    pub fn analyze(&self, cell: &Cell, context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        let inside = context.surroundings.inside(self.location());
        let mut whole = Analysis::default();
        let plan = self.plan(context.language, &inside);
        let plan =
            plan.map_err(|error| error.through(function(cell), first_line_of(context.source.clone(), cell)))?;
        for ((place, cell), (_, analysis)) in self.cells.iter().zip(plan) {
            whole.include(Included {
                place: place.clone(),
                source: cell.source().to_owned(),
                is_python: cell.kind().is_python(),
                analysis,
            });
        }
        Ok(whole)
    }

    /// Finds out how each cell is run and what it reads and binds.
    fn plan(&self, language: &dyn Language, inside: &Surroundings) -> Result<Vec<PlannedCell>, CellError> {
        let cells = self.cells.iter();
        cells
            .map(|(place, cell)| Self::step(place, cell, language, inside))
            .collect()
    }

    fn step(
        place: &IncludedCell,
        cell: &Cell,
        language: &dyn Language,
        inside: &Surroundings,
    ) -> Result<PlannedCell, CellError> {
        let source = Source::Included(place.clone());
        let at = |error: CellError| {
            error
                .in_cells(|_| Some(source.clone()))
                .at(first_line_of(source.clone(), cell))
        };
        let runner =
            find_runner(language, cell).ok_or_else(|| at(CellError::of(unknown_kind(language, cell))))?;
        let context = AnalysisContext {
            source: source.clone(),
            language,
            surroundings: inside,
        };
        let analysis = runner.analyze(cell, &context).map_err(at)?;
        Ok((runner, analysis))
    }
}

/// How a cell is run, and what it reads and binds.
type PlannedCell = (&'static dyn Runner, Analysis);

/// Names the including cell as a call: `%run ./setup`.
fn function(cell: &Cell) -> String {
    format!("%{} {}", cell.kind(), cell.source().trim())
}

impl CellEvaluator<'_> {
    /// Runs the cells of another notebook on behalf of `cell`, and sets what they bound in its `module`.
    ///
    /// They see what `cell` reads. Widgets that they declare join those that `cell` sees, with the values that the
    /// inclusion gave them.
    fn run_inclusion(
        &self,
        inclusion: &Inclusion,
        cell: &Cell,
        module: &Module<'_>,
    ) -> Result<(), CellError> {
        let context = self.context;
        context.reads(inclusion.location());
        let widgets = context.widgets(|widgets| widgets.with_overrides(&inclusion.parameters));
        let widgets = Arc::new(Mutex::new(widgets));
        let progress = context.interrupt.progress();
        let task = progress.count("running", "cells", inclusion.cells.len() as u64);
        let through =
            |error: CellError| error.through(function(cell), first_line_of(self.source.clone(), cell));
        let inside = context.surroundings.inside(inclusion.location());
        let mut steps = Steps {
            evaluator: self,
            cells: &inclusion.cells,
            parameters: &inclusion.parameters,
            plan: inclusion.plan(self.language, &inside).map_err(through)?,
            inside,
            widgets: Arc::clone(&widgets),
            bound: BTreeMap::new(),
            above: context.around.clone(),
        };
        for (position, (place, cell)) in inclusion.cells.iter().enumerate() {
            steps.run(position, place, cell).map_err(through)?;
            task.advance(1);
            let bound = steps
                .plan
                .get(position)
                .into_iter()
                .flat_map(|(_, analysis)| &analysis.outputs);
            steps
                .above
                .extend_above(bound.map(|name| (name.to_owned(), definer(place))));
            // As in Databricks, that ends the including notebook, too.
            if context.exit_value().is_some() {
                break;
            }
        }
        for (name, value) in &steps.bound {
            module.set(name, module.heap().access_owned_frozen_value(value));
        }
        let inside = widgets.lock().unwrap_or_else(PoisonError::into_inner);
        context.widgets(|widgets| widgets.replay_changes(&inside, &inclusion.parameters));
        Ok(())
    }
}

impl Evaluate for CellEvaluator<'_> {
    fn context(&self) -> &CellContext {
        self.context
    }

    fn language(&self) -> &dyn Language {
        self.language
    }

    fn evaluate(&self, source: &str, module: &Module<'_>) -> Result<(), CellError> {
        self.execute(source, module)
    }

    fn show(&self, value: Value<'_>) -> Result<(), CellError> {
        self.show_value(value)
    }

    fn include(&self, inclusion: &Inclusion, cell: &Cell, module: &Module<'_>) -> Result<(), CellError> {
        self.run_inclusion(inclusion, cell, module)
    }
}

/// The cells of an inclusion while they run.
struct Steps<'a> {
    evaluator: &'a CellEvaluator<'a>,
    cells: &'a [(IncludedCell, Cell)],
    /// What the inclusion gives to widgets.
    parameters: &'a BTreeMap<String, String>,
    plan: Vec<PlannedCell>,
    inside: Surroundings,
    widgets: Arc<Mutex<Widgets>>,
    /// What the cells so far have bound.
    bound: BTreeMap<String, OwnedFrozenValue>,
    /// The names bound above the next cell, and below the including one.
    above: Around,
}

impl Steps<'_> {
    /// Runs the cell at `position`, from 0.
    fn run(&mut self, position: usize, place: &IncludedCell, cell: &Cell) -> Result<(), CellError> {
        let Some((runner, analysis)) = self.plan.get(position) else {
            return Ok(());
        };
        let outer = self.evaluator;
        let context = self.context(position, place, analysis);
        let evaluator = CellEvaluator {
            source: Source::Included(place.clone()),
            language: outer.language,
            context: &context,
            loaded: outer.loaded,
            limits: outer.limits,
        };
        outer.loaded.include(&Source::of_text(cell.source()), place);
        let bound = evaluator.perform(*runner, cell, analysis);
        let mut ledger = context
            .ledger
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        // What the inclusion gives to widgets is in its own text.
        ledger.read.retain(
            |resource| !matches!(resource, Resource::Widget(name) if self.parameters.contains_key(name)),
        );
        outer.context.includes(ledger);
        self.bound.extend(bound.map_err(|error| {
            if error.interrupted() {
                error
            } else {
                error
                    .begun_at(&Source::Included(place.clone()))
                    .in_cells(|source| outer.loaded.included(source).map(Source::Included))
                    .at(first_line_of(Source::Included(place.clone()), cell))
            }
        })?);
        Ok(())
    }

    /// Returns the names bound above and below the cell at `position`, in this notebook or around the cell that includes
    /// it.
    fn around(&self, position: usize) -> Around {
        let steps = self.cells.iter().zip(&self.plan).skip(position + 1);
        let below = steps.rev().flat_map(|((place, _), (_, analysis))| {
            let names = analysis.outputs.iter();
            names.map(|name| (name.clone(), definer(place)))
        });
        self.above.with_below(below)
    }

    /// Returns what a cell may use of the world: what the including cell may, seen from its own file.
    fn context(&self, position: usize, place: &IncludedCell, analysis: &Analysis) -> CellContext {
        let outer = self.evaluator.context;
        let widget = |name: &str| {
            let widgets = self.widgets.lock().unwrap_or_else(PoisonError::into_inner);
            widgets.get(name).ok()
        };
        let inputs = analysis.all_inputs(widget).into_iter().filter_map(|name| {
            let value = self.bound.get(&name).or_else(|| outer.inputs.get(&name))?;
            let value = value.clone();
            Some((name, value))
        });
        let inner = self.bound.iter().filter(|_| analysis.lists_names);
        let inner = inner.map(|(name, value)| (name.clone(), value.value().get_type().to_owned()));
        let kinds_within = outer.kinds_within.clone().into_iter().chain(inner);
        CellContext {
            documented: Arc::clone(&outer.documented),
            mounts: Arc::clone(&outer.mounts),
            interrupt: outer.interrupt.clone(),
            surroundings: self.inside.clone(),
            shell: outer.shell,
            secrets: Arc::clone(&outer.secrets),
            grants: outer.grants.clone(),
            consent: outer.consent.clone(),
            connections: outer.connections.clone(),
            kept_rows: outer.kept_rows.clone(),
            origin: Origin {
                notebook: Some(place.file.clone()),
                cell: Some(place.label()),
                command: None,
            },
            launch: outer.launch.clone(),
            exit: Arc::clone(&outer.exit),
            widgets: Arc::clone(&self.widgets),
            show: outer.show.clone(),
            begun: outer.begun,
            run: outer.run.clone(),
            ids: Arc::clone(&outer.ids),
            ledger: Mutex::default(),
            inherited: outer.files_read(),
            around: self.around(position),
            kinds: outer.kinds.clone(),
            kinds_within: kinds_within.collect(),
            inputs: inputs.collect(),
        }
    }
}

fn definer(place: &IncludedCell) -> Definer {
    Definer(format!("{} of {}", place.label(), place.file))
}
