//! [`Tokens`]: what Azure takes as proof, kept until shortly before it expires, and never written anywhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::cloud::{Cloud, is_on_this_machine};
use super::credentials::AzureCredentials;
use super::identity::AzureIdentity;
use crate::secret::caller::Caller;
use crate::secret::http::{HttpClient, HttpError, Reply};
use crate::secret::value::SecretValue;

/// Where a machine of Azure asks for its identity.
const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
/// How long a machine is asked for its identity: it answers at once, or is none of Azure.
const MACHINE: Duration = Duration::from_secs(4);
/// How long an authority is asked.
const AUTHORITY: Duration = Duration::from_secs(8);
/// How long before it expires a token is renewed.
const MARGIN: Duration = Duration::from_mins(5);

/// What tokens for Azure's storage are for, in each of its clouds.
const STORAGE: &str = "https://storage.azure.com";

/// The tokens of one identity for one audience.
pub(in crate::secret) struct Tokens {
    source: Source,
    audience: &'static str,
    client: HttpClient,
    kept: Mutex<Option<KeptToken>>,
}

struct KeptToken {
    bearer: Arc<SecretString>,
    renewed: Instant,
}

/// Who gives tokens.
enum Source {
    /// The machine.
    Machine {
        endpoint: String,
        client_id: Option<String>,
    },
    /// The app service or container app.
    App {
        endpoint: String,
        header: SecretValue,
        client_id: Option<String>,
    },
    /// The authority, to an application.
    Authority {
        endpoint: String,
        client_id: String,
        secret: SecretValue,
    },
    /// The authority, to what a cluster vouches for in a file, which it replaces from time to time.
    Workload {
        endpoint: String,
        client_id: String,
        file: PathBuf,
    },
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(in crate::secret) enum TokenError {
    #[error("{reason}")]
    Definition { reason: String, hint: &'static str },
    #[error("there is no managed identity here: {0}")]
    NoIdentity(String),
    #[error("Azure gives no token: {reason}")]
    Denied { reason: String, hint: &'static str },
    #[error("the authority of Azure is not reached: {0}")]
    Unreachable(HttpError),
    #[error("interrupted")]
    Interrupted,
}

/// What is answered to a request for a token; the times are numbers or texts.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    expires_on: Value,
}

/// What is answered where there is no token.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

impl TokenError {
    pub(in crate::secret) fn hint(&self) -> &'static str {
        match self {
            Self::Definition { hint, .. } | Self::Denied { hint, .. } => hint,
            Self::NoIdentity(_) => {
                "give the machine, container or app an identity in Azure; elsewhere, use `credentials: service_principal(…)`"
            }
            Self::Unreachable(_) => "check the network, and HTTPS_PROXY where a proxy is needed",
            Self::Interrupted => "run it again",
        }
    }
}

impl Tokens {
    /// Prepares to get tokens for `service`; `secret` is the value that the credentials refer to.
    pub(in crate::secret) fn new(
        credentials: &AzureCredentials,
        secret: Option<SecretValue>,
        caller: &dyn Caller,
        cloud: &'static Cloud,
        service: &Url,
    ) -> Result<Self, TokenError> {
        let source = match credentials {
            AzureCredentials::ManagedIdentity(identity) => {
                if let Some(id) = &identity.client_id {
                    check_id("client_id", id)?;
                }
                machine(identity.client_id.clone(), caller, service)?
            }
            AzureCredentials::ServicePrincipal(principal) => {
                check_id("client_id", &principal.client_id)?;
                check_id("tenant", &principal.tenant)?;
                let authority = principal.authority.as_deref().unwrap_or(cloud.authority);
                let authority = authority.trim_end_matches('/');
                let known = Url::parse(authority).ok();
                let is_known = known.is_some_and(|address| {
                    Cloud::has_authority(&address)
                        || is_on_this_machine(&address) && is_on_this_machine(service)
                });
                if !is_known {
                    return Err(TokenError::Definition {
                        reason: format!("the authority {authority} is not one of Azure"),
                        hint: "leave it out: it is known from the vault",
                    });
                }
                Source::Authority {
                    endpoint: format!("{authority}/{}/oauth2/v2.0/token", principal.tenant),
                    client_id: principal.client_id.clone(),
                    secret: secret.ok_or_else(|| TokenError::Definition {
                        reason: "the client_secret in sheaf.ron is not a reference to a secret".to_owned(),
                        hint: "write it as \"{{secrets/scope/key}}\", of another scope",
                    })?,
                }
            }
        };
        let is_direct = !matches!(source, Source::Authority { .. }) || is_on_this_machine(service);
        Ok(Self {
            source,
            audience: cloud.audience,
            client: HttpClient::new(is_direct).map_err(TokenError::Unreachable)?,
            kept: Mutex::default(),
        })
    }

