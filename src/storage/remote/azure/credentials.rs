//! How requests to Azure's storage are signed: with the account's key, with a signature that someone gave, with a token.
//!
//! Values come here from [`secret`](crate::secret) when a connection is made, and go into requests alone.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::HttpRequest;
use percent_encoding::percent_decode_str;
use url::Url;

use super::place::AzurePlace;
use super::settings::{CLIENT_ENDPOINT, CLIENT_ID, CLIENT_SECRET, Settings};
use crate::secret::{
    AzureIdentity, AzureTokens, Caller, Destination, Named, SecretValue, Template, is_azure_authority,
};
use crate::storage::access::Access;
use crate::storage::remote::authorize::{Authorize, Refusal};
use crate::storage::remote::failure::{Failure, RemoteError};
use crate::storage::remote::place::is_this_machine;
use crate::storage::remote::settings::{identify, unfit, value, values};

/// Prepares to sign requests; `None` where nobody is to be named.
pub(super) fn authorize(
    settings: &Settings,
    place: &AzurePlace,
    name: &str,
    access: &Access,
) -> Result<Option<Arc<dyn Authorize>>, RemoteError> {
    let wrong = |setting: &str, reason: &str| unfit(name, setting, reason);
    match settings {
        Settings::Key(setting, text) => {
            let key = value(access, name, destination(place), (setting, text))?;
            let key = key.expose_text().and_then(|key| signed_with(key.trim()));
            let key = key.ok_or_else(|| wrong(setting, "it is no key of an account, which is base64"))?;
            Ok(Some(Arc::new(Signed::new(key, place, name))))
        }
        Settings::Sas(setting, text) => {
            let sas = value(access, name, destination(place), (setting, text))?;
            let sas = sas.expose_text().and_then(sas_of);
            let sas =
                sas.ok_or_else(|| wrong(setting, "it is no signature, which has sv=, se= and sig= in it"))?;
            Ok(Some(Arc::new(Signed::new(sas, place, name))))
        }
        Settings::Application { id, secret, endpoint } => {
            let identity = application(id, secret, endpoint, place, name, access)?;
            identified(identity, Named::Settings, place, name, access)
        }
        Settings::Machine { client_id } => {
            let client_id = match client_id {
                Some(text) => Some(text_of(&value(
                    access,
                    name,
                    destination(place),
                    (CLIENT_ID, text),
                )?)),
                None => None,
            };
            identify(access, name, &destination(place))?;
            identified(
                AzureIdentity::Machine { client_id },
                Named::Settings,
                place,
                name,
                access,
            )
        }
        Settings::Workload => {
            identify(access, name, &destination(place))?;
            match workload(place, name, access)? {
                Ok(identity) => identified(identity, Named::Environment, place, name, access),
                Err(missing) => Err(no_token(
                    name,
                    format!("{missing} is not set, by which a cluster says who a workload is"),
                    "run it where the cluster sets it, or name another provider in the mount".to_owned(),
                )),
            }
        }
        Settings::Environment if access.is_anonymous => Ok(None),
        Settings::Environment => {
            identify(access, name, &destination(place))?;
            environment(place, name, access)
        }
    }
}

/// Returns where the values of an account go.
fn destination(place: &AzurePlace) -> Destination {
    let account = Destination::Account {
        service: "azure".to_owned(),
        account: place.account.clone(),
    };
    if place.is_own_endpoint || !place.host.ends_with(".core.windows.net") {
        Destination::parse(&place.host).unwrap_or(account)
    } else {
        account
    }
}

