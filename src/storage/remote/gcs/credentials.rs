//! How requests to Google's Cloud Storage prove who asks: with a token of a service account, of a person, of the machine.
//!
//! Values come here from [`secret`](crate::secret) when a connection is made, and go into tokens alone.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::Method;
use http::header::{AUTHORIZATION, HeaderValue};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::gcp::{GcpCredentialProvider, GoogleCloudStorageBuilder};
use serde_json::json;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::place::GcsPlace;
use super::settings::{EMAIL, GcsIdentity, GcsSettings, KEY, KEY_FILE, KEY_ID, ROOT};
use crate::secret::Destination;
use crate::storage::access::Access;
use crate::storage::remote::authorize::{Authorize, Refusal};
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::settings::{identify, unfit, value, values};
use crate::storage::remote::transport::{Patience, Transport, body};

/// How long the machine's own service is asked again where it is busy: most machines have none.
const PATIENCE: Patience = Patience {
    busy: Duration::from_secs(4),
    absent: Duration::ZERO,
};
/// How long before its end a token of the machine is replaced.
const SPARE: Duration = Duration::from_mins(4);

/// Prepares to prove who asks at a place.
pub(super) fn bearer(
    settings: &GcsSettings,
    place: &GcsPlace,
    name: &str,
    access: &Access,
) -> Result<Arc<dyn Authorize>, RemoteError> {
    let destination =
        || Destination::parse(&place.host).map_err(|_| unfit(name, ROOT, "its host is no sink"));
    let tokens = match &settings.who {
        GcsIdentity::Nobody => Tokens::Nobody,
        GcsIdentity::File(text) => {
            let file = value(access, name, destination()?, (KEY_FILE, text))?;
            let file = file.expose_text().unwrap_or_default();
            let reason = "it is not the file of a service account, with what Google wrote into it";
            Tokens::Provided(account(file, name).ok_or_else(|| unfit(name, KEY_FILE, reason))?)
        }
        GcsIdentity::Parts { email, key_id, key } => {
            let texts = [(EMAIL, email.as_str()), (KEY_ID, key_id), (KEY, key)];
            let found = values(access, name, destination()?, &texts)?;
            let [email, key_id, key] = found.as_slice() else {
                return Err(unfit(name, EMAIL, "it has no value"));
            };
            // Many keep the key as it is written in the file, on one line.
            let key = Zeroizing::new(key.expose_text().unwrap_or_default().replace("\\n", "\n"));
            let file = Zeroizing::new(
                json!({
                    "client_email": email.expose_text(),
                    "private_key_id": key_id.expose_text(),
                    "private_key": key.as_str(),
                })
                .to_string(),
            );
            let reason = "it is no private key, which begins with -----BEGIN PRIVATE KEY-----";
            Tokens::Provided(account(&file, name).ok_or_else(|| unfit(name, KEY, reason))?)
        }
        GcsIdentity::Machine => {
            identify(access, name, &destination()?)?;
            Tokens::Machine(Box::new(Machine::new(name, access, true)?))
        }
        // A token opens everything of the account: it goes to Google's own host alone.
        GcsIdentity::Environment if place.is_own_endpoint => Tokens::Nobody,
        GcsIdentity::Environment if access.is_anonymous => Tokens::Nobody,
        GcsIdentity::Environment => {
            identify(access, name, &destination()?)?;
            environment(name, access)?
        }
    };
    Ok(Arc::new(Bearer {
        name: name.to_owned(),
        tokens,
    }))
}

/// Returns what makes tokens of a service account.
fn account(file: &str, name: &str) -> Option<GcpCredentialProvider> {
    // Nothing else in the file may lead a token elsewhere, or do without one.
    let fields: serde_json::Value = serde_json::from_str(file).ok()?;
    let field = |name: &str| fields.get(name).and_then(serde_json::Value::as_str);
    let key = Zeroizing::new(
        json!({
            "client_email": field("client_email")?,
            "private_key_id": field("private_key_id")?,
            "private_key": field("private_key")?,
        })
        .to_string(),
    );
    provider(|builder| builder.with_service_account_key(key.as_str()), name)
}

fn provider(
    settings: impl Fn(GoogleCloudStorageBuilder) -> GoogleCloudStorageBuilder,
    name: &str,
) -> Option<GcpCredentialProvider> {
    let transport = Transport::new(name, false, |_: &Refusal| None).ok()?;
    let builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name("none")
        .with_retry(Transport::no_retries())
        .with_http_connector(transport);
    Some(Arc::clone(settings(builder).build().ok()?.credentials()))
}

/// Returns who the environment says that Sheaf is: a file that a variable names, that of Google's own tools, the machine.
fn environment(name: &str, access: &Access) -> Result<Tokens, RemoteError> {
    let path = |name: &str| {
        let value = access.caller.variable(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value.expose_text()?))
    };
    let named = path("GOOGLE_APPLICATION_CREDENTIALS");
    let usual = || {
        let home = access.caller.home()?;
        let file = home.join(".config/gcloud/application_default_credentials.json");
        file.exists().then_some(file)
    };
    if let Some(file) = named.or_else(usual) {
        let text = file.to_string_lossy().into_owned();
        let provided = provider(|builder| builder.with_application_credentials(&text), name);
        return provided.map(Tokens::Provided).ok_or_else(|| {
            let failure = Failure::Identity {
                reason: format!("the file {text} is not there, or of a kind that Sheaf does not follow"),
                hint: "it must be of a service account, or of `gcloud auth application-default login`"
                    .to_owned(),
            };
            RemoteError::new(name, failure)
        });
    }
    Ok(Tokens::Machine(Box::new(Machine::new(name, access, false)?)))
}

