//! [`Position`]: a place in a notebook, where someone writes.

/// A place in a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The cell, from 0; the number of cells for one that is to come below the last.
    pub cell: usize,
    /// The byte of its text.
    pub offset: usize,
}
