//! [`Transport`]: what sends the requests of an `object_store`: signed anew each time, tried again where that helps,
//! and told apart by what is wrong.
//!
//! Every request of every cloud comes through here, also those for proofs of identity, so that none is sent without a bound
//! and no answer reaches `object_store`, whose errors repeat addresses, unless it is a good one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, IF_NONE_MATCH};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, RetryConfig};
use tokio::time::{sleep, timeout};
use url::Url;

use super::authorize::{Authorize, Explain, Refusal};
use super::failure::{Failure, RemoteError, failure_of};
use super::headers::{ahead, retry_after};
use super::runtime::SILENCE;
use super::spelling::respelled;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// What a connection has to take of a body at least, in bytes a second, in addition to that time.
const SLOWEST: u64 = 64 << 10;
/// The pause after the first try; it doubles, up to the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The longest text of a refusal that is read, in bytes.
const LONGEST_BODY: usize = 64 << 10;

/// How long one request is tried again.
#[derive(Debug, Clone, Copy)]
pub(in crate::storage) struct Patience {
    /// Where the server is busy or out of order, or connections break.
    pub(in crate::storage) busy: Duration,
    /// Where nothing answers: a name that is not known, a port that is closed.
    pub(in crate::storage) absent: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            busy: Duration::from_mins(1),
            absent: Duration::from_secs(2),
        }
    }
}

/// A condition on the end of a multipart upload, which travels in the extensions of its request.
#[derive(Debug, Clone, Copy)]
pub(in crate::storage) struct Condition;

/// Says in the extensions of a request that whoever made it follows where a server sends it on to.
#[derive(Debug, Clone, Copy)]
pub(in crate::storage) struct Redirects;

