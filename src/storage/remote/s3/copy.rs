//! Copies of large objects inside a bucket, in parts: no request takes long, several run at the same time, and no object is
//! too large for it.
//!
//! One request copies 5 GB at most, works on it for minutes, and says nothing meanwhile. All parts are of one version.

use std::sync::Arc;

use futures::StreamExt as _;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, GetOptions, GetResult, MultipartId, MultipartUpload as _, ObjectMeta, ObjectStore,
};
use url::Url;

use super::refusal::explain;
use super::upload::S3Upload;
use crate::storage::remote::authorize::Refusal;
use crate::storage::remote::bucket;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::generic::{self, bare, quoted};
use crate::storage::remote::runtime;
use crate::storage::remote::service::ServerCopy;
use crate::storage::remote::spelling;
use crate::storage::remote::transport::{Doubt, Transport, between, body};

/// The largest object that is copied by one request, in bytes; it and the length of a part are those of Hadoop.
pub(super) const LARGE: u64 = 128 << 20;
/// How long a part is at least, in bytes.
const PART: u64 = 64 << 20;
/// How many parts an object has at most.
const MOST: u64 = 10_000;
/// How many parts are copied at the same time.
const TOGETHER: usize = 4;

/// A bucket in which something is copied.
pub(super) struct CopyPlace<'a> {
    pub(super) store: &'a Arc<dyn ObjectStore>,
    /// The same store, for uploads in parts.
    pub(super) parts: &'a Arc<dyn MultipartStore>,
    pub(super) transport: &'a Transport,
    pub(super) name: &'a str,
    pub(super) address: &'a str,
}

/// Copies an object in parts; returns `false`, and does nothing, where it is not large or the service cannot do so.
pub(super) async fn in_parts(bucket: &CopyPlace<'_>, copy: &ServerCopy) -> Result<bool, RemoteError> {
    let options = GetOptions {
        head: true,
        ..GetOptions::default()
    };
    let found = bucket.store.get_opts(&generic::path(&copy.from)?, options).await;
    let GetResult { meta, attributes, .. } = found.map_err(generic::failed)?;
    let is_same = |wanted: &String| meta.e_tag.as_deref().map(bare) == Some(bare(wanted));
    if !copy.etag.as_ref().is_none_or(is_same) {
        return Err(RemoteError::new("the store", Failure::Replaced));
    }
    if meta.size <= LARGE {
        return Ok(false);
    }
    let address = spelling::url(bucket.address, &copy.to)?;
    let begun = match begin(bucket.transport, &address, &attributes).await {
        Err(error) if matches!(error.failure, Failure::Unsupported { .. }) => return Ok(false),
        begun => begun?,
    };
    let path = generic::path(&copy.to)?;
    let unfinished = UnfinishedCopy {
        upload: Some((Arc::clone(bucket.parts), path.clone(), begun.clone())),
    };
    let tags = match parts(bucket, copy, &meta, &address, &begun).await {
        Err(error) if matches!(error.failure, Failure::Unsupported { .. }) => return Ok(false),
        tags => tags?,
    };
    let doubt = Doubt::default();
    let mut upload = S3Upload {
        store: Arc::clone(bucket.parts),
        transport: bucket.transport.clone(),
        address,
        path,
        id: begun,
        is_new: !copy.overwrite,
        doubt: doubt.clone(),
        count: tags.len(),
        tags: Arc::new(std::sync::Mutex::new(tags.into_iter().collect())),
    };
    let joined = upload.complete().await.map_err(generic::failed);
    joined.map_err(|error| match error.failure {
        // It is over, and nobody knows how it ended.
        Failure::Missing if doubt.is_there() => RemoteError::new("the store", Failure::Broken),
        _ => error,
    })?;
    unfinished.finish();
    Ok(true)
}

