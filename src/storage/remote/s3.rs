//! Buckets of Amazon's S3, and of services that speak its protocol: `s3:`, `s3a:`.

mod copy;
mod credentials;
mod environment;
mod keys;
mod objects;
mod place;
mod refusal;
mod settings;
mod upload;

use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, S3CopyIfNotExists};

use self::objects::Bucket;
use self::place::S3Place;
use self::settings::S3Settings;
use super::container::Container;
use super::failure::{Failure, RemoteError};
use super::service::{Objects, Service};
use super::transport::Transport;
use crate::storage::access::Access;
use crate::storage::error::StorageError;
use crate::storage::store::{Scheme, Source, Store};

/// Amazon's S3.
pub(in crate::storage) const S3: Scheme = Scheme {
    name: "s3",
    summary: "a bucket of Amazon's S3, or of a service that speaks its protocol",
    example: "s3://data/folder",
    has_configs: true,
    open,
};

/// The same, as Hadoop and Databricks name it.
pub(in crate::storage) const S3A: Scheme = Scheme {
    name: "s3a",
    summary: "the same, as Hadoop names it",
    example: "s3a://data/folder",
    has_configs: true,
    open,
};

fn open(source: &Source<'_>) -> Result<Arc<dyn Store>, StorageError> {
    Ok(Container::open(Arc::new(Amazon::new(source)?), source.access))
}

/// A place in a bucket.
#[derive(Debug)]
struct Amazon {
    source: String,
    name: String,
    place: S3Place,
    settings: S3Settings,
}

impl Amazon {
    fn new(source: &Source<'_>) -> Result<Self, StorageError> {
        let settings = S3Settings::read(source)?;
        let place = S3Place::read(source, &settings)?;
        Ok(Self {
            source: source.text.to_owned(),
            name: format!("the bucket {}", place.bucket),
            place,
            settings,
        })
    }
}

impl Service for Amazon {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self) -> &str {
        &self.place.address
    }

    fn prefix(&self) -> &str {
        &self.place.prefix
    }

    fn place(&self) -> &str {
        &self.name
    }

    fn connect(&self, access: &Access) -> Result<Arc<dyn Objects>, RemoteError> {
        let transport = Transport::new(&self.name, self.place.is_local, refusal::explain)?;
        let signer = credentials::signer(&self.settings, &self.place, &self.name, access)?;
        let transport = transport.with_authorize(signer);
        // Requests are signed by the transport: the builder, which shows what it has, has no credential.
        let store = AmazonS3Builder::new()
            .with_region(&self.place.region)
            .with_bucket_name(&self.place.bucket)
            .with_endpoint(&self.place.address)
            // The address has the bucket in it, wherever that is.
            .with_virtual_hosted_style_request(true)
            .with_allow_http(self.place.is_local)
            .with_copy_if_not_exists(S3CopyIfNotExists::Multipart)
            .with_skip_signature(true)
            .with_retry(Transport::no_retries())
            .with_http_connector(transport.clone())
            .build();
        let store = store.map_err(|_| {
            let reason = "its address cannot be used".to_owned();
            RemoteError::new(&self.name, Failure::Other { reason })
        })?;
        Ok(Arc::new(Bucket::new(
            Arc::new(store),
            transport,
            &self.place.bucket,
            &self.place.address,
        )))
    }

    fn prove(&self, access: &Access) -> Result<(), RemoteError> {
        credentials::signer(&self.settings, &self.place, &self.name, access).map(drop)
    }
}
