//! [`Names`]: which cells bind a name by their sources, and [`Around`]: what of that a cell has above and below it.
//!
//! For messages, which tell what stands where before anything has run. What a name means when a cell runs is
//! [`Cells::definer`](super::cells::Cells::definer)'s to say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::by_name::ByName;

/// A cell, as messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definer(pub(super) String);

/// Which cells bind a name by their sources.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    binders: ByName,
    /// The titles of the cells, by position.
    titles: Vec<Option<String>>,
}

impl Names {
    /// Adds the cell at `position`, where there was none or one that was removed.
    pub(super) fn add<'a>(
        &mut self,
        position: usize,
        outputs: impl Iterator<Item = &'a String>,
        title: Option<&str>,
    ) {
        for name in outputs {
            self.binders.insert(name, position);
        }
        if self.titles.len() <= position {
            self.titles.resize(position + 1, None);
        }
        if let Some(known) = self.titles.get_mut(position) {
            *known = title.map(str::to_owned);
        }
    }

    /// Removes the cell at `position`.
    pub(super) fn remove<'a>(&mut self, position: usize, outputs: impl Iterator<Item = &'a String>) {
        for name in outputs {
            self.binders.remove(name, position);
        }
    }

    fn definer(&self, position: usize) -> Definer {
        let title = self.titles.get(position).and_then(Option::as_deref);
        Definer(label(position, title))
    }
}

/// Returns a cell's display name: `cell 3 "Load"`.
pub(super) fn label(position: usize, title: Option<&str>) -> String {
    match title {
        Some(title) => format!("cell {} \"{title}\"", position + 1),
        None => format!("cell {}", position + 1),
    }
}

/// The names that cells above and below one bind.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// Those of the notebook, in which the cell is at `position`.
    names: Arc<Names>,
    position: usize,
    /// Nearer ones above: of cells that are included with it.
    above: BTreeMap<String, Definer>,
    /// Nearer ones below.
    below: BTreeMap<String, Definer>,
}

impl Around {
    /// Stands at `position` among the cells of `names`.
    pub(super) fn new(names: Arc<Names>, position: usize) -> Self {
        Self {
            names,
            position,
            above: BTreeMap::new(),
            below: BTreeMap::new(),
        }
    }

    /// Adds names of cells that are above, and nearer than all others.
    pub(super) fn extend_above(&mut self, names: impl IntoIterator<Item = (String, Definer)>) {
        self.above.extend(names);
    }

    /// Returns the same with names of cells that are below, and nearer than all others.
    #[must_use]
    pub(super) fn with_below(&self, names: impl IntoIterator<Item = (String, Definer)>) -> Self {
        let mut nearer = self.clone();
        nearer.below.extend(names);
        nearer
    }

    /// Returns the nearest cell above that binds `name`.
    pub(super) fn above(&self, name: &str) -> Option<Definer> {
        self.above.get(name).cloned().or_else(|| {
            let above = self.names.binders.above(name, self.position)?;
            Some(self.names.definer(above))
        })
    }

    /// Returns the nearest cell below that binds `name`.
    pub(super) fn below(&self, name: &str) -> Option<Definer> {
        self.below.get(name).cloned().or_else(|| {
            let below = self.names.binders.below(name, self.position)?;
            Some(self.names.definer(below))
        })
    }

    /// Returns every name that is bound above, sorted.
    pub(super) fn names_above(&self) -> Vec<String> {
        let outer = self.names.binders.names_above(self.position);
        let all: BTreeSet<&String> = outer.chain(self.above.keys()).collect();
        all.into_iter().cloned().collect()
    }
}