/// Tells whoever made a request that it may have been carried out although its answer was lost.
#[derive(Debug, Clone, Default)]
pub(in crate::storage) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Returns whether that is so.
    pub(in crate::storage) fn is_there(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Notes that it is so.
    pub(in crate::storage) fn note(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What sends requests to one place.
#[derive(Clone)]
pub(in crate::storage) struct Transport {
    place: Arc<str>,
    client: HttpClient,
    authorize: Option<Arc<dyn Authorize>>,
    explain: Explain,
    patience: Patience,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Prepares to send requests; `is_direct` says that no proxy may come between, as for hosts of this machine.
    pub(in crate::storage) fn new(
        place: &str,
        is_direct: bool,
        explain: Explain,
    ) -> Result<Self, RemoteError> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTING)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .user_agent(concat!("sheaf/", env!("CARGO_PKG_VERSION")));
        let builder = if is_direct { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| {
            let reason = format!("no connections can be made: {}", error.without_url());
            RemoteError::new(place, Failure::Other { reason })
        })?;
        Ok(Self {
            place: place.into(),
            client: HttpClient::new(client),
            authorize: None,
            explain,
            patience: Patience::default(),
        })
    }

    /// Returns the same with a proof of who asks.
    #[must_use]
    pub(in crate::storage) fn with_authorize(mut self, authorize: Arc<dyn Authorize>) -> Self {
        self.authorize = Some(authorize);
        self
    }

    /// Returns the same with another patience.
    #[must_use]
    pub(in crate::storage) fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Returns how an `object_store` is told to try nothing again: all of that is done here.
    pub(in crate::storage) fn no_retries() -> RetryConfig {
        RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        }
    }

    /// Returns an address with which the server itself can read what we can.
    pub(in crate::storage) fn shared(&self, url: Url) -> Url {
        match &self.authorize {
            Some(authorize) => authorize.share(url),
            None => url,
        }
    }

    /// Sends a request, and returns a good answer.
    pub(in crate::storage) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RemoteError> {
        let begun = Instant::now();
        let mut pause = PAUSE;
        let mut has_forgotten = false;
        loop {
            let mut signed = request.clone();
            if request.extensions().get::<Condition>().is_some() {
                signed
                    .headers_mut()
                    .insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            }
            if let Some(authorize) = &self.authorize {
                authorize.authorize(&mut signed).await?;
            }
            let is_signed = is_signed(&signed);
            let (error, wait, patience) = match self.execute(signed).await {
                Ok(answer) if is_good(&request, &answer) => return Ok(answer),
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let asked = retry_after(answer.headers());
                    let refusal = refusal(is_signed, answer).await;
                    let error = self.explained(&refusal);
                    let is_expired =
                        matches!(error.failure, Failure::NoCredentials | Failure::Expired { .. })
                            || status == 401;
                    let can_forget = is_expired && !has_forgotten;
                    if can_forget && self.authorize.as_ref().is_some_and(|proof| proof.forget()) {
                        has_forgotten = true;
                        continue;
                    }
                    if !is_busy(status) {
                        return Err(error);
                    }
                    if status >= 500 {
                        note_doubt(&request);
                    }
                    (
                        error,
                        asked.unwrap_or_else(|| jittered(pause)),
                        self.patience.busy,
                    )
                }
                Err(error) => {
                    let failure = failure_of(&error, host(&request));
                    let patience = match failure {
                        Failure::Tls { .. } => Duration::ZERO,
                        Failure::UnknownHost { .. } | Failure::Down { .. } => self.patience.absent,
                        _ => {
                            note_doubt(&request);
                            self.patience.busy
                        }
                    };
                    (RemoteError::new(&self.place, failure), jittered(pause), patience)
                }
            };
            if begun.elapsed() + wait > patience {
                return Err(error);
            }
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let sending = Duration::from_secs(request.body().content_length() as u64 / SLOWEST);
        match timeout(SILENCE + sending, self.client.execute(request)).await {
            Ok(answer) => answer,
            Err(late) => Err(HttpError::new(HttpErrorKind::Timeout, late)),
        }
    }

    fn explained(&self, refusal: &Refusal) -> RemoteError {
        let skew = refusal.ahead.filter(|seconds| seconds.abs() > 300);
        let of_proof = self.authorize.as_ref().and_then(|proof| proof.explain(refusal));
        let explained = of_proof.or_else(|| (self.explain)(refusal));
        let failure = match (refusal.status, explained, skew) {
            (401 | 403, _, Some(seconds)) => Failure::ClockSkew { seconds },
            (_, Some(failure), _) => failure,
            (401, None, _) if refusal.is_signed => Failure::WrongCredentials,
            (403, None, _) if refusal.is_signed => Failure::Denied,
            (401 | 403, None, _) => Failure::NoCredentials,
            (404 | 410, None, _) => Failure::Missing,
            (409, None, _) => Failure::Exists,
            (412, None, _) => Failure::Replaced,
            (408, None, _) => Failure::TimedOut { waited: SILENCE },
            (429 | 503, None, _) => Failure::Throttled,
            (status @ 500.., None, _) => Failure::Faulty { status },
            (status, None, _) => Failure::Other {
                reason: format!("it refuses (status {status})"),
            },
        };
        let said = match (refusal.code.as_str(), &failure) {
            ("", _) | (_, Failure::Replaced | Failure::Missing | Failure::Exists) => String::new(),
            (code, _) => code
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(60)
                .collect(),
        };
        RemoteError::new(&self.place, failure).saying(&said)
    }
}

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // A kind that `object_store` does not try again.
        let sent = self.send(respelled(request)).await;
        sent.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// Reads an answer that is no good one.
