//! Azure Key Vault as a store, by its REST interface: where Data Factory and Databricks take their secrets from.
//!
//! The vault's rules hold: names have letters, digits and dashes, values are texts of at most 25 kB, and what is deleted stays
//! recoverable, its name taken, until it is purged, which Sheaf leaves to Azure's own tools.

mod answers;

use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Capabilities, KeyNames, Metadata, Opening, SecretStore, StoreError};
use crate::digest::Digester;
use crate::secret::azure::{AzureCredentials, Cloud, Named, TokenError, Tokens, is_on_this_machine};
use crate::secret::http::{HttpClient, HttpError, Reply};
use crate::secret::value::SecretValue;
use answers::Complaint;

/// The version of the interface.
const VERSION: &str = "7.4";
/// How long the vault may take for one question, with what is tried again.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest value, in bytes.
const LONGEST: usize = 25 * 1024;
/// The longest name, in letters.
const LONGEST_NAME: usize = 127;
/// How many secrets a page of the list has, the most that is allowed.
const PAGE: &str = "25";
/// How many pages a list may have.
const PAGES: usize = 4_000;

/// What `sheaf.ron` says: `azure_key_vault(url: "https://myvault.vault.azure.net", credentials: managed_identity())`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AzureKeyVaultDefinition {
    /// The vault's address.
    pub url: String,
    /// Who Sheaf is there; the managed identity unless something else is said.
    #[serde(default)]
    pub credentials: AzureCredentials,
}

/// A vault.
struct AzureKeyVault {
    name: String,
    vault: Url,
    credentials: AzureCredentials,
    tokens: Tokens,
    client: HttpClient,
    /// One question at a time: they share one thread's worth of network.
    asking: Mutex<()>,
}

impl AzureKeyVaultDefinition {
    pub(super) fn open(&self, opening: &Opening) -> Result<Box<dyn SecretStore>, StoreError> {
        let name = format!("the vault {}", self.url);
        let wrong = |reason: String, hint: &str| StoreError::Unusable {
            store: name.clone(),
            reason,
            hint: hint.to_owned(),
        };
        let hint = "write it as \"https://NAME.vault.azure.net\", as the vault's page in Azure shows it";
        let vault = Url::parse(&self.url).map_err(|error| wrong(format!("its url: {error}"), hint))?;
        let cloud = Cloud::of_vault(&vault).map_err(|reason| wrong(format!("its url: {reason}"), hint))?;
        let reference = self.credentials.reference();
        let secret = reference
            .as_ref()
            .and_then(|reference| opening.secrets.get(reference).cloned());
        if let Some(reference) = reference.filter(|_| secret.is_none()) {
            return Err(StoreError::Locked {
                store: name,
                hint: format!("use one of its secrets: {reference} is looked up then"),
            });
        }
        let tokens = Tokens::new(&self.credentials, secret, &*opening.caller, cloud, &vault);
        let tokens = tokens.map_err(|error| of_token(&name, &error))?;
        let client = HttpClient::new(is_on_this_machine(&vault)).map_err(|error| of_http(&name, error))?;
        Ok(Box::new(AzureKeyVault {
            vault,
            credentials: self.credentials.clone(),
            tokens,
            client,
            asking: Mutex::default(),
            name,
        }))
    }

    pub(super) fn write(&self, digester: &mut Digester) {
        digester.text("url", &self.url);
        self.credentials.write(digester);
    }
}

impl AzureKeyVault {
    /// Returns the address of a secret, or of all of them.
    fn address(&self, key: Option<&str>) -> Result<Url, StoreError> {
        let path = match key {
            Some(key) => format!("/secrets/{}", self.checked(key)?),
            None => "/secrets".to_owned(),
        };
        let mut address = self.vault.clone();
        address.set_path(&path);
        address.query_pairs_mut().append_pair("api-version", VERSION);
        if key.is_none() {
            address.query_pairs_mut().append_pair("maxresults", PAGE);
        }
        Ok(address)
    }

    /// Checks that a key can be a name in the vault.
    fn checked<'a>(&self, key: &'a str) -> Result<&'a str, StoreError> {
        if KeyNames::LettersDigitsDashes.takes(key) {
            return Ok(key);
        }
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric();
        let like: String = key
            .chars()
            .map(|letter| if is_allowed(letter) { letter } else { '-' })
            .collect();
        let like = like.get(..LONGEST_NAME).unwrap_or(&like);
        Err(self.unusable(
            format!("the key {key:?} cannot be a name there"),
            format!("a name there has 1 to {LONGEST_NAME} letters, digits and dashes, such as {like:?}"),
        ))
    }

    /// Asks the vault; the token is renewed once if it is not accepted.
    fn ask(&self, method: &Method, address: &Url, body: Option<&[u8]>) -> Result<Reply, StoreError> {
        let _one = self
            .asking
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut is_first = true;
        loop {
            let header = self
                .tokens
                .header()
                .map_err(|error| of_token(&self.name, &error))?;
            let request = |client: &Client| -> RequestBuilder {
                let request = client.request(method.clone(), address.clone());
                let request = request.header(AUTHORIZATION, header.clone());
                match body {
                    Some(body) => request
                        .header(CONTENT_TYPE, "application/json")
                        .body(body.to_vec()),
                    None => request,
                }
            };
            let reply = self
                .client
                .send(PATIENCE, request)
                .map_err(|error| of_http(&self.name, error))?;
            if reply.status == 401 && is_first {
                self.tokens.forget();
                is_first = false;
                continue;
            }
            return Ok(reply);
        }
    }

    /// Turns an answer that is not the one that is wanted into an error; `key` is what was asked for.
    fn complaint(&self, reply: &Reply, key: Option<&str>) -> StoreError {
        let complaint = Complaint::of(reply, &self.credentials);
        match key.filter(|_| complaint.is_missing()) {
            Some(key) => self.missing(key),
            None => complaint.error(&self.name, self.label(), key.unwrap_or("KEY")),
        }
    }

    fn missing(&self, key: &str) -> StoreError {
        StoreError::Missing {
            key: key.to_owned(),
            store: self.name.clone(),
            hint: None,
        }
    }

    /// Returns the name that Azure's own tools call the vault.
    fn label(&self) -> &str {
        let host = self.vault.host_str().unwrap_or_default();
        host.split('.').next().unwrap_or_default()
    }

    fn unusable(&self, reason: String, hint: String) -> StoreError {
        StoreError::Unusable {
            store: self.name.clone(),
            reason,
            hint,
        }
    }

    fn unclear(&self) -> StoreError {
        self.unusable(
            "its answer is not that of a vault".to_owned(),
            "check the url in sheaf.ron; a proxy may have answered".to_owned(),
        )
    }

    /// Checks where the list continues: nowhere but in this vault, because the token goes there.
    fn next(&self, link: &str) -> Result<Url, StoreError> {
        let next = Url::parse(link).ok();
        let next = next.filter(|next| next.origin() == self.vault.origin() && next.username().is_empty());
        next.ok_or_else(|| {
            self.unusable(
                "its list continues at another host, to which nothing is sent".to_owned(),
                "check the url in sheaf.ron; a proxy may have changed the answer".to_owned(),
            )
        })
    }
}

