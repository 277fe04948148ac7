//! [`Flow`]: the cells that are to be run, which of them can begin, and what is reported of them in document order.
//!
//! Knows cells by their positions, and nothing of what they are. Each cell waits for one other at a time, so that what
//! ends wakes only those that waited for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use super::running::Step;
use crate::describe::Effect;
use crate::digest::Digest;
use crate::output::{Output, RetainedOutput};
use crate::session::worker::Worker;
use crate::source::{Analysis, CellError};

/// A cell that runs.
pub(super) struct Running {
    pub(super) worker: Worker,
    pub(super) key: Option<Digest>,
    pub(super) started: Instant,
    pub(super) outputs: Vec<RetainedOutput>,
    /// What it has ended the notebook with.
    pub(super) exit: Option<String>,
    /// What was known of the cell before it was analysed again.
    pub(super) before: Option<Result<Analysis, CellError>>,
}

/// One of the cells that are to be run.
struct Cell {
    effect: Effect,
    begun: bool,
    ended: bool,
    running: Option<Running>,
    /// What is not reported yet, because a cell above is not over.
    untold: VecDeque<Step>,
}

/// The first cell that failed or ended the notebook: none after it counts.
#[derive(Clone, Copy)]
pub(super) struct LastEnded {
    pub(super) position: usize,
    pub(super) failed: bool,
}

/// The cells that are to be run, by position.
#[derive(Default)]
pub(super) struct Flow {
    cells: BTreeMap<usize, Cell>,
    /// Those that have not ended, by what they may do.
    unended: BTreeMap<Effect, BTreeSet<usize>>,
    /// Those that have not begun, and wait for none that is known of.
    open: BTreeSet<usize>,
    /// Those that have not begun and wait, by the one that each waits for.
    waiting: HashMap<usize, Vec<usize>>,
    /// How many run.
    running: usize,
    /// The first of which not everything is reported.
    untold: usize,
    last: Option<LastEnded>,
}

impl Flow {
    /// Takes cells by their positions, with what they may do outside.
    pub(super) fn of(cells: impl IntoIterator<Item = (usize, Effect)>) -> Self {
        let mut flow = Self::default();
        for (position, effect) in cells {
            flow.unended.entry(effect).or_default().insert(position);
            flow.open.insert(position);
            let cell = Cell {
                effect,
                begun: false,
                ended: false,
                running: None,
                untold: VecDeque::new(),
            };
            flow.cells.insert(position, cell);
        }
        flow
    }

    /// Returns the first cell that failed or ended the notebook.
    pub(super) fn last(&self) -> Option<LastEnded> {
        self.last
    }

    /// Returns how many cells run.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// Returns whether what still runs no longer counts.
    pub(super) fn is_over(&self) -> bool {
        self.last
            .is_some_and(|last| !self.is_open_above(last.position, Effect::Pure))
    }

    /// Returns what the cell at `position` may do outside.
    pub(super) fn effect(&self, position: usize) -> Option<Effect> {
        self.cells.get(&position).map(|cell| cell.effect)
    }

    /// Returns the next cell that can begin now; `definers` finds the cells whose values one reads.
    pub(super) fn next(&mut self, definers: impl Fn(usize) -> Vec<usize>) -> Option<usize> {
        loop {
            let position = *self.open.first()?;
            if self.last.is_some_and(|last| position >= last.position) {
                return None;
            }
            self.open.remove(&position);
            match self.awaited(position, &definers) {
                Some(above) => self.waiting.entry(above).or_default().push(position),
                None => return Some(position),
            }
        }
    }

    /// Finds a cell that has to end before the one at `position` can begin.
    fn awaited(&self, position: usize, definers: impl Fn(usize) -> Vec<usize>) -> Option<usize> {
        let least = match self.effect(position)? {
            Effect::Pure => None,
            Effect::Reads => Some(Effect::Acts),
            Effect::Acts => Some(Effect::Pure),
        };
        let nearest = least.and_then(|least| {
            let unended = self.unended.range(least..);
            unended
                .filter_map(|(_, positions)| positions.range(..position).next_back())
                .max()
        });
        nearest.copied().or_else(|| {
            let mut definers = definers(position).into_iter();
            definers.find(|definer| self.cells.get(definer).is_some_and(|cell| !cell.ended))
        })
    }

    fn is_open_above(&self, position: usize, least: Effect) -> bool {
        let mut unended = self.unended.range(least..);
        unended.any(|(_, positions)| positions.first().is_some_and(|first| *first < position))
    }

    /// Notes that a cell has begun.
    pub(super) fn begun(&mut self, position: usize) {
        self.open.remove(&position);
        if let Some(cell) = self.cells.get_mut(&position) {
            cell.begun = true;
            cell.untold.push_back(Step::Began);
        }
    }

    /// Notes that a thread runs a cell.
    pub(super) fn runs(&mut self, position: usize, running: Running) {
        if let Some(cell) = self.cells.get_mut(&position) {
            cell.running = Some(running);
            self.running += 1;
        }
    }

    /// Takes what ran a cell, which is over.
    pub(super) fn stopped(&mut self, position: usize) -> Option<Running> {
        let running = self.cells.get_mut(&position)?.running.take()?;
        self.running -= 1;
        Some(running)
    }

    /// Notes how a cell has ended; those that waited for it may begin.
    pub(super) fn ended(&mut self, position: usize, result: Result<(), CellError>) {
        let Some(cell) = self.cells.get_mut(&position) else {
            return;
        };
        cell.ended = true;
        cell.untold.push_back(Step::Ended(result));
        if let Some(unended) = self.unended.get_mut(&cell.effect) {
            unended.remove(&position);
        }
        self.open
            .extend(self.waiting.remove(&position).into_iter().flatten());
    }

    /// Notes that no cell after the one at `position` counts.
    pub(super) fn stop_at(&mut self, position: usize, failed: bool) {
        if self.last.is_none_or(|last| position < last.position) {
            self.last = Some(LastEnded { position, failed });
        }
    }

    /// Notes that the cell at `position` ends the notebook with `value`.
    pub(super) fn exited(&mut self, position: usize, value: String) {
        let cell = self.cells.get_mut(&position);
        if let Some(running) = cell.and_then(|cell| cell.running.as_mut()) {
            running.exit = Some(value);
        }
    }

    /// Notes what a cell shows.
    pub(super) fn shown(&mut self, position: usize, output: Output) {
        let Some(cell) = self.cells.get_mut(&position) else {
            return;
        };
        if let Some(running) = &mut cell.running {
            running.outputs.push(RetainedOutput::of(output.clone()));
        }
        cell.untold.push_back(Step::Shown(output));
    }

    /// Returns what can be reported next in document order, and of which cell.
    pub(super) fn tell(&mut self) -> Option<(usize, Step)> {
        loop {
            let (position, cell) = self.cells.range_mut(self.untold..).next()?;
            if self.last.is_some_and(|last| *position > last.position) {
                return None;
            }
            self.untold = *position;
            if let Some(step) = cell.untold.pop_front() {
                return Some((*position, step));
            }
            if !cell.ended {
                return None;
            }
            self.untold += 1;
        }
    }

    /// Returns the positions of cells below `position` that have begun.
    pub(super) fn begun_below(&self, position: usize) -> Vec<usize> {
        let below = self.cells.range(position + 1..);
        below
            .filter(|(_, cell)| cell.begun)
            .map(|(position, _)| *position)
            .collect()
    }
}