/// Where tokens come from.
enum Tokens {
    /// There are none: nobody is named.
    Nobody,
    /// What replaces tokens by itself.
    Provided(GcpCredentialProvider),
    /// The machine; where the settings do not name it, only a bucket that is not public makes it ask there.
    Machine(Box<Machine>),
}

/// What adds tokens to requests.
struct Bearer {
    name: String,
    tokens: Tokens,
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Bearer {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        let token = match &self.tokens {
            Tokens::Machine(machine) if machine.is_asked.load(Ordering::SeqCst) => machine.token().await?,
            Tokens::Nobody | Tokens::Machine(_) => {
                // What an `object_store` without a token writes.
                request.headers_mut().remove(AUTHORIZATION);
                return Ok(());
            }
            Tokens::Provided(provider) => {
                let token = provider.get_credential().await.map_err(|error| {
                    let cause = RemoteError::of(&self.name, &error);
                    let failure = Failure::Identity {
                        reason: format!("Google gives no token: {cause}"),
                        hint: "check that the account is active, and its key".to_owned(),
                    };
                    RemoteError::new(&self.name, failure)
                })?;
                Zeroizing::new(token.bearer.clone())
            }
        };
        let header = HeaderValue::from_str(&format!("Bearer {}", token.as_str()));
        let mut header = header.map_err(|_| unread(&self.name))?;
        header.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(())
    }

    fn forget(&self) -> bool {
        match &self.tokens {
            Tokens::Machine(machine) => !machine.is_asked.swap(true, Ordering::SeqCst) || machine.forget(),
            _ => false,
        }
    }
}

/// A machine of Google's, and its token as long as it lasts.
struct Machine {
    transport: Transport,
    host: String,
    name: String,
    /// Whether the settings name it.
    is_named: bool,
    is_asked: AtomicBool,
    token: Mutex<Option<(Zeroizing<String>, Instant)>>,
}

impl Machine {
    fn new(name: &str, access: &Access, is_named: bool) -> Result<Self, RemoteError> {
        let host = access.caller.variable("GCE_METADATA_HOST");
        let host = host.and_then(|host| Some(host.expose_text()?.to_owned()));
        Ok(Self {
            transport: Transport::new(name, true, |_: &Refusal| None)?.with_patience(PATIENCE),
            host: host.unwrap_or_else(|| "metadata.google.internal".to_owned()),
            name: name.to_owned(),
            is_named,
            is_asked: AtomicBool::new(is_named),
            token: Mutex::default(),
        })
    }

    /// Forgets a token that was not accepted; returns whether there was one.
    fn forget(&self) -> bool {
        // Whoever has the lock gets a new one.
        self.token
            .try_lock()
            .is_ok_and(|mut token| token.take().is_some())
    }

    /// Says why there is no token.
    fn refused(&self, error: &RemoteError) -> RemoteError {
        // A machine that is none of Google's has nobody there.
        if !self.is_named {
            return RemoteError::new(&self.name, Failure::NoCredentials);
        }
        let failure = Failure::Identity {
            reason: format!("the service of the machine gives no token: {error}"),
            hint: "run it on a machine of Google's with a service account, or give the mount the file of one"
                .to_owned(),
        };
        RemoteError::new(&self.name, failure)
    }

    async fn token(&self) -> Result<Zeroizing<String>, RemoteError> {
        let mut kept = self.token.lock().await;
        if let Some((token, end)) = kept.as_ref()
            && Instant::now() < *end
        {
            return Ok(token.clone());
        }
        let address = format!(
            "http://{}/computeMetadata/v1/instance/service-accounts/default/token",
            self.host
        );
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(address)
            .header("Metadata-Flavor", "Google")
            .body(HttpRequestBody::empty())
            .map_err(|_| unread(&self.name))?;
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(|error| self.refused(&error))?;
        let text = Zeroizing::new(body(answer).await?);
        let fields: serde_json::Value = serde_json::from_str(&text).map_err(|_| unread(&self.name))?;
        let token = fields.get("access_token").and_then(serde_json::Value::as_str);
        let token = Zeroizing::new(token.ok_or_else(|| unread(&self.name))?.to_owned());
        let lasts = fields.get("expires_in").and_then(serde_json::Value::as_u64);
        let lasts = Duration::from_secs(lasts.unwrap_or_default()).saturating_sub(SPARE);
        *kept = Some((token.clone(), Instant::now() + lasts));
        Ok(token)
    }
}

fn unread(name: &str) -> RemoteError {
    let reason = "the token that it gets cannot be read".to_owned();
    RemoteError::new(name, Failure::Other { reason })
}
