//! [`S3Upload`]: a large file on its way to a bucket in parts, whose last request can be that nothing is replaced.
//!
//! An `ObjectStore` knows that condition for copies alone. The answer to the last request can be an error although its status
//! is a good one, as a bucket may work on it for minutes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{MultipartId, MultipartUpload, PutPayload, PutResult, UploadPart};
use tokio::time::{sleep, timeout};
use url::Url;

use super::refusal::explain;
use crate::storage::remote::authorize::Refusal;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::spelling;
use crate::storage::remote::transport::{Doubt, Transport, between};

/// How long a bucket may work on putting parts together.
const JOINING: Duration = Duration::from_mins(10);
/// How often it is asked to where it says in a good answer that it could not, and the pause before.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);

/// An upload in parts.
pub(super) struct S3Upload {
    pub(super) store: Arc<dyn MultipartStore>,
    pub(super) transport: Transport,
    /// The address of the object, and its path for an `ObjectStore`.
    pub(super) address: Url,
    pub(super) path: Path,
    pub(super) id: MultipartId,
    pub(super) is_new: bool,
    pub(super) doubt: Doubt,
    pub(super) count: usize,
    /// The tags of the parts that arrived, by their numbers.
    pub(super) tags: Arc<Mutex<BTreeMap<usize, String>>>,
}

impl fmt::Debug for S3Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Upload")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl S3Upload {
    /// Returns the request that puts the parts together.
    fn joining(&self) -> Result<HttpRequest, RemoteError> {
        let mut address = self.address.clone();
        address.set_query(Some(&spelling::query(&[("uploadId", self.id.clone())])));
        let mut body =
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for (number, tag) in &*self.tags.lock().unwrap_or_else(PoisonError::into_inner) {
            let tag = quick_xml::escape::escape(tag.as_str());
            let part = format!(
                "<Part><ETag>{tag}</ETag><PartNumber>{}</PartNumber></Part>",
                number + 1
            );
            body.push_str(&part);
        }
        body.push_str("</CompleteMultipartUpload>");
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(address.as_str())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/xml"))
            .extension(self.doubt.clone())
            .body(HttpRequestBody::from(body));
        let mut request = request.map_err(|_| unread())?;
        if self.is_new {
            request
                .headers_mut()
                .insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        Ok(request)
    }

    async fn join(&self) -> Result<(), RemoteError> {
        let mut tries = 1;
        loop {
            let answer = self.transport.send(self.joining()?).await?;
            let text = match timeout(JOINING, answer.into_body().bytes()).await {
                Ok(Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
                _ => String::new(),
            };
            if text.contains("<CompleteMultipartUploadResult") {
                return Ok(());
            }
            self.doubt.note();
            let refusal = Refusal {
                status: 200,
                code: between(&text, "Code").unwrap_or_default(),
                message: String::new(),
                ahead: None,
                is_signed: true,
            };
            let is_busy = matches!(
                refusal.code.as_str(),
                "" | "InternalError" | "SlowDown" | "ServiceUnavailable"
            );
            if !is_busy || tries >= TRIES {
                return Err(
                    explain(&refusal).map_or_else(unread, |failure| RemoteError::new("the store", failure))
                );
            }
            sleep(PAUSE * tries).await;
            tries += 1;
        }
    }
}

fn unread() -> RemoteError {
    let reason = "it does not say that it has put the parts together".to_owned();
    RemoteError::new("the store", Failure::Other { reason })
}

#[async_trait]
impl MultipartUpload for S3Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let number = self.count;
        self.count += 1;
        let (store, path, id) = (Arc::clone(&self.store), self.path.clone(), self.id.clone());
        let tags = Arc::clone(&self.tags);
        Box::pin(async move {
            let part = store.put_part(&path, &id, number, data).await?;
            tags.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number, part.content_id);
            Ok(())
        })
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        self.join().await.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.store.abort_multipart(&self.path, &self.id).await
    }
}
