//! The states of a session's cells: whether a run now would give the values that they have.
//!
//! What is found out is kept until something changes: a change of a cell counts for it and for the cells below, and what
//! has no other reason than the cells above is looked at once. What depends on files or parameters is looked at each
//! time.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Session;
use crate::cache::{CacheKey, ResourceChange};
use crate::digest::Digest;
use crate::session::entry::State;
use crate::source::CellId;

/// For each cell, from the first on as far as that was asked for, whether a run now would give the values it has.
#[derive(Default)]
pub(super) struct Freshness {
    known: Vec<bool>,
    /// The positions of those that are not fresh.
    unfresh: BTreeSet<usize>,
}

impl Freshness {
    /// Discards what is known of the cells from `position` on.
    pub(super) fn forget_from(&mut self, position: usize) {
        if position < self.known.len() {
            self.known.truncate(position);
            self.unfresh.split_off(&position);
        }
    }

    fn add(&mut self, is_fresh: bool) {
        if !is_fresh {
            self.unfresh.insert(self.known.len());
        }
        self.known.push(is_fresh);
    }
}

/// Returns what is known, for its owner.
pub(super) fn of(freshness: &mut Mutex<Freshness>) -> &mut Freshness {
    freshness.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Returns how a cell stands.
    pub fn state(&self, id: CellId) -> State {
        let Some(position) = self.position(id) else {
            return State::NotRun;
        };
        let fresh = self.fresh(position + 1);
        self.state_of(position, fresh.known.get(position) == Some(&true))
    }

    /// Returns how each cell stands, in document order.
    pub fn states(&self) -> Vec<State> {
        let fresh = self.fresh(self.count());
        let fresh = fresh.known.iter().enumerate();
        fresh
            .map(|(position, is_fresh)| self.state_of(position, *is_fresh))
            .collect()
    }

    /// Returns the cells whose values are not what their sources give now, in document order: stale ones, and those that
    /// failed or did not run.
    pub fn unfresh(&self) -> Vec<CellId> {
        let fresh = self.fresh(self.count());
        let ids = fresh.unfresh.iter().filter_map(|position| self.id(*position));
        ids.collect()
    }

    /// Returns the cells that are stale, in document order.
    pub fn stale(&self) -> Vec<CellId> {
        self.stale_of(&self.fresh(self.count()))
    }

    /// Returns the cells that were stale when that was asked last, and those that a change of cells has made so since;
    /// files and parameters are not looked at again.
    pub fn stale_so_far(&self) -> Vec<CellId> {
        self.stale_of(&self.known_fresh(self.count()))
    }

    /// Returns whether the last run of a cell may have made others stale: cells below it, or any by what it did outside.
    pub fn concerns_others(&self, id: CellId) -> bool {
        let is_last = self
            .position(id)
            .is_some_and(|position| position + 1 == self.count());
        !is_last || self.ledger(id).is_some_and(|ledger| !ledger.acts.is_empty())
    }

    fn stale_of(&self, fresh: &Freshness) -> Vec<CellId> {
        let stale = fresh.unfresh.iter().filter_map(|position| {
            let entry = self.cells.get(*position)?;
            (self.state_of(*position, false) == State::Stale).then_some(entry.id)
        });
        stale.collect()
    }

    /// Returns the first cell from `position` on that is not fresh, without looking again at files and parameters of
    /// cells that were known to be.
    pub fn next_unfresh(&self, position: usize) -> Option<CellId> {
        let mut fresh = self.known();
        loop {
            if let Some(found) = fresh.unfresh.range(position..).next() {
                return self.id(*found);
            }
            if fresh.known.len() >= self.count() {
                return None;
            }
            self.learn(&mut fresh);
        }
    }

    fn state_of(&self, position: usize, is_fresh: bool) -> State {
        match self
            .cells
            .get(position)
            .map(|entry| (&entry.last_run, entry.failed))
        {
            Some((_, true)) => State::Failed,
            None | Some((None, false)) => State::NotRun,
            Some((Some(_), false)) if is_fresh => State::Fresh,
            Some((Some(_), false)) => State::Stale,
        }
    }

    /// Returns for each of the first `count` cells at least whether a run now would give the values it has.
    ///
    /// Each cell is looked at once, after those above it: a cell is fresh when its own key would be the same, what it
    /// read outside is as it was, and every cell it reads from is fresh.
    fn fresh(&self, count: usize) -> MutexGuard<'_, Freshness> {
        let mut fresh = self.known();
        for position in self.cells.outward(fresh.known.len()) {
            let above = fresh.known.get(..position).unwrap_or_default();
            let is_fresh = self.is_fresh(position, above);
            if fresh.known.get(position) != Some(&is_fresh) {
                fresh.forget_from(position);
                break;
            }
        }
        drop(fresh);
        self.known_fresh(count)
    }

    /// Returns the same, without looking again at what is known.
    fn known_fresh(&self, count: usize) -> MutexGuard<'_, Freshness> {
        let mut fresh = self.known();
        while fresh.known.len() < count {
            self.learn(&mut fresh);
        }
        fresh
    }

    fn known(&self) -> MutexGuard<'_, Freshness> {
        self.freshness.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the next cell.
    fn learn(&self, fresh: &mut Freshness) {
        let is_fresh = self.is_fresh(fresh.known.len(), &fresh.known);
        fresh.add(is_fresh);
    }

    /// Returns whether a cell is fresh, when that is known of the cells above.
    fn is_fresh(&self, position: usize, above: &[bool]) -> bool {
        let Some(entry) = self.cells.get(position) else {
            return false;
        };
        let (Some(ran), Ok(_)) = (&entry.last_run, &entry.analysis) else {
            return false;
        };
        let mut sources = self.sources_of(position);
        if sources.any(|source| above.get(source) != Some(&true)) {
            return false;
        }
        self.key(position) == Some(ran.key)
            && ran
                .ledger
                .read
                .changes(&self.world(position, &ran.ledger))
                .next()
                .is_none()
    }

    /// Returns what a cell read outside in its last successful run that is not as it was: why it is stale, where the
    /// cells above are not the reason.
    pub fn changes(&self, id: CellId) -> Vec<ResourceChange> {
        let found = self.position(id).and_then(|position| {
            let ledger = self.ledger(id)?;
            Some(ledger.read.changes(&self.world(position, ledger)).collect())
        });
        found.unwrap_or_default()
    }

    /// Returns the digest of all that decides a cell's values before it runs: its source and its inputs.
    ///
    /// `None` while a cell that it reads from has no values, and for a cell that cannot be read.
    pub(super) fn key(&self, position: usize) -> Option<Digest> {
        let entry = self.cells.get(position)?;
        entry.runner.and(entry.analysis.as_ref().ok())?;
        let mut key = CacheKey::new(entry.cell.kind().word(), entry.canonical());
        for name in &*self.inputs_of(position) {
            let value = match self.definer(name, position) {
                None => None,
                Some(definer) => Some(definer.last_run.as_ref()?.bindings.get(name)?.key()?),
            };
            key.input(name, value);
        }
        Some(key.finish())
    }
}
