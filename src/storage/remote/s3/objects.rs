//! [`Bucket`]: what S3 can do beside what an `ObjectStore` does: pages of lists, single removals, markers of folders.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use object_store::aws::AmazonS3;
use object_store::multipart::MultipartStore;
use object_store::{GetOptions, MultipartUpload, ObjectStore};

use super::copy::{self, CopyPlace};
use super::upload::S3Upload;

use crate::storage::remote::bucket::{self, Encoding};
use crate::storage::remote::failure::RemoteError;
use crate::storage::remote::generic::{self, quoted};
use crate::storage::remote::service::{Objects, Page, ServerCopy, Wanted};
use crate::storage::remote::spelling;
use crate::storage::remote::transport::{Doubt, Transport};

/// A bucket.
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    /// The same store, for uploads in parts.
    parts: Arc<dyn MultipartStore>,
    transport: Transport,
    name: String,
    address: String,
}

impl Bucket {
    pub(super) fn new(store: Arc<AmazonS3>, transport: Transport, name: &str, address: &str) -> Self {
        Self {
            parts: Arc::clone(&store) as _,
            store,
            transport,
            name: name.to_owned(),
            address: address.to_owned(),
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Objects for Bucket {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    async fn page(&self, wanted: &Wanted) -> Result<Page, RemoteError> {
        bucket::list(&self.transport, &self.address, wanted, Encoding::Url).await
    }

    async fn delete(&self, key: &str, etag: Option<&str>) -> Result<(), RemoteError> {
        // S3 does not say whether something was there, and not every service knows a condition on a removal.
        let options = GetOptions {
            head: true,
            if_match: etag.map(quoted),
            ..GetOptions::default()
        };
        if !key.ends_with('/') {
            let found = self.store.get_opts(&generic::path(key)?, options).await;
            found.map_err(generic::failed)?;
        }
        let request = bucket::request(Method::DELETE, &spelling::url(&self.address, key)?)?;
        self.transport.send(request).await.map(drop)
    }

    async fn copy(&self, copy: &ServerCopy) -> Result<bool, RemoteError> {
        if !copy.is_same_container {
            return Ok(false);
        }
        if generic::copy(self.store(), copy, copy::LARGE).await? {
            return Ok(true);
        }
        let bucket = CopyPlace {
            store: &self.store,
            parts: &self.parts,
            transport: &self.transport,
            name: &self.name,
            address: &self.address,
        };
        copy::in_parts(&bucket, copy).await
    }

    fn ends_uploads_conditionally(&self) -> bool {
        true
    }

    async fn upload(
        &self,
        key: &str,
        is_new: bool,
        doubt: &Doubt,
    ) -> Result<Box<dyn MultipartUpload>, RemoteError> {
        let path = generic::path(key)?;
        let id = self.parts.create_multipart(&path).await;
        Ok(Box::new(S3Upload {
            store: Arc::clone(&self.parts),
            transport: self.transport.clone(),
            address: spelling::url(&self.address, key)?,
            path,
            id: id.map_err(generic::failed)?,
            is_new,
            doubt: doubt.clone(),
            count: 0,
            tags: Arc::default(),
        }))
    }

    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        bucket::mark_folder(&self.transport, &self.address, key).await
    }
}
