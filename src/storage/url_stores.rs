//! [`UrlStores`]: the stores of URLs that are not mounted, which stay open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::StorageError;
use super::store::Store;

/// The most hosts whose stores are kept open.
const OPEN: usize = 64;

/// The stores of URLs that are not mounted, by where they begin.
#[derive(Debug, Default)]
pub(super) struct UrlStores(Mutex<BTreeMap<String, Arc<dyn Store>>>);

impl UrlStores {
    /// Returns the store that URLs with this beginning are in, and opens it where it is not open.
    pub(super) fn get(
        &self,
        top: &str,
        open: impl FnOnce() -> Result<Arc<dyn Store>, StorageError>,
    ) -> Result<Arc<dyn Store>, StorageError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = lock().get(top) {
            return Ok(Arc::clone(store));
        }
        let store = open()?;
        let mut stores = lock();
        if stores.len() >= OPEN {
            stores.clear();
        }
        stores.insert(top.to_owned(), Arc::clone(&store));
        Ok(store)
    }
}
