//! [`Effects`]: what each cell may do outside, of itself and by the values that it reads.

use std::collections::HashMap;

use crate::describe::Effect;
use crate::session::cells::Cells;
use crate::session::entry::Entry;
use crate::session::runner::Language;

/// What each cell may do outside, of itself and by the values that it reads, from the first cell on as far as that was
/// asked for.
#[derive(Default)]
pub(super) struct Effects {
    /// What a cell may do.
    known: Vec<Effect>,
    /// By name, what a cell may do by the value of one of the cells so far that bind it.
    carried: HashMap<String, Effect>,
}

impl Effects {
    /// Discards what is known of the cells from `position` on.
    pub(super) fn forget_from(&mut self, position: usize) {
        if position < self.known.len() {
            // What names carry is of all cells so far.
            *self = Self::default();
        }
    }

    /// Finds out what the first `count` cells may do.
    pub(super) fn until(&mut self, count: usize, cells: &Cells, language: &dyn Language) -> &[Effect] {
        while let Some(entry) = cells.get(self.known.len()).filter(|_| self.known.len() < count) {
            let effect = self.add(entry, language);
            self.known.push(effect);
        }
        &self.known
    }

    fn add(&mut self, entry: &Entry, language: &dyn Language) -> Effect {
        let (Some(runner), Ok(analysis)) = (entry.runner, &entry.analysis) else {
            // It fails, when its turn comes.
            return Effect::Acts;
        };
        let (own, carried) = if let Some(effect) = runner.effect(entry.cell.source()) {
            (effect, effect)
        } else {
            let catalogue = language.catalogue();
            (
                analysis.mentions.effect(catalogue),
                analysis.mentions.carried(catalogue),
            )
        };
        let by_values = analysis.inputs.iter().filter_map(|name| self.carried.get(name));
        let by_values = Effect::of_all(by_values.copied());
        for name in &analysis.outputs {
            let so_far = self.carried.entry(name.clone()).or_insert(Effect::Pure);
            *so_far = carried.max(by_values).max(*so_far);
        }
        own.max(by_values)
    }
}
