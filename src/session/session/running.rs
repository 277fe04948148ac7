//! Running cells: one, or many at the same time, told of in document order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use super::Session;
use crate::digest::Digest;
use crate::session::analysis::Analysis;
use crate::session::context::{Bindings, Event, Output, Sink};
use crate::session::entry::{Ran, first_line};
use crate::session::error::{CellError, CellId};
use crate::session::kept::Kept;
use crate::session::reach::Reach;
use crate::session::trace::Trace;
use crate::session::worker::Worker;

/// What is told of a cell while it runs, in this order.
#[derive(Debug)]
pub enum Step {
    /// It has begun.
    Began,
    /// It shows something.
    Shown(Output),
    /// It is over.
    Ended(Result<(), CellError>),
}

/// A cell that runs.
struct Running {
    worker: Worker,
    key: Option<Digest>,
    started: Instant,
    outputs: Vec<Kept>,
    /// What it has ended the notebook with.
    exit: Option<String>,
    /// What was known of the cell before it was analysed anew.
    before: Option<Result<Analysis, CellError>>,
}

/// One of the cells that are to be run.
#[derive(Default)]
struct Cell {
    reach: Reach,
    begun: bool,
    ended: bool,
    running: Option<Running>,
    /// What is not told yet, because a cell above is not over.
    untold: VecDeque<Step>,
}

/// The cells that are to be run, by position.
struct Flow {
    cells: BTreeMap<usize, Cell>,
    last: Option<Last>,
}

/// The first cell that failed or ended the notebook: none after it counts.
#[derive(Clone, Copy)]
struct Last {
    position: usize,
    failed: bool,
}

impl Session {
    /// Runs a cell: on success it binds its outputs, on failure nothing.
    ///
    /// `show` gets what the cell shows, while it runs. An interrupted cell keeps the values it had. A cell whose values
    /// a cache has is not run, and shows what it showed then.
    pub fn run(&mut self, id: CellId, mut show: impl FnMut(Output)) -> Result<(), CellError> {
        let mut result = Ok(());
        // What went wrong is in the result.
        let _ = self.run_all(&[id], 1, |_, _, step| match step {
            Step::Began => {}
            Step::Shown(output) => show(output),
            Step::Ended(ended) => result = ended,
        });
        result
    }

    /// Runs cells, up to `jobs` at the same time, as if they ran one after the other in document order.
    ///
    /// `tell` is told in that order. A cell runs as soon as those that it reads from are over; one that may read files
    /// also waits for those above that may write, and one that may write for all above. After a cell that fails none is
    /// run, and those that were begun are forgotten; so it is after one that ends the notebook. Returns the cell that
    /// failed.
    pub fn run_all(
        &mut self,
        ids: &[CellId],
        jobs: usize,
        mut tell: impl FnMut(&Self, CellId, Step),
    ) -> Result<(), CellId> {
        // What runs a notebook in a cell is still on the way.
        if self.around.is_none() {
            self.interrupt.progress().clear();
        }
        let mut flow = self.flow(ids);
        let (sender, events) = channel();
        loop {
            while let Some(position) = self.next(&flow, jobs) {
                self.begin(position, &mut flow, &sender);
                self.tell(&mut flow, &mut tell);
            }
            if flow.running() == 0 || flow.is_over() {
                break;
            }
            let Ok((id, event)) = events.recv() else { break };
            let Some(position) = self.position(id) else {
                continue;
            };
            match event {
                Event::Shown(output) => flow.shown(position, output),
                Event::Exited(value) => flow.exited(position, value),
                Event::Ended(ended) => {
                    let (bindings, trace) = *ended;
                    self.end(position, bindings, trace, &mut flow);
                }
            }
            self.tell(&mut flow, &mut tell);
        }
        self.forget(&mut flow, &events);
        match flow.last {
            Some(Last {
                position,
                failed: true,
            }) => match self.entries.get(position) {
                Some(entry) => Err(entry.id),
                None => Ok(()),
            },
            Some(_) | None => Ok(()),
        }
    }

    /// Finds out what each cell may do, of itself and by the values that it reads.
    fn flow(&self, ids: &[CellId]) -> Flow {
        let last = ids.iter().filter_map(|id| self.position(*id)).max();
        let mut reaches: Vec<(Reach, Reach)> = Vec::new();
        for (position, entry) in self
            .entries
            .iter()
            .enumerate()
            .take(last.map_or(0, |last| last + 1))
        {
            let reach = match (entry.runner, &entry.analysis) {
                (Some(runner), Ok(analysis)) => {
                    let of = |name: &str| self.language.reach(name);
                    let (own, carried) = match runner.reach(entry.cell.source()) {
                        Some(reach) => (reach, reach),
                        None => (analysis.mentions.reach(of), analysis.mentions.carried(of)),
                    };
                    let above = self.entries.iter().take(position).zip(&reaches);
                    let by_values = above
                        .filter(|(above, _)| {
                            above
                                .analysis
                                .as_ref()
                                .is_ok_and(|above| !above.outputs.is_disjoint(&analysis.inputs))
                        })
                        .map(|(_, (_, carried))| *carried)
                        .max()
                        .unwrap_or_default();
                    (own.max(by_values), carried.max(by_values))
                }
                // It fails, when its turn comes.
                _ => (Reach::Acts, Reach::Acts),
            };
            reaches.push(reach);
        }
        let cells = ids.iter().filter_map(|id| {
            let position = self.position(*id)?;
            let cell = Cell {
                reach: reaches.get(position)?.0,
                ..Cell::default()
            };
            Some((position, cell))
        });
        Flow {
            cells: cells.collect(),
            last: None,
        }
    }