    /// Prepares to get tokens for Azure's storage at `service`; where they come from was checked before.
    pub(in crate::secret) fn for_storage(
        identity: AzureIdentity,
        caller: &dyn Caller,
        service: &Url,
    ) -> Result<Self, TokenError> {
        let source = match identity {
            AzureIdentity::Machine { client_id } => machine(client_id, caller, service)?,
            AzureIdentity::Application {
                endpoint,
                client_id,
                secret,
            } => Source::Authority {
                endpoint,
                client_id,
                secret,
            },
            AzureIdentity::Workload {
                endpoint,
                client_id,
                file,
            } => Source::Workload {
                endpoint,
                client_id,
                file,
            },
        };
        let is_direct = match &source {
            Source::Machine { .. } | Source::App { .. } => true,
            Source::Authority { endpoint, .. } | Source::Workload { endpoint, .. } => {
                Url::parse(endpoint).is_ok_and(|endpoint| is_on_this_machine(&endpoint))
            }
        };
        Ok(Self {
            source,
            audience: STORAGE,
            client: HttpClient::new(is_direct).map_err(TokenError::Unreachable)?,
            kept: Mutex::default(),
        })
    }

    /// Returns the value of a header that proves who Sheaf is.
    pub(in crate::secret) fn header(&self) -> Result<HeaderValue, TokenError> {
        let bearer = self.bearer()?;
        let text = zeroize::Zeroizing::new(format!("Bearer {}", bearer.expose_secret()));
        let mut header = HeaderValue::from_str(&text).map_err(|_| unclear())?;
        // So that nothing that shows headers shows it.
        header.set_sensitive(true);
        Ok(header)
    }

    /// Forgets the token: it was not accepted.
    pub(in crate::secret) fn forget(&self) {
        *self.kept() = None;
    }

    fn kept(&self) -> MutexGuard<'_, Option<KeptToken>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bearer(&self) -> Result<Arc<SecretString>, TokenError> {
        let mut kept = self.kept();
        if let Some(token) = kept.as_ref().filter(|token| Instant::now() < token.renewed) {
            return Ok(Arc::clone(&token.bearer));
        }
        *kept = None;
        let token = given(&self.ask()?)?;
        let bearer = Arc::clone(&token.bearer);
        *kept = Some(token);
        Ok(bearer)
    }

    fn ask(&self) -> Result<Reply, TokenError> {
        let answer = match &self.source {
            Source::Machine { endpoint, client_id } => {
                let address = address(endpoint, "2018-02-01", self.audience, client_id.as_deref())?;
                let ask = |client: &reqwest::Client| client.get(address.clone()).header("Metadata", "true");
                self.client.send(MACHINE, ask).map_err(no_identity)?
            }
            Source::App {
                endpoint,
                header,
                client_id,
            } => {
                let address = address(endpoint, "2019-08-01", self.audience, client_id.as_deref())?;
                let mut header =
                    HeaderValue::from_bytes(header.expose()).map_err(|_| TokenError::Definition {
                        reason: "IDENTITY_HEADER cannot be sent".to_owned(),
                        hint: "Azure sets it: leave it as it is",
                    })?;
                header.set_sensitive(true);
                let ask = |client: &reqwest::Client| {
                    client
                        .get(address.clone())
                        .header("X-IDENTITY-HEADER", header.clone())
                };
                self.client.send(MACHINE, ask).map_err(no_identity)?
            }
            Source::Authority {
                endpoint,
                client_id,
                secret,
            } => {
                let secret = secret.expose_text().ok_or_else(|| TokenError::Definition {
                    reason: "the client secret is not text".to_owned(),
                    hint: "store the value that Azure shows when the secret is created",
                })?;
                self.authority(endpoint, client_id, &[("client_secret", secret)])?
            }
            Source::Workload {
                endpoint,
                client_id,
                file,
            } => {
                let proof = std::fs::read_to_string(file).map(zeroize::Zeroizing::new);
                let proof = proof.map_err(|error| TokenError::Definition {
                    reason: format!("the file of AZURE_FEDERATED_TOKEN_FILE cannot be read: {error}"),
                    hint: "the cluster sets it: leave it as it is",
                })?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                let proof = [
                    ("client_assertion_type", kind),
                    ("client_assertion", proof.trim()),
                ];
                self.authority(endpoint, client_id, &proof)?
            }
        };
        Ok(answer)
    }

