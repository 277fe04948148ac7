//! [`Service`]: what a cloud is, for one mount of it, and [`Objects`]: what there is once it is connected.
//!
//! A cloud is a file beside this one. It reads a source and its settings without a request, and says how to connect. All
//! that is alike everywhere (folders, versions, uploads, what is tried again, messages) is above it, in
//! [`Container`](super::container::Container), and below it, in [`Transport`](super::transport::Transport).

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::{Attributes, MultipartUpload, ObjectStore, PutMultipartOptions};

use super::failure::RemoteError;
use super::generic;
pub(in crate::storage) use super::page::{Object, Page, ServerCopy, Wanted};
use super::transport::{Condition, Doubt};
use crate::storage::access::Access;

/// One place of a cloud as a source names it: a container with a folder in it.
pub(in crate::storage) trait Service: fmt::Debug + Send + Sync {
    /// Returns the source as it was written.
    fn source(&self) -> &str;

    /// Returns the address of the container without a `/` at its end: an ordinary URL, without credentials, and the
    /// same however the source was spelled.
    fn address(&self) -> &str;

    /// Returns what the keys of all that is mounted begin with: parts joined by `/`, none at the end; often nothing.
    fn prefix(&self) -> &str;

    /// Returns what it is in a message: `the container data of the account acme`.
    fn place(&self) -> &str;

    /// Connects, on the thread that made the request: this is where secrets are looked up, and someone may be asked.
    ///
    /// No request has to be made. It is called again where credentials were refused, as they may have been replaced.
    fn connect(&self, access: &Access) -> Result<Arc<dyn Objects>, RemoteError>;

    /// Looks up what proves who asks, and does nothing else: no request is made, and nothing is connected.
    ///
    /// So is it known before the first request which secrets go where, and that the identity of the machine does.
    fn prove(&self, access: &Access) -> Result<(), RemoteError> {
        self.connect(access).map(drop)
    }

    /// Takes the address of something in another container apart, into that of the container and a key, if a copy from
    /// there needs no bytes to pass through here.
    ///
    /// It is not asked for what is in this very container.
    fn sibling<'a>(&self, _address: &'a str) -> Option<(&'a str, &'a str)> {
        None
    }

    /// Returns whether nothing can be written there.
    fn is_read_only(&self) -> bool {
        false
    }

    /// Returns whether what is there can be listed.
    fn can_list(&self) -> bool {
        true
    }
}

/// A container that is connected: an [`ObjectStore`] for what it does well, and the rest.
///
/// Keys are whole: with the prefix of the mount. `ObjectStore` knows no condition on a removal or a copy, no key with an
/// empty part, and no metadata in a list; a cloud that has them says so here. The defaults do what an `ObjectStore` can.
#[async_trait]
pub(in crate::storage) trait Objects: fmt::Debug + Send + Sync {
    /// Returns the store for reading, writing and asking.
    fn store(&self) -> &Arc<dyn ObjectStore>;

    /// Lists one page.
    async fn page(&self, wanted: &Wanted) -> Result<Page, RemoteError> {
        generic::page(self.store(), wanted).await
    }

    /// Removes an object; with an etag, only if it still has that one. One that is not there is an error.
    async fn delete(&self, key: &str, etag: Option<&str>) -> Result<(), RemoteError> {
        generic::delete(self.store(), key, etag).await
    }

    /// Copies an object inside the cloud; returns `false` where that cannot be, and nothing was done.
    async fn copy(&self, copy: &ServerCopy) -> Result<bool, RemoteError> {
        generic::copy(self.store(), copy, u64::MAX).await
    }

    /// Marks a folder, so that it is there without a file in it.
    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        generic::mark_folder(self.store(), key).await
    }

    /// Returns the tag of a version as a condition has it.
    fn condition(&self, etag: &str) -> String {
        generic::quoted(etag)
    }

    /// Returns whether the attributes of an object say that it marks a folder.
    fn is_marker(&self, _attributes: &Attributes) -> bool {
        false
    }

    /// Returns whether the end of a multipart upload can be that nothing is replaced.
    fn ends_uploads_conditionally(&self) -> bool {
        false
    }

    /// Starts a multipart upload, which replaces nothing at its end if it `is_new`, as far as the store knows that.
    async fn upload(
        &self,
        key: &str,
        is_new: bool,
        doubt: &Doubt,
    ) -> Result<Box<dyn MultipartUpload>, RemoteError> {
        let mut options = PutMultipartOptions::default();
        options.extensions.insert(doubt.clone());
        if is_new {
            options.extensions.insert(Condition);
        }
        let upload = self
            .store()
            .put_multipart_opts(&generic::path(key)?, options)
            .await;
        upload.map_err(generic::failed)
    }
}
