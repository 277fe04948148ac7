//! [`CellPlace`]: which cell a text is in, also one that another cell includes.

/// A cell of a session, or one that it includes: `%run ./setup` runs cells inside of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CellPlace {
    /// The position of the cell in the session, from 0.
    pub(crate) position: usize,
    /// The way from there to a cell that it includes: its position in each notebook, outermost first.
    pub(crate) inside: Vec<usize>,
}

impl CellPlace {
    /// Returns the place of a cell of the session itself.
    pub(crate) fn own(position: usize) -> Self {
        Self {
            position,
            inside: Vec::new(),
        }
    }

    /// Returns the place of a cell that this one includes.
    pub(crate) fn including(&self, position: usize) -> Self {
        let mut inside = self.inside.clone();
        inside.push(position);
        Self {
            position: self.position,
            inside,
        }
    }

    /// Returns the position of a cell of the session itself, and `None` for one that it includes.
    pub(crate) fn as_own(&self) -> Option<usize> {
        self.inside.is_empty().then_some(self.position)
    }
}
