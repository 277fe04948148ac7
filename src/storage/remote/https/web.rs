//! [`Web`]: a web server as an `ObjectStore` that gives files, and does nothing else.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use http::Method;
use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    LAST_MODIFIED, LOCATION, RANGE,
};
use object_store::client::{HttpError, HttpRequest, HttpRequestBody, HttpResponse};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use tokio::sync::Mutex;
use url::Url;

use super::whole::{Incoming, Wholes, unkept};
use crate::storage::remote::authorize::Authorize;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::headers::http_date;
use crate::storage::remote::place::is_this_machine;
use crate::storage::remote::service::Objects;
use crate::storage::remote::spelling::key_of;
use crate::storage::remote::transport::{Redirects, Transport};

/// How often a server may send a request on to another address.
const REDIRECTS: usize = 5;

/// Headers that prove to one server who asks.
pub(super) struct Proof {
    server: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Proof {
    pub(super) fn new(server: &Url, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            server: server.clone(),
            headers,
        }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof").finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Proof {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        // Whoever a server sends a request on to is not told.
        let address = Url::parse(&request.uri().to_string());
        if address.is_ok_and(|address| address.origin() == self.server.origin()) {
            for (name, value) in &self.headers {
                request.headers_mut().insert(name, value.clone());
            }
        }
        Ok(())
    }
}

/// A server.
pub(super) struct Web {
    store: Arc<dyn ObjectStore>,
}

impl Web {
    /// Takes a server; `folder` is where files are while they are read that it only sends whole.
    pub(super) fn new(transport: Transport, server: Url, folder: Option<PathBuf>) -> Self {
        Self {
            store: Arc::new(WebFiles {
                transport,
                server,
                knows_ranges: AtomicBool::new(false),
                asking: Mutex::default(),
                wholes: Wholes::new(folder),
            }),
        }
    }
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").finish_non_exhaustive()
    }
}

impl Objects for Web {
    fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }
}

/// The files of a server.
#[derive(Debug)]
struct WebFiles {
    transport: Transport,
    server: Url,
    /// Whether it sends the part of a file that is asked for, and never yet sent one whole instead.
    knows_ranges: AtomicBool,
    /// Held by who asks for a part while that is not known, so that no file comes whole twice.
    asking: Mutex<()>,
    wholes: Wholes,
}

impl WebFiles {
    /// Sends a request, and follows where it is sent on to.
    async fn ask(
        &self,
        method: &Method,
        path: &Path,
        headers: &HeaderMap,
    ) -> Result<HttpResponse, RemoteError> {
        let wrong = |reason: &str| {
            let reason = reason.to_owned();
            RemoteError::new("the server", Failure::Other { reason })
        };
        let mut url = self.server.clone();
        // Servers know what follows as a question about the file.
        let key = key_of(path.as_ref()).unwrap_or_else(|| path.to_string());
        let (file, query) = match key.split_once('?') {
            Some((file, query)) => (file, Some(query)),
            None => (key.as_str(), None),
        };
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.clear().extend(file.split('/'));
        }
        url.set_query(query);
        for _ in 0..=REDIRECTS {
            let mut request = http::Request::builder()
                .method(method.clone())
                .uri(url.as_str())
                .body(HttpRequestBody::empty())
                .map_err(|_| wrong("it sends on to what is no address"))?;
            *request.headers_mut() = headers.clone();
            // The bytes are wanted as they are: ranges and sizes are of those.
            let identity = HeaderValue::from_static("identity");
            request.headers_mut().insert(ACCEPT_ENCODING, identity);
            request.extensions_mut().insert(Redirects);
            let answer = self.transport.send(request).await?;
            if !answer.status().is_redirection() || answer.status() == 304 {
                return Ok(answer);
            }
            let next = text(answer.headers(), &LOCATION).and_then(|next| url.join(&next).ok());
            url = next.ok_or_else(|| wrong("it sends on to what is no address"))?;
            let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_this_machine(&url);
            if !is_safe {
                return Err(wrong("it sends on to an address without TLS"));
            }
        }
        Err(wrong("it sends from one address to the next without an end"))
    }

    /// Describes a file, and forgets what is here of other versions.
    async fn head(&self, path: &Path) -> Result<ObjectMeta, RemoteError> {
        let meta = self.look(path).await?;
        self.wholes.keep_only(&meta);
        Ok(meta)
    }

    /// Describes a file; servers that do not know the question are asked for its first byte.
    async fn look(&self, path: &Path) -> Result<ObjectMeta, RemoteError> {
        let refused = match self.ask(&Method::HEAD, path, &HeaderMap::new()).await {
            Ok(answer) => match meta(path, answer.headers(), size(answer.headers())) {
                Some(meta) => return Ok(meta),
                None => None,
            },
            Err(error) if is_of_method(&error.failure) => Some(error),
            Err(error) => return Err(error),
        };
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-0"));
        let answer = self.ask(&Method::GET, path, &headers).await;
        let answer = answer.map_err(|error| refused.unwrap_or(error))?;
        let size =
            whole(answer.headers()).or_else(|| size(answer.headers()).filter(|_| answer.status() == 200));
        meta(path, answer.headers(), size).ok_or_else(unmeasured)
    }

    async fn get(&self, path: &Path, options: GetOptions) -> Result<GetResult, RemoteError> {
        if options.head {
            return Ok(result(self.head(path).await?, 0..0, stream::empty().boxed()));
        }
        let etag = options.if_match.as_deref();
        let wanted = match options.range {
            Some(GetRange::Bounded(range)) => range,
            Some(GetRange::Offset(start)) => start..u64::MAX,
            Some(GetRange::Suffix(_)) | None => 0..u64::MAX,
        };
        let is_known = self.knows_ranges.load(Ordering::SeqCst) || wanted == (0..u64::MAX);
        let _asking = if is_known {
            None
        } else {
            Some(self.asking.lock().await)
        };
        if let Some(whole) = self.wholes.find(path, etag) {
            if whole.is_broken().await {
                let (now, incoming) = self.whole(path, etag).await?;
                if !whole.is_of(&now) {
                    self.wholes.forget(&whole);
                    return Err(RemoteError::new("the server", Failure::Replaced));
                }
                whole.resume(incoming).await;
            }
            return Ok(result(whole.meta.clone(), wanted.clone(), whole.part(wanted)));
        }
        let mut headers = HeaderMap::new();
        if wanted != (0..u64::MAX) {
            let last = match wanted.end {
                u64::MAX => String::new(),
                end => end.saturating_sub(1).to_string(),
            };
            if let Ok(range) = HeaderValue::from_str(&format!("bytes={}-{last}", wanted.start)) {
                headers.insert(RANGE, range);
            }
        }
        on_condition(&mut headers, etag);
        let answer = self.ask(&Method::GET, path, &headers).await?;
        let is_part = answer.status() == 206;
        let length = if is_part {
            whole(answer.headers())
        } else {
            size(answer.headers())
        };
        let meta = meta(path, answer.headers(), length).ok_or_else(unmeasured)?;
        let stream = answer.into_body().bytes_stream();
        if is_part || wanted == (0..u64::MAX) {
            if is_part {
                self.knows_ranges.store(true, Ordering::SeqCst);
            }
            let stream = stream.map(|bytes| bytes.map_err(broken)).boxed();
            return Ok(result(meta, wanted, stream));
        }
        self.knows_ranges.store(false, Ordering::SeqCst);
        let whole = self.wholes.add(meta, stream);
        let whole = whole.map_err(|error| unkept(&error))?;
        Ok(result(whole.meta.clone(), wanted.clone(), whole.part(wanted)))
    }

    /// Asks for a whole file, in this version.
    async fn whole(&self, path: &Path, etag: Option<&str>) -> Result<(ObjectMeta, Incoming), RemoteError> {
        let mut headers = HeaderMap::new();
        on_condition(&mut headers, etag);
        let answer = self.ask(&Method::GET, path, &headers).await?;
        let meta = meta(path, answer.headers(), size(answer.headers())).ok_or_else(unmeasured)?;
        Ok((meta, answer.into_body().bytes_stream()))
    }
}