    /// Asks the authority, with a proof that this is the application.
    fn authority(
        &self,
        endpoint: &str,
        client_id: &str,
        proof: &[(&str, &str)],
    ) -> Result<Reply, TokenError> {
        let scope = format!("{}/.default", self.audience);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client_id)
            .append_pair("scope", &scope)
            .extend_pairs(proof);
        // The older interface asks for the same by another name.
        if !endpoint.contains("/v2.0/") {
            form.append_pair("resource", self.audience);
        }
        let form = form.finish();
        let ask = |client: &reqwest::Client| {
            let form_type = "application/x-www-form-urlencoded";
            client
                .post(endpoint)
                .header("Content-Type", form_type)
                .body(form.clone())
        };
        self.client.send(AUTHORITY, ask).map_err(|error| match error {
            HttpError::Interrupted => TokenError::Interrupted,
            error => TokenError::Unreachable(error),
        })
    }
}

/// The variable by which Azure's services let a process ask for its identity; whoever has it, has the identity.
pub(in crate::secret) const IDENTITY_HEADER: &str = "IDENTITY_HEADER";

/// Returns where the identity of this machine is asked for.
fn machine(client_id: Option<String>, caller: &dyn Caller, service: &Url) -> Result<Source, TokenError> {
    let endpoint = caller.variable("IDENTITY_ENDPOINT");
    let endpoint = endpoint
        .as_ref()
        .and_then(SecretValue::expose_text)
        .map(str::to_owned);
    let source = match (endpoint, caller.variable(IDENTITY_HEADER)) {
        (Some(endpoint), Some(header)) => Source::App {
            endpoint,
            header,
            client_id,
        },
        _ => Source::Machine {
            endpoint: METADATA.to_owned(),
            client_id,
        },
    };
    let (Source::App { endpoint, .. } | Source::Machine { endpoint, .. }) = &source else {
        return Ok(source);
    };
    let is_local = Url::parse(endpoint).is_ok_and(|endpoint| is_on_this_machine(&endpoint));
    if is_on_this_machine(service) && !is_local {
        return Err(TokenError::Definition {
            reason: "a token of Azure is not sent to a host of this machine".to_owned(),
            hint: "name a vault of Azure: https://NAME.vault.azure.net",
        });
    }
    Ok(source)
}

fn address(
    endpoint: &str,
    version: &str,
    audience: &str,
    client_id: Option<&str>,
) -> Result<Url, TokenError> {
    let address = Url::parse(endpoint)
        .ok()
        .filter(|address| matches!(address.scheme(), "http" | "https"));
    let mut address = address.ok_or_else(|| TokenError::Definition {
        reason: "IDENTITY_ENDPOINT is not an address".to_owned(),
        hint: "Azure sets it: leave it as it is",
    })?;
    address
        .query_pairs_mut()
        .append_pair("api-version", version)
        .append_pair("resource", audience)
        .extend_pairs(client_id.map(|id| ("client_id", id)));
    Ok(address)
}

/// Checks what becomes a part of an address.
fn check_id(field: &str, id: &str) -> Result<(), TokenError> {
    let is_id = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    if !id.is_empty() && id.chars().all(is_id) && !matches!(id, "." | "..") {
        return Ok(());
    }
    Err(TokenError::Definition {
        reason: format!("the {field} {id:?} in sheaf.ron is not an id"),
        hint: "take it from the application's page in Azure",
    })
}

fn no_identity(error: HttpError) -> TokenError {
    match error {
        HttpError::Interrupted => TokenError::Interrupted,
        error => TokenError::NoIdentity(error.to_string()),
    }
}

/// Reads an answer to a request for a token.
fn given(answer: &Reply) -> Result<KeptToken, TokenError> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let given: Given = serde_json::from_slice(&answer.body).map_err(|_| unclear())?;
    let bearer = Arc::new(SecretString::from(given.access_token));
    let seconds = |value: &Value| match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let until = seconds(&given.expires_on).and_then(|expires| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        expires.checked_sub(now)
    });
    let lasts = Duration::from_secs(seconds(&given.expires_in).or(until).unwrap_or(0));
    // One that lasts less than the margin is used for half of its time.
    let used = lasts
        .checked_sub(MARGIN)
        .map_or(lasts / 2, |used| used.max(lasts / 2));
    Ok(KeptToken {
        bearer,
        renewed: Instant::now() + used.min(Duration::from_hours(24)),
    })
}