/// Returns who an application is, to whom it says so, and its secret.
fn application(
    id: &str,
    secret: &str,
    endpoint: &str,
    place: &AzurePlace,
    name: &str,
    access: &Access,
) -> Result<AzureIdentity, RemoteError> {
    let wrong = |reason: &str| unfit(name, CLIENT_ENDPOINT, reason);
    let not_fixed =
        "its host must be written out, as in https://login.microsoftonline.com/DIRECTORY/oauth2/token";
    let (scheme, rest) = endpoint.split_once("://").ok_or_else(|| wrong(not_fixed))?;
    let (authority, _) = rest.split_once('/').ok_or_else(|| wrong(not_fixed))?;
    let authority = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| wrong(not_fixed))?;
    if Template::of(authority.as_str()).references().next().is_some() || !authority.username().is_empty() {
        return Err(wrong(not_fixed));
    }
    let is_known = is_azure_authority(&authority);
    if authority.scheme() != "https" && !(place.is_local && is_this_machine(&authority)) {
        return Err(wrong("it is not https"));
    }
    // What Microsoft is told of an application of the account is the account's business.
    let destination = match authority.host_str() {
        _ if is_known => destination(place),
        Some(host) => Destination::parse(host).map_err(|_| wrong(not_fixed))?,
        None => return Err(wrong(not_fixed)),
    };
    let settings = [
        (CLIENT_ID, id),
        (CLIENT_SECRET, secret),
        (CLIENT_ENDPOINT, endpoint),
    ];
    let found = values(access, name, destination, &settings)?;
    let [id, secret, endpoint] = found.as_slice() else {
        return Err(wrong("it has no value"));
    };
    let mut address = Url::parse(&text_of(endpoint)).map_err(|_| wrong("it is no address"))?;
    if address.origin() != authority.origin() {
        return Err(wrong(not_fixed));
    }
    // The older interface, which Databricks names, asks for the same in other words.
    if is_known && !address.path().contains("/v2.0/") {
        let path = address.path().replace("/oauth2/token", "/oauth2/v2.0/token");
        address.set_path(&path);
    }
    Ok(AzureIdentity::Application {
        endpoint: address.into(),
        client_id: text_of(id),
        secret: secret.clone(),
    })
}

/// Returns who the environment says that Sheaf is, or the machine; nobody where neither does.
fn environment(
    place: &AzurePlace,
    name: &str,
    access: &Access,
) -> Result<Option<Arc<dyn Authorize>>, RemoteError> {
    let variable = |name: &str| access.caller.variable(name).filter(|value| !value.is_empty());
    let text = |name: &str| variable(name).map(|value| text_of(&value));
    // What the environment has belongs to the account that it names, and goes nowhere else.
    let account = text("AZURE_STORAGE_ACCOUNT_NAME").or_else(|| text("AZURE_STORAGE_ACCOUNT"));
    if account.as_deref() == Some(&place.account) {
        let key = variable("AZURE_STORAGE_KEY").or_else(|| variable("AZURE_STORAGE_ACCOUNT_KEY"));
        if let Some(key) = key {
            let key = key.expose_text().and_then(|key| signed_with(key.trim()));
            let key = key.ok_or_else(|| unfit(name, "AZURE_STORAGE_KEY", "it is no key of an account"))?;
            return Ok(Some(Arc::new(Signed::new(key, place, name))));
        }
        if let Some(sas) = variable("AZURE_STORAGE_SAS_TOKEN") {
            let sas = sas.expose_text().and_then(sas_of);
            let sas = sas.ok_or_else(|| unfit(name, "AZURE_STORAGE_SAS_TOKEN", "it is no signature"))?;
            return Ok(Some(Arc::new(Signed::new(sas, place, name))));
        }
    }
    // A token opens everything of Azure's storage: it goes to Azure's own hosts alone.
    if place.is_own_endpoint {
        return Ok(None);
    }
    let client_id = text("AZURE_CLIENT_ID");
    if let (Some(client_id), Some(tenant), Some(secret), Some(authority)) = (
        &client_id,
        text("AZURE_TENANT_ID"),
        variable("AZURE_CLIENT_SECRET"),
        authority(place, access),
    ) {
        let identity = AzureIdentity::Application {
            endpoint: token_endpoint(&authority, &tenant),
            client_id: client_id.clone(),
            secret,
        };
        return identified(identity, Named::Environment, place, name, access);
    }
    if let Ok(Ok(identity)) = workload(place, name, access) {
        return identified(identity, Named::Environment, place, name, access);
    }
    // Only a container that is not public makes it ask the machine.
    Ok(Some(Arc::new(Anonymous {
        name: name.to_owned(),
        client_id,
        caller: Arc::clone(&access.caller),
        service: service(place, name)?,
        identified: Mutex::default(),
        is_asked: AtomicBool::new(false),
    })))
}

