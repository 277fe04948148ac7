//! How a session's cells stand: whether a run now would give the values that they have.

use std::sync::PoisonError;

use super::Session;
use crate::session::context::FileRead;
use crate::session::entry::State;
use crate::session::error::CellId;
use crate::session::stamp::{Stamp, StampBuilder};

impl Session {
    /// Returns how a cell stands.
    pub fn state(&self, id: CellId) -> State {
        let position = self.position(id);
        let state = position.and_then(|position| self.states_until(position + 1).pop());
        state.unwrap_or(State::NotRun)
    }

    /// Returns how each cell stands, in document order; cheaper than asking for one after the other.
    pub fn states(&self) -> Vec<State> {
        self.states_until(self.entries.len())
    }

    fn states_until(&self, count: usize) -> Vec<State> {
        let fresh = self.fresh(count);
        let states = self.entries.iter().zip(fresh);
        states
            .map(|(entry, is_fresh)| match (&entry.ran, entry.failed) {
                (_, true) => State::Failed,
                (None, false) => State::NotRun,
                (Some(_), false) if is_fresh => State::Fresh,
                (Some(_), false) => State::Stale,
            })
            .collect()
    }

    /// Tells for each of the first `count` cells whether a run now would give the values it has.
    ///
    /// Each cell is looked at once, after those above it: a cell is fresh when its own stamp would be the same and
    /// every cell it reads from is fresh.
    fn fresh(&self, count: usize) -> Vec<bool> {
        let mut fresh = Vec::with_capacity(count);
        for position in 0..count {
            let is_fresh = self.is_fresh(position, &fresh);
            fresh.push(is_fresh);
        }
        fresh
    }

    /// Tells whether a cell is fresh, when that is known of the cells above.
    fn is_fresh(&self, position: usize, above: &[bool]) -> bool {
        let entry = &self.entries[position];
        let (Some(ran), Ok(analysis)) = (&entry.ran, &entry.analysis) else {
            return false;
        };
        let sources_are_fresh = analysis.inputs.iter().all(|name| {
            let definer = self
                .definer(name, position)
                .and_then(|definer| self.position(definer.id));
            definer.is_none_or(|definer| above.get(definer) == Some(&true))
        });
        if !sources_are_fresh {
            return false;
        }
        let now: Vec<FileRead> = ran
            .files
            .iter()
            .map(|file| FileRead::of(&file.location))
            .collect();
        self.stamp(position, &now) == ran.stamp
    }

    pub(super) fn stamp(&self, position: usize, files: &[FileRead]) -> Stamp {
        let entry = &self.entries[position];
        let mut stamp = StampBuilder::new(entry.cell.kind().word(), entry.cell.source());
        if let Ok(analysis) = &entry.analysis {
            for name in &analysis.inputs {
                let definer = self.definer(name, position);
                stamp.input(
                    name,
                    definer
                        .and_then(|definer| definer.ran.as_ref())
                        .map(|ran| ran.stamp),
                );
            }
            let widgets = self.widgets.lock().unwrap_or_else(PoisonError::into_inner);
            for widget in analysis.widgets() {
                if let Some(supplied) = widgets.parameters().find(widget) {
                    stamp.parameter(widget, &supplied.value);
                }
            }
        }
        files.iter().for_each(|file| stamp.file(file));
        stamp.finish()
    }
}
