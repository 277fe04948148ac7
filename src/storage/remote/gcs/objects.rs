//! [`GoogleBucket`]: what Google's Cloud Storage can do beside what an `ObjectStore` does: pages of lists, removals and copies of
//! one version.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method};
use object_store::{GetOptions, ObjectStore};

use crate::storage::remote::bucket::{self, Encoding};
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::generic::{self, bare, quoted};
use crate::storage::remote::service::{Objects, Page, ServerCopy, Wanted};
use crate::storage::remote::spelling;
use crate::storage::remote::transport::Transport;

/// The condition on the number of the version that an object has.
const GENERATION: &str = "x-goog-if-generation-match";

/// A bucket.
#[derive(Debug)]
pub(super) struct GoogleBucket {
    store: Arc<dyn ObjectStore>,
    transport: Transport,
    address: String,
}

impl GoogleBucket {
    pub(super) fn new(store: Arc<dyn ObjectStore>, transport: Transport, address: &str) -> Self {
        Self {
            store,
            transport,
            address: address.to_owned(),
        }
    }

    /// Returns how an object is named as the source of a copy: by its bucket and its key, encoded.
    fn source(&self, key: &str) -> Result<String, RemoteError> {
        let url = spelling::url(&self.address, key)?;
        let bucket = self.address.rsplit('/').next().unwrap_or_default();
        let key = url.as_str().strip_prefix(&self.address).unwrap_or_default();
        Ok(format!("{bucket}{key}"))
    }

    /// Returns the number of the version that an object has now; another etag than the expected one is an error.
    async fn generation(&self, key: &str, etag: Option<&str>) -> Result<Option<String>, RemoteError> {
        let options = GetOptions {
            head: true,
            if_match: etag.map(quoted),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&generic::path(key)?, options).await;
        let found = found.map_err(generic::failed)?.meta;
        let is_other = |etag: &str| found.e_tag.as_deref().map(bare) != Some(bare(etag));
        if etag.is_some_and(is_other) {
            return Err(RemoteError::new("the store", Failure::Replaced));
        }
        Ok(found.version)
    }
}

#[async_trait]
impl Objects for GoogleBucket {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    async fn page(&self, wanted: &Wanted) -> Result<Page, RemoteError> {
        bucket::list(&self.transport, &self.address, wanted, Encoding::Plain).await
    }

    async fn delete(&self, key: &str, etag: Option<&str>) -> Result<(), RemoteError> {
        let mut request = bucket::request(Method::DELETE, &spelling::url(&self.address, key)?)?;
        if let Some(etag) = etag {
            let number = self.generation(key, Some(etag)).await?.unwrap_or_default();
            let number = HeaderValue::from_str(&number).map_err(|_| spelling::bad_name(key))?;
            request.headers_mut().insert(GENERATION, number);
        }
        self.transport.send(request).await.map(drop)
    }

    async fn copy(&self, copy: &ServerCopy) -> Result<bool, RemoteError> {
        // An `ObjectStore` of Google's takes the one mode of a copy for the other.
        if !copy.is_same_container {
            return Ok(false);
        }
        let mut request = bucket::request(Method::PUT, &spelling::url(&self.address, &copy.to)?)?;
        let header = |text: &str| HeaderValue::from_str(text).map_err(|_| spelling::bad_name(&copy.from));
        let headers = request.headers_mut();
        headers.insert("x-goog-copy-source", header(&self.source(&copy.from)?)?);
        if !copy.overwrite {
            headers.insert(GENERATION, HeaderValue::from_static("0"));
        }
        if let Some(etag) = &copy.etag {
            let number = self.generation(&copy.from, Some(etag)).await?.unwrap_or_default();
            headers.insert("x-goog-copy-source-if-generation-match", header(&number)?);
        }
        self.transport.send(request).await.map(|_| true)
    }

    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        bucket::mark_folder(&self.transport, &self.address, key).await
    }
}