    /// Returns the next cell that can begin now.
    fn next(&self, flow: &Flow, jobs: usize) -> Option<usize> {
        if flow.running() >= jobs {
            return None;
        }
        let counts = |position: &usize| flow.last.is_none_or(|last| *position < last.position);
        let open = flow.cells.iter().filter(|(_, cell)| !cell.begun);
        open.map(|(position, _)| *position)
            .take_while(counts)
            .find(|position| self.is_ready(*position, flow))
    }

    fn is_ready(&self, position: usize, flow: &Flow) -> bool {
        let Some(cell) = flow.cells.get(&position) else {
            return false;
        };
        let waits_for = match cell.reach {
            Reach::Pure => None,
            Reach::Reads => Some(Reach::Acts),
            Reach::Acts => Some(Reach::Pure),
        };
        let mut above = flow.cells.range(..position).filter(|(_, cell)| !cell.ended);
        if waits_for.is_some_and(|least| above.any(|(_, cell)| cell.reach >= least)) {
            return false;
        }
        let Some(Ok(analysis)) = self.entries.get(position).map(|entry| &entry.analysis) else {
            return true;
        };
        analysis.inputs.iter().all(|name| {
            let definer = self
                .definer(name, position)
                .and_then(|definer| self.position(definer.id));
            let definer = definer.and_then(|definer| flow.cells.get(&definer));
            definer.is_none_or(|definer| definer.ended)
        })
    }

    /// Begins a cell: takes its values from the cache, or hands it to a thread.
    fn begin(&mut self, position: usize, flow: &mut Flow, sender: &Sender<(CellId, Event)>) {
        let started = Instant::now();
        let before = self.refresh(position);
        let key = self.key(position);
        let served = key.and_then(|key| self.serve(position, &key));
        let Some(cell) = flow.cells.get_mut(&position) else {
            return;
        };
        cell.begun = true;
        cell.untold.push_back(Step::Began);
        if let (Some(ran), Some(key)) = (served, key) {
            let outputs = ran.outputs.iter().map(|kept| Step::Shown(kept.output.clone()));
            cell.untold.extend(outputs);
            cell.untold.push_back(Step::Ended(Ok(())));
            cell.ended = true;
            let entry = &mut self.entries[position];
            entry.ran = Some(Arc::new(ran));
            entry.failed = false;
            self.note_ended(key, false);
            return;
        }
        let may_act = cell.reach == Reach::Acts;
        if let (true, Some(key), Some(checkpoint)) = (may_act, key, &mut self.checkpoint) {
            checkpoint.begin(key);
        }
        let begun = self.submit(position, sender);
        let Some(cell) = flow.cells.get_mut(&position) else {
            return;
        };
        match begun {
            Ok(worker) => {
                cell.running = Some(Running {
                    worker,
                    key,
                    started,
                    outputs: Vec::new(),
                    exit: None,
                    before,
                });
            }
            Err(error) => self.fail(position, error, before, flow),
        }
    }

    fn submit(&mut self, position: usize, sender: &Sender<(CellId, Event)>) -> Result<Worker, CellError> {
        self.revive(position);
        let sink = Sink {
            cell: self.entries[position].id,
            events: sender.clone(),
        };
        let job = self.job(position, sink)?;
        self.workers.submit(job).map_err(CellError::of)
    }

    /// Runs cells again whose values the cache does not have, and that the cell at `position` reads from.
    fn revive(&mut self, position: usize) {
        let Ok(analysis) = &self.entries[position].analysis else {
            return;
        };
        let lost: BTreeSet<CellId> = analysis
            .inputs
            .iter()
            .filter_map(|name| {
                let definer = self.definer(name, position)?;
                let bound = definer.ran.as_ref()?.bindings.get(name)?;
                bound.value(self.language()).is_none().then_some(definer.id)
            })
            .collect();
        let served = mem::replace(&mut self.served, false);
        for id in lost {
            let then = self.position(id).and_then(|at| self.entries.get(at)?.ran.clone());
            // What it did is done; its values are lost.
            let acts = |ran: &Arc<Ran>| ran.trace.acts.iter().any(|act| !act.is_of_session());
            if then.as_ref().is_some_and(acts) {
                continue;
            }
            // When it fails now, its name is unbound, and says so.
            let _ = self.run(id, drop);
            if let Some(entry) = self.position(id).and_then(|at| self.entries.get_mut(at))
                && let (Some(then), Some(now)) = (then, &entry.ran)
                && then.takes_values_of(now)
            {
                entry.ran = Some(then);
            }
        }
        self.served = served;
    }

