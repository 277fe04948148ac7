//! [`Inclusion`]: another notebook, whose cells are to run inside one cell.
//!
//! Which notebook, and from where, is decided elsewhere.

use std::collections::BTreeMap;

use crate::notebook::Cell;
use crate::source::IncludedCell;
use crate::storage::Location;

/// A notebook to be run inside a cell.
pub struct Inclusion {
    location: Location,
    /// The cells, and where each stands.
    pub(super) cells: Vec<(IncludedCell, Cell)>,
    /// Values for its widgets.
    pub(super) parameters: BTreeMap<String, String>,
}

impl Inclusion {
    /// Takes the cells of the notebook at `location`, with their numbers from 1, and values for its widgets.
    pub fn new<'a>(
        location: Location,
        cells: impl IntoIterator<Item = (usize, &'a Cell)>,
        parameters: BTreeMap<String, String>,
    ) -> Self {
        let cells = cells
            .into_iter()
            .map(|(number, cell)| (IncludedCell::new(location.name(), number, cell), cell.clone()))
            .collect();
        Self {
            location,
            cells,
            parameters,
        }
    }

    /// Returns the notebook's file.
    pub fn location(&self) -> &Location {
        &self.location
    }
}
