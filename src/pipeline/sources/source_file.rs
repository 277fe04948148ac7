//! [`SourceFile`]: a notebook or a library, and what it needs.

use std::collections::BTreeSet;

use crate::pipeline::definition::Finding;
use crate::ron_text::Place;

/// A notebook or a library, and what it needs.
#[derive(Debug, Default)]
pub(super) struct SourceFile {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// The files that it needs, as it writes them.
    pub(super) needs: Vec<Need>,
    /// The widgets that it declares itself.
    pub(super) widgets: BTreeSet<String>,
    /// Whether it may declare others.
    pub(super) declares_more: bool,
    /// What cannot be parsed.
    pub(super) wrong: Vec<Finding>,
    /// Notebooks that it runs, of which only running it tells which they are.
    pub(super) computed: Vec<Place>,
}

/// A file that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// Its path, as it is written.
    pub(super) written: String,
    /// What it is needed for.
    pub(super) purpose: Purpose,
    /// Where it is written.
    pub(super) place: Place,
}

/// What a file is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its cells run within a cell: `%run`.
    Included,
    /// It runs in a session of its own: `dbutils.notebook.run`.
    Run,
    /// Its functions are used: `load`.
    Library,
}