impl SecretStore for AzureKeyVault {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            longest: Some(LONGEST),
            empty: false,
            binary: false,
            keys: KeyNames::LettersDigitsDashes,
            is_recoverable: true,
            ..Capabilities::WRITABLE
        }
    }

    fn unlock(&self) -> Result<(), StoreError> {
        let header = self.tokens.header();
        header.map(|_| ()).map_err(|error| of_token(&self.name, &error))
    }

    fn get(&self, key: &str) -> Result<SecretValue, StoreError> {
        let reply = self.ask(&Method::GET, &self.address(Some(key))?, None)?;
        if reply.status != 200 {
            return Err(self.complaint(&reply, Some(key)));
        }
        let secret = answers::secret(&reply.body).ok_or_else(|| self.unclear())?;
        match secret.name() {
            // Names that differ in case alone are one secret there; a permission is for one of them.
            Some(name) if name != key => Err(self.unusable(
                format!("the key {key:?} is called {name:?} there"),
                format!("use the key {name:?}"),
            )),
            _ => Ok(secret.value),
        }
    }

    fn put(&self, key: &str, value: &SecretValue) -> Result<(), StoreError> {
        let address = self.address(Some(key))?;
        let unfit = |what| StoreError::Unfit {
            store: self.name.clone(),
            what,
        };
        let text = value
            .expose_text()
            .ok_or_else(|| unfit("a value that is not UTF-8 text"))?;
        if text.is_empty() {
            return Err(unfit("an empty value"));
        }
        if text.len() > LONGEST {
            return Err(StoreError::TooLong {
                store: self.name.clone(),
                size: text.len(),
                longest: LONGEST,
            });
        }
        let body = answers::body(text);
        let reply = self.ask(&Method::PUT, &address, Some(&body))?;
        match reply.status {
            200 => Ok(()),
            _ => Err(self.complaint(&reply, Some(key))),
        }
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let reply = self.ask(&Method::DELETE, &self.address(Some(key))?, None)?;
        match reply.status {
            200 => Ok(()),
            _ => Err(self.complaint(&reply, Some(key))),
        }
    }

    fn left_of_deleted(&self, key: &str) -> Option<String> {
        let vault = self.label();
        Some(format!(
            "{} keeps what was deleted, and its name, until it is purged; `az keyvault secret recover --vault-name {vault} --name {key}` \
             brings it back",
            self.name
        ))
    }

    fn list(&self) -> Result<Vec<Metadata>, StoreError> {
        let mut address = self.address(None)?;
        let mut entries = Vec::new();
        for _ in 0..PAGES {
            let reply = self.ask(&Method::GET, &address, None)?;
            if reply.status != 200 {
                return Err(self.complaint(&reply, None));
            }
            let page = answers::page(&reply.body).ok_or_else(|| self.unclear())?;
            entries.extend(page.entries());
            let Some(link) = page.next else {
                entries.sort_by(|one: &Metadata, other| one.key.cmp(&other.key));
                return Ok(entries);
            };
            address = self.next(&link)?;
        }
        Err(self.unclear())
    }
}

fn of_token(store: &str, error: &TokenError) -> StoreError {
    let store = store.to_owned();
    match error {
        TokenError::Interrupted => StoreError::Interrupted { store },
        TokenError::Unreachable(_) | TokenError::NoIdentity(_) => StoreError::Unavailable {
            store,
            reason: error.to_string(),
            hint: Some(error.hint(Named::Store)),
        },
        _ => StoreError::Unusable {
            store,
            reason: error.to_string(),
            hint: error.hint(Named::Store),
        },
    }
}

fn of_http(store: &str, error: HttpError) -> StoreError {
    let store = store.to_owned();
    match error {
        HttpError::Interrupted => StoreError::Interrupted { store },
        HttpError::Late(bound) => StoreError::Hung { store, bound },
        error => StoreError::Unavailable {
            store,
            reason: error.to_string(),
            hint: Some(
                "check its url in sheaf.ron and the network, and HTTPS_PROXY where a proxy is needed"
                    .to_owned(),
            ),
        },
    }
}
