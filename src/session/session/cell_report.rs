//! [`CellReport`]: what is known of a cell's last run, for those who write it down or compare it.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use crate::cache::{Act, FileRead, Reads, Version};
use crate::digest::{Digest, Digester};
use crate::output::RetainedOutput;
use crate::session::binding::BindingSummary;
use crate::source::CellId;

/// What is known of a cell and its last successful run.
#[derive(Debug, Clone)]
pub struct CellReport<'a> {
    /// The digest of its kind and canonical source.
    pub source: Digest,
    /// What it reads from cells above, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// What it read outside its values.
    pub read: Reads,
    /// The files it wrote, by name, as they are now.
    pub wrote: BTreeMap<String, Version>,
    /// What it did that another run would do again.
    pub acts: BTreeSet<Act>,
    /// What it bound, by name.
    pub bindings: BTreeMap<String, BindingSummary>,
    /// What it showed.
    pub outputs: &'a [RetainedOutput],
    /// Whether it was not run, because a cache had what it gives.
    pub cached: bool,
}

impl Session {
    /// Returns what is known of a cell; of one that did not run, its source and what it would read.
    pub fn report(&self, id: CellId) -> Option<CellReport<'_>> {
        let position = self.position(id)?;
        let entry = self.cells.get(position)?;
        let source = Digester::new("source")
            .text("kind", entry.cell.kind().word())
            .text("source", entry.canonical())
            .finish();
        let names = self.inputs_of(position);
        let inputs = names.iter().filter_map(|name| {
            let bound = self
                .definer(name, position)?
                .last_run
                .as_ref()?
                .bindings
                .get(name)?;
            Some((name.clone(), bound.digest()?))
        });
        let mut facts = CellReport {
            source,
            inputs: inputs.collect(),
            read: Reads::default(),
            wrote: BTreeMap::new(),
            acts: BTreeSet::new(),
            bindings: BTreeMap::new(),
            outputs: &[],
            cached: false,
        };
        if let Some(ran) = &entry.last_run {
            let contents = |file: &FileRead| self.file_digest(file);
            facts.read = ran.ledger.read.lasting(&contents);
            let written = |file: &FileRead| self.digest_of_written(file);
            let wrote = ran.ledger.wrote.iter();
            facts.wrote = wrote
                .map(|(name, location)| (name.clone(), Version::of_file(location).lasting(&written)))
                .collect();
            facts.acts.clone_from(&ran.ledger.acts);
            let bindings = ran.bindings.iter();
            facts.bindings = bindings
                .filter_map(|(name, bound)| Some((name.clone(), bound.fact()?)))
                .collect();
            facts.outputs = &ran.outputs;
            facts.cached = ran.cached;
        }
        Some(facts)
    }
}
