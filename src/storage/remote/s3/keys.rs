//! [`Keys`]: what requests are signed with, those that stay and those that are replaced; [`Signer`]: what signs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use object_store::aws::{AwsAuthorizer, AwsCredential, AwsCredentialProvider};
use object_store::client::{HttpRequest, HttpRequestBody};
use tokio::sync::Mutex;
use url::Url;

use super::place::{self, S3Place};
use super::refusal::explain;
use super::settings::{Role, STS_ENDPOINT};
use crate::secret::SecretValue;
use crate::storage::remote::authorize::Authorize;
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::place::is_this_machine;
use crate::storage::remote::settings::unfit;
use crate::storage::remote::transport::{Transport, between, body};

/// How long before their end keys of a role are replaced.
const SPARE: Duration = Duration::from_mins(5);
/// What a role is told of who takes it, where the settings do not say.
const SESSION: &str = "sheaf";

/// Returns a value that can be in a header.
pub(super) fn plain(value: &SecretValue) -> Option<String> {
    let text = value.expose_text()?.trim();
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    is_plain.then(|| text.to_owned())
}

/// Where keys come from.
pub(super) enum Keys {
    /// There are none: nobody is named.
    Nobody,
    /// Keys that stay the same.
    Fixed(Arc<AwsCredential>),
    /// What replaces keys by itself.
    Provided(AwsCredentialProvider),
    /// The same of the machine; only a bucket that is not public makes it ask there.
    Machine {
        provider: AwsCredentialProvider,
        is_asked: AtomicBool,
    },
    /// A role that is taken with other keys.
    Role(Box<AssumedRole>),
}

impl Keys {
    pub(super) fn fixed(key_id: String, secret_key: String, token: Option<String>) -> Self {
        Self::Fixed(Arc::new(AwsCredential {
            key_id,
            secret_key,
            token,
        }))
    }

    /// Returns the keys to sign with now.
    pub(super) async fn now(&self, name: &str) -> Result<Option<Arc<AwsCredential>>, RemoteError> {
        let provider = match self {
            Self::Nobody => return Ok(None),
            Self::Fixed(keys) => return Ok(Some(Arc::clone(keys))),
            Self::Role(role) => return Box::pin(role.keys()).await.map(Some),
            Self::Machine { is_asked, .. } if !is_asked.load(Ordering::SeqCst) => return Ok(None),
            Self::Provided(provider) | Self::Machine { provider, .. } => provider,
        };
        let is_machine = matches!(self, Self::Machine { .. });
        provider.get_credential().await.map(Some).map_err(|error| {
            let error = RemoteError::of(name, &error);
            if is_machine {
                return RemoteError::new(name, Failure::NoCredentials);
            }
            RemoteError::new(
                name,
                Failure::Identity {
                    reason: format!("what the environment names gives no keys: {error}"),
                    hint: "check the variables AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_CONTAINER_…"
                        .to_owned(),
                },
            )
        })
    }
}

/// What signs requests to one service.
pub(super) struct Signer {
    service: &'static str,
    keys: Keys,
    region: String,
    name: String,
}

impl Signer {
    pub(super) fn new(service: &'static str, keys: Keys, region: &str, name: &str) -> Self {
        Self {
            service,
            keys,
            region: region.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Signer {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        let Some(keys) = self.keys.now(&self.name).await? else {
            return Ok(());
        };
        // What is in several pieces is protected by TLS alone.
        let is_whole = request.body().is_empty() || request.body().as_bytes().is_some();
        AwsAuthorizer::new(&keys, self.service, &self.region)
            .with_sign_payload(is_whole)
            .authorize(request, None);
        for (name, value) in request.headers_mut() {
            if name == AUTHORIZATION || name.as_str() == "x-amz-security-token" {
                value.set_sensitive(true);
            }
        }
        Ok(())
    }

    fn forget(&self) -> bool {
        match &self.keys {
            Keys::Machine { is_asked, .. } => !is_asked.swap(true, Ordering::SeqCst),
            Keys::Role(role) => {
                role.forget();
                true
            }
            Keys::Nobody | Keys::Fixed(_) | Keys::Provided(_) => false,
        }
    }
}

/// A role, and its keys as long as they last.
pub(super) struct AssumedRole {
    transport: Transport,
    name: String,
    address: Url,
    form: String,
    taken: Mutex<Option<(Arc<AwsCredential>, SystemTime)>>,
}

impl AssumedRole {
    pub(super) fn new(
        role: &Role,
        external_id: Option<String>,
        keys: Keys,
        place: &S3Place,
        bucket: &str,
    ) -> Result<Self, RemoteError> {
        let address = match &role.endpoint {
            Some(text) => place::endpoint(text)
                .map_err(|_| unfit(bucket, STS_ENDPOINT, "it is no address with https of a service"))?,
            None => Url::parse(&format!("https://sts.{}.amazonaws.com", place.region))
                .map_err(|_| unfit(bucket, STS_ENDPOINT, "it is no address"))?,
        };
        let name = format!("the role {}", role.arn);
        let signer = Signer::new("sts", keys, &place.region, &name);
        let transport = Transport::new(&name, is_this_machine(&address), explain)?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "AssumeRole")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &role.arn)
            .append_pair("RoleSessionName", role.session.as_deref().unwrap_or(SESSION));
        if let Some(external_id) = external_id {
            form.append_pair("ExternalId", &external_id);
        }
        Ok(Self {
            transport: transport.with_authorize(Arc::new(signer)),
            name,
            address,
            form: form.finish(),
            taken: Mutex::default(),
        })
    }

    /// Forgets keys that were not accepted.
    fn forget(&self) {
        // Whoever has the lock gets new ones.
        if let Ok(mut taken) = self.taken.try_lock() {
            *taken = None;
        }
    }

    /// Returns the keys of the role, asking for new ones where they are at their end.
    async fn keys(&self) -> Result<Arc<AwsCredential>, RemoteError> {
        let mut taken = self.taken.lock().await;
        if let Some((keys, end)) = taken.as_ref().filter(|(_, end)| SystemTime::now() + SPARE < *end) {
            let _ = end;
            return Ok(Arc::clone(keys));
        }
        let unread = || {
            let reason = "the keys that it gives cannot be read".to_owned();
            RemoteError::new(&self.name, Failure::Other { reason })
        };
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(self.address.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(HttpRequestBody::from(self.form.clone()))
            .map_err(|_| unread())?;
        let answer = self.transport.send(request).await?;
        let text = body(answer).await?;
        let part = |name| between(&text, name).filter(|part| part.bytes().all(|b| b.is_ascii_graphic()));
        let keys = AwsCredential {
            key_id: part("AccessKeyId").ok_or_else(unread)?,
            secret_key: part("SecretAccessKey").ok_or_else(unread)?,
            token: Some(part("SessionToken").ok_or_else(unread)?),
        };
        let end = part("Expiration").and_then(|end| humantime::parse_rfc3339(&end).ok());
        let keys = Arc::new(keys);
        *taken = Some((Arc::clone(&keys), end.ok_or_else(unread)?));
        Ok(keys)
    }
}
