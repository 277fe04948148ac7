//! Which cell reads which: a name refers to the nearest definition above, in document order.
//!
//! Works on analyses alone and knows no values, so that it holds before anything has run.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;

/// The dependencies among the cells of a notebook, by position from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// For each cell, the cell that binds each name it reads; names that no cell above binds are left out.
    sources: Vec<BTreeMap<String, usize>>,
}

impl Graph {
    /// Resolves the inputs of `cells`, which stand in document order.
    pub fn of<'a>(cells: impl IntoIterator<Item = &'a Analysis>) -> Self {
        let mut nearest: BTreeMap<&str, usize> = BTreeMap::new();
        let mut sources = Vec::new();
        for (position, cell) in cells.into_iter().enumerate() {
            let resolved = cell
                .inputs
                .iter()
                .filter_map(|name| Some((name.clone(), *nearest.get(name.as_str())?)));
            sources.push(resolved.collect());
            for name in &cell.outputs {
                nearest.insert(name, position);
            }
        }
        Self { sources }
    }

    /// Returns the cell that binds each name that the cell at `position` reads.
    pub fn sources(&self, position: usize) -> impl Iterator<Item = (&str, usize)> {
        self.sources
            .get(position)
            .into_iter()
            .flatten()
            .map(|(name, source)| (name.as_str(), *source))
    }

    /// Returns the cells that the cell at `position` reads from.
    pub fn parents(&self, position: usize) -> BTreeSet<usize> {
        self.sources(position).map(|(_, source)| source).collect()
    }

    /// Returns the cells that read, directly or not, what the cell at `position` binds: what is stale when it changes.
    pub fn dependents(&self, position: usize) -> BTreeSet<usize> {
        let mut stale = BTreeSet::from([position]);
        for later in position + 1..self.sources.len() {
            if self.parents(later).iter().any(|parent| stale.contains(parent)) {
                stale.insert(later);
            }
        }
        stale.remove(&position);
        stale
    }

    /// Returns every cell that the cell at `position` depends on, directly or not.
    pub fn ancestors(&self, position: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![position];
        while let Some(cell) = open.pop() {
            open.extend(
                self.parents(cell)
                    .into_iter()
                    .filter(|parent| found.insert(*parent)),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::syntax;

    fn graph(sources: &[&str]) -> Graph {
        let cells: Vec<Analysis> = sources
            .iter()
            .map(|source| Analysis::of(&syntax::parse("cell", source).unwrap()))
            .collect();
        Graph::of(&cells)
    }

    #[test]
    fn a_name_refers_to_the_nearest_definition_above() {
        // cells, parents of each, dependents of each
        type Row<'a> = (&'a [&'a str], &'a [&'a [usize]], &'a [&'a [usize]]);
        let table: [Row<'_>; 6] = [
            (
                &["x = 1", "y = x", "z = y"],
                &[&[], &[0], &[1]],
                &[&[1, 2], &[2], &[]],
            ),
            (&["x = 1", "x = 2", "y = x"], &[&[], &[], &[1]], &[&[], &[2], &[]]),
            (
                &["df = 1", "df = df + 1", "df = df + 1"],
                &[&[], &[0], &[1]],
                &[&[1, 2], &[2], &[]],
            ),
            (&["y = x", "x = 1"], &[&[], &[]], &[&[], &[]]),
            (
                &["k = 2", "def f(a):\n    return a * k", "f(1)"],
                &[&[], &[0], &[1]],
                &[&[1, 2], &[2], &[]],
            ),
            (
                &["a, b = 1, 2", "c = a", "d = b", "e = c + d"],
                &[&[], &[0], &[0], &[1, 2]],
                &[&[1, 2, 3], &[3], &[3], &[]],
            ),
        ];
        for (cells, parents, dependents) in table {
            let graph = graph(cells);
            for position in 0..cells.len() {
                let found: Vec<usize> = graph.parents(position).into_iter().collect();
                assert_eq!(
                    found, parents[position],
                    "parents of cell {position} of {cells:?}"
                );
                let found: Vec<usize> = graph.dependents(position).into_iter().collect();
                assert_eq!(
                    found, dependents[position],
                    "dependents of cell {position} of {cells:?}"
                );
            }
        }
    }

    #[test]
    fn ancestors_are_followed_to_the_first_cell() {
        assert_eq!(
            graph(&["a = 1", "b = a", "c = 0", "d = b"]).ancestors(3),
            BTreeSet::from([0, 1])
        );
    }
}
