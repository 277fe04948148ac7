//! [`Bucket`]: what S3 can do beside what an `ObjectStore` does: pages of lists, single removals, markers of folders.

use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use http::header::{CONTENT_LENGTH, HeaderValue};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::{GetOptions, ObjectStore};
use url::Url;

use super::list;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::folders;
use crate::storage::remote::generic::{self, quoted};
use crate::storage::remote::service::{Objects, Page, Wanted};
use crate::storage::remote::transport::{Transport, body};

/// A bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    transport: Transport,
    address: String,
}

impl Bucket {
    pub(super) fn new(store: Arc<dyn ObjectStore>, transport: Transport, address: &str) -> Self {
        Self {
            store,
            transport,
            address: address.to_owned(),
        }
    }

    /// Returns the address of an object; of the bucket, for the empty key.
    fn url(&self, key: &str) -> Result<Url, RemoteError> {
        let mut url = Url::parse(&self.address).map_err(|_| folders::bad_name(key))?;
        if let Ok(mut parts) = url.path_segments_mut() {
            parts
                .pop_if_empty()
                .extend(key.split('/').filter(|_| !key.is_empty()));
        }
        Ok(url)
    }

    fn request(method: Method, url: &Url) -> Result<HttpRequest, RemoteError> {
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(CONTENT_LENGTH, HeaderValue::from_static("0"))
            .body(HttpRequestBody::empty());
        request.map_err(|_| folders::bad_name(url.path()))
    }
}

#[async_trait]
impl Objects for Bucket {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    async fn page(&self, wanted: &Wanted) -> Result<Page, RemoteError> {
        let mut url = self.url("")?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("list-type", "2")
                .append_pair("encoding-type", "url");
            if !wanted.prefix.is_empty() {
                query.append_pair("prefix", &wanted.prefix);
            }
            if !wanted.is_deep {
                query.append_pair("delimiter", "/");
            }
            if let Some(after) = &wanted.after {
                query.append_pair("continuation-token", after);
            }
            if let Some(most) = wanted.most {
                query.append_pair("max-keys", &most.to_string());
            }
        }
        // Signatures are of spaces as %20 alone.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        let answer = self.transport.send(Self::request(Method::GET, &url)?).await?;
        list::page(&body(answer).await?).ok_or_else(|| {
            let reason = "what it lists cannot be read".to_owned();
            RemoteError::new("the store", Failure::Other { reason })
        })
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
        let request = Self::request(Method::DELETE, &self.url(key)?)?;
        self.transport.send(request).await.map(drop)
    }

    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        let request = Self::request(Method::PUT, &self.url(&format!("{key}/"))?)?;
        self.transport.send(request).await.map(drop)
    }
}