fn unclear() -> TokenError {
    TokenError::Denied {
        reason: "its answer is not one".to_owned(),
        hint: "a proxy may have answered: check the network",
    }
}

/// Says why there is no token, in words of our own: what Azure writes can hold what was sent.
fn refused(answer: &Reply) -> TokenError {
    let refusal = serde_json::from_slice(&answer.body);
    let Refusal {
        error,
        error_description,
    } = refusal.unwrap_or(Refusal {
        error: String::new(),
        error_description: String::new(),
    });
    let code = error_description
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .next();
    let code = code.filter(|code| code.starts_with("AADSTS")).unwrap_or_default();
    let (reason, hint) = match (code, error.as_str()) {
        ("AADSTS7000215" | "AADSTS7000222", _) | (_, "invalid_client") => (
            "the client secret is wrong or has expired",
            "create a new one in Azure, and store it with `sheaf secrets put-secret` where `client_secret` says",
        ),
        ("AADSTS700016", _) | (_, "unauthorized_client") => (
            "the tenant does not know this client_id",
            "take both from the application's page in Azure",
        ),
        ("AADSTS90002" | "AADSTS900023", _) => (
            "there is no such tenant",
            "take the tenant's id from the application's page in Azure",
        ),
        _ if error_description.to_lowercase().contains("identity not found") => (
            "this machine does not have that identity",
            "assign it to the machine, or correct the `client_id` of `managed_identity`",
        ),
        _ if answer.status == 429 || answer.status >= 500 => {
            ("it is busy, or out of order", "try again in some minutes")
        }
        _ => (
            "it refuses",
            "compare the credentials in sheaf.ron with the application's page in Azure",
        ),
    };
    let code = if code.is_empty() { error } else { code.to_owned() };
    let is_code = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let code: String = code
        .chars()
        .take_while(|letter| is_code(*letter))
        .take(40)
        .collect();
    let detail = if code.is_empty() {
        format!("{reason} (status {})", answer.status)
    } else {
        format!("{reason} ({code})")
    };
    TokenError::Denied { reason: detail, hint }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use zeroize::Zeroizing;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: HeaderMap::new(),
            body: Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_machine_is_asked_at_its_own_address() {
        let asked =
            |client_id| address(METADATA, "2018-02-01", "https://vault.azure.net", client_id).unwrap();
        let start = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01\
                     &resource=https%3A%2F%2Fvault.azure.net";
        assert_eq!(asked(None).as_str(), start);
        assert_eq!(asked(Some("11-22")).as_str(), format!("{start}&client_id=11-22"));
    }

    #[test]
    fn a_token_is_used_until_shortly_before_it_expires() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        for (times, expected) in [
            ("\"expires_in\":\"86399\"".to_owned(), 86_099),
            ("\"expires_in\":3599".to_owned(), 3_299),
            ("\"expires_in\":60".to_owned(), 30),
            (format!("\"expires_on\":\"{}\"", now + 3_600), 3_300),
            ("\"expires_on\":\"soon\"".to_owned(), 0),
            ("\"expires_in\":99999999".to_owned(), 86_400),
        ] {
            let body = format!("{{\"access_token\":\"t\",{times}}}");
            let token = given(&reply(200, &body)).unwrap();
            let used = token.renewed.saturating_duration_since(Instant::now()).as_secs();
            assert!(used.abs_diff(expected) <= 2, "{times}: {used}");
        }
    }

    #[test]
    fn what_azure_writes_is_not_repeated() {
        for (status, body, expected) in [
            (
                200,
                "<html>hunter2</html>",
                "Azure gives no token: its answer is not one",
            ),
            (
                500,
                "hunter2",
                "Azure gives no token: it is busy, or out of order (status 500)",
            ),
            (
                400,
                "{\"error\":\"hunter 2\",\"error_description\":\"AADSTS1 hunter2\"}",
                "Azure gives no token: it refuses (AADSTS1)",
            ),
        ] {
            let Err(error) = given(&reply(status, body)) else {
                panic!("{body}")
            };
            assert_eq!(error.to_string(), expected);
        }
    }
}
