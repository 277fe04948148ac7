//! [`Reads`]: what a cell has read outside its values, and what each of it was then.
//!
//! One comparison, [`Reads::changes`], says whether a cell is stale, whether a cached result still holds, and why a record
//! differs: what was read, against a [`World`] that says what it is now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file_read::FileRead;
use super::resource::Resource;
use super::version::{DigestOf, Version};
use crate::digest::{Digest, Digester};

/// Something that was read, and is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceChange {
    /// What it is.
    pub resource: Resource,
    /// What it was; none where it was not read then.
    pub then: Option<Version>,
    /// What it is now; none where nothing is known of it, or it is not read now.
    pub now: Option<Version>,
}

/// Describes what resources are now.
pub trait World {
    /// Returns what a resource is now; `then` tells where a file was. `None` where nothing is known of it.
    fn version(&self, resource: &Resource, then: &Version) -> Option<Version>;

    /// Returns the digest of a file as it was seen; `None` when it has changed since, or is not a file.
    fn digest(&self, file: &FileRead) -> Option<Digest>;
}

/// What a cell has read outside its values, and what each of it was then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reads(BTreeMap<Resource, Version>);

impl Reads {
    /// Notes a reading; where the cell has read the resource before, this is what counts.
    pub fn insert(&mut self, resource: Resource, version: Version) {
        self.0.insert(resource, version);
    }

    /// Notes a reading; where the cell has read the resource before, that is what counts.
    pub(crate) fn insert_first(&mut self, resource: Resource, version: Version) {
        self.0.entry(resource).or_insert(version);
    }

    /// Discards a reading.
    pub(crate) fn remove(&mut self, resource: &Resource) -> Option<Version> {
        self.0.remove(resource)
    }

    /// Discards the readings for which `keep` says no.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Resource) -> bool) {
        self.0.retain(|resource, _| keep(resource));
    }

    /// Returns what was read.
    pub fn iter(&self) -> impl Iterator<Item = (&Resource, &Version)> {
        self.0.iter()
    }

    /// Returns what a resource was.
    pub fn get(&self, resource: &Resource) -> Option<&Version> {
        self.0.get(resource)
    }

    /// Returns whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the files that were read in this session, libraries among them, by name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &FileRead)> {
        let all = self.0.iter();
        all.filter_map(|(resource, version)| Some((resource.file()?, version.seen()?)))
    }

    /// Adds what something within has read: of a file what was seen first counts, of anything else what was seen last.
    pub(crate) fn extend(&mut self, within: Self) {
        for (resource, version) in within.0 {
            match resource.file() {
                Some(_) => self.insert_first(resource, version),
                None => self.insert(resource, version),
            }
        }
    }

    /// Finds what is not as it was read.
    pub fn changes<'a>(&'a self, world: &'a dyn World) -> impl Iterator<Item = ResourceChange> + 'a {
        self.0.iter().filter_map(|(resource, then)| {
            let now = world.version(resource, then);
            let is_same = now
                .as_ref()
                .is_some_and(|now| then.is_still(now, &|file| world.digest(file)));
            (!is_same).then(|| ResourceChange {
                resource: resource.clone(),
                then: Some(then.clone()),
                now,
            })
        })
    }

    /// Returns the same resources as they are now.
    pub(crate) fn now(&self, world: &dyn World) -> Self {
        let all = self.0.iter();
        all.filter_map(|(resource, then)| Some((resource.clone(), world.version(resource, then)?)))
            .collect()
    }

    /// Returns the same in a form that another session understands.
    pub(crate) fn lasting(&self, contents: DigestOf<'_>) -> Self {
        let all = self.0.iter();
        all.map(|(resource, version)| (resource.clone(), version.lasting(contents)))
            .collect()
    }

    /// Returns the digest of all that was read and what it was.
    pub(crate) fn digest(&self) -> Digest {
        let mut digester = Digester::new("reads");
        for (resource, version) in &self.0 {
            resource.write(&mut digester);
            version.write(&mut digester);
        }
        digester.finish()
    }
}

impl IntoIterator for Reads {
    type Item = (Resource, Version);
    type IntoIter = std::collections::btree_map::IntoIter<Resource, Version>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(Resource, Version)> for Reads {
    fn from_iter<T: IntoIterator<Item = (Resource, Version)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

/// What one run has read is a world for another to be compared with.
impl World for Reads {
    fn version(&self, resource: &Resource, _: &Version) -> Option<Version> {
        self.get(resource).cloned()
    }

    fn digest(&self, _: &FileRead) -> Option<Digest> {
        None
    }
}
