//! What a cell read outside, as a record has it: files and parameters as people read them, and all else as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{FileFact, RecordedCell};
use crate::cache::{Reads, Resource, Version};

/// What a record says of what a cell read.
#[derive(Debug, Default)]
pub(super) struct RecordedReads {
    pub(super) files: Vec<FileFact>,
    pub(super) widgets: BTreeMap<String, String>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) resources: Reads,
}

impl RecordedReads {
    /// Sorts what a cell read; where its inputs come from, the cells say that read those files.
    pub(super) fn of(read: Reads) -> Self {
        let mut all = Self::default();
        for (resource, version) in read {
            match (resource, version) {
                (Resource::File(name) | Resource::Library(name), version) => {
                    all.files.push(FileFact::of(name, &version));
                }
                (Resource::Widget(name), Version::Text(value)) => {
                    all.widgets.insert(name, value);
                }
                // Nothing of its value, nor what could tell whether it is another.
                (Resource::Secret(reference), _) => {
                    all.secrets.insert(reference.to_string());
                }
                (Resource::Lineage, _) => {}
                (resource, version) => all.resources.insert(resource, version),
            }
        }
        all.files.sort_by(|one, other| one.path.cmp(&other.path));
        all
    }
}

impl RecordedCell {
    /// Returns what the cell read outside, to be compared.
    pub(super) fn read(&self) -> Reads {
        let files = self.reads.iter().map(|file| {
            let version = file.size.map_or(Version::Absent, |size| Version::Bytes {
                size,
                digest: file.digest,
            });
            (Resource::File(file.path.clone()), version)
        });
        let widgets = self.widgets.iter();
        let widgets =
            widgets.map(|(name, value)| (Resource::Widget(name.clone()), Version::Text(value.clone())));
        let others = self.resources.iter();
        let others = others.map(|(resource, version)| (resource.clone(), version.clone()));
        files.chain(widgets).chain(others).collect()
    }
}

impl FileFact {
    /// Takes the version of a file.
    pub(super) fn of(path: String, version: &Version) -> Self {
        Self {
            path,
            size: version.size(),
            digest: version.contents(),
        }
    }
}