/// Begins the copy, which is to say of itself what the object says.
async fn begin(transport: &Transport, address: &Url, said: &Attributes) -> Result<MultipartId, RemoteError> {
    let mut address = address.clone();
    address.set_query(Some(&spelling::query(&[("uploads", String::new())])));
    let mut request = bucket::request(Method::POST, &address)?;
    for (attribute, value) in said {
        let name = match attribute {
            Attribute::CacheControl => CACHE_CONTROL,
            Attribute::ContentDisposition => CONTENT_DISPOSITION,
            Attribute::ContentEncoding => CONTENT_ENCODING,
            Attribute::ContentLanguage => CONTENT_LANGUAGE,
            Attribute::ContentType => CONTENT_TYPE,
            Attribute::Metadata(name) => {
                let name = HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes());
                name.map_err(|_| unread())?
            }
            // A copy is of the usual class, as one by one request is.
            _ => continue,
        };
        let value = HeaderValue::from_str(value.as_ref()).map_err(|_| unread())?;
        request.headers_mut().insert(name, value);
    }
    let text = body(transport.send(request).await?).await?;
    let id = between(&text, "UploadId").ok_or_else(unread)?;
    let id = quick_xml::escape::unescape(&id).map_err(|_| unread())?;
    Ok(id.into_owned())
}

/// Copies all parts; returns their tags by their numbers.
async fn parts(
    bucket: &CopyPlace<'_>,
    copy: &ServerCopy,
    found: &ObjectMeta,
    address: &Url,
    id: &str,
) -> Result<Vec<(usize, String)>, RemoteError> {
    let size = found.size;
    let length = PART.max(size.div_ceil(MOST));
    // The path of the object in its bucket, spelled as in an address.
    let from = spelling::url("http://source", &copy.from)?;
    let from = HeaderValue::from_str(&format!("/{}{}", bucket.name, from.path())).map_err(|_| unread())?;
    let etag = found.e_tag.as_deref().map(quoted);
    let etag = etag.map(|etag| HeaderValue::from_str(&etag)).transpose();
    let etag = etag.map_err(|_| unread())?;
    let count = usize::try_from(size.div_ceil(length)).unwrap_or(usize::MAX);
    let part = |number: usize| {
        let (from, etag, mut address) = (from.clone(), etag.clone(), address.clone());
        async move {
            let start = number as u64 * length;
            let end = (start + length).min(size);
            let query = [
                ("partNumber", (number + 1).to_string()),
                ("uploadId", id.to_owned()),
            ];
            address.set_query(Some(&spelling::query(&query)));
            let mut request = bucket::request(Method::PUT, &address)?;
            let headers = request.headers_mut();
            headers.insert("x-amz-copy-source", from);
            let range = HeaderValue::from_str(&format!("bytes={start}-{}", end - 1));
            headers.insert("x-amz-copy-source-range", range.map_err(|_| unread())?);
            if let Some(etag) = etag {
                headers.insert("x-amz-copy-source-if-match", etag);
            }
            let text = body(bucket.transport.send(request).await?).await?;
            // A good status can have an error behind it.
            let tag = between(&text, "ETag").ok_or_else(|| refused(&text))?;
            let tag = quick_xml::escape::unescape(&tag).map_err(|_| unread())?;
            copy.told.advance(end - start);
            Ok((number, tag.into_owned()))
        }
    };
    let mut running = futures::stream::iter((0..count).map(part)).buffer_unordered(TOGETHER);
    let mut tags = Vec::with_capacity(count);
    while let Some(tag) = running.next().await {
        tags.push(tag?);
    }
    Ok(tags)
}

fn refused(text: &str) -> RemoteError {
    let refusal = Refusal {
        status: 200,
        code: between(text, "Code").unwrap_or_default(),
        message: String::new(),
        ahead: None,
        is_signed: true,
    };
    explain(&refusal).map_or_else(unread, |failure| RemoteError::new("the store", failure))
}

fn unread() -> RemoteError {
    let reason = "what it says of a copy cannot be read".to_owned();
    RemoteError::new("the store", Failure::Other { reason })
}

/// A copy that leaves nothing behind where it is stopped, or fails.
struct UnfinishedCopy {
    upload: Option<(Arc<dyn MultipartStore>, Path, MultipartId)>,
}

impl UnfinishedCopy {
    fn finish(mut self) {
        self.upload = None;
    }
}

impl Drop for UnfinishedCopy {
    fn drop(&mut self) {
        let (Some((store, path, id)), Ok(handle)) = (self.upload.take(), runtime::handle()) else {
            return;
        };
        handle.spawn(async move {
            let _ = store.abort_multipart(&path, &id).await;
        });
    }
}
