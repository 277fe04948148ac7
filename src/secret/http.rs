//! [`HttpClient`]: requests that carry secrets: bounded in time and size, tried again where that helps, stopped when nobody
//! wants the answer any more.
//!
//! Redirects are not followed: what goes to one host must not go to another because that host says so.

use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use crate::work::Interrupt;

/// How often a waiting request looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(3);
/// How often a request is tried.
const TRIES: u32 = 4;
/// The pause after the first try; it doubles.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest answer, in bytes.
const LONGEST: usize = 4 << 20;

/// What makes requests, one after another.
pub(super) struct HttpClient {
    runtime: Runtime,
    client: Client,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("interrupted")]
    Interrupted,
    #[error("it did not answer within {:.1} seconds", .0.as_secs_f32())]
    Late(Duration),
    #[error("{0}")]
    Failed(String),
    #[error("its answer is too long")]
    TooLong,
}

impl HttpClient {
    /// Creates a client; `is_direct` says that no proxy may come between, as for hosts of this machine and its network.
    pub(super) fn new(is_direct: bool) -> Result<Self, HttpError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECTING)
            .user_agent(concat!("sheaf/", env!("CARGO_PKG_VERSION")));
        let builder = if is_direct { builder.no_proxy() } else { builder };
        Ok(Self {
            runtime: runtime.map_err(|error| HttpError::Failed(error.to_string()))?,
            client: builder.build().map_err(failed)?,
        })
    }

    /// Makes a request, again where the server is busy, all within `bound`.
    ///
    /// An answer of any status is one; that of a server that stays busy, too.
    pub(super) fn send(
        &self,
        bound: Duration,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Reply, HttpError> {
        let deadline = Instant::now() + bound;
        let interrupt = Interrupt::of_thread();
        let work = async {
            let mut pause = PAUSE;
            for attempt in 1.. {
                let answer = self.attempt(request(&self.client)).await;
                let wait = match &answer {
                    Ok(answer) if is_busy(answer.status) => retry_after(&answer.headers).unwrap_or(pause),
                    // A name that is not known or a port that is closed may be so for a moment.
                    Err(HttpError::Failed(_)) => pause,
                    _ => return answer,
                };
                if attempt == TRIES || Instant::now() + wait >= deadline {
                    return answer;
                }
                sleep(wait).await;
                pause *= 2;
            }
            Err(HttpError::Late(bound))
        };
        let wanted = async {
            let mut work = Box::pin(work);
            loop {
                if let Ok(answer) = timeout(POLL, &mut work).await {
                    return answer;
                }
                if interrupt.is_set() {
                    return Err(HttpError::Interrupted);
                }
                if Instant::now() >= deadline {
                    return Err(HttpError::Late(bound));
                }
            }
        };
        self.runtime.block_on(wanted)
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Reply, HttpError> {
        let mut response = request.send().await.map_err(failed)?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body(&mut response).await?,
        })
    }
}

async fn body(response: &mut Response) -> Result<Zeroizing<Vec<u8>>, HttpError> {
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    // Large enough at once: a buffer that grows leaves copies behind that nobody zeroes.
    let capacity = announced.unwrap_or(64 << 10).min(LONGEST);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(HttpError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Returns whether the same request may be answered in a moment.
fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// Returns how long a busy server wants to be left alone.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Says what failed, without the address: it can have a secret in it.
fn failed(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    HttpError::Failed(reason)
}