/// Asks for one version alone; a weak one never fits a condition, and is compared when the answer is there.
fn on_condition(headers: &mut HeaderMap, etag: Option<&str>) {
    let strong = etag.filter(|etag| !etag.starts_with("W/"));
    if let Some(etag) = strong.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(IF_MATCH, etag);
    }
}

fn result(
    meta: ObjectMeta,
    range: Range<u64>,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
) -> GetResult {
    GetResult {
        payload: GetResultPayload::Stream(stream),
        range: range.start..range.end.min(meta.size),
        meta,
        attributes: Attributes::default(),
    }
}

/// Describes a file; `None` where its size is not known.
fn meta(path: &Path, headers: &HeaderMap, size: Option<u64>) -> Option<ObjectMeta> {
    let modified = text(headers, &LAST_MODIFIED).and_then(|date| http_date(&date));
    Some(ObjectMeta {
        location: path.clone(),
        // This moment says that none is known.
        last_modified: modified.unwrap_or(UNIX_EPOCH).into(),
        size: size?,
        e_tag: text(headers, &ETAG),
        version: None,
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Returns the size of what is sent.
fn size(headers: &HeaderMap) -> Option<u64> {
    text(headers, &CONTENT_LENGTH)?.parse().ok()
}

/// Returns the size of the file that a part is sent of.
fn whole(headers: &HeaderMap) -> Option<u64> {
    let range = text(headers, &CONTENT_RANGE)?;
    range.rsplit_once('/')?.1.parse().ok()
}

/// Returns whether a server may refuse the question for the reason that it answers none of this kind.
fn is_of_method(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Denied | Failure::NoCredentials | Failure::Faulty { status: 501 } | Failure::Other { .. }
    )
}

fn unmeasured() -> RemoteError {
    let reason = "it does not say how long the file is".to_owned();
    RemoteError::new("the server", Failure::Other { reason })
}

fn broken(error: HttpError) -> Error {
    Error::Generic {
        store: "web",
        source: Box::new(error),
    }
}

fn refused(error: RemoteError) -> Error {
    Error::Generic {
        store: "web",
        source: Box::new(error),
    }
}

fn unsupported(operation: &str) -> Error {
    Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: "a web server".to_owned(),
    }
}

impl fmt::Display for WebFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a web server")
    }
}

#[async_trait]
impl ObjectStore for WebFiles {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.get(path, options).await.map_err(refused)
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> object_store::Result<PutResult> {
        Err(unsupported("put"))
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Err(unsupported("put"))
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        stream::once(async { Err(unsupported("delete")) }).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        stream::once(async { Err(unsupported("list")) }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> object_store::Result<ListResult> {
        Err(unsupported("list"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> object_store::Result<()> {
        Err(unsupported("copy"))
    }
}