/// Returns the authority that the environment names, or the usual one; `None` for one that is not to be trusted.
fn authority(place: &AzurePlace, access: &Access) -> Option<String> {
    let named = access.caller.variable("AZURE_AUTHORITY_HOST");
    let named = named.filter(|value| !value.is_empty());
    let authority = named.map_or_else(
        || "https://login.microsoftonline.com".to_owned(),
        |value| text_of(&value),
    );
    let address = Url::parse(&authority).ok()?;
    let is_trusted = is_azure_authority(&address) || (place.is_local && is_this_machine(&address));
    is_trusted.then_some(authority)
}

fn token_endpoint(authority: &str, tenant: &str) -> String {
    format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'))
}

/// Returns the application that a cluster vouches for; without one, which variable is missing.
fn workload(
    place: &AzurePlace,
    name: &str,
    access: &Access,
) -> Result<Result<AzureIdentity, &'static str>, RemoteError> {
    let mut found = Vec::new();
    for variable in ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"] {
        match access.caller.variable(variable).filter(|value| !value.is_empty()) {
            Some(value) => found.push(text_of(&value)),
            None => return Ok(Err(variable)),
        }
    }
    let [client_id, tenant, file] = found.as_slice() else {
        return Ok(Err("AZURE_CLIENT_ID"));
    };
    let Some(authority) = authority(place, access) else {
        let reason = "AZURE_AUTHORITY_HOST is not an authority of Azure".to_owned();
        return Err(no_token(
            name,
            reason,
            "correct the variable, or remove it".to_owned(),
        ));
    };
    Ok(Ok(AzureIdentity::Workload {
        endpoint: token_endpoint(&authority, tenant),
        client_id: client_id.clone(),
        file: PathBuf::from(file),
    }))
}

fn service(place: &AzurePlace, name: &str) -> Result<Url, RemoteError> {
    Url::parse(&place.endpoint).map_err(|_| unfit(name, "endpoint", "it is no address"))
}

fn identified(
    identity: AzureIdentity,
    named: Named,
    place: &AzurePlace,
    name: &str,
    access: &Access,
) -> Result<Option<Arc<dyn Authorize>>, RemoteError> {
    let identified = Identified::new(identity, named, &*access.caller, &service(place, name)?, name)?;
    Ok(Some(Arc::new(identified)))
}

fn text_of(value: &SecretValue) -> String {
    value.expose_text().unwrap_or_default().trim().to_owned()
}

fn signed_with(key: &str) -> Option<AzureCredential> {
    AzureAccessKey::try_new(key)
        .ok()
        .filter(|_| !key.is_empty())
        .map(AzureCredential::AccessKey)
}

/// Reads a signature: `sv=…&se=…&sig=…`, with a `?` before it or without.
fn sas_of(text: &str) -> Option<AzureCredential> {
    let decoded = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    let text = text.trim();
    let text = text.rsplit_once('?').map_or(text, |(_, query)| query);
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name)?, decoded(value)?))
    });
    let pairs = pairs.collect::<Option<Vec<_>>>()?;
    let is_signed = pairs.iter().any(|(name, _)| name == "sig");
    is_signed.then_some(AzureCredential::SASToken(pairs))
}

/// What signs with a credential that stays the same.
struct Signed {
    credential: AzureCredential,
    account: String,
    name: String,
}

impl Signed {
    fn new(credential: AzureCredential, place: &AzurePlace, name: &str) -> Self {
        Self {
            credential,
            account: place.account.clone(),
            name: name.to_owned(),
        }
    }

