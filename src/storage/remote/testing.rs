//! A cloud in memory for tests: all that is common to clouds, over what any `ObjectStore` can do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::container::Container;
use super::failure::RemoteError;
use super::service::{Objects, Service};
use crate::storage::access::Access;
use crate::storage::store::Scheme;

/// Mounts of one source in one workspace have the same objects: `cloud:data`.
pub(in crate::storage) static CLOUD: Scheme = Scheme {
    name: "cloud",
    summary: "objects in memory",
    example: "cloud:data",
    has_configs: false,
    open: |source| {
        let key = format!("{} {}", source.root.display(), source.place);
        let service = Cloud {
            source: source.text.to_owned(),
            address: format!("https://cloud.example/{}", source.place),
            store: Arc::clone(&PLACES.lock().unwrap().entry(key).or_default().0),
        };
        Ok(Container::open(Arc::new(service), source.access))
    },
};

static PLACES: Mutex<BTreeMap<String, PlaceInMemory>> = Mutex::new(BTreeMap::new());

struct PlaceInMemory(Arc<dyn ObjectStore>);

impl Default for PlaceInMemory {
    fn default() -> Self {
        Self(Arc::new(InMemory::new()))
    }
}

/// Returns the objects of a source, to change them behind the back of its mounts.
pub(in crate::storage) fn objects(root: &std::path::Path, place: &str) -> Arc<dyn ObjectStore> {
    let key = format!("{} {place}", root.display());
    Arc::clone(&PLACES.lock().unwrap().entry(key).or_default().0)
}

#[derive(Debug)]
struct Cloud {
    source: String,
    address: String,
    store: Arc<dyn ObjectStore>,
}

impl Service for Cloud {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self) -> &str {
        &self.address
    }

    fn prefix(&self) -> &'static str {
        "top"
    }

    fn place(&self) -> &'static str {
        "the cloud"
    }

    fn connect(&self, _access: &Access) -> Result<Arc<dyn Objects>, RemoteError> {
        Ok(Arc::new(ObjectsInMemory(Arc::clone(&self.store))))
    }
}

/// An `ObjectStore` and nothing else, but for the tags of versions, which have no quotes in memory.
#[derive(Debug)]
struct ObjectsInMemory(Arc<dyn ObjectStore>);

impl Objects for ObjectsInMemory {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.0
    }

    fn condition(&self, etag: &str) -> String {
        etag.to_owned()
    }
}
