//! [`Blobs`]: the requests of Azure's own that `object_store` has not, or not with a condition.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CONTENT_LENGTH, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderValue, Method};
use object_store::client::{HttpRequest, HttpRequestBody, HttpResponse};
use object_store::{Attribute, AttributeValue, Attributes, ObjectStore, PutMode, PutOptions};
use tokio::time::{sleep, timeout};
use url::Url;

use super::list;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::generic::{self, quoted};
use crate::storage::remote::runtime::SILENCE;
use crate::storage::remote::service::{Objects, Page, ServerCopy, Wanted};
use crate::storage::remote::spelling::{self, url};
use crate::storage::remote::transport::Transport;

/// The version of the interface, the same as that of `object_store`.
const VERSION: HeaderValue = HeaderValue::from_static("2023-11-03");
/// The metadata by which Hadoop and Databricks mark a folder.
const IS_FOLDER: &str = "hdi_isfolder";
/// The pause before it is looked again how far a copy is.
const COPYING: Duration = Duration::from_millis(500);

/// A container.
#[derive(Debug)]
pub(super) struct Blobs {
    store: Arc<dyn ObjectStore>,
    transport: Transport,
    address: String,
}

impl Blobs {
    pub(super) fn new(store: Arc<dyn ObjectStore>, transport: Transport, address: &str) -> Self {
        Self {
            store,
            transport,
            address: address.to_owned(),
        }
    }

    fn request(method: Method, url: &Url) -> Result<HttpRequest, RemoteError> {
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("x-ms-version", VERSION)
            .header(CONTENT_LENGTH, HeaderValue::from_static("0"))
            .body(HttpRequestBody::empty());
        request.map_err(|_| spelling::bad_name(url.path()))
    }

    /// Waits for a copy that Azure carries out by and by.
    async fn copied(&self, answer: HttpResponse, to: &Url) -> Result<(), RemoteError> {
        let mut status = status(&answer);
        loop {
            match status.as_deref() {
                None | Some("success") => return Ok(()),
                Some("pending") => sleep(COPYING).await,
                Some(_) => {
                    let reason = "the copy was given up by the store".to_owned();
                    return Err(RemoteError::new("the store", Failure::Other { reason }));
                }
            }
            status = self::status(&self.transport.send(Self::request(Method::HEAD, to)?).await?);
        }
    }
}

/// Returns how far a copy is.
fn status(answer: &HttpResponse) -> Option<String> {
    let status = answer.headers().get("x-ms-copy-status")?;
    Some(status.to_str().ok()?.to_owned())
}

fn header(text: &str) -> Result<HeaderValue, RemoteError> {
    HeaderValue::from_str(text).map_err(|_| spelling::bad_name(text))
}

#[async_trait]
impl Objects for Blobs {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    async fn page(&self, wanted: &Wanted) -> Result<Page, RemoteError> {
        let mut url = spelling::url(&self.address, "")?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("restype", "container")
                .append_pair("comp", "list")
                .append_pair("include", "metadata");
            if !wanted.prefix.is_empty() {
                query.append_pair("prefix", &wanted.prefix);
            }
            if !wanted.is_deep {
                query.append_pair("delimiter", "/");
            }
            if let Some(after) = &wanted.after {
                query.append_pair("marker", after);
            }
            if let Some(most) = wanted.most {
                query.append_pair("maxresults", &most.to_string());
            }
        }
        let answer = self.transport.send(Self::request(Method::GET, &url)?).await?;
        let body = timeout(SILENCE, answer.into_body().bytes()).await;
        let page = match body {
            Ok(Ok(body)) => list::page(&String::from_utf8_lossy(&body)),
            _ => return Err(RemoteError::new("the store", Failure::Broken)),
        };
        page.ok_or_else(|| {
            let reason = "what it lists cannot be read".to_owned();
            RemoteError::new("the store", Failure::Other { reason })
        })
    }

    async fn delete(&self, key: &str, etag: Option<&str>) -> Result<(), RemoteError> {
        let mut request = Self::request(Method::DELETE, &url(&self.address, key)?)?;
        if let Some(etag) = etag {
            request.headers_mut().insert(IF_MATCH, header(&quoted(etag))?);
        }
        self.transport.send(request).await.map(drop)
    }

    async fn copy(&self, copy: &ServerCopy) -> Result<bool, RemoteError> {
        let to = url(&self.address, &copy.to)?;
        let from = self.transport.shared(url(&copy.container, &copy.from)?);
        let mut request = Self::request(Method::PUT, &to)?;
        let mut source = header(from.as_str())?;
        // It can have a signature in it.
        source.set_sensitive(true);
        request.headers_mut().insert("x-ms-copy-source", source);
        if let Some(etag) = &copy.etag {
            request
                .headers_mut()
                .insert("x-ms-source-if-match", header(&quoted(etag))?);
        }
        if !copy.overwrite {
            request
                .headers_mut()
                .insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        let answer = self.transport.send(request).await?;
        self.copied(answer, &to).await.map(|()| true)
    }

    async fn mark_folder(&self, key: &str) -> Result<(), RemoteError> {
        let mut options = PutOptions::from(PutMode::Create);
        let name = Attribute::Metadata(IS_FOLDER.into());
        options.attributes = Attributes::from_iter([(name, AttributeValue::from("true"))]);
        let put = self
            .store
            .put_opts(&generic::path(key)?, Vec::new().into(), options)
            .await;
        put.map(drop).map_err(generic::failed)
    }

    fn is_marker(&self, attributes: &Attributes) -> bool {
        let mark = |(name, value): (&Attribute, &AttributeValue)| {
            matches!(name, Attribute::Metadata(name) if name.eq_ignore_ascii_case(IS_FOLDER))
                && value.eq_ignore_ascii_case("true")
        };
        attributes.iter().any(mark)
    }

    fn ends_uploads_conditionally(&self) -> bool {
        true
    }
}
