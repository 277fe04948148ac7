//! [`GoogleBucket`]: what Google's Cloud Storage can do beside what an `ObjectStore` does: pages of lists, removals and copies of
//! one version.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method};
use object_store::{GetOptions, ObjectMeta, ObjectStore};

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

    /// Returns the number of the version that an object has now, as a condition; another etag than the expected one is an
    /// error, as is a store that does not say the number: without it there would be no condition.
    async fn generation(&self, key: &str, etag: &str) -> Result<HeaderValue, RemoteError> {
        let options = GetOptions {
            head: true,
            if_match: Some(quoted(etag)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&generic::path(key)?, options).await;
        condition(found.map_err(generic::failed)?.meta, etag)
    }
}

/// Returns the number of the version of an object as a condition on it.
fn condition(found: ObjectMeta, etag: &str) -> Result<HeaderValue, RemoteError> {
    if found.e_tag.as_deref().map(bare) != Some(bare(etag)) {
        return Err(RemoteError::new("the store", Failure::Replaced));
    }
    let number = found.version.filter(|number| !number.is_empty());
    let number = number.and_then(|number| HeaderValue::from_str(&number).ok());
    number.ok_or_else(|| {
        let reason = "it does not say which version of the object it has".to_owned();
        RemoteError::new("the store", Failure::Other { reason })
    })
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
            let number = self.generation(key, etag).await?;
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
        let source = HeaderValue::from_str(&self.source(&copy.from)?);
        let headers = request.headers_mut();
        headers.insert(
            "x-goog-copy-source",
            source.map_err(|_| spelling::bad_name(&copy.from))?,
        );
        if !copy.overwrite {
            headers.insert(GENERATION, HeaderValue::from_static("0"));
        }
        if let Some(etag) = &copy.etag {
            let number = self.generation(&copy.from, etag).await?;
            headers.insert("x-goog-copy-source-if-generation-match", number);
        }
        self.transport.send(request).await.map(|_| true)
    }

    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        bucket::mark_folder(&self.transport, &self.address, key).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_on_a_version_has_its_number_or_there_is_none() {
        let of = |etag: &str, version: Option<&str>| {
            let found = ObjectMeta {
                location: "a".into(),
                last_modified: std::time::UNIX_EPOCH.into(),
                size: 4,
                e_tag: Some(etag.to_owned()),
                version: version.map(str::to_owned),
            };
            match condition(found, "\"5d\"") {
                Ok(number) => number.to_str().unwrap().to_owned(),
                Err(error) => format!("{:?}", error.failure),
            }
        };
        assert_eq!(of("\"5d\"", Some("1730")), "1730");
        assert_eq!(of("5d", Some("1730")), "1730");
        assert_eq!(of("\"6e\"", Some("1730")), "Replaced");
        for unknown in [None, Some("")] {
            let said = of("\"5d\"", unknown);
            assert!(said.contains("it does not say which version"), "{said}");
        }
    }
}
