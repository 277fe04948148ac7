//! [`Reaches`]: what each cell may do outside, of itself and by the values that it reads.

use std::collections::HashMap;

use crate::session::cells::Cells;
use crate::session::entry::Entry;
use crate::session::runner::Language;
use crate::source::Reach;

/// What each cell may do outside, of itself and by the values that it reads, from the first cell on as far as that was
/// asked for.
#[derive(Default)]
pub(super) struct Reaches {
    /// What a cell may do.
    known: Vec<Reach>,
    /// By name, what a cell may do by the value of one of the cells so far that bind it.
    carried: HashMap<String, Reach>,
}

impl Reaches {
    /// Discards what is known of the cells from `position` on.
    pub(super) fn forget_from(&mut self, position: usize) {
        if position < self.known.len() {
            // What names carry is of all cells so far.
            *self = Self::default();
        }
    }

    /// Finds out what the first `count` cells may do.
    pub(super) fn until(&mut self, count: usize, cells: &Cells, language: &dyn Language) -> &[Reach] {
        while let Some(entry) = cells.get(self.known.len()).filter(|_| self.known.len() < count) {
            let reach = self.add(entry, language);
            self.known.push(reach);
        }
        &self.known
    }

    fn add(&mut self, entry: &Entry, language: &dyn Language) -> Reach {
        let (Some(runner), Ok(analysis)) = (entry.runner, &entry.analysis) else {
            // It fails, when its turn comes.
            return Reach::Acts;
        };
        let of = |name: &str| language.reach(name);
        let (own, carried) = match runner.reach(entry.cell.source()) {
            Some(reach) => (reach, reach),
            None => (analysis.mentions.reach(of), analysis.mentions.carried(of)),
        };
        let by_values = analysis.inputs.iter().filter_map(|name| self.carried.get(name));
        let by_values = by_values.copied().max().unwrap_or_default();
        for name in &analysis.outputs {
            let so_far = self.carried.entry(name.clone()).or_default();
            *so_far = carried.max(by_values).max(*so_far);
        }
        own.max(by_values)
    }
}