async fn refusal(is_signed: bool, answer: HttpResponse) -> Refusal {
    let status = answer.status().as_u16();
    let ahead = ahead(answer.headers());
    let code = answer.headers().get("x-ms-error-code");
    let code = code
        .and_then(|code| code.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let bytes = match timeout(SILENCE, answer.into_body().bytes()).await {
        Ok(Ok(bytes)) => bytes,
        _ => Bytes::new(),
    };
    let text = String::from_utf8_lossy(bytes.get(..LONGEST_BODY).unwrap_or(&bytes)).into_owned();
    let found = |name| between(&text, name).unwrap_or_default();
    Refusal {
        status,
        code: if code.is_empty() { found("Code") } else { code },
        message: match found("Message") {
            message if message.is_empty() && !text.trim_start().starts_with('<') => text,
            message => message,
        },
        ahead,
        is_signed,
    }
}

fn is_good(request: &HttpRequest, answer: &HttpResponse) -> bool {
    let status = answer.status();
    let is_followed = status.is_redirection() && request.extensions().get::<Redirects>().is_some();
    status.is_success() || status == 304 || is_followed
}

/// Returns the text of a good answer, if it comes in time.
pub(super) async fn body(answer: HttpResponse) -> Result<String, RemoteError> {
    match timeout(SILENCE, answer.into_body().bytes()).await {
        Ok(Ok(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        _ => Err(RemoteError::new("the store", Failure::Broken)),
    }
}

/// Returns whether the same request may be answered in a moment.
fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Returns whether a request has a proof of who asks in it.
fn is_signed(request: &HttpRequest) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let has_secret = request.headers().values().any(HeaderValue::is_sensitive);
    has_secret
        || request.headers().contains_key(AUTHORIZATION)
        || query.contains("sig=")
        || query.contains("Signature=")
}

fn note_doubt(request: &HttpRequest) {
    if let Some(doubt) = request.extensions().get::<Doubt>() {
        doubt.note();
    }
}

/// Returns a pause of a half to the whole of its length, so that many who wait do not come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    let share = getrandom::fill(&mut byte).map_or(255, |()| byte.first().copied().unwrap_or(255));
    pause / 2 + pause / 2 * u32::from(share) / 255
}

/// Returns what stands between a tag of XML and its end, or behind a name in JSON.
pub(super) fn between(text: &str, name: &str) -> Option<String> {
    if let Some((_, rest)) = text.split_once(&format!("<{name}>")) {
        return Some(rest.split_once("</")?.0.to_owned());
    }
    let (_, rest) = text.split_once(&format!("\"{}\"", name.to_lowercase()))?;
    let rest = rest
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    Some(rest.split('"').next()?.to_owned())
}

fn host(request: &HttpRequest) -> &str {
    request.uri().host().unwrap_or("the store")
}

#[cfg(test)]
mod tests {
    use object_store::client::HttpRequestBody;

    use super::super::double::{Double, answer};
    use super::super::runtime;
    use super::*;
    use crate::work::Interrupt;

    /// Sends one request to a server with these answers.
    fn sent(answers: &[&str]) -> (Result<u16, RemoteError>, usize) {
        let double = Double::start(answers);
        let patience = Patience {
            busy: Duration::from_secs(3),
            absent: Duration::from_millis(100),
        };
        let transport = Transport::new("the store", true, |_| None)
            .unwrap()
            .with_patience(patience);
        let request = http::Request::get(double.address())
            .body(HttpRequestBody::empty())
            .unwrap();
        let sent = runtime::wait(
            &Interrupt::default(),
            async move { transport.send(request).await },
        );
        (
            sent.unwrap().map(|answer| answer.status().as_u16()),
            double.requests().len(),
        )
    }

    #[test]
    fn what_a_busy_or_broken_server_does_not_answer_is_tried_again() {
        let ok = answer(200, "", "fine");
        let busy = answer(503, "Retry-After: 0\r\n", "");
        let (sent_at_last, count) = sent(&[&busy, "", &answer(500, "", ""), &ok]);
        assert_eq!((sent_at_last.unwrap(), count), (200, 4));
        let (refused, count) = sent(&[&answer(403, "", "<Error><Code>No</Code></Error>")]);
        let refused = refused.unwrap_err();
        // Nothing in the request said who asks.
        assert!(matches!(refused.failure, Failure::NoCredentials), "{refused:?}");
        assert_eq!(
            (refused.to_string().as_str(), count),
            (
                "the store is not public, and the mount has no credentials (No)",
                1
            )
        );
    }

    #[test]
    fn a_server_that_wants_to_be_left_alone_for_long_is() {
        let (refused, count) = sent(&[&answer(429, "Retry-After: 60\r\n", "")]);
        assert!(matches!(refused.unwrap_err().failure, Failure::Throttled));
        assert_eq!(count, 1);
    }

    #[test]
    fn a_wrong_clock_is_told_by_the_date_of_the_server() {
        let refusal = answer(403, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "");
        let (refused, _) = sent(&[&refusal]);
        match refused.unwrap_err().failure {
            Failure::ClockSkew { seconds } => assert!(seconds > 1_000_000, "{seconds}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn where_nothing_answers_is_said() {
        let patience = Patience {
            busy: Duration::ZERO,
            absent: Duration::ZERO,
        };
        let failure = |address: &str| {
            let transport = Transport::new("the store", true, |_| None)
                .unwrap()
                .with_patience(patience);
            let request = http::Request::get(address)
                .body(HttpRequestBody::empty())
                .unwrap();
            let sent = runtime::wait(
                &Interrupt::default(),
                async move { transport.send(request).await },
            );
            sent.unwrap()
                .map(|answer| answer.status())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(failure("http://127.0.0.1:1/"), "nothing answers at 127.0.0.1");
        assert_eq!(
            failure("http://nowhere.invalid/"),
            "the host nowhere.invalid is not known"
        );
        let double = Double::start(&["no tls"]);
        let said = failure(&double.address().replace("http:", "https:"));
        assert!(
            said.starts_with("the connection to the store is not safe: "),
            "{said}"
        );
    }
}
