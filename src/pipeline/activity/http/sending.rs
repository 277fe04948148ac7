//! Sending a request: bounded in size, stopped when nobody wants the answer any more, and never tried again by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::super::error::ActivityError;
use super::request::{Ready, Request, is_this_machine};
use crate::secret::redaction::redacted;
use crate::secret::{
    Consent, Destination, Origin, Reference, Resolver, SecretError, SecretValue, Secrets, open,
};
use crate::work::Interrupt;

/// How often a waiting request looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long an answer may say nothing; how long all of it may take, the activity's `timeout` says.
const SILENCE: Duration = Duration::from_mins(5);
/// The longest answer, in bytes: it is kept with the run.
const LONGEST: usize = 4 << 20;
/// How much of an answer that says no is quoted, in characters.
const QUOTED: usize = 300;

/// Gives a request the values that scopes send to its host by themselves.
struct Senders<'a>(&'a Secrets, &'a Consent, &'a Origin);

impl Resolver for Senders<'_> {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let Self(secrets, consent, origin) = self;
        secrets.send(references, destination, origin, consent)
    }
}

/// Sends a request once, and returns the answer.
///
/// # Errors
///
/// A secret that may not go there, no answer, or one that says no.
pub(super) fn send(
    request: Request,
    (secrets, consent, origin): (&Secrets, &Consent, &Origin),
    interrupt: &Interrupt,
) -> Result<Value, ActivityError> {
    let host = request.url.host_str().unwrap_or_default().to_owned();
    let no_answer = |reason: String| ActivityError::NoAnswer {
        host: host.clone(),
        reason: redacted(reason),
    };
    let method = request.method.to_string();
    let ready = open(request, &Senders(secrets, consent, origin)).map_err(ActivityError::of)?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| no_answer(error.to_string()))?;
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .user_agent(concat!("sheaf/", env!("CARGO_PKG_VERSION")));
    let builder = if is_this_machine(&ready.url) {
        builder.no_proxy()
    } else {
        builder
    };
    let client = builder.build().map_err(|error| no_answer(reason(error)))?;
    let answer = runtime.block_on(async {
        let mut work = Box::pin(exchange(&client, ready));
        loop {
            match timeout(POLL, &mut work).await {
                Ok(answer) => return answer.map_err(no_answer),
                Err(_) if interrupt.is_set() => return Err(ActivityError::Interrupted),
                Err(_) => {}
            }
        }
    })?;
    if answer.status < 400 {
        return Ok(answer.into_output());
    }
    Err(ActivityError::Status {
        status: answer.status,
        method,
        body: redacted(answer.text().trim().chars().take(QUOTED).collect()),
        host,
    })
}

/// An answer.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Writes it as an output: the body as JSON where it says that it is that, or else as text.
    fn into_output(self) -> Value {
        let is_json = self.headers.get(CONTENT_TYPE).is_some_and(|kind| {
            let kind = String::from_utf8_lossy(kind.as_bytes()).to_lowercase();
            kind.contains("json")
        });
        let body = is_json.then(|| serde_json::from_slice(&self.body).ok()).flatten();
        let body = body.unwrap_or_else(|| Value::String(self.text()));
        // A cookie is as good as a password.
        let headers = self.headers.iter().filter(|(name, _)| *name != SET_COOKIE);
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), Value::String(value))
        });
        json!({ "status": self.status, "headers": headers.collect::<Map<_, _>>(), "body": body })
    }
}

async fn exchange(client: &Client, ready: Ready) -> Result<Answer, String> {
    let mut request = client.request(ready.method, ready.url);
    for (name, value) in ready.headers {
        request = request.header(name, value);
    }
    if let Some(body) = ready.body {
        request = request.body(body);
    }
    let mut response = request.send().await.map_err(reason)?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: body(&mut response).await?,
    })
}

async fn body(response: &mut Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reason)? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(format!("its answer is longer than {} MiB", LONGEST >> 20));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Says what failed, without the address.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    reason
}
