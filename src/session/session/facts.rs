//! [`Facts`]: what is known of a cell's last run, for those who write it down or compare it.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use crate::cache::{Act, FileRead};
use crate::digest::{Digest, Digester};
use crate::output::Kept;
use crate::session::bound::BoundFact;
use crate::source::{Analysis, CellId};

/// What is known of a cell and its last successful run.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What stands for its kind and its source, without what makes no difference.
    pub source: Digest,
    /// What it reads from cells above, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// The files it read.
    pub reads: Vec<FileFact>,
    /// The files it wrote, as they are now.
    pub writes: Vec<FileFact>,
    /// The widgets it asked for, and their values.
    pub widgets: BTreeMap<String, String>,
    /// What it did that another run would do again.
    pub acts: BTreeSet<Act>,
    /// What it bound, by name.
    pub bindings: BTreeMap<String, BoundFact>,
    /// What it showed.
    pub outputs: &'a [Kept],
    /// Whether it was not run, because a cache had what it gives.
    pub cached: bool,
}

/// A file that a cell read or wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    /// Its name, as cells write it.
    pub name: String,
    /// Its size in bytes; none for one that is not there.
    pub size: Option<u64>,
    /// The digest of its bytes; none for one that is not there, or has changed since it was read.
    pub digest: Option<Digest>,
}

impl Session {
    /// Returns what is known of a cell; of one that did not run, its source and what it would read.
    pub fn facts(&self, id: CellId) -> Option<Facts<'_>> {
        let position = self.position(id)?;
        let entry = self.cells.get(position)?;
        let source = Digester::new("source")
            .text("kind", entry.cell.kind().word())
            .text("source", entry.canonical())
            .finish();
        let names = entry.analysis.iter().flat_map(Analysis::values);
        let inputs = names.filter_map(|name| {
            let bound = self.definer(name, position)?.ran.as_ref()?.bindings.get(name)?;
            Some((name.clone(), bound.digest()?))
        });
        let mut facts = Facts {
            source,
            inputs: inputs.collect(),
            reads: Vec::new(),
            writes: Vec::new(),
            widgets: BTreeMap::new(),
            acts: BTreeSet::new(),
            bindings: BTreeMap::new(),
            outputs: &[],
            cached: false,
        };
        if let Some(ran) = &entry.ran {
            facts.reads = ran
                .trace
                .files
                .values()
                .map(|file| self.file_fact(file))
                .collect();
            let writes = ran.trace.writes.values();
            facts.writes = writes
                .map(|location| self.file_fact(&FileRead::of(location)))
                .collect();
            let widgets = ran.trace.widgets.iter();
            facts.widgets = widgets
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect();
            facts.acts.clone_from(&ran.trace.acts);
            let bindings = ran.bindings.iter();
            facts.bindings = bindings
                .filter_map(|(name, bound)| Some((name.clone(), bound.fact()?)))
                .collect();
            facts.outputs = &ran.outputs;
            facts.cached = ran.cached;
        }
        Some(facts)
    }

    fn file_fact(&self, file: &FileRead) -> FileFact {
        FileFact {
            name: file.location.name.clone(),
            size: file.modified.map(|_| file.size),
            digest: self.file_digest(file),
        }
    }
}