    /// Takes what came of a cell.
    fn end(&mut self, position: usize, bindings: Bindings, trace: Trace, flow: &mut Flow) {
        let running = flow.cells.get_mut(&position).and_then(|cell| cell.running.take());
        let Some(running) = running else {
            return;
        };
        self.workers.give_back(running.worker);
        let bindings = match bindings {
            Ok(bindings) => bindings,
            Err(error) => return self.fail(position, error, running.before, flow),
        };
        let key = running.key.unwrap_or_else(|| Digest::of_bytes(b"unknown"));
        let acted = !trace.acts.is_empty();
        let mut ran = Ran {
            stamp: Self::stamp_then(&key, &trace),
            key,
            time: running.started.elapsed(),
            bindings,
            trace,
            outputs: running.outputs,
            exit: running.exit,
            cached: false,
        };
        self.name_unknown(position, &mut ran);
        if running.key.is_some() {
            self.keep(position, &ran);
        }
        if ran.exit.is_some() {
            flow.stop_at(position, false);
        }
        let entry = &mut self.entries[position];
        entry.ran = Some(Arc::new(ran));
        entry.failed = false;
        self.note_ended(key, acted);
        if let Some(cell) = flow.cells.get_mut(&position) {
            cell.ended = true;
            cell.untold.push_back(Step::Ended(Ok(())));
        }
    }

    fn fail(
        &mut self,
        position: usize,
        error: CellError,
        before: Option<Result<Analysis, CellError>>,
        flow: &mut Flow,
    ) {
        let error = error.in_cells(|source| Some(self.place_of(source, position)));
        let entry = &mut self.entries[position];
        let error = if error.interrupted() {
            // What it bound is still there, and known by what was said of it.
            if let Some(before) = before {
                entry.analysis = before;
            }
            error
        } else {
            entry.ran = None;
            entry.failed = true;
            error.at(first_line(entry))
        };
        flow.stop_at(position, true);
        if let Some(cell) = flow.cells.get_mut(&position) {
            cell.ended = true;
            cell.untold.push_back(Step::Ended(Err(error)));
        }
    }

    /// Tells what can be told in document order.
    fn tell(&self, flow: &mut Flow, tell: &mut impl FnMut(&Self, CellId, Step)) {
        for (position, cell) in &mut flow.cells {
            if flow.last.is_some_and(|last| *position > last.position) {
                return;
            }
            let Some(id) = self.entries.get(*position).map(|entry| entry.id) else {
                return;
            };
            while let Some(step) = cell.untold.pop_front() {
                tell(self, id, step);
            }
            if !cell.ended {
                return;
            }
        }
    }

    /// Stops what runs below the last cell that counts, and forgets what came of it.
    fn forget(&mut self, flow: &mut Flow, events: &std::sync::mpsc::Receiver<(CellId, Event)>) {
        let Some(last) = flow.last else { return };
        let was_set = self.interrupt.is_set();
        if flow.running() > 0 {
            self.interrupt.trigger();
        }
        while flow.running() > 0 {
            let Ok((id, event)) = events.recv() else { break };
            let cell = self
                .position(id)
                .and_then(|position| flow.cells.get_mut(&position));
            if let (Event::Ended(_), Some(cell)) = (event, cell)
                && let Some(running) = cell.running.take()
            {
                self.workers.give_back(running.worker);
            }
        }
        if !was_set {
            self.interrupt.clear();
        }
        for (position, cell) in flow.cells.range(last.position + 1..) {
            if let Some(entry) = self.entries.get_mut(*position).filter(|_| cell.begun) {
                let ran = entry.ran.take();
                entry.failed = false;
                if let (Some(checkpoint), Some(ran)) = (&mut self.checkpoint, ran) {
                    checkpoint.forget(&ran.key);
                }
            }
        }
    }
}

impl Flow {
    /// Tells whether what still runs no longer counts.
    fn is_over(&self) -> bool {
        let Some(last) = self.last else { return false };
        self.cells.range(..last.position).all(|(_, cell)| cell.ended)
    }

    fn running(&self) -> usize {
        self.cells.values().filter(|cell| cell.running.is_some()).count()
    }

    /// Notes that no cell after the one at `position` counts.
    fn stop_at(&mut self, position: usize, failed: bool) {
        if self.last.is_none_or(|last| position < last.position) {
            self.last = Some(Last { position, failed });
        }
    }

    /// Notes that the cell at `position` ends the notebook with `value`.
    fn exited(&mut self, position: usize, value: String) {
        let running = self
            .cells
            .get_mut(&position)
            .and_then(|cell| cell.running.as_mut());
        if let Some(running) = running {
            running.exit = Some(value);
        }
    }

    fn shown(&mut self, position: usize, output: Output) {
        let Some(cell) = self.cells.get_mut(&position) else {
            return;
        };
        if let Some(running) = &mut cell.running {
            running.outputs.push(Kept::of(output.clone()));
        }
        cell.untold.push_back(Step::Shown(output));
    }
}
