//! [`Tokens`]: what Azure takes as proof, kept until shortly before it expires, and never written anywhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Url, form_urlencoded};

use super::answer::{KeptToken, given};
use super::cloud::{Cloud, is_on_this_machine};
use super::credentials::AzureCredentials;
use super::error::{TokenError, Unusable};
use super::identity::AzureIdentity;
use crate::secret::caller::Caller;
use crate::secret::http::{HttpClient, HttpError, Reply};
use crate::secret::value::SecretValue;

/// Where a machine of Azure asks for its identity: a host, and a path there.
const METADATA_HOST: &str = "http://169.254.169.254";
const METADATA: &str = "/metadata/identity/oauth2/token";
/// The variable by which Azure's own libraries are told of another host; it may be one of this machine.
const POD_IDENTITY: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
/// How long a machine is asked for its identity: it answers at once, or is none of Azure.
const MACHINE: Duration = Duration::from_secs(4);
/// How long an authority is asked.
const AUTHORITY: Duration = Duration::from_secs(8);

/// What tokens for Azure's storage are for, in each of its clouds.
const STORAGE: &str = "https://storage.azure.com";

/// The tokens of one identity for one audience.
pub(in crate::secret) struct Tokens {
    source: Source,
    audience: &'static str,
    client: HttpClient,
    kept: Mutex<Option<KeptToken>>,
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
                    let authority = authority.to_owned();
                    return Err(TokenError::Unusable(Unusable::Authority { authority }));
                }
                Source::Authority {
                    endpoint: format!("{authority}/{}/oauth2/v2.0/token", principal.tenant),
                    client_id: principal.client_id.clone(),
                    secret: secret.ok_or(TokenError::Unusable(Unusable::NoReference))?,
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
        let mut header = HeaderValue::from_str(&text).map_err(|_| TokenError::Unclear)?;
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
                let header = HeaderValue::from_bytes(header.expose());
                let mut header = header.map_err(|_| {
                    TokenError::Unusable(Unusable::Variable {
                        variable: IDENTITY_HEADER,
                        what: "cannot be sent",
                    })
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
                let secret = secret.expose_text();
                let secret = secret.ok_or(TokenError::Unusable(Unusable::NoText))?;
                self.authority(endpoint, client_id, &[("client_secret", secret)])?
            }
            Source::Workload {
                endpoint,
                client_id,
                file,
            } => {
                let proof = std::fs::read_to_string(file).map(zeroize::Zeroizing::new);
                let proof = proof.map_err(|error| TokenError::Unusable(Unusable::TokenFile(error)))?;
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
            endpoint: metadata(caller)?,
            client_id,
        },
    };
    let (Source::App { endpoint, .. } | Source::Machine { endpoint, .. }) = &source else {
        return Ok(source);
    };
    let is_local = Url::parse(endpoint).is_ok_and(|endpoint| is_on_this_machine(&endpoint));
    if is_on_this_machine(service) && !is_local {
        return Err(TokenError::Unusable(Unusable::ThisMachine));
    }
    Ok(source)
}

/// Returns where a machine is asked for its identity.
fn metadata(caller: &dyn Caller) -> Result<String, TokenError> {
    let named = caller.variable(POD_IDENTITY);
    let named = named.as_ref().and_then(SecretValue::expose_text).map(str::trim);
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return Ok(format!("{METADATA_HOST}{METADATA}"));
    };
    let is_sound = Url::parse(named).is_ok_and(|address| {
        is_on_this_machine(&address) || address.origin().ascii_serialization() == METADATA_HOST
    });
    if !is_sound {
        return Err(TokenError::Unusable(Unusable::Variable {
            variable: POD_IDENTITY,
            what: "is not an address of this machine",
        }));
    }
    Ok(format!("{}{METADATA}", named.trim_end_matches('/')))
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
    let mut address = address.ok_or(TokenError::Unusable(Unusable::Variable {
        variable: "IDENTITY_ENDPOINT",
        what: "is not an address",
    }))?;
    address
        .query_pairs_mut()
        .append_pair("api-version", version)
        .append_pair("resource", audience)
        .extend_pairs(client_id.map(|id| ("client_id", id)));
    Ok(address)
}

/// Checks what becomes a part of an address.
fn check_id(field: &'static str, id: &str) -> Result<(), TokenError> {
    let is_id = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    if !id.is_empty() && id.chars().all(is_id) && !matches!(id, "." | "..") {
        return Ok(());
    }
    let id = id.to_owned();
    Err(TokenError::Unusable(Unusable::Id { field, id }))
}

fn no_identity(error: HttpError) -> TokenError {
    match error {
        HttpError::Interrupted => TokenError::Interrupted,
        error => TokenError::NoIdentity(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_asked_at_its_own_address() {
        let asked = |client_id| {
            let endpoint = format!("{METADATA_HOST}{METADATA}");
            address(&endpoint, "2018-02-01", "https://vault.azure.net", client_id).unwrap()
        };
        let start = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01\
                     &resource=https%3A%2F%2Fvault.azure.net";
        assert_eq!(asked(None).as_str(), start);
        assert_eq!(asked(Some("11-22")).as_str(), format!("{start}&client_id=11-22"));
    }
}
