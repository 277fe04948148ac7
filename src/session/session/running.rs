//! Running cells: one, or many at the same time, reported in document order.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::Session;
use super::flow::{Flow, Running};
use crate::cache::Ledger;
use crate::describe::Effect;
use crate::digest::Digest;
use crate::output::Output;
use crate::session::entry::{CellRun, first_line};
use crate::session::outlet::{Bindings, CellEvent, Outlets, Passed};
use crate::session::passwords::register;
use crate::session::redacted;
use crate::session::worker::Worker;
use crate::source::{Analysis, CellError, CellId};
use crate::work::Stopped;

/// What is reported of a cell while it runs, in this order.
#[derive(Debug)]
pub enum Step {
    /// It has begun.
    Began,
    /// It shows something.
    Shown(Output),
    /// It is over.
    Ended(Result<(), CellError>),
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
    /// `tell` is called in that order. A cell runs as soon as those that it reads from are over; one that may read files
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
        if self.surroundings.sessions() == 0 {
            self.interrupt.progress().clear();
        }
        // What a cell below gives away as a password may be what one above binds.
        for position in ids.iter().filter_map(|id| self.position(*id)) {
            self.passwords(position).iter().for_each(register);
        }
        let mut flow = self.flow(ids);
        let (outlets, events) = Outlets::open();
        loop {
            while flow.running() < jobs
                && let Some(position) = flow.next(|position| self.sources_of(position).collect())
            {
                self.begin(position, &mut flow, &outlets);
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
                CellEvent::Shown(output) => flow.shown(position, output),
                CellEvent::Exited(value) => flow.exited(position, value),
                CellEvent::Ended(ended) => {
                    let (bindings, ledger) = *ended;
                    self.end(position, bindings, ledger, &mut flow);
                }
            }
            self.tell(&mut flow, &mut tell);
        }
        self.forget(&mut flow, &events);
        let failed = flow.last().filter(|last| last.failed);
        failed.and_then(|last| self.id(last.position)).map_or(Ok(()), Err)
    }

    /// Finds out what each cell may do, of itself and by the values that it reads.
    fn flow(&mut self, ids: &[CellId]) -> Flow {
        let positions: Vec<usize> = ids.iter().filter_map(|id| self.position(*id)).collect();
        let count = positions.iter().max().map_or(0, |last| last + 1);
        let effects = self.effects.until(count, &self.cells, &*self.language);
        let effect = |position: usize| effects.get(position).copied().unwrap_or(Effect::Acts);
        Flow::of(positions.iter().map(|position| (*position, effect(*position))))
    }

    /// Starts a cell: takes its values from the cache, or hands it to a thread.
    fn begin(&mut self, position: usize, flow: &mut Flow, outlets: &Outlets) {
        let started = Instant::now();
        let before = self.reanalyze(position);
        // What it includes may have changed since.
        let passwords = self.passwords(position);
        passwords.iter().for_each(register);
        let warnings = self.warnings_of(&passwords);
        let key = self.key(position);
        let served = key.map(|key| self.cached_run(position, &key));
        flow.begun(position);
        let served = match served.transpose() {
            Ok(served) => served.flatten(),
            Err(error) => return self.fail(position, CellError::of(error), before, flow),
        };
        if let (Some(ran), Some(key)) = (served, key) {
            for kept in &ran.outputs {
                flow.shown(position, kept.output.clone());
            }
            self.set_ran(position, Some(Arc::new(ran)), false);
            self.note_ended(key, false);
            flow.ended(position, Ok(()));
            return;
        }
        let may_act = flow.effect(position) == Some(Effect::Acts);
        if let (true, Some(key), Some(checkpoint)) = (may_act, key, &mut self.checkpoint) {
            checkpoint.begin(key);
        }
        match self.submit(position, outlets) {
            Ok(worker) => {
                let running = Running {
                    worker,
                    key,
                    started,
                    outputs: Vec::new(),
                    exit: None,
                    before,
                };
                flow.runs(position, running);
                for warning in warnings {
                    flow.shown(position, Output::Warning(warning));
                }
            }
            Err(error) => self.fail(position, error, before, flow),
        }
    }

    fn submit(&mut self, position: usize, outlets: &Outlets) -> Result<Worker, CellError> {
        self.recompute_evicted(position);
        // One that is gone by now is not to run.
        let entry = self.cells.get(position).ok_or(Stopped::Interrupted)?;
        let task = self.task(position, entry, outlets.of(entry.id))?;
        self.workers.submit(task).map_err(CellError::of)
    }

    /// Runs cells again whose values the cache does not have, and that the cell at `position` reads from.
    fn recompute_evicted(&mut self, position: usize) {
        let lost: BTreeSet<CellId> = self
            .inputs_of(position)
            .iter()
            .filter_map(|name| {
                let definer = self.definer(name, position)?;
                let bound = definer.last_run.as_ref()?.bindings.get(name)?;
                bound.value(self.language()).is_none().then_some(definer.id)
            })
            .collect();
        let use_cache = mem::replace(&mut self.use_cache, false);
        for id in lost {
            let then = self.cells.find(id).and_then(|entry| entry.last_run.clone());
            // What it did is done; its values are lost.
            let acts = |ran: &Arc<CellRun>| ran.ledger.acts.iter().any(|act| !act.is_of_session());
            if then.as_ref().is_some_and(acts) {
                continue;
            }
            // When it fails now, its name is unbound, and says so.
            let _ = self.run(id, drop);
            if let Some(at) = self.position(id)
                && let Some(now) = self.cells.get(at).and_then(|entry| entry.last_run.as_ref())
                && let Some(then) = then
                && then.takes_values_of(now)
            {
                self.set_ran(at, Some(then), false);
            }
        }
        self.use_cache = use_cache;
    }

    /// Takes what came of a cell.
    fn end(&mut self, position: usize, bindings: Bindings, ledger: Ledger, flow: &mut Flow) {
        let Some(running) = flow.stopped(position) else {
            return;
        };
        self.workers.give_back(running.worker);
        let bindings = match bindings {
            Ok(bindings) => bindings,
            Err(error) => return self.fail(position, error, running.before, flow),
        };
        let key = running.key.unwrap_or_else(|| Digest::of_bytes(b"unknown"));
        let acted = !ledger.acts.is_empty();
        let mut ran = CellRun {
            key,
            time: running.started.elapsed(),
            bindings,
            ledger,
            outputs: running.outputs,
            exit: running.exit,
            cached: false,
        };
        self.digest_opaque_values(position, &mut ran);
        if running.key.is_some() {
            self.keep(position, &ran);
        }
        if ran.exit.is_some() {
            flow.stop_at(position, false);
        }
        self.set_ran(position, Some(Arc::new(ran)), false);
        self.note_ended(key, acted);
        flow.ended(position, Ok(()));
    }

    fn fail(
        &mut self,
        position: usize,
        error: CellError,
        before: Option<Result<Analysis, CellError>>,
        flow: &mut Flow,
    ) {
        // One that keeps a cell from beginning has passed no outlet.
        let error = redacted::error(error).in_cells(|source| Some(self.place_of(source, position)));
        let error = if error.interrupted() {
            // What it bound is still there, and known by what was said of it.
            if let Some(before) = before {
                self.set_analysis(position, before);
            }
            error
        } else {
            self.set_ran(position, None, true);
            error.at(self.cells.get(position).and_then(first_line))
        };
        flow.stop_at(position, true);
        flow.ended(position, Err(error));
    }

    /// Returns what can be reported in document order.
    fn tell(&self, flow: &mut Flow, tell: &mut impl FnMut(&Self, CellId, Step)) {
        while let Some((position, step)) = flow.tell() {
            let Some(id) = self.id(position) else { return };
            tell(self, id, step);
        }
    }

    /// Stops what runs below the last cell that counts, and forgets its result.
    fn forget(&mut self, flow: &mut Flow, events: &Passed) {
        let Some(last) = flow.last() else { return };
        let was_set = self.interrupt.is_set();
        if flow.running() > 0 {
            self.interrupt.trigger();
        }
        while flow.running() > 0 {
            let Ok((id, event)) = events.recv() else { break };
            if let (CellEvent::Ended(_), Some(position)) = (event, self.position(id))
                && let Some(running) = flow.stopped(position)
            {
                self.workers.give_back(running.worker);
            }
        }
        if !was_set {
            self.interrupt.clear();
        }
        for position in flow.begun_below(last.position) {
            let ran = self.cells.get(position).and_then(|entry| entry.last_run.clone());
            self.set_ran(position, None, false);
            if let (Some(checkpoint), Some(ran)) = (&mut self.checkpoint, ran) {
                checkpoint.forget(&ran.key);
            }
        }
    }
}
