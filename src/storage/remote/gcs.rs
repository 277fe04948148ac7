//! Buckets of Google's Cloud Storage: `gs:`.

mod credentials;
mod objects;
mod place;
mod settings;

use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};

use self::objects::GoogleBucket;
use self::place::GcsPlace;
use self::settings::GcsSettings;
use super::authorize::Refusal;
use super::container::Container;
use super::failure::{Failure, RemoteError};
use super::service::{Objects, Service};
use super::transport::Transport;
use crate::storage::access::Access;
use crate::storage::error::StorageError;
use crate::storage::store::{Scheme, Source, Store};

/// Google's Cloud Storage.
pub(in crate::storage) const GS: Scheme = Scheme {
    name: "gs",
    summary: "a bucket of Google's Cloud Storage",
    example: "gs://data/folder",
    has_configs: true,
    open,
};

fn open(source: &Source<'_>) -> Result<Arc<dyn Store>, StorageError> {
    Ok(Container::open(Arc::new(Google::new(source)?), source.access))
}

/// A place in a bucket.
#[derive(Debug)]
struct Google {
    source: String,
    name: String,
    place: GcsPlace,
    settings: GcsSettings,
}

impl Google {
    fn new(source: &Source<'_>) -> Result<Self, StorageError> {
        let settings = GcsSettings::read(source)?;
        let place = GcsPlace::read(source, &settings)?;
        Ok(Self {
            source: source.text.to_owned(),
            name: format!("the bucket {}", place.bucket),
            place,
            settings,
        })
    }
}

impl Service for Google {
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
        let transport = Transport::new(&self.name, self.place.is_local, explain)?;
        let bearer = credentials::bearer(&self.settings, &self.place, &self.name, access)?;
        let transport = transport.with_authorize(bearer);
        // Requests are signed by the transport; what the builder shows is nobody.
        let nobody = GcpCredential {
            bearer: String::new(),
        };
        let store = GoogleCloudStorageBuilder::new()
            .with_bucket_name(&self.place.bucket)
            .with_base_url(&self.place.service)
            .with_credentials(Arc::new(StaticCredentialProvider::new(nobody)))
            .with_skip_signature(true)
            .with_retry(Transport::no_retries())
            .with_http_connector(transport.clone())
            .build();
        let store = store.map_err(|_| {
            let reason = "its address cannot be used".to_owned();
            RemoteError::new(&self.name, Failure::Other { reason })
        })?;
        Ok(Arc::new(GoogleBucket::new(
            Arc::new(store),
            transport,
            &self.place.address,
        )))
    }

    fn prove(&self, access: &Access) -> Result<(), RemoteError> {
        credentials::bearer(&self.settings, &self.place, &self.name, access).map(drop)
    }
}

/// Says what a refusal of Google's means, by its code; an answer without a body has none.
fn explain(refusal: &Refusal) -> Option<Failure> {
    Some(match refusal.code.as_str() {
        "NoSuchBucket" => Failure::NoContainer,
        "NoSuchKey" | "NoSuchUpload" => Failure::Missing,
        "AuthenticationRequired" | "InvalidAuthentication" if refusal.is_signed => Failure::WrongCredentials,
        "AuthenticationRequired" | "InvalidAuthentication" => Failure::NoCredentials,
        "ExpiredToken" => Failure::Expired { since: None },
        "AccessDenied" | "" if refusal.status == 403 => {
            if refusal.is_signed {
                Failure::Denied
            } else {
                Failure::NoCredentials
            }
        }
        "PreconditionFailed" => Failure::Replaced,
        "SlowDown" => Failure::Throttled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::settings::ROOT;
    use super::*;
    use crate::storage::store::Configs;

    #[test]
    fn a_bucket_is_read_from_its_source() {
        let access = Access::default();
        let read = |text: &str, root: Option<&str>| {
            let configs: Configs = root
                .map(|root| (ROOT.to_owned(), root.to_owned()))
                .into_iter()
                .collect();
            let (_, place) = text.split_once(':').unwrap();
            let source = Source {
                text,
                place,
                root: Path::new("/"),
                configs: &configs,
                access: &access,
            };
            match Google::new(&source) {
                Ok(google) => format!("{} {}", google.place.address, google.place.prefix),
                Err(error) => error.to_string(),
            }
        };
        for (text, root, expected) in [
            ("gs://data/a//b/", None, "https://storage.googleapis.com/data a/b"),
            (
                "gs://data",
                Some("http://127.0.0.1:5/"),
                "http://127.0.0.1:5/data ",
            ),
            (
                "gs://data/../b",
                None,
                "the source \"gs://data/../b\" cannot be mounted: there is a .. in it",
            ),
            (
                "gs://data",
                Some("http://example.com"),
                "the setting \"fs.gs.storage.root.url\" cannot be used: it has no TLS, and is not on this machine",
            ),
        ] {
            assert_eq!(read(text, root), expected);
        }
    }
}