    /// Returns when a signature expires, as it says itself.
    fn expires(&self) -> Option<&str> {
        match &self.credential {
            AzureCredential::SASToken(pairs) => {
                let expiry = pairs.iter().find(|(name, _)| name == "se");
                expiry.map(|(_, moment)| moment.as_str())
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Signed {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        AzureAuthorizer::new(&self.credential, &self.account).authorize(request);
        for (name, value) in request.headers_mut() {
            if name == AUTHORIZATION {
                value.set_sensitive(true);
            }
        }
        Ok(())
    }

    fn explain(&self, refusal: &Refusal) -> Option<Failure> {
        let expires = self.expires().filter(|_| matches!(refusal.status, 401 | 403))?;
        let is_over = |moment| SystemTime::now() > moment;
        // A moment may be written without seconds, or as a day.
        let moment = [
            expires.to_owned(),
            format!("{}:00Z", expires.trim_end_matches('Z')),
            format!("{expires}T00:00:00Z"),
        ];
        let moment = moment
            .iter()
            .find_map(|moment| humantime::parse_rfc3339(moment).ok());
        moment.is_some_and(is_over).then(|| Failure::Expired {
            since: Some(expires.to_owned()),
        })
    }

    fn share(&self, mut url: Url) -> Url {
        if let AzureCredential::SASToken(pairs) = &self.credential {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url
    }
}

/// What proves who asks by a token.
struct Identified {
    /// Always there but while this is dropped.
    tokens: Option<Arc<AzureTokens>>,
    name: String,
}

impl Identified {
    fn new(
        identity: AzureIdentity,
        named: Named,
        caller: &dyn Caller,
        service: &Url,
        name: &str,
    ) -> Result<Self, RemoteError> {
        let tokens = AzureTokens::new(identity, caller, service, named);
        let tokens = tokens.map_err(|(reason, hint)| no_token(name, reason, hint))?;
        Ok(Self {
            tokens: Some(Arc::new(tokens)),
            name: name.to_owned(),
        })
    }
}

fn no_token(name: &str, reason: String, hint: String) -> RemoteError {
    RemoteError::new(name, Failure::Identity { reason, hint })
}

impl Drop for Identified {
    fn drop(&mut self) {
        // It has a runtime of its own, which cannot end on a thread of another one.
        let tokens = self.tokens.take();
        drop(thread::Builder::new().spawn(move || drop(tokens)));
    }
}

impl fmt::Debug for Identified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identified")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Identified {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        let Some(tokens) = self.tokens.clone() else {
            return Ok(());
        };
        let header = tokio::task::spawn_blocking(move || tokens.header()).await;
        let header = header.unwrap_or_else(|_| Err(("a request ended early".to_owned(), String::new())));
        let header = header.map_err(|(reason, hint)| no_token(&self.name, reason, hint))?;
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(())
    }

    fn forget(&self) -> bool {
        if let Some(tokens) = &self.tokens {
            tokens.forget();
        }
        true
    }
}

/// What names nobody, until that is not enough: then it is the machine, if that has an identity.
struct Anonymous {
    name: String,
    client_id: Option<String>,
    caller: Arc<dyn Caller>,
    service: Url,
    identified: Mutex<Option<Arc<Identified>>>,
    is_asked: AtomicBool,
}

impl fmt::Debug for Anonymous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anonymous")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Anonymous {
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError> {
        let identified = self
            .identified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match identified {
            Some(identified) => identified.authorize(request).await,
            None => Ok(()),
        }
    }

    fn forget(&self) -> bool {
        let mut identified = self.identified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identified) = &*identified {
            return identified.forget();
        }
        if self.is_asked.swap(true, Ordering::SeqCst) {
            return false;
        }
        let identity = AzureIdentity::Machine {
            client_id: self.client_id.clone(),
        };
        *identified = Identified::new(
            identity,
            Named::Environment,
            &*self.caller,
            &self.service,
            &self.name,
        )
        .ok()
        .map(Arc::new);
        identified.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_as_azure_shows_it() {
        let pairs = |text: &str| match sas_of(text) {
            Some(AzureCredential::SASToken(pairs)) => Some(pairs.len()),
            _ => None,
        };
        assert_eq!(
            pairs("?sv=2023-11-03&se=2024-01-01T00%3A00%3A00Z&sig=a%2Bb%3D"),
            Some(3)
        );
        assert_eq!(
            pairs("https://acme.blob.core.windows.net/data?sv=1&sig=x"),
            Some(2)
        );
        assert_eq!(pairs("sv=1&se=2"), None);
        assert_eq!(pairs(""), None);
        assert!(signed_with("not base64!").is_none() && signed_with("").is_none());
    }
}
